"""/desk: what an engineer may claim, his cases, the talk with the firm, notes, and how it ends."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bot.bootstrap import Services
from bot.clinic import files, offers, overviews, tickets
from bot.errors import BotError, Conflict, NotAllowed
from bot.rules.conversations import Sender
from bot.rules.matching import DECLINES
from bot.rules.people import Caller, check_person
from bot.rules.tickets import IllegalMove
from bot.services.offers import POOL
from handlers.web.deps import SAFE, Who, Wired, caller_now, csrf_of
from handlers.web.errors import Problem, problem_of
from handlers.web.live import Streams
from handlers.web.pages.cases import FORM, case_view, notes_view, prefilled
from handlers.web.pages.changes import changes
from handlers.web.pages.chat import ACCEPTED, new_key
from handlers.web.pages.talking import Viewer, shown
from handlers.web.pages.view import Shelf
from handlers.web.templating import render
from retrieval.protocols import Role

router = APIRouter(prefix="/desk", include_in_schema=False)
TABS = {"talk": "对话", "facts": "资料", "notes": "备注", "end": "办结"}
LEFT_TABS = {"talk": "对话", "facts": "资料", "end": "结果"}  # of a case that was one's own
Words = Annotated[str, Form()]
Json = dict[str, Any]
DONE = {  # what a page says once, behind the code that its address brings along
    "release": "已退回需求池，由别的工程师接。",
    "transfer": "已转出，对话和备注会一并交给下一位。",
    "escalate": "已转为项目包，由中心统筹。",
    "assign": "已指派，工程师和企业都会看到。",
    "merge": "已合并，企业会看到一句说明。",
    "cancel": "已撤回，企业会看到一句说明。",
    "confirm": "已办结。",
    "reopen": "已重新打开。",
    "save": "公开稿已保存。",
    "approve": "已通过，几秒内就能查到。",
    "retract": "已撤下，回答里不再出现。",
    "handled": "已办结。",
    "join": "已并入，对话和工单一起过去了。",
    "delete": "已删除，姓名、电话和说过的话都清空了。",
    "disable": "已停用，口令和登录已经失效。",
    "enable": "已重新启用。",
    "verify": "已核实。",
    "hours": "已保存，派单会照着来。",
    "decline": "已记下，这一单不再给您。",
}


def then(to: str, done: str = "") -> RedirectResponse:
    """On to a page, which says what was done where there are words for it."""
    return RedirectResponse(f"{to}?done={done}" if done in DONE else to, 303)


def frame(request: Request, services: Services, who: Caller, *, place: str, home: str, here: str) -> Json:
    """What every page of desk and console needs.

    Args:
        here: The address of the page itself, for one that is shown because a form was refused or done.
    """
    told = DONE.get(request.query_params.get("done", ""), "")
    return {
        "who": who,
        "csrf": csrf_of(request),
        "place": place,
        "home": home,
        "now": services.clinic.clock().isoformat(),
        "here": here if told or request.method not in SAFE else "",
        "events": "",
        "problem": "",
        "told": told,
    }


def sign_in_first(request: Request) -> Response:
    """To the page where one signs in, and back from there."""
    return RedirectResponse(f"/sign-in?next={request.url.path}", 303)


def _frame(request: Request, services: Services, who: Caller, here: str) -> Json:
    return frame(request, services, who, place="工程师工作台", home="/desk", here=here)


# --- the list -------------------------------------------------------------------------------------------------------------------------


@router.api_route("", methods=["GET", "HEAD"])
def show(request: Request, services: Wired, who: Who) -> Response:
    """Offers and one's own cases."""
    if who.role is Role.PUBLIC:
        return sign_in_first(request)
    if who.is_clerk:
        return RedirectResponse("/console", 303)
    return _list(request, services, who)


def _list(request: Request, services: Services, who: Caller, problem: Problem | None = None) -> Response:
    day = overviews.desk(services.clinic, who)
    now = services.clinic.clock()
    values = _frame(request, services, who, "/desk") | {
        "events": "/desk/events",
        "mine": [case_view(case, now) for case in day["mine"]],
        "past": [case_view(case, now) for case in day["past"]],
        "offers": [offer | {"ticket": case_view(offer["ticket"], now)} for offer in day["offers"]],
        "besides": [case_view(case, now) for case in day["besides"]],
        "declines": tuple(DECLINES.values()),
        "problem": problem.message if problem else "",
    }
    return render(request, "desk.html", values, status=problem.status if problem else 200)


@router.get("/events")
def watch(request: Request, services: Wired, who: Who) -> Response:
    """Tells the list that it changed."""

    def look() -> tuple[Json, frozenset[str]]:
        day = overviews.desk(services.clinic, caller_now(request, services, who))
        return day, frozenset({POOL, *(case["conversation"] for case in day["mine"])})

    look()  # refused before the stream begins, with a status
    streams: Streams = request.app.state.streams
    return changes(services.clinic, streams, who.person or "", look)


@router.post("/offers/{offer}/decline")
def decline(offer: str, request: Request, services: Wired, who: Who, reason: Words = "") -> Response:
    """Not this one, and why."""
    act = partial(offers.decline, services.clinic, who, offer, reason=reason)
    return _done(request, services, who, act, "/desk", done="decline")


# --- one case -------------------------------------------------------------------------------------------------------------------------


@router.api_route("/tickets/{ref}", methods=["GET", "HEAD"])
def show_case(ref: str, request: Request, services: Wired, who: Who, tab: str = "talk") -> Response:
    """The talk of a case, or its facts, its notes, its end."""
    if who.role is Role.PUBLIC:
        return sign_in_first(request)
    if who.is_clerk:
        return RedirectResponse(f"/console/tickets/{ref}", 303)
    return _case(request, services, who, ref, tab)


def _case(
    request: Request, services: Services, who: Caller, ref: str, tab: str, problem: Problem | None = None
) -> Response:
    _require_engineer(who)
    ticket = tickets.show(services.clinic, who, ref)
    firm = ticket.get("organisation") or {}
    case = case_view(ticket, services.clinic.clock())
    mine = bool(ticket["owner"]) and ticket["owner"]["id"] == who.person
    viewer = Viewer(
        Shelf(services.library, who.principal),
        services.clinic.clock(),
        own=Sender.ENGINEER,
        name=who.name,
        firm=firm.get("name", "企业"),
    )
    tab = tab if tab in (TABS if mine else LEFT_TABS if firm else ()) else "talk"
    values = _frame(request, services, who, f"/desk/tickets/{ref}{'' if tab == 'talk' else f'?tab={tab}'}") | {
        "t": case
        | {"firm": firm.get("name", ""), "verified": firm.get("verified", True), "notes": notes_view(ticket["notes"])},
        "mine": mine,
        "was_mine": bool(firm),
        "tabs": tuple((TABS if mine else LEFT_TABS if firm else {}).items()),
        "is_last": bool(ticket["last_owner"]) and ticket["last_owner"]["id"] == who.person,
        "tab": tab,
        "messages": shown(ticket["messages"], viewer),
        "events": f"/desk/tickets/{ref}/events",
        "client_id": new_key(),
        "accepted": ACCEPTED,
        "form_fields": FORM,
        "filled": prefilled(ticket),
        "problem": problem.message if problem else "",
    }
    return render(request, "desk_ticket.html", values, status=problem.status if problem else 200)


@router.get("/tickets/{ref}/events")
def watch_case(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """Tells the case's page that it changed."""
    _require_engineer(who)
    return watch_ticket(request, services, who, ref)


def watch_ticket(request: Request, services: Services, who: Caller, ref: str) -> Response:
    """Tells a page that shows this ticket when anything about it changed."""

    def look() -> tuple[Json, frozenset[str]]:
        held = overviews.standing(services.clinic, caller_now(request, services, who), ref)
        return held, frozenset({POOL, held["conversation"]})

    look()  # refused before the stream begins, with a status
    streams: Streams = request.app.state.streams
    return changes(services.clinic, streams, who.person or "", look)


@router.post("/tickets/{ref}/claim")
def claim(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """接单."""

    def act() -> object:
        try:
            return tickets.claim(services.clinic, who, ref)
        except IllegalMove as error:
            if error.owner is None or error.owner == who.name:
                raise
            raise Conflict(f"{ref} 刚被{error.owner}接走了，看看别的工单。") from None

    return _done(request, services, who, act, f"/desk/tickets/{ref}")


@router.post("/tickets/{ref}/messages")
def say(ref: str, request: Request, services: Wired, who: Who, text: Words = "", client_id: Words = "") -> Response:
    """A word to the firm."""

    def act() -> object:
        return tickets.say(services.clinic, who, ref, text=text, client_id=client_id or new_key())

    return _done(request, services, who, act, f"/desk/tickets/{ref}", ref=ref)


@router.post("/tickets/{ref}/files")
async def send(
    ref: str,
    request: Request,
    services: Wired,
    who: Who,
    file: Annotated[UploadFile, File()],
    client_id: Words = "",
) -> Response:
    """A photo or a file for the firm."""
    content = await file.read()

    def act() -> object:
        talk = str(tickets.show(services.clinic, who, ref)["conversation"])
        return files.keep(
            services.clinic,
            services.lanes,
            who,
            talk,
            content,
            name=file.filename or "",
            client_id=client_id or new_key(),
        )

    return await run_in_threadpool(lambda: _done(request, services, who, act, f"/desk/tickets/{ref}", ref=ref))


@router.post("/tickets/{ref}/wait")
def wait(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """等企业回复."""
    return _done(
        request,
        services,
        who,
        lambda: tickets.wait(services.clinic, who, ref),
        f"/desk/tickets/{ref}",
        ref=ref,
    )


@router.post("/tickets/{ref}/notes")
def note(ref: str, request: Request, services: Wired, who: Who, text: Words = "") -> Response:
    """An internal note."""
    to = f"/desk/tickets/{ref}?tab=notes"
    return _done(
        request, services, who, lambda: tickets.note(services.clinic, who, ref, text=text), to, ref=ref, tab="notes"
    )


@router.post("/tickets/{ref}/resolve")
def resolve(
    ref: str,
    request: Request,
    services: Wired,
    who: Who,
    symptom: Words = "",
    cause: Words = "",
    steps: Words = "",
    verification: Words = "",
    limits: Words = "",
) -> Response:
    """The solution, for the firm to confirm."""
    form = {"symptom": symptom, "cause": cause, "steps": steps, "verification": verification, "limits": limits}
    to = f"/desk/tickets/{ref}?tab=end"
    return _done(
        request, services, who, lambda: tickets.resolve(services.clinic, who, ref, form=form), to, ref=ref, tab="end"
    )


@router.post("/tickets/{ref}/release")
def release(ref: str, request: Request, services: Wired, who: Who, reason: Words = "") -> Response:
    """退回需求池."""
    act = partial(tickets.release, services.clinic, who, ref, reason=reason)
    return _done(request, services, who, act, "/desk", ref=ref, tab="end", done="release")


@router.post("/tickets/{ref}/transfer")
def transfer(ref: str, request: Request, services: Wired, who: Who, reason: Words = "") -> Response:
    """转出."""
    act = partial(tickets.transfer, services.clinic, who, ref, reason=reason)
    return _done(request, services, who, act, "/desk", ref=ref, tab="end", done="transfer")


@router.post("/tickets/{ref}/escalate")
def escalate(ref: str, request: Request, services: Wired, who: Who, reason: Words = "") -> Response:
    """转为项目包."""
    act = partial(tickets.escalate, services.clinic, who, ref, reason=reason)
    return _done(request, services, who, act, "/desk", ref=ref, tab="end", done="escalate")


def _done(
    request: Request,
    services: Services,
    who: Caller,
    act: Callable[[], object],
    to: str,
    *,
    ref: str = "",
    tab: str = "talk",
    done: str = "",
) -> Response:
    """Act and go on; what was refused is shown on the page that it came from."""
    _require_engineer(who)
    try:
        act()
    except BotError as error:
        problem = problem_of(error)
        if not ref or problem.status == 404:
            return _list(request, services, who, problem)
        return _case(request, services, who, ref, tab, problem)
    return then(to, done)


def _require_engineer(who: Caller) -> None:
    check_person(who)
    if who.role is not Role.ENGINEER:
        raise NotAllowed("工作台只给共享工程师；请用工程师的口令登录。")
