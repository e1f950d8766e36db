"""Many passages from a few real ones, for measuring size without embedding for hours: texts and vectors perturbed alike."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

import numpy as np

from corpora.document import Document, Kind, Passage, Reading
from corpora.reading import read_file
from evals.cache import CachedEmbedder
from evals.dataset import Entry
from retrieval.catalogue import embedded_text
from retrieval.protocols import Embedder, Vectors

_CHANGED = 0.08  # share of the different characters that another one stands for in a copy
_NOISE = 0.35  # length of what is added to a unit vector: a copy's cosine with its original is about .94


@dataclass(frozen=True, slots=True)
class Base:
    """Real documents as the product reads them, and the vectors of their passages."""

    readings: Sequence[Reading]
    vectors: Sequence[Vectors]  # for each reading, shape (its passages, dimensions)
    alphabet: str  # every character that occurs

    @property
    def passages(self) -> int:
        """How many passages there are in all."""
        return sum(len(reading.passages) for reading in self.readings)


def read_base(corpus: Sequence[Entry], embedder: CachedEmbedder, *, passages: int) -> Base:
    """Read documents until there are enough passages, and embed these (once: the embedder keeps them)."""
    readings: list[Reading] = []
    with tempfile.TemporaryDirectory(prefix="wenzhen-bench-") as folder:
        for number, entry in enumerate(corpus):
            path = Path(folder) / f"{number:06}.txt"
            path.write_text(f"{entry.title}\n{entry.text}", encoding="utf-8", errors="replace")
            reading = read_file(path, source=path.name, kind=Kind.POLICY)
            if reading.passages:
                readings.append(reading)
            if sum(len(each.passages) for each in readings) >= passages:
                break
    vectors = [embedder.embed_passages([_whole(passage) for passage in reading.passages]) for reading in readings]
    alphabet = sorted({char for reading in readings for document in reading.documents for char in document.text})
    return Base(readings, vectors, "".join(char for char in alphabet if "一" <= char <= "鿿"))


class Planted:
    """Reads a file named after a number as a perturbed copy of a real one, and knows the vectors of what it read.

    Serves as the library's reader and as its embedder; questions are embedded by the real one, under whose name it goes.
    """

    def __init__(self, base: Base, real: Embedder) -> None:
        self.name = real.name
        self.dimensions = real.dimensions
        self._base = base
        self._real = real
        self._known: dict[bytes, tuple[int, int, int]] = {}  # text to copy, reading, passage

    def embed_query(self, text: str) -> Vectors:
        """The real embedder's vector."""
        return self._real.embed_query(text)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of the originals with noise that depends on the copy alone."""
        return np.stack([self._vector(*self._known[_digest(text)]) for text in texts])

    def read_file(self, path: Path, *, source: str, kind: Kind) -> Reading:
        """A copy of the real document whose turn it is; the same number gives the same copy."""
        copy = int(path.stem)
        original = copy % len(self._base.readings)
        reading = self._base.readings[original]
        swaps = self._swaps(copy)
        documents = tuple(_other(document, copy, swaps, source) for document in reading.documents)
        renamed = {old.id: new.id for old, new in zip(reading.documents, documents, strict=True)}
        passages = tuple(_varied(passage, renamed[passage.document_id], swaps) for passage in reading.passages)
        for place, passage in enumerate(passages):
            self._known[_digest(_whole(passage))] = (copy, original, place)
        return Reading(source=source, documents=documents, passages=passages)

    def write_files(self, folder: Path, *, passages: int) -> int:
        """Files whose copies hold at least so many passages; gives how many files."""
        count = held = 0
        while held < passages:
            path = folder / f"{count // 1000:03}" / f"{count:06}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(count))
            held += len(self._base.readings[count % len(self._base.readings)].passages)
            count += 1
        return count

    def _swaps(self, copy: int) -> dict[int, int]:
        rng = random.Random(copy)
        alphabet = self._base.alphabet
        changed = rng.sample(alphabet, int(len(alphabet) * _CHANGED))
        return {ord(char): ord(rng.choice(alphabet)) for char in changed}

    def _vector(self, copy: int, original: int, place: int) -> Vectors:
        noise = np.random.default_rng((copy, place)).normal(size=self.dimensions)
        vector = self._base.vectors[original][place] + noise / np.linalg.norm(noise) * _NOISE
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _other(document: Document, copy: int, swaps: dict[int, int], source: str) -> Document:
    return replace(
        document,
        id=f"{copy}-{document.id}",
        source=source,
        title=document.title.translate(swaps),
        text=document.text.translate(swaps),
    )


def _varied(passage: Passage, document_id: str, swaps: dict[int, int]) -> Passage:
    return replace(
        passage,
        id=f"{document_id}-{passage.id}",
        document_id=document_id,
        text=passage.text.translate(swaps),
        context=passage.context.translate(swaps),
    )


def _whole(passage: Passage) -> str:
    return embedded_text(passage.context, passage.text)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
