"""A library in miniature: a reader of plain paragraphs, files on disk, and the embedder of character bigrams."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from corpora.document import Course, Document, Kind, Node, NodeKind, Passage, Reading, Visibility
from evals.standins.embedder import BigramEmbedder

__all__ = ["BigramEmbedder", "ParagraphReader", "make_document", "make_passage", "write"]

OLD_NS = 1_700_000_000_000_000_000  # long before the tests run, so that a stamp can be trusted


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
        courses=(Course("c1", text, None, None, "", "", None, None, "", "", (0, len(text))),) * (kind is Kind.COURSE),
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


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()
