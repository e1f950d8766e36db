"""Whether what was found answers, weighed."""

from dataclasses import replace

from bot.assistant.weighing import FOUND, SIGNALS, signals, weigh
from retrieval.protocols import Found, Hit

from ..fakes import document


def found(confidence: float, *, blind: bool = False, evidence: dict[str, float] | None = None) -> Found:
    made, passages = document("board", "联盟章程", [("第一条", "联盟设立议事会，由成员代表组成，负责审议预算。")])
    told = {"cover": 0.5} if evidence is None else evidence
    hit = Hit(passages[0], made, 1.0, told)
    return Found((hit,), confidence, answered=confidence > 0.5, near=False, blind=blind)


def test_what_is_asked_in_the_clauses_words_is_answered() -> None:
    weighed = weigh("联盟议事会审议什么", found(0.9))

    assert weighed.answered
    assert not weighed.near
    assert weighed.hits == found(0.9).hits


def test_a_fact_that_the_clause_does_not_state_makes_an_answer_unlikely() -> None:
    stated, lacking = (weigh(text, found(0.6)) for text in ("联盟议事会审议什么", "联盟议事会成员代表任期几年"))

    assert lacking.confidence < stated.confidence
    assert not lacking.answered
    assert lacking.near  # it was found, so it may be pointed at


def test_a_closer_find_is_likelier_to_answer() -> None:
    likely = [
        weigh("联盟议事会审议什么", found(share, blind=blind)).confidence
        for blind in (False, True)
        for share in (0.1, 0.9)
    ]

    assert likely[0] < likely[1]
    assert likely[2] < likely[3]


def test_nothing_found_and_nothing_told_stay_as_they_are() -> None:
    untold = found(0.6, evidence={})

    assert weigh("联盟议事会审议什么", Found()) == Found()
    assert weigh("联盟议事会审议什么", untold) == untold


def test_a_certain_find_has_finite_signals() -> None:
    figures = signals("联盟议事会审议什么", found(1.0))

    assert set(figures) == set(SIGNALS)
    assert figures[FOUND] < 10


def test_a_blind_find_among_few_passages_must_be_likelier_than_not() -> None:
    shares = (step / 100 for step in range(1, 100))
    some = next(
        part for share in shares if 0.3 < (part := weigh("吃的谁管", found(share, blind=True))).confidence < 0.5
    )

    assert some.answered
    assert not weigh("吃的谁管", replace(some, few=True)).answered
