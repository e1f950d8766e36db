"""Several questions in one, other times than today, and follow-ups that stay with courses."""

from datetime import date, timedelta

import pytest

from bot.assistant.answer import Assistant
from bot.assistant.shape import MAX_ANSWER_CHARS, Answer
from bot.profile import Profile
from tests.bot.fakes import TODAY, catalogue, course, document, library


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    clauses = [
        ("第一条", "第一条 工作站的培育期为一年，培育期满组织验收。"),
        ("第二条", "第二条 申报材料包括申请表。"),
        ("第三条", "第三条 本办法自2026年5月1日起施行，有效期两年。"),
    ]
    rules = document(
        "rules", "湖南省工作站管理办法", clauses, region="湖南省", effective=date(2026, 5, 1), valid_until=date(2028, 4, 30)
    )  # fmt: skip
    courses = catalogue([course("K1", "PLC 编程周末班", TODAY + timedelta(days=14))])
    return Assistant(library(rules, courses), profile=Profile(), today=lambda: TODAY)


def ask(assistant: Assistant, text: str, *prev: str) -> Answer:
    answer = assistant.ask(text, prev=prev)
    assert len(answer.answer) + sum(len(citation.quote) for citation in answer.citations) <= MAX_ANSWER_CHARS
    return answer


def test_a_question_answered_partly_says_which_part_is_not(assistant: Assistant) -> None:
    answer = ask(assistant, "培育期满组织验收吗？注册资本要多少？")
    assert answer.outcome == "answered"
    assert answer.citations[0].clause == "第一条"
    assert "没有答到：“注册资本要多少”" in answer.answer
    assert [citation.n for citation in answer.citations] == list(range(1, len(answer.citations) + 1))


def test_where_no_part_is_answered_the_whole_is_refused(assistant: Assistant) -> None:
    assert ask(assistant, "年薪给多少？注册资本要多少？").outcome == "no_answer"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("湖南省工作站管理办法2025年那会儿有效吗", "2025年还没有施行"),
        ("湖南省工作站管理办法2027年还有效吗", "属于有效期内"),
        ("湖南省工作站管理办法2029年还有效吗", "已不在有效期内"),
        ("湖南省工作站管理办法2028年还有效吗", "有效到 2028-04-30"),
        ("湖南省工作站管理办法现在还有效吗", "现在有效"),
    ],
)
def test_validity_is_told_for_the_time_that_is_asked(assistant: Assistant, text: str, words: str) -> None:
    answer = ask(assistant, text)
    assert words in answer.answer
    assert answer.citations[0].clause == "第三条"


def test_a_time_alone_is_about_the_document_of_the_talk(assistant: Assistant) -> None:
    answer = ask(assistant, "2025年那会儿有效吗", "工作站培育期为一年吗")
    assert "2025年还没有施行" in answer.answer


def test_a_follow_up_on_courses_never_ends_in_a_clause(assistant: Assistant) -> None:
    for text in ("下个月有吗", "那明年呢", "周末有没有"):
        answer = ask(assistant, text, "有没有水下焊接的培训班")
        assert answer.intent == "course"
    assert ask(assistant, "下个月有吗").outcome == "clarify"
