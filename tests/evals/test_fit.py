from pathlib import Path

import numpy as np
import pytest

from evals.fit import Case, fit_confidence, fit_ranking, relative
from retrieval.confidence import SIGNALS
from retrieval.lexical import Entry, Keywords, build
from retrieval.ranking import FEATURES, rank, take_apart
from retrieval.vectors import VectorTable, save

COVER, NOISE, AGAINST = FEATURES.index("cover"), FEATURES.index("lexical"), FEATURES.index("place_conflict")
SPOKEN, MEANT = FEATURES.index("cover_document"), FEATURES.index("familiar")


def make_case(random: np.random.Generator, *, answerable: bool = True) -> Case:
    """Five candidates of five documents; the right one is covered and in the right place. Every other question is blind."""
    features = np.zeros((5, len(FEATURES)))
    features[:, NOISE] = random.random(5)
    features[:, COVER] = random.random(5) / 2
    features[:, AGAINST] = random.random(5) > 0.3
    features[:, SPOKEN] = random.choice([0.0, 0.9])
    features[:, MEANT] = random.random()
    right = np.zeros(5, np.bool_)
    if answerable:
        features[:, MEANT] += 0.5
        right[2] = True
        features[2, COVER] += 0.5
        features[2, AGAINST] = 0
    return Case(features, np.arange(5), right, right, weight=0.02, stranger=not answerable)


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
    models = fit_confidence(cases, absent, fit_ranking(cases))
    for model in models.values():
        assert set(model["weights"]) <= set(SIGNALS)
        assert 0 < model["near"] <= model["answered"] < 1
    assert models["worded"]["weights"]["cover"] > 0
    # Without words in common only the meaning can tell.
    assert models["blind"]["weights"]["familiar"] > 0
    assert "cover" not in models["blind"]["weights"]


def test_taking_the_answer_away_leaves_the_others(cases: list[Case]) -> None:
    robbed = cases[0].robbed()
    assert not robbed.relevant.any()
    assert robbed.features[:, COVER].tolist() == cases[0].features[[0, 1, 3, 4], COVER].tolist()


def test_only_the_telling_passages_are_taken_where_they_are_known(cases: list[Case]) -> None:
    case = cases[0]
    all_relevant = Case(case.features, case.groups, np.ones(5, np.bool_), case.answering, 1.0, telling=case.answering)
    assert len(all_relevant.robbed().groups) == 4


def test_comparisons_made_anew_are_those_of_the_ranking(tmp_path: Path) -> None:
    texts = ("培育期满后评估，不合格的整改一年。", "资金由财政厅安排。", "专职团队与办公场所", "培育团队的资金")
    build(tmp_path / "keywords", [Entry(number, "", text, number // 2) for number, text in enumerate(texts)])
    save(tmp_path / "vectors", range(len(texts)), np.eye(len(texts), 16, dtype=np.float32))
    vector = np.linspace(1, 0, 16, dtype=np.float32)
    ranked = rank(
        take_apart("培育期满后团队的火星资金"),
        Keywords.open(tmp_path / "keywords"),
        vector=vector / np.linalg.norm(vector),
        table=VectorTable.open(tmp_path / "vectors"),
    )
    made = relative(ranked.features.astype(np.float64), ranked.groups)
    assert np.abs(made - ranked.features).max() < 1e-5


def test_the_best_that_is_left_is_compared_with_what_is_left() -> None:
    features = np.zeros((3, len(FEATURES)))
    features[:, NOISE] = 0.8, 0.4, 0.2
    made = relative(features[1:], np.array([0, 1]))
    assert made[:, FEATURES.index("lexical_best")].tolist() == [1.0, 0.5]
