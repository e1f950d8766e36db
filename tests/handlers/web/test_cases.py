"""What desk and console say of a case: its clock, the form filled from its facts, what a copy leaves out."""

from datetime import UTC, datetime, timedelta

import pytest

from handlers.web.pages.cases import clock, moment_words, prefilled, span_words
from handlers.web.pages.redlines import cut_marked
from handlers.web.pages.talking import clock_words

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # in China


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0.2, "1 分钟"), (59, "59 分钟"), (60, "1 小时"), (185, "3 小时 5 分"), (47 * 60, "47 小时"), (72 * 60, "3 天")],
)
def test_a_span_in_words(minutes: float, words: str) -> None:
    assert span_words(timedelta(minutes=minutes)) == words


def test_a_clock_says_what_is_due_and_whether_it_is_late() -> None:
    due = NOON.isoformat()
    left = clock(due, "first_reply", NOON - timedelta(minutes=25))
    late = clock(due, "silence", NOON + timedelta(minutes=10))
    assert left and (left["words"], left["left"], left["late"]) == ("首次回复", "还剩 25 分钟", False)
    assert late and (late["words"], late["left"], late["late"]) == ("回复企业", "已超时 10 分钟", True)
    assert clock(None, None, NOON) is None
    far = clock(due, "first_reply", NOON - timedelta(hours=20))
    assert far and (far["left"], far["late"]) == ("11月23日 12:00 前", False)


def test_the_time_of_a_message_names_another_day_only() -> None:
    assert clock_words(NOON, NOON) == "04:00"
    assert clock_words(NOON - timedelta(days=1), NOON) == "11月22日 04:00"
    assert moment_words(NOON.isoformat()) == "11月23日 12:00"


def test_the_form_is_filled_from_facts_and_from_what_the_engineer_advised() -> None:
    lines = [
        {"code": "symptom", "label": "现象", "value": "老缩水"},
        {"code": "equipment", "label": "设备", "value": "注塑机"},
        {"code": "tried", "label": "试过", "value": "加了保压"},
    ]
    said = [
        ("engineer", "您好"),
        ("engineer", "模温多少度？"),
        ("sme", "四十度左右，没动过"),
        ("engineer", "先把模温升到五十五度\n再看"),
    ]
    ticket = {"packet": {"lines": lines}, "messages": [{"from": who, "text": text} for who, text in said]}
    form = prefilled(ticket)
    assert form["symptom"] == "老缩水\n设备：注塑机"
    assert form["cause"] == "企业试过：加了保压"
    assert form["steps"] == "1. 先把模温升到五十五度 再看"


def test_what_a_copy_leaves_out_is_marked_in_the_original() -> None:
    pieces = cut_marked("滨江厂的模具浇口偏小", "某企业的模具浇口偏小")
    assert [piece["text"] for piece in pieces if piece["mark"]] == ["滨江厂"]
    assert "".join(piece["text"] for piece in pieces) == "滨江厂的模具浇口偏小"
    assert cut_marked("一样", "一样") == [{"text": "一样", "mark": False}]
    assert cut_marked("", "补写") == []
