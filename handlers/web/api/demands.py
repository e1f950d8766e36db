"""/demands: the pool, for staff."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from bot.clinic import demands
from handlers.web.casework import DemandList, DemandOut, MaybeReasonIn, MergeIn
from handlers.web.deps import Room, Who

router = APIRouter(prefix="/api/v1", tags=["demands"])
Json = dict[str, Any]


@router.get("/demands", response_model=DemandList, response_model_exclude_unset=True)
def list_demands(
    room: Room,
    who: Who,
    state: Annotated[str | None, Query(max_length=32)] = None,
    after: Annotated[str | None, Query(max_length=16)] = None,
) -> Json:
    """All demands, the newest first."""
    return demands.listed(room, who, state=state, after=after)


@router.post("/demands/{ref}/merge", response_model=DemandOut, response_model_exclude_unset=True)
def merge(ref: str, given: MergeIn, room: Room, who: Who) -> Json:
    """Join a duplicate to another open demand of the same firm, their tickets with them."""
    return demands.merge(room, who, ref, into=given.into)


@router.post("/demands/{ref}/publish", response_model=DemandOut, response_model_exclude_unset=True)
def publish(ref: str, room: Room, who: Who, given: MaybeReasonIn | None = None) -> Json:
    """Make it a package."""
    return demands.publish(room, who, ref, reason=(given.reason if given else None) or "")
