"""A case that was taken back is gone from whatever was answered with it before, at every door, from that commit on."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.assistant.shape import SimilarCase
from bot.clinic import conversations, overviews, people, solutions
from bot.dialogue.dialogue import Dialogue
from bot.models.conversations import Message
from bot.profile import Profile
from bot.rules.conversations import ReplyKind, Sender
from bot.rules.solutions import WITHDRAWN, case_name, cases_in, without_cases
from bot.services import conversations as talks
from bot.services import solutions as service
from retrieval.protocols import Role
from tests.bot.clinic import HOURS
from tests.handlers.web.house import LINES, FakeAssistant, cite
from tests.handlers.web.test_clinic_api import Listener, say
from tests.handlers.web.world import OPERATOR, World, open_world

WORDS, QUOTE, TITLE = "保压加到八十兆帕就好", "有固定场所", "缩水的老办法"
QUESTION = "镗孔振纹怎么办"
OWN = "s_" + "a" * 22
OTHER = "s_" + "b" * 22


def answer_with(case: str) -> dict[str, Any]:
    cited = replace(cite(QUOTE, "处理步骤"), source=case_name(case), document=TITLE)
    similar = (SimilarCase(case, TITLE, "moulding", WORDS),)
    return replace(LINES["振纹"], answer=f"{WORDS}。[1]", citations=(cited,), similar=similar).as_json()


def test_with_its_quote_go_the_words_and_an_answer_of_nothing_else_is_none() -> None:
    answer = answer_with(OWN)
    assert cases_in(answer) == {OWN}
    text, left = without_cases("一句话", answer, {OWN})
    assert text == left["answer"] == WITHDRAWN
    assert (left["outcome"], left["citations"], left["similar"]) == ("no_answer", [], [])
    assert without_cases("一句话", answer, {OTHER}) == ("一句话", answer)


def test_what_else_was_quoted_stays() -> None:
    answer = answer_with(OWN)
    answer["citations"].append(answer["citations"][0] | {"n": 2, "source": "办法.txt"})
    text, left = without_cases("一句话", answer, {OWN})
    assert (text, left["outcome"], [one["n"] for one in left["citations"]]) == (WITHDRAWN, "answered", [2])


def test_a_case_that_is_only_named_as_similar_leaves_the_words() -> None:
    answer = answer_with(OWN) | {"citations": []}
    text, left = without_cases("一句话", answer, {OWN})
    assert (text, left["similar"], left["answer"]) == ("一句话", [], answer["answer"])


def test_a_file_of_another_name_is_no_case_of_the_clinic() -> None:
    answer = answer_with("moulding-sink-marks")
    assert cases_in(answer) == frozenset()


# --- the doors ------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[tuple[World, str, str]]:
    """A firm was answered with another firm's case, in a talk with a ticket; gives the talk and the case."""
    assistant = FakeAssistant(dict(LINES))
    profile = Profile(name="测试中心", telephone="0731-8888 0000")
    with open_world(tmp_path, talk=Dialogue(assistant, profile, HOURS)) as world:
        case = world.solution("B", "review")
        solutions.approve(world.clinic, world.clerk[Role.STAFF].caller, case)
        told = answer_with(case)
        line = replace(LINES["振纹"], answer=told["answer"], similar=(SimilarCase(case, TITLE, "moulding", WORDS),))
        cited = replace(cite(QUOTE, "处理步骤"), source=case_name(case), document=TITLE)
        assistant.lines = {"振纹": replace(line, citations=(cited,))}
        talk = world.talk("A")
        say(world, talk, QUESTION, world.firm["A"], "again")
        say(world, talk, "转人工", world.firm["A"], "person")
        with world.clinic.records.write() as session:  # for lists, which show the last word
            talks.add_message(
                session,
                world.clinic.clock(),
                talk,
                sender=Sender.BOT,
                text=told["answer"],
                kind=ReplyKind.ANSWER,
                answer=told,
            )
        yield world, talk, case


def stream_of(world: World, talk: str) -> str:
    async def listen() -> str:
        async with Listener(world, f"/conversations/{talk}/events", world.firm["A"]) as heard:
            await heard.until(1, "state")
            return json.dumps(heard.events, ensure_ascii=False)

    return asyncio.run(listen())


def ref_of(world: World, talk: str) -> str:
    return str(say(world, talk, "转人工", world.firm["A"], "person")["ticket"]["ref"])


DOORS: dict[str, Callable[[World, str], str]] = {
    "read": lambda world, talk: world.get(f"/conversations/{talk}/messages", world.firm["A"]).text,
    "stream": stream_of,
    "repeat": lambda world, talk: json.dumps(say(world, talk, QUESTION, world.firm["A"], "again"), ensure_ascii=False),
    "ticket": lambda world, talk: world.get(f"/tickets/{ref_of(world, talk)}", world.firm["A"]).text,
    "page": lambda world, talk: world.client.get(f"/talk/{talk}", headers=world.firm["A"].headers).text,
    "script": lambda world, talk: world.client.get(f"/talk/{talk}/messages", headers=world.firm["A"].headers).text,
    "pool": lambda world, talk: json.dumps(
        overviews.pool(world.clinic, world.clerk[Role.STAFF].caller), ensure_ascii=False
    ),
    "command": lambda world, talk: json.dumps(
        conversations.since(world.clinic, world.firm["A"].caller, talk).items, ensure_ascii=False
    ),
}
SHOWN = (WORDS, TITLE)


def shows(world: World, talk: str) -> set[str]:
    return {door for door, read in DOORS.items() if any(word in read(world, talk) for word in SHOWN)}


def test_retracted_it_is_gone_from_every_door(scene: tuple[World, str, str]) -> None:
    world, talk, case = scene
    before = shows(world, talk)
    solutions.retract(world.clinic, world.clerk[Role.STAFF].caller, case)
    assert before >= set(DOORS) - {"page", "script"}  # the pages' own library holds no such file
    assert shows(world, talk) == set()
    assert WITHDRAWN in DOORS["read"](world, talk)


def test_consent_taken_back_it_is_gone_too(scene: tuple[World, str, str]) -> None:
    world, talk, case = scene
    ref = solutions.show(world.clinic, OPERATOR, case)["ticket"]
    assert world.post(f"/tickets/{ref}/confirm", world.firm["B"], {"share": False}).status_code == 200
    assert shows(world, talk) == set()


def test_a_door_that_forgets_to_hide_it_is_found(
    scene: tuple[World, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, talk, case = scene
    solutions.retract(world.clinic, world.clerk[Role.STAFF].caller, case)
    monkeypatch.setattr(service, "withdrawn", lambda session, rows: frozenset())
    assert shows(world, talk) >= set(DOORS) - {"page", "script"}


def test_with_the_firms_deletion_it_leaves_the_records_too(scene: tuple[World, str, str]) -> None:
    world, talk, _ = scene
    people.delete(world.clinic, OPERATOR, str(world.firm["B"].caller.person))
    with world.clinic.records.read() as session:
        kept = session.query(Message).filter_by(conversation_id=talk).all()
        words = json.dumps([[row.text, row.answer] for row in kept], ensure_ascii=False)
    assert [word for word in SHOWN if word in words] == []
    assert WITHDRAWN in words
