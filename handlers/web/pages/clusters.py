"""/console/clusters: the common problems of several firms."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from bot.bootstrap import Services
from bot.clinic import clusters
from bot.errors import BotError
from bot.rules.clusters import WORDS, ClusterState
from bot.rules.intake import DEMAND_NAMES
from bot.rules.people import Caller, check_clerk
from bot.rules.triage import DOMAIN_NAMES
from handlers.web.deps import Who, Wired
from handlers.web.errors import Problem, problem_of
from handlers.web.pages.clerks import console_frame, console_page, turned_away
from handlers.web.pages.pool import demand_view, money_words

router = APIRouter(prefix="/console/clusters", include_in_schema=False)
Words = Annotated[str, Form()]
Several = Annotated[list[str], Form()]
Json = dict[str, Any]
TOLD = {
    "made": "已归成一个共性难题。",
    "added": "已归入。",
    "merged": "已合并。",
    "split": "已拆出。",
    "renamed": "已改名，系统不会再改它。",
    "dissolved": "已解散。",
}


@router.api_route("", methods=["GET", "HEAD"])
def show_clusters(request: Request, services: Wired, who: Who, state: str = ClusterState.OPEN.value) -> Response:
    """All of a state, those of most firms first."""
    if (away := turned_away(request, who)) is not None:
        return away
    return _list(request, services, who, state if state in set(ClusterState) else ClusterState.OPEN.value)


def _list(request: Request, services: Services, who: Caller, state: str, problem: Problem | None = None) -> Response:
    items = clusters.listed(services.clinic, who, state=state)["items"]
    values = _frame(request, services, who, "/console/clusters") | {
        "items": [_view(item) for item in items],
        "states": [(each.value, words) for each, words in WORDS.items()],
        "state": state,
    }
    return console_page(request, "console_clusters.html", values, problem)


def _view(cluster: Json) -> Json:
    why = cluster["why"]
    return cluster | {
        "shared": list(dict.fromkeys((*why["things"], *why["words"]))),
        "state_words": WORDS[ClusterState(cluster["state"])],
        "kind_words": DEMAND_NAMES.get(cluster["kind"] or "", "—"),
        "domain_words": DOMAIN_NAMES.get(cluster["domain"] or "", "—"),
        "value_words": money_words(cluster["value"] or None),
    }


@router.post("")
def make(request: Request, services: Wired, who: Who, demands: Several = [], name: Words = "") -> Response:  # noqa: B006
    """归成一个共性难题."""
    check_clerk(who)
    try:
        made = clusters.make(services.clinic, who, demands=demands, name=name)
    except BotError as error:
        return _list(request, services, who, ClusterState.OPEN.value, problem_of(error))
    return _to(str(made["ref"]), "made")


@router.api_route("/{ref}", methods=["GET", "HEAD"])
def show_cluster(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """One, and what staff may do with it."""
    if (away := turned_away(request, who)) is not None:
        return away
    return _one(request, services, who, ref)


def _one(request: Request, services: Services, who: Caller, ref: str, problem: Problem | None = None) -> Response:
    held = clusters.show(services.clinic, who, ref)
    others = clusters.listed(services.clinic, who)["items"]
    values = _frame(request, services, who, f"/console/clusters/{ref}") | {
        "c": _view(held) | {"members": [demand_view(item) for item in held["items"]]},
        "others": [other for other in others if other["ref"] != ref],
        "is_open": held["state"] == ClusterState.OPEN,
    }
    return console_page(request, "console_cluster.html", values, problem)


@router.post("/{ref}/add")
def add(ref: str, request: Request, services: Wired, who: Who, refs: Words = "") -> Response:
    """再归入几条."""
    wanted = refs.replace("，", " ").replace(",", " ").replace("、", " ").split()
    act = partial(clusters.add, services.clinic, who, ref, demands=wanted)
    return _act(request, services, who, ref, act, "added")


@router.post("/{ref}/merge")
def merge(ref: str, request: Request, services: Wired, who: Who, into: Words = "") -> Response:
    """合并."""
    act = partial(clusters.merge, services.clinic, who, ref, into=into)
    return _act(request, services, who, ref, act, "merged", to=into)


@router.post("/{ref}/split")
def split(ref: str, request: Request, services: Wired, who: Who, demands: Several = [], name: Words = "") -> Response:  # noqa: B006
    """拆出去."""
    act = partial(clusters.split, services.clinic, who, ref, demands=demands, name=name)
    return _act(request, services, who, ref, act, "split")


@router.post("/{ref}/rename")
def rename(ref: str, request: Request, services: Wired, who: Who, name: Words = "") -> Response:
    """改名."""
    return _act(request, services, who, ref, partial(clusters.rename, services.clinic, who, ref, name=name), "renamed")


@router.post("/{ref}/dissolve")
def dissolve(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """解散."""
    return _act(request, services, who, ref, partial(clusters.dissolve, services.clinic, who, ref), "dissolved")


def _act(
    request: Request, services: Services, who: Caller, ref: str, act: Callable[[], object], done: str, *, to: str = ""
) -> Response:
    check_clerk(who)
    try:
        act()
    except BotError as error:
        return _one(request, services, who, ref, problem_of(error))
    return _to(to or ref, done)


def _to(ref: str, done: str) -> Response:
    return RedirectResponse(f"/console/clusters/{ref}?told={done}", 303)


def _frame(request: Request, services: Services, who: Caller, here: str) -> Json:
    made = console_frame(request, services, who, "clusters", here)
    told = TOLD.get(request.query_params.get("told", ""), "")
    return made | ({"told": told, "here": here} if told else {})
