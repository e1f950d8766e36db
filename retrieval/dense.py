"""The vector store: chromadb, embedded, one collection for each kind and visibility. The only importer of chromadb.

It holds vectors and the numbers of passages, nothing else, and can be thrown away: the catalogue has every vector. It
belongs to this process alone (a second process on the same folder silently finds nothing new).
"""

import logging
import shutil
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexBroken
from retrieval.protocols import Vectors

_ADD_ROWS = 2000  # chromadb takes at most 5461 at once; its rate is flat from 1000 on

Ids = NDArray[np.int64]

log = logging.getLogger(__name__)


def preload() -> None:
    """Import chromadb now, which takes two seconds, instead of when a store is opened."""
    import chromadb  # noqa: F401 - for its effect alone


class VectorStore:
    """Vectors by passage number. Opens on first use (chromadb takes two seconds to import); thread safe."""

    def __init__(self, folder: Path, *, embedder: str) -> None:
        """Remember where; nothing is opened.

        Args:
            folder: Its own; every other thing in it is deleted when the store is started afresh.
            embedder: Name of the embedder; collections of another one are dropped when met.
        """
        self._folder = folder
        self._embedder = embedder
        self._lock = threading.RLock()
        self._client: Any = None
        self._collections: dict[str, Any] = {}

    def nearest(self, collection: str, vector: Vectors, count: int) -> Ids:
        """Passage numbers, closest first; fewer than `count` when there are fewer."""
        found = self._collection(collection).query(query_embeddings=vector[None], n_results=count, include=[])["ids"][0]
        return np.fromiter(map(int, found), np.int64, len(found))

    def add(self, collection: str, ids: Sequence[int], vectors: Vectors) -> None:
        """Add or replace vectors."""
        opened = self._collection(collection)
        for start in range(0, len(ids), _ADD_ROWS):
            part = slice(start, start + _ADD_ROWS)
            opened.upsert(ids=[str(id_) for id_ in ids[part]], embeddings=vectors[part])

    def remove(self, collection: str, ids: Sequence[int]) -> None:
        """Remove vectors; numbers that are not there do no harm."""
        opened = self._collection(collection)
        for start in range(0, len(ids), _ADD_ROWS):
            opened.delete(ids=[str(id_) for id_ in ids[start : start + _ADD_ROWS]])

    def ids(self, collection: str) -> set[int]:
        """All passage numbers in a collection."""
        return set(map(int, self._collection(collection).get(include=[])["ids"]))

    def count(self, collection: str) -> int:
        """How many vectors a collection holds."""
        return int(self._collection(collection).count())

    def keep_only(self, collections: Iterable[str]) -> None:
        """Drop every other collection."""
        kept = set(collections)
        with self._lock:
            for held in self._opened().list_collections():
                if held.name not in kept:
                    self._client.delete_collection(held.name)
                    self._collections.pop(held.name, None)

    def start_afresh(self) -> None:
        """Throw everything away and begin with an empty store, as after damage.

        Raises:
            IndexBroken: not even an empty store can be written.
        """
        with self._lock:
            self.close()
            # a new name each time: chromadb keeps what it knows of a folder for the life of the process
            newest = max((int(path.name) for path in self._stores()), default=0)
            for path in self._folder.iterdir() if self._folder.is_dir() else ():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            try:
                (self._folder / str(newest + 1)).mkdir(parents=True)
                self._opened()
            except Exception as error:
                raise _broken(self._folder, error) from error

    def close(self) -> None:
        """Let go of the files. The next call opens them again."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None
            self._collections = {}

    def _stores(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return [path for path in self._folder.iterdir() if path.is_dir() and path.name.isdecimal()]

    def _opened(self) -> Any:
        if self._client is None:
            import chromadb
            from chromadb.config import Settings

            store = max(self._stores(), key=lambda path: int(path.name), default=self._folder / "1")
            store.mkdir(parents=True, exist_ok=True)
            self._client = chromadb.PersistentClient(str(store), Settings(anonymized_telemetry=False))
        return self._client

    def _collection(self, name: str) -> Any:
        opened = self._collections.get(name)
        if opened is not None:
            return opened
        with self._lock:
            client = self._opened()
            opened = self._get_or_create(client, name)
            if (opened.metadata or {}).get("embedder") != self._embedder:
                log.info("collection %s belongs to another embedder and is emptied", name)
                client.delete_collection(name)
                opened = self._get_or_create(client, name)
            self._collections[name] = opened
            return opened

    def _get_or_create(self, client: Any, name: str) -> Any:
        return client.get_or_create_collection(
            name,
            configuration={"hnsw": {"space": "cosine"}},
            metadata={"embedder": self._embedder},
            embedding_function=None,  # else chromadb downloads a model of its own
        )


def _broken(folder: Path, error: Exception) -> IndexBroken:
    return IndexBroken(f"向量库 {folder} 无法写入（{type(error).__name__}），请检查磁盘空间与目录权限。")
