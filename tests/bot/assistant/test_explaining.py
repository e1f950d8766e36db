"""The evidence of an answer, unfolded for staff; an ordinary answer carries none and is the same."""

from bot.assistant import explaining
from bot.assistant.answer import Assistant
from bot.assistant.weighing import contributions, weigh
from bot.profile import Profile
from corpora.document import Kind
from retrieval.protocols import PUBLIC, Found, Hit, Query
from tests.bot.fakes import TODAY, MemoryFinder, document, library


def finder() -> MemoryFinder:
    return library(
        document(
            "rules", "甲省工作站管理办法", [("第一条", "第一条 培育期为一年。"), ("第二条", "第二条 材料包括申请表。")]
        ),
    )


def test_the_searches_their_candidates_and_the_decision_are_told() -> None:
    assistant = Assistant(finder(), profile=Profile(), today=lambda: TODAY)
    plain = assistant.ask("培育期多久", id="x")
    told = assistant.ask("培育期多久", id="x", explain=True)
    assert "explain" not in plain.as_json()
    evidence = told.as_json()["explain"]
    assert {**told.as_json(), "explain": None} == {**plain.as_json(), "explain": None}
    first = evidence["searches"][0]["candidates"][0]
    assert (first["clause"], first["words"], first["cited"]) == ("第一条", ["培育期"], 1)
    assert "answered" in evidence["decision"]
    assert "第一条" in explaining.render(evidence)


def test_a_fixed_answer_says_that_nothing_was_searched() -> None:
    assistant = Assistant(finder(), profile=Profile(), today=lambda: TODAY)
    evidence = assistant.ask("你好", explain=True).as_json()["explain"]
    assert evidence["searches"] == []
    assert "没有检索" in evidence["decision"]


def test_the_runs_that_a_text_holds_are_named_longest_first_in_order() -> None:
    assert explaining.matched("培育期不合格怎么整改", "评估不合格的，给予整改期；培育期满后") == (
        "培育期",
        "不合格",
        "整改",
    )
    assert explaining.matched("PLC 培训", "plc 编程") == ("PLC",)
    assert explaining.matched("停车费", "培育期") == ()


def test_the_contributions_add_up_to_the_probability() -> None:
    from math import exp

    made, passages = document("rules", "甲省办法", [("第一条", "第一条 培育期为一年。")])
    found = Found((Hit(passages[0], made, 1.0, {"lexical": 0.5}),), 0.7, True)
    weighed = contributions("培育期几年", found)
    assert weighed is not None
    total = weighed.bias + sum(part for _, part in weighed.terms.values())
    assert abs(1 / (1 + exp(-total)) - weigh("培育期几年", found).confidence) < 1e-9


def test_a_watched_finder_finds_the_same_and_remembers_it() -> None:
    inner = finder()
    watched = explaining.Watched(inner)
    query = Query("培育期", kinds=frozenset({Kind.POLICY}))
    assert watched.search(query, PUBLIC) == inner.search(query, PUBLIC)
    assert [asked.text for asked, _ in watched.seen] == ["培育期"]
