"""What a question wrongly takes for granted is named before the clause that says otherwise."""

import pytest

from bot.assistant.answer import Assistant
from bot.profile import Profile
from tests.bot.fakes import TODAY, document, library


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("工作站的培育期两年是吧", "文件写的是一年，不是两年[1]。"),
        ("工作站的培育期一年对吧", "文件写的就是一年[1]。"),
        ("培育期多久", "《甲省工作站管理办法》"),
    ],
)
def test_the_first_line_says_what_the_document_states(question: str, first: str) -> None:
    clauses = [("第一条", "第一条 工作站的培育期为一年，培育期满组织验收。"), ("第二条", "第二条 材料包括申请表。")]
    finder = library(document("rules", "甲省工作站管理办法", clauses))
    answer = Assistant(finder, profile=Profile(), today=lambda: TODAY).ask(question)
    assert answer.citations[0].clause == "第一条"
    assert answer.answer.startswith(first)
