"""Offers as their engineer uses them."""

from bot.clinic import shapes, tickets
from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json
from bot.errors import NotAllowed
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


def decline(clinic: Clinic, caller: Caller, offer: str, *, reason: str = "") -> Json:
    """Leave it to others.

    Raises:
        NotFound: there is no such offer to this engineer.
    """
    why = clean_words(reason, what="原因", required=False)
    engineer = _engineer(caller)
    with clinic.writing(caller) as session:
        held = offers.own(session, offer, engineer)
        offers.decline(session, clinic.clock(), held, why, caller=caller)
        return {"id": held.id, "declined": True}


def _engineer(caller: Caller) -> str:
    person = check_person(caller)
    if caller.role is not Role.ENGINEER:
        raise NotAllowed("派单邀请只发给共享工程师。")
    return person
