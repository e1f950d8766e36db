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
_LEAST = 1e-3  # spread to divide by
_CHUNK = 4096  # vectors compared at a time


Scale = tuple[float, float]  # mean and standard deviation


class VectorTable:
    """Unit vectors of the passages of one collection, by entry id. Read only, thread safe."""

    def __init__(
        self, ids: NDArray[np.int64], vectors: NDArray[np.float16], strangers: NDArray[np.float32] | None = None
    ) -> None:
        order = np.argsort(ids, kind="stable")
        self._ids = ids[order]
        self._rows = order
        self._vectors = vectors
        step = max(len(ids) // _SAMPLE, 1)
        self._sample = vectors[::step].astype(np.float32)
        self.strangers = None if strangers is None or not strangers.size else _both_scales(strangers)
        """What questions of the cohort reach here: scales of their best cosine and of their mean; None when unknown."""

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
            strangers = np.load(folder / "strangers.npy")
        except (OSError, ValueError) as error:
            raise IndexBroken(f"the vectors in {folder} cannot be read: {error}; index again") from error
        if len(ids) != len(vectors):
            raise IndexBroken(f"the vectors in {folder} are incomplete; index again")
        return cls(ids, vectors, strangers)

    def __len__(self) -> int:
        return len(self._ids)

    def cosines(self, query: Vectors, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosine of each entry with the query; nan for one that has no vector yet."""
        if not len(self._ids):
            return np.full(len(ids), np.nan, np.float32)
        at = np.minimum(np.searchsorted(self._ids, ids), len(self._ids) - 1)
        found = self._vectors[self._rows[at]].astype(np.float32) @ query
        return np.where(self._ids[at] == ids, found, np.nan).astype(np.float32)

    def usual(self, query: Vectors) -> Scale:
        """Mean and standard deviation of the query's cosine over a sample of the collection; (0, 1) when it is empty."""
        if not len(self._sample):
            return 0.0, 1.0
        cosines = self._sample @ query
        return _scale(cosines)


def save(folder: Path, ids: Sequence[int], vectors: Vectors, *, cohort: Vectors | None = None) -> None:
    """Write the table of one collection into its folder, replacing what is there.

    Args:
        folder: Made when it does not exist.
        ids: One entry id for each row.
        vectors: Unit vectors, shape (len(ids), dimensions).
        cohort: Unit vectors of questions that the collection does not answer, see retrieval.cohort.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "vector_ids.npy", np.asarray(ids, np.int64))
    _write(folder / "strangers.npy", _reached(vectors, cohort))
    _write(folder / "vectors.npy", np.asarray(vectors, np.float16))


def _reached(vectors: Vectors, cohort: Vectors | None) -> NDArray[np.float32]:
    """Best and mean cosine of each of the cohort, shape (2, len(cohort)); empty when there is nothing to compare."""
    if cohort is None or not len(vectors):
        return np.empty((2, 0), np.float32)
    best, total = np.full(len(cohort), -1, np.float32), np.zeros(len(cohort), np.float64)
    for start in range(0, len(vectors), _CHUNK):
        cosines = np.asarray(vectors[start : start + _CHUNK], np.float32) @ cohort.T
        best = np.maximum(best, cosines.max(axis=0))
        total += cosines.sum(axis=0)
    return np.stack([best, (total / len(vectors)).astype(np.float32)])


def _both_scales(reached: NDArray[np.float32]) -> tuple[Scale, Scale]:
    return _scale(reached[0]), _scale(reached[1])


def _scale(values: NDArray[np.float32]) -> Scale:
    return float(values.mean()), max(float(values.std()), _LEAST)


def _write(path: Path, array: NDArray[np.generic]) -> None:
    new = path.with_suffix(".new.npy")
    np.save(new, array)
    new.replace(path)
