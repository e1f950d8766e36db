"""/clusters: the common problems of several firms."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from bot.clinic import clusters
from handlers.web.casework import ClusterList, ClusterOut, GatherIn, MergeIn, NameIn
from handlers.web.deps import Room, Who

router = APIRouter(prefix="/api/v1", tags=["clusters"])
Json = dict[str, Any]


@router.get("/clusters", response_model=ClusterList, response_model_exclude_unset=True)
def list_clusters(room: Room, who: Who, state: Annotated[str | None, Query(max_length=16)] = None) -> Json:
    """Staff: all; a firm: those of its own demands, without a word that names another firm."""
    return clusters.listed(room, who, state=state)


@router.post("/clusters", response_model=ClusterOut, response_model_exclude_unset=True)
def make(given: GatherIn, room: Room, who: Who) -> Json:
    """Put demands of several firms together by hand."""
    return clusters.make(room, who, demands=given.demands, name=given.name)


@router.get("/clusters/{ref}", response_model=ClusterOut, response_model_exclude_unset=True)
def show(ref: str, room: Room, who: Who) -> Json:
    """One, for staff with its demands."""
    return clusters.show(room, who, ref)


@router.post("/clusters/{ref}/add", response_model=ClusterOut, response_model_exclude_unset=True)
def add(ref: str, given: GatherIn, room: Room, who: Who) -> Json:
    """Put further demands into it."""
    return clusters.add(room, who, ref, demands=given.demands)


@router.post("/clusters/{ref}/merge", response_model=ClusterOut, response_model_exclude_unset=True)
def merge(ref: str, given: MergeIn, room: Room, who: Who) -> Json:
    """Put all its demands into another one; gives that one."""
    return clusters.merge(room, who, ref, into=given.into)


@router.post("/clusters/{ref}/split", response_model=ClusterOut, response_model_exclude_unset=True)
def split(ref: str, given: GatherIn, room: Room, who: Who) -> Json:
    """Take demands out of it."""
    return clusters.split(room, who, ref, demands=given.demands, name=given.name)


@router.post("/clusters/{ref}/rename", response_model=ClusterOut, response_model_exclude_unset=True)
def rename(ref: str, given: NameIn, room: Room, who: Who) -> Json:
    """Give it a name that stays."""
    return clusters.rename(room, who, ref, name=given.name)


@router.post("/clusters/{ref}/dissolve", response_model=ClusterOut, response_model_exclude_unset=True)
def dissolve(ref: str, room: Room, who: Who) -> Json:
    """Its demands stand alone again."""
    return clusters.dissolve(room, who, ref)
