"""/ledger: what happened, for staff."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from bot.clinic import ledger
from handlers.web.casework import EntryList
from handlers.web.deps import Room, Who

router = APIRouter(prefix="/api/v1", tags=["ledger"])


@router.get("/ledger", response_model=EntryList)
def list_entries(
    room: Room,
    who: Who,
    after: Annotated[int, Query(ge=0, le=2**31)] = 0,
    subject: Annotated[str | None, Query(max_length=80)] = None,
) -> dict[str, Any]:
    """Events in order, from after a number on; those of one subject alone if named."""
    return ledger.listed(room, who, after=after, subject=subject)
