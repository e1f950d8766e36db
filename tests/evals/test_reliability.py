"""Bins, Brier score and risk against coverage, against numbers worked out by hand; the picture is a picture."""

import xml.etree.ElementTree as ET

import pytest

from evals.answers import Judged, Question
from evals.reliability import bins, brier, picture, risk_at, risks, summarise


def test_bins_hold_what_was_stated_and_what_was_so() -> None:
    made = bins([0.05, 0.15, 0.95, 1.0], [False, True, True, False])
    assert [one.n for one in made] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert (made[9].stated, made[9].observed) == (pytest.approx(0.975), 0.5)
    assert (made[2].stated, made[2].observed) == (0.0, 0.0)


def test_brier_is_the_mean_square() -> None:
    assert brier([1.0, 0.5], [True, False]) == pytest.approx(0.125)
    assert brier([], []) == 0.0


def test_risk_grows_with_coverage_and_equals_go_together() -> None:
    curve = risks([(0.9, True), (0.8, False), (0.8, True), (0.4, False)], 8)
    assert curve == [(0.125, 0.0), (0.375, pytest.approx(1 / 3)), (0.5, 0.5)]
    assert risk_at(curve, 0.3) == pytest.approx(1 / 3)
    assert risk_at(curve, 0.6) is None
    assert risks([], 8) == []


def judged(confidence: float, right: bool, *, kind: str = "fact", answered: bool = True) -> Judged:
    answer = {"outcome": "answered" if answered else "no_answer", "confidence": confidence}
    return Judged(Question("1", "问", kind), answer, right, None, (), 1.0)


def test_a_set_is_summed_up_and_drawn() -> None:
    items = [judged(0.9, True), judged(0.7, False), judged(0.2, False, kind="none", answered=False)]
    figures = summarise(items)
    assert (figures["n"], figures["coverage"], figures["risk"]) == (3, 0.6667, 0.5)
    assert figures["ece"] == pytest.approx((0.1 + 0.3 + 0.2) / 3, abs=1e-4)
    assert figures["risk@0.2"] == 0.0
    assert figures["risk@0.8"] is None
    drawn = ET.fromstring(picture(figures, title="甲 & 乙"))
    assert drawn.tag.endswith("svg")
    assert len(drawn.findall("{*}polyline")) == 1
