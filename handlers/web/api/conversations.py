"""/conversations: begin a talk, post a message and get the replies, read on, watch it."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from bot.clinic import conversations, people
from bot.clinic.clinic import Clinic
from bot.clinic.conversations import Page
from bot.rules.people import Caller
from bot.work.inbox import Outcome
from handlers.web.casework import Made, MessageList, TurnIn, TurnOut
from handlers.web.deps import Who, Wired, caller_now
from handlers.web.live import Streams, stream

router = APIRouter(prefix="/api/v1", tags=["conversations"])
PATIENCE_S = 10.0
STREAM = {
    "text/event-stream": {
        "schema": {"type": "string"},
        "example": 'id: m_…\nevent: message\ndata: {"id": "m_…"}\n\nevent: state\ndata: {"owner": "engineer"}\n\n',
    }
}


@router.post("/conversations", response_model=Made)
def begin(services: Wired, who: Who) -> dict[str, object]:
    """A new talk, with or without an account."""
    return conversations.begin(services.clinic, who)


@router.post("/conversations/{conversation_id}/messages", response_model=TurnOut, responses={202: {"model": TurnOut}})
async def post(conversation_id: str, given: TurnIn, services: Wired, who: Who) -> Response:
    """One turn. The message is stored before it is worked on; where that takes over ten seconds, 202 without replies: read them later."""
    clinic, lanes = services.clinic, services.lanes
    number = await run_in_threadpool(
        lambda: conversations.post(clinic, lanes, who, conversation_id, text=given.text, client_id=given.client_id)
    )
    outcome = await lanes.answered(number, PATIENCE_S)
    turn = await run_in_threadpool(_turn, clinic, who, conversation_id, outcome)
    return JSONResponse(turn, 200 if outcome is not None else 202)


def _turn(clinic: Clinic, who: Caller, conversation_id: str, outcome: Outcome | None) -> dict[str, object]:
    turn = conversations.replies(clinic, conversation_id, outcome)
    if (account := people.registered(clinic, who, turn["replies"])) is not None:
        turn["registration"] = account
    return turn


@router.get("/conversations/{conversation_id}/messages", response_model=MessageList, response_model_exclude_unset=True)
def read(
    conversation_id: str, services: Wired, who: Who, after: Annotated[str | None, Query(max_length=64)] = None
) -> dict[str, object]:
    """The talk, from after a message on."""
    return conversations.messages(services.clinic, who, conversation_id, after=after)


@router.get("/conversations/{conversation_id}/events", response_class=Response, responses={200: {"content": STREAM}})
async def watch(
    conversation_id: str,
    request: Request,
    services: Wired,
    who: Who,
    after: Annotated[str | None, Query(max_length=64)] = None,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> Response:
    """Events of a talk: `message` and `state`. After a break the browser goes on where it was by `Last-Event-ID`."""
    clinic = services.clinic
    start = last_event_id or after

    def part(after: str | None) -> Page:
        return conversations.since(clinic, caller_now(request, services, who), conversation_id, after=after)

    page = await run_in_threadpool(part, start)  # refused before the stream begins, with a status
    await run_in_threadpool(conversations.note_reading, clinic, who, page.subject, own=page.own)
    streams: Streams = request.app.state.streams
    return stream(clinic, streams, conversation_id, part, after=start)
