"""A library in miniature: an embedder of character bigrams, a reader of plain paragraphs, files on disk."""

import hashlib
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from corpora.document import Document, Kind, Node, NodeKind, Passage, Reading, Visibility
from retrieval.protocols import Vectors

OLD_NS = 1_700_000_000_000_000_000  # long before the tests run, so that a stamp can be trusted


class BigramEmbedder:
    """Texts that share bigrams are close. Counts what it is asked."""

    dimensions = 64
    name = "bigrams"

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self._vector(text)
        return vector

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        return np.stack([self._vector(text) for text in texts]) if texts else np.empty((0, 64), np.float32)

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimensions, 0.01, np.float32)
        for first, second in zip(text, text[1:], strict=False):
            vector[zlib.crc32((first + second).encode("utf-8", "replace")) % self.dimensions] += 1
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


class ParagraphReader:
    """One document a file, one passage a line. A file named staff… is for staff; one named broken… is refused."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, path: Path, *, source: str, kind: Kind) -> Reading:
        self.read.append(source)
        text = path.read_text(encoding="utf-8")
        if path.name.startswith("broken"):
            return Reading(source=source, refused="文件坏了。")
        document = make_document(source, kind, text)
        lines = [line for line in text.splitlines() if line.strip()]
        passages = tuple(make_passage(document, line, order) for order, line in enumerate(lines))
        return Reading(source=source, documents=(document,), passages=passages)


def make_document(source: str, kind: Kind, text: str) -> Document:
    name = source.rsplit("/", 1)[-1]
    tree = Node(NodeKind.DOCUMENT, "", "", "", (0, len(text)), ((0, len(text)),))
    return Document(
        id=_hash(source, kind, text),
        kind=kind,
        source=source,
        title=name.split(".")[0],
        text=text,
        tree=tree,
        example=name.startswith("example"),
        visibility=Visibility.STAFF if name.startswith("staff") else Visibility.PUBLIC,
    )


def make_passage(document: Document, line: str, order: int) -> Passage:
    start = document.text.index(line)
    return Passage(
        id=_hash(document.id, str(order)),
        document_id=document.id,
        kind=document.kind,
        clause=f"第{order + 1}条",
        text=line,
        context=document.title,
        spans=((start, start + len(line)),),
        order=order,
    )


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files with an old stamp and give the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(OLD_NS, OLD_NS + len(text)))
    return folder


def no_progress() -> Callable[[str, int, int], None]:
    return lambda what, done, total: None


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()
