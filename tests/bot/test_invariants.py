"""What must always hold in the clinic, over random interleavings, and a planted bug for each of these."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.assistant.shape import EXTRACTED, GENERATED, Answer, Outcome
from bot.db import Records
from bot.dialogue.dialogue import Dialogue
from bot.profile import Profile
from bot.rules.triage import triage
from bot.rules.turns import Turn
from tests.bot.clinic import HOURS
from tests.bot.interleavings import Broken, World
from tests.bot.records import sqlite_records

INTERLEAVINGS = 2_000
STEPS = 12
SHARES = 4  # tests that the interleavings are spread over, so that they run beside each other


class Assistant:
    """Knows policy, and nothing technical."""

    def ask(self, question: str, **_: Any) -> Answer:
        intent = triage(question).intent
        if intent == "policy":
            return Answer("a", Outcome.ANSWERED, intent, "培育期一年。[1]", EXTRACTED, confidence=0.9)
        return Answer("a", Outcome.NO_ANSWER, intent, "没有查到。", GENERATED, suggestions=("转人工",))


def worlds(records: Records, seed: int, count: int, *, steps: int = STEPS) -> Iterator[World]:
    """One world that lives through `count` conversations of `steps` steps."""
    world = World(records, Dialogue(Assistant(), Profile(), HOURS), random.Random(seed))
    world.people()
    for _ in range(count):
        world.begin()
        for _ in range(steps):
            world.step()
        world.end()
        yield world
    world.check_all()


@pytest.mark.parametrize("share", range(SHARES))
def test_everything_holds_however_things_fall(tmp_path: Path, share: int) -> None:
    with sqlite_records(tmp_path) as records:
        for world in worlds(records, share, INTERLEAVINGS // SHARES):
            assert not world.thinking


# --- planted bugs ---------------------------------------------------------------------------------------------------------------------


class Twice:
    """A dialogue that keeps every turn twice."""

    def __init__(self, talks: Any) -> None:
        self._talks = talks
        self.view = talks.view
        self.decide = talks.decide

    def perform(self, session: Any, moment: Any, view: Any, turn: Turn, decision: Any) -> Any:
        self._talks.perform(session, moment, view, turn, decision)
        again = Turn(f"{turn.key}x", turn.conversation, turn.text, turn.received_at, turn.caller)
        fresh = self._talks.view(session, again)
        return self._talks.perform(session, moment, fresh, again, self._talks.decide(fresh, again))


def _nothing(*given: Any, **named: Any) -> None:
    del given, named


def _speaks_over_the_engineer(patch: pytest.MonkeyPatch) -> None:
    from bot.dialogue import perform
    from bot.services import talks

    kept = talks.take
    patch.setattr(
        talks,
        "take",
        lambda session, name, **_: kept(
            session,
            name,
            version=talks.conversation(session, name).version,
            owner=talks.conversation(session, name).owner,
        ),
    )
    patch.setattr(perform, "Owner", type("Owner", (), {"ENGINEER": None}))


def _writes_no_event_for_a_claim(patch: pytest.MonkeyPatch) -> None:
    from bot.services import ledger

    kept = ledger.append
    patch.setattr(
        ledger, "append", lambda *a, event, **n: None if event == "ticket.claimed" else kept(*a, event=event, **n)
    )


def _writes_two_events_for_a_move(patch: pytest.MonkeyPatch) -> None:
    from bot.services import ledger

    kept = ledger.append

    def append(*given: Any, event: str, **named: Any) -> None:
        kept(*given, event=event, **named)
        if event == "ticket.resolved":
            kept(*given, event=event, **named)

    patch.setattr(ledger, "append", append)


def _allows_every_move(patch: pytest.MonkeyPatch) -> None:
    from bot.rules import tickets

    patch.setattr(tickets, "check", _nothing)


def _keeps_the_talk_with_the_bot(patch: pytest.MonkeyPatch) -> None:
    from bot.services import conversations

    patch.setattr(conversations, "give", _nothing)


def _opens_a_second_ticket(patch: pytest.MonkeyPatch) -> None:
    from bot.services import tickets

    patch.setattr(tickets, "open_ticket_of", _nothing)


def _forgets_the_label(patch: pytest.MonkeyPatch) -> None:
    from bot.services import conversations

    kept = conversations.add_message
    patch.setattr(conversations, "add_message", lambda *a, **n: kept(*a, **{**n, "label": None}))


def _shows_every_ticket_to_everyone(patch: pytest.MonkeyPatch) -> None:
    from bot.models.tickets import Ticket
    from bot.services import tickets

    patch.setattr(tickets, "_sees", lambda caller: Ticket.number.is_not(None))


def _lets_every_firm_read_a_talk(patch: pytest.MonkeyPatch) -> None:
    from bot.services import conversations

    patch.setattr(conversations, "may_read", lambda *a, **n: True)


def _leaves_the_demand_behind(patch: pytest.MonkeyPatch) -> None:
    from bot.services import demands

    patch.setattr(demands, "move", _nothing)


def _shares_without_consent(patch: pytest.MonkeyPatch) -> None:
    from bot.rules import solutions as rules
    from bot.services import solutions

    patch.setattr(solutions, "is_shared", lambda *a: True)
    patch.setattr(rules, "check", _nothing)


def _lets_the_author_approve(patch: pytest.MonkeyPatch) -> None:
    from bot.services import solutions

    patch.setattr(solutions, "_require_clerk", _nothing)
    patch.setattr(solutions, "check_person", lambda caller: "somebody")


def _approves_unread_copies(patch: pytest.MonkeyPatch) -> None:
    from bot.services import solutions

    patch.setattr(solutions, "remarks", lambda *a: [])
    patch.setattr(solutions.redaction, "propose", lambda *a, **n: ())


def _forgets_the_capacity(patch: pytest.MonkeyPatch) -> None:
    from bot.services import tickets

    patch.setattr(tickets, "or_", lambda *a: tickets.Ticket.number.is_not(None))


PLANTED: dict[Callable[[pytest.MonkeyPatch], None], str] = {
    _speaks_over_the_engineer: "the bot speaks while an engineer owns",
    _writes_no_event_for_a_claim: "one event a move",
    _writes_two_events_for_a_move: "one event a move",
    _allows_every_move: "one event a move, and only legal ones",
    _keeps_the_talk_with_the_bot: "conversation owned by",
    _opens_a_second_ticket: "one open ticket a conversation|a turn that nothing disturbs is kept",
    _forgets_the_label: "carry a label",
    _shows_every_ticket_to_everyone: "a firm finds another's ticket",
    _lets_every_firm_read_a_talk: "a firm reads another's talk",
    _leaves_the_demand_behind: "the demand is",
    _shares_without_consent: "consent",
    _lets_the_author_approve: "somebody else reviewed",
    _approves_unread_copies: "personal data",
    _forgets_the_capacity: "nobody holds more than he can",
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__.strip("_"))
def test_a_planted_bug_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    with sqlite_records(tmp_path) as records:
        plant(monkeypatch)
        with pytest.raises(Broken, match=PLANTED[plant]):
            for _ in worlds(records, 7, 120):
                pass


def test_a_message_that_is_kept_twice_is_found(tmp_path: Path) -> None:
    with sqlite_records(tmp_path) as records:
        world = World(records, Twice(Dialogue(Assistant(), Profile(), HOURS)), random.Random(7))
        world.people()
        world.begin()
        with pytest.raises(Broken, match="every message is kept once"):
            for _ in range(STEPS):
                world.say()
                world.keep()
            world.check_talk()


def test_an_altered_entry_of_the_ledger_is_found(tmp_path: Path) -> None:
    from bot.models.ledger import Entry

    with sqlite_records(tmp_path) as records:
        (world,) = worlds(records, 7, 1)
        with records.write() as session:
            session.get_one(Entry, 2).subject = "T-999999"
        with pytest.raises(Broken, match="ledger"):
            world.check_all()


def test_the_database_itself_refuses_a_ticket_without_owner_and_deadline(tmp_path: Path) -> None:
    from sqlalchemy import update
    from sqlalchemy.exc import IntegrityError

    from bot.models.tickets import Ticket

    with sqlite_records(tmp_path) as records, ExitStack() as stack:
        for _ in worlds(records, 7, 3):
            pass
        stack.enter_context(pytest.raises(IntegrityError))
        with records.write() as session:
            session.execute(update(Ticket).values(state="offered", owner_id=None, due_at=None))
