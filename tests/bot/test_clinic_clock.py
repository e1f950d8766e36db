"""The machine's clock is set back an hour: while the clinic runs, and between two starts. Every step goes on, nothing is lived through twice."""

from datetime import datetime, timedelta
from pathlib import Path

from bot.clinic import conversations, ledger, people, solutions, tickets
from bot.clinic.clinic import Clinic
from bot.clock import SteadyClock
from bot.db import Records
from bot.profile import Profile
from bot.rules.people import Caller
from bot.work.hub import Hub
from retrieval.protocols import Role
from tests.bot.clinic import HOURS, MONDAY, make_ticket
from tests.bot.records import sqlite_records
from tests.bot.test_clock import Machine

OPERATOR = Caller(Role.ADMIN)
FORM = {"symptom": "缩水", "cause": "保压不足", "steps": "加保压", "verification": "称重", "limits": "仅限 PP"}


def clinic_of(records: Records, machine: Machine) -> Clinic:
    """The clinic as a process that starts now has it."""
    return Clinic(records, SteadyClock(machine.wall, machine.monotonic_s), HOURS, Profile(), Hub())


def account(clinic: Clinic, role: str, name: str, organisation: str | None = None) -> Caller:
    made = people.add(clinic, OPERATOR, role=role, name=name, organisation=organisation)
    return people.caller_of_token(clinic, made["token"])


def story(records: Records, machine: Machine, *, restart: bool) -> tuple[Clinic, dict[str, object]]:
    """A case from its claim to its approval; the clock is set back after the solution was written."""
    clinic = clinic_of(records, machine)
    firm, engineer = account(clinic, "sme", "王厂长", "甲厂"), account(clinic, "engineer", "张工")
    clerk = account(clinic, "staff", "李审核")
    with records.write() as session:
        ref = make_ticket(session, firm, at=clinic.moment()).ticket.ref
    tickets.claim(clinic, engineer, ref)
    machine.live(60)
    tickets.say(clinic, engineer, ref, text="先看保压")
    machine.live(60)
    tickets.resolve(clinic, engineer, ref, form=FORM)
    machine.wall_at -= timedelta(hours=1)
    if restart:
        clinic = clinic_of(records, machine)
    tickets.confirm(clinic, firm, ref)
    [solution] = solutions.listed(clinic, clerk, ticket=ref)["items"]
    approved = solutions.approve(clinic, clerk, solution["id"])
    assert approved["state"] == "approved"
    tickets.reopen(clinic, firm, ref)
    tickets.say(clinic, engineer, ref, text="我再看看")
    assert ledger.verify(clinic, OPERATOR)["ok"]
    return clinic, tickets.show(clinic, clerk, ref)


def test_set_back_while_it_runs_time_goes_on_from_where_it_was(tmp_path: Path) -> None:
    machine = Machine()
    machine.wall_at = MONDAY
    with sqlite_records(tmp_path) as records:
        clinic, ticket = story(records, machine, restart=False)
        said = [datetime.fromisoformat(one["at"]) for one in ticket["messages"]]  # type: ignore[attr-defined]
        assert said == sorted(said)
        assert datetime.fromisoformat(str(ticket["due"])) > clinic.clock() > MONDAY


def test_set_back_between_two_starts_every_step_goes_on_in_its_order(tmp_path: Path) -> None:
    machine = Machine()
    machine.wall_at = MONDAY
    with sqlite_records(tmp_path) as records:
        clinic, ticket = story(records, machine, restart=True)
        words = [one["text"] for one in ticket["messages"] if one["from"] == "engineer"]  # type: ignore[attr-defined]
        assert words == ["先看保压", "我再看看"]
        talk = str(ticket["conversation"])
        page = conversations.since(clinic, OPERATOR, talk)
        assert [one["id"] for one in page.items] == [one["id"] for one in ticket["messages"]]  # type: ignore[attr-defined]
        rest = conversations.since(clinic, OPERATOR, talk, after=page.items[2]["id"])
        assert rest.items == page.items[3:]
