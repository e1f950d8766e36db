"""A collection's vectors as a table on disk, opened memory-mapped, so that any candidate's cosine is one gather away.

The vector store finds neighbours; this table answers "how close is that one" for passages that another way found.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexBroken, IndexMissing
from retrieval.protocols import Vectors

_SAMPLE = 512  # passages that stand for the collection when a cosine is compared with what is usual


class VectorTable:
    """Unit vectors of the passages of one collection, by entry id. Read only, thread safe."""

    def __init__(self, ids: NDArray[np.int64], vectors: NDArray[np.float16]) -> None:
        order = np.argsort(ids, kind="stable")
        self._ids = ids[order]
        self._rows = order
        self._vectors = vectors
        step = max(len(ids) // _SAMPLE, 1)
        self._sample = vectors[::step].astype(np.float32)

    @classmethod
    def open(cls, folder: Path) -> "VectorTable":
        """Open what `save` wrote.

        Raises:
            IndexMissing: Nothing has been saved there.
            IndexBroken: It cannot be read; save again.
        """
        if not (folder / "vectors.npy").exists():
            raise IndexMissing(f"no vectors in {folder}")
        try:
            ids = np.load(folder / "vector_ids.npy")
            vectors = np.asarray(np.load(folder / "vectors.npy", mmap_mode="r"))
        except (OSError, ValueError) as error:
            raise IndexBroken(f"the vectors in {folder} cannot be read: {error}; index again") from error
        if len(ids) != len(vectors):
            raise IndexBroken(f"the vectors in {folder} are incomplete; index again")
        return cls(ids, vectors)

    def __len__(self) -> int:
        return len(self._ids)

    def cosines(self, query: Vectors, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosine of each entry with the query; nan for one that has no vector yet."""
        if not len(self._ids):
            return np.full(len(ids), np.nan, np.float32)
        at = np.minimum(np.searchsorted(self._ids, ids), len(self._ids) - 1)
        found = self._vectors[self._rows[at]].astype(np.float32) @ query
        return np.where(self._ids[at] == ids, found, np.nan).astype(np.float32)

    def usual(self, query: Vectors) -> tuple[float, float]:
        """Mean and standard deviation of the query's cosine over a sample of the collection; (0, 1) when it is empty."""
        if not len(self._sample):
            return 0.0, 1.0
        cosines = self._sample @ query
        return float(cosines.mean()), max(float(cosines.std()), 1e-3)


def save(folder: Path, ids: Sequence[int], vectors: Vectors) -> None:
    """Write the table of one collection into its folder, replacing what is there.

    Args:
        folder: Made when it does not exist.
        ids: One entry id for each row.
        vectors: Unit vectors, shape (len(ids), dimensions).
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "vector_ids.npy", np.asarray(ids, np.int64))
    _write(folder / "vectors.npy", np.asarray(vectors, np.float16))


def _write(path: Path, array: NDArray[np.generic]) -> None:
    new = path.with_suffix(".new.npy")
    np.save(new, array)
    new.replace(path)
