"""A firm's own data in its chat, consents that are taken back, and chats that nothing arrives in any more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db import Records
from bot.models.channels import Address
from bot.models.conversations import Conversation, Message
from bot.models.ledger import Entry
from bot.models.people import Organisation, Person
from bot.models.work import Job
from bot.rules.people import Caller
from bot.services import conversations, people, reach, solutions, tickets
from bot.services.personal import REWRITE
from retrieval.protocols import Role
from tests.bot.chats import World
from tests.bot.clinic import make_person, make_ticket, moment
from tests.bot.records import sqlite_records

BOSS, ENGINEER, CLERK = 1001, 2001, 3001


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Chats over SQLite."""
    with sqlite_records(tmp_path) as records:
        yield World(records)


def connected(world: World, chat: int, caller: Caller, conversation: str | None = None) -> None:
    """This chat speaks for that person."""
    with world.records.write() as session:
        talk = session.get(Conversation, conversation) if conversation else None
        talk = talk or conversations.begin(session, world.now, channel="telegram", caller=caller)
        reach.settle(session, world.now, str(chat), talk, person=caller.person)


def a_firm(world: World) -> Caller:
    """A firm in its chat."""
    with world.records.write() as session:
        firm = make_person(session, Role.SME, "王强", organisation="甲厂")
    connected(world, BOSS, firm)
    return firm


def firm_of(world: World, caller: Caller) -> Organisation:
    with world.records.read() as session:
        found = session.get_one(Organisation, caller.organisation)
        session.expunge(found)
        return found


def test_place_and_trade_are_told_by_a_word_or_a_tap_and_shown(records: Records) -> None:
    world = World(records)
    firm = a_firm(world)
    world.says(BOSS, "/profile")
    world.presses(BOSS, world.button(BOSS, "改地区"))
    assert "市或区县" in world.sees(BOSS)
    world.says(BOSS, "长沙浏阳")
    assert "地区：长沙浏阳" in world.sees(BOSS)
    world.says(BOSS, "/profile")
    world.presses(BOSS, world.button(BOSS, "改行业"))
    world.presses(BOSS, world.button(BOSS, "模具注塑"))
    assert "行业：模具注塑" in world.sees(BOSS)
    held = firm_of(world, firm)
    assert (held.region, held.trade) == ("长沙浏阳", "模具注塑")
    with records.read() as session:
        events = [entry.data for entry in session.scalars(select(Entry).where(Entry.event == "organisation.described"))]
    assert events == [{"fields": ["region"]}, {"fields": ["trade"]}]


@pytest.mark.parametrize("words", ["注塑件老缩水", "培育期多久？", "我想想，晚点说"])
def test_who_talks_of_something_else_is_heard_and_nothing_is_changed(world: World, words: str) -> None:
    firm = a_firm(world)
    world.says(BOSS, "/profile")
    world.presses(BOSS, world.button(BOSS, "改地区"))
    world.says(BOSS, words)
    assert world.turns.kept[-1][1] == words
    assert firm_of(world, firm).region is None
    world.says(BOSS, "长沙")  # nothing is asked any more
    assert world.turns.kept[-1][1] == "长沙"


def test_who_is_not_registered_has_no_data(world: World) -> None:
    world.says(77, "/profile")
    assert "还没有登记" in world.sees(77)
    world.says(77, "/consent")
    assert "保存的有" in world.sees(77)


def test_a_shared_case_is_taken_back_by_a_tap(world: World) -> None:
    with world.records.write() as session:
        firm = make_person(session, Role.SME, "王强", organisation="甲厂")
        engineer = make_person(session, Role.ENGINEER, "张工")
        case = make_ticket(session, firm)
        ref = case.ticket.ref
        tickets.claim(session, moment(), ref, engineer=str(engineer.person), caller=engineer)
        solutions.consent(session, moment(), ref, True, caller=firm)
    connected(world, BOSS, firm)
    world.says(BOSS, "/consent")
    world.presses(BOSS, world.button(BOSS, f"撤回 {ref}"))
    assert "撤下" in world.sees(BOSS)
    with world.records.read() as session:
        assert people.shared_cases(session, str(firm.person)) == []
    world.says(BOSS, "/consent")
    assert "没有公开过" in world.sees(BOSS)


def test_an_account_is_given_up_only_by_a_second_tap(world: World) -> None:
    firm = a_firm(world)
    world.says(BOSS, "我们厂在长沙")
    world.says(BOSS, "/consent")
    world.presses(BOSS, world.button(BOSS, "注销账号"))
    sure = world.button(BOSS, "确定注销")
    with world.records.read() as session:
        assert session.get_one(Person, firm.person).deleted_at is None
    world.presses(BOSS, sure)
    assert "账号已注销" in world.sees(BOSS)
    with world.records.read() as session:
        assert session.get_one(Person, firm.person).deleted_at is not None
        assert session.scalars(select(Address)).all() == []
        assert not [text for text in session.scalars(select(Message.text)) if "长沙" in text]
        assert [job.kind for job in session.scalars(select(Job))] == [REWRITE]


def test_a_firm_is_told_when_its_engineer_cannot_be_reached_and_so_are_clerks(world: World) -> None:
    with world.records.write() as session:
        firm = make_person(session, Role.SME, "王强", organisation="甲厂")
        engineer = make_person(session, Role.ENGINEER, "张工")
        clerk = make_person(session, Role.STAFF, "李主任")
        case = make_ticket(session, firm)
        ref, talk = case.ticket.ref, case.conversation.id
    connected(world, BOSS, firm, talk)
    connected(world, ENGINEER, engineer)
    connected(world, CLERK, clerk)
    world.presses(ENGINEER, f"#claim:{ref}")
    world.deliver()
    world.comes(world.raw(ENGINEER, "left"))
    world.later(0)
    seen = world.sees(BOSS)
    assert "张工的聊天暂时收不到消息" in seen and "0731-12345678" in seen
    assert ref in world.sees(CLERK)
    world.comes(world.raw(BOSS, "left"))  # and the other way round, with the engineer back again
    world.comes(world.raw(ENGINEER, "back"))
    world.later(0)
    world.comes(world.raw(BOSS, "back"))
    world.later(0)
    world.comes(world.raw(BOSS, "left"))
    world.later(0)
    assert "企业停用了机器人" in world.sees(ENGINEER)


def test_an_engineer_with_another_chat_is_not_away(world: World) -> None:
    with world.records.write() as session:
        firm = make_person(session, Role.SME, "王强", organisation="甲厂")
        engineer = make_person(session, Role.ENGINEER, "张工")
        case = make_ticket(session, firm)
        ref, talk = case.ticket.ref, case.conversation.id
    connected(world, BOSS, firm, talk)
    connected(world, ENGINEER, engineer)
    connected(world, ENGINEER + 1, engineer)
    world.presses(ENGINEER, f"#claim:{ref}")
    world.deliver()
    world.comes(world.raw(ENGINEER, "left"))
    world.later(0)
    assert "收不到" not in world.sees(BOSS)
