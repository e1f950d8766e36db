import numpy as np
import pytest

from evals.fit import Case, fit_confidence, fit_ranking
from retrieval.confidence import SIGNALS
from retrieval.ranking import FEATURES

COVER, NOISE, AGAINST = FEATURES.index("cover"), FEATURES.index("lexical"), FEATURES.index("place_conflict")


def make_case(random: np.random.Generator, *, answerable: bool = True) -> Case:
    """Five candidates of five documents; the right one is covered and in the right place."""
    features = np.zeros((5, len(FEATURES)))
    features[:, NOISE] = random.random(5)
    features[:, COVER] = random.random(5) / 2
    features[:, AGAINST] = random.random(5) > 0.3
    right = np.zeros(5, np.bool_)
    if answerable:
        right[2] = True
        features[2, COVER] += 0.5
        features[2, AGAINST] = 0
    return Case(features, np.arange(5), right, right, weight=0.02)


@pytest.fixture
def cases() -> list[Case]:
    random = np.random.default_rng(1)
    return [make_case(random) for _ in range(50)]


def test_what_tells_right_from_wrong_gets_the_weight(cases: list[Case]) -> None:
    weights = fit_ranking(cases)
    assert weights[COVER] > 0 > weights[AGAINST]
    assert weights[COVER] > 5 * weights[NOISE]
    assert all(case.ranked(weights).ids[0] == 2 for case in cases)


def test_no_weight_has_the_wrong_sign(cases: list[Case]) -> None:
    flipped = [Case(-case.features, case.groups, case.relevant, case.answering, case.weight) for case in cases]
    weights = fit_ranking(flipped)
    assert weights[COVER] == 0
    assert weights[AGAINST] == 0


def test_confidence_separates_the_absent_and_keeps_most(cases: list[Case]) -> None:
    random = np.random.default_rng(2)
    absent = [make_case(random, answerable=False) for _ in range(50)]
    model = fit_confidence(cases, absent, fit_ranking(cases))
    assert set(model["weights"]) <= set(SIGNALS)
    assert model["weights"]["cover"] > 0
    assert 0 < model["near"] <= model["answered"] < 1


def test_taking_the_right_document_away_leaves_the_others(cases: list[Case]) -> None:
    ranked = cases[0].ranked(np.ones(len(FEATURES)), without_relevant=True)
    assert sorted(ranked.groups.tolist()) == [0, 1, 3, 4]
