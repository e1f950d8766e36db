"""The moves of a ticket, on both databases."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from bot.db import Records
from bot.models.tickets import Ticket
from bot.rules.conversations import Owner
from bot.rules.people import Caller
from bot.rules.tickets import IllegalMove, TicketState
from bot.services import ledger, tickets
from retrieval.protocols import Role
from tests.bot.clinic import make_person, make_ticket, moment


def at_once(*work: Callable[[], None]) -> None:
    barrier = Barrier(len(work))

    def run(one: Callable[[], None]) -> None:
        barrier.wait()
        one()

    threads = [Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_case_from_offer_to_confirmation(records: Records) -> None:
    with records.write() as session:
        firm = make_person(session, Role.SME, organisation="甲厂")
        engineer = make_person(session, Role.ENGINEER, "张工")
        case = make_ticket(session, firm)
        ref = case.ticket.ref
    with records.write() as session:
        assert tickets.claim(session, moment(), ref, engineer=engineer.person or "", caller=engineer).state == "claimed"
    with records.write() as session:
        ticket = tickets.visible(session, ref, engineer)
        tickets.engineer_speaks(session, moment(), ticket, "您好", caller=engineer)
        assert ticket.state is TicketState.IN_PROGRESS
        tickets.resolve(session, moment(hours=1), ticket, caller=engineer)
    with records.write() as session:
        ticket = tickets.visible(session, ref, firm)
        tickets.close(session, moment(hours=2), ticket, caller=firm)
        assert ticket.state is TicketState.CLOSED
    with records.read() as session:
        assert ledger.verify(session).broken_at is None


def test_eight_engineers_at_once_have_one_winner(records: Records) -> None:
    with records.write() as session:
        firm = make_person(session, Role.SME, organisation="甲厂")
        engineers = [make_person(session, Role.ENGINEER, f"工{n}") for n in range(8)]
        ref = make_ticket(session, firm).ticket.ref
    won: list[Caller] = []
    lost: list[IllegalMove] = []

    def claim(engineer: Caller) -> None:
        try:
            with records.write() as session:
                tickets.claim(session, moment(), ref, engineer=engineer.person or "", caller=engineer)
            won.append(engineer)
        except IllegalMove as error:
            lost.append(error)

    at_once(*[lambda engineer=engineer: claim(engineer) for engineer in engineers])  # type: ignore[misc]
    assert len(won) == 1
    assert [(error.state, error.owner) for error in lost] == [(TicketState.CLAIMED, won[0].name)] * 7


def test_capacity_holds_when_one_engineer_claims_many_at_once(records: Records) -> None:
    with records.write() as session:
        firm = make_person(session, Role.SME, organisation="甲厂")
        engineer = make_person(session, Role.ENGINEER, "张工", capacity=2)
        refs = [make_ticket(session, firm).ticket.ref for _ in range(6)]

    def claim(ref: str) -> None:
        try:
            with records.write() as session:
                tickets.claim(session, moment(), ref, engineer=engineer.person or "", caller=engineer)
        except IllegalMove:
            pass

    at_once(*[lambda ref=ref: claim(ref) for ref in refs])  # type: ignore[misc]
    with records.read() as session:
        assert session.query(Ticket).filter_by(owner_id=engineer.person).count() == 2


def test_a_claim_that_nobody_follows_goes_back_to_the_pool(records: Records) -> None:
    with records.write() as session:
        firm = make_person(session, Role.SME, organisation="甲厂")
        engineer = make_person(session, Role.ENGINEER, "张工")
        case = make_ticket(session, firm)
        tickets.claim(session, moment(), case.ticket.ref, engineer=engineer.person or "", caller=engineer)
    with records.write() as session:
        late = moment(hours=6)
        assert tickets.overdue(session, late.now) == [case.ticket.ref]
        tickets.pass_deadline(session, late, case.ticket.ref)
        ticket = tickets.visible(session, case.ticket.ref, firm)
        assert (ticket.state, ticket.owner_id) == (TicketState.OFFERED, None)
    with records.read() as session:
        owner = session.get_one(type(case.conversation), case.conversation.id).owner
        assert owner is Owner.POOL


def test_another_firm_does_not_find_it(records: Records) -> None:
    from bot.errors import NotFound

    with records.write() as session:
        ref = make_ticket(session, make_person(session, Role.SME, organisation="甲厂")).ticket.ref
        other = make_person(session, Role.SME, organisation="乙厂")
    with records.read() as session, pytest.raises(NotFound):
        tickets.visible(session, ref, other)
