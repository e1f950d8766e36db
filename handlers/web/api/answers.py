"""/answers: what people say of answers, and the replay of those that were wrong."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from bot.clinic import answers
from handlers.web.deps import Room, Who, Wired
from handlers.web.schemas import AnswerOut

router = APIRouter(prefix="/api/v1", tags=["answers"])
Json = dict[str, Any]


class FeedbackIn(BaseModel):
    """What one thinks of an answer."""

    model_config = ConfigDict(extra="ignore")

    useful: StrictBool = Field(description="有用还是没用。")
    comment: str | None = Field(None, description="哪里不对，至多 2000 字。")


class FeedbackOut(BaseModel):
    """What was kept of it."""

    id: str = Field(description="回答的编号。")
    useful: bool
    comment: str


class RatedOut(BaseModel):
    """An answer that was rated, with the question that it was given to."""

    id: str
    at: str
    question: str = Field(description="问这句话的人注销后为空。")
    prev: list[str] = Field(description="同一个人先前说过的话，最早的在前。")
    role: str = Field(description="以谁的身份问的。")
    conversation: str | None
    useful: bool | None
    comment: str
    rated: str | None
    answer: AnswerOut | None


class RatedList(BaseModel):
    """Answers that were rated wrong, the latest first."""

    items: list[RatedOut]
    next: str | None
    useful: int = Field(description="一共有多少条被评为有用。")
    useless: int = Field(description="一共有多少条被评为没用。")


class ReplayOut(RatedOut):
    """The same question asked again of today's documents."""

    before: AnswerOut | None
    after: AnswerOut
    changed: list[str] = Field(description="哪些部分变了：outcome、answer、citations、near、courses、similar。")


@router.post("/answers/{answer_id}/feedback", response_model=FeedbackOut)
def feedback(answer_id: str, given: FeedbackIn, room: Room, who: Who) -> Json:
    """Say of one's own answer whether it was of use; without an account its id is what lets one. Saying it again replaces it."""
    return answers.rate(room, who, answer_id, useful=given.useful, comment=given.comment)


@router.get("/answers/wrong", response_model=RatedList)
def list_wrong(room: Room, who: Who, after: Annotated[int | None, Query(ge=1, lt=2**31)] = None) -> Json:
    """Staff: the answers that were rated as no use, with their questions."""
    return answers.wrong(room, who, after=after)


@router.post("/answers/{answer_id}/replay", response_model=ReplayOut)
def replay(answer_id: str, services: Wired, who: Who) -> Json:
    """Staff: ask the question of a rated answer again, and see both."""
    return answers.replay(services.clinic, who, answer_id, services.assistant.ask)
