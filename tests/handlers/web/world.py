"""Two firms, their engineers, staff, and cases in every state, behind the real application on real records."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.clinic import conversations, offers, people, solutions, tickets
from bot.clinic.clinic import Clinic
from bot.db import Records
from bot.dialogue.dialogue import Dialogue
from bot.profile import Profile
from bot.rules.people import NOBODY, Caller
from bot.work.files import Files
from bot.work.hub import Hub
from bot.work.lanes import Lanes, Talks
from handlers.web.app import create_app
from retrieval.protocols import Role
from tests.bot.clinic import HOURS, MONDAY, make_ticket
from tests.bot.records import sqlite_records
from tests.handlers.web.house import LINES, FakeAssistant, build

FORM = {"symptom": "缩水", "cause": "保压不足", "steps": "加保压", "verification": "称重", "limits": "仅限 PP"}
OPERATOR = Caller(Role.ADMIN)


@dataclass(frozen=True)
class Account:
    """Someone who can call."""

    caller: Caller
    headers: dict[str, str]


@dataclass
class World:
    """The clinic with its people: `firm` and `engineer` by letter, A and B."""

    clinic: Clinic
    lanes: Lanes
    app: FastAPI
    client: TestClient
    firm: dict[str, Account] = field(default_factory=dict)
    engineer: dict[str, Account] = field(default_factory=dict)
    clerk: dict[Role, Account] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    nobody: Account = field(default_factory=lambda: Account(NOBODY, {}))

    def account(self, role: Role, name: str, **more: Any) -> Account:
        """A new account and its token."""
        made = people.add(self.clinic, OPERATOR, role=role.value, name=name, **more)
        token = made["token"]
        return Account(people.caller_of_token(self.clinic, token), {"Authorization": f"Bearer {token}"})

    def as_role(self, role: Role, letter: str = "A") -> Account:
        """Who stands for a role."""
        if role is Role.PUBLIC:
            return self.nobody
        if role is Role.SME:
            return self.firm[letter]
        return self.engineer[letter] if role is Role.ENGINEER else self.clerk[role]

    def ticket(self, letter: str = "A", state: str = "offered") -> str:
        """A fresh ticket of a firm, brought into a state by its engineer."""
        firm, engineer = self.firm[letter].caller, self.engineer[letter].caller
        with self.clinic.records.write() as session:
            ref = make_ticket(session, firm, at=self.clinic.moment()).ticket.ref
        if state == "offered":
            return ref
        tickets.claim(self.clinic, engineer, ref)
        if state == "claimed":
            return ref
        tickets.say(self.clinic, engineer, ref, text="您好，我看一下")
        if state == "in_progress":
            return ref
        tickets.resolve(self.clinic, engineer, ref, form=FORM)
        if state == "resolved":
            return ref
        assert state == "closed", state
        tickets.confirm(self.clinic, firm, ref)
        return ref

    def solution(self, letter: str, state: str) -> str:
        """A solution that waits for its review."""
        assert state == "review", state
        ref = self.ticket(letter, "closed")
        return str(solutions.listed(self.clinic, self.clerk[Role.STAFF].caller, ticket=ref)["items"][0]["id"])

    def stranger(self) -> Account:
        """Someone of a firm that nobody here knows."""
        number = next(self.numbers)
        return self.account(Role.SME, f"路人{number}", organisation=f"路人{number}厂")

    def ask(self, account: Account | None = None, text: str = "培育期多久") -> str:
        """The id of the answer to a question."""
        return str(self.post("/ask", account, {"text": text}).json()["id"])

    def invitation(self) -> str:
        """The key of a fresh invitation."""
        return str(people.invite(self.clinic, OPERATOR, role=Role.SME.value, organisation="丁厂")["key"])

    @property
    def token(self) -> str:
        """One that opens an account."""
        return self.engineer["A"].headers["Authorization"].removeprefix("Bearer ")

    def shown(self, ref: str) -> dict[str, Any]:
        """A ticket as staff see it."""
        return tickets.show(self.clinic, self.clerk[Role.STAFF].caller, ref)

    def talk(self, letter: str | None = "A") -> str:
        """A fresh conversation of a firm, or of nobody."""
        caller = self.firm[letter].caller if letter else NOBODY
        return str(conversations.begin(self.clinic, caller)["id"])

    def offer(self, ref: str, letter: str = "A") -> str:
        """The offer of a ticket to an engineer."""
        items = offers.listed(self.clinic, self.engineer[letter].caller)["items"]
        return next(str(item["id"]) for item in items if item["ticket"]["ref"] == ref)

    def post(self, path: str, account: Account | None = None, body: Any = None) -> httpx2.Response:
        """A call of the API."""
        return self.client.post(
            f"/api/v1{path}", json={} if body is None else body, headers=(account or self.nobody).headers
        )

    def get(self, path: str, account: Account | None = None) -> httpx2.Response:
        """A reading of the API."""
        return self.client.get(f"/api/v1{path}", headers=(account or self.nobody).headers)


def _hurry(records: Records) -> None:
    """Let commits not wait for the disk: nothing is killed here, and there are thousands of them."""
    connection = records.engine.raw_connection()
    connection.cursor().execute("PRAGMA synchronous=OFF")
    connection.close()


@contextmanager
def open_world(folder: Path, *, talk: Talks | None = None) -> Iterator[World]:
    """A world on records of its own, its lanes working."""
    with sqlite_records(folder) as records:
        _hurry(records)
        hub = Hub()
        services = build().services

        def on_commit(topics: frozenset[str]) -> None:
            services.tally.count(topics)
            hub.tell(topics)

        records.on_commit = on_commit
        profile = Profile(name="测试中心", telephone="0731-8888 0000")
        clinic = Clinic(records, lambda: MONDAY, HOURS, profile, hub, files=Files(records, folder / "files"))
        dialogue = talk or Dialogue(FakeAssistant(dict(LINES)), profile, HOURS)
        lanes = Lanes(records, dialogue, clinic.clock, HOURS, hub, telephone=profile.telephone)
        lanes.start()
        settings = services.settings.model_copy(update={"data": folder})
        app = create_app(replace(services, clinic=clinic, lanes=lanes, settings=settings))
        with TestClient(app, raise_server_exceptions=False) as client:
            world = World(clinic, lanes, app, client)
            for letter in "AB":
                world.firm[letter] = world.account(Role.SME, f"{letter}老板", organisation=f"{letter}厂")
                world.engineer[letter] = world.account(Role.ENGINEER, f"{letter}工")
            for role in (Role.STAFF, Role.ADMIN):
                world.clerk[role] = world.account(role, role.value)
            try:
                yield world
            finally:
                lanes.stop(5)
