"""The audit of the long runs finds each kind of damage that it is there for."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.rules.people import Caller
from bot.services import conversations
from bot.work.hub import Hub
from bot.work.lanes import Lanes
from evals.soak import audit
from retrieval.protocols import Role
from tests.bot.clinic import HOURS, MONDAY, make_person, make_ticket
from tests.bot.records import sqlite_records
from tests.bot.work.now import Now
from tests.bot.work.talk import EchoTalk


@dataclass
class Clinic:
    """A file of records with two answered messages, one that waits, and a ticket."""

    file: Path
    acknowledged: list[str]

    def wrong(self) -> list[str]:
        return audit.check(self.file, self.acknowledged)

    def damage(self, statement: str) -> None:
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute(statement)
            connection.commit()


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    with sqlite_records(tmp_path) as records:
        with records.write() as session:
            firm: Caller = make_person(session, Role.SME, organisation="甲厂")
            make_ticket(session, firm)
            talk = conversations.begin(session, MONDAY, channel="web", caller=firm).id
        lanes = Lanes(records, EchoTalk(), Now(), HOURS, Hub())
        for number in range(2):
            lanes.post(talk, "在吗", caller=firm, client_id=str(number))
        lanes.run_waiting()
        lanes.post(talk, "在吗", caller=firm, client_id="2")
    yield Clinic(tmp_path / "records.sqlite", [f"{talk}:{number}" for number in range(3)])


def test_sound_records_pass(clinic: Clinic) -> None:
    assert clinic.wrong() == []


@pytest.mark.parametrize(
    ("found", "statement"),
    [
        ("1 lost", "DELETE FROM inbox WHERE state = 'waiting'"),
        ("dead", "UPDATE inbox SET state = 'dead' WHERE state = 'waiting'"),
        ("ended without a result", "UPDATE inbox SET result = NULL WHERE id = 1"),
        ("ended without its message", "UPDATE messages SET client_key = 'x' WHERE seq = 1"),
        ("waits and has its message", "UPDATE inbox SET state = 'waiting' WHERE id = 1"),
        ("a message that nobody sent", "UPDATE inbox SET update_id = 'x' WHERE id = 1"),
        (
            "a reply that is not there",
            "UPDATE inbox SET result = json_set(result, '$.replies', json('[\"m_0\"]')) WHERE id = 1",
        ),
        (
            "a reply to two messages",
            "UPDATE inbox SET result = (SELECT result FROM inbox WHERE id = 2) WHERE id = 1",
        ),
        (
            "answered twice",
            "UPDATE inbox SET result = json_set(result, '$.replies', json('[]')) WHERE id = 1",
        ),
        ("a gap in a talk", "UPDATE messages SET seq = 9 WHERE seq = 2"),
        ("an owner of a talk", "UPDATE conversations SET owner = 'engineer' WHERE owner = 'pool'"),
        ("half made", "UPDATE tickets SET demand_ref = 'D-999999'"),
        ("the ledger does not know", "DELETE FROM ledger WHERE event = 'ticket.offered'"),
        ("ledger broken", "UPDATE ledger SET subject = 'T-000009' WHERE seq = 2"),
    ],
)
def test_damage_is_found(clinic: Clinic, found: str, statement: str) -> None:
    clinic.damage(statement)
    assert any(found in words for words in clinic.wrong()), clinic.wrong()


def test_two_open_tickets_of_a_talk_are_found(clinic: Clinic) -> None:
    with closing(sqlite3.connect(clinic.file)) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(tickets)") if row[1] not in ("number", "ref")]
        columns = ", ".join(names)
        connection.execute(f"INSERT INTO tickets (ref, {columns}) SELECT 'T-000002', {columns} FROM tickets")
        connection.commit()
    assert any("two open tickets" in words for words in clinic.wrong())
