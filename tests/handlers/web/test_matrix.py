"""Every route, every role, one's own things and another's: the cells are checked against the application itself, so that none is forgotten."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from bot.clinic import answers, clusters, complaints, demands, hours, packages, people, tickets
from bot.rules.clusters import Pair
from bot.rules.people import Caller
from bot.services import clusters as records_of
from handlers.web.deps import Room
from retrieval.protocols import Role
from tests.bot.clinic import make_person, make_ticket
from tests.handlers.web.house import SECRET
from tests.handlers.web.world import FORM, Account, World, open_world

ROLES = tuple(Role)
Make = Callable[
    [World, Role, str], dict[str, str]
]  # the path's parameters, for a role and the letter of whose thing it is
Body = Callable[[World, str, dict[str, str]], Any]


@dataclass(frozen=True)
class Row:
    """A route: what it is called with, and the status for each role on its own thing and on another's.

    `cells` are in the order of `Role`: public, sme, engineer, staff, admin; each "own/foreign", or one number for both.
    """

    cells: str
    make: Make = lambda world, role, letter: {}
    body: Any = None  # JSON, or a function of the world that gives it
    form: bool = False  # posted as a page's form is
    files: Any = None  # posted as a form with a file

    def expected(self, role: Role, *, own: bool) -> int:
        numbers = self.cells.split()[ROLES.index(role)].split("/")
        return int(numbers[0] if own else numbers[-1])


def ticket(state: str, foreign: str = "") -> Make:
    """A ticket of the letter's firm, owned by the letter's engineer."""
    return lambda world, role, letter: {"ref": world.ticket(letter, state if letter == "A" else foreign or state)}


def talk(world: World, role: Role, letter: str) -> dict[str, str]:
    """The talk of a case that is being worked on; of the public one that nobody signed in for."""
    if role is Role.PUBLIC and letter == "A":
        return {"conversation_id": world.talk(None)}
    return {"conversation_id": str(world.shown(world.ticket(letter, "in_progress"))["conversation"])}


def offer(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"offer_id": world.offer(world.ticket("A"), letter)}


def demand(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"ref": str(world.shown(world.ticket(letter))["demand"])}


def view(world: World, role: Role, letter: str) -> dict[str, str]:
    """Filters that the clerk keeps, or the other clerk."""
    clerk = role if role in world.clerk else Role.STAFF
    owner = clerk if letter == "A" else next(other for other in world.clerk if other is not clerk)
    return {"view_id": str(demands.keep_view(world.clinic, world.clerk[owner].caller, name=f"{role}{letter}")["id"])}


def merged(world: World, role: Role, letter: str) -> dict[str, str]:
    """A demand that was merged into another one of its firm."""
    made = demand(world, role, letter)
    demands.merge(world.clinic, world.clerk[Role.STAFF].caller, made["ref"], into=demand(world, role, letter)["ref"])
    return made


def pair(world: World, letter: str, made: dict[str, str]) -> dict[str, list[str]]:
    """Demands of two firms."""
    return {"demands": [demand(world, Role.STAFF, each)["ref"] for each in "AB"]}


def common(world: World, role: Role, letter: str) -> dict[str, str]:
    """A common problem of the letter's firm and others, none of them the other letter's."""
    refs = [demand(world, role, letter)["ref"], demand(world, role, letter)["ref"]]
    with world.clinic.records.write() as session:
        for _ in range(2):
            case = make_ticket(
                session,
                make_person(session, Role.SME, organisation=f"路人{next(world.numbers)}号厂"),
                at=world.clinic.moment(),
            )
            refs.append(case.ticket.demand_ref)
    return {"ref": str(clusters.make(world.clinic, world.clerk[Role.STAFF].caller, demands=refs)["ref"])}


def first_of(world: World, letter: str, made: dict[str, str]) -> dict[str, list[str]]:
    """One of its demands."""
    return {"demands": [clusters.show(world.clinic, world.clerk[Role.STAFF].caller, made["ref"])["items"][0]["ref"]]}


def duplicate(world: World, role: Role, letter: str) -> dict[str, str]:
    """A pair of one firm's demands that looks like one need."""
    first, second = sorted(demand(world, role, letter)["ref"] for _ in range(2))
    with world.clinic.records.write() as session:
        records_of.propose(session, world.clinic.clock(), [Pair(first, second, 0.9, ())])
        return {"duplicate": str(records_of.proposals(session, of=second)[0].id)}


OFFER = {
    "name": "李工",
    "organisation": "某研究所",
    "contact": "a@b.cn",
    "proposal": "先试模",
    "price": "20 万元",
    "time": "三个月",
}
WRITTEN = {
    "goal": "不缩水",
    "metrics": "不良率 1% 以下",
    "deadline": "2027-06-30",
    "period": "半年",
    "budget": "30 万元",
    "rights": "双方共有",
}


def draft(world: World, role: Role, letter: str) -> dict[str, str]:
    """A package that is written and not published."""
    refs = [demand(world, role, letter)["ref"]]
    made = packages.make(world.clinic, world.clerk[Role.STAFF].caller, demands=refs, fields=WRITTEN)
    return {"ref": str(made["ref"])}


def put_out(world: World, role: Role, letter: str) -> dict[str, str]:
    """One that is published."""
    made = draft(world, role, letter)
    packages.publish(world.clinic, world.clerk[Role.STAFF].caller, made["ref"])
    return made


def package(world: World, role: Role, letter: str) -> dict[str, str]:
    """One that anybody may read, or a draft."""
    return put_out(world, role, letter) if letter == "A" else draft(world, role, letter)


def applied(world: World, role: Role, letter: str) -> dict[str, str]:
    """An application."""
    made = put_out(world, role, letter)
    return made | {
        "application": str(packages.apply(world.clinic, Caller(), made["ref"], consent=True, given=OFFER)["id"])
    }


def page_view(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"view": view(world, role, letter)["view_id"]}


def twin(world: World, letter: str, made: dict[str, str]) -> dict[str, str]:
    return {"into": world.ticket(letter)}


def twin_demand(world: World, letter: str, made: dict[str, str]) -> dict[str, str]:
    return {"into": demand(world, Role.STAFF, letter)["ref"]}


NEW_PERSON = {
    "role": "sme",
    "name": "新人",
    "organisation": "丁厂",
}  # each engineer would be invited to every case here
INVITED = {"role": "sme", "organisation": "丁厂"}


def same_name(world: World, letter: str, made: dict[str, str]) -> dict[str, str]:
    return {"name": str(people.show(world.clinic, world.clerk[Role.STAFF].caller, made["person"])["name"])}


def answer(world: World, role: Role, letter: str) -> dict[str, str]:
    """One's own answer, or one that a firm got."""
    account = world.as_role(role) if letter == "A" else world.firm["B"]
    return {"answer_id": world.ask(account)}


def rated(world: World, role: Role, letter: str) -> dict[str, str]:
    """An answer that somebody had no use for."""
    made = answer(world, role, letter)["answer_id"]
    account = world.as_role(role) if letter == "A" else world.firm["B"]
    answers.rate(world.clinic, account.caller, made, useful=False)
    return {"answer_id": made}


def talked(world: World, role: Role, letter: str) -> dict[str, str]:
    """A talk, and an answer that may be rated."""
    return {"talk": "c_any", "answer": answer(world, role, letter)["answer_id"]}


def complaint(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"complaint_id": str(complaints.make(world.clinic, world.nobody.caller, text="没人回复")["id"])}


UPLOAD = {"file": ("a.txt", b"AL.50")}
NOTICE = {"file": ("通知.txt", "第一条 本通知自公布之日起施行。".encode())}


def sent(world: World, role: Role, letter: str) -> dict[str, str]:
    """A file in a talk that the role may read, or in another's."""
    made = talk(world, role, letter)
    clerk = role is Role.PUBLIC and letter == "A"
    who = world.nobody if clerk else world.firm[letter]
    path = f"/api/v1/conversations/{made['conversation_id']}/files"
    return made | {"file_id": world.client.post(path, files=UPLOAD, headers=who.headers).json()["id"]}


REASON = {"reason": "不是我的专业"}
ALL = "200 200 200 200 200"
STAFF_ONLY = "401 403 403 200 200"
ROWS: dict[str, Row] = {
    "POST /api/v1/ask": Row(ALL, body={"text": "培育期多久"}),
    "POST /api/v1/answers/{answer_id}/feedback": Row(
        "200/404 200/404 200/404 200/404 200/404", answer, {"useful": False, "comment": "问的不是这个"}
    ),
    "GET /api/v1/answers/wrong": Row(STAFF_ONLY),
    "POST /api/v1/answers/{answer_id}/replay": Row(STAFF_ONLY, rated),
    "POST /api/v1/complaints": Row("201 201 201 201 201", body={"text": "没人回复"}),
    "GET /api/v1/complaints": Row(STAFF_ONLY),
    "POST /api/v1/complaints/{complaint_id}/close": Row(STAFF_ONLY, complaint),
    "GET /api/v1/documents": Row(ALL),
    "GET /api/v1/documents/{document_id}": Row(ALL, lambda world, role, letter: {"document_id": "rules"}),
    "GET /api/v1/courses": Row(ALL),
    "POST /api/v1/documents": Row("401 403 403 201 201", files=NOTICE),
    "POST /api/v1/courses": Row("401 403 403 201 201", body={"title": "焊接入门"}),
    "POST /api/v1/conversations": Row(ALL),
    "POST /api/v1/conversations/{conversation_id}/messages": Row(
        "200/404 200/404 403/404 403 403", talk, {"text": "在吗"}
    ),
    "GET /api/v1/conversations/{conversation_id}/messages": Row("200/404 200/404 200/404 200 200", talk),
    "GET /api/v1/conversations/{conversation_id}/events": Row("200/404 200/404 200/404 200 200", talk),
    "POST /api/v1/conversations/{conversation_id}/files": Row("201/404 201/404 201/404 201 201", talk, files=UPLOAD),
    "GET /api/v1/conversations/{conversation_id}/files/{file_id}": Row("200/404 200/404 200/404 200 200", sent),
    "GET /api/v1/tickets": Row("401 200 200 200 200"),
    "GET /api/v1/tickets/{ref}": Row("401 200/404 200/404 200 200", ticket("in_progress")),
    "POST /api/v1/tickets/{ref}/claim": Row("401 403/404 200/409 403 403", ticket("offered", "claimed"), {}),
    "POST /api/v1/tickets/{ref}/release": Row("401 403/404 200/404 200 200", ticket("claimed"), REASON),
    "POST /api/v1/tickets/{ref}/messages": Row("401 403/404 200/404 200 200", ticket("claimed"), {"text": "您好"}),
    "POST /api/v1/tickets/{ref}/notes": Row("401 403/404 200/404 200 200", ticket("claimed"), {"text": "内部"}),
    "POST /api/v1/tickets/{ref}/wait": Row("401 403/404 200/404 403 403", ticket("in_progress"), {}),
    "POST /api/v1/tickets/{ref}/resolve": Row("401 403/404 200/404 403 403", ticket("in_progress"), FORM),
    "POST /api/v1/tickets/{ref}/confirm": Row("401 200/404 403/404 200 200", ticket("resolved"), {}),
    "POST /api/v1/tickets/{ref}/rate": Row("401 200/404 403/404 403 403", ticket("resolved"), {"rating": 5}),
    "POST /api/v1/tickets/{ref}/transfer": Row("401 403/404 200/404 200 200", ticket("in_progress"), REASON),
    "POST /api/v1/tickets/{ref}/reopen": Row("401 200/404 403/404 200 200", ticket("resolved"), {}),
    "POST /api/v1/tickets/{ref}/cancel": Row("401 200/404 403/404 200 200", ticket("in_progress"), REASON),
    "POST /api/v1/tickets/{ref}/escalate": Row("401 403/404 200/404 200 200", ticket("in_progress"), REASON),
    "POST /api/v1/tickets/{ref}/merge": Row("401 403/404 403 200 200", ticket("offered"), twin),
    "POST /api/v1/tickets/{ref}/assign": Row(
        "401 403/404 403 200 200",
        ticket("offered"),
        lambda world, letter, made: {"engineer": world.engineer["A"].caller.person},
    ),
    "GET /api/v1/offers": Row("401 403 200 403 403"),
    "POST /api/v1/offers/{offer_id}/accept": Row("401 403 200/404 403 403", offer, {}),
    "POST /api/v1/offers/{offer_id}/decline": Row("401 403 200/404 403 403", offer, {}),
    "GET /api/v1/demands": Row(STAFF_ONLY),
    "GET /api/v1/demands/export": Row(STAFF_ONLY),
    "GET /api/v1/demands/{ref}": Row(STAFF_ONLY, demand),
    "GET /api/v1/views": Row(STAFF_ONLY),
    "POST /api/v1/views": Row(STAFF_ONLY, body={"name": "等得久的", "filters": {"days": "7"}}),
    "POST /api/v1/demands/{ref}/split": Row(STAFF_ONLY, merged),
    "GET /api/v1/duplicates": Row(STAFF_ONLY),
    "POST /api/v1/duplicates/{duplicate}/dismiss": Row(STAFF_ONLY, duplicate),
    "GET /api/v1/clusters": Row("401 200 403 200 200"),
    "POST /api/v1/clusters": Row(STAFF_ONLY, body=pair),
    "GET /api/v1/clusters/{ref}": Row("401 200/404 403 200 200", common),
    "POST /api/v1/clusters/{ref}/add": Row(STAFF_ONLY, common, pair),
    "POST /api/v1/clusters/{ref}/merge": Row(
        STAFF_ONLY, common, lambda world, letter, made: {"into": common(world, Role.STAFF, letter)["ref"]}
    ),
    "POST /api/v1/clusters/{ref}/split": Row(STAFF_ONLY, common, first_of),
    "POST /api/v1/clusters/{ref}/rename": Row(STAFF_ONLY, common, {"name": "缩水"}),
    "POST /api/v1/clusters/{ref}/dissolve": Row(STAFF_ONLY, common, {}),
    "GET /api/v1/packages": Row(ALL),
    "POST /api/v1/packages": Row(
        STAFF_ONLY, body=lambda world, letter, made: {"demands": [demand(world, Role.STAFF, letter)["ref"]]}
    ),
    "GET /api/v1/packages/{ref}": Row("200/404 200/404 200/404 200 200", package),
    "POST /api/v1/packages/{ref}/edit": Row(STAFF_ONLY, draft, {"title": "缩水攻关"}),
    "POST /api/v1/packages/{ref}/publish": Row(STAFF_ONLY, draft, {}),
    "POST /api/v1/packages/{ref}/close": Row(STAFF_ONLY, put_out, {}),
    "POST /api/v1/packages/{ref}/drop": Row(STAFF_ONLY, draft, {}),
    "POST /api/v1/packages/{ref}/applications": Row(
        "201/404 201/404 201/404 201/409 201/409", package, OFFER | {"consent": True}
    ),
    "GET /api/v1/packages/{ref}/applications": Row(STAFF_ONLY, package),
    "POST /api/v1/packages/{ref}/applications/{application}/delete": Row(STAFF_ONLY, applied, {}),
    "POST /api/v1/views/{view_id}/drop": Row("401 403 403 200/404 200/404", view),
    "POST /api/v1/demands/{ref}/merge": Row(STAFF_ONLY, demand, twin_demand),
    "POST /api/v1/demands/{ref}/publish": Row(STAFF_ONLY, demand, {}),
    "GET /api/v1/ledger": Row(STAFF_ONLY),
}

# The pages: who is signed out is sent to sign in, who has no business there elsewhere or told so; another's thing is not found.
ON = "303 303 303 303 303"
WORKER = "303 403 200/404 303 303"
DESK = "401 403 303/404 403 403"
CONSOLE = "401 403 403 303 303"


def talk_page(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"talk": talk(world, role, letter)["conversation_id"]}


def page_offer(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"offer": offer(world, role, letter)["offer_id"]}


def solution(state: str, name: str = "solution_id") -> Make:
    """A solution of a case, as far as its firm and staff have taken it."""
    return lambda world, role, letter: {name: world.solution(letter, state)}


def person(world: World, role: Role, letter: str) -> dict[str, str]:
    """One's own account, or a firm's that one has nothing to do with."""
    account = world.as_role(role) if letter == "A" and role in (Role.SME, Role.ENGINEER) else world.stranger()
    return {"person": str(account.caller.person)}


def stranger(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"person": str(world.stranger().caller.person)}


def firm(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"organisation": str(world.stranger().caller.organisation)}


def link(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"key": world.invitation()}


def worker(world: World, role: Role, letter: str) -> dict[str, str]:
    """The letter's engineer."""
    return {"person": str(world.engineer[letter].caller.person)}


def clear(world: World, role: Role, letter: str) -> dict[str, str]:
    """The same, with no plans."""
    account = world.engineer[letter].caller
    for held in hours.show(world.clinic, account)["plans"]:
        hours.remove_plan(world.clinic, account, held["id"])
    return worker(world, role, letter)


def clear_own(world: World, role: Role, letter: str) -> dict[str, str]:
    clear(world, role, "A")
    return {}


def plan(world: World, role: Role, letter: str) -> dict[str, str]:
    """One of his plans."""
    account = world.engineer[letter].caller
    held = hours.show(world.clinic, account)["plans"]
    made = held or hours.add_plan(world.clinic, account, first="2026-12-24", place="青岛")["plans"]
    return {"person": str(account.person), "plan": made[0]["id"]}


def own_plan(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"plan": plan(world, role, letter)["plan"]}


HOURS = "401 404 200/404 200 200"
TOLD = {"text": "12月24日在青岛"}


def its_firm(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"organisation": str(world.firm[letter].caller.organisation)}


def somebody(world: World, letter: str, made: dict[str, str]) -> dict[str, str]:
    return {"against": str(world.stranger().caller.organisation)}


ROWS |= {
    "GET /api/v1/organisations/{organisation}/blocks": Row("401 200/404 404 200 200", its_firm),
    "POST /api/v1/organisations/{organisation}/blocks": Row("401 201/404 404 201 201", its_firm, somebody),
    "POST /api/v1/organisations/{organisation}/blocks/remove": Row("401 200/404 404 200 200", its_firm, somebody),
    "GET /api/v1/people/{person}/hours": Row(HOURS, worker),
    "POST /api/v1/people/{person}/hours": Row(HOURS, worker, {"place": "青岛"}),
    "POST /api/v1/people/{person}/plans": Row(
        "401 404 201/404 201 201", clear, {"first": "2026-12-24", "hours": "下午"}
    ),
    "POST /api/v1/people/{person}/said": Row("401 404 201/404 201 201", clear, TOLD),
    "POST /api/v1/people/{person}/plans/{plan}/delete": Row(HOURS, plan, {}),
    "GET /desk/hours": Row("303 403 200 403 403"),
    "POST /desk/hours": Row("401 403 303 403 403", body={"place": "青岛"}, form=True),
    "POST /desk/hours/said": Row("401 403 303 403 403", clear_own, TOLD, form=True),
    "POST /desk/hours/plans/{plan}/delete": Row(DESK, own_plan, {}, form=True),
    "GET /console/people/{person}/hours": Row("303 403 303 200 200", worker),
    "POST /console/people/{person}/hours": Row(CONSOLE, worker, {"place": "青岛"}, form=True),
    "POST /console/people/{person}/hours/said": Row(CONSOLE, clear, TOLD, form=True),
    "POST /console/people/{person}/hours/plans/{plan}/delete": Row(CONSOLE, plan, {}, form=True),
    "GET /api/v1/me": Row("401 200 200 200 200"),
    "GET /api/v1/people": Row(STAFF_ONLY),
    "POST /api/v1/people": Row("401 403 403 201 201", body=NEW_PERSON),
    "GET /api/v1/people/{person}": Row("401 200/404 200/404 200 200", person),
    "POST /api/v1/people/{person}/disable": Row(STAFF_ONLY, stranger),
    "POST /api/v1/people/{person}/enable": Row(STAFF_ONLY, stranger),
    "POST /api/v1/people/{person}/token": Row(STAFF_ONLY, stranger),
    "POST /api/v1/people/{person}/join": Row(
        STAFF_ONLY, stranger, lambda world, letter, made: {"organisation": world.firm["B"].caller.organisation}
    ),
    "POST /api/v1/people/{person}/chat": Row("401 201/404 201/404 201 201", person),
    "POST /api/v1/people/{person}/export": Row("401 200/404 200/404 200 200", person),
    "POST /api/v1/people/{person}/delete": Row("401 404 404 200 200", stranger),
    "POST /api/v1/registrations": Row(
        "201 201 201 201 201", body={"organisation": "丙厂", "name": "丙", "phone": "13800000000", "consent": True}
    ),
    "POST /api/v1/invitations": Row("401 403 403 201 201", body=INVITED),
    "GET /api/v1/organisations": Row(STAFF_ONLY),
    "POST /api/v1/organisations/{organisation}/verify": Row(STAFF_ONLY, firm),
    "GET /api/v1/solutions": Row("401 200 200 200 200"),
    "GET /api/v1/solutions/{solution_id}": Row("401 200/404 200/404 200 200", solution("review")),
    "POST /api/v1/solutions/{solution_id}/edit": Row(
        "401 403/404 403/404 200 200", solution("review"), {"title": "缩水"}
    ),
    "POST /api/v1/solutions/{solution_id}/approve": Row("401 403/404 403/404 200 200", solution("review"), {}),
    "POST /api/v1/solutions/{solution_id}/retract": Row("401 403/404 403/404 200 200", solution("review"), {}),
    "GET /": Row(ALL),
    "POST /": Row(ON, body={"text": "在吗"}, form=True),
    "GET /documents/{document_id}": Row(ALL, lambda world, role, letter: {"document_id": "rules"}),
    "GET /courses/{course_id}": Row(ON, lambda world, role, letter: {"course_id": "c1"}),
    "GET /solutions/{solution_id}": Row(ON, lambda world, role, letter: {"solution_id": "s1"}),
    "POST /talk": Row("201 201 201 201 201"),
    "GET /talk/{talk}": Row("200/404 200/404 200/404 200 200", talk_page),
    "POST /talk/{talk}": Row("303/404 303/404 403/404 403 403", talk_page, {"text": "在吗"}, form=True),
    "POST /talk/{talk}/files": Row("303/404 303/404 303/404 303 303", talk_page, files=UPLOAD),
    "GET /talk/{talk}/messages": Row("200/404 200/404 200/404 200 200", talk_page),
    "POST /talk/{talk}/messages": Row("200/404 200/404 403/404 403 403", talk_page, {"text": "在吗", "client_id": "1"}),
    "GET /talk/{talk}/events": Row("200/404 200/404 200/404 200 200", talk_page),
    "GET /sign-in": Row(ALL),
    "POST /sign-in": Row(ON, body=lambda world, letter, made: {"token": world.token}, form=True),
    "POST /sign-out": Row(ON, form=True),
    "GET /enter/{key}": Row(ALL, link),
    "POST /enter/{key}": Row(ALL, link, {"name": "新工", "phone": "13800000000", "consent": "yes"}, form=True),
    "GET /desk": Row("303 403 200 303 303"),
    "GET /desk/events": Row("401 403 200 403 403"),
    "POST /desk/offers/{offer}/decline": Row(DESK, page_offer, {}, form=True),
    "GET /desk/tickets/{ref}": Row(WORKER, ticket("in_progress")),
    "GET /desk/tickets/{ref}/events": Row("401 403 200/404 403 403", ticket("in_progress")),
    "POST /desk/tickets/{ref}/claim": Row("401 403 303/409 403 403", ticket("offered", "claimed"), {}, form=True),
    "POST /desk/tickets/{ref}/messages": Row(DESK, ticket("claimed"), {"text": "您好"}, form=True),
    "POST /desk/tickets/{ref}/files": Row(DESK, ticket("claimed"), files=UPLOAD),
    "POST /desk/tickets/{ref}/notes": Row(DESK, ticket("claimed"), {"text": "内部"}, form=True),
    "POST /desk/tickets/{ref}/wait": Row(DESK, ticket("in_progress"), {}, form=True),
    "POST /desk/tickets/{ref}/resolve": Row(DESK, ticket("in_progress"), FORM, form=True),
    "POST /desk/tickets/{ref}/release": Row(DESK, ticket("claimed"), REASON, form=True),
    "POST /desk/tickets/{ref}/transfer": Row(DESK, ticket("in_progress"), REASON, form=True),
    "POST /desk/tickets/{ref}/escalate": Row(DESK, ticket("in_progress"), REASON, form=True),
    "GET /console": Row("303 403 303 200 200"),
    "GET /console/overdue": Row("303 403 303 200 200"),
    "GET /console/events": Row(STAFF_ONLY),
    "GET /console/demands": Row("303 403 303 200 200"),
    "GET /console/demands/export": Row("303 403 303 200 200"),
    "GET /console/demands/{ref}": Row("303 403 303 200 200", demand),
    "POST /console/demands/views": Row(CONSOLE, body={"name": "等得久的", "query": "days=7"}, form=True),
    "POST /console/demands/views/{view}/drop": Row(
        "401 403 403 303/404 303/404",
        page_view,
        {},
        form=True,
    ),
    "GET /console/demands/duplicates": Row("303 403 303 200 200"),
    "POST /console/demands/duplicates/merge": Row(
        CONSOLE,
        body=lambda world, letter, made: (
            {"ref": demand(world, Role.STAFF, letter)["ref"]} | twin_demand(world, letter, made)
        ),
        form=True,
    ),
    "POST /console/demands/duplicates/{duplicate}/dismiss": Row(CONSOLE, duplicate, {}, form=True),
    "POST /console/demands/{ref}/split": Row(CONSOLE, merged, {}, form=True),
    "GET /packages": Row(ALL),
    "GET /packages/{ref}": Row("200/404 200/404 200/404 200 200", package),
    "POST /packages/{ref}/apply": Row(
        "201/404 201/404 201/404 201/409 201/409", package, OFFER | {"consent": "yes"}, form=True
    ),
    "GET /console/packages": Row("303 403 303 200 200"),
    "POST /console/packages": Row(
        CONSOLE, body=lambda world, letter, made: {"demands": [demand(world, Role.STAFF, letter)["ref"]]}, form=True
    ),
    "GET /console/packages/{ref}": Row("303 403 303 200 200", package),
    "POST /console/packages/{ref}": Row(CONSOLE, draft, {"title": "缩水攻关"}, form=True),
    "POST /console/packages/{ref}/close": Row(CONSOLE, put_out, {}, form=True),
    "POST /console/packages/{ref}/drop": Row(CONSOLE, draft, {}, form=True),
    "POST /console/packages/{ref}/applications/{application}/delete": Row(CONSOLE, applied, {}, form=True),
    "GET /console/clusters": Row("303 403 303 200 200"),
    "POST /console/clusters": Row(CONSOLE, body=pair, form=True),
    "GET /console/clusters/{ref}": Row("303 403 303 200 200", common),
    "POST /console/clusters/{ref}/add": Row(
        CONSOLE, common, lambda world, letter, made: {"refs": " ".join(pair(world, letter, made)["demands"])}, form=True
    ),
    "POST /console/clusters/{ref}/merge": Row(
        CONSOLE, common, lambda world, letter, made: {"into": common(world, Role.STAFF, letter)["ref"]}, form=True
    ),
    "POST /console/clusters/{ref}/split": Row(CONSOLE, common, first_of, form=True),
    "POST /console/clusters/{ref}/rename": Row(CONSOLE, common, {"name": "缩水"}, form=True),
    "POST /console/clusters/{ref}/dissolve": Row(CONSOLE, common, {}, form=True),
    "POST /console/demands/{ref}/merge": Row(CONSOLE, demand, twin_demand, form=True),
    "GET /console/ledger": Row("303 403 303 200 200"),
    "POST /console/ledger": Row("401 403 403 200 200", body={}, form=True),
    "GET /console/people": Row("303 403 303 200 200"),
    "POST /console/people": Row(STAFF_ONLY, body=NEW_PERSON, form=True),
    "POST /console/people/invite": Row(STAFF_ONLY, body=INVITED, form=True),
    "POST /console/people/{person}/disable": Row(CONSOLE, stranger, {}, form=True),
    "POST /console/people/{person}/enable": Row(CONSOLE, stranger, {}, form=True),
    "POST /console/people/{person}/reissue": Row(STAFF_ONLY, stranger, {}, form=True),
    "GET /console/people/{person}": Row("303 403 303 200 200", stranger),
    "POST /console/people/{person}/join": Row(
        CONSOLE, stranger, lambda world, letter, made: {"organisation": world.firm["A"].caller.organisation}, form=True
    ),
    "POST /console/people/{person}/export": Row(STAFF_ONLY, stranger, {}, form=True),
    "POST /console/people/{person}/delete": Row(CONSOLE, stranger, same_name, form=True),
    "POST /console/organisations/{organisation}/verify": Row(CONSOLE, firm, {}, form=True),
    "POST /talk/{talk}/answers/{answer}": Row(
        "303/404 303/404 303/404 303/404 303/404", talked, {"useful": "no"}, form=True
    ),
    "GET /complaints": Row(ALL),
    "POST /complaints": Row("201 201 201 201 201", body={"text": "没人回复"}, form=True),
    "GET /console/documents": Row("303 403 303 200 200"),
    "POST /console/documents": Row("401 403 403 201 201", files=NOTICE),
    "POST /console/courses": Row("401 403 403 201 201", body={"title": "焊接入门"}, form=True),
    "GET /console/answers": Row("303 403 303 200 200"),
    "POST /console/answers/{answer}/replay": Row(
        STAFF_ONLY, lambda world, role, letter: {"answer": rated(world, role, letter)["answer_id"]}, form=True
    ),
    "GET /console/complaints": Row("303 403 303 200 200"),
    "POST /console/complaints/{complaint}/close": Row(
        CONSOLE, lambda world, role, letter: {"complaint": complaint(world, role, letter)["complaint_id"]}, form=True
    ),
    "GET /console/solutions": Row("303 403 303 200 200"),
    "GET /console/solutions/{solution}": Row("303 403 303 200 200", solution("review", "solution")),
    "POST /console/solutions/{solution}": Row(CONSOLE, solution("review", "solution"), {"act": "retract"}, form=True),
    "GET /console/tickets/{ref}": Row("303 403 303 200 200", ticket("in_progress")),
    "GET /console/tickets/{ref}/events": Row(STAFF_ONLY, ticket("in_progress")),
    "POST /console/tickets/{ref}/assign": Row(
        CONSOLE,
        ticket("offered"),
        lambda world, letter, made: {"engineer": world.engineer["A"].caller.person},
        form=True,
    ),
    "POST /console/tickets/{ref}/merge": Row(CONSOLE, ticket("offered"), twin, form=True),
    "POST /console/tickets/{ref}/release": Row(CONSOLE, ticket("claimed"), REASON, form=True),
    "POST /console/tickets/{ref}/transfer": Row(CONSOLE, ticket("in_progress"), REASON, form=True),
    "POST /console/tickets/{ref}/escalate": Row(CONSOLE, ticket("in_progress"), REASON, form=True),
    "POST /console/tickets/{ref}/cancel": Row(CONSOLE, ticket("in_progress"), REASON, form=True),
    "POST /console/tickets/{ref}/confirm": Row(CONSOLE, ticket("resolved"), {}, form=True),
    "POST /console/tickets/{ref}/reopen": Row(CONSOLE, ticket("resolved"), {}, form=True),
    "POST /console/tickets/{ref}/messages": Row(CONSOLE, ticket("claimed"), {"text": "您好"}, form=True),
    "POST /console/tickets/{ref}/notes": Row(CONSOLE, ticket("claimed"), {"text": "内部"}, form=True),
}

FOR_A_ROLE = (talk, sent, talk_page, person, answer, rated, talked, view, page_view)

# Not a person's: monitoring, the description for programs, files, and the door of this machine's commands.
WITHOUT_PEOPLE = {
    "GET /healthz": 200,
    "GET /readyz": 200,
    "GET /metrics": 200,
    "GET /openapi.json": 200,
    "POST /internal/{verb}": 401,
    "GET /static": 404,
}


def routes_of(app: FastAPI) -> Iterator[str]:
    """Every call that the application answers, as it is registered."""
    for route in iter_route_contexts(app.routes):
        for method in sorted((route.methods or {"GET"}) - {"HEAD", "OPTIONS"}):
            yield f"{method} {route.path}"


def rows_missing(app: FastAPI) -> set[str]:
    """Routes that no row speaks of."""
    return set(routes_of(app)) - set(ROWS) - set(WITHOUT_PEOPLE)


def wrong_cells(world: World, route: str) -> list[str]:
    """What a route answers otherwise than its row says."""
    row, wrong = ROWS[route], []
    method, pattern = route.split(" ")
    unused: dict[str, dict[str, str]] = {}  # a thing that nobody could do anything with serves for the next role too
    for role in ROLES:
        for own in (True, False):
            letter = "A" if own else "B"
            made = unused.pop(letter, None) or row.make(world, role, letter)
            body = row.body(world, letter, made) if callable(row.body) else row.body
            status = call(
                world, method, pattern.format(**made), body, world.as_role(role), form=row.form, files=row.files
            )
            if status >= 400 and row.make not in FOR_A_ROLE:
                unused[letter] = made
            if status != row.expected(role, own=own):
                wrong.append(f"{role} {'own' if own else 'foreign'}: {status}, not {row.expected(role, own=own)}")
    return wrong


def call(world: World, method: str, path: str, body: Any, account: Account, *, form: bool, files: Any = None) -> int:
    """The status of a call, by a client that has called nothing before."""
    if path.endswith("/events"):
        return status_of_stream(world.app, path, account.headers)
    given: Any = {"files": files} if files else {"data": body} if form else {"json": body}
    world.client.cookies.clear()
    return world.client.request(method, path, headers=account.headers, follow_redirects=False, **given).status_code


def status_of_stream(app: FastAPI, path: str, headers: dict[str, str]) -> int:
    """The status of a stream, which is left as soon as it begins."""
    statuses: list[int] = []

    async def ask() -> None:
        begun = asyncio.Event()
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await begun.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
                begun.set()

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        await app(scope, receive, send)

    asyncio.run(ask())
    return statuses[0]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all cells: each makes the things that it needs."""
    with open_world(tmp_path_factory.mktemp("matrix")) as made:
        yield made


def test_every_route_has_a_row_and_every_row_a_route(world: World) -> None:
    assert rows_missing(world.app) == set()
    assert (set(ROWS) | set(WITHOUT_PEOPLE)) - set(routes_of(world.app)) == set()


@pytest.mark.parametrize("route", ROWS)
def test_every_role_gets_what_it_may_and_no_more(world: World, route: str) -> None:
    assert wrong_cells(world, route) == []


@pytest.mark.parametrize("route", WITHOUT_PEOPLE)
def test_what_is_no_persons_needs_none(world: World, route: str) -> None:
    method, path = route.split(" ")
    response = world.client.request(method, path.format(verb="status"), json={} if method == "POST" else None)
    assert response.status_code == WITHOUT_PEOPLE[route]


def test_a_route_without_a_row_is_found(world: World) -> None:
    @world.app.get("/api/v1/new")
    def new() -> dict[str, str]:
        return {}

    try:
        assert rows_missing(world.app) == {"GET /api/v1/new"}
    finally:
        world.app.router.routes.pop()


def test_a_route_that_skips_the_check_is_found(world: World) -> None:
    @world.app.get("/api/v1/tickets/{ref}")
    def leak(ref: str, room: Room) -> dict[str, Any]:
        return tickets.show(room, Caller(Role.ADMIN), ref)

    world.app.router.routes.insert(0, world.app.router.routes.pop())
    try:
        found = wrong_cells(world, "GET /api/v1/tickets/{ref}")
        assert {"public own: 200, not 401", "sme foreign: 200, not 404", "engineer foreign: 200, not 404"} <= set(found)
    finally:
        world.app.router.routes.pop(0)


@pytest.mark.parametrize("path", ["/tickets", "/offers"])
def test_lists_hold_nothing_of_another_firm(world: World, path: str) -> None:
    theirs = world.ticket("B", "in_progress")
    reader = world.firm["A"] if path == "/tickets" else world.engineer["A"]
    mine = world.ticket("A", "claimed")
    refs = {item.get("ref") or item["ticket"]["ref"] for item in world.get(path, reader).json()["items"]}
    assert theirs not in refs
    assert path == "/offers" or mine in refs


def test_the_directorys_secret_is_the_operator_and_a_wrong_token_is_nobody(world: World) -> None:
    assert world.get("/tickets", Account(Caller(), {"Authorization": f"Bearer {SECRET}"})).status_code == 200
    for token in ("wz_nobody", SECRET + "x", "x" * 5000):
        assert world.get("/tickets", Account(Caller(), {"Authorization": f"Bearer {token}"})).status_code == 401
