"""Offers as their engineer uses them."""

from bot.clinic import hours, shapes, tickets
from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json
from bot.errors import NotAllowed
from bot.rules.matching import DeclineReason
from bot.rules.people import Caller, check_person
from bot.rules.wording import clean_words
from bot.services import demands, offers
from retrieval.protocols import Role


def listed(clinic: Clinic, caller: Caller) -> Json:
    """What the engineer may claim now, the most pressing first.

    Raises:
        Unauthenticated: nobody signed in.
        NotAllowed: not an engineer.
    """
    engineer = _engineer(caller)
    with clinic.records.read() as session:
        rows = offers.open_offers(session, engineer)
        about = demands.of_refs(session, (ticket.demand_ref for _, ticket in rows))
        return shapes.listing([shapes.offer(offer, ticket, about[ticket.demand_ref]) for offer, ticket in rows])


def accept(clinic: Clinic, caller: Caller, offer: str) -> Json:
    """Claim the offered ticket; gives the ticket.

    Raises:
        NotFound: there is no such offer to this engineer.
        IllegalMove: somebody else has it, or the engineer is full.
    """
    engineer = _engineer(caller)
    with clinic.records.read() as session:
        ref = offers.own(session, offer, engineer).ticket_ref
    return tickets.claim(clinic, caller, ref)


def decline(clinic: Clinic, caller: Caller, offer: str, *, reason: str = "", until: str | None = None) -> Json:
    """Leave it to others: `{"id","declined": true,"taught"}`; `taught` says what the offers to come take from the reason, None where it teaches
    nothing.

    Args:
        reason: In plain words: 不是我的专业, 太远, 这周太忙 are understood.
        until: The last day (ISO 8601, China) on which he has no time, where that is the reason.

    Raises:
        NotFound: there is no such offer to this engineer.
        Invalid: `until` is no day, or over.
    """
    why = clean_words(reason, what="原因", required=False)
    engineer = _engineer(caller)
    with clinic.writing(caller) as session:
        held = offers.own(session, offer, engineer)
        now = clinic.clock()
        offers.decline(session, now, held, why, caller=caller, until=hours.end_of(until, now) if until else None)
        return {"id": held.id, "declined": True, "taught": TAUGHT.get(held.declined_for) if held.declined_for else None}


TAUGHT = {
    DeclineReason.NOT_MY_TRADE: "以后这类问题会少派给您。",
    DeclineReason.TOO_FAR: "以后外地的单会少派给您。",
    DeclineReason.TOO_BUSY: "这两天会少派给您；忙到哪天可以在“我的时间”里写。",
}


def _engineer(caller: Caller) -> str:
    person = check_person(caller)
    if caller.role is not Role.ENGINEER:
        raise NotAllowed("派单邀请只发给共享工程师。")
    return person
