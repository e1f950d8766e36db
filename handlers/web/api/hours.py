"""Engineers' hours, and whom a firm does not want. His own hours for an engineer, everyone's for staff."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from bot.clinic import blocks, hours
from handlers.web.casework import Reference, Short
from handlers.web.deps import Room, Who

router = APIRouter(prefix="/api/v1", tags=["people"])
Json = dict[str, Any]


class HoursIn(BaseModel):
    """What is to change; what is left out stays."""

    week: Short | None = Field(None, description="周一至周五 9:00-17:00；周六 休息。没写到的日子不变；空着则同中心。")
    place: Short | None = Field(None, description="常驻城市；空着则随单位。")
    languages: list[Short] | None = Field(None, description="中文之外的语言，如 英语。")
    skills: list[Short] | None = Field(None, description="专长：大白话或领域代码。")
    capacity: StrictInt | None = Field(None, description="同时最多几张工单。")
    unlimited: StrictBool = Field(False, description="工单数不限。")
    busy_until: Short | None = Field(None, description="忙到哪天（含），2026-11-25；空着则不忙了。")


class PlanIn(BaseModel):
    """Some days that differ."""

    first: Short = Field(description="2026-11-25")
    last: Short | None = Field(None, description="最后一天；不写就是一天。")
    hours: Short | None = Field(None, description="13:30-17:30、下午、休息；不写就照平时。")
    place: Short = Field("", description="那几天在的城市；空着照平时。")
    note: Short = ""


class SaidIn(BaseModel):
    """The same in a sentence."""

    model_config = ConfigDict(json_schema_extra={"example": {"text": "周三我在青岛，下午有空"}})

    text: Short


class PlanOut(BaseModel):
    """Some days that differ."""

    id: str
    first: str
    last: str
    hours: str | None = Field(description="空字符串是不接单，null 是照平时。")
    place: str | None
    note: str
    text: str


class HoursOut(BaseModel):
    """An engineer's hours."""

    id: str
    name: str
    week: str
    own_week: bool
    place: str | None
    languages: list[str]
    skills: list[str]
    capacity: int | None
    busy_until: str | None
    available: bool = Field(description="现在是否在岗。")
    opens: str | None = Field(description="下次上岗；两周内没有则为 null。")
    plans: list[PlanOut]
    understood: list[str] | None = Field(None, description="说的一句话读成了什么。")


@router.get("/people/{person}/hours", response_model=HoursOut)
def show(person: Reference, room: Room, who: Who) -> Json:
    """When and where an engineer works, and what he takes."""
    return hours.show(room, who, person)


@router.post("/people/{person}/hours", response_model=HoursOut)
def change(person: Reference, given: HoursIn, room: Room, who: Who) -> Json:
    """Change what is given."""
    return hours.change(room, who, person, **given.model_dump())


@router.post("/people/{person}/plans", status_code=201, response_model=HoursOut)
def add_plan(person: Reference, given: PlanIn, room: Room, who: Who) -> Json:
    """Some days that differ: elsewhere, other hours, away. They never overlap."""
    return hours.add_plan(room, who, person, **given.model_dump())


@router.post("/people/{person}/said", status_code=201, response_model=HoursOut)
def tell(person: Reference, given: SaidIn, room: Room, who: Who) -> Json:
    """The same in a sentence; `understood` says what it was read as."""
    return hours.tell(room, who, given.text, person)


@router.post("/people/{person}/plans/{plan}/delete", response_model=HoursOut)
def remove_plan(person: Reference, plan: Reference, room: Room, who: Who) -> Json:
    """Take a plan back."""
    return hours.remove_plan(room, who, plan, person)


class BlockIn(BaseModel):
    """Whom the firm does not want."""

    against: Reference = Field(description="工程师编号 p_… 或单位编号 o_…")


class BlockOut(BaseModel):
    """Whom the firm does not want."""

    against: str
    name: str


class BlockList(BaseModel):
    """All of them."""

    items: list[BlockOut]
    next: str | None = None


@router.get("/organisations/{organisation}/blocks", response_model=BlockList)
def list_blocks(organisation: Reference, room: Room, who: Who) -> Json:
    """Whom a firm does not want to come, for the firm and staff."""
    return blocks.listed(room, who, organisation)


@router.post("/organisations/{organisation}/blocks", status_code=201, response_model=BlockList)
def block(organisation: Reference, given: BlockIn, room: Room, who: Who) -> Json:
    """Invite this engineer, or anyone of this organisation, no more."""
    return blocks.add(room, who, organisation, against=given.against)


@router.post("/organisations/{organisation}/blocks/remove", response_model=BlockList)
def unblock(organisation: Reference, given: BlockIn, room: Room, who: Who) -> Json:
    """Take it back."""
    return blocks.remove(room, who, organisation, against=given.against)
