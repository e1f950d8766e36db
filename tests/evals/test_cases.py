"""Measuring solved cases: hand-worked figures, and a set that names cases that are shipped."""

import re
from pathlib import Path

from evals.cases import Judged, Trouble, failure, read, summarise

ROOT = Path(__file__).resolve().parents[2]


def judged(case: str | None, shown: str | None, *, other: bool = False) -> Judged:
    return Judged(Trouble("1", "电机烧了", case, "part", "report"), shown, other, 0.9 if shown else 0.1, 1.0)


def test_right_wrong_and_refused_are_shares_of_their_own_troubles():
    figures = summarise(
        [judged("a", "a"), judged("a", "b"), judged("a", None), judged("a", "a"), judged(None, None), judged(None, "b")]
    )
    assert (figures["right"], figures["wrongly_answered"], figures["wrongly_refused"]) == (0.5, 0.25, 0.25)
    assert (figures["refused"], figures["let_through"], figures["other_knowledge"]) == (0.5, 0.5, 0.0)


def test_a_clause_for_a_trouble_is_wrong_too():
    assert judged("a", None, other=True).wrong
    assert failure(judged("a", "a")) is None
    assert "other knowledge" in (failure(judged(None, None, other=True)) or "")


def test_the_sets_name_shipped_cases_and_no_trouble_stands_twice():
    shipped = {
        found[1]
        for path in (ROOT / "corpora" / "solutions").glob("*.md")
        if (found := re.search(r"^id: (\S+)$", path.read_text("utf-8"), re.MULTILINE))
    }
    troubles = [trouble for name in ("cases", "cases-fresh") for trouble in read(ROOT / "evals/sets" / f"{name}.jsonl")]
    assert {trouble.case for trouble in troubles if trouble.case} <= shipped
    assert len({trouble.text for trouble in troubles}) == len(troubles)
    assert {trouble.half for trouble in troubles} == {"tune", "report"}
