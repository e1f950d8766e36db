"""What people say, end to end over the real documents and the shipped examples."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from bot.assistant.answer import Assistant
from bot.assistant.shape import MAX_ANSWER_CHARS, Answer
from bot.profile import Profile
from bot.rules.wording import grams
from corpora.document import Kind
from corpora.shipped import render
from retrieval.library import Library
from retrieval.protocols import PUBLIC, Vectors

TODAY = date(2026, 11, 21)


class Words:
    """Embeds a text as its hashed pairs of characters: near means sharing words. Keeps the tests free of the real model's seconds."""

    dimensions = 256
    name = "words"

    def embed_query(self, text: str) -> Vectors:
        return self.embed_passages([text])[0]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[0] = 0.1
            for gram in grams(text):
                row[crc32(gram.encode()) % self.dimensions] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def library(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("library")
    opened = Library.open(folder / "index", embedder=Words())
    opened.ingest([seeds])
    render(folder / "shipped", first_start=TODAY)
    for name, kind in (("policies", Kind.POLICY), ("courses", Kind.COURSE), ("solutions", Kind.SOLUTION)):
        opened.ingest([folder / "shipped" / name], kind=kind)
    yield opened
    opened.close()


@pytest.fixture
def say(library: Library):
    assistant = Assistant(library, profile=Profile(), today=lambda: TODAY)

    def ask(text: str, *prev: str) -> Answer:
        answer = assistant.ask(text, prev=prev)
        for citation in answer.citations:
            document = library.document(citation.document_id, PUBLIC)
            assert document is not None
            assert document.text[slice(*citation.span)] == citation.quote
        assert len(answer.answer) + sum(len(citation.quote) for citation in answer.citations) <= MAX_ANSWER_CHARS
        assert bool(answer.citations) == (answer.outcome == "answered") or answer.intent in (
            "service",
            "status",
            "chitchat",
            "safety",
        )
        return answer

    return ask


def test_a_clerk_asks_for_the_period_and_what_follows(say):
    answer = say("认定后的培育期是多久，不合格怎么办？")
    assert answer.citations[0].clause == "第十二条"
    assert answer.citations[0].status == "in_force"


def test_a_firm_asks_who_is_meant(say):
    assert say("共享工程师到底指哪些人").citations[0].clause == "第三条"


def test_a_course_on_the_weekend_under_a_price(say):
    answer = say("周末有没有 PLC 的课，两千块以内")
    assert answer.intent == "course"
    assert answer.courses
    assert all("PLC" in row.course.title and (row.course.price or 0) <= 2000 for row in answer.courses)
    assert len(answer.citations) == len(answer.courses)
    assert "示例" in answer.answer


def test_trouble_on_the_shop_floor_finds_a_solved_case(say):
    answer = say("注塑件老缩水，保压加了也没用")
    assert answer.intent == "technical"
    assert answer.similar
    assert answer.similar[0].domain == "moulding"
    assert "示例" in answer.answer


def test_whether_this_document_is_still_valid(say):
    assert say("这个文件现在还有效吗").outcome == "clarify"
    answer = say("这个文件现在还有效吗", "认定后的培育期是多久，不合格怎么办？")
    assert "现在有效" in answer.answer
    assert answer.citations[0].clause == "第二十条"


def test_a_follow_up_stays_with_the_document(say):
    answer = say("那申报呢，要什么材料？", "认定后的培育期是多久，不合格怎么办？")
    assert answer.citations[0].clause.startswith("第八条")
    assert {citation.region for citation in answer.citations} == {"湖南省"}


def test_an_operator_asks_where_to_begin(say):
    answer = say("装好了，点哪里？")
    assert answer.intent == "service"
    assert "尚未设置" in answer.answer


def test_a_meeting_that_is_over_is_said_to_be_over(say):
    assert "已过" in say("座谈会什么时候开").answer


def test_a_clause_is_found_by_its_number(say):
    assert {citation.clause for citation in say("湖南的细则第12条讲什么").citations} == {"第十二条"}


def test_originals_stand_before_their_digests(say):
    answer = say("连续两年未提交年度运行报告会怎么样")
    assert all(citation.status != "digest" for citation in answer.citations)


def test_what_no_document_says_is_not_answered(say):
    answer = say("认定后一次性奖励多少万元")
    assert answer.outcome == "no_answer"
    assert "已查" in answer.answer
