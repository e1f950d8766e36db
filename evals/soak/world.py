"""A small clinic on disk for the long runs: a few regulations in the index, firms and engineers with their tokens."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from evals.soak import ingests

FIRMS = 4
ENGINEERS = 8
ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class World:
    """Tokens of who can call; the data directory and its settings."""

    data: Path
    settings: dict[str, str]
    firms: tuple[str, ...]
    engineers: tuple[str, ...]
    names: tuple[str, ...]  # of the engineers
    tickets: tuple[str, ...]

    @property
    def records(self) -> Path:
        """The file of the records."""
        return self.data / "records.sqlite"


def make(folder: Path, *, embedding: str, tickets: int = 0, shipped: bool = False, empty: bool = False) -> World:
    """Make it, in a process of its own: this one must not have opened anything."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"embedding": embedding}
    made = ingests.in_child(lambda tell: _make(folder, settings, tickets=tickets, shipped=shipped, empty=empty)).result
    return World(
        folder / "data",
        settings,
        tuple(made["firms"]),
        tuple(made["engineers"]),
        tuple(made["names"]),
        tuple(made["tickets"]),
    )


def _make(folder: Path, settings: dict[str, str], *, tickets: int, shipped: bool, empty: bool) -> dict[str, list[str]]:
    from bot import verbs
    from bot.bootstrap import build
    from bot.clinic import people
    from bot.rules.people import Caller
    from bot.settings import load
    from retrieval.protocols import Role

    services = build(load(data=folder / "data", **settings))
    operator = Caller(Role.ADMIN)
    names = [f"工程师{number}" for number in range(ENGINEERS)]
    try:
        if shipped:
            verbs.run(services, "ingest-shipped", {}, lambda what, done, total: None)
        elif not empty:
            ingests.change(folder / "documents", random.Random(1), share=1.0)
            services.library.ingest([folder / "documents"])
        clinic = services.clinic
        firms = [
            people.add(clinic, operator, role="sme", name=f"老板{number}", organisation=f"第{number}厂")["token"]
            for number in range(FIRMS)
        ]
        engineers = [people.add(clinic, operator, role="engineer", name=name)["token"] for name in names]
        asker = people.caller_of_token(clinic, firms[0])
        refs = [_ticket(services, asker) for _ in range(tickets)]
    finally:
        services.close()
    return {"firms": firms, "engineers": engineers, "names": names, "tickets": refs}


def _ticket(services, asker) -> str:  # type: ignore[no-untyped-def]
    from bot.rules.triage import Demand, Domain, Urgency
    from bot.services import conversations, demands, tickets

    moment = services.clinic.moment()
    with services.clinic.records.write() as session:
        conversation = conversations.begin(session, moment.now, channel="web", caller=asker)
        demand = demands.propose(
            session,
            moment.now,
            conversation,
            caller=asker,
            kind=Demand.PROBLEM,
            domain=Domain.MOULDING,
            urgency=Urgency.NORMAL,
            title="注塑件缩水",
            text="注塑件老缩水",
            facts={},
        )
        ref: str = tickets.open_ticket(session, moment, conversation, demand, caller=asker).ref
        return ref
