"""/offers: what an engineer is invited to."""

from typing import Any

from fastapi import APIRouter

from bot.clinic import offers
from handlers.web.casework import Declined, MaybeReasonIn, Nothing, OfferList, TicketOut
from handlers.web.deps import Room, Who

router = APIRouter(prefix="/api/v1", tags=["offers"])
Json = dict[str, Any]


@router.get("/offers", response_model=OfferList, response_model_exclude_unset=True)
def list_offers(room: Room, who: Who) -> Json:
    """What the engineer may claim now, the most pressing first."""
    return offers.listed(room, who)


@router.post("/offers/{offer_id}/accept", response_model=TicketOut, response_model_exclude_unset=True)
def accept(offer_id: str, room: Room, who: Who, given: Nothing | None = None) -> Json:
    """Claim the offered ticket."""
    del given
    return offers.accept(room, who, offer_id)


@router.post("/offers/{offer_id}/decline", response_model=Declined)
def decline(offer_id: str, room: Room, who: Who, given: MaybeReasonIn | None = None) -> Json:
    """Leave it to others."""
    reason, until = (given.reason or "", given.until) if given else ("", None)
    return offers.decline(room, who, offer_id, reason=reason, until=until)
