"""Deadlines are passed when they are due, once, each by itself. On both databases."""

from datetime import timedelta

import pytest

from bot.db import Records
from bot.models.tickets import Ticket
from bot.rules.tickets import TicketState
from bot.services import ledger, tickets
from bot.services.moment import Moment
from bot.work.leases import MemoryLeases
from bot.work.timers import AGAIN, LANE, Timers
from retrieval.protocols import Role
from tests.bot.clinic import HOURS, MONDAY, make_person, make_ticket, moment
from tests.bot.work.now import Now


def claimed(records: Records) -> str:
    with records.write() as session:
        firm = make_person(session, Role.SME, organisation="甲厂")
        engineer = make_person(session, Role.ENGINEER, "张工")
        ref = make_ticket(session, firm).ticket.ref
        tickets.claim(session, moment(), ref, engineer=engineer.person or "", caller=engineer)
    return ref


def state_of(records: Records, ref: str) -> TicketState:
    with records.read() as session:
        return session.query(Ticket).filter_by(ref=ref).one().state


def test_nothing_happens_before_it_is_due_and_one_thing_after(records: Records) -> None:
    now = Now()
    timers = Timers(records, now, HOURS, MemoryLeases())
    ref = claimed(records)
    assert timers.tick() == 0
    assert state_of(records, ref) is TicketState.CLAIMED
    now.at = MONDAY + timedelta(hours=6)
    assert timers.tick() == 1
    assert state_of(records, ref) is TicketState.OFFERED
    assert timers.tick() == 0
    with records.read() as session:
        assert ledger.verify(session).broken_at is None


def test_one_ticket_that_cannot_be_passed_does_not_stop_the_others(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = Now(MONDAY + timedelta(hours=6))
    bad, good = claimed(records), claimed(records)
    real = tickets.pass_deadline

    def pass_deadline(session: object, at: Moment, ref: str) -> None:
        if ref == bad:
            raise ValueError(ref)
        real(session, at, ref)  # type: ignore[arg-type]

    timers = Timers(records, now, HOURS, MemoryLeases())
    with monkeypatch.context() as patch:
        patch.setattr(tickets, "pass_deadline", pass_deadline)
        assert timers.tick() == 1
        assert timers.tick() == 0
    assert (state_of(records, bad), state_of(records, good)) == (TicketState.CLAIMED, TicketState.OFFERED)
    now.at += AGAIN
    assert timers.tick() == 1


def test_while_another_process_is_at_it_nothing_is_done(records: Records) -> None:
    leases = MemoryLeases()
    leases.take(LANE)
    claimed(records)
    assert Timers(records, Now(MONDAY + timedelta(hours=6)), HOURS, leases).tick() == 0
