"""What goes out goes once, in order, and one chat's trouble is its own. On both databases."""

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.db import Records
from bot.errors import Conflict, NotFound
from bot.models.work import Outbound
from bot.rules.outbox import Delivery
from bot.services import outbox as verbs
from bot.work.hub import Hub
from bot.work.outbox import ATTEMPTS, TRIED_FOR, Outbox, Part, Refused, Retryable, Sender, Unknown, Withdrawn
from evals.standins.sender import FarSide, HttpSender, far_side
from tests.bot.clinic import MONDAY
from tests.bot.work.now import Now


@dataclass
class Post:
    """An outbox that speaks to a far side over loopback."""

    records: Records
    outbox: Outbox
    far: FarSide
    now: Now

    def queue(self, chat: str, *texts: str) -> list[int]:
        with self.records.write() as session:
            return [verbs.queue(session, MONDAY, channel="test", lane=chat, payload={"text": text}) for text in texts]

    def states(self, chat: str) -> list[str]:
        with self.records.read() as session:
            found = session.scalars(select(Outbound.state).where(Outbound.lane == chat).order_by(Outbound.id))
            return [state.value for state in found]


def outbox_of(records: Records, sender: Sender, now: Now) -> Outbox:
    hub = Hub()
    records.on_commit = hub.tell
    return Outbox(records, {"test": sender}, now, hub, rng=random.Random(1))


@pytest.fixture
def post(records: Records) -> Iterator[Post]:
    now = Now()
    with far_side() as (far, address), closing(HttpSender(address)) as sender:
        yield Post(records, outbox_of(records, sender, now), far, now)


def test_a_chat_gets_its_messages_once_and_in_order(post: Post) -> None:
    post.queue("a", "一", "二", "三")
    post.queue("b", "四")
    assert post.outbox.run_due() == 4
    assert post.outbox.run_due() == 0
    assert post.far.texts("a") == ["一", "二", "三"]
    assert post.states("a") == ["sent"] * 3


def test_who_is_told_to_wait_is_parked_and_the_others_go_on(post: Post) -> None:
    post.far.plans["a"] = ["later"]
    post.queue("a", "一", "二")
    post.queue("b", "三")
    post.outbox.run_due()
    assert (post.far.texts("a"), post.far.texts("b")) == ([], ["三"])
    assert post.states("a") == ["queued", "queued"]
    post.now.at += timedelta(seconds=2)
    assert post.outbox.run_due() == 0
    post.now.at += timedelta(seconds=3)
    post.outbox.run_due()
    assert post.far.texts("a") == ["一", "二"]


@pytest.mark.parametrize("plan", ["drop", "break"])
def test_what_the_far_side_may_have_is_unknown_and_not_sent_again_by_itself(post: Post, plan: str) -> None:
    post.far.plans["a"] = [plan]
    unknown, _ = post.queue("a", "一", "二")
    post.outbox.run_due()
    assert post.states("a") == ["unknown", "sent"]
    post.now.at += timedelta(days=1)
    assert post.outbox.run_due() == 0
    with post.records.write() as session:
        verbs.resend(session, unknown)
    assert post.outbox.run_due() == 1
    assert post.states("a") == ["sent", "sent"]


def test_what_is_refused_has_failed_and_the_next_goes_on(post: Post) -> None:
    post.far.plans["a"] = ["refuse"]
    post.queue("a", "一", "二")
    post.outbox.run_due()
    assert post.states("a") == ["failed", "sent"]
    assert post.far.texts("a") == ["二"]


def test_a_far_side_that_is_not_there_is_tried_again_and_given_up_in_the_end(records: Records) -> None:
    now = Now()
    with closing(HttpSender("http://127.0.0.1:9")) as sender:
        post = Post(records, outbox_of(records, sender, now), FarSide(), now)
        post.queue("a", "一")
        for _ in range(ATTEMPTS + 1):
            assert post.outbox.run_due() == 1
            assert post.states("a") == ["queued"]  # a night without a network is no refusal
            now.at += timedelta(minutes=2)
        now.at += TRIED_FOR
        assert post.outbox.run_due() == 1
        assert post.states("a") == ["failed"]


def test_what_a_killed_process_was_sending_is_unknown(post: Post) -> None:
    sending, after = post.queue("a", "一", "二")
    with post.records.write() as session:
        verbs.move(session, sending, Delivery.QUEUED, Delivery.SENDING)
    assert post.outbox.recover() == 1
    post.outbox.run_due()
    assert post.states("a") == ["unknown", "sent"]
    assert post.far.texts("a") == ["二"]
    del after


def test_what_is_cancelled_is_not_sent(post: Post) -> None:
    first, _ = post.queue("a", "一", "二")
    with post.records.write() as session:
        verbs.cancel(session, first)
    post.outbox.run_due()
    assert post.states("a") == ["cancelled", "sent"]


def test_people_decide_only_what_is_theirs_to_decide(post: Post) -> None:
    (sent,) = post.queue("a", "一")
    post.outbox.run_due()
    for verb in (verbs.resend, verbs.cancel, lambda session, number: verbs.confirm(session, number, MONDAY)):
        with pytest.raises(Conflict), post.records.write() as session:
            verb(session, sent)
    with pytest.raises(NotFound), post.records.write() as session:
        verbs.resend(session, 999)
    assert post.states("a") == ["sent"]


def test_an_unknown_one_that_did_arrive_is_marked_so(post: Post) -> None:
    post.far.plans["a"] = ["drop"]
    (number,) = post.queue("a", "一")
    post.outbox.run_due()
    with post.records.write() as session:
        verbs.confirm(session, number, MONDAY)
    assert post.states("a") == ["sent"]


def test_a_slow_chat_does_not_hold_up_another(post: Post) -> None:
    post.far.gates["slow"] = threading.Event()
    post.queue("slow", "一", "二")
    post.queue("quick", "三")
    post.outbox.start()
    try:
        for _ in range(500):
            if post.states("quick") == ["sent"]:
                break
            threading.Event().wait(0.02)
        assert post.states("quick") == ["sent"]
        assert post.states("slow") == ["sending", "queued"]
        post.far.gates["slow"].set()
        for _ in range(500):
            if post.states("slow") == ["sent", "sent"]:
                break
            threading.Event().wait(0.02)
        assert post.far.texts("slow") == ["一", "二"]
    finally:
        post.far.gates["slow"].set()
        assert post.outbox.stop(10)


class Broken:
    """A sender with a bug."""

    def send(self, lane: str, payload: Mapping[str, Any]) -> str:
        raise KeyError(lane)


def test_a_sender_that_breaks_leaves_the_message_unknown(records: Records) -> None:
    now = Now()
    post = Post(records, outbox_of(records, Broken(), now), FarSide(), now)
    post.queue("a", "一")
    post.outbox.run_due()
    assert post.states("a") == ["unknown"]


def test_what_goes_to_a_channel_that_nobody_speaks_stays(records: Records) -> None:
    now = Now()
    post = Post(records, outbox_of(records, Broken(), now), FarSide(), now)
    with records.write() as session:
        verbs.queue(session, MONDAY, channel="other", lane="a", payload={})
    assert post.outbox.run_due() == 0
    assert post.states("a") == ["queued"]


def test_pauses_grow_and_are_not_the_same_for_all(records: Records) -> None:
    class Later:
        def send(self, lane: str, payload: Mapping[str, Any]) -> str:
            raise Retryable("later")

    now = Now()
    post = Post(records, outbox_of(records, Later(), now), FarSide(), now)
    post.queue("a", "一")
    pauses = []
    for _ in range(4):
        post.outbox.run_due()
        with records.read() as session:
            until = session.scalars(select(Outbound.not_before)).one()
        assert until is not None
        pauses.append((until - now.at).total_seconds())
        now.at = until
    assert [round(pause / 2**power, 3) for power, pause in enumerate(pauses)] == pytest.approx([1.1] * 4, abs=0.1)
    assert len({pause / 2**power for power, pause in enumerate(pauses)}) == 4


@dataclass
class Script:
    """A sender that does what it is told, in order; remembers what it was given."""

    ends: list[Any]
    given: list[dict[str, Any]] = field(default_factory=list)

    def send(self, lane: str, payload: Mapping[str, Any]) -> str | Part:
        self.given.append(dict(payload))
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end  # type: ignore[no-any-return]


def test_what_goes_in_parts_goes_on_where_it_stopped(records: Records) -> None:
    now = Now()
    script = Script(
        [Part("7", {"left": 2}), Part("8", {"left": 1}), Unknown("?"), Refused("no"), Retryable("later"), "9"]
    )
    hub = Hub()
    records.on_commit = hub.tell
    outbox = Outbox(records, {"test": script}, now, hub)
    post = Post(records, outbox, FarSide(), now)
    (number,) = post.queue("a", "一")
    assert outbox.run_due() == 3
    for state in ("unknown", "failed"):
        assert post.states("a") == [state]
        with records.write() as session:
            verbs.resend(session, number)
        outbox.run_due()
    now.at += timedelta(seconds=2)
    outbox.run_due()
    assert post.states("a") == ["sent"]
    assert script.given == [{"text": "一"}, {"left": 2}, *[{"left": 1}] * 4]
    with records.read() as session:
        assert session.scalars(select(Outbound.far_id)).one() == "7 8 9"


def test_a_part_waits_its_turn_before_the_messages_behind_it(records: Records) -> None:
    now, script = Now(), Script([Part("1", {"left": 1}), "2", "3"])
    post = Post(records, outbox_of(records, script, now), FarSide(), now)
    post.queue("a", "一", "二")
    post.outbox.run_due()
    assert script.given == [{"text": "一"}, {"left": 1}, {"text": "二"}]


def test_what_is_withdrawn_at_the_last_moment_is_cancelled(records: Records) -> None:
    now, script = Now(), Script([Withdrawn("past"), "1"])
    post = Post(records, outbox_of(records, script, now), FarSide(), now)
    post.queue("a", "一", "二")
    post.outbox.run_due()
    assert post.states("a") == ["cancelled", "sent"]


class Slow(Script):
    """Bears one message in all until `rest` is 0, and none to chats in `waiting`."""

    rest = 0.0
    waiting: tuple[str, ...] = ()

    def rest_s(self) -> float:
        return self.rest

    def turn_s(self, lane: str) -> float:
        return 9.0 if lane in self.waiting else 0.0


def test_a_chat_whose_turn_has_not_come_is_left_alone_and_costs_no_attempt(records: Records) -> None:
    now, script = Now(), Slow(["1", "2"])
    script.waiting = ("a",)
    post = Post(records, outbox_of(records, script, now), FarSide(), now)
    post.queue("a", "一")
    post.queue("b", "二")
    assert post.outbox.run_due() == 1
    assert (post.states("a"), post.states("b")) == (["queued"], ["sent"])
    script.waiting, script.rest = (), 1.0
    assert post.outbox.run_due() == 0
    script.rest = 0.0
    assert post.outbox.run_due() == 1
    with records.read() as session:
        assert session.scalars(select(Outbound.attempts)).all() == [1, 1]


def test_who_was_told_to_wait_meanwhile_is_not_sent(records: Records) -> None:
    now = Now()
    post = Post(records, outbox_of(records, Script([]), now), FarSide(), now)
    (number,) = post.queue("a", "一")
    with records.write() as session:
        session.get_one(Outbound, number).not_before = now.at + timedelta(seconds=1)
    with records.write() as session:
        assert verbs.begin(session, number, now.at) is None
        assert verbs.begin(session, number, now.at + timedelta(seconds=1)) is not None
        assert verbs.begin(session, number, now.at + timedelta(seconds=1)) is None


def test_what_is_put_in_line_goes_at_once_and_what_goes_wakes_nobody(records: Records) -> None:
    told: list[frozenset[str]] = []
    now, script = Now(), Script(["1"])
    post = Post(records, outbox_of(records, script, now), FarSide(), now)
    records.on_commit = told.append
    post.queue("a", "一")
    post.outbox.run_due()
    assert [topic for topics in told for topic in topics] == [verbs.TOPIC]
