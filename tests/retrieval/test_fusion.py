import numpy as np

from retrieval.fusion import fused, scaled


def test_scores_are_stretched_to_one() -> None:
    assert scaled(np.array([2, 4, 3], np.float32)).tolist() == [0, 1, 0.5]


def test_equal_scores_say_nothing() -> None:
    assert scaled(np.array([2, 2], np.float32)).tolist() == [0, 0]
    assert scaled(np.empty(0, np.float32)).tolist() == []


def test_fusion_is_a_weighted_sum_of_stretched_scores() -> None:
    lexical, dense = np.array([0, 10, 5], np.float32), np.array([0.8, 0.8, 0.9], np.float32)
    np.testing.assert_allclose(fused(lexical, dense, weight=0.7), [0, 0.7, 0.65], rtol=1e-6)
