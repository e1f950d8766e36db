"""The judge of answers, against answers worked out by hand."""

import json

import pytest

from evals.answers import Judged, Question, failure, judge, lay_share, read, same_clause, summarise

TEXT = "第一条 甲方每年交报告。\n第二条 逾期\n撤销认定。"


def cite(clause: str, quote: str, source: str = "a.txt") -> dict[str, object]:
    return {"source": source, "clause": clause, "quote": quote}


def answer(*citations: dict[str, object], outcome: str = "answered") -> dict[str, object]:
    return {"outcome": outcome, "citations": list(citations), "confidence": 0.5}


def held(question: Question, given: dict[str, object]) -> Judged:
    return judge(question, given, sources={"a.txt": TEXT})


ASKED = Question("1", "多久交一次", "fact", doc=("a",), must=("每年",), clause="第一条")


def test_evidence_counts_when_the_named_document_says_it() -> None:
    assert held(ASKED, answer(cite("第一条", "甲方每年交报告"))).right
    assert not held(ASKED, answer(cite("第一条", "甲方每年交报告", source="b.txt"))).right
    assert not held(ASKED, answer(cite("第一条", "交报告"))).right


def test_a_pattern_is_found_across_a_line_break_of_the_quote() -> None:
    asked = Question("1", "逾期怎么办", "fact", doc=("a",), must=("逾期撤销认定",))
    assert held(asked, answer(cite("第二条", "逾期\n撤销认定"))).right


def test_no_answer_is_never_right_even_with_the_right_quote() -> None:
    judged = held(ASKED, answer(cite("第一条", "甲方每年交报告"), outcome="no_answer"))
    assert (judged.right, judged.clause) == (False, False)


@pytest.mark.parametrize(
    ("wanted", "given", "same"),
    [
        ("第七条", "第七条（三）", True),
        ("第七条（三）", "第七条", True),
        ("第七条", "第八条", False),
        ("第七条", "", False),
        ("二、（三）2.", "二、（三） 2.", True),
    ],
)
def test_clauses_are_the_same_when_one_holds_the_other(wanted: str, given: str, same: bool) -> None:
    assert same_clause(wanted, given) is same


def test_quotes_are_compared_character_by_character() -> None:
    assert held(ASKED, answer(cite("第一条", "甲方每年交报告"), cite("第二条", "逾期撤销"))).verbatim == (True, False)


def test_the_figures_of_four_answers() -> None:
    absent = Question("2", "多少钱", "none")
    judged = [
        held(ASKED, answer(cite("第一条", "甲方每年交报告"))),
        held(ASKED, answer(outcome="no_answer")),
        held(absent, answer(outcome="no_answer")),
        held(absent, answer(cite("第一条", "甲方"))),
    ]
    figures = summarise(judged)
    assert {key: figures[key] for key in ("n", "right", "clause", "wrongly_refused", "refused", "verbatim")} == {
        "n": 4, "right": 0.5, "clause": 0.5, "wrongly_refused": 0.5, "refused": 0.5, "verbatim": 1.0,
    }  # fmt: skip
    assert [bool(failure(item)) for item in judged] == [False, True, False, True]


def test_a_probability_is_held_against_whether_the_documents_answer() -> None:
    absent = Question("2", "多少钱", "none")
    judged = [held(ASKED, answer()), held(absent, answer()), held(absent, answer()), held(absent, answer())]

    assert summarise(judged)["ece"] == 0.25  # .5 is said of all four, and one of them is answered
    assert "ece" not in summarise(judged[:1])


def test_the_lay_share_counts_bigrams() -> None:
    assert lay_share("每年报告", "每年要交报告") == pytest.approx(2 / 3)
    assert lay_share("", "每年") == 0


def test_a_broken_line_is_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps({"id": 1, "text": "问", "kind": "fact"}) + "\n{oops\n", encoding="utf-8")
    with pytest.raises(ValueError, match=":2 is no question"):
        read(path)
