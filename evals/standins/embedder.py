"""An embedder without a model: texts that share character bigrams are close."""

import time
import zlib
from collections.abc import Sequence

import numpy as np

from retrieval.protocols import Vectors


class BigramEmbedder:
    """Counts of hashed bigrams, as unit vectors. Remembers what it embedded; may be slowed down to be interrupted."""

    def __init__(self, *, dimensions: int = 64, seconds_each: float = 0.0) -> None:
        """Take the size of the vectors and how long each passage takes."""
        self.dimensions = dimensions
        self.name = "bigrams"
        self.embedded: list[str] = []
        self._seconds_each = seconds_each

    def embed_query(self, text: str) -> Vectors:
        """One unit vector of shape (dimensions,)."""
        vector = np.full(self.dimensions, 0.01, np.float32)
        for first, second in zip(text, text[1:], strict=False):
            vector[zlib.crc32((first + second).encode("utf-8", "replace")) % self.dimensions] += 1
        return np.asarray(vector / np.linalg.norm(vector), np.float32)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimensions), rows in order."""
        self.embedded += texts
        time.sleep(self._seconds_each * len(texts))
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        return np.stack([self.embed_query(text) for text in texts])
