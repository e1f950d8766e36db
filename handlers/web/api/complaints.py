"""/complaints: anybody complains, staff read and close it."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from bot.clinic import complaints
from handlers.web.casework import Nothing
from handlers.web.deps import Room, Who

router = APIRouter(prefix="/api/v1", tags=["complaints"])
Json = dict[str, Any]


class ComplaintIn(BaseModel):
    """What one complains of."""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(description="1 至 4000 字。")
    contact: str | None = Field(None, description="怎样联系您；不写就没法回复。")


class ComplaintMade(BaseModel):
    """It is stored."""

    id: str
    at: str
    message: str = Field(description="一句话说明接下来会怎样。")


class ComplaintOut(BaseModel):
    """A complaint as staff see it."""

    id: str
    at: str
    text: str
    contact: str
    person: str | None = Field(description="登录后投诉的人。")
    handled: str | None = Field(description="什么时候办结。")


class ComplaintList(BaseModel):
    """Complaints, those that wait first."""

    items: list[ComplaintOut]
    next: None = None


@router.post("/complaints", status_code=201, response_model=ComplaintMade)
def make(given: ComplaintIn, room: Room, who: Who) -> Json:
    """Complain, with or without an account."""
    return complaints.make(room, who, text=given.text, contact=given.contact)


@router.get("/complaints", response_model=ComplaintList)
def list_complaints(room: Room, who: Who) -> Json:
    """Staff: all complaints."""
    return complaints.listed(room, who)


@router.post("/complaints/{complaint_id}/close", response_model=ComplaintOut)
def close(complaint_id: str, room: Room, who: Who, given: Nothing | None = None) -> Json:
    """Staff: it has been dealt with."""
    del given
    return complaints.close(room, who, complaint_id)
