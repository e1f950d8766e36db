"""What is sent arrives once, whole and in order, and what became of it is said as it is. Over real HTTP."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.db import Records
from bot.errors import Unavailable
from bot.models.work import Outbound
from bot.services import outbox as verbs
from bot.work.hub import Hub
from bot.work.outbox import Outbox, Part, Refused, Retryable, Unknown, Withdrawn
from evals.standins.telegram import StandIn, Trouble
from handlers.telegram_app import botapi
from handlers.telegram_app.pacing import Pace
from handlers.telegram_app.sending import Attachment, Button, FileKind, Outgoing, TelegramSender
from tests.bot.clinic import MONDAY
from tests.bot.records import sqlite_records
from tests.bot.work.now import Now

CHAT = 1001


def shows(lane: str, payload: Mapping[str, Any]) -> Outgoing | None:
    """What most rows here mean: their text."""
    return Outgoing(text=payload["text"], label=payload.get("label"), header=payload.get("header"))


@dataclass
class Desk:
    """A sender that speaks to a stand-in, and what it told."""

    telegram: StandIn
    shown: list[Outgoing | None | Exception] = field(default_factory=list)  # in turn; then what the payload says
    told: list[tuple[str, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pace = Pace()
        self.sender = TelegramSender(
            self._resolve,
            lambda: botapi.build(self.telegram.token, self.telegram.base),
            self.pace,
            on_blocked=lambda lane: self.told.append(("blocked", lane)),
            on_moved=lambda lane, new: self.told.append(("moved", lane, new)),
            on_topic_lost=lambda lane: self.told.append(("topic", lane)),
        )

    def _resolve(self, lane: str, payload: Mapping[str, Any]) -> Outgoing | None:
        if not self.shown:
            return shows(lane, payload)
        found = self.shown.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def send(self, outgoing: Outgoing | None = None, lane: str = str(CHAT), **payload: Any) -> str | Part:
        if outgoing is not None:
            self.shown.append(outgoing)
        return self.sender.send(lane, payload)

    def send_all(self, outgoing: Outgoing, lane: str = str(CHAT)) -> list[str]:
        """Part after part."""
        ids, sent = [], self.send(outgoing, lane)
        while isinstance(sent, Part):
            ids.append(sent.far_id)
            assert len(ids) < 20
            sent = self.send(outgoing, lane, **sent.payload)
        return [*ids, sent]

    @property
    def texts(self) -> list[str]:
        return [shown.text for shown in self.telegram.sent(CHAT)]


@pytest.fixture
def telegram() -> Iterator[StandIn]:
    with StandIn() as standin:
        standin.user(CHAT, "王老板", started=True)
        yield standin


@pytest.fixture
def desk(telegram: StandIn) -> Iterator[Desk]:
    desk = Desk(telegram)
    with closing(desk.sender):
        yield desk


def test_a_message_shows_header_text_label_buttons_and_what_it_answers(desk: Desk) -> None:
    asked = desk.telegram.user(CHAT).says("注塑件缩水")
    far_id = desk.send(
        Outgoing(
            text="模温 <60℃ & 保压",
            label="内容由AI生成",
            header="【T-000001 青岛某厂】",
            buttons=((Button("有用", data="u:1"), Button("原文", url="https://example.com/a")), ()),
            reply_to=str(asked.id),
            silent=True,
        )
    )
    (shown,) = desk.telegram.sent(CHAT)
    assert far_id == str(shown.id)
    assert shown.text == "【T-000001 青岛某厂】\n模温 <60℃ & 保压\n\n内容由AI生成"
    assert [(entity.type, entity.offset) for entity in shown.entities] == [("bold", 0), ("italic", 30)]
    assert (shown.reply_to, shown.labels, shown.silent) == (asked.id, ["有用", "原文"], True)
    assert [(key.data, key.url) for key in shown.keys[0]] == [("u:1", ""), ("", "https://example.com/a")]


def test_what_it_answers_may_have_been_deleted(desk: Desk) -> None:
    desk.send(Outgoing(text="在", reply_to="999"))
    assert desk.texts == ["在"]


def test_a_long_text_goes_part_by_part_and_only_its_ends_carry_reply_and_buttons(desk: Desk) -> None:
    asked = desk.telegram.user(CHAT).says("?")
    outgoing = Outgoing(text="第一句。" * 2500, reply_to=str(asked.id), buttons=((Button("好", data="1"),),))
    ids = desk.send_all(outgoing)
    sent = desk.telegram.sent(CHAT)
    assert ids == [str(shown.id) for shown in sent] and len(sent) == 3
    assert [shown.reply_to for shown in sent] == [asked.id, None, None]
    assert [shown.labels for shown in sent] == [[], [], ["好"]]


def test_what_was_changed_between_its_parts_is_shown_anew(desk: Desk) -> None:
    first = desk.send(Outgoing(text="甲。" * 3000))
    assert isinstance(first, Part)
    again = desk.send(Outgoing(text="乙。" * 3000), **first.payload)
    assert isinstance(again, Part)
    assert [text[6:8] for text in desk.texts] == ["甲。", "乙。"]
    end = desk.send(Outgoing(text="乙。" * 2500 + "丙。" * 100), **again.payload)
    assert isinstance(end, str)


def test_nothing_goes_that_is_no_longer_wanted_or_cannot_be_made(desk: Desk) -> None:
    desk.shown = [None, Unavailable("记录暂时打不开"), KeyError("x")]
    for meant in (Withdrawn, Retryable, Refused):
        with pytest.raises(meant):
            desk.send()
    for empty in (Outgoing(), Outgoing(text=" \n"), Outgoing(text=" ", header="【】")):
        with pytest.raises(Refused, match="空"):
            desk.send(empty)
    assert desk.telegram.calls == []


ENDS: list[tuple[Trouble, dict[str, Any], type[Exception], int]] = [
    (Trouble.TOO_MANY, {"seconds": 7}, Retryable, 0),
    (Trouble.BROKEN, {}, Unknown, 0),
    (Trouble.BROKEN_AFTER, {"status": 504}, Unknown, 1),
    (Trouble.DROPPED, {}, Unknown, 0),
    (Trouble.DROPPED_AFTER, {}, Unknown, 1),
    (Trouble.BROKEN, {"status": 413}, Refused, 0),
]


@pytest.mark.parametrize(("trouble", "more", "meant", "there"), ENDS)
def test_what_is_not_known_is_called_unknown_and_sent_once(
    desk: Desk, trouble: Trouble, more: dict[str, Any], meant: type[Exception], there: int
) -> None:
    desk.telegram.faults.add(trouble, **more)
    with pytest.raises(meant) as error:
        desk.send(text="一")
    assert len(desk.texts) == there
    assert len(desk.telegram.calls) == 1
    assert desk.telegram.token.partition(":")[2] not in f"{error.value!r}"
    if isinstance(error.value, Retryable):
        assert error.value.after is not None and error.value.after.total_seconds() == 7
        assert desk.sender.turn_s(f"{CHAT}:5") > 6 and desk.sender.turn_s("1002") == 0


def test_an_answer_that_takes_too_long_is_unknown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botapi, "READ_S", 0.2)
    desk.telegram.faults.add(Trouble.SLOW_AFTER, seconds=1.0)
    with pytest.raises(Unknown):
        desk.send(text="一")
    assert desk.texts == ["一"]


def test_who_cannot_be_reached_has_certainly_nothing(desk: Desk) -> None:
    with desk.telegram.unreachable(), pytest.raises(Retryable):
        desk.send(text="一")
    desk.send(text="一")
    assert desk.texts == ["一"]


def test_a_token_that_is_not_accepted_is_the_operators_trouble_not_the_messages(telegram: StandIn) -> None:
    sender = TelegramSender(shows, lambda: botapi.build(telegram.token[:-1] + "?", telegram.base))
    with closing(sender), pytest.raises(Retryable, match="令牌"):
        sender.send(str(CHAT), {"text": "一"})


@pytest.mark.parametrize("gone", ["blocks_bot", "is_deleted"])
def test_who_has_blocked_the_bot_is_told_of(desk: Desk, gone: str) -> None:
    getattr(desk.telegram.user(CHAT), gone)()
    with pytest.raises(Refused):
        desk.send(text="一")
    with pytest.raises(Refused):
        desk.send(lane="4711", text="一")
    assert desk.told == [("blocked", str(CHAT)), ("blocked", "4711")]


def test_a_group_that_got_another_id_is_followed(desk: Desk) -> None:
    group = desk.telegram.group(-5, "工程师群", desk.telegram.user(CHAT))
    new = group.becomes_supergroup(-1_000_000_000_005)
    for text in ("一", "二"):
        desk.send(lane="-5", text=text)
    assert [shown.text for shown in desk.telegram.sent(new.id)] == ["一", "二"]
    assert desk.told == [("moved", "-5", str(new.id))]


def test_a_lost_topic_costs_the_topic_not_the_message(desk: Desk) -> None:
    desk.send(lane=f"{CHAT}:77", text="一", header="【T-000001】")
    (shown,) = desk.telegram.sent(CHAT)
    assert (shown.thread, shown.text) == (None, "【T-000001】\n一")
    assert desk.told == [("topic", f"{CHAT}:77")]


def test_a_topic_gets_its_own(desk: Desk) -> None:
    topic = desk.sender.ask(lambda bot: bot.create_forum_topic(CHAT, "T-000001"))
    desk.send(lane=f"{CHAT}:{topic.message_thread_id}", text="一")
    assert [shown.text for shown in desk.telegram.sent(CHAT, thread=topic.message_thread_id)] == ["一"]


def test_markup_that_telegram_does_not_read_goes_without(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.telegram_app.rendering._escaped", lambda text: text)  # a bug, planted
    desk.send(text="a<b> & c", label="内容由AI生成")
    assert desk.texts == ["a<b> & c\n\n内容由AI生成"]
    assert [made.status for made in desk.telegram.calls] == [400, 200]


def test_what_telegram_refuses_is_refused_in_words(desk: Desk) -> None:
    refused = [
        Outgoing(text="x", buttons=((Button("x", data="字" * 22),),)),
        Outgoing(text="x", buttons=((Button("x"),),)),
        Outgoing(text="x", buttons=((Button("x", url="wrong"),),)),
        Outgoing(text="字" * 5000, edits="1"),
        Outgoing(text="x", edits="99"),
        Outgoing(attachments=(Attachment(FileKind.PHOTO, "no-such-file"),)),
    ]
    for outgoing in refused:
        with pytest.raises(Refused):
            desk.send(outgoing)
    with pytest.raises(Refused):
        desk.send(lane="王老板", text="x")
    assert desk.texts == []


def test_a_card_is_changed_where_it_stands_and_twice_does_no_harm(desk: Desk) -> None:
    card = desk.send(Outgoing(text="新单", buttons=((Button("接单", data="c:1"),),)))
    assert isinstance(card, str)
    for trouble in (Trouble.DROPPED_AFTER, Trouble.BROKEN_AFTER):
        desk.telegram.faults.add(trouble, method="edit")
        with pytest.raises(Retryable):
            desk.send(Outgoing(text="已接", edits=card))
    assert desk.send(Outgoing(text="已接", edits=card)) == card
    (shown,) = desk.telegram.sent(CHAT)
    assert (shown.text, shown.earlier, shown.labels) == ("已接", ["新单"], [])


def test_files_carry_their_case_and_a_short_text(desk: Desk) -> None:
    photos = [Attachment(FileKind.PHOTO, content) for content in (b"a", b"b", b"c")]
    voice, paper = Attachment(FileKind.VOICE, b"v"), Attachment(FileKind.DOCUMENT, b"p", "合同.pdf")
    ids = desk.send_all(Outgoing(text="缩水", header="【T-000001】", attachments=(*photos, voice, paper)))
    sent = desk.telegram.sent(CHAT)
    assert ids == [" ".join(str(shown.id) for shown in sent[:3]), str(sent[3].id), str(sent[4].id)]
    assert [shown.text for shown in sent] == ["【T-000001】\n缩水", "", "", "【T-000001】", "【T-000001】"]
    assert [shown.file and shown.file.content for shown in sent] == [b"a", b"b", b"c", b"v", b"p"]
    assert sent[4].file is not None and sent[4].file.name == "合同.pdf"
    assert len({shown.album for shown in sent[:3]}) == 1


def test_buttons_stand_under_the_last_photo_and_a_long_text_under_the_files(desk: Desk) -> None:
    photos = tuple(Attachment(FileKind.PHOTO, bytes([number])) for number in range(3))
    keys = ((Button("好", data="1"),),)
    desk.send_all(Outgoing(text="缩水", attachments=photos, buttons=keys))
    assert [shown.labels for shown in desk.telegram.sent(CHAT)] == [[], [], ["好"]]
    desk.send_all(Outgoing(text="长" * 1025, attachments=photos[:1], buttons=keys))
    assert [(len(shown.text), shown.labels) for shown in desk.telegram.sent(CHAT)[3:]] == [(0, []), (1025, ["好"])]


def test_closed_while_somebody_waits_for_an_answer_it_says_that_nobody_knows(telegram: StandIn) -> None:
    desk = Desk(telegram)
    ends: list[object] = []
    telegram.faults.add(Trouble.SLOW_AFTER, seconds=2.0)

    def send() -> None:
        try:
            ends.append(desk.send(text="一"))
        except Unknown as error:
            ends.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    telegram.wait(CHAT, 1)
    desk.sender.close()
    thread.join(10)
    (end,) = ends
    assert isinstance(end, Unknown)


# --- with the outbox --------------------------------------------------------------------------------------------------------------------


@dataclass
class Post:
    """An outbox in front of the sender."""

    records: Records
    desk: Desk
    outbox: Outbox

    def queue(self, lane: str, *texts: str, **more: Any) -> list[int]:
        with self.records.write() as session:
            return [
                verbs.queue(session, MONDAY, channel="telegram", lane=lane, payload={"text": text, **more})
                for text in texts
            ]

    def states(self) -> list[str]:
        with self.records.read() as session:
            return [state.value for state in session.scalars(select(Outbound.state).order_by(Outbound.id))]


@pytest.fixture
def post(desk: Desk, tmp_path: Path) -> Iterator[Post]:
    hub = Hub()
    with sqlite_records(tmp_path) as records:
        records.on_commit = hub.tell
        desk.pace = desk.sender._pace = Pace(chat=(1, 0.0), group=(1, 0.0), overall=(1, 0.0))
        outbox = Outbox(records, {"telegram": desk.sender}, Now(), hub)
        yield Post(records, desk, outbox)


def test_of_a_long_message_no_part_is_sent_twice_when_a_later_one_fails(post: Post) -> None:
    post.desk.telegram.faults.add(Trouble.DROPPED_AFTER, after=1)
    (number, _) = post.queue(str(CHAT), "第一句。" * 2500, "后一条")
    post.outbox.run_due()
    assert post.states() == ["unknown", "sent"]
    assert len(post.desk.texts) == 3  # two of the first, whose second nobody knows of, and the one behind it
    with post.records.write() as session:
        verbs.resend(session, number)
    post.outbox.run_due()
    assert post.states() == ["sent", "sent"]
    first, second, after, again, third = post.desk.texts
    assert (second, after) == (again, "后一条")
    assert [text[:5] for text in (first, second, third)] == ["（1/3）", "（2/3）", "（3/3）"]


def test_a_blocked_chat_fails_and_the_others_go_on(post: Post) -> None:
    post.desk.telegram.user(1002, started=True)
    post.desk.telegram.user(CHAT).blocks_bot()
    post.queue(str(CHAT), "一", "二")
    post.queue("1002", "三")
    post.outbox.run_due()
    assert post.states() == ["failed", "failed", "sent"]


def test_a_chat_that_must_wait_holds_up_no_other_nor_loses_its_order(post: Post) -> None:
    post.desk.telegram.faults.add(Trouble.TOO_MANY, chat=CHAT, seconds=3)
    post.desk.telegram.user(1002, started=True)
    post.queue(str(CHAT), "一", "二")
    post.queue("1002", "三")
    post.outbox.run_due()
    assert post.states() == ["queued", "queued", "sent"]
    post.desk.pace._parked.clear()
    clock = post.outbox._clock
    assert isinstance(clock, Now)
    clock.at += timedelta(seconds=5)
    post.outbox.run_due()
    assert post.desk.texts == ["一", "二"]
