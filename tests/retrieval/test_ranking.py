from pathlib import Path

import numpy as np
import pytest

from retrieval.lexical import Entry, Keywords, build
from retrieval.lexicon import Entry as LexiconEntry
from retrieval.lexicon import Lexicon
from retrieval.ranking import FEATURES, Ranked, merged, rank, take_apart, weights
from retrieval.vectors import VectorTable, save

RULES, SERVO, OTHER = 1, 2, 3
ENTRIES = (
    Entry(11, "湖南省中心管理办法 第十二条", "认定后设一年培育期，评估不合格的给予一年整改期。", RULES),
    Entry(12, "湖南省中心管理办法 第五条", "省财政厅负责专项资金的预算安排。", RULES),
    Entry(25, "伺服报警手册", "出现 AL.50 报警时检查负载。", SERVO),
    Entry(26, "伺服报警手册", "出现 AL.51 报警时检查编码器。", SERVO),
    Entry(30, "广东省中心管理办法 第九条", "认定后设两年培育期。", OTHER),
)
VECTORS = np.eye(5, 8, dtype=np.float32)


@pytest.fixture
def keywords(tmp_path: Path) -> Keywords:
    build(tmp_path / "keywords", ENTRIES)
    return Keywords.open(tmp_path / "keywords")


@pytest.fixture
def table(tmp_path: Path) -> VectorTable:
    save(tmp_path / "vectors", [entry.id for entry in ENTRIES], VECTORS)
    return VectorTable.open(tmp_path / "vectors")


def feature(ranked: Ranked, entry: int, name: str) -> float:
    return float(ranked.features[ranked.ids.tolist().index(entry), FEATURES.index(name)])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("培育期评估不合格会怎样", 11),
        ("AL.51报警", 26),
        ("AL50 报警", 25),
        ("广东的培育期多久", 30),
        ("谁管专项资金", 12),
    ],
)
def test_the_passage_that_answers_comes_first(keywords: Keywords, question: str, expected: int) -> None:
    assert rank(take_apart(question), keywords).ids[0] == expected


def test_scores_fall_and_features_explain_them(keywords: Keywords) -> None:
    ranked = rank(take_apart("培育期多久"), keywords)
    assert (np.diff(ranked.scores) <= 0).all()
    np.testing.assert_allclose(ranked.features @ weights(), ranked.scores, rtol=1e-5)
    assert set(ranked.evidence(0)) == set(FEATURES)


def test_the_vector_decides_where_words_say_nothing(keywords: Keywords, table: VectorTable) -> None:
    question = take_apart("毫不相干")
    ranked = rank(question, keywords, vector=VECTORS[1], table=table, near=[12, 25, 999])
    assert ranked.ids.tolist() == [12, 25]


def test_a_passage_without_a_vector_yet_is_found_by_words(keywords: Keywords, tmp_path: Path) -> None:
    save(tmp_path / "half", [12], VECTORS[1:2])
    table = VectorTable.open(tmp_path / "half")
    ranked = rank(take_apart("培育期评估不合格"), keywords, vector=VECTORS[1], table=table, near=[12])
    assert ranked.ids[0] == 11
    assert np.isfinite(ranked.features).all()


def test_only_passages_of_the_named_groups_are_candidates(keywords: Keywords) -> None:
    ranked = rank(take_apart("培育期"), keywords, near=[11, 25], groups=[OTHER, SERVO])
    assert set(ranked.groups.tolist()) == {OTHER, SERVO}
    assert len(rank(take_apart("培育期"), keywords, near=[11], groups=[])) == 0


def lexicon(**official: str) -> Lexicon:
    return Lexicon([LexiconEntry(lay, (words,), "") for lay, words in official.items()])


def test_official_words_find_what_lay_words_do_not(keywords: Keywords) -> None:
    assert len(rank(take_apart("喜鹊的事"), keywords)) == 0
    assert rank(take_apart("喜鹊的事", lexicon=lexicon(喜鹊="专项资金")), keywords).ids[0] == 12


def test_a_lay_word_is_explained_by_its_official_one(keywords: Keywords) -> None:
    question, words = "喜鹊的预算", lexicon(喜鹊="专项资金")
    bare, read = rank(take_apart(question), keywords), rank(take_apart(question, lexicon=words), keywords)
    assert feature(bare, 12, "explained") < feature(read, 12, "explained")
    assert feature(bare, 12, "unexplained") > feature(read, 12, "unexplained")
    assert feature(bare, 12, "cover") == feature(read, 12, "cover")


def test_official_words_are_embedded_with_the_question() -> None:
    assert take_apart("喜鹊的事", lexicon=lexicon(喜鹊="专项资金")).embedded == "喜鹊的事 专项资金"
    assert take_apart("喜鹊的事").embedded == "喜鹊的事"


def test_a_word_of_the_question_is_not_expanded_again() -> None:
    assert take_apart("喜鹊 专项资金", lexicon=lexicon(喜鹊="专项资金")).likelihood.sum() == 0


def test_what_people_say_for_official_words_finds_the_passage(keywords: Keywords) -> None:
    lay = Lexicon.load().lay_of("专项资金的预算安排")[0]
    assert rank(take_apart(lay), keywords).ids[0] == 12


def test_a_document_about_another_province_conflicts(keywords: Keywords) -> None:
    ranked = rank(take_apart("广东的培育期"), keywords)
    assert feature(ranked, 11, "place_conflict") == 1
    assert feature(ranked, 30, "place_conflict") == 0
    assert feature(ranked, 11, "place_missing") == 1
    assert feature(ranked, 30, "place_missing") == 0


def test_shares_lie_between_none_and_all(keywords: Keywords) -> None:
    ranked = rank(take_apart("认定后设一年培育期"), keywords)
    assert feature(ranked, 11, "cover") == pytest.approx(1)
    assert feature(ranked, 11, "run") == pytest.approx(1)
    assert feature(ranked, 11, "hole") == 0
    assert 0 < feature(ranked, 30, "cover") < 1
    assert feature(ranked, 30, "hole") > 0


def test_codes_are_held_exactly_or_not(keywords: Keywords) -> None:
    ranked = rank(take_apart("AL.51"), keywords)
    assert feature(ranked, 26, "exact") == pytest.approx(1)
    assert feature(ranked, 25, "exact") < 1


def test_a_question_without_words_finds_nothing(keywords: Keywords) -> None:
    assert len(rank(take_apart("？？"), keywords)) == 0


def test_an_empty_collection_ranks_nothing(tmp_path: Path) -> None:
    build(tmp_path / "none", [])
    assert len(rank(take_apart("培育期"), Keywords.open(tmp_path / "none"), near=[1])) == 0


def test_collections_are_ranked_together(keywords: Keywords, tmp_path: Path) -> None:
    build(tmp_path / "other", [Entry(99, "基地标准", "基地设半年培育期，评估不合格的撤销。", 9)])
    question = take_apart("基地培育期评估不合格会怎样")
    parts = [rank(question, keywords), rank(question, Keywords.open(tmp_path / "other"))]
    together = merged(parts)
    assert sorted(together.ids.tolist()) == sorted(parts[0].ids.tolist() + [99])
    assert (np.diff(together.scores) <= 0).all()
    assert len(merged([])) == 0
