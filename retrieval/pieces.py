"""Words to piece ids: a compact unigram segmenter over the whole vocabulary in about 5 MB.

A vocabulary of 250,000 Python strings, or the usual tokenizer, costs 45 to 265 MB of a serving process. Here a piece is
a 64-bit hash in a sorted array: every substring of a text is hashed and looked up at once, and only those that exist
take part in the search for the best cut.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying loses nothing modulo 2**64
_UNKNOWN_PENALTY = 10.0  # below the worst piece, as SentencePiece has it
_SPACE = "▁"

Codes = NDArray[np.uint32]


class Pieces:
    """The vocabulary of a unigram model and the cut of highest total score.

    Two pieces with one hash would be taken for each other; among 250,000 that is a chance of 2e-9, and it is checked
    when the table is built.
    """

    def __init__(
        self,
        codes: Codes,
        ends: NDArray[np.int64],
        scores: NDArray[np.float32],
        *,
        unknown: int,
        normal: Mapping[int, str],
    ) -> None:
        """Take a vocabulary.

        Args:
            codes: The code points of all pieces, one after another, in order of their ids.
            ends: For each id where its piece ends in `codes`.
            scores: For each id its log probability.
            unknown: The id for a character that no piece holds.
            normal: What a code point is replaced with before cutting.
        """
        lengths = np.diff(ends, prepend=0)
        self._longest = int(lengths.max())
        hashes = _hash_rows(codes, ends - lengths, lengths, self._longest)
        known = np.flatnonzero((lengths > 0) & (np.arange(len(ends)) != unknown))
        order = known[np.argsort(hashes[known], kind="stable")]
        self._hashes = hashes[order]
        if bool(np.any(self._hashes[1:] == self._hashes[:-1])):
            raise ValueError("two pieces of the vocabulary have the same hash")
        self._ids = order.astype(np.int32)
        self._scores = scores
        self._unknown = unknown
        self._unknown_score = float(scores.min()) - _UNKNOWN_PENALTY
        self._normal = dict(normal)

    def cut(self, text: str) -> list[int]:
        """The ids of the best cut of `text`, without begin and end marks. Lone surrogates and NUL are dropped."""
        marked = self._prepare(text)
        codes = np.frombuffer(marked.encode("utf-32-le"), np.uint32)
        count = len(codes)
        best = [0.0] + [-np.inf] * count
        came_from = [(0, 0)] * (count + 1)
        starts, ends, ids = self._matches(codes)
        scores = self._scores[ids].tolist()
        place, total = 0, len(scores)
        for start in range(count):
            so_far = best[start]
            nothing_single = True
            while place < total and starts[place] == start:
                end = ends[place]
                nothing_single = nothing_single and end != start + 1
                if so_far + scores[place] > best[end]:
                    best[end] = so_far + scores[place]
                    came_from[end] = (start, ids[place])
                place += 1
            if nothing_single and so_far + self._unknown_score > best[start + 1]:
                best[start + 1] = so_far + self._unknown_score
                came_from[start + 1] = (start, self._unknown)
        return self._walk_back(came_from, count)

    def _prepare(self, text: str) -> str:
        whole = text.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")
        spaced = " ".join(part for part in whole.translate(self._normal).split(" ") if part)
        return _SPACE + spaced.replace(" ", _SPACE)

    def _matches(self, codes: Codes) -> tuple[list[int], list[int], list[int]]:
        """Every piece that occurs: where it starts, where it ends, its id; ordered by start, then length."""
        count = len(codes)
        width = min(self._longest, count)
        table = np.zeros((count, width), np.uint64)
        rolled = np.zeros(count, np.uint64)
        for length in range(1, width + 1):
            rolled = rolled[: count - length + 1] * _MULTIPLIER + _mix(codes[length - 1 :])
            table[: count - length + 1, length - 1] = rolled
        places = np.searchsorted(self._hashes, table)
        places[places == len(self._hashes)] = 0
        starts, lengths = np.nonzero(self._hashes[places] == table)
        return starts.tolist(), (starts + lengths + 1).tolist(), self._ids[places[starts, lengths]].tolist()

    def _walk_back(self, came_from: list[tuple[int, int]], end: int) -> list[int]:
        ids: list[int] = []
        while end > 0:
            end, piece = came_from[end]
            if not (
                piece == self._unknown and ids and ids[-1] == self._unknown
            ):  # a run of unknown characters is one piece
                ids.append(piece)
        return ids[::-1]


def _mix(codes: Codes) -> NDArray[np.uint64]:
    """Spread code points over 64 bits, so that sums of neighbours do not collide."""
    value = (codes.astype(np.uint64) + np.uint64(1)) * np.uint64(0xBF58476D1CE4E5B9)
    return value ^ (value >> np.uint64(29))


def _hash_rows(codes: Codes, starts: NDArray[np.int64], lengths: NDArray[np.int64], longest: int) -> NDArray[np.uint64]:
    """The same rolling hash as in `_matches`, for each piece of a vocabulary."""
    mixed = _mix(codes)
    hashes = np.zeros(len(starts), np.uint64)
    for step in range(longest):
        rows = np.flatnonzero(lengths > step)
        hashes[rows] = hashes[rows] * _MULTIPLIER + mixed[starts[rows] + step]
    return hashes
