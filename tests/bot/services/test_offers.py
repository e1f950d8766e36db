"""Offers go out in waves, say why, and learn from what is declined. On both databases."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.db import Records
from bot.errors import NotFound
from bot.models.people import Block, Person
from bot.models.tickets import Offer, Ticket
from bot.rules.matching import DeclineReason
from bot.rules.people import Caller
from bot.rules.tickets import Due, IllegalMove
from bot.services import matching, offers, people, personal, tickets, timetables
from retrieval.protocols import Role
from tests.bot.clinic import MONDAY, make_person, make_ticket, moment

ADMIN = Caller(Role.ADMIN)


def team(session: Session, count: int, *, skilled: int = 0) -> list[Caller]:
    made = [make_person(session, Role.ENGINEER, f"工{number:02}") for number in range(count)]
    for caller in made[:skilled]:
        session.get_one(Person, caller.person).skills = ["moulding"]
    session.flush()
    return made


def invited(session: Session, ref: str) -> dict[str, Offer]:
    return {offer.person_id: offer for offer in session.query(Offer).filter_by(ticket_ref=ref)}


def no(session: Session, offer: Offer, words: str, *, minutes: float = 1) -> None:
    caller = Caller(Role.ENGINEER, offer.person_id)
    offers.decline(session, moment(minutes=minutes).now, offer, words, caller=caller)


def test_the_best_three_are_invited_then_five_then_ten_then_the_rest(records: Records) -> None:
    with records.write() as session:
        made = team(session, 25, skilled=3)
        ref = make_ticket(session, make_person(session, Role.SME, organisation="甲厂")).ticket.ref
        assert set(invited(session, ref)) == {caller.person for caller in made[:3]}
        sizes = []
        for minutes in (39, 40, 79, 80, 120, 240):
            if ref in offers.due_waves(session, moment(minutes=minutes).now):
                offers.widen(session, moment(minutes=minutes), ref)
            sizes.append(len(invited(session, ref)))
        assert sizes == [3, 8, 8, 18, 25, 25]
        assert offers.due_waves(session, moment(days=30).now) == []


def test_each_offer_says_why_in_words_and_figures(records: Records) -> None:
    with records.write() as session:
        (engineer,) = team(session, 1, skilled=1)
        ref = make_ticket(session, make_person(session, Role.SME, organisation="甲厂")).ticket.ref
        offer = invited(session, ref)[str(engineer.person)]
        assert offer.why == "专长：模具成形；现在在岗；新加入"
        assert offer.figures is not None
        assert offer.figures["wave"] == 1
        assert 0 < offer.figures["score"] < offer.figures["fit"] < 1


def test_when_all_have_declined_the_next_wave_comes_at_once(records: Records) -> None:
    with records.write() as session:
        team(session, 6, skilled=3)
        ref = make_ticket(session, make_person(session, Role.SME, organisation="甲厂")).ticket.ref
        for offer in list(invited(session, ref).values()):
            no(session, offer, "不想接")
        assert list(offers.due_waves(session, moment(minutes=1).now)) == [ref]
        offers.widen(session, moment(minutes=1), ref)
        assert len(invited(session, ref)) == 6


def test_when_everyone_has_declined_staff_hear_of_it_at_once(records: Records) -> None:
    with records.write() as session:
        team(session, 2)
        ref = make_ticket(session, make_person(session, Role.SME, organisation="甲厂")).ticket.ref
        assert tickets.overdue(session, moment(minutes=2).now) == []
        for offer in list(invited(session, ref).values()):
            no(session, offer, "太忙")
        assert tickets.overdue(session, moment(minutes=2).now) == [ref]
        ticket = session.query(Ticket).filter_by(ref=ref).one()
        tickets.pass_deadline(session, moment(minutes=2), ref)
        session.refresh(ticket)
        assert (ticket.due, ticket.reminded) == (Due.UNCLAIMED, 1)


def test_declining_teaches(records: Records) -> None:
    with records.write() as session:
        made = team(session, 3, skilled=3)
        firm = make_person(session, Role.SME, organisation="甲厂")
        ref = make_ticket(session, firm).ticket.ref
        held = invited(session, ref)
        no(session, held[str(made[0].person)], "这个不是我的专业")
        no(session, held[str(made[1].person)], "这周出差")
        known = {one.id: one for one in matching.engineers(session, moment(minutes=5))}
        (trade,) = known[str(made[0].person)].record.trades.values()
        assert (trade.not_mine, known[str(made[0].person)].record.declined) == (1, 0)
        assert known[str(made[1].person)].busy
        assert not known[str(made[2].person)].busy
        second = make_ticket(session, firm, at=moment(minutes=6)).ticket.ref
        order = [person.id for _, person in offers.of_ticket(session, second)]
        assert order[0] == made[2].person
        assert held[str(made[0].person)].declined_for is DeclineReason.NOT_MY_TRADE
        after = {one.id: one for one in matching.engineers(session, moment(days=3))}
        assert not after[str(made[1].person)].busy


def test_who_solved_such_cases_is_known_for_it(records: Records) -> None:
    with records.write() as session:
        (engineer,) = team(session, 1)
        firm = make_person(session, Role.SME, organisation="甲厂")
        ticket = make_ticket(session, firm).ticket
        tickets.claim(session, moment(minutes=1), ticket.ref, engineer=str(engineer.person), caller=engineer)
        tickets.engineer_speaks(session, moment(minutes=2), ticket, "您好", caller=engineer)
        tickets.resolve(session, moment(minutes=3), ticket, caller=engineer)
        tickets.rate(session, moment(minutes=4), ticket, 5, "", caller=firm)
        (known,) = matching.engineers(session, moment(minutes=5))
        (trade,) = known.record.trades.values()
        assert (trade.solved, trade.failed, known.record.accepted) == (1, 0, 1)
        assert (known.record.ratings, known.record.stars, known.load) == (1, 5, 0)


def test_a_firm_is_never_served_by_whom_it_blocks(records: Records) -> None:
    with records.write() as session:
        made = team(session, 2)
        firm = make_person(session, Role.SME, organisation="甲厂")
        session.add(Block(organisation_id=firm.organisation, against=made[0].person, created_at=MONDAY))
        session.flush()
        ref = make_ticket(session, firm).ticket.ref
        assert set(invited(session, ref)) == {made[1].person}
        assert offers.open_besides(session, str(made[0].person)) == []
        with pytest.raises(NotFound):
            tickets.visible(session, ref, made[0])
        with pytest.raises(IllegalMove, match="别的工程师"):
            tickets.claim(session, moment(), ref, engineer=str(made[0].person), caller=ADMIN)


def test_a_firm_that_blocks_everyone_is_told_and_so_are_staff(records: Records) -> None:
    with records.write() as session:
        made = team(session, 2)
        firm = make_person(session, Role.SME, organisation="甲厂")
        session.add_all(Block(organisation_id=firm.organisation, against=one.person, created_at=MONDAY) for one in made)
        session.flush()
        ref = make_ticket(session, firm).ticket.ref
        assert invited(session, ref) == {}
        assert tickets.overdue(session, moment().now) == [ref]


def test_whoever_is_not_invited_yet_may_still_claim(records: Records) -> None:
    with records.write() as session:
        made = team(session, 5, skilled=3)
        ref = make_ticket(session, make_person(session, Role.SME, organisation="甲厂")).ticket.ref
        late = str(made[4].person)
        assert late not in invited(session, ref)
        assert [ticket.ref for ticket in offers.open_besides(session, late)] == [ref]
        tickets.claim(session, moment(), ref, engineer=late, caller=made[4])
        offers.widen(session, moment(hours=1), ref)
        assert offers.due_waves(session, moment(days=1).now) == []
        assert len(invited(session, ref)) == 3


def test_a_case_that_comes_back_is_offered_anew(records: Records) -> None:
    with records.write() as session:
        made = team(session, 5, skilled=3)
        ticket = make_ticket(session, make_person(session, Role.SME, organisation="甲厂")).ticket
        owner = made[0]
        tickets.claim(session, moment(), ticket.ref, engineer=str(owner.person), caller=owner)
        tickets.engineer_speaks(session, moment(minutes=1), ticket, "您好", caller=owner)
        tickets.transfer(session, moment(minutes=2), ticket, "不是我的专业", caller=owner)
        waves = {
            person.id: (offer.figures or {}).get("since") for offer, person in offers.of_ticket(session, ticket.ref)
        }
        again = moment(minutes=2).now.isoformat()
        assert [person for person, since in waves.items() if since == again and person != owner.person]
        assert waves[str(owner.person)] != again


def test_deleting_an_engineer_forgets_hours_and_reasons(records: Records) -> None:
    with records.write() as session:
        (engineer,) = team(session, 1)
        ref = make_ticket(session, make_person(session, Role.SME, organisation="甲厂")).ticket.ref
        no(session, invited(session, ref)[str(engineer.person)], "手术请假")
        found = people.person(session, str(engineer.person))
        assert timetables.of_person(session, moment(minutes=2), found).is_busy(moment(minutes=2).now)
        told = personal.export(session, moment(minutes=3).now, found, caller=ADMIN)
        assert told["offers"][0]["decline_reason"] == "手术请假"
        personal.delete(session, moment(minutes=4), found, caller=ADMIN)
        offer = invited(session, ref)[str(engineer.person)]
        session.refresh(offer)
        assert (offer.why, offer.decline_reason, offer.figures, offer.declined_for) == ("", "", None, None)
        assert not timetables.of_person(session, moment(minutes=5), found).is_busy(moment(minutes=5).now)


def test_the_reading_for_a_case_takes_a_fixed_number_of_queries(records: Records) -> None:
    from sqlalchemy import event

    counts = []
    for more in (1, 9):
        with records.write() as session:
            team(session, more)
            seen: list[str] = []
            connection = session.connection()
            event.listen(connection, "before_cursor_execute", lambda *given, seen=seen: seen.append(given[2]))
            matching.engineers(session, moment() if more == 1 else moment(minutes=1))
            counts.append(len(seen))
    assert counts[0] == counts[1]


def test_waves_are_counted_in_working_time(records: Records) -> None:
    with records.write() as session:
        team(session, 5, skilled=3)
        evening = moment(hours=7)
        ref = make_ticket(session, make_person(session, Role.SME, organisation="甲厂"), at=evening).ticket.ref
        assert offers.due_waves(session, (evening.now + timedelta(hours=10))) == []
        assert list(offers.due_waves(session, (evening.now + timedelta(hours=17)))) == [ref]
