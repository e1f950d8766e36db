from pathlib import Path

import numpy as np
import pytest

from retrieval.errors import IndexBroken, IndexMissing
from retrieval.vectors import VectorTable, save

VECTORS = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)


@pytest.fixture
def table(tmp_path: Path) -> VectorTable:
    save(tmp_path, [30, 10, 20], VECTORS)
    return VectorTable.open(tmp_path)


def test_cosines_come_in_the_order_asked_and_strangers_are_unknown(table: VectorTable) -> None:
    cosines = table.cosines(np.array([1, 0], np.float32), np.array([20, 30, 99, 10]))
    np.testing.assert_allclose(cosines, [0.6, 1.0, np.nan, 0.0], atol=1e-3)


def test_what_is_usual_is_taken_over_the_collection(table: VectorTable) -> None:
    mean, deviation = table.usual(np.array([1, 0], np.float32))
    assert mean == pytest.approx(1.6 / 3, abs=1e-3)
    assert deviation == pytest.approx(float(np.std([1, 0, 0.6])), abs=1e-3)


def test_an_empty_table_knows_nothing(tmp_path: Path) -> None:
    save(tmp_path, [], np.empty((0, 2), np.float32))
    table = VectorTable.open(tmp_path)
    query = np.array([1, 0], np.float32)
    assert len(table) == 0
    assert np.isnan(table.cosines(query, np.array([1]))).all()
    assert table.usual(query) == (0.0, 1.0)


def test_one_vector_has_no_spread_to_divide_by(tmp_path: Path) -> None:
    save(tmp_path, [1], VECTORS[:1])
    assert VectorTable.open(tmp_path).usual(VECTORS[0])[1] > 0


def test_a_missing_table_is_missing_and_a_damaged_one_broken(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        VectorTable.open(tmp_path)
    save(tmp_path, [1, 2, 3], VECTORS)
    (tmp_path / "vectors.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(IndexBroken):
        VectorTable.open(tmp_path)
