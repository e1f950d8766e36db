"""Registrations, people, invitations, organisations, and one's own account."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from bot.clinic import people
from handlers.web.casework import Reference
from handlers.web.deps import Room, Who

router = APIRouter(prefix="/api/v1", tags=["people"])
Json = dict[str, Any]
RoleName = Literal["sme", "engineer", "staff", "admin"]
Words = Annotated[str, Field(max_length=200)]  # what fits exactly is decided with the rules of accounts


class RegistrationIn(BaseModel):
    """A firm that registers itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"organisation": "甲厂", "name": "王工", "phone": "0731-88880000", "consent": True}
        }
    )

    organisation: Words = Field(description="企业名称。总是新建一家未核实的企业，不会并入同名企业。")
    name: Words
    phone: Words = Field(description="手机号，或带区号的座机。")
    consent: StrictBool = Field(description="同意保存姓名和电话；必须为 true。")
    conversation: Reference | None = Field(None, description="登记前的对话编号；登记后归这家企业，说过的都还在。")


class RegistrationOut(BaseModel):
    """The new account; the token is shown this once."""

    token: str
    organisation: str
    verified: bool
    id: str
    conversation: str | None


class PersonIn(BaseModel):
    """An account that a clerk makes."""

    role: RoleName
    name: Words
    organisation: Words | None = Field(None, description="已核实企业的名称；没有就新建。")
    skills: list[Words] | None = Field(None, description="专长：大白话或领域代码。")
    capacity: StrictInt | None = Field(None, description="同时最多几张工单；不写不限。")
    phone: Words | None = None


class FirmOut(BaseModel):
    """A firm."""

    id: str
    name: str
    verified: bool
    since: datetime


class PersonOut(BaseModel):
    """An account, without its token."""

    id: str
    role: str
    name: str
    phone: str | None
    organisation: FirmOut | None
    skills: list[str]
    capacity: int | None
    active: bool
    since: datetime
    cases: int | None = Field(None, description="手上未办结的工单数，只在列表里有。")


class TokenOut(BaseModel):
    """An account with its token, which is shown this once."""

    id: str
    role: str
    name: str
    organisation: str | None
    token: str


class PersonList(BaseModel):
    """All accounts."""

    items: list[PersonOut]
    next: str | None = None


class FirmList(BaseModel):
    """All firms."""

    items: list[FirmOut]
    next: str | None = None


class InvitationIn(BaseModel):
    """Who is invited."""

    role: RoleName
    organisation: Words | None = Field(None, description="邀请企业人员时必填。")


class InvitationOut(BaseModel):
    """A link that makes one account within 7 days; shown this once."""

    key: str
    path: str
    role: str
    organisation: str | None
    expires: datetime


class JoinIn(BaseModel):
    """The firm to join."""

    organisation: Reference = Field(description="企业编号 o_…")


class DeletedOut(BaseModel):
    """What was deleted."""

    id: str
    deleted: bool
    rewritten: bool = Field(description="旧数据是否已从磁盘上清掉；否则下次删除时清。")


@router.post("/registrations", status_code=201, response_model=RegistrationOut)
def register(given: RegistrationIn, room: Room) -> Json:
    """A firm registers itself and goes on at once, unverified, as a firm of its own."""
    return people.register(room, **given.model_dump())


@router.get("/me", response_model=PersonOut)
def me(room: Room, who: Who) -> Json:
    """One's own account."""
    return people.me(room, who)


@router.get("/people", response_model=PersonList)
def list_people(room: Room, who: Who, role: Annotated[RoleName | None, Query()] = None) -> Json:
    """All accounts, for staff."""
    return people.list_people(room, who, role=role)


@router.post("/people", status_code=201, response_model=TokenOut)
def add(given: PersonIn, room: Room, who: Who) -> Json:
    """Make an account, for staff; clerks' accounts are the administrator's."""
    return people.add(room, who, **given.model_dump())


@router.get("/people/{person}", response_model=PersonOut)
def show(person: str, room: Room, who: Who) -> Json:
    """One account, for staff and its owner."""
    return people.show(room, who, person)


@router.post("/people/{person}/disable", response_model=PersonOut)
def disable(person: str, room: Room, who: Who) -> Json:
    """Close an account: token, logins and links are dead, an engineer's cases go back to the pool."""
    return people.disable(room, who, person)


@router.post("/people/{person}/enable", response_model=PersonOut)
def enable(person: str, room: Room, who: Who) -> Json:
    """Open an account again."""
    return people.enable(room, who, person)


@router.post("/people/{person}/token", response_model=TokenOut)
def reissue(person: str, room: Room, who: Who) -> Json:
    """A new token; the old one and all that it opened are dead at once."""
    return people.reissue(room, who, person)


@router.post("/people/{person}/join", response_model=PersonOut)
def join(person: str, given: JoinIn, room: Room, who: Who) -> Json:
    """Put someone who registered himself into an existing firm, for staff."""
    return people.join(room, who, person, given.organisation)


@router.post("/people/{person}/chat", status_code=201)
def chat_code(person: str, room: Room, who: Who) -> Json:
    """What connects a Telegram chat with this account, once and within an hour; for staff and for that person."""
    return people.chat_code(room, who, person)


@router.post("/people/{person}/export")
def export(person: str, room: Room, who: Who) -> Json:
    """Everything that is kept about a person, for staff and for that person."""
    return people.export(room, who, person)


@router.post("/people/{person}/delete", response_model=DeletedOut)
def delete(person: str, room: Room, who: Who) -> Json:
    """Forget a person, for staff and for that person. It cannot be undone."""
    return people.delete(room, who, person)


@router.post("/invitations", status_code=201, response_model=InvitationOut)
def invite(given: InvitationIn, room: Room, who: Who) -> Json:
    """A link by which one person makes an account, for staff."""
    return people.invite(room, who, role=given.role, organisation=given.organisation)


@router.get("/organisations", response_model=FirmList)
def list_organisations(room: Room, who: Who) -> Json:
    """All firms, for staff."""
    return people.list_organisations(room, who)


@router.post("/organisations/{organisation}/verify", response_model=FirmOut)
def verify(organisation: str, room: Room, who: Who) -> Json:
    """A clerk has checked that the firm is what it says."""
    return people.verify_organisation(room, who, organisation)
