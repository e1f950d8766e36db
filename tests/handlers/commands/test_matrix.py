"""Every command that says who, every role, one's own things and another firm's: enumerated from the commands themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.clinic import commands, people
from bot.errors import BotError, Conflict, NotAllowed, NotFound, Unauthenticated
from handlers.cli import app
from retrieval.protocols import Role
from tests.handlers.web.test_matrix import common, draft, duplicate, first_of, merged, package, pair, put_out
from tests.handlers.web.world import FORM, World, open_world
from tests.test_docs import commands as commands_of

ROLES = (Role.PUBLIC, Role.SME, Role.ENGINEER, Role.STAFF, Role.ADMIN)
SIGNS: dict[type[BotError], str] = {Unauthenticated: "who", NotAllowed: "no", NotFound: "none", Conflict: "late"}
Make = Callable[[World, str], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """A command: what it is given, and what each role gets on its own thing and on another's, in the order of ROLES.

    ok: done. who: nobody signed in. no: not this role's. none: not found. late: somebody else has it. "own/foreign", or one for both.
    """

    cells: str
    make: Make = lambda world, letter: {}

    def expected(self, role: Role, *, own: bool) -> str:
        cell = self.cells.split()[ROLES.index(role)].split("/")
        return cell[0] if own else cell[-1]


def ticket(state: str, foreign: str = "", **more: Any) -> Make:
    """A ticket of the letter's firm, owned by the letter's engineer."""
    return lambda world, letter: {"ref": world.ticket(letter, state if letter == "A" else foreign or state), **more}


def twins(world: World, letter: str) -> dict[str, Any]:
    return {"ref": world.ticket(letter), "into": world.ticket(letter)}


def demand(world: World, letter: str) -> dict[str, Any]:
    return {"ref": world.shown(world.ticket(letter))["demand"]}


def problem(world: World, letter: str) -> dict[str, Any]:
    return dict(common(world, Role.STAFF, letter))


def parted(world: World, letter: str) -> dict[str, Any]:
    made = common(world, Role.STAFF, letter)
    return {**made, **first_of(world, letter, made)}


def given_to(world: World, letter: str) -> dict[str, Any]:
    return {"ref": world.ticket(letter), "engineer": world.engineer["A"].caller.person}


def solution(world: World, letter: str) -> dict[str, Any]:
    return {"solution_id": world.solution(letter, "review")}


def edited(world: World, letter: str) -> dict[str, Any]:
    return {**solution(world, letter), "changes": {"title": "缩水"}}


def stranger(world: World, letter: str) -> dict[str, Any]:
    return {"person_id": world.stranger().caller.person}


def joined(world: World, letter: str) -> dict[str, Any]:
    return {**stranger(world, letter), "organisation_id": world.firm["B"].caller.organisation}


def firm(world: World, letter: str) -> dict[str, Any]:
    return {"organisation_id": world.stranger().caller.organisation}


def worker(world: World, letter: str) -> dict[str, Any]:
    return {"person": world.engineer[letter].caller.person}


REASON = {"reason": "不是我的专业"}
POOL = "who no no ok ok"
CLERKS = "ok no no ok ok"  # without a token it is the operator of the directory
ROWS: dict[str, Row] = {
    "person-add": Row(CLERKS, lambda world, letter: {"role": "engineer", "name": "新工"}),
    "person-list": Row(CLERKS),
    "person-disable": Row(CLERKS, stranger),
    "person-enable": Row(CLERKS, stranger),
    "person-token": Row(CLERKS, stranger),
    "person-invite": Row(CLERKS, lambda world, letter: {"role": "engineer"}),
    "person-join": Row(CLERKS, joined),
    "person-chat": Row("ok none none ok ok", stranger),
    "person-export": Row("ok none none ok ok", stranger),
    "person-delete": Row("ok none none ok ok", stranger),
    "person-hours": Row("ok none ok/none ok ok", worker),
    "organisation-list": Row(CLERKS),
    "organisation-verify": Row(CLERKS, firm),
    "answers-wrong": Row(CLERKS),
    "ledger-list": Row(CLERKS),
    "ledger-verify": Row(CLERKS),
    "ticket-list": Row("who ok ok ok ok"),
    "ticket-show": Row("who ok/none ok/none ok ok", ticket("in_progress")),
    "ticket-claim": Row("who no/none ok/late no no", ticket("offered", "claimed")),
    "ticket-assign": Row("who no/none no ok ok", given_to),
    "ticket-release": Row("who no/none ok/none ok ok", ticket("claimed", **REASON)),
    "ticket-say": Row("who no/none ok/none ok ok", ticket("claimed", text="您好")),
    "ticket-note": Row("who no/none ok/none ok ok", ticket("claimed", text="内部")),
    "ticket-wait": Row("who no/none ok/none no no", ticket("in_progress")),
    "ticket-resolve": Row("who no/none ok/none no no", ticket("in_progress", form=FORM)),
    "ticket-confirm": Row("who ok/none no/none ok ok", ticket("resolved")),
    "ticket-rate": Row("who ok/none no/none no no", ticket("resolved", rating=5)),
    "ticket-transfer": Row("who no/none ok/none ok ok", ticket("in_progress", **REASON)),
    "ticket-reopen": Row("who ok/none no/none ok ok", ticket("resolved")),
    "ticket-cancel": Row("who ok/none no/none ok ok", ticket("in_progress", **REASON)),
    "ticket-escalate": Row("who no/none ok/none ok ok", ticket("in_progress", **REASON)),
    "ticket-merge": Row("who no/none no ok ok", twins),
    "demand-list": Row(POOL),
    "demand-show": Row(POOL, demand),
    "demand-export": Row(POOL, lambda world, letter: {"format": "csv"}),
    "demand-split": Row(POOL, lambda world, letter: merged(world, Role.STAFF, letter)),
    "demand-duplicates": Row(POOL),
    "demand-dismiss": Row(
        POOL, lambda world, letter: {"duplicate_id": int(duplicate(world, Role.STAFF, letter)["duplicate"])}
    ),
    "package-list": Row("who ok ok ok ok"),
    "package-show": Row("who ok/none ok/none ok ok", lambda world, letter: dict(package(world, Role.STAFF, letter))),
    "package-make": Row(POOL, lambda world, letter: {"demands": [demand(world, letter)["ref"]]}),
    "package-edit": Row(POOL, lambda world, letter: {**draft(world, Role.STAFF, letter), "fields": {"title": "缩水"}}),
    "package-publish": Row(POOL, lambda world, letter: dict(draft(world, Role.STAFF, letter))),
    "package-close": Row(POOL, lambda world, letter: dict(put_out(world, Role.STAFF, letter))),
    "package-drop": Row(POOL, lambda world, letter: dict(draft(world, Role.STAFF, letter))),
    "package-applications": Row(POOL, lambda world, letter: dict(put_out(world, Role.STAFF, letter))),
    "cluster-list": Row("who ok no ok ok"),
    "cluster-show": Row("who ok/none no ok ok", problem),
    "cluster-make": Row(POOL, lambda world, letter: pair(world, letter, {})),
    "cluster-add": Row(POOL, lambda world, letter: {**problem(world, letter), **pair(world, letter, {})}),
    "cluster-merge": Row(POOL, lambda world, letter: {**problem(world, letter), "into": problem(world, letter)["ref"]}),
    "cluster-split": Row(POOL, parted),
    "cluster-rename": Row(POOL, lambda world, letter: {**problem(world, letter), "name": "缩水"}),
    "cluster-dissolve": Row(POOL, problem),
    "demand-merge": Row(POOL, lambda world, letter: {**demand(world, letter), "into": demand(world, letter)["ref"]}),
    "solution-list": Row("who ok ok ok ok"),
    "solution-show": Row("who ok/none ok/none ok ok", solution),
    "solution-edit": Row("who no/none no/none ok ok", edited),
    "solution-approve": Row("who no/none no/none ok ok", solution),
    "solution-retract": Row("who no/none no/none ok ok", solution),
}
GROUPS = {"person", "organisation", "ticket", "demand", "cluster", "package", "solution", "ledger", "answers"}
WITH_ASSISTANT = {"answers-replay"}  # asks the assistant as well, which only the whole house has


def outcome(world: World, name: str, values: dict[str, Any], role: Role) -> str:
    """What the command gives to the firm or engineer A, to a clerk, or to who has no token."""
    token = world.as_role(role).headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        commands.run(world.clinic, name, {**values, "token": token or None})
    except tuple(SIGNS) as error:
        return next(sign for kind, sign in SIGNS.items() if isinstance(error, kind))
    return "ok"


def wrong_cells(world: World, name: str) -> list[str]:
    """What a command does otherwise than its row says."""
    row, wrong = ROWS[name], []
    for role in ROLES:
        for own in (True, False):
            found = outcome(world, name, row.make(world, "A" if own else "B"), role)
            if found != row.expected(role, own=own):
                wrong.append(f"{role} {'own' if own else 'foreign'}: {found}, not {row.expected(role, own=own)}")
    return wrong


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all cells: each makes the things that it needs."""
    with open_world(tmp_path_factory.mktemp("matrix")) as made:
        yield made


def test_every_command_has_a_row_and_every_row_a_command() -> None:
    import typer

    offered = {name.removeprefix("wenzhen ").replace(" ", "-") for name, _ in commands_of(typer.main.get_command(app))}
    assert {name for name in offered if name.split("-")[0] in GROUPS} - WITH_ASSISTANT == set(ROWS) == commands.NAMES


@pytest.mark.parametrize("name", ROWS)
def test_every_role_gets_what_it_may_and_no_more(world: World, name: str) -> None:
    assert wrong_cells(world, name) == []


def test_a_planted_hole_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def leak(clinic: Any, caller: Any, **given: Any) -> dict[str, Any]:
        from bot.clinic import tickets

        return tickets.show(clinic, commands.OPERATOR, **given)

    monkeypatch.setattr(commands, "PERSONS", {**commands.PERSONS, "ticket-show": leak})
    assert wrong_cells(world, "ticket-show") == ["sme foreign: ok, not none", "engineer foreign: ok, not none"]


def test_a_token_that_is_dead_is_nobodys(world: World) -> None:
    account = world.account(Role.ENGINEER, "离岗")
    people.disable(world.clinic, world.clerk[Role.STAFF].caller, str(account.caller.person))
    token = account.headers["Authorization"].removeprefix("Bearer ")
    for dead in (token, "wz_nobody", token[:-1], "\udcff"):
        for name in ("ticket-list", "person-list"):
            with pytest.raises(Unauthenticated):
                commands.run(world.clinic, name, {"token": dead})
