"""/packages for anybody: what is put out to all (揭榜挂帅), and how one applies; /console/packages, where staff write and publish."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from bot.bootstrap import Services
from bot.clinic import packages
from bot.errors import BotError
from bot.rules.packages import FIELDS, REACH_WORDS, RIGHTS, WORDS, PackageState, Reach
from bot.rules.people import Caller, check_clerk
from handlers.web.deps import Who, Wired, csrf_of
from handlers.web.errors import Problem, problem_of
from handlers.web.pages.cases import moment_words
from handlers.web.pages.clerks import console_frame, console_page, turned_away
from handlers.web.pages.pool import demand_view
from handlers.web.templating import render

router = APIRouter(include_in_schema=False)
Words = Annotated[str, Form()]
Several = Annotated[list[str], Form()]
Json = dict[str, Any]
TOLD = {
    "made": "草稿已建好：工单已转为项目包，企业会看到一句说明。",
    "saved": "草稿已保存。",
    "published": "已发布，公开页面上能看到。",
    "closed": "已截止。",
    "dropped": "已作废，里面的需求可以放进别的项目包。",
    "deleted": "已删除这份申请的内容。",
}
APPLYING = ("name", "organisation", "contact", "proposal", "price", "time")


# --- for anybody ----------------------------------------------------------------------------------------------------------------------------


@router.api_route("/packages", methods=["GET", "HEAD"])
def show_public(request: Request, services: Wired, who: Who) -> Response:
    """What is put out now, as far as the reader's reach goes."""
    items = packages.listed(services.clinic, who, state=PackageState.PUBLISHED.value)["items"]
    return render(request, "packages.html", {"items": [_view(item) for item in items]}, headers=_FRESH)


_FRESH = {"Cache-Control": "no-store"}


@router.api_route("/packages/{ref}", methods=["GET", "HEAD"])
def show_one(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """One, with the form to apply."""
    return _public(request, services, who, ref)


@router.post("/packages/{ref}/apply")
def apply(
    ref: str,
    request: Request,
    services: Wired,
    who: Who,
    name: Words = "",
    organisation: Words = "",
    contact: Words = "",
    proposal: Words = "",
    price: Words = "",
    time: Words = "",
    consent: Words = "",
) -> Response:
    """揭榜."""
    given = dict(zip(APPLYING, (name, organisation, contact, proposal, price, time), strict=True))
    try:
        packages.apply(services.clinic, who, ref, consent=consent == "yes", given=given)
    except BotError as error:
        return _public(request, services, who, ref, given=given, error=error)
    return _public(
        request, services, who, ref, told="已收到您的揭榜申请，只有中心工作人员能看到；有进展会按您留的方式联系您。"
    )


def _public(
    request: Request,
    services: Services,
    who: Caller,
    ref: str,
    *,
    given: Json | None = None,
    told: str = "",
    error: BotError | None = None,
) -> Response:
    problem = problem_of(error) if error else None
    values = {
        "p": _view(packages.show(services.clinic, who, ref)),
        "csrf": csrf_of(request),
        "given": given or dict.fromkeys(APPLYING, ""),
        "told": told,
        "failure": problem.message if problem else "",
    }
    return render(
        request, "package.html", values, status=problem.status if problem else 201 if told else 200, headers=_FRESH
    )


def _view(package: Json) -> Json:
    return package | {
        "state_words": WORDS[PackageState(package["state"])],
        "reach_words": REACH_WORDS[Reach(package["reach"])],
        "aims": [line.strip() for line in package["metrics"].splitlines() if line.strip()],
        "published_words": moment_words(package["published"]),
    }


# --- for staff --------------------------------------------------------------------------------------------------------------------------------


@router.api_route("/console/packages", methods=["GET", "HEAD"])
def show_all(request: Request, services: Wired, who: Who) -> Response:
    """All packages, and what waits to become one."""
    if (away := turned_away(request, who)) is not None:
        return away
    return _list(request, services, who)


def _list(request: Request, services: Services, who: Caller, problem: Problem | None = None) -> Response:
    values = _frame(request, services, who, "/console/packages") | {
        "items": [_view(item) for item in packages.listed(services.clinic, who)["items"]],
        "waiting": [demand_view(item) for item in packages.waiting(services.clinic, who)["items"]],
    }
    return console_page(request, "console_packages.html", values, problem)


@router.post("/console/packages")
def make(request: Request, services: Wired, who: Who, demands: Several = [], cluster: Words = "") -> Response:  # noqa: B006
    """做成项目包."""
    check_clerk(who)
    try:
        made = packages.make(services.clinic, who, demands=demands, cluster=cluster or None)
    except BotError as error:
        return _list(request, services, who, problem_of(error))
    return _to(str(made["ref"]), "made")


@router.api_route("/console/packages/{ref}", methods=["GET", "HEAD"])
def show_package(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """One, its demands, its form, and who applied."""
    if (away := turned_away(request, who)) is not None:
        return away
    return _one(request, services, who, ref)


def _one(
    request: Request,
    services: Services,
    who: Caller,
    ref: str,
    problem: Problem | None = None,
    typed: Json | None = None,
) -> Response:
    held = packages.show(services.clinic, who, ref) | (typed or {})
    applied = packages.applications(services.clinic, who, ref)["items"]
    values = _frame(request, services, who, f"/console/packages/{ref}") | {
        "p": _view(held) | {"members": [demand_view(item) for item in held["items"]]},
        "fields": FIELDS,
        "reaches": [(each.value, words) for each, words in REACH_WORDS.items()],
        "rights": RIGHTS,
        "applied": [one | {"time_words": moment_words(one["at"])} for one in applied],
    }
    return console_page(request, "console_package.html", values, problem)


@router.post("/console/packages/{ref}")
def edit(
    ref: str,
    request: Request,
    services: Wired,
    who: Who,
    act: Words = "save",
    title: Words = "",
    goal: Words = "",
    metrics: Words = "",
    deadline: Words = "",
    period: Words = "",
    budget: Words = "",
    rights: Words = "",
    reach: Words = "",
) -> Response:
    """Keep the draft as it was written, and publish it where that was pressed."""
    check_clerk(who)
    written = (title, goal, metrics, deadline, period, budget, rights, reach or Reach.OPEN.value)
    typed = {name: words.replace("\r\n", "\n") for name, words in zip(FIELDS, written, strict=True)}
    try:
        packages.edit(services.clinic, who, ref, fields=typed)
        if act == "publish":
            packages.publish(services.clinic, who, ref)
    except BotError as error:
        return _one(request, services, who, ref, problem_of(error), typed)
    return _to(ref, "published" if act == "publish" else "saved")


@router.post("/console/packages/{ref}/close")
def close(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """截止."""
    return _act(request, services, who, ref, partial(packages.close, services.clinic, who, ref), "closed")


@router.post("/console/packages/{ref}/drop")
def drop(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """作废."""
    return _act(request, services, who, ref, partial(packages.drop, services.clinic, who, ref), "dropped")


@router.post("/console/packages/{ref}/applications/{application}/delete")
def empty(ref: str, application: str, request: Request, services: Wired, who: Who) -> Response:
    """删除申请内容."""
    act = partial(packages.empty, services.clinic, who, ref, application)
    return _act(request, services, who, ref, act, "deleted")


def _act(request: Request, services: Services, who: Caller, ref: str, act: Callable[[], object], done: str) -> Response:
    check_clerk(who)
    try:
        act()
    except BotError as error:
        return _one(request, services, who, ref, problem_of(error))
    return _to(ref, done)


def _to(ref: str, done: str) -> Response:
    return RedirectResponse(f"/console/packages/{ref}?told={done}", 303)


def _frame(request: Request, services: Services, who: Caller, here: str) -> Json:
    made = console_frame(request, services, who, "packages", here)
    told = TOLD.get(request.query_params.get("told", ""), "")
    return made | ({"told": told, "here": here} if told else {})
