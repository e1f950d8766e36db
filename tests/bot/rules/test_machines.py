"""The machines of ticket, demand, solution and delivery are the tables of the design, nothing more and nothing less."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import pytest

from bot.errors import Conflict
from bot.rules import demands, outbox, solutions, tickets
from bot.rules.demands import DemandState
from bot.rules.solutions import SolutionState
from bot.rules.tickets import ENDED, OPEN, OWNED, IllegalMove, TicketState

TICKETS = {
    "triage": "offered cancelled",
    "offered": "claimed merged escalated cancelled",
    "claimed": "in_progress offered transferred resolved cancelled",
    "in_progress": "waiting_sme resolved transferred offered escalated cancelled",
    "waiting_sme": "in_progress resolved transferred offered escalated cancelled",
    "transferred": "offered",
    "resolved": "closed in_progress offered",
    "closed": "in_progress offered",
    "merged": "",
    "escalated": "",
    "cancelled": "",
}


@pytest.mark.parametrize("state", TicketState)
@pytest.mark.parametrize("to", TicketState)
def test_a_ticket_moves_as_designed(state: TicketState, to: TicketState) -> None:
    if to.value in TICKETS[state].split():
        tickets.check(state, to)
        return
    with pytest.raises(IllegalMove) as refused:
        tickets.check(state, to, owner="张工")
    assert (refused.value.state, refused.value.owner) == (state, "张工")
    assert tickets.WORDS[state] in str(refused.value)


def test_the_owner_is_named_only_where_there_is_one() -> None:
    assert "张工" in str(tickets.refusal(TicketState.CLAIMED, owner="张工"))
    assert "张工" not in str(tickets.refusal(TicketState.OFFERED, owner=None))


def test_every_state_is_open_or_ended_or_waits_for_confirmation() -> None:
    assert ENDED | OPEN | {TicketState.RESOLVED} == set(TicketState)
    assert not OPEN & ENDED
    assert OWNED < OPEN


@pytest.mark.parametrize(
    ("table", "states", "words"),
    [
        (tickets.TRANSITIONS, TicketState, tickets.WORDS),
        (demands.TRANSITIONS, DemandState, demands.WORDS),
        (solutions.TRANSITIONS, SolutionState, solutions.WORDS),
        (outbox.TRANSITIONS, outbox.Delivery, None),
    ],
)
def test_a_table_covers_its_states(
    table: Mapping[Any, frozenset[Any]], states: type[StrEnum], words: Mapping[Any, str] | None
) -> None:
    assert set(table) == set(states)
    assert set().union(*table.values()) <= set(states)
    assert all(state not in following for state, following in table.items())
    assert words is None or set(words) == set(states)


@pytest.mark.parametrize(
    ("check", "state", "to"),
    [
        (demands.check, DemandState.CLOSED, DemandState.POOL),
        (demands.check, DemandState.POOL, DemandState.SOLVED),
        (solutions.check, SolutionState.DRAFT, SolutionState.INDEXED),
        (solutions.check, SolutionState.REVIEW, SolutionState.INDEXED),
        (solutions.check, SolutionState.RETRACTED, SolutionState.INDEXED),
    ],
)
def test_a_move_that_skips_a_step_is_refused(check: Callable[[Any, Any], None], state: StrEnum, to: StrEnum) -> None:
    with pytest.raises(Conflict):
        check(state, to)


def test_only_a_review_leads_to_being_found() -> None:
    reaches = {state for state, following in solutions.TRANSITIONS.items() if SolutionState.INDEXED in following}
    assert reaches == {SolutionState.APPROVED}
    assert {s for s, f in solutions.TRANSITIONS.items() if SolutionState.APPROVED in f} == {SolutionState.REVIEW}
