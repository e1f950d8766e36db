"""/demands: the pool, for staff. /views: the filters that a clerk keeps."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from bot.clinic import clusters, demands
from handlers.web.casework import (
    DemandDetail,
    DemandList,
    DemandOut,
    DuplicateList,
    MergeIn,
    PublishIn,
    ViewIn,
    ViewList,
    ViewOut,
)
from handlers.web.deps import Room, Who

router = APIRouter(prefix="/api/v1", tags=["demands"])
Json = dict[str, Any]
Word = Annotated[str, Query(max_length=64)]
Number = Annotated[str, Query(max_length=16, description="整数")]


@dataclass
class Chosen:
    """The filters of the pool as an address names them; what they may be is asked by `rules.pool.filters`."""

    state: Word = ""
    kind: Word = ""
    domain: Word = ""
    urgency: Word = ""
    town: Word = ""
    origin: Word = ""
    firm: Word = ""
    cluster: Word = ""
    package: Word = ""
    complete: Number = ""
    value: Number = ""
    days: Number = ""
    words: Word = ""
    sort: Word = ""


Filtered = Annotated[Chosen, Depends()]


@router.get("/demands", response_model=DemandList, response_model_exclude_unset=True)
def list_demands(
    room: Room, who: Who, chosen: Filtered, after: Annotated[str | None, Query(max_length=16)] = None
) -> Json:
    """The demands that fit, the newest first unless `sort` says otherwise."""
    return demands.listed(room, who, after=after, chosen=asdict(chosen))


@router.get("/demands/export", response_class=Response)
def export(room: Room, who: Who, chosen: Filtered, format: Annotated[str, Query(max_length=8)] = "csv") -> Response:
    """The demands that fit as a file."""
    return sheet(demands.export(room, who, format=format, chosen=asdict(chosen)), format)


def sheet(content: bytes, format: str) -> Response:
    """A file for a spreadsheet, to be saved."""
    headers = {
        "Content-Disposition": f'attachment; filename="demands.{format}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=demands.FORMATS[format], headers=headers)


@router.get("/demands/{ref}", response_model=DemandDetail, response_model_exclude_unset=True)
def show(ref: str, room: Room, who: Who) -> Json:
    """One demand, with what was merged into it."""
    return demands.show(room, who, ref)


@router.post("/demands/{ref}/merge", response_model=DemandOut, response_model_exclude_unset=True)
def merge(ref: str, given: MergeIn, room: Room, who: Who) -> Json:
    """Join a duplicate to another open demand of the same firm, their tickets with them."""
    return demands.merge(room, who, ref, into=given.into)


@router.post("/demands/{ref}/split", response_model=DemandOut, response_model_exclude_unset=True)
def split(ref: str, room: Room, who: Who) -> Json:
    """Take a merge back."""
    return demands.split(room, who, ref)


@router.get("/duplicates", response_model=DuplicateList, response_model_exclude_unset=True)
def list_duplicates(room: Room, who: Who, of: Annotated[str | None, Query(max_length=16)] = None) -> Json:
    """Pairs of one firm's demands that look like the same need."""
    return clusters.duplicates(room, who, of=of)


@router.post("/duplicates/{duplicate}/dismiss", response_model=dict[str, Any])
def dismiss(duplicate: Annotated[int, Path(ge=0, lt=2**31)], room: Room, who: Who) -> Json:
    """These are two needs."""
    return clusters.dismiss(room, who, duplicate)


@router.post("/demands/{ref}/publish", response_model=DemandOut, response_model_exclude_unset=True)
def publish(ref: str, room: Room, who: Who, given: PublishIn | None = None) -> Json:
    """Make it a package."""
    return demands.publish(room, who, ref, reason=(given.reason if given else None) or "")


@router.get("/views", response_model=ViewList, response_model_exclude_unset=True)
def list_views(room: Room, who: Who) -> Json:
    """The filters that the caller keeps."""
    return {"items": demands.choices(room, who)["views"], "next": None}


@router.post("/views", response_model=ViewOut, response_model_exclude_unset=True)
def keep_view(given: ViewIn, room: Room, who: Who) -> Json:
    """Keep filters under a name; the same name again replaces them."""
    return demands.keep_view(room, who, name=given.name, chosen=given.filters)


@router.post("/views/{view_id}/drop", response_model=dict[str, Any])
def drop_view(view_id: str, room: Room, who: Who) -> Json:
    """Keep them no longer."""
    return demands.drop_view(room, who, view_id)
