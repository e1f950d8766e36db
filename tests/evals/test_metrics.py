import math

import pytest

from evals.metrics import auroc, calibration_error, false_positive_rate, hit, interval, recall, reciprocal_rank


@pytest.mark.parametrize(("k", "expected"), [(1, 0.0), (2, 1.0), (10, 1.0)])
def test_a_hit_needs_one_relevant_among_the_first_k(k: int, expected: float) -> None:
    assert hit(["a", "b", "c"], {"b", "x"}, k=k) == expected


@pytest.mark.parametrize(("k", "expected"), [(1, 0.0), (2, 1 / 3), (3, 2 / 3)])
def test_recall_is_the_share_of_the_relevant_found(k: int, expected: float) -> None:
    assert recall(["a", "b", "c"], ["b", "c", "x"], k=k) == expected


def test_nothing_relevant_is_nothing_recalled() -> None:
    assert recall(["a"], [], k=1) == 0.0


@pytest.mark.parametrize(("k", "expected"), [(1, 0.0), (2, 0.0), (3, 1 / 3), (10, 1 / 3)])
def test_the_reciprocal_rank_is_that_of_the_first_relevant(k: int, expected: float) -> None:
    assert reciprocal_rank(["a", "b", "c", "d"], {"c", "d"}, k=k) == expected


def test_auroc_counts_pairs_and_half_of_the_ties() -> None:
    # Pairs: .9 beats .5 and .2; .5 ties with .5 and beats .2: 3.5 of 4.
    assert auroc([0.9, 0.5], [0.5, 0.2]) == 3.5 / 4


def test_auroc_of_nothing_says_nothing() -> None:
    assert auroc([], [1.0]) == 0.5


def test_the_false_positive_rate_is_read_where_enough_are_kept() -> None:
    positive = [index / 20 for index in range(1, 21)]  # 0.05 ... 1.00; keeping 19 of 20 means a threshold of 0.10
    assert false_positive_rate(positive, [0.05, 0.10, 0.50, 0.01]) == 0.5
    assert false_positive_rate(positive, [0.05, 0.10, 0.50, 0.01], kept=1.0) == 0.75


@pytest.mark.parametrize(("positive", "negative", "expected"), [([1.0], [], 0.0), ([], [1.0], 1.0)])
def test_the_false_positive_rate_of_one_side_alone(
    positive: list[float], negative: list[float], expected: float
) -> None:
    assert false_positive_rate(positive, negative) == expected


def test_the_calibration_error_weighs_each_bin_by_its_size() -> None:
    # Bin .9: two said, one came: gap |1.8 - 1| = .8; bin .1: two said, none came: .2; over four.
    assert calibration_error([0.9, 0.9, 0.1, 0.1], [True, False, False, False]) == pytest.approx(0.25)


def test_certainty_that_comes_true_is_calibrated() -> None:
    assert calibration_error([1.0, 0.0], [True, False]) == 0.0
    assert calibration_error([], []) == 0.0


def test_the_interval_holds_the_mean_and_is_repeatable() -> None:
    values = [0.0, 1.0] * 50
    low, high = interval(values)
    # The normal approximation gives .5 -+ 1.96 * .05.
    assert (low, high) == interval(values)
    assert low == pytest.approx(0.402, abs=0.02)
    assert high == pytest.approx(0.598, abs=0.02)


def test_the_interval_of_equal_values_is_a_point() -> None:
    assert interval([1.0, 1.0]) == (1.0, 1.0)
    assert all(math.isnan(end) for end in interval([]))
