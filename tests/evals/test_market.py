"""The simulated market: the same for every ranking, and the same again."""

import pytest

from evals.market import play
from evals.market.measures import MEASURES, gini, summary
from evals.market.plot import draw
from evals.market.rankings import RANKINGS


@pytest.fixture(scope="module")
def played() -> dict[str, dict[str, float]]:
    return play(3, engineers=40, demands=30)


def test_a_seed_gives_the_same_market_again(played: dict[str, dict[str, float]]) -> None:
    assert play(3, engineers=40, demands=30) == played
    assert set(played) == set(RANKINGS)


def test_judgement_puts_the_right_one_first_more_often_than_chance(played: dict[str, dict[str, float]]) -> None:
    assert played["ours"]["able@1"] > played["random"]["able@1"]


def test_round_robin_is_the_evenest(played: dict[str, dict[str, float]]) -> None:
    assert min(played, key=lambda way: played[way]["gini"]) == "round_robin"


@pytest.mark.parametrize(("counts", "value"), [([1, 1, 1], 0.0), ([0, 0, 3], 2 / 3), ([0, 0], 0.0)])
def test_gini(counts: list[int], value: float) -> None:
    assert gini(counts) == pytest.approx(value)


def test_every_measure_is_summed_and_drawn(played: dict[str, dict[str, float]]) -> None:
    ways = summary([played, played], "ours")
    assert all(set(row) == {measure.name for measure in MEASURES} for row in ways.values())
    assert ways["random"]["p@1"]["ours_ahead"] == pytest.approx(
        ways["ours"]["p@1"]["mean"] - ways["random"]["p@1"]["mean"], abs=1e-3
    )
    assert draw(ways).count("<rect") == 1 + len(ways) * len(MEASURES)
