"""/tickets: the list, one of them, and every move of the state machine."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from bot.clinic import tickets
from handlers.web.casework import (
    AssignIn,
    ConfirmIn,
    MergeIn,
    MessageIn,
    NoteIn,
    NoteOut,
    Nothing,
    RateIn,
    ReasonIn,
    ResolveIn,
    SaidOut,
    TicketDetail,
    TicketList,
    TicketOut,
)
from handlers.web.deps import Room, Who

router = APIRouter(prefix="/api/v1", tags=["tickets"])
Json = dict[str, Any]
After = Annotated[str | None, Query(max_length=16)]
_SHOWN: Any = {"response_model": TicketOut, "response_model_exclude_unset": True}


@router.get("/tickets", response_model=TicketList, response_model_exclude_unset=True)
def list_tickets(
    room: Room, who: Who, state: Annotated[str | None, Query(max_length=32)] = None, after: After = None
) -> Json:
    """The tickets that the caller may see, the newest first: a firm its own, an engineer what is offered and what was his, staff all."""
    return tickets.listed(room, who, state=state, after=after)


@router.get("/tickets/{ref}", response_model=TicketDetail, response_model_exclude_unset=True)
def show(ref: str, room: Room, who: Who) -> Json:
    """A ticket with its packet and, as far as the caller may see them, talk, notes, solution and similar cases."""
    return tickets.show(room, who, ref)


@router.post("/tickets/{ref}/claim", **_SHOWN)
def claim(ref: str, room: Room, who: Who, given: Nothing | None = None) -> Json:
    """Take it; 409 with state and owner where somebody was faster or one's hands are full."""
    del given
    return tickets.claim(room, who, ref)


@router.post("/tickets/{ref}/release", **_SHOWN)
def release(ref: str, given: ReasonIn, room: Room, who: Who) -> Json:
    """Give it back, as long as nothing was said to the firm."""
    return tickets.release(room, who, ref, reason=given.reason)


@router.post("/tickets/{ref}/messages", response_model=SaidOut, response_model_exclude_unset=True)
def say(ref: str, given: MessageIn, room: Room, who: Who) -> Json:
    """Say something to the firm. The same `client_id` is the same message."""
    return tickets.say(room, who, ref, text=given.text, client_id=given.client_id, asks=given.asks)


@router.post("/tickets/{ref}/notes", response_model=NoteOut)
def note(ref: str, given: NoteIn, room: Room, who: Who) -> Json:
    """Note something that the firm does not see."""
    return tickets.note(room, who, ref, text=given.text)


@router.post("/tickets/{ref}/wait", **_SHOWN)
def wait(ref: str, room: Room, who: Who, given: Nothing | None = None) -> Json:
    """It waits for the firm's answer; the engineer's clock stands still until then."""
    del given
    return tickets.wait(room, who, ref)


@router.post("/tickets/{ref}/resolve", **_SHOWN)
def resolve(ref: str, given: ResolveIn, room: Room, who: Who) -> Json:
    """Say that it is solved, and how; the firm is asked to confirm."""
    return tickets.resolve(room, who, ref, form=given.model_dump())


@router.post("/tickets/{ref}/confirm", **_SHOWN)
def confirm(ref: str, room: Room, who: Who, given: ConfirmIn | None = None) -> Json:
    """The firm confirms, and agrees that the redacted case may help others unless `share` is false. Staff close without that."""
    return tickets.confirm(room, who, ref, share=given.share if given else None)


@router.post("/tickets/{ref}/rate", **_SHOWN)
def rate(ref: str, given: RateIn, room: Room, who: Who) -> Json:
    """The firm rates the service; a later rating replaces it."""
    return tickets.rate(room, who, ref, rating=given.rating, comment=given.comment or "")


@router.post("/tickets/{ref}/transfer", **_SHOWN)
def transfer(ref: str, given: ReasonIn, room: Room, who: Who) -> Json:
    """Pass it on; it is offered to the others."""
    return tickets.transfer(room, who, ref, reason=given.reason)


@router.post("/tickets/{ref}/reopen", **_SHOWN)
def reopen(ref: str, room: Room, who: Who, given: Nothing | None = None) -> Json:
    """The same trouble again, within seven days."""
    del given
    return tickets.reopen(room, who, ref)


@router.post("/tickets/{ref}/cancel", **_SHOWN)
def cancel(ref: str, given: ReasonIn, room: Room, who: Who) -> Json:
    """Withdraw it."""
    return tickets.cancel(room, who, ref, reason=given.reason)


@router.post("/tickets/{ref}/escalate", **_SHOWN)
def escalate(ref: str, given: ReasonIn, room: Room, who: Who) -> Json:
    """Make it a package of the pool."""
    return tickets.escalate(room, who, ref, reason=given.reason)


@router.post("/tickets/{ref}/merge", **_SHOWN)
def merge(ref: str, given: MergeIn, room: Room, who: Who) -> Json:
    """Staff: join a duplicate to another open ticket of the same firm."""
    return tickets.merge(room, who, ref, into=given.into)


@router.post("/tickets/{ref}/assign", **_SHOWN)
def assign(ref: str, given: AssignIn, room: Room, who: Who) -> Json:
    """Staff: give an offered ticket to an engineer."""
    return tickets.assign(room, who, ref, engineer=given.engineer)
