"""/console: the pool, what is overdue, a ticket, the review of solutions, people, and the ledger."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, Response

from bot.bootstrap import Services
from bot.clinic import ledger, overviews, people, solutions, tickets
from bot.errors import BotError, Invalid
from bot.rules.conversations import Sender
from bot.rules.intake import URGENCY_NAMES
from bot.rules.people import Caller, check_clerk
from bot.rules.solutions import WORDS as SOLUTION_WORDS
from bot.rules.solutions import SolutionState
from bot.rules.tickets import ENDED, OPEN, OWNED, TRANSITIONS, WORDS, TicketState
from bot.rules.triage import DOMAIN_NAMES
from bot.services.offers import POOL
from bot.services.people import PEOPLE
from bot.services.solutions import TOPIC as SOLUTIONS
from handlers.web.deps import Who, Wired, caller_now
from handlers.web.errors import Problem, problem_of
from handlers.web.live import Streams
from handlers.web.pages.cases import FORM, case_view, moment_words, notes_view
from handlers.web.pages.changes import changes
from handlers.web.pages.chat import new_key
from handlers.web.pages.clerks import console_frame as _frame
from handlers.web.pages.clerks import console_page as _page
from handlers.web.pages.clerks import turned_away as _turned_away
from handlers.web.pages.desk import then, watch_ticket
from handlers.web.pages.entries import entry_views
from handlers.web.pages.redlines import cut_marked
from handlers.web.pages.talking import Viewer, shown
from handlers.web.pages.view import Shelf
from retrieval.protocols import Role

router = APIRouter(prefix="/console", include_in_schema=False)
Words = Annotated[str, Form()]
MaybeWords = Annotated[str | None, Form()]
Json = dict[str, Any]
ROLES = {Role.SME: "企业人员", Role.ENGINEER: "共享工程师", Role.STAFF: "中心工作人员", Role.ADMIN: "管理员"}
STATES = (("open", "未办结"), ("all", "全部"), *((state.value, words) for state, words in WORDS.items()))
REVIEWED = (("", "全部"), *((state.value, words) for state, words in SOLUTION_WORDS.items()))
EDITABLE = frozenset({SolutionState.DRAFT, SolutionState.REVIEW})
COPY_FIELDS = (("title", "标题", 1), *((key, label, rows) for key, label, _, rows, _ in FORM))


# --- the pool -------------------------------------------------------------------------------------------------------------------------


@router.api_route("", methods=["GET", "HEAD"])
def show_pool(
    request: Request, services: Wired, who: Who, state: str = "open", domain: str = "", urgency: str = ""
) -> Response:
    """The tickets of all firms, by state, trade and urgency."""
    if (away := _turned_away(request, who)) is not None:
        return away
    items = overviews.pool(services.clinic, who, states=_states(state), domain=domain, urgency=urgency)
    chosen = {"state": state, "domain": domain, "urgency": urgency}
    return _list(request, services, who, "pool", items, chosen)


@router.api_route("/overdue", methods=["GET", "HEAD"])
def show_overdue(request: Request, services: Wired, who: Who) -> Response:
    """The tickets whose deadline has passed, the longest first."""
    if (away := _turned_away(request, who)) is not None:
        return away
    return _list(request, services, who, "overdue", overviews.pool(services.clinic, who, overdue=True), {})


def _list(request: Request, services: Services, who: Caller, at: str, items: list[Json], chosen: Json) -> Response:
    now = services.clinic.clock()
    values = _frame(request, services, who, at, "/console") | {
        "items": [case_view(case, now) for case in items],
        "states": STATES,
        "domains": tuple(DOMAIN_NAMES.items()),
        "urgencies": tuple(URGENCY_NAMES.items()),
        "events": "/console/events",
        **chosen,
    }
    return _page(request, "console_pool.html", values)


def _states(state: str) -> tuple[TicketState, ...]:
    if state == "all":
        return ()
    return (TicketState(state),) if state in set(TicketState) else tuple(OPEN)


@router.get("/events")
def watch(request: Request, services: Wired, who: Who) -> Response:
    """Tells the lists of the console that something changed."""

    def look() -> tuple[Any, frozenset[str]]:
        caller_now(request, services, who)
        cases = overviews.pool(services.clinic, who)
        written = solutions.listed(services.clinic, who)["items"]
        accounts = people.list_people(services.clinic, who)["items"]
        return [cases, written, accounts], frozenset({POOL, SOLUTIONS, PEOPLE})

    check_clerk(who)
    streams: Streams = request.app.state.streams
    return changes(services.clinic, streams, who.person or "", look)


# --- one ticket -----------------------------------------------------------------------------------------------------------------------


@router.api_route("/tickets/{ref}", methods=["GET", "HEAD"])
def show_ticket(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """Everything about a ticket, and what staff may do with it."""
    if (away := _turned_away(request, who)) is not None:
        return away
    return _ticket(request, services, who, ref)


def _ticket(request: Request, services: Services, who: Caller, ref: str, problem: Problem | None = None) -> Response:
    ticket = tickets.show(services.clinic, who, ref)
    firm = ticket["organisation"]
    siblings = overviews.of_firm(services.clinic, who, ref)
    engineers = people.list_people(services.clinic, who, role=Role.ENGINEER.value)["items"]
    viewer = Viewer(
        Shelf(services.library, who.principal),
        services.clinic.clock(),
        own=Sender.STAFF,
        name=who.name,
        firm=firm["name"],
    )
    values = _frame(request, services, who, "pool", f"/console/tickets/{ref}") | {
        "t": case_view(ticket, services.clinic.clock())
        | {"firm": firm["name"], "verified": firm["verified"], "notes": notes_view(ticket["notes"])},
        "can": _possible(TicketState(ticket["state"]), siblings=bool(siblings)),
        "messages": shown(ticket["messages"], viewer),
        "siblings": siblings,
        "engineers": [_skilled(engineer) for engineer in engineers if engineer["active"]],
        "events": f"/console/tickets/{ref}/events",
        "client_id": new_key(),
    }
    return _page(request, "console_ticket.html", values, problem)


def _possible(state: TicketState, *, siblings: bool) -> dict[str, bool]:
    """What staff may do in this state; the machine has the last word."""
    can = {
        "assign": state is TicketState.OFFERED,
        "merge": state is TicketState.OFFERED and siblings,
        "release": state is TicketState.CLAIMED,
        "transfer": state in OWNED,
        "escalate": TicketState.ESCALATED in TRANSITIONS[state],
        "close": state is TicketState.RESOLVED,
        "reopen": state in (TicketState.RESOLVED, TicketState.CLOSED),
        "cancel": TicketState.CANCELLED in TRANSITIONS[state],
    }
    return can | {"any": any(can.values()), "say": state not in ENDED}


@router.get("/tickets/{ref}/events")
def watch_one(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """Tells the ticket's page that it changed."""
    check_clerk(who)
    return watch_ticket(request, services, who, ref)


@router.post("/tickets/{ref}/assign")
def assign(ref: str, request: Request, services: Wired, who: Who, engineer: Words = "") -> Response:
    """指派."""
    return _act(
        request, services, who, ref, lambda: tickets.assign(services.clinic, who, ref, engineer=engineer), "assign"
    )


@router.post("/tickets/{ref}/merge")
def merge(ref: str, request: Request, services: Wired, who: Who, into: Words = "") -> Response:
    """合并."""
    return _act(request, services, who, ref, lambda: tickets.merge(services.clinic, who, ref, into=into), "merge")


@router.post("/tickets/{ref}/release")
def release(ref: str, request: Request, services: Wired, who: Who, reason: Words = "") -> Response:
    """收回."""
    return _act(
        request, services, who, ref, lambda: tickets.release(services.clinic, who, ref, reason=reason), "release"
    )


@router.post("/tickets/{ref}/transfer")
def transfer(ref: str, request: Request, services: Wired, who: Who, reason: Words = "") -> Response:
    """转出."""
    return _act(
        request, services, who, ref, lambda: tickets.transfer(services.clinic, who, ref, reason=reason), "transfer"
    )


@router.post("/tickets/{ref}/escalate")
def escalate(ref: str, request: Request, services: Wired, who: Who, reason: Words = "") -> Response:
    """转为项目包."""
    return _act(
        request, services, who, ref, lambda: tickets.escalate(services.clinic, who, ref, reason=reason), "escalate"
    )


@router.post("/tickets/{ref}/cancel")
def cancel(ref: str, request: Request, services: Wired, who: Who, reason: Words = "") -> Response:
    """撤回."""
    return _act(request, services, who, ref, lambda: tickets.cancel(services.clinic, who, ref, reason=reason), "cancel")


@router.post("/tickets/{ref}/confirm")
def close(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """代为办结: without the firm's consent to share anything."""
    return _act(request, services, who, ref, lambda: tickets.confirm(services.clinic, who, ref), "confirm")


@router.post("/tickets/{ref}/reopen")
def reopen(ref: str, request: Request, services: Wired, who: Who) -> Response:
    """重新打开."""
    return _act(request, services, who, ref, lambda: tickets.reopen(services.clinic, who, ref), "reopen")


@router.post("/tickets/{ref}/messages")
def say(ref: str, request: Request, services: Wired, who: Who, text: Words = "", client_id: Words = "") -> Response:
    """A word of the centre to the firm."""

    def act() -> object:
        return tickets.say(services.clinic, who, ref, text=text, client_id=client_id or new_key())

    return _act(request, services, who, ref, act)


@router.post("/tickets/{ref}/notes")
def note(ref: str, request: Request, services: Wired, who: Who, text: Words = "") -> Response:
    """An internal note."""
    return _act(request, services, who, ref, lambda: tickets.note(services.clinic, who, ref, text=text))


def _act(
    request: Request, services: Services, who: Caller, ref: str, act: Callable[[], object], done: str = ""
) -> Response:
    check_clerk(who)
    try:
        act()
    except BotError as error:
        return _ticket(request, services, who, ref, problem_of(error))
    return then(f"/console/tickets/{ref}", done)


# --- solutions ------------------------------------------------------------------------------------------------------------------------


@router.api_route("/solutions", methods=["GET", "HEAD"])
def show_solutions(request: Request, services: Wired, who: Who, state: str = SolutionState.REVIEW.value) -> Response:
    """Solutions by state; those that wait for a review first."""
    if (away := _turned_away(request, who)) is not None:
        return away
    chosen = state if state in set(SolutionState) else ""
    items = solutions.listed(services.clinic, who, state=chosen or None)["items"]
    values = _frame(request, services, who, "solutions", "/console/solutions") | {
        "items": [_with_words(item) for item in items],
        "states": REVIEWED,
        "state": chosen,
        "events": "/console/events",
    }
    return _page(request, "console_solutions.html", values)


def _with_words(solution: Json) -> Json:
    return solution | {
        "domain_words": DOMAIN_NAMES[solution["domain"]],
        "created_words": moment_words(solution["created"]),
    }


@router.api_route("/solutions/{solution}", methods=["GET", "HEAD"])
def show_solution(solution: str, request: Request, services: Wired, who: Who) -> Response:
    """Original and redacted copy side by side."""
    if (away := _turned_away(request, who)) is not None:
        return away
    return _solution(request, services, who, solution)


def _solution(
    request: Request,
    services: Services,
    who: Caller,
    solution: str,
    problem: Problem | None = None,
    typed: Json | None = None,
) -> Response:
    held = solutions.show(services.clinic, who, solution)
    copy = held["shared"] | (typed or {})
    original = {"title": held["title"], **held["original"]}
    fields = [
        {
            "key": key,
            "label": label,
            "rows": max(rows, min(12, copy.get(key, "").count("\n") + 2)) if rows > 1 else 1,
            "original": cut_marked(original.get(key, ""), copy.get(key, "")),
            "shared": copy.get(key, ""),
        }
        for key, label, rows in COPY_FIELDS
    ]
    values = _frame(request, services, who, "solutions", f"/console/solutions/{solution}") | {
        "s": held,
        "fields": fields,
        "editable": SolutionState(held["state"]) in EDITABLE,
    }
    return _page(request, "console_solution.html", values, problem)


@router.post("/solutions/{solution}")
def review(
    solution: str,
    request: Request,
    services: Wired,
    who: Who,
    act: Words = "save",
    title: MaybeWords = None,
    symptom: MaybeWords = None,
    cause: MaybeWords = None,
    steps: MaybeWords = None,
    verification: MaybeWords = None,
    limits: MaybeWords = None,
) -> Response:
    """Keep the copy as it was edited, and approve or retract it where that was pressed."""
    check_clerk(who)
    given = {"title": title, "symptom": symptom, "cause": cause, "steps": steps, "verification": verification, "limits": limits}  # fmt: skip
    typed = {key: words.replace("\r\n", "\n") for key, words in given.items() if words is not None}
    try:
        if act == "retract":
            solutions.retract(services.clinic, who, solution)
        else:
            _keep_copy(services, who, solution, typed)
            if act == "approve":
                solutions.approve(services.clinic, who, solution)
    except BotError as error:
        return _solution(request, services, who, solution, problem_of(error), typed)
    return then(f"/console/solutions/{solution}", act)


def _keep_copy(services: Services, who: Caller, solution: str, typed: Json) -> None:
    held = solutions.show(services.clinic, who, solution)["shared"]
    changed = {key: words for key, words in typed.items() if words.strip() != held.get(key, "").strip()}
    if changed:
        solutions.edit(services.clinic, who, solution, changed)


# --- people ---------------------------------------------------------------------------------------------------------------------------


@router.api_route("/people", methods=["GET", "HEAD"])
def show_people(request: Request, services: Wired, who: Who, role: str = "") -> Response:
    """Everyone with an account."""
    if (away := _turned_away(request, who)) is not None:
        return away
    return _people(request, services, who, role=role)


def _people(
    request: Request,
    services: Services,
    who: Caller,
    *,
    role: str = "",
    made: Json | None = None,
    opened: str = "",
    problem: Problem | None = None,
) -> Response:
    chosen = role if role in {each.value for each in ROLES} else ""
    items = people.list_people(services.clinic, who, role=chosen or None)["items"]
    managed = _managed(who)
    values = _frame(request, services, who, "people", "/console/people") | {
        "items": [
            _skilled(item)
            | {
                "role_words": ROLES[Role(item["role"])],
                "manageable": item["id"] != who.person and Role(item["role"]) in managed,
            }
            for item in items
        ],
        "roles": [
            (each.value, words) for each, words in sorted(managed.items(), key=lambda one: one[0] != Role.ENGINEER)
        ],
        "filters": [("", "全部"), *((each.value, words) for each, words in ROLES.items())],
        "role": chosen,
        "made": made,
        "opened": opened,
        "events": "/console/events",
    }
    return _page(request, "console_people.html", values, problem)


@router.api_route("/people/{person}", methods=["GET", "HEAD"])
def show_person(person: str, request: Request, services: Wired, who: Who) -> Response:
    """One account, and what is seldom done with it."""
    if (away := _turned_away(request, who)) is not None:
        return away
    return _person(request, services, who, person)


def _person(request: Request, services: Services, who: Caller, person: str, problem: Problem | None = None) -> Response:
    held = people.show(services.clinic, who, person)
    role = Role(held["role"])
    own = (held["organisation"] or {}).get("id")
    firms = people.list_organisations(services.clinic, who)["items"] if role is Role.SME else []
    values = _frame(request, services, who, "people", f"/console/people/{person}") | {
        "p": _skilled(held)
        | {
            "role_words": ROLES[role],
            "since_words": moment_words(held["since"]),
            "manageable": held["id"] != who.person and role in _managed(who),
        },
        "firms": [firm | {"since_words": moment_words(firm["since"])} for firm in firms if firm["id"] != own],
    }
    return _page(request, "console_person.html", values, problem)


def _skilled(person: Json) -> Json:
    """Skills in words: an account may hold the codes of domains."""
    return person | {"skills": [DOMAIN_NAMES.get(skill, skill) for skill in person["skills"]]}


def _managed(who: Caller) -> dict[Role, str]:
    """The roles whose accounts this clerk looks after."""
    return ROLES if who.role is Role.ADMIN else {Role.SME: ROLES[Role.SME], Role.ENGINEER: ROLES[Role.ENGINEER]}


@router.post("/people/{person}/join")
def join(person: str, request: Request, services: Wired, who: Who, organisation: Words = "") -> Response:
    """并入已有企业."""
    check_clerk(who)
    try:
        people.join(services.clinic, who, person, organisation)
    except BotError as error:
        return _person(request, services, who, person, problem_of(error))
    return then(f"/console/people/{person}", "join")


@router.post("/people/{person}/export")
def export(person: str, services: Wired, who: Who) -> Response:
    """Everything that is kept about a person, as a file."""
    check_clerk(who)
    headers = {"Content-Disposition": f'attachment; filename="{person}.json"', "Cache-Control": "no-store"}
    return JSONResponse(people.export(services.clinic, who, person), headers=headers)


@router.post("/people/{person}/delete")
def delete(person: str, request: Request, services: Wired, who: Who, name: Words = "") -> Response:
    """Forget a person whose name was written once more."""
    check_clerk(who)
    try:
        if people.show(services.clinic, who, person)["name"] != name.strip():
            raise Invalid("写的姓名对不上，没有删除。")
        people.delete(services.clinic, who, person)
    except BotError as error:
        return _person(request, services, who, person, problem_of(error))
    return then("/console/people", "delete")


def _with_people(
    request: Request,
    services: Services,
    who: Caller,
    act: Callable[[], Json | None],
    *,
    opened: str = "",
    done: str = "",
) -> Response:
    check_clerk(who)
    try:
        made = act()
    except BotError as error:
        return _people(request, services, who, opened=opened, problem=problem_of(error))
    return _people(request, services, who, made=made) if made else then("/console/people", done)


@router.post("/people")
def add(
    request: Request,
    services: Wired,
    who: Who,
    role: Words = "",
    name: Words = "",
    organisation: Words = "",
    phone: Words = "",
    skills: Words = "",
    capacity: Words = "",
) -> Response:
    """A new account; its token is shown once."""

    def act() -> Json:
        made = people.add(
            services.clinic,
            who,
            role=role,
            name=name,
            organisation=organisation.strip() or None,
            phone=phone.strip() or None,
            skills=[skill for skill in skills.replace("，", ",").replace("、", ",").split(",") if skill.strip()],
            capacity=_capacity(capacity),
        )
        return {"title": f"{made['name']}的口令", "about": "用它在登录页登录。", "secret": made["token"]}

    return _with_people(request, services, who, act, opened="add")


def _capacity(given: str) -> int | None:
    text = given.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Invalid("同时接单数请写数字。")
    return int(text)


@router.post("/people/invite")
def invite(request: Request, services: Wired, who: Who, role: Words = "", organisation: Words = "") -> Response:
    """An invitation link, shown once."""

    def act() -> Json:
        made = people.invite(services.clinic, who, role=role, organisation=organisation.strip() or None)
        link = f"{str(request.base_url).rstrip('/')}{made['path']}"
        until = f"{moment_words(made['expires'])}前有效，只能用一次。"
        return {"title": f"邀请链接（{ROLES[Role(made['role'])]}）", "about": until, "secret": link}

    return _with_people(request, services, who, act, opened="invite")


@router.post("/people/{person}/reissue")
def reissue(person: str, request: Request, services: Wired, who: Who) -> Response:
    """A new token, shown once; the old one is dead."""

    def act() -> Json:
        made = people.reissue(services.clinic, who, person)
        return {"title": f"{made['name']}的新口令", "about": "旧口令和登录都已失效。", "secret": made["token"]}

    return _with_people(request, services, who, act)


@router.post("/people/{person}/disable")
def disable(person: str, request: Request, services: Wired, who: Who) -> Response:
    """停用."""
    act = partial(_quietly, people.disable, services.clinic, who, person)
    return _with_people(request, services, who, act, done="disable")


@router.post("/people/{person}/enable")
def enable(person: str, request: Request, services: Wired, who: Who) -> Response:
    """启用."""
    act = partial(_quietly, people.enable, services.clinic, who, person)
    return _with_people(request, services, who, act, done="enable")


@router.post("/organisations/{organisation}/verify")
def verify_firm(organisation: str, request: Request, services: Wired, who: Who) -> Response:
    """核实企业."""
    act = partial(_quietly, people.verify_organisation, services.clinic, who, organisation)
    return _with_people(request, services, who, act, done="verify")


def _quietly(act: Callable[..., object], *given: object) -> None:
    act(*given)


# --- the ledger -----------------------------------------------------------------------------------------------------------------------


@router.api_route("/ledger", methods=["GET", "HEAD"])
def show_ledger(
    request: Request,
    services: Wired,
    who: Who,
    after: Annotated[int, Query(ge=0)] = 0,
    subject: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Events in order."""
    if (away := _turned_away(request, who)) is not None:
        return away
    return _ledger(request, services, who, after=after, subject=subject.strip())


@router.post("/ledger")
def verify_ledger(request: Request, services: Wired, who: Who) -> Response:
    """Walk the whole chain."""
    check_clerk(who)
    return _ledger(request, services, who, verdict=ledger.verify(services.clinic, who))


def _ledger(
    request: Request,
    services: Services,
    who: Caller,
    *,
    after: int = 0,
    subject: str = "",
    verdict: Json | None = None,
) -> Response:
    listed = ledger.listed(services.clinic, who, after=after, subject=subject or None)
    accounts = people.list_people(services.clinic, who)["items"]
    firms = people.list_organisations(services.clinic, who)["items"]
    values = _frame(request, services, who, "ledger", "/console/ledger") | {
        "items": [
            entry | {"time": moment_words(entry["at"])} for entry in entry_views(listed["items"], accounts, firms)
        ],
        "next": listed["next"],
        "subject": subject,
        "verdict": verdict,
    }
    return _page(request, "console_ledger.html", values)
