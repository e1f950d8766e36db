"""The vector store: what goes in, what is nearest, what damage does."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from retrieval.dense import VectorStore
from retrieval.protocols import Vectors


@pytest.fixture
def store(tmp_path: Path) -> Iterator[VectorStore]:
    store = VectorStore(tmp_path / "chroma", embedder="e")
    yield store
    store.close()


def _unit(count: int) -> Vectors:
    rows = np.random.default_rng(7).normal(size=(count, 16)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_the_nearest_come_first(store: VectorStore) -> None:
    rows = _unit(50)
    store.add("policy-public", range(100, 150), rows)
    expected = 100 + np.argsort(-(rows @ rows[3]), kind="stable")[:5]
    assert store.nearest("policy-public", rows[3], 5).tolist() == expected.tolist()


def test_fewer_are_given_when_there_are_fewer(store: VectorStore) -> None:
    assert store.nearest("policy-public", _unit(1)[0], 5).tolist() == []
    store.add("policy-public", [1, 2], _unit(2))
    assert len(store.nearest("policy-public", _unit(1)[0], 5)) == 2


def test_what_is_removed_is_found_no_more(store: VectorStore) -> None:
    rows = _unit(3)
    store.add("policy-public", [1, 2, 3], rows)
    store.remove("policy-public", [2, 77])
    assert store.ids("policy-public") == {1, 3}
    assert 2 not in store.nearest("policy-public", rows[1], 3)


def test_adding_again_replaces(store: VectorStore) -> None:
    rows = _unit(2)
    store.add("policy-public", [1, 2], rows)
    store.add("policy-public", [1], rows[1:])
    assert store.count("policy-public") == 2


def test_collections_do_not_see_each_other(store: VectorStore) -> None:
    rows = _unit(2)
    store.add("policy-public", [1], rows[:1])
    store.add("policy-staff", [2], rows[1:])
    assert store.nearest("policy-public", rows[1], 5).tolist() == [1]
    store.keep_only(["policy-public"])
    assert store.ids("policy-staff") == set()


def test_it_is_all_there_after_a_restart(store: VectorStore, tmp_path: Path) -> None:
    store.add("policy-public", [1, 2], _unit(2))
    store.close()
    assert store.ids("policy-public") == {1, 2}


def test_vectors_of_another_embedder_are_dropped(store: VectorStore, tmp_path: Path) -> None:
    store.add("policy-public", [1, 2], _unit(2))
    store.close()
    other = VectorStore(tmp_path / "chroma", embedder="other")
    other.add("policy-public", [3], np.ones((1, 4), np.float32) / 2)
    assert other.ids("policy-public") == {3}
    other.close()


def test_starting_afresh_leaves_nothing(store: VectorStore, tmp_path: Path) -> None:
    store.add("policy-public", [1], _unit(1))
    (tmp_path / "chroma/stray").write_text("")
    store.start_afresh()
    assert store.ids("policy-public") == set()
    assert [path.name for path in (tmp_path / "chroma").iterdir()] == ["2"]
