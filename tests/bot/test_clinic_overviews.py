"""The lists of the desk and the console, on both databases."""

import pytest

from bot.clinic import overviews, tickets
from bot.clinic.clinic import Clinic
from bot.db import Records
from bot.errors import NotAllowed, NotFound
from bot.profile import Profile
from bot.rules.people import Caller
from bot.rules.tickets import TicketState
from bot.services import conversations
from bot.work.hub import Hub
from retrieval.protocols import Role
from tests.bot.clinic import HOURS, make_person, make_ticket, moment


def at(records: Records, **later: float) -> Clinic:
    """The clinic so much after Monday morning."""
    return Clinic(records, lambda: moment(**later).now, HOURS, Profile(name="测试中心"), Hub())


@pytest.fixture
def people(records: Records) -> dict[str, Caller]:
    with records.write() as session:
        return {
            "firm": make_person(session, Role.SME, "王强", organisation="甲厂"),
            "other": make_person(session, Role.SME, organisation="乙厂"),
            "engineer": make_person(session, Role.ENGINEER, "张工"),
            "clerk": make_person(session, Role.STAFF, "小陈"),
        }


def opened(records: Records, firm: Caller) -> str:
    with records.write() as session:
        return make_ticket(session, firm).ticket.ref


def test_the_desk_shows_offers_own_cases_and_past_ones(records: Records, people: dict[str, Caller]) -> None:
    clinic, engineer = at(records), people["engineer"]
    offered, held = opened(records, people["firm"]), opened(records, people["other"])
    tickets.claim(clinic, engineer, held)
    tickets.say(clinic, engineer, held, text="您好")
    day = overviews.desk(clinic, engineer)
    assert [one["ticket"]["ref"] for one in day["offers"]] == [offered]
    assert [(one["ref"], one["firm"], one["last"]["text"]) for one in day["mine"]] == [(held, "乙厂", "您好")]
    assert day["past"] == []
    tickets.resolve(clinic, engineer, held, form={"symptom": "缩水", "steps": "加保压"})
    assert [one["ref"] for one in overviews.desk(clinic, engineer)["past"]] == [held]
    with pytest.raises(NotAllowed):
        overviews.desk(clinic, people["clerk"])


def test_a_card_names_neither_the_firm_nor_a_number(records: Records, people: dict[str, Caller]) -> None:
    with records.write() as session:
        case = make_ticket(session, people["firm"])
        told = {
            "symptom": {"value": "缩水，电话 13800138000", "message": "m"},
            "contact": {"value": "13800138000", "message": "m"},
        }
        from bot.models.demands import Demand

        session.query(Demand).filter_by(ref=case.ticket.demand_ref).one().facts = told
    [offer] = overviews.desk(at(records), people["engineer"])["offers"]
    assert [line["label"] for line in offer["lines"]] == ["现象"]
    assert "13800138000" not in str(offer) and "甲厂" not in str(offer)


def test_the_pool_is_filtered_and_what_waits_longest_stands_first_among_the_overdue(
    records: Records, people: dict[str, Caller]
) -> None:
    clerk, first, second = people["clerk"], opened(records, people["firm"]), opened(records, people["other"])
    tickets.claim(at(records), people["engineer"], second)

    def refs(clinic: Clinic, **chosen: object) -> list[str]:
        return [case["ref"] for case in overviews.pool(clinic, clerk, **chosen)]  # type: ignore[arg-type]

    assert refs(at(records)) == [second, first]
    assert refs(at(records), states=(TicketState.OFFERED,)) == [first]
    assert refs(at(records), domain="welding") == [] and refs(at(records), domain="moulding") == [second, first]
    assert refs(at(records), urgency="high") == []
    assert refs(at(records), overdue=True) == []
    assert refs(at(records, days=2), overdue=True) == [first, second]
    with pytest.raises(NotAllowed):
        overviews.pool(at(records), people["firm"])


def test_only_the_same_firms_open_tickets_are_proposed_for_merging(records: Records, people: dict[str, Caller]) -> None:
    one, two = opened(records, people["firm"]), opened(records, people["firm"])
    opened(records, people["other"])
    assert [case["ref"] for case in overviews.of_firm(at(records), people["clerk"], one)] == [two]


def test_how_a_case_stands_changes_with_what_is_said_noted_and_done(
    records: Records, people: dict[str, Caller]
) -> None:
    clinic, engineer, ref = at(records), people["engineer"], opened(records, people["firm"])
    tickets.claim(clinic, engineer, ref)
    seen = [overviews.standing(clinic, engineer, ref)]
    tickets.say(clinic, engineer, ref, text="您好")
    seen.append(overviews.standing(clinic, engineer, ref))
    tickets.note(clinic, engineer, ref, text="内部")
    seen.append(overviews.standing(clinic, engineer, ref))
    tickets.wait(clinic, engineer, ref)
    seen.append(overviews.standing(clinic, engineer, ref))
    assert all(before != after for before, after in zip(seen, seen[1:], strict=False))
    assert seen[-1]["state"] == "waiting_sme"
    with pytest.raises(NotFound):
        overviews.standing(clinic, people["other"], ref)


def test_the_last_word_is_what_somebody_said_and_not_what_the_system_told(
    records: Records, people: dict[str, Caller]
) -> None:
    clinic, ref = at(records), opened(records, people["firm"])
    tickets.claim(clinic, people["engineer"], ref)
    tickets.say(clinic, people["engineer"], ref, text="您好")
    with records.write() as session:
        conversations.tell(
            session, moment().now, overviews.standing(clinic, people["clerk"], ref)["conversation"], "提醒"
        )
    [case] = overviews.desk(clinic, people["engineer"])["mine"]
    assert (case["last"]["from"], case["last"]["text"]) == ("engineer", "您好")
