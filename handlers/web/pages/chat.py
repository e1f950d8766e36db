"""The chat page. With JavaScript the talk is live; without it the same page is a form, and shows the whole talk each time."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Header, Query, Request, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from bot.bootstrap import Services
from bot.clinic import answers, conversations, files, people, resuming
from bot.clinic.conversations import Page
from bot.errors import BotError, NotFound
from bot.rules.conversations import private_key
from bot.rules.people import Caller
from bot.services.conversations import GONE
from bot.services.signing import Opened
from handlers.web.deps import Who, Wired, caller_now, csrf_of, set_login
from handlers.web.errors import problem_of
from handlers.web.live import Streams, stream
from handlers.web.pages.talking import Viewer, shown, ticket_bar
from handlers.web.pages.view import Shelf
from handlers.web.templating import piece, render
from retrieval.protocols import Role

router = APIRouter(include_in_schema=False)
EXAMPLES = (
    ("政策", "中心考核不合格会怎样"),
    ("课程", "最近有哪些适合新手的课程"),
    ("技术", "焊缝有气孔怎么办"),
    ("服务", "怎么联系你们"),
)
SIGN_IN = ("登录", "/sign-in")
CASES = ("我的工单", "/sign-in")
CONSOLE = ("控制台", "/console")
ACCOUNTS = {  # where whoever looks finds what is one's own
    Role.PUBLIC: SIGN_IN,
    Role.SME: CASES,
    Role.ENGINEER: ("工作台", "/desk"),
    Role.STAFF: CONSOLE,
    Role.ADMIN: CONSOLE,
}
PATIENCE_S = 20.0  # the script gives up after 30; what takes longer comes by the events
LONGEST = 1000  # messages of a talk that a page shows; later ones come as they are read on
ACCEPTED = "image/*,.pdf,.docx,.xlsx,.txt"  # what the picker shows; what a file is, its bytes say
After = Annotated[str | None, Query(max_length=64)]


class SaidIn(BaseModel):
    """One message; `after` is the last one that the page shows already."""

    text: str
    client_id: str
    after: str | None = None


@dataclass(frozen=True)
class Turn:
    """What became of a message: whether it is handled, and who speaks from now on, with a login where it registered a firm."""

    done: bool
    who: Caller
    opened: Opened | None = None


# --- the page -------------------------------------------------------------------------------------------------------------------------


@router.api_route("/", methods=["GET", "HEAD"])
async def show(request: Request, who: Who) -> Response:
    """The empty chat; the script brings back the talk that this browser had last."""
    return _page(request, who)


@router.post("/")
async def begin_plainly(
    request: Request,
    services: Wired,
    who: Who,
    text: Annotated[str, Form()] = "",
    client_id: Annotated[str, Form()] = "",
) -> Response:
    """A new talk with its first message, for browsers without JavaScript."""
    try:
        talk = (await run_in_threadpool(conversations.begin, services.clinic, who))["id"]
        turn = await _say(services, who, talk, text, client_id or new_key())
    except BotError as error:
        return _page(request, who, draft=text, error=error)
    return _to_talk(request, talk, turn)


@router.api_route("/talk/{talk}", methods=["GET", "HEAD"])
def show_talk(talk: str, request: Request, services: Wired, who: Who) -> Response:
    """A talk as it stands."""
    return _talk_page(request, services, who, talk)


@router.post("/talk/{talk}")
async def say_plainly(
    talk: str,
    request: Request,
    services: Wired,
    who: Who,
    text: Annotated[str, Form()] = "",
    client_id: Annotated[str, Form()] = "",
) -> Response:
    """One more message, for browsers without JavaScript."""
    try:
        turn = await _say(services, who, talk, text, client_id or new_key())
    except BotError as error:
        return await run_in_threadpool(_talk_page, request, services, who, talk, draft=text, error=error)
    return _to_talk(request, talk, turn)


@router.post("/talk/{talk}/files")
async def send_plainly(
    talk: str,
    request: Request,
    services: Wired,
    who: Who,
    file: Annotated[UploadFile, File()],
    client_id: Annotated[str, Form()] = "",
) -> Response:
    """A photo or a file, for browsers without JavaScript."""
    content = await file.read()
    put = partial(
        files.keep,
        services.clinic,
        services.lanes,
        who,
        talk,
        content,
        name=file.filename or "",
        client_id=client_id or new_key(),
    )
    try:
        await run_in_threadpool(put)
    except BotError as error:
        return await run_in_threadpool(_talk_page, request, services, who, talk, error=error)
    return RedirectResponse(f"/talk/{talk}#latest", 303)


def _to_talk(request: Request, talk: str, turn: Turn) -> Response:
    response = RedirectResponse(f"/talk/{talk}#latest", 303)
    if turn.opened:
        set_login(request, response, turn.opened.cookie)
    return response


def _talk_page(
    request: Request, services: Services, who: Caller, talk: str, *, draft: str = "", error: BotError | None = None
) -> Response:
    messages, standing = read_on(services, who, talk)
    viewer = asker_view(services, who, talk, csrf=csrf_of(request))
    return _page(request, who, talk=talk, messages=shown(messages, viewer), standing=standing, draft=draft, error=error)


def _page(
    request: Request,
    who: Caller,
    *,
    talk: str = "",
    messages: list[dict[str, Any]] | None = None,
    standing: dict[str, Any] | None = None,
    draft: str = "",
    error: BotError | None = None,
) -> Response:
    problem = problem_of(error) if error else None
    values = {
        "examples": EXAMPLES,
        "account": ACCOUNTS[who.role],
        "own": CASES[0],
        "asks_for_person": who.role in (Role.PUBLIC, Role.SME),
        "talk": talk,
        "owner": standing["owner"] if standing else "bot",
        "ticket": ticket_bar(standing.get("ticket") if standing else None),
        "messages": messages or [],
        "failure": problem.message if problem else "",
        "draft": draft,
        "client_id": new_key(),
        "csrf": csrf_of(request),
        "accepted": ACCEPTED,
    }
    return render(
        request,
        "chat.html",
        values,
        status=problem.status if problem else 200,
        headers=problem.headers if problem else {"Cache-Control": "no-store"},
    )


def new_key() -> str:
    """A key that makes a message one, however often its form is sent."""
    return secrets.token_hex(12)


# --- what the script of the page asks ---------------------------------------------------------------------------------------------------


@router.post("/talk")
def begin(services: Wired, who: Who) -> Response:
    """A new talk."""
    return JSONResponse(conversations.begin(services.clinic, who), 201)


@router.post("/talk/{talk}/messages")
async def say(talk: str, given: SaidIn, request: Request, services: Wired, who: Who) -> Response:
    """One message, and everything that the page does not show yet. `done` is false while it is still being worked on."""
    turn = await _say(services, who, talk, given.text, given.client_id)
    csrf = turn.opened.csrf if turn.opened else csrf_of(request)
    told = await run_in_threadpool(_told, services, turn.who, talk, given.after, csrf)
    response = JSONResponse(told | {"done": turn.done}, 200 if turn.done else 202)
    if turn.opened:
        set_login(request, response, turn.opened.cookie)
    return response


@router.get("/talk/{talk}/messages")
def read(talk: str, request: Request, services: Wired, who: Who, after: After = None) -> Response:
    """What the page does not show yet."""
    return JSONResponse(_told(services, who, talk, after, csrf_of(request)))


@router.get("/talk/{talk}/events")
async def watch(
    talk: str,
    request: Request,
    services: Wired,
    who: Who,
    after: After = None,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> Response:
    """Events `message` and `state`, as the page places them."""
    start = last_event_id or after or None
    rendered = _rendered(services, who, talk, csrf_of(request))

    def read(after: str | None) -> Page:
        caller_now(request, services, who)
        return rendered(after)

    page = await run_in_threadpool(read, start)  # refused before the stream begins, with a status
    await run_in_threadpool(conversations.note_reading, services.clinic, who, page.subject, own=page.own)
    streams: Streams = request.app.state.streams
    return stream(services.clinic, streams, talk, read, after=start)


def _told(services: Services, who: Caller, talk: str, after: str | None, csrf: str) -> dict[str, Any]:
    read = _rendered(services, who, talk, csrf)
    page = read(after or None)
    items = list(page.items)
    while page.more and len(items) < LONGEST:
        page = read(items[-1]["id"])
        items += page.items
    return {**page.standing, "items": items, "csrf": csrf}


def _rendered(services: Services, who: Caller, talk: str, csrf: str) -> Callable[[str | None], Page]:
    """Reads a part of the talk as the page shows it: messages as HTML, the ticket as its bar."""
    viewer = asker_view(services, who, talk, csrf=csrf)
    asked = ""

    def read(after: str | None) -> Page:
        nonlocal asked
        page = conversations.since(services.clinic, who, talk, after=after)
        items = [
            {"id": one["id"], "html": piece("message.html", "show_message", one)}
            for one in shown(page.items, viewer, asked=asked)
        ]
        asked = next((one["text"] for one in reversed(page.items) if one["from"] == "sme"), asked)
        bar = piece("ticket_bar.html", "show_ticket_bar", ticket_bar(page.standing.get("ticket")))
        standing = {"owner": page.standing["owner"], "state": bar.strip()}
        return replace(page, items=items, standing=standing)

    return read


# --- the talk -------------------------------------------------------------------------------------------------------------------------


async def _say(services: Services, who: Caller, talk: str, text: str, client_id: str) -> Turn:
    """Keep a message and wait a little for what it leads to."""
    try:
        number = await run_in_threadpool(
            lambda: conversations.post(services.clinic, services.lanes, who, talk, text=text, client_id=client_id)
        )
    except NotFound:
        return await _resumed(services, who, talk, client_id)
    outcome = await services.lanes.answered(number, PATIENCE_S)
    if outcome is None:
        return Turn(False, who)
    told = await run_in_threadpool(conversations.replies, services.clinic, talk, outcome)
    key = next((found for reply in told["replies"] if (found := private_key(reply["text"]))), None)
    if key is None or who.role is not Role.PUBLIC:
        return Turn(True, who)
    return await _let_in(services, key)


async def _let_in(services: Services, key: str) -> Turn:
    """The firm registered in this very turn: whoever posted it is let in by the link that the reply gives."""
    opened = await run_in_threadpool(people.come_back, services.clinic, key)
    return Turn(True, opened.caller, opened)


async def _resumed(services: Services, who: Caller, talk: str, client_id: str) -> Turn:
    """The same for a message sent again because its answer was lost: the talk is an account's by now."""
    key = None
    if who.role is Role.PUBLIC:
        key = await run_in_threadpool(resuming.lost_key, services.clinic, talk, client_id)
    if key is None:
        raise NotFound(GONE)
    return await _let_in(services, key)


def read_on(services: Services, who: Caller, talk: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The messages of a talk from its beginning, and how it stands.

    Raises:
        NotFound: the caller may not know of it.
    """
    page = conversations.since(services.clinic, who, talk)
    items = list(page.items)
    while page.more and len(items) < LONGEST:
        page = conversations.since(services.clinic, who, talk, after=items[-1]["id"])
        items += page.items
    conversations.note_reading(services.clinic, who, page.subject, own=page.own)
    return items, page.standing


def asker_view(services: Services, who: Caller, talk: str, *, csrf: str) -> Viewer:
    """The asker's side of a talk."""
    return Viewer(
        Shelf(services.library, who.principal),
        services.clinic.clock(),
        telephone=services.profile.telephone or "",
        action=f"/talk/{talk}",
        csrf=csrf,
        rated=answers.ratings(services.clinic, who, talk),
    )
