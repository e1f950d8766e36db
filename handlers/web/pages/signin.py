"""Signing in with a token, a private link's page, signing out. Everything works without JavaScript."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from bot.clinic import people, tickets
from bot.errors import BotError, Invalid, NotFound
from bot.rules.people import TOKEN_PREFIX, Caller
from handlers.web.deps import LOGIN, Room, Who, clear_login, csrf_of, require_own_page, set_login
from handlers.web.errors import problem_of
from handlers.web.pages.cases import case_view
from handlers.web.templating import render
from retrieval.protocols import Role

router = APIRouter(include_in_schema=False)
HOMES = {Role.ENGINEER: "/desk", Role.STAFF: "/console", Role.ADMIN: "/console"}
ROLES = {
    Role.SME: "企业",
    Role.ENGINEER: "共享工程师",
    Role.STAFF: "中心工作人员",
    Role.ADMIN: "管理员",
    Role.PUBLIC: "公众",
}
SECRET_PAGE = {"Cache-Control": "no-store"}
ENTER = "/enter/"
PLACES = {"/": "去问答", "/desk": "进工作台", "/console": "进控制台"}
Words = Annotated[str, Form(max_length=2000)]


def home_of(caller: Caller) -> str:
    """Where this person works."""
    return HOMES.get(caller.role, "/")


@router.get("/sign-in")
async def show(request: Request, room: Room, who: Who, next: str = "") -> Response:
    """The form, or who is signed in already, and a firm's cases with their talks."""
    held = (await run_in_threadpool(tickets.listed, room, who))["items"] if who.role is Role.SME else []
    return _form(request, who, onward=_local(next), cases=[case_view(ticket, room.clock()) for ticket in held])


@router.post("/sign-in")
async def sign_in(request: Request, room: Room, token: Words = "", next: Words = "") -> Response:
    """Sign in with a token; a private link that was pasted instead leads to its page."""
    require_own_page(request)
    given, onward = token.strip(), _local(next)
    if given and not given.startswith(TOKEN_PREFIX):
        key = given.rsplit(ENTER, 1)[-1].strip("/ ")
        if ENTER in given or len(key) > 40:  # a key alone has 43 characters, a mistyped token begins with its prefix
            return RedirectResponse(ENTER + quote(key, safe=""), status_code=303)
    try:
        if not given:
            raise Invalid("请填写口令。")
        opened = await run_in_threadpool(people.sign_in, room, given)
    except BotError as error:
        problem = problem_of(error)
        return _form(request, Caller(), onward=onward, failure=problem.message, status=problem.status)
    response = RedirectResponse(onward or home_of(opened.caller), status_code=303)
    set_login(request, response, opened.cookie)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, room: Room, who: Who) -> Response:
    """End this browser's login."""
    del who  # resolved for its check of the form
    if cookie := request.cookies.get(LOGIN):
        await run_in_threadpool(people.sign_out, room, cookie)
    response = RedirectResponse("/", status_code=303)
    clear_login(request, response)
    return response


@router.get(ENTER + "{key}")
async def show_link(key: str, request: Request, room: Room) -> Response:
    """What a private link opens, with a button: programs that look ahead at links must not use it up."""
    return await _link_page(request, room, key)


@router.post(ENTER + "{key}")
async def enter(
    key: str, request: Request, room: Room, name: Words = "", phone: Words = "", consent: Words = ""
) -> Response:
    """Go through the link: back to the talk, or to a new account whose token is shown once."""
    require_own_page(request)
    opens = await run_in_threadpool(people.look_at_link, room, key)
    if opens.role is None:
        opened = await run_in_threadpool(people.come_back, room, key)
        target = f"/talk/{opened.conversation}" if opened.conversation else "/"
        response: Response = RedirectResponse(target, status_code=303)
        set_login(request, response, opened.cookie)
        return response
    try:
        made, opened = await run_in_threadpool(
            lambda: people.accept(room, key, name=name, phone=phone, consent=bool(consent))
        )
    except NotFound:
        raise
    except BotError as error:
        problem = problem_of(error)
        return await _link_page(
            request, room, key, failure=problem.message, status=problem.status, filled={"name": name, "phone": phone}
        )
    values = {"made": made, "role": ROLES[opened.caller.role], "onward": home_of(opened.caller)}
    response = render(request, "welcome.html", values, headers=SECRET_PAGE)
    set_login(request, response, opened.cookie)
    return response


async def _link_page(
    request: Request,
    room: Room,
    key: str,
    *,
    failure: str = "",
    status: int = 200,
    filled: dict[str, str] | None = None,
) -> Response:
    opens = await run_in_threadpool(people.look_at_link, room, key)
    values = {
        "role": ROLES[opens.role] if opens.role else "",
        "organisation": opens.organisation or "",
        "needs_phone": opens.role is Role.SME,
        "failure": failure,
        "filled": filled or {"name": "", "phone": ""},
    }
    return render(request, "enter.html", values, status=status, headers=SECRET_PAGE)


def _form(
    request: Request,
    who: Caller,
    *,
    onward: str,
    failure: str = "",
    status: int = 200,
    cases: Sequence[dict[str, Any]] = (),
) -> Response:
    values = {
        "who": who,
        "role": ROLES[who.role],
        "home": onward or home_of(who),
        "place": "接着刚才的" if onward else PLACES[home_of(who)],
        "is_firm": who.role is Role.SME,
        "cases": cases,
        "onward": onward,
        "failure": failure,
        "csrf": csrf_of(request),
    }
    return render(request, "sign_in.html", values, status=status, headers=SECRET_PAGE)


def _local(path: str) -> str:
    """The path if it leads to a page of this site, else nothing: a link must not send who signs in elsewhere."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_local else ""
