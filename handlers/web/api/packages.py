"""/packages: problems that are put out to all, and who applies."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from bot.clinic import packages
from handlers.web.casework import (
    ApplicationIn,
    ApplicationList,
    Made,
    PackageIn,
    PackageList,
    PackageMakeIn,
    PackageOut,
)
from handlers.web.deps import Room, Who

router = APIRouter(prefix="/api/v1", tags=["packages"])
Json = dict[str, Any]


@router.get("/packages", response_model=PackageList, response_model_exclude_unset=True)
def list_packages(room: Room, who: Who, state: Annotated[str | None, Query(max_length=16)] = None) -> Json:
    """Those that are published and within the caller's reach; staff: all."""
    return packages.listed(room, who, state=state)


@router.post("/packages", response_model=PackageOut, response_model_exclude_unset=True)
def make(given: PackageMakeIn, room: Room, who: Who) -> Json:
    """A draft of some demands, or of a common problem."""
    return packages.make(room, who, demands=given.demands, cluster=given.cluster, fields=given.named())


@router.get("/packages/{ref}", response_model=PackageOut, response_model_exclude_unset=True)
def show(ref: str, room: Room, who: Who) -> Json:
    """One."""
    return packages.show(room, who, ref)


@router.post("/packages/{ref}/edit", response_model=PackageOut, response_model_exclude_unset=True)
def edit(ref: str, given: PackageIn, room: Room, who: Who) -> Json:
    """Write a draft."""
    return packages.edit(room, who, ref, fields=given.named())


@router.post("/packages/{ref}/publish", response_model=PackageOut, response_model_exclude_unset=True)
def publish(ref: str, room: Room, who: Who) -> Json:
    """Put it out."""
    return packages.publish(room, who, ref)


@router.post("/packages/{ref}/close", response_model=PackageOut, response_model_exclude_unset=True)
def close(ref: str, room: Room, who: Who) -> Json:
    """No further applications."""
    return packages.close(room, who, ref)


@router.post("/packages/{ref}/drop", response_model=PackageOut, response_model_exclude_unset=True)
def drop(ref: str, room: Room, who: Who) -> Json:
    """A draft that is not to be."""
    return packages.drop(room, who, ref)


@router.post("/packages/{ref}/applications", status_code=201, response_model=Made, response_model_exclude_unset=True)
def apply(ref: str, given: ApplicationIn, room: Room, who: Who) -> Json:
    """Offer to do it; without an account too where it is open to all."""
    return packages.apply(room, who, ref, consent=given.consent, given=given.model_dump(exclude={"consent"}))


@router.get("/packages/{ref}/applications", response_model=ApplicationList, response_model_exclude_unset=True)
def list_applications(ref: str, room: Room, who: Who) -> Json:
    """Who applied; staff."""
    return packages.applications(room, who, ref)


@router.post("/packages/{ref}/applications/{application}/delete", response_model=dict[str, Any])
def empty(ref: str, application: str, room: Room, who: Who) -> Json:
    """Delete what an applicant wrote, at his wish; staff."""
    return packages.empty(room, who, ref, application)
