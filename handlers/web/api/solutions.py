"""/solutions: how cases were solved, and what of it others may read."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from bot.clinic import solutions
from handlers.web.casework import Nothing
from handlers.web.deps import Room, Who

router = APIRouter(prefix="/api/v1", tags=["solutions"])
Json = dict[str, Any]


class Author(BaseModel):
    """An engineer or a clerk."""

    id: str
    name: str


class SolutionOut(BaseModel):
    """A solution in short."""

    model_config = ConfigDict(extra="allow")

    id: str
    ticket: str
    state: str = Field(description="draft、review、approved、indexed、retracted。")
    words: str = Field(description="状态的中文。")
    title: str
    domain: str
    author: Author | None
    reviewer: Author | None
    created: str
    approved: str | None
    retracted: str | None


class FindingOut(BaseModel):
    """Something in the copy that may point to somebody."""

    field: str
    kind: str
    words: str
    text: str
    blocks: bool = Field(description="还在公开稿里就不能通过审核。")


class SolutionDetail(SolutionOut):
    """A solution as a whole."""

    original: dict[str, str] = Field(description="工程师写的原文，只有本企业、作者和工作人员看得到。")
    shared: dict[str, str] = Field(description="去掉企业和个人信息的公开稿。")
    consent: bool = Field(description="企业是否同意公开。")
    findings: list[FindingOut] = Field(default=[], description="公开稿里可能指向具体企业或个人的内容；只给工作人员。")


class SolutionList(BaseModel):
    """Solutions, the newest first."""

    items: list[SolutionOut]
    next: str | None


class CopyIn(BaseModel):
    """What to change in the copy; what is left out stays."""

    model_config = ConfigDict(extra="ignore")

    title: str | None = None
    symptom: str | None = None
    cause: str | None = None
    steps: str | None = None
    verification: str | None = None
    limits: str | None = None


_SHOWN: Any = {"response_model": SolutionDetail, "response_model_exclude_unset": True}


@router.get("/solutions", response_model=SolutionList, response_model_exclude_unset=True)
def list_solutions(
    room: Room,
    who: Who,
    state: Annotated[str | None, Query(max_length=32)] = None,
    ticket: Annotated[str | None, Query(max_length=16)] = None,
) -> Json:
    """The solutions that the caller may see: an engineer his own, a firm those of its cases, staff all."""
    return solutions.listed(room, who, state=state, ticket=ticket)


@router.get("/solutions/{solution_id}", **_SHOWN)
def show(solution_id: str, room: Room, who: Who) -> Json:
    """The engineer's words and the copy for others; staff also see what in it may point to somebody."""
    return solutions.show(room, who, solution_id)


@router.post("/solutions/{solution_id}/edit", **_SHOWN)
def edit(solution_id: str, given: CopyIn, room: Room, who: Who) -> Json:
    """Staff change the copy before it is approved."""
    return solutions.edit(room, who, solution_id, given.model_dump(exclude_none=True))


@router.post("/solutions/{solution_id}/approve", **_SHOWN)
def approve(solution_id: str, room: Room, who: Who, given: Nothing | None = None) -> Json:
    """Staff other than the author let the copy into the index; it answers within seconds."""
    del given
    return solutions.approve(room, who, solution_id)


@router.post("/solutions/{solution_id}/retract", **_SHOWN)
def retract(solution_id: str, room: Room, who: Who, given: Nothing | None = None) -> Json:
    """Staff take it back for good; from then on nobody is shown it."""
    del given
    return solutions.retract(room, who, solution_id)
