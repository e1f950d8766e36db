from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evals.cache import CachedEmbedder
from retrieval.protocols import Vectors


class Counting:
    """An embedder that remembers what it was asked."""

    dimensions = 2

    def __init__(self, name: str = "counting") -> None:
        self.name = name
        self.asked: list[str] = []

    def embed_query(self, text: str) -> Vectors:
        self.asked.append(text)
        return np.array([len(text), 1], np.float32)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        return np.array([[len(text), 0] for text in texts], np.float32).reshape(-1, 2)


def test_a_passage_is_embedded_once(tmp_path: Path) -> None:
    inner = Counting()
    first = CachedEmbedder(inner, tmp_path).embed_passages(["甲乙", "丙", "甲乙"])
    again = CachedEmbedder(inner, tmp_path).embed_passages(["丙", "丁戊己"])
    assert inner.asked == ["甲乙", "丙", "丁戊己"]
    assert first.tolist() == [[2, 0], [1, 0], [2, 0]]
    assert again.tolist() == [[1, 0], [3, 0]]


def test_another_embedder_shares_nothing(tmp_path: Path) -> None:
    CachedEmbedder(Counting("one"), tmp_path).embed_passages(["甲"])
    other = Counting("two")
    CachedEmbedder(other, tmp_path).embed_passages(["甲"])
    assert other.asked == ["甲"]


def test_questions_are_computed_every_time(tmp_path: Path) -> None:
    inner = Counting()
    cached = CachedEmbedder(inner, tmp_path)
    cached.embed_query("甲")
    cached.embed_query("甲")
    assert inner.asked == ["甲", "甲"]


def test_no_texts_give_no_vectors(tmp_path: Path) -> None:
    assert CachedEmbedder(Counting(), tmp_path).embed_passages([]).shape == (0, 2)
