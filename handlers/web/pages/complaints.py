"""/complaints for anybody, without an account or a script; the console's list of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.bootstrap import Services
from bot.clinic import complaints
from bot.errors import BotError
from bot.rules.people import Caller, check_clerk
from handlers.web.deps import Who, Wired, csrf_of
from handlers.web.errors import problem_of
from handlers.web.pages.cases import moment_words
from handlers.web.pages.clerks import console_frame, console_page, turned_away
from handlers.web.pages.desk import then
from handlers.web.templating import render

router = APIRouter(include_in_schema=False)
Words = Annotated[str, Form()]


@router.api_route("/complaints", methods=["GET", "HEAD"])
def show(request: Request, services: Wired, who: Who) -> Response:
    """Where anybody complains."""
    del who  # resolved so that the form of who signed in carries its word
    return _page(request, services)


@router.post("/complaints")
def make(request: Request, services: Wired, who: Who, text: Words = "", contact: Words = "") -> Response:
    """Take it down, and say what becomes of it."""
    try:
        made = complaints.make(services.clinic, who, text=text, contact=contact)
    except BotError as error:
        return _page(request, services, text=text, contact=contact, error=error)
    return _page(request, services, told=made["message"])


def _page(
    request: Request,
    services: Services,
    *,
    text: str = "",
    contact: str = "",
    told: str = "",
    error: BotError | None = None,
) -> Response:
    problem = problem_of(error) if error else None
    values: dict[str, Any] = {
        "csrf": csrf_of(request),
        "where": services.profile.complaints or "",
        "text": text,
        "contact": contact,
        "told": told,
        "failure": problem.message if problem else "",
    }
    status = problem.status if problem else 201 if told else 200
    return render(request, "complaints.html", values, status=status, headers={"Cache-Control": "no-store"})


@router.api_route("/console/complaints", methods=["GET", "HEAD"])
def show_all(request: Request, services: Wired, who: Who) -> Response:
    """All complaints, those that wait first."""
    if (away := turned_away(request, who)) is not None:
        return away
    return _list(request, services, who)


@router.post("/console/complaints/{complaint}/close")
def close(complaint: str, request: Request, services: Wired, who: Who) -> Response:
    """办结."""
    check_clerk(who)
    try:
        complaints.close(services.clinic, who, complaint)
    except BotError as error:
        return _list(request, services, who, error)
    return then("/console/complaints", "handled")


def _list(request: Request, services: Services, who: Caller, error: BotError | None = None) -> Response:
    items = complaints.listed(services.clinic, who)["items"]
    values = console_frame(request, services, who, "complaints", "/console/complaints") | {
        "items": [item | {"time": moment_words(item["at"])} for item in items],
    }
    return console_page(request, "console_complaints.html", values, problem_of(error) if error else None)
