"""Vectors kept between measurements, because embedding a set takes minutes and its texts do not change."""

import hashlib
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.protocols import Embedder, Vectors


def default_folder() -> Path:
    """Where measurements keep what they need not compute twice: `wenzhen-evals` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wenzhen-evals"


class CachedEmbedder:
    """An embedder whose passages are looked up by content first. Questions are always computed: their time is measured."""

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        """Keep vectors in `folder`, made when it does not exist."""
        folder.mkdir(parents=True, exist_ok=True)
        self._embedder = embedder
        self._path = folder / "vectors.sqlite"
        self.name = embedder.name
        self.dimensions = embedder.dimensions
        with self._open() as store:
            store.execute("CREATE TABLE IF NOT EXISTS vectors (digest BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def embed_query(self, text: str) -> Vectors:
        """One vector of shape (dimensions,)."""
        return self._embedder.embed_query(text)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), rows in order; only unknown texts are computed."""
        digests = [self._digest(text) for text in texts]
        with self._open() as store:
            known = {digest: self._lookup(store, digest) for digest in digests}
            missing = {digest: text for digest, text in zip(digests, texts, strict=True) if known[digest] is None}
            if missing:
                fresh = self._embedder.embed_passages(list(missing.values()))
                rows = [(digest, row.astype(np.float32).tobytes()) for digest, row in zip(missing, fresh, strict=True)]
                store.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
                known.update(rows)
        found = [np.frombuffer(known[digest] or b"", np.float32) for digest in digests]
        return np.stack(found) if found else np.empty((0, self.dimensions), np.float32)

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(f"{self.name}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def _lookup(self, store: sqlite3.Connection, digest: bytes) -> bytes | None:
        row = store.execute("SELECT vector FROM vectors WHERE digest = ?", (digest,)).fetchone()
        return row[0] if row else None

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=60)
