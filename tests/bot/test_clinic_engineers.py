"""An engineer's chat: several cases, and no word to the wrong firm."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.clinic import engineers
from bot.db import Records
from bot.models.channels import Address
from bot.models.conversations import Conversation, Message
from bot.models.solutions import Solution
from bot.models.tickets import Note, Offer, Ticket
from bot.models.work import Outbound
from bot.rules.conversations import Sender
from bot.rules.outbox import Delivery
from bot.rules.people import Caller
from bot.rules.tickets import OWNED, TicketState
from bot.services import conversations, outbox, reach, tickets
from retrieval.protocols import Role
from tests.bot.chats import World
from tests.bot.clinic import make_person, make_ticket, moment
from tests.bot.records import sqlite_records

CHAT = 2001


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Chats over SQLite."""
    with sqlite_records(tmp_path) as records:
        yield World(records)


def desk(world: World, cases: int) -> tuple[Caller, list[str]]:
    """An engineer in his chat, and cases of different firms on offer."""
    with world.records.write() as session:
        engineer = make_person(session, Role.ENGINEER, "张工")
        talk = conversations.begin(session, world.now, channel=reach.TELEGRAM, caller=engineer, address=str(CHAT))
        reach.settle(session, world.now, str(CHAT), talk, person=engineer.person)
        refs = []
        for number in range(cases):
            firm = make_person(session, Role.SME, f"厂长{number}", organisation=f"第{number}厂")
            refs.append(make_ticket(session, firm).ticket.ref)
    return engineer, refs


def firm_says(world: World, ref: str, text: str) -> None:
    """The firm of this case writes, wherever it sits."""
    with world.records.write() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.ref == ref)).one()
        conversations.add_message(
            session, world.now, ticket.conversation_id, sender=Sender.SME, person=ticket.person_id, text=text
        )


def told(records: Records) -> dict[str, list[str]]:
    """What each firm was told by its engineer."""
    with records.read() as session:
        rows = session.execute(
            select(Ticket.ref, Message.text)
            .join(Message, Message.conversation_id == Ticket.conversation_id)
            .where(Message.sender == Sender.ENGINEER)
            .order_by(Message.at, Message.seq)
        )
        found: dict[str, list[str]] = {}
        for ref, text in rows:
            found.setdefault(ref, []).append(text)
        return found


def test_an_offer_is_a_card_and_one_tap_claims_it(world: World) -> None:
    _, (ref,) = desk(world, 1)
    assert f"新工单 {ref}：注塑件缩水" in world.sees(CHAT)
    world.presses(CHAT, f"#claim:{ref}")
    assert f"当前单 {ref} · 第0厂" in world.sees(CHAT)
    world.presses(CHAT, f"#claim:{ref}")  # pressed twice is claimed once
    world.says(CHAT, "料筒温度多少")
    assert told(world.records) == {ref: ["料筒温度多少"]}


def test_a_second_claim_does_not_turn_words_away_from_the_current_case(world: World) -> None:
    _, (first, second) = desk(world, 2)
    world.presses(CHAT, f"#claim:{first}")
    world.presses(CHAT, f"#claim:{second}")
    assert "当前单仍是" in world.sees(CHAT)
    world.says(CHAT, "给谁的话")
    assert told(world.records) == {}
    world.presses(CHAT, f"#send:{second}")
    world.says(CHAT, "接着说")
    assert told(world.records) == {second: ["给谁的话", "接着说"]}


def test_words_are_held_back_once_another_firm_has_spoken(world: World) -> None:
    _, (first, second) = desk(world, 2)
    for ref in (second, first):
        world.presses(CHAT, f"#claim:{ref}")
        world.presses(CHAT, f"#case:{ref}")
    firm_says(world, second, "我们这边还在漏油")
    world.deliver()
    world.says(CHAT, "先停机")
    assert told(world.records) == {}
    assert "这句发给谁" in world.sees(CHAT)
    world.presses(CHAT, f"#send:{second}")
    assert told(world.records) == {second: ["先停机"]}


def test_a_reply_goes_to_the_firm_whose_message_it_answers(world: World) -> None:
    _, (first, second) = desk(world, 2)
    for ref in (second, first):
        world.presses(CHAT, f"#claim:{ref}")
        world.presses(CHAT, f"#case:{ref}")
    world.deliver()
    firm_says(world, second, "压力表没有读数")
    ((far_id, letter),) = world.deliver(CHAT)
    assert letter.header == f"{second} · 第1厂"
    said = world.says(CHAT, "看一下保险", reply_to=far_id)
    world.comes(world.raw(CHAT, "edit", text="看一下保险丝", message=said, version="7"))
    world.later(0)
    assert told(world.records) == {second: ["看一下保险", "（更正）看一下保险丝"]}


def test_nothing_is_sent_to_a_firm_that_has_withdrawn(world: World) -> None:
    engineer, (ref,) = desk(world, 1)
    world.presses(CHAT, f"#claim:{ref}")
    with world.records.write() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.ref == ref)).one()
        tickets.cancel(session, moment(), ticket, "不用了", caller=Caller(Role.ADMIN))
    del engineer
    world.deliver()
    world.says(CHAT, "还在吗")
    assert told(world.records) == {}
    assert "没有发出" in world.sees(CHAT)


def test_a_stranger_s_button_and_a_firm_s_do_nothing(world: World) -> None:
    _, (ref,) = desk(world, 1)
    assert world.presses(1001, f"#claim:{ref}").outcome == "refused:foreign"
    with world.records.read() as session:
        assert session.scalars(select(Ticket.state)).one() is TicketState.OFFERED


def test_in_a_group_who_pressed_counts(world: World) -> None:
    _, (ref,) = desk(world, 1)
    assert world.presses(-500, f"#claim:{ref}", user=1001, group=True).outcome == "refused:foreign"
    world.presses(-500, f"#claim:{ref}", user=CHAT, group=True)
    with world.records.read() as session:
        assert session.scalars(select(Ticket.state)).one() is TicketState.CLAIMED


def test_words_that_may_not_have_arrived_are_shown_and_sent_again_by_one_tap(world: World) -> None:
    _, (ref,) = desk(world, 1)
    world.presses(CHAT, f"#claim:{ref}")
    with world.records.write() as session:
        talk = session.get_one(Conversation, session.scalars(select(Ticket)).one().conversation_id)
        reach.last_used(session, talk, "1001")
    world.deliver()
    world.says(CHAT, "先停机")
    with world.records.write() as session:
        number = session.scalars(select(Outbound.id).where(Outbound.lane == "1001")).one()
        outbox.begin(session, number, world.now)
        outbox.move(session, number, Delivery.SENDING, Delivery.UNKNOWN, problem="没有等到回执")
    (letter,) = (seen for _, seen in world.deliver(CHAT) if seen.buttons)
    assert "不知道是否送到" in letter.text and "先停机" in letter.text
    world.presses(77, letter.buttons[0][1])
    assert outcome(world, number) is Delivery.UNKNOWN
    world.presses(CHAT, letter.buttons[0][1])
    assert outcome(world, number) is Delivery.QUEUED


def outcome(world: World, number: int) -> Delivery:
    with world.records.read() as session:
        return session.get_one(Outbound, number).state


def test_a_case_has_a_topic_of_its_own_where_the_client_has_them(world: World) -> None:
    world.topics = True
    _, (first, second) = desk(world, 2)
    world.presses(CHAT, f"#claim:{first}")
    world.presses(CHAT, f"#claim:{second}")
    assert "这个话题只属于这张工单" in world.sees(CHAT)
    assert sorted(world.opened) == [f"{first} · 第0厂", f"{second} · 第1厂"]
    firm_says(world, second, "还在漏油")
    with world.records.read() as session:
        lane = session.scalars(select(Outbound.lane).where(Outbound.state == Delivery.QUEUED)).one()
    assert lane == f"{CHAT}:{world.opened[f'{second} · 第1厂']}"
    world.deliver()
    world.says(CHAT, "先停机", topic=world.opened[f"{second} · 第1厂"])
    assert told(world.records) == {second: ["先停机"]}
    world.says(CHAT, "谁家的话题", topic="4711")
    assert world.handled[-1].outcome == "asked:which"
    assert told(world.records) == {second: ["先停机"]}


def test_a_lost_topic_leaves_its_case_in_the_chat(world: World) -> None:
    world.topics = True
    _, (ref,) = desk(world, 1)
    world.presses(CHAT, f"#claim:{ref}")
    world.deliver()
    with world.records.write() as session:
        reach.topic_lost(session, f"{CHAT}:{world.opened[f'{ref} · 第0厂']}")
    firm_says(world, ref, "在吗")
    ((_, letter),) = world.deliver(CHAT)
    assert letter.header == f"{ref} · 第0厂"


def test_what_is_filled_in_a_topic_is_filled_there_and_elsewhere_words_go_on(world: World) -> None:
    world.topics = True
    _, (ref,) = desk(world, 1)
    world.presses(CHAT, f"#claim:{ref}")
    world.deliver()
    topic = world.opened[f"{ref} · 第0厂"]
    world.presses(CHAT, f"#solve:{ref}", topic=topic)
    world.says(CHAT, "油封老化", topic=topic)
    world.says(CHAT, "先停机")  # the chat's own current case is the same one
    assert told(world.records) == {ref: ["先停机"]}
    assert "处理步骤" in world.sees(CHAT)


def test_declining_asks_why_and_keeps_the_reason(world: World) -> None:
    _, (ref,) = desk(world, 1)
    world.presses(CHAT, world.button(CHAT, "不接"))
    world.presses(CHAT, world.button(CHAT, "这几天没空"))
    with world.records.read() as session:
        ((offer, reason),) = session.execute(
            select(Offer.id, Offer.decline_reason).where(Offer.declined_at.is_not(None))
        )
    assert reason == "这几天没空"
    assert "不派给您了" in world.sees(CHAT)
    assert world.presses(CHAT, f"#why:{offer}-nonsense").outcome == "refused"


def test_a_fact_is_asked_for_by_one_tap_and_once(world: World) -> None:
    _, (ref,) = desk(world, 1)
    world.presses(CHAT, f"#claim:{ref}")
    world.presses(CHAT, world.button(CHAT, "要资料"))
    tap = world.button(CHAT, "报警号")
    for _ in range(2):
        world.presses(CHAT, tap)
    assert told(world.records) == {ref: ["屏幕上有没有报警号或报警文字？请原样发过来，拍一张也行。"]}
    with world.records.read() as session:
        assert session.scalars(select(Ticket.state)).one() is TicketState.WAITING_SME


def test_the_next_words_are_a_note_once_he_says_so(world: World) -> None:
    _, (ref,) = desk(world, 1)
    world.presses(CHAT, f"#claim:{ref}")
    world.presses(CHAT, world.button(CHAT, "内部备注"))
    world.says(CHAT, "这家压价厉害")
    world.says(CHAT, "先停机")
    assert told(world.records) == {ref: ["先停机"]}
    with world.records.read() as session:
        assert session.scalars(select(Note.text)).all() == ["这家压价厉害"]


def test_a_field_of_the_form_can_be_mended_before_it_is_handed_in(world: World) -> None:
    _, (ref,) = desk(world, 1)
    world.presses(CHAT, f"#claim:{ref}")
    world.says(CHAT, "换油封")
    world.presses(CHAT, f"#solve:{ref}")
    world.says(CHAT, "油封老化")
    world.presses(CHAT, world.button(CHAT, "就用这些"))
    for _ in range(2):
        world.presses(CHAT, world.button(CHAT, "跳过"))
    world.presses(CHAT, world.button(CHAT, "改原因"))
    world.says(CHAT, "油封装反")
    seen = world.deliver(CHAT)[-1][1]
    assert "原因：油封装反" in seen.text and "油封老化" not in seen.text and "换油封" in seen.text
    world.presses(CHAT, next(data for label, data in seen.buttons if label == "提交"))
    with world.records.read() as session:
        assert session.scalars(select(Solution)).one().original["cause"] == "油封装反"


def test_a_sign_under_his_words_says_how_far_they_have_got(world: World) -> None:
    _, (ref,) = desk(world, 1)
    world.presses(CHAT, f"#claim:{ref}")
    said = world.says(CHAT, "先停机")  # the firm reads it on the web
    world.deliver(CHAT)
    assert world.marks == {said: "👍"}
    with world.records.write() as session:
        talk = session.get_one(Conversation, session.scalars(select(Ticket)).one().conversation_id)
        reach.last_used(session, talk, "1001")
    lost = world.says(CHAT, "再看油位")
    with world.records.write() as session:
        number = session.scalars(select(Outbound.id).where(Outbound.lane == "1001")).one()
        outbox.begin(session, number, world.now)
        outbox.move(session, number, Delivery.SENDING, Delivery.FAILED, problem="屏蔽")
    world.deliver(CHAT)
    assert world.marks == {said: "👍", lost: "👎"}


def test_the_form_is_filled_from_the_talk_and_what_is_suggested_can_be_left_out(world: World) -> None:
    _, (ref,) = desk(world, 1)
    world.presses(CHAT, f"#claim:{ref}")
    world.says(CHAT, "是油封老化了。换油封。注意不要用胶")
    firm_says(world, ref, "换了，不漏了")
    world.presses(CHAT, f"#case:{ref}")
    world.presses(CHAT, f"#solve:{ref}")
    for _ in range(3):
        world.presses(CHAT, world.button(CHAT, "就用这些"))
    world.presses(CHAT, world.button(CHAT, "跳过"))
    seen = world.deliver(CHAT)[-1][1].text
    assert "原因：是油封老化了。" in seen and "处理步骤：换油封。" in seen and "验证：换了，不漏了" in seen
    assert "限制" not in seen.split("提交后")[0]


def test_a_form_of_a_case_that_is_gone_ends_by_itself(world: World) -> None:
    _, (ref,) = desk(world, 1)
    world.presses(CHAT, f"#claim:{ref}")
    world.presses(CHAT, f"#solve:{ref}")
    with world.records.write() as session:
        tickets.cancel(session, moment(), session.scalars(select(Ticket)).one(), "撤回", caller=Caller(Role.ADMIN))
    world.says(CHAT, "油封老化")
    assert world.handled[-1].outcome == "refused:gone"
    world.says(CHAT, "/leave")
    world.says(CHAT, "有单吗")
    assert world.handled[-1].outcome.startswith("turn:")


def test_what_he_writes_with_a_firm_s_words_goes_with_that_firm(world: World) -> None:
    _, (first, second) = desk(world, 2)
    for ref in (first, second):
        world.presses(CHAT, f"#claim:{ref}")
    world.presses(CHAT, f"#solve:{first}")
    with world.records.write() as session:
        owners = {ref: person for ref, person in session.execute(select(Ticket.ref, Ticket.person_id))}
        reach.forget(session, owners[second])
        assert "form" in session.scalars(select(Address)).one().state
        reach.forget(session, owners[first])
        assert "form" not in session.scalars(select(Address)).one().state


def test_he_tells_in_a_sentence_when_he_is_away(world: World) -> None:
    desk(world, 0)
    world.says(CHAT, "/hours")
    assert "还没有特别的安排" in world.sees(CHAT)
    world.says(CHAT, "/hours 周三不在")
    assert "11 月 25 日（周三） 不接单" in world.sees(CHAT)
    world.says(CHAT, "/hours 随便")
    assert "没看出是哪一天" in world.sees(CHAT)


class Human:
    """An engineer who writes for whichever firm stands last on his screen, and marks each word with it."""

    def __init__(self, world: World, refs: list[str], rng: random.Random) -> None:
        self.world, self.refs, self.rng = world, refs, rng
        self.on_screen = ""  # the case that he has in mind
        self.seen: list[tuple[str, str]] = []  # far id and case of relayed messages
        self.written: list[tuple[str, str]] = []  # id and case of his own words
        self.count = 0

    def mine(self) -> list[str]:
        with self.world.records.read() as session:
            return list(session.scalars(select(Ticket.ref).where(Ticket.state.in_(OWNED)).order_by(Ticket.number)))

    def act(self) -> None:
        self.rng.choice(
            (
                self.claim,
                self.switch,
                self.hear,
                self.hear,
                self.write,
                self.write,
                self.reply,
                *([self.topic, self.topic] if self.world.topics else []),
                self.edit,
                self.lose,
                self.leave,
            )
        )()

    def claim(self) -> None:
        ref = self.rng.choice(self.refs)
        before = self.mine()
        self.world.presses(CHAT, f"#claim:{ref}")
        if ref in self.mine() and ref not in before:
            self.on_screen = ref

    def switch(self) -> None:
        if mine := self.mine():
            ref = self.rng.choice(mine)
            self.world.presses(CHAT, f"#case:{ref}")
            self.on_screen = ref

    def leave(self) -> None:
        if self.rng.random() < 0.2:
            self.world.presses(CHAT, "#leave")

    def hear(self) -> None:
        if mine := self.mine():
            ref = self.rng.choice(mine)
            firm_says(self.world, ref, "还是不行")
            for far_id, letter in self.world.deliver(CHAT):
                if letter.header and letter.text == "还是不行":
                    self.seen.append((far_id, letter.header.split(" ")[0]))
            self.on_screen = ref

    def word(self, ref: str) -> str:
        self.count += 1
        return f"给{ref}的第{self.count}句"

    def write(self) -> None:
        if not self.on_screen:
            return
        ref = self.on_screen
        said = self.world.says(CHAT, self.word(ref))
        self.written.append((said, ref))
        if self.world.handled[-1].outcome == "asked:which":
            self.world.presses(CHAT, f"#send:{ref}" if ref in self.mine() else "#keepback")

    def reply(self) -> None:
        if self.seen:
            far_id, ref = self.rng.choice(self.seen)
            said = self.world.says(CHAT, self.word(ref), reply_to=far_id)
            self.written.append((said, ref))
            self.on_screen = ref

    def topic(self) -> None:
        """He writes in a topic, which may be of a case that is no longer his."""
        self.world.deliver(CHAT)
        if self.world.opened:
            name = self.rng.choice(sorted(self.world.opened))
            ref = name.split(" ")[0]
            said = self.world.says(CHAT, self.word(ref), topic=self.world.opened[name])
            self.written.append((said, ref))
            self.on_screen = ref

    def edit(self) -> None:
        if self.written:
            said, ref = self.rng.choice(self.written)
            self.count += 1
            self.world.comes(self.world.raw(CHAT, "edit", text=self.word(ref), message=said, version=str(self.count)))
            self.world.later(0)

    def lose(self) -> None:
        if self.rng.random() < 0.3 and (mine := self.mine()):
            with self.world.records.write() as session:
                ticket = session.scalars(select(Ticket).where(Ticket.ref == self.rng.choice(mine))).one()
                tickets.cancel(session, moment(), ticket, "撤回", caller=Caller(Role.ADMIN))


def strayed(records: Records) -> list[tuple[str, str]]:
    """Words that reached another firm than they were for."""
    return [(ref, text) for ref, texts in told(records).items() for text in texts if f"给{ref}的" not in text]


@pytest.mark.parametrize("topics", [False, True], ids=["a current case", "topics"])
@pytest.mark.parametrize("seed", range(3))
def test_no_word_reaches_the_wrong_firm_whatever_is_pressed(world: World, seed: int, topics: bool) -> None:
    world.topics = topics
    _, refs = desk(world, 8)
    human = Human(world, refs, random.Random(seed))
    for _ in range(120):
        human.act()
    arrived = told(world.records)
    assert strayed(world.records) == []
    assert sum(map(len, arrived.values())) > 20


@pytest.mark.parametrize(
    "plant",
    [
        lambda patch: patch.setattr(engineers._Desk, "_others", lambda self: []),
        lambda patch: patch.setattr(reach, "case_at", lambda session, chat, far_id: None),
        lambda patch: patch.setattr(reach, "case_in", lambda address, topic: address.ticket_ref),
    ],
    ids=["other firms that spoke are not minded", "replies are taken for plain words", "topics go by what is current"],
)
def test_a_planted_mistake_is_found(
    world: World, plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    world.topics = True
    _, refs = desk(world, 8)
    human = Human(world, refs, random.Random(1))
    for _ in range(300):
        human.act()
        if strayed(world.records):
            return
    pytest.fail("the property test is blind")
