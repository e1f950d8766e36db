"""/console/demands: the demand pool, its filters, its duplicates, and a single demand."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from bot.bootstrap import Services
from bot.clinic import clusters, demands
from bot.errors import BotError
from bot.rules.demands import WORDS, DemandState
from bot.rules.intake import DEMAND_NAMES, URGENCY_NAMES
from bot.rules.people import Caller, check_clerk
from bot.rules.pool import LIVE, MARK_NAMES, OPEN, ORIGINS, SORT_NAMES, filters
from bot.rules.triage import DOMAIN_NAMES
from handlers.web.api.demands import Filtered, sheet
from handlers.web.deps import Who, Wired
from handlers.web.errors import Problem, problem_of
from handlers.web.pages.cases import moment_words
from handlers.web.pages.clerks import console_frame, console_page, turned_away

router = APIRouter(prefix="/console/demands", include_in_schema=False)
Words = Annotated[str, Form()]
Json = dict[str, Any]
STATES = ((OPEN, "未办结"), ("all", "全部"), *((state.value, words) for state, words in WORDS.items()))
LEVELS = ((40, "40 以上"), (60, "60 以上"), (80, "80 以上"), (100, "四项齐全"))
SUMS = ((10_000, "1 万元以上"), (100_000, "10 万元以上"), (1_000_000, "100 万元以上"))
AGES = ((3, "3 天以上"), (7, "7 天以上"), (30, "30 天以上"))
FIRST = ("state", "kind", "domain", "sort")  # the others are folded away
SHARED = (("any", "已归入"), ("none", "未归入"))
TOLD = {
    "kept": "筛选条件已保存。",
    "dropped": "已删掉这组筛选条件。",
    "merge": "已合并，企业会看到一句说明。",
    "split": "已拆出，回到需求池，另开了一张工单。",
    "dismissed": "记下了：不是重复，不再提示。",
    "joined": "已合并，企业会看到一句说明。",
}


@router.api_route("", methods=["GET", "HEAD"])
def show_pool(
    request: Request, services: Wired, who: Who, chosen: Filtered, after: Annotated[str, Query(max_length=16)] = ""
) -> Response:
    """All demands that fit."""
    if (away := turned_away(request, who)) is not None:
        return away
    return _pool(request, services, who, asdict(chosen), after=after)


def _pool(
    request: Request, services: Services, who: Caller, given: Json, *, after: str = "", problem: Problem | None = None
) -> Response:
    wanted = {**given, "state": "" if given.get("state") == "all" else given.get("state") or OPEN}
    try:
        listed = demands.listed(services.clinic, who, after=after or None, chosen=wanted)
    except BotError as error:
        problem, wanted = problem_of(error), {"state": OPEN}
        listed = demands.listed(services.clinic, who, chosen=wanted)
    choices = demands.choices(services.clinic, who)
    held = filters(wanted).as_json() | {"state": wanted["state"] or "all"}
    values = _frame(request, services, who, "demands", "/console/demands") | {
        "items": [demand_view(item) for item in listed["items"]],
        "total": listed["total"],
        "next": f"/console/demands?{urlencode({**held, 'after': listed['next']})}" if listed["next"] else "",
        "held": held,
        "query": urlencode(held),
        "narrowed": bool(held.keys() - {"words", "after", *FIRST}),
        "duplicates": clusters.duplicates_waiting(services.clinic, who),
        "views": [view | {"query": urlencode(view["filters"])} for view in choices["views"]],
        "selects": _selects(choices["towns"]),
        "events": "/console/events",
    }
    return console_page(request, "console_demands.html", values, problem)


def _selects(towns: list[str]) -> list[Json]:
    """The filters as they are shown: name, label, choices."""
    return [
        {
            "name": name,
            "label": label,
            "first": name in FIRST,
            "all": name != "state" and name != "sort",
            "choices": list(choices),
        }
        for name, label, choices in (
            ("state", "状态", STATES),
            ("kind", "类型", DEMAND_NAMES.items()),
            ("domain", "领域", DOMAIN_NAMES.items()),
            ("urgency", "紧急", URGENCY_NAMES.items()),
            ("town", "地区", [(town, town) for town in towns]),
            ("origin", "来源", ORIGINS.items()),
            ("complete", "完整度", LEVELS),
            ("value", "涉及金额", SUMS),
            ("days", "等了", AGES),
            ("cluster", "共性难题", SHARED),
            ("sort", "排序", [(sort.value, words) for sort, words in SORT_NAMES.items()]),
        )
    ]


def demand_view(item: Json) -> Json:
    """A demand with words for its codes."""
    return item | {
        "state_words": WORDS[DemandState(item["state"])],
        "is_open": DemandState(item["state"]) in LIVE,
        "urgency_words": URGENCY_NAMES[item["urgency"]],
        "domain_words": DOMAIN_NAMES[item["domain"]],
        "kind_words": DEMAND_NAMES.get(item["kind"] or "", "—"),
        "origin_words": ORIGINS.get(item["origin"], item["origin"]),
        "value_words": money_words(item["value"]),
        "created_words": moment_words(item["created"]),
        "age_words": "今天" if item["age_days"] == 0 else f"{item['age_days']} 天",
        "has": [{"name": name, "held": mark.value in item["marks"]} for mark, name in MARK_NAMES.items()],
    }


def money_words(yuan: int | None) -> str:
    """300000 as 30 万元; empty for None."""
    if yuan is None:
        return ""
    for unit, words in ((100_000_000, "亿元"), (10_000, "万元")):
        if yuan >= unit:
            return f"{yuan / unit:.4g} {words}"
    return f"{yuan} 元"


@router.get("/export")
def export(request: Request, services: Wired, who: Who, chosen: Filtered, format: str = "csv") -> Response:
    """The demands that fit as a file."""
    if (away := turned_away(request, who)) is not None:
        return away
    given = asdict(chosen)
    wanted = given | {"state": "" if given["state"] == "all" else given["state"] or OPEN}
    try:
        return sheet(demands.export(services.clinic, who, format=format, chosen=wanted), format)
    except BotError as error:
        return _pool(request, services, who, given, problem=problem_of(error))


@router.api_route("/duplicates", methods=["GET", "HEAD"])
def show_duplicates(request: Request, services: Wired, who: Who) -> Response:
    """Pairs of one firm's demands that look like one need."""
    if (away := turned_away(request, who)) is not None:
        return away
    return _duplicates(request, services, who)


def _duplicates(request: Request, services: Services, who: Caller, problem: Problem | None = None) -> Response:
    pairs = clusters.duplicates(services.clinic, who)["items"]
    values = _frame(request, services, who, "demands", "/console/demands/duplicates") | {
        "items": [
            pair | {"first": demand_view(pair["first"]), "second": demand_view(pair["second"])} for pair in pairs
        ],
    }
    return console_page(request, "console_duplicates.html", values, problem)


@router.post("/duplicates/{duplicate}/dismiss")
def dismiss(duplicate: Annotated[int, Path(ge=0, lt=2**31)], request: Request, services: Wired, who: Who) -> Response:
    """不是重复."""
    act = partial(clusters.dismiss, services.clinic, who, duplicate)
    return _over(request, services, who, act, "dismissed")


@router.post("/duplicates/merge")
def join(request: Request, services: Wired, who: Who, ref: Words = "", into: Words = "") -> Response:
    """合并 one of a pair into the other."""
    act = partial(demands.merge, services.clinic, who, ref, into=into)
    return _over(request, services, who, act, "joined")


def _over(request: Request, services: Services, who: Caller, act: Callable[[], object], done: str) -> Response:
    check_clerk(who)
    try:
        act()
    except BotError as error:
        return _duplicates(request, services, who, problem_of(error))
    return RedirectResponse(f"/console/demands/duplicates?told={done}", 303)


@router.post("/views")
def keep(request: Request, services: Wired, who: Who, name: Words = "", query: Words = "") -> Response:
    """Keep the filters that are set."""
    given = dict(parse_qsl(query))
    return _done(
        request,
        services,
        who,
        lambda: demands.keep_view(services.clinic, who, name=name, chosen=_kept(given)),
        given,
        "kept",
    )


def _kept(given: Mapping[str, str]) -> Json:
    """What an address of the page says, as it is kept: all states are no filter."""
    return {name: "" if value == "all" and name == "state" else value for name, value in given.items()}


@router.post("/views/{view}/drop")
def drop(view: str, request: Request, services: Wired, who: Who) -> Response:
    """Keep them no longer."""
    return _done(request, services, who, lambda: demands.drop_view(services.clinic, who, view), {}, "dropped")


@router.api_route("/{ref}", methods=["GET", "HEAD"])
def show_demand(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """One demand, what stands around it, and what staff may do with it."""
    if (away := turned_away(request, who)) is not None:
        return away
    return _demand(request, services, who, ref)


def _demand(request: Request, services: Services, who: Caller, ref: str, problem: Problem | None = None) -> Response:
    held = demands.show(services.clinic, who, ref)
    pairs = clusters.duplicates(services.clinic, who, of=ref)["items"]
    twins = [pair["second"] if pair["first"]["ref"] == ref else pair["first"] for pair in pairs]
    values = _frame(request, services, who, "demands", f"/console/demands/{ref}") | {
        "d": demand_view(held) | {"sources": [demand_view(source) for source in held["sources"]]},
        "twins": [demand_view(twin) for twin in twins],
    }
    return console_page(request, "console_demand.html", values, problem)


@router.post("/{ref}/merge")
def merge(ref: str, request: Request, services: Wired, who: Who, into: Words = "") -> Response:
    """并入."""
    return _acted(
        request, services, who, ref, lambda: demands.merge(services.clinic, who, ref, into=into.strip()), "merge"
    )


@router.post("/{ref}/split")
def split(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """拆出来."""
    return _acted(request, services, who, ref, lambda: demands.split(services.clinic, who, ref), "split")


def _acted(
    request: Request, services: Services, who: Caller, ref: str, act: Callable[[], object], done: str
) -> Response:
    check_clerk(who)
    try:
        act()
    except BotError as error:
        return _demand(request, services, who, ref, problem_of(error))
    return RedirectResponse(f"/console/demands/{ref}?told={done}", 303)


def _done(
    request: Request, services: Services, who: Caller, act: Callable[[], object], given: Json, done: str
) -> Response:
    check_clerk(who)
    try:
        act()
    except BotError as error:
        return _pool(request, services, who, given, problem=problem_of(error))
    return RedirectResponse(f"/console/demands?{urlencode({**given, 'told': done})}", 303)


def _frame(request: Request, services: Services, who: Caller, at: str, here: str) -> Json:
    made = console_frame(request, services, who, at, here)
    told = TOLD.get(request.query_params.get("told", ""), "")
    return made | ({"told": told, "here": here} if told else {})
