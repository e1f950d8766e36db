"""The page of an engineer's hours: /desk/hours for himself, /console/people/{person}/hours for staff."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.bootstrap import Services
from bot.clinic import hours
from bot.errors import BotError, NotAllowed
from bot.rules.people import Caller, check_clerk, check_person
from bot.rules.triage import DOMAIN_NAMES
from handlers.web.deps import Who, Wired
from handlers.web.errors import Problem, problem_of
from handlers.web.pages.clerks import console_frame, console_page, turned_away
from handlers.web.pages.desk import frame, sign_in_first, then
from handlers.web.templating import render
from retrieval.protocols import Role

router = APIRouter(include_in_schema=False)
Words = Annotated[str, Form()]
Json = dict[str, Any]
CODES = {name: code for code, name in DOMAIN_NAMES.items()}


# --- the engineer's own ---------------------------------------------------------------------------------------------------------------


@router.api_route("/desk/hours", methods=["GET", "HEAD"])
def show_own(request: Request, services: Wired, who: Who) -> Response:
    """When and where one works, and what one takes."""
    if who.role is Role.PUBLIC:
        return sign_in_first(request)
    _require_engineer(who)
    return _own(request, services, who)


@router.post("/desk/hours")
def change_own(
    request: Request,
    services: Wired,
    who: Who,
    week: Words = "",
    place: Words = "",
    languages: Words = "",
    skills: Words = "",
    capacity: Words = "",
) -> Response:
    """Change it."""
    form = _form(week, place, languages, skills, capacity)
    return _own_done(request, services, who, lambda: hours.change(services.clinic, who, **form()))


@router.post("/desk/hours/said")
def tell_own(request: Request, services: Wired, who: Who, text: Words = "") -> Response:
    """周三我在青岛，下午有空."""
    return _own_done(request, services, who, lambda: hours.tell(services.clinic, who, text))


@router.post("/desk/hours/plans/{plan}/delete")
def remove_own(plan: str, request: Request, services: Wired, who: Who) -> Response:
    """Take a plan back."""
    return _own_done(request, services, who, lambda: hours.remove_plan(services.clinic, who, plan))


def _own(request: Request, services: Services, who: Caller, problem: Problem | None = None) -> Response:
    values = frame(request, services, who, place="工程师工作台", home="/desk", here="/desk/hours")
    values |= _values(hours.show(services.clinic, who), "/desk/hours", "/desk", "工作台")
    values["problem"] = problem.message if problem else ""
    return render(request, "desk_hours.html", values, status=problem.status if problem else 200)


def _own_done(request: Request, services: Services, who: Caller, act: Callable[[], object]) -> Response:
    _require_engineer(who)
    try:
        act()
    except BotError as error:
        return _own(request, services, who, problem_of(error))
    return then("/desk/hours", "hours")


def _require_engineer(who: Caller) -> None:
    check_person(who)
    if who.role is not Role.ENGINEER:
        raise NotAllowed("这一页只给共享工程师；工作人员请在控制台的人员页里改。")


# --- for staff ------------------------------------------------------------------------------------------------------------------------


@router.api_route("/console/people/{person}/hours", methods=["GET", "HEAD"])
def show_of(person: str, request: Request, services: Wired, who: Who) -> Response:
    """When and where an engineer works, and what he takes."""
    if (away := turned_away(request, who)) is not None:
        return away
    return _of(request, services, who, person)


@router.post("/console/people/{person}/hours")
def change_of(
    person: str,
    request: Request,
    services: Wired,
    who: Who,
    week: Words = "",
    place: Words = "",
    languages: Words = "",
    skills: Words = "",
    capacity: Words = "",
) -> Response:
    """Change it for him."""
    form = _form(week, place, languages, skills, capacity)
    return _of_done(request, services, who, person, lambda: hours.change(services.clinic, who, person, **form()))


@router.post("/console/people/{person}/hours/said")
def tell_of(person: str, request: Request, services: Wired, who: Who, text: Words = "") -> Response:
    """What he told staff."""
    return _of_done(request, services, who, person, lambda: hours.tell(services.clinic, who, text, person))


@router.post("/console/people/{person}/hours/plans/{plan}/delete")
def remove_of(person: str, plan: str, request: Request, services: Wired, who: Who) -> Response:
    """Take a plan back for him."""
    return _of_done(request, services, who, person, lambda: hours.remove_plan(services.clinic, who, plan, person))


def _of(request: Request, services: Services, who: Caller, person: str, problem: Problem | None = None) -> Response:
    here = f"/console/people/{person}/hours"
    values = console_frame(request, services, who, "people", here)
    values |= _values(hours.show(services.clinic, who, person), here, f"/console/people/{person}", "账号")
    return console_page(request, "console_hours.html", values, problem)


def _of_done(request: Request, services: Services, who: Caller, person: str, act: Callable[[], object]) -> Response:
    check_clerk(who)
    try:
        act()
    except BotError as error:
        problem = problem_of(error)
        if problem.status == 404:
            raise
        return _of(request, services, who, person, problem)
    return then(f"/console/people/{person}/hours", "hours")


# --- both -----------------------------------------------------------------------------------------------------------------------------


def _values(shown: Json, address: str, back: str, back_words: str) -> Json:
    shown = shown | {"skills": [DOMAIN_NAMES.get(skill, skill) for skill in shown["skills"]]}
    return {"h": shown, "address": address, "back": back, "back_words": back_words}


def _form(week: str, place: str, languages: str, skills: str, capacity: str) -> Callable[[], Json]:
    """What the form says; read where a refusal can be shown."""

    def values() -> Json:
        number = capacity.strip()
        return {
            "week": week,
            "place": place,
            "languages": _split(languages),
            "skills": [CODES.get(skill, skill) for skill in _split(skills)],
            "capacity": int(number) if number.isascii() and number.isdigit() else -1 if number else None,
            "unlimited": not number,
        }

    return values


def _split(words: str) -> list[str]:
    for mark in "，、;；\n":
        words = words.replace(mark, ",")
    return [word.strip() for word in words.split(",") if word.strip()]
