"""What is derived from the catalogue: keyword snapshots, vector tables, the vector store. Builds, checks and heals them.

Each snapshot lies in a folder whose name says what it reflects: the generation of its collection, or a digest of the
passages that it holds. A folder that does not match is left behind and built anew, so there is nothing to be half-done.
"""

import logging
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval import lexical, vectors
from retrieval.catalogue import Catalogue, Collection
from retrieval.dense import VectorStore
from retrieval.errors import IndexBroken, IndexMissing, NotWritable
from retrieval.lexical import Entry, Keywords
from retrieval.protocols import Vectors
from retrieval.vectors import VectorTable

_CHUNK = 2000  # vectors read at a time

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One collection ready to be searched."""

    collection: Collection
    keywords: Keywords
    table: VectorTable | None = None


class Index:
    """The derived parts of one index folder. Searching threads read; one thread at a time refreshes."""

    def __init__(
        self, folder: Path, catalogue: Catalogue, *, embedder: str, cohort: Callable[[], Vectors | None]
    ) -> None:
        """Remember where; nothing is opened. `cohort` is asked for its vectors when a table is written."""
        self._keywords_folder = folder / "keywords"
        self._tables_folder = folder / "vectors"
        self._catalogue = catalogue
        self._embed_cohort = cohort
        self._cohort: Vectors | None = None  # once it is known
        self._store = VectorStore(folder / "chroma", embedder=embedder)
        self._refreshing = threading.RLock()
        self._shelves: dict[str, Shelf] = {}
        self._stamps: dict[str, str] = {}  # of the open vector tables
        self._has_keywords = False
        self._has_vectors = False

    @property
    def has_keywords(self) -> bool:
        """Every collection's keywords are open and up to date."""
        return self._has_keywords

    @property
    def has_vectors(self) -> bool:
        """The vector store is open and holds what the catalogue has."""
        return self._has_vectors

    def shelves(self) -> Sequence[Shelf]:
        """What can be searched now; a consistent view for one search."""
        return tuple(self._shelves.values())

    def nearest(self, collection: str, vector: Vectors, count: int) -> NDArray[np.int64]:
        """Passage numbers by closeness, best first; empty while the vector store cannot be used."""
        if not self._has_vectors:
            return np.empty(0, np.int64)
        try:
            return self._store.nearest(collection, vector, count)
        except Exception:  # chromadb has no common root for what damage makes it raise
            log.exception("the vector store failed and will be rebuilt")
            self._has_vectors = False
            return np.empty(0, np.int64)

    def refresh_keywords(self) -> None:
        """Bring every collection's keywords to its present generation.

        Raises:
            NotWritable: a snapshot cannot be written.
        """
        with self._refreshing, _writing(self._keywords_folder):
            for collection in self._catalogue.collections():
                shelf = self._shelves.get(collection.name)
                if shelf is None or shelf.collection.generation != collection.generation:
                    keywords = self._open_keywords(collection)
                    table = shelf.table if shelf else None
                    self._shelves = {**self._shelves, collection.name: Shelf(collection, keywords, table)}
            self._has_keywords = True

    def refresh_vectors(self) -> None:
        """Make the vector store and the tables hold exactly what the catalogue has; rebuild a damaged store.

        Raises:
            IndexBroken: not even an empty vector store can be written.
            NotWritable: a table cannot be written.
        """
        with self._refreshing:
            try:
                self._fill_store()
            except Exception:
                log.exception("the vector store is damaged and is rebuilt from the cached vectors")
                self._has_vectors = False
                self._store.start_afresh()
                self._fill_store()
            self.refresh_tables()
            self._has_vectors = True

    def add_vectors(self, collection: str, numbers: Sequence[int], rows: Vectors) -> None:
        """Add fresh vectors to the store; the tables follow with `refresh_tables`."""
        with self._refreshing:
            self._store.add(collection, numbers, rows)

    def refresh_tables(self) -> None:
        """Write and open the vector table of every collection whose vectors have changed."""
        with self._refreshing, _writing(self._tables_folder):
            for shelf in self.shelves():
                name = shelf.collection.name
                numbers = np.array(sorted(self._catalogue.numbers_with_vectors(shelf.collection.number)), np.int64)
                stamp = blake2b(numbers.tobytes(), digest_size=8).hexdigest()
                if self._stamps.get(name) == stamp:
                    continue
                table = self._open_table(f"{name}.{stamp}", numbers) if len(numbers) else None
                self._shelves = {**self._shelves, name: replace(self._shelves[name], table=table)}
                self._stamps[name] = stamp
                _delete_others(self._tables_folder, name, keep=stamp)

    def close(self) -> None:
        """Let go of files."""
        with self._refreshing:
            self._store.close()
            self._shelves = {}
            self._stamps = {}
            self._has_keywords = self._has_vectors = False

    def _open_keywords(self, collection: Collection) -> Keywords:
        folder = self._keywords_folder / f"{collection.name}.{collection.generation}"
        try:
            keywords = Keywords.open(folder)
        except (IndexMissing, IndexBroken):
            lexical.build(folder, (Entry(*entry) for entry in self._catalogue.entries(collection.number)))
            keywords = Keywords.open(folder)
        _delete_others(self._keywords_folder, collection.name, keep=str(collection.generation))
        return keywords

    def _open_table(self, name: str, numbers: NDArray[np.int64]) -> VectorTable:
        folder = self._tables_folder / name
        try:
            return VectorTable.open(folder)
        except (IndexMissing, IndexBroken):
            rows: list[NDArray[np.float16]] = []
            held: list[int] = []
            for part, values in self._vectors_of(numbers):
                held += part
                rows.append(values.astype(np.float16))
            self._cohort = self._embed_cohort() if self._cohort is None else self._cohort
            vectors.save(folder, held, np.concatenate(rows), cohort=self._cohort)
            return VectorTable.open(folder)

    def _fill_store(self) -> None:
        collections = self._catalogue.collections()
        self._store.keep_only(collection.name for collection in collections)
        for collection in collections:
            wanted = self._catalogue.numbers_with_vectors(collection.number)
            held = self._store.ids(collection.name)
            self._store.remove(collection.name, sorted(held - wanted))
            for part, rows in self._vectors_of(np.array(sorted(wanted - held), np.int64)):
                self._store.add(collection.name, part, rows)
            self._probe(collection.name, wanted)

    def _probe(self, collection: str, wanted: set[int]) -> None:
        """Ask the store for a neighbour: a damaged one lists its passages and fails only here."""
        for _, rows in self._vectors_of(np.array(sorted(wanted)[:1], np.int64)):
            if not len(self._store.nearest(collection, rows[0], 1)):
                raise IndexBroken(f"向量库中的 {collection} 查不到自己的条目。")

    def _vectors_of(self, numbers: NDArray[np.int64]) -> Iterator[tuple[list[int], Vectors]]:
        for start in range(0, len(numbers), _CHUNK):
            part, rows = self._catalogue.vectors(numbers[start : start + _CHUNK].tolist())
            if part:
                yield part, rows


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Errors of the disk as sentences for people."""
    try:
        yield
    except OSError as error:
        raise NotWritable(f"索引 {folder} 无法写入（{error.strerror}），请检查磁盘空间与目录权限。") from error


def _delete_others(folder: Path, name: str, *, keep: str) -> None:
    """Delete older snapshots of a collection. Those still open in a search stay readable until it ends."""
    for path in folder.glob(f"{name}.*"):
        if path.name != f"{name}.{keep}":
            shutil.rmtree(path, ignore_errors=True)
