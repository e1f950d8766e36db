"""How things read on a small screen."""

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

from bot.assistant import courses
from bot.rules import cards
from corpora.document import Course

PLC = Course(
    "c1", "PLC 入门：从接线到编程", date(2026, 12, 5), None, "9:00-17:00", "一号实训室", 1800, 6, "入门", "", (0, 10)
)
LATHE = Course("c2", "数控车", None, None, "", "", 0, 0, "", "", (10, 20))


def found(text: str) -> dict[str, Any]:
    cited = {
        "document": "课程目录",
        "number": None,
        "clause": "",
        "status": "in_force",
        "valid_until": None,
        "page": None,
    }
    rows = [cited | {"n": n, "quote": "行" * 10} for n in (1, 2)]
    return {"answer": text, "citations": rows, "near": [], "courses": [{"title": PLC.title}, {"title": LATHE.title}]}


def test_each_course_is_a_card_with_its_row_behind_a_button() -> None:
    asking = cast(Any, SimpleNamespace(today=date(2026, 11, 22)))
    lines = [f"{n}. {courses._line(course, asking)}[{n}]" for n, course in enumerate((PLC, LATHE), 1)]
    text = "\n".join(["找到 2 门课程。", *lines, "来源：《课程目录》，名额和日期以报名时为准。"])
    shown = cards.answer(text, found(text))
    assert "【PLC 入门：从接线到编程】[1]\n2026-12-05（周六）开课 · 9:00-17:00 · 一号实训室" in shown
    assert "1800 元 · 余 6 席 · 入门" in shown and "【数控车】[2]\n日期待定" in shown
    assert shown.startswith("找到 2 门课程。") and shown.endswith("以报名时为准。")
    assert [label for label, _ in cards.clauses("m_x", found(text))] == ["看原文 [1]", "看原文 [2]"]


def test_a_line_that_is_no_course_is_left_as_it_is() -> None:
    text = "想给自己厂里定制培训，请打电话。"
    assert cards.answer(text, found(text)) == text
