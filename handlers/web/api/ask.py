"""POST /ask: one question, the answer as JSON or as a stream of server-sent events."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from bot.assistant.shape import Answer
from bot.clinic import answers
from bot.errors import NotAllowed
from handlers.web.deps import AskDesk, Who, Wired
from handlers.web.schemas import AnswerOut, QuestionIn
from retrieval.protocols import Role

router = APIRouter(prefix="/api/v1", tags=["ask"])
STREAM = "text/event-stream"
# A piece ends after a sentence or a comma, so that a screen reader gets words and not halves of them.
PIECE = re.compile(r".{1,24}?(?:[，。；：！？、\n]+|$)|.{1,24}", re.DOTALL)

EVENTS = {
    STREAM: {
        "schema": {"type": "string"},
        "example": 'event: delta\ndata: {"text": "…"}\n\nevent: answer\ndata: {"id": "…"}\n\n',
    }
}


@router.post("/ask", response_model=AnswerOut, responses={200: {"content": EVENTS}})
async def ask(question: QuestionIn, request: Request, services: Wired, desk: AskDesk, who: Who) -> Response:
    """The answer to one question; with `Accept: text/event-stream` events `delta` (`{"text"}`) and, last, `answer`.

    `explain` adds the evidence, for staff alone. The deltas joined are the `answer` field. What can be refused is refused before the stream begins, with a status.
    """
    text, prev = question.checked()
    if question.explain and who.role not in (Role.STAFF, Role.ADMIN):
        raise NotAllowed("为什么这样答只给中心工作人员看，请用工作人员的账号。")
    answer = await desk.ask(text, principal=who.principal, prev=prev, explain=question.explain)
    said = answer.as_json()
    await run_in_threadpool(answers.keep, services.clinic, who, said, question=text, prev=prev)
    services.tally.answered(answer.outcome.value, answer.intent.value)
    if wants_stream(request):
        return stream(answer, said)
    return JSONResponse(said)


def wants_stream(request: Request) -> bool:
    """Whether the client asked for events."""
    return STREAM in request.headers.get("accept", "")


def stream(answer: Answer, last: dict[str, Any]) -> EventSourceResponse:
    """The words of the answer in pieces, then the whole of it."""

    async def events() -> AsyncIterator[ServerSentEvent]:
        for piece in pieces(answer.answer):
            yield ServerSentEvent(json.dumps({"text": piece}, ensure_ascii=False), event="delta")
        yield ServerSentEvent(json.dumps(last, ensure_ascii=False), event="answer")

    return EventSourceResponse(events())


def pieces(text: str) -> list[str]:
    """The text cut at pauses; joined they are the text again."""
    return PIECE.findall(text)
