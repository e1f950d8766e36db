"""A firm's chat, and how chats and accounts come together."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db import Records
from bot.models.channels import Address, Update
from bot.models.conversations import Conversation, Message
from bot.models.files import File, FileState
from bot.models.people import Person
from bot.models.tickets import Ticket
from bot.models.work import Job, Outbound
from bot.rules.conversations import Owner, Sender
from bot.rules.people import Caller
from bot.services import conversations, people, personal, reach, signing, tickets
from bot.services.files import FETCH
from retrieval.protocols import Role
from tests.bot.chats import World
from tests.bot.clinic import make_person, make_ticket, moment
from tests.bot.records import sqlite_records

BOSS, ENGINEER = 1001, 2001
ADMIN = Caller(Role.ADMIN)


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


def in_service(world: World) -> tuple[Caller, Caller, str]:
    """A firm and its engineer, both in chats, and their case."""
    with world.records.write() as session:
        firm = make_person(session, Role.SME, "王强", organisation="甲厂")
        engineer = make_person(session, Role.ENGINEER, "张工")
        case = make_ticket(session, firm)
        ref, talk = case.ticket.ref, case.conversation.id
    connected(world, BOSS, firm, talk)
    connected(world, ENGINEER, engineer)
    world.presses(ENGINEER, f"#claim:{ref}")
    world.deliver()
    return firm, engineer, ref


def test_a_newcomer_is_told_what_is_kept_and_how_to_go_on(records: Records) -> None:
    world = World(records)
    world.says(BOSS, "/start")
    seen = world.sees(BOSS)
    assert "保存下来" in seen and "删除" in seen
    world.says(BOSS, "/human")
    assert [text for _, text, _ in world.turns.kept] == ["转人工"]


def test_an_invitation_makes_an_account_of_who_gives_a_name(world: World) -> None:
    with world.records.write() as session:
        key = signing.invite(session, moment(), Role.ENGINEER, caller=ADMIN)
    world.says(ENGINEER, f"/start {key}")
    assert "请回复您的姓名" in world.sees(ENGINEER)
    world.says(ENGINEER, "张工")
    with world.records.read() as session:
        person = session.scalars(select(Person)).one()
        assert (person.name, person.role) == ("张工", Role.ENGINEER)
        assert reach.find(session, str(ENGINEER)).person_id == person.id  # type: ignore[union-attr]
        assert key not in "".join(str(row.state) for row in session.scalars(select(Address)))
    world.says(BOSS, f"/start {key}")
    assert "已失效或已用过" in world.sees(BOSS)


def test_a_return_link_brings_the_talk_of_the_web_into_the_chat(world: World) -> None:
    with world.records.write() as session:
        firm = make_person(session, Role.SME, "王强", organisation="甲厂")
        case = make_ticket(session, firm)
        key = signing.return_link(session, moment(), str(firm.person), case.conversation.id)
        talk = case.conversation.id
    world.says(BOSS, f"/start {key}")
    world.deliver()
    world.says(BOSS, "现在到哪一步了")
    assert world.turns.kept[-1][0] == talk
    assert world.turns.callers[-1].person == firm.person


def test_a_code_connects_an_account_once(world: World) -> None:
    with world.records.write() as session:
        engineer = make_person(session, Role.ENGINEER, "张工")
        code = signing.chat_code(session, moment(), session.get_one(Person, engineer.person), caller=ADMIN)
    world.says(ENGINEER, f"/start {code}")
    assert "张工" in world.sees(ENGINEER)
    world.says(BOSS, f"/start {code}")
    assert "已失效或已用过" in world.sees(BOSS)


def test_a_reply_reaches_the_door_that_was_used_last(world: World) -> None:
    firm, _, ref = in_service(world)
    with world.records.write() as session:
        talk = session.scalars(select(Ticket)).one().conversation_id
        reach.come_to(session, talk, "web")
    world.says(ENGINEER, "在网页上看得到吗")
    assert world.sees(BOSS) == ""
    world.says(BOSS, "我换到这里了")
    world.says(ENGINEER, "好的")
    assert "好的 工程师 张工" in world.sees(BOSS)
    assert firm and ref


def test_voice_is_passed_on_to_the_engineer_and_otherwise_asked_to_be_typed(world: World) -> None:
    world.says(77, "", media="voice")
    assert "麻烦打字" in world.sees(77)
    in_service(world)
    world.says(BOSS, "", media="voice")
    assert world.turns.kept[-1][1] == "［语音 1 条］"
    with world.records.read() as session:
        (file,) = session.scalars(select(File))
        assert (file.far_id, file.state) == ("file-1", FileState.WAITING)
        assert [job.subject for job in session.scalars(select(Job).where(Job.kind == FETCH))] == [file.id]


def test_a_reply_and_an_edit_say_what_they_are_where_a_person_reads(world: World) -> None:
    _, _, ref = in_service(world)
    world.says(ENGINEER, "料筒温度多少")
    ((far_id, _),) = world.deliver(BOSS)
    said = world.says(BOSS, "210 度", reply_to=far_id)
    conversation, text, key = world.turns.kept[-1]
    assert text == "（回复“料筒温度多少”）210 度"
    with world.records.write() as session:
        conversations.add_message(
            session, world.now, conversation, sender=Sender.SME, text=text, client_key=f"{conversation}:{key}"
        )
    world.comes(world.raw(BOSS, "edit", text="220 度", message=said, version="5"))
    world.later(0)
    assert world.turns.kept[-1][1] == "（更正）220 度"
    assert ref


def test_an_old_button_of_another_chat_does_nothing(world: World) -> None:
    world.says(BOSS, "/start")
    data = world.button(BOSS, "转人工")
    assert world.presses(77, data).answer == "这个按钮不是给您的，没有执行任何操作。"
    assert world.presses(BOSS, data).outcome.startswith("turn:")
    assert [text for _, text, _ in world.turns.kept] == ["转人工"]


def test_a_blocked_chat_is_told_to_the_engineer_and_heard_of_again(world: World) -> None:
    in_service(world)
    world.comes(world.raw(BOSS, "left"))
    world.later(0)
    assert "企业停用了机器人" in world.sees(ENGINEER)
    world.comes(world.raw(BOSS, "back"))
    world.later(0)
    with world.records.read() as session:
        assert reach.find(session, str(BOSS)).blocked_at is None  # type: ignore[union-attr]


def test_in_a_group_who_speaks_is_led_into_a_chat_of_his_own(world: World) -> None:
    world.comes(world.raw(-5, text="@bot 有单吗", is_private=False, user="1001"))
    world.later(2)
    assert "私聊" in world.sees(-5)
    assert world.turns.kept == []
    in_service(world)
    world.comes(world.raw(-5, text="@bot 有单吗", is_private=False, user=str(ENGINEER)))
    world.later(2)
    assert [text for _, text, _ in world.turns.kept] == ["有什么可以接的工单"]


def test_nothing_of_a_deleted_person_is_left_in_chats(world: World) -> None:
    firm, _, _ = in_service(world)
    world.says(BOSS, "", media="photo")
    world.comes(world.raw(BOSS, text="还没处理的话"))
    with world.records.write() as session:
        person = session.get_one(Person, firm.person)
        personal.delete(session, moment(), person, caller=ADMIN)
    with world.records.read() as session:
        assert reach.find(session, str(BOSS)) is None
        assert "还没处理的话" not in "".join(str(row.payload) for row in session.scalars(select(Update)))
        assert "file-1" not in "".join(str(row.payload) for row in session.scalars(select(Outbound)))
        assert session.scalars(select(Message).where(Message.sender == Sender.SME, Message.text != "")).all() == []


def test_who_is_no_longer_let_in_is_a_stranger(world: World) -> None:
    _, engineer, ref = in_service(world)
    with world.records.write() as session:
        people.disable(session, moment(), str(engineer.person), caller=ADMIN)
    world.says(ENGINEER, "还能发吗")
    with world.records.read() as session:
        assert session.scalars(select(Message).where(Message.sender == Sender.ENGINEER)).all() == []
        assert tickets.by_ref(session, ref).owner_id is None  # type: ignore[union-attr]
        assert session.get_one(Conversation, world.turns.kept[-1][0]).owner is Owner.BOT
