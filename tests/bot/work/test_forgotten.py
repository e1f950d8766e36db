"""A message whose author is deleted before it is kept: it ends without a trace and without an answer, wherever it has got to."""

import json
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from bot.db import Records
from bot.models import Base
from bot.models.conversations import Message
from bot.models.work import Handling, Inbound
from bot.rules.conversations import Sender
from bot.rules.people import Caller
from bot.services import conversations, people, personal
from bot.work.condition import condition
from bot.work.hub import Hub
from bot.work.lanes import Lanes
from retrieval.protocols import Role
from tests.bot.clinic import HOURS, MONDAY, make_person, moment
from tests.bot.work.now import Now
from tests.bot.work.talk import EchoTalk

TYPED, KEY = "我们的模具是偷来的", "我的身份证号"
ADMIN = Caller(Role.ADMIN)


def lanes_of(records: Records, talk: EchoTalk) -> Lanes:
    return Lanes(records, talk, Now(), HOURS, Hub(), telephone="0731-1")


def begin(records: Records) -> tuple[Caller, Caller, str, str]:
    """Two of one firm, and a talk of each."""
    with records.write() as session:
        one = make_person(session, Role.SME, "欧阳震华", organisation="甲厂")
        other = make_person(session, Role.SME, "王厂长", organisation="甲厂")
        talks = [conversations.begin(session, MONDAY, channel="web", caller=caller).id for caller in (one, other)]
    return one, other, talks[0], talks[1]


def delete(records: Records, caller: Caller) -> None:
    with records.write() as session:
        personal.delete(session, moment(hours=1), people.person(session, str(caller.person)), caller=ADMIN)


def traces(records: Records) -> list[str]:
    """What the tables still hold of it."""
    with records.read() as session:
        rows = {
            table.name: [tuple(row) for row in session.execute(table.select())] for table in Base.metadata.sorted_tables
        }
    words = json.dumps(rows, ensure_ascii=False, default=str)
    return [word for word in (TYPED, KEY, "欧阳震华") if word in words]


def in_his_own(one: str, other: str) -> str:
    return one


def in_a_colleagues(one: str, other: str) -> str:
    return other


PLACES = pytest.mark.parametrize("place", [in_his_own, in_a_colleagues])
Place = Callable[[str, str], str]


@PLACES
@pytest.mark.parametrize("broken", [None, RuntimeError("the dialogue is down")])
def test_a_message_let_in_just_before_the_deletion_leaves_nothing(
    records: Records, place: Place, broken: Exception | None
) -> None:
    author, _, own, colleagues = begin(records)
    talk = EchoTalk(failure=broken)
    lanes = lanes_of(records, talk)
    delete(records, author)
    posted = lanes.post(place(own, colleagues), TYPED, caller=author, client_id=KEY)  # the door knew him a moment ago
    assert traces(records) == [TYPED, KEY, "欧阳震华"]
    lanes.run_waiting()
    assert traces(records) == []
    outcome = lanes.result(posted.id, 0)
    assert outcome is not None and (outcome.state, outcome.message, outcome.replies) == (Handling.DEAD, None, ())
    with records.read() as session:
        assert session.query(Message).count() == 0
    assert condition(records, Now()).dead_messages == 0


@PLACES
def test_a_deletion_while_the_answer_is_thought_about_leaves_nothing(records: Records, place: Place) -> None:
    author, _, own, colleagues = begin(records)
    talk = EchoTalk(before_deciding=lambda turn: delete(records, author) if not talk.decided else None)
    lanes = lanes_of(records, talk)
    lanes.post(place(own, colleagues), TYPED, caller=author, client_id=KEY)
    lanes.run_waiting()
    assert traces(records) == []
    with records.read() as session:
        assert session.query(Message).count() == 0
        assert {row.state for row in session.query(Inbound)} == {Handling.DEAD}


@PLACES
def test_a_message_that_was_handled_leaves_neither_words_nor_key(records: Records, place: Place) -> None:
    author, _, own, colleagues = begin(records)
    lanes = lanes_of(records, EchoTalk())
    posted = lanes.post(place(own, colleagues), TYPED, caller=author, client_id=KEY)
    lanes.run_waiting()
    with records.write() as session:  # as the dialogue does
        session.query(Message).filter_by(sender=Sender.SME).one().person_id = author.person
        session.query(Message).filter_by(sender=Sender.BOT).one().text = "好"
    assert traces(records) == [TYPED, KEY, "欧阳震华"]
    delete(records, author)
    assert traces(records) == []
    assert lanes.result(posted.id, 0) is not None


def test_what_waits_behind_in_that_lane_is_answered(records: Records) -> None:
    author, other, _, colleagues = begin(records)
    lanes = lanes_of(records, EchoTalk())
    delete(records, author)
    lanes.post(colleagues, TYPED, caller=author)
    after = lanes.post(colleagues, "在吗", caller=other)
    lanes.run_waiting()
    outcome = lanes.result(after.id, 0)
    assert outcome is not None and (outcome.state, len(outcome.replies)) == (Handling.DONE, 1)


@PLACES
def test_a_lane_that_does_not_look_is_found(records: Records, monkeypatch: pytest.MonkeyPatch, place: Place) -> None:
    author, _, own, colleagues = begin(records)
    lanes = lanes_of(records, EchoTalk())
    delete(records, author)
    lanes.post(place(own, colleagues), TYPED, caller=author)
    monkeypatch.setattr(people, "is_forgotten", lambda session, person: False)
    lanes.run_waiting()
    assert TYPED in traces(records)


def overlapped(postgres_at: Records) -> list[str]:
    """What is left where a message is kept while its author is being deleted: the deletion begins before that commits."""
    author, _, _, colleagues = begin(postgres_at)
    written, deleted = threading.Event(), threading.Event()

    def erase() -> None:
        written.wait(10)
        delete(postgres_at, author)
        deleted.set()

    def is_waited_for() -> bool:
        with postgres_at.read() as session:
            waiting = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return bool(session.execute(text(waiting)).scalar_one())

    eraser = threading.Thread(target=erase)
    eraser.start()
    with postgres_at.write() as session:
        conversations.add_message(
            session, MONDAY, colleagues, sender=Sender.SME, text=TYPED, person=author.person, client_key=KEY
        )
        assert not people.is_forgotten(session, author.person)
        written.set()
        while not deleted.is_set() and not is_waited_for():
            deleted.wait(0.01)
    eraser.join(10)
    assert deleted.is_set()
    return traces(postgres_at)


def test_what_is_kept_at_the_very_moment_of_the_deletion_is_found_by_it(postgres: str) -> None:
    from tests.bot.records import postgres_records

    with postgres_records(postgres) as records:
        assert overlapped(records) == []


def test_a_deletion_that_does_not_wait_is_found(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.bot.records import postgres_records

    monkeypatch.setattr(people, "hold", lambda session, person: None)
    with postgres_records(postgres) as records:
        assert TYPED in overlapped(records)
