"""The same updates in order, and late, twice and in another order: both must leave the same behind.

What is far apart cannot change places: a window is what a channel has under way at once. Repeats come at any time, also long after.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clinic.chats import Chats
from bot.db import Records, Session, sqlite_url
from bot.models.base import new_id
from bot.models.conversations import Conversation
from bot.models.people import Organisation, Person
from bot.profile import Profile
from bot.rules import worktime
from bot.rules.arrivals import Arrival, ArrivalKind
from bot.rules.conversations import Owner, ReplyKind, Sender
from bot.rules.people import Caller
from bot.rules.triage import Demand, Domain, Urgency
from bot.rules.turns import Spoken, Stale, Turn
from bot.services import conversations, demands, people, reach, schema, tickets
from bot.services.moment import Moment
from bot.work.arrivals import Arrivals, Raw
from bot.work.hub import Hub
from bot.work.lanes import Lanes
from retrieval.protocols import Role

WINDOW = 100  # updates under way at once: what getUpdates gives, and connections of a webhook
REPEATED = 0.2
STRANGERS, ENGINEERS, CASES = 60, 10, 4
FIRST_CHAT, FIRST_DESK = 10_000, 20_000
BEGIN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PAUSE = timedelta(seconds=2)
HOURS = worktime.parse(())

State = dict[str, Any]


@dataclass
class _Echo:
    """Says the words back: what is measured is the way, not the answer."""

    def view(self, session: Session, turn: Turn) -> tuple[int, Owner]:
        talk = session.get_one(Conversation, turn.conversation, populate_existing=True)
        return talk.version, talk.owner

    def decide(self, view: tuple[int, Owner], turn: Turn) -> str:
        return f"您说：{turn.text}"

    def perform(self, session: Session, moment: Moment, view: tuple[int, Owner], turn: Turn, decision: str) -> Spoken:
        if self.view(session, turn) != view:
            raise Stale
        said = conversations.add_message(
            session, moment.now, turn.conversation, sender=Sender.SME, text=turn.text, client_key=turn.key
        )
        reply = conversations.add_message(
            session, moment.now, turn.conversation, sender=Sender.BOT, text=decision, kind=ReplyKind.ANSWER
        )
        return Spoken(said.id, (reply.id,))


def read(payload: Mapping[str, Any]) -> Arrival:
    """An arrival as `updates` packed it."""
    given = dict(payload)
    return Arrival(ArrivalKind(given.pop("kind")), **given)


@dataclass
class House:
    """Records, lanes and the way in, and a clock that is turned by hand."""

    folder: Path
    now: datetime = BEGIN

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.records = Records(sqlite_url(self.folder / "records.sqlite"))
        schema.upgrade(self.records)
        hub = Hub()
        self.records.on_commit = hub.tell
        self.lanes = Lanes(self.records, _Echo(), lambda: self.now, HOURS, hub, room=10_000)
        self.arrivals = Arrivals(
            self.records, reach.TELEGRAM, Chats(Profile()), read, self.lanes, lambda: self.now, HOURS
        )
        with self.records.write() as session:
            _settle(session, Moment(self.now, HOURS))

    def take(self, window: Iterable[Raw]) -> None:
        """Take a window in, as it comes, and do all that it leads to."""
        for update in window:
            self.arrivals.keep([update])
        for _ in range(2):
            self.arrivals.run_due()
            self.now += PAUSE
        self.arrivals.run_due()
        self.lanes.run_waiting()

    def state(self) -> State:
        """Everything that is left, without ids that are drawn."""
        with closing(sqlite3.connect(self.folder / "records.sqlite")) as connection:
            said: dict[str, list[tuple[str, str]]] = {}
            for talk, sender, text in connection.execute(
                "SELECT conversation_id, sender, text FROM messages ORDER BY conversation_id, seq"
            ):
                said.setdefault(talk, []).append((sender, text))
            chats = connection.execute("SELECT chat, ticket_ref, state, conversation_id FROM addresses")
            cases = connection.execute(
                "SELECT ref, state, (SELECT name FROM people WHERE id = owner_id), conversation_id FROM tickets"
            )
            return {
                **{f"chat {row[0]}": (*row[1:3], said.get(row[3])) for row in chats},
                **{f"case {row[0]}": (*row[1:3], said.get(row[3])) for row in cases},
                "notes": connection.execute("SELECT ticket_ref, text FROM notes ORDER BY 1, 2").fetchall(),
                "updates": connection.execute("SELECT number, state, outcome FROM updates ORDER BY 1").fetchall(),
            }


def _settle(session: Session, moment: Moment) -> None:
    """Engineers in their chats, each with cases of firms that keep silent."""
    for number in range(ENGINEERS):
        engineer = _person(session, moment, Role.ENGINEER, f"工程师{number}")
        chat = str(FIRST_DESK + number)
        talk = conversations.begin(session, moment.now, channel=reach.TELEGRAM, caller=engineer, address=chat)
        reach.settle(session, moment.now, chat, talk, person=engineer.person)
        for case in range(CASES):
            firm = _person(session, moment, Role.SME, "厂长", organisation=f"第{number}-{case}厂")
            own = conversations.begin(session, moment.now, channel="web", caller=firm)
            demand = demands.propose(
                session,
                moment.now,
                own,
                caller=firm,
                kind=Demand.PROBLEM,
                domain=Domain.MOULDING,
                urgency=Urgency.NORMAL,
                title="注塑件缩水",
                text="注塑件缩水",
                facts={},
            )
            ticket = tickets.open_ticket(session, moment, own, demand, caller=firm)
            tickets.claim(session, moment, ticket.ref, engineer=str(engineer.person), caller=engineer)


def _person(session: Session, moment: Moment, role: Role, name: str, *, organisation: str = "") -> Caller:
    firm = Organisation(id=new_id("o"), name=organisation, created_at=moment.now) if organisation else None
    if firm is not None:
        session.add(firm)
    person = Person(
        id=new_id("p"),
        role=role,
        name=name,
        organisation_id=firm.id if firm else None,
        skills=[],
        created_at=moment.now,
    )
    session.add(person)
    session.flush()
    return people.caller_of(person)


# --- updates --------------------------------------------------------------------------------------------------------------------------


def updates(rng: random.Random, count: int) -> list[Raw]:
    """What people do in their chats, in order."""
    made: list[Raw] = []
    written: dict[int, list[str]] = {}
    for number in range(1, count + 1):
        chat = rng.choice([FIRST_CHAT + rng.randrange(STRANGERS), FIRST_DESK + rng.randrange(ENGINEERS)])
        told = _stranger(rng, number) if chat < FIRST_DESK else _engineer(rng, number, chat - FIRST_DESK)
        before = written.setdefault(chat, [])
        if told["kind"] == "edit":
            if not before:
                told = {"kind": "words", "text": f"第{number}句"}
            else:
                told |= {"message": rng.choice(before), "version": str(number)}
        told = {"chat": str(chat), "user": str(chat), "message": str(number), **told}
        if told["kind"] == "words":
            before.append(told["message"])
        made.append(Raw(str(number), str(chat), number, told))
    return made


def _stranger(rng: random.Random, number: int) -> dict[str, Any]:
    return rng.choice(
        [
            {"kind": "words", "text": f"第{number}句"},
            {"kind": "words", "text": f"第{number}句，接着说"},
            {"kind": "words", "text": f"/ask 第{number}问"},
            {"kind": "words", "text": rng.choice(["/help", "/start", "/privacy"])},
            {"kind": "edit", "text": f"改成第{number}句"},
            {"kind": "press", "text": "#case:T-000001", "callback": f"cb{number}"},
        ]
    )


def _engineer(rng: random.Random, number: int, place: int) -> dict[str, Any]:
    ref = f"T-{place * CASES + rng.randrange(CASES) + 1:06d}"
    return rng.choice(
        [
            {"kind": "words", "text": f"第{number}句"},
            {"kind": "words", "text": f"第{number}句，再看一下"},
            {"kind": "press", "text": f"#case:{ref}", "callback": f"cb{number}"},
            {"kind": "press", "text": "#leave", "callback": f"cb{number}"},
            {"kind": "press", "text": f"#send:{ref}", "callback": f"cb{number}"},
            {"kind": "press", "text": "#keepback", "callback": f"cb{number}"},
            {"kind": "press", "text": f"#want:{ref}-alarm", "callback": f"cb{number}"},
            {"kind": "words", "text": f"/note 第{number}条"},
            {"kind": "edit", "text": f"改成第{number}句"},
        ]
    )


def troubled(rng: random.Random, made: Sequence[Raw]) -> list[list[Raw]]:
    """Windows of the same updates, each in random order, with repeats of it and of earlier ones among them."""
    windows = []
    for begin in range(0, len(made), WINDOW):
        window = list(made[begin : begin + WINDOW])
        again = [rng.choice(made[: begin + len(window)]) for _ in window if rng.random() < REPEATED]
        window += again
        rng.shuffle(window)
        windows.append(window)
    return windows


def differences(one: State, other: State) -> list[str]:
    """Where two states are not the same."""
    names = sorted(one.keys() | other.keys())
    return [f"{name} is another" for name in names if one.get(name) != other.get(name)]


def run(folder: Path, count: int, seed: int) -> tuple[int, list[str]]:
    """How many updates came in all, and what differs."""
    made = updates(random.Random(seed), count)
    windows = troubled(random.Random(seed + 1), made)
    states = []
    in_order = [made[begin : begin + WINDOW] for begin in range(0, len(made), WINDOW)]
    for name, given in (("in-order", in_order), ("troubled", windows)):
        house = House(folder / name)
        try:
            for window in given:
                house.take(window)
            states.append(house.state())
        finally:
            house.records.close()
    wrong = differences(*states)
    if len(states[0]["updates"]) != count:
        wrong.append(f"{len(states[0]['updates'])} of {count} updates are kept")
    return sum(map(len, windows)), wrong
