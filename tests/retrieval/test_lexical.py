import math
from pathlib import Path

import numpy as np
import pytest

from retrieval.errors import IndexBroken, IndexMissing
from retrieval.lexical import K1, B, Entry, Keywords, analyse, build, single_characters, subject, top

ENTRIES = (
    Entry(11, "创新中心管理办法 第十二条", "认定后设两年培育期，培育期满考核不合格的，撤销认定。", 1),
    Entry(12, "创新中心管理办法 第五条", "共享工程师是指在企业之间流动服务的工程师。", 1),
    Entry(25, "伺服报警手册", "出现 AL.50 报警时检查负载；AL.51 报警时检查编码器。", 2),
    Entry(27, "一般公差", "未注公差按 GB/T 1804-m 执行。", 3),
)


@pytest.fixture
def keywords(tmp_path: Path) -> Keywords:
    build(tmp_path / "policy", ENTRIES)
    return Keywords.open(tmp_path / "policy")


def best(keywords: Keywords, text: str) -> int | None:
    scores = keywords.score(keywords.rows(analyse(text)))
    found = top(scores, 1)
    return int(keywords.ids[found[0]]) if len(found) else None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("培育期多久，不合格怎么办？", 11),
        ("共享工程師到底指哪些人", 12),
        ("al50 是什么报警", 25),
        ("ＧＢ／Ｔ１８０４", 27),
        ("zzz", None),
        ("怎么办", None),
        ("", None),
    ],
)
def test_the_passage_that_shares_the_words_comes_first(keywords: Keywords, question: str, expected: int | None) -> None:
    assert best(keywords, question) == expected


def test_words_of_asking_are_dropped_in_place() -> None:
    assert subject("培育期是多久呢？") == "培育期是   ?"


def test_single_characters_are_found_where_no_pair_is(keywords: Keywords) -> None:
    every = np.arange(len(keywords))
    shares = keywords.share_of_characters(single_characters(subject("撤了怎么办")), every)
    assert best(keywords, "撤了怎么办") is None
    assert keywords.ids[shares.argmax()] == 11
    assert 0 < shares.max() <= 1
    assert np.count_nonzero(shares) == 1


def test_empty_characters_are_none() -> None:
    assert not len(single_characters("的了吗"))


def test_an_impact_is_the_bm25_of_one_term(tmp_path: Path) -> None:
    build(tmp_path / "one", [Entry(1, "", "甲乙丙", 1), Entry(2, "", "丁戊", 2), Entry(3, "", "己庚", 3)])
    keywords = Keywords.open(tmp_path / "one")
    terms = analyse("甲乙")
    # Lengths in terms are 2, 1, 1, so the average is 4/3; one passage of three holds the term once.
    frequency = 1 / (1 - B + B * 2 / (4 / 3))
    expected = math.log1p(2.5 / 1.5) * (K1 + 1) * frequency / (K1 + frequency)
    assert keywords.score(keywords.rows(terms)).tolist() == pytest.approx([expected, 0, 0], rel=1e-6)


def test_a_headline_weighs_more_than_the_same_word_in_the_body(tmp_path: Path) -> None:
    build(tmp_path / "two", [Entry(1, "其他", "培育期", 1), Entry(2, "培育期", "其他", 2)])
    keywords = Keywords.open(tmp_path / "two")
    scores = keywords.score(keywords.rows(analyse("培育")))
    assert scores[1] > scores[0] > 0


def test_documents_are_scored_over_all_their_passages(keywords: Keywords) -> None:
    scores = keywords.score_groups(keywords.rows(analyse("共享工程师 培育期")))
    assert keywords.group_ids.tolist() == [1, 2, 3]
    assert scores[0] > 0 == scores[1] == scores[2]


def test_impacts_of_chosen_passages_add_up_to_their_scores(keywords: Keywords) -> None:
    rows = keywords.rows(analyse("培育期 AL.50 报警 公差"))
    positions = np.arange(len(keywords))
    np.testing.assert_allclose(keywords.impacts(rows, positions).sum(axis=0), keywords.score(rows), rtol=1e-6)
    np.testing.assert_allclose(
        keywords.group_impacts(rows, np.arange(3)).sum(axis=0), keywords.score_groups(rows), rtol=1e-6
    )


def test_weights_multiply_single_terms(keywords: Keywords) -> None:
    rows = keywords.rows(analyse("报警"))
    np.testing.assert_allclose(keywords.score(rows, np.full(1, 0.5, np.float32)), keywords.score(rows) / 2)


def test_a_term_that_nothing_holds_is_the_rarest(keywords: Keywords) -> None:
    idf = keywords.idf(keywords.rows(analyse("量子")))
    assert idf[0] > keywords.idf(keywords.rows(analyse("公差")))[0]


def test_positions_find_ids_and_mark_strangers(keywords: Keywords) -> None:
    assert keywords.positions([27, 11, 99]).tolist() == [3, 0, -1]


def test_an_empty_collection_is_an_index_that_finds_nothing(tmp_path: Path) -> None:
    assert build(tmp_path / "none", []) == 0
    keywords = Keywords.open(tmp_path / "none")
    assert best(keywords, "培育期") is None
    assert keywords.positions([1]).tolist() == [-1]
    assert keywords.impacts(keywords.rows(analyse("培育")), np.empty(0, np.int64)).shape == (1, 0)


def test_passages_without_words_do_no_harm(tmp_path: Path) -> None:
    build(tmp_path / "blank", [Entry(1, "", "", 1), Entry(2, "", "……", 1)])
    assert best(Keywords.open(tmp_path / "blank"), "培育期") is None


def test_building_again_replaces_what_was_there(tmp_path: Path) -> None:
    build(tmp_path / "policy", ENTRIES)
    build(tmp_path / "policy", ENTRIES[:1])
    assert Keywords.open(tmp_path / "policy").ids.tolist() == [11]
    assert [path.name for path in tmp_path.iterdir()] == ["policy"]


def test_chunks_of_a_build_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path / "whole", ENTRIES)
    monkeypatch.setattr("retrieval.lexical._CHUNK", 1)
    build(tmp_path / "parts", ENTRIES)
    for file in (tmp_path / "whole").glob("*.npy"):
        np.testing.assert_array_equal(np.load(file), np.load(tmp_path / "parts" / file.name))


def test_a_folder_without_an_index_is_missing(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        Keywords.open(tmp_path)


@pytest.mark.parametrize("name", ["postings.npy", "keywords.json"])
def test_a_damaged_index_is_called_broken(tmp_path: Path, name: str) -> None:
    build(tmp_path / "policy", ENTRIES)
    (tmp_path / "policy" / name).write_bytes(b"\x93NUMPY")
    with pytest.raises(IndexBroken):
        Keywords.open(tmp_path / "policy")


def test_an_index_that_is_open_survives_its_replacement(keywords: Keywords) -> None:
    before = keywords.score(keywords.rows(analyse("培育期"))).tolist()
    build(keywords.folder, ENTRIES[2:])
    assert keywords.score(keywords.rows(analyse("培育期"))).tolist() == before


def test_the_best_come_first_and_zeros_never() -> None:
    assert top(np.array([0, 3, 1, 3, 0], np.float32), 2).tolist() == [1, 3]
    assert top(np.array([0, 3, 1], np.float32), 9).tolist() == [1, 2]


def test_the_best_of_many_scores_are_those_of_sorting_them_all() -> None:
    scores = np.random.default_rng(1).integers(0, 900, 20_000).astype(np.float32)  # many ties, some zeros
    scores[5_000:9_000] = 0
    assert top(scores, 50).tolist() == np.argsort(-scores, kind="stable")[:50].tolist()
    few = np.where(np.arange(20_000) % 997 == 3, np.float32(2), np.float32(0))
    assert top(few, 50).tolist() == np.flatnonzero(few).tolist()
