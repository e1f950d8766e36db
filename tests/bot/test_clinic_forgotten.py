"""Whoever was deleted a moment ago, and is still known to a door, writes nothing any more, whatever the verb."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.clinic import conversations, demands, offers, people, solutions, tickets
from bot.db import Records
from bot.errors import BotError, Unauthenticated
from bot.models import Base
from bot.rules.people import Caller
from retrieval.protocols import Role
from tests.handlers.web.world import OPERATOR, World, open_world

Verb = Callable[[World, Caller, str], Any]
SECRET = "只有我知道的事"
VERBS: dict[Role, dict[str, Verb]] = {
    Role.STAFF: {
        "say": lambda world, who, ref: tickets.say(world.clinic, who, ref, text=SECRET),
        "note": lambda world, who, ref: tickets.note(world.clinic, who, ref, text=SECRET),
        "cancel": lambda world, who, ref: tickets.cancel(world.clinic, who, ref, reason=SECRET),
        "transfer": lambda world, who, ref: tickets.transfer(world.clinic, who, ref, reason=SECRET),
        "escalate": lambda world, who, ref: tickets.escalate(world.clinic, who, ref, reason=SECRET),
        "publish": lambda world, who, ref: demands.publish(
            world.clinic, who, str(world.shown(ref)["demand"]), reason=SECRET
        ),
        "add": lambda world, who, ref: people.add(world.clinic, who, role="engineer", name=SECRET),
        "invite": lambda world, who, ref: people.invite(world.clinic, who, role="sme", organisation=SECRET),
        "talk": lambda world, who, ref: conversations.begin(world.clinic, who),
        "edit": lambda world, who, ref: solutions.edit(
            world.clinic, who, world.solution("A", "review"), {"title": SECRET}
        ),
        "export": lambda world, who, ref: people.export(world.clinic, who, str(world.firm["A"].caller.person)),
    },
    Role.SME: {
        "rate": lambda world, who, ref: tickets.rate(world.clinic, who, ref, rating=5, comment=SECRET),
        "reopen": lambda world, who, ref: tickets.reopen(world.clinic, who, ref),
        "confirm": lambda world, who, ref: tickets.confirm(world.clinic, who, ref, share=True),
        "talk": lambda world, who, ref: conversations.begin(world.clinic, who),
    },
    Role.ENGINEER: {
        "claim": lambda world, who, ref: tickets.claim(world.clinic, who, world.ticket("A")),
        "note": lambda world, who, ref: tickets.note(world.clinic, who, ref, text=SECRET),
        "decline": lambda world, who, ref: offers.decline(world.clinic, who, "f_none", reason=SECRET),
        "wait": lambda world, who, ref: tickets.wait(world.clinic, who, ref),
    },
}
CASES = [(role, name) for role, verbs in VERBS.items() for name in verbs]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with open_world(tmp_path_factory.mktemp("forgotten")) as made:
        yield made


def every_word(records: Records) -> str:
    with records.read() as session:
        rows = {
            table.name: [tuple(row) for row in session.execute(table.select())] for table in Base.metadata.sorted_tables
        }
    return json.dumps(rows, ensure_ascii=False, default=str)


@pytest.mark.parametrize(("role", "name"), CASES)
def test_who_was_deleted_a_moment_ago_writes_nothing(world: World, role: Role, name: str) -> None:
    made = {"organisation": "A厂"} if role is Role.SME else {}
    ghost = world.account(role, "幽灵", **made).caller
    if role is Role.SME:  # a colleague of the firm whose case it is
        ghost = Caller(role, ghost.person, ghost.name, world.firm["A"].caller.organisation)
    ref = world.ticket("A", "closed" if role is Role.SME else "in_progress")
    people.delete(world.clinic, OPERATOR, str(ghost.person))
    with pytest.raises(BotError) as refused:
        VERBS[role][name](world, ghost, ref)
    if role is not Role.ENGINEER:  # his cases are not his any more, which is found out earlier
        assert isinstance(refused.value, Unauthenticated), name
    words = every_word(world.clinic.records)
    assert SECRET not in words
    assert "幽灵" not in words


def test_who_deletes_his_own_account_is_let(world: World) -> None:
    own = world.stranger().caller
    assert people.delete(world.clinic, own, str(own.person))["deleted"]


# Nobody yet, or nobody any more at the end; `writing` is what looks.
WITHOUT_LOOKING = {"writing", "sign_in", "sign_out", "come_back", "registered", "accept", "register", "delete"}
WITHOUT_LOOKING |= {"shut", "topic_lost", "moved"}  # what became of a chat is nobody's doing


def test_every_other_verb_looks_at_its_end_whether_its_caller_is_still_there() -> None:
    folder = Path(__file__).resolve().parents[2] / "bot" / "clinic"
    plain = {
        node.name
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and "records.write()" in ast.unparse(node)
    }
    assert plain == WITHOUT_LOOKING
