"""Whether the records of a clinic hold together: asked of the SQLite file itself, while no process serves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from bot.db import Records, sqlite_url
from bot.services import ledger

_STATES = "('triage','offered','claimed','in_progress','waiting_sme','transferred','resolved','closed','merged','escalated','cancelled')"
_OPEN = "('triage','offered','transferred','claimed','in_progress','waiting_sme')"
_REPLIES = """
    replies AS (SELECT inbox.id AS inbox, inbox.lane AS lane, each.value AS reply
                FROM inbox, json_each(inbox.result, '$.replies') AS each WHERE inbox.state = 'done')
"""

# Each finds what must not be: a sentence, and a query that gives the first such things.
MUST_NOT = {
    "ended without a result": "SELECT id FROM inbox WHERE state = 'done' AND result IS NULL",
    "dead": "SELECT id FROM inbox WHERE state = 'dead'",
    "ended without its message": """
        SELECT inbox.id FROM inbox
        LEFT JOIN messages ON messages.id = json_extract(inbox.result, '$.message')
        WHERE inbox.state = 'done'
          AND (messages.id IS NULL OR messages.client_key <> inbox.update_id OR messages.conversation_id <> inbox.lane)""",
    "waits and has its message already": """
        SELECT inbox.id FROM inbox JOIN messages ON messages.client_key = inbox.update_id WHERE inbox.state = 'waiting'""",
    "a message that nobody sent": """
        SELECT id FROM messages WHERE client_key IS NOT NULL
        AND client_key NOT IN (SELECT update_id FROM inbox WHERE state = 'done')""",
    "a reply that is not there": f"""
        WITH {_REPLIES} SELECT reply FROM replies LEFT JOIN messages ON messages.id = reply
        WHERE messages.id IS NULL OR messages.conversation_id <> lane""",
    "a reply to two messages": f"WITH {_REPLIES} SELECT reply FROM replies GROUP BY reply HAVING count(*) > 1",
    "answered twice (a word of the bot that answers no message)": f"""
        WITH {_REPLIES} SELECT id FROM messages WHERE sender = 'bot' AND id NOT IN (SELECT reply FROM replies)""",
    "a gap in a talk": """
        SELECT conversations.id FROM conversations JOIN messages ON messages.conversation_id = conversations.id
        GROUP BY conversations.id HAVING count(*) <> max(last_seq) OR max(seq) <> max(last_seq)""",
    "two open tickets of a talk": f"""
        SELECT conversation_id FROM tickets WHERE state IN {_OPEN} GROUP BY conversation_id HAVING count(*) > 1""",
    "an owner of a talk that its ticket does not know": f"""
        SELECT conversations.id FROM conversations
        LEFT JOIN tickets ON tickets.conversation_id = conversations.id AND tickets.state IN {_OPEN}
        WHERE conversations.owner <> CASE WHEN tickets.ref IS NULL THEN 'bot' WHEN tickets.owner_id IS NULL THEN 'pool' ELSE 'engineer' END""",
    "a ticket that is half made": """
        SELECT tickets.ref FROM tickets LEFT JOIN demands ON demands.ref = tickets.demand_ref
        LEFT JOIN conversations ON conversations.id = tickets.conversation_id
        WHERE demands.ref IS NULL OR conversations.ticket_ref IS NULL OR tickets.state IN ('triage','transferred')""",
    "a state that the ledger does not know": f"""
        SELECT tickets.ref FROM tickets WHERE 'ticket.' || state <> (
            SELECT event FROM ledger WHERE subject = tickets.ref AND substr(event, 8) IN {_STATES}
            AND event LIKE 'ticket.%' ORDER BY seq DESC LIMIT 1)""",
}


def check(file: Path, acknowledged: Iterable[str]) -> list[str]:
    """What does not hold; empty when all does.

    Args:
        acknowledged: Update ids whose receipt was confirmed to who sent them.
    """
    wrong = []
    with closing(sqlite3.connect(file)) as connection:
        (healthy,) = connection.execute("PRAGMA quick_check").fetchone()
        if healthy != "ok":
            wrong.append(f"the file is damaged: {healthy}")
        kept = {row[0] for row in connection.execute("SELECT update_id FROM inbox")}
        lost = [update_id for update_id in acknowledged if update_id not in kept]
        if lost:
            wrong.append(f"{len(lost)} lost, the first {lost[0]}")
        for words, query in MUST_NOT.items():
            found = connection.execute(query).fetchall()
            if found:
                wrong.append(f"{words}: {len(found)}, the first {found[0][0]}")
    records = Records(sqlite_url(file))
    try:
        with records.read() as session:
            verdict = ledger.verify(session)
        if verdict.broken_at is not None:
            wrong.append(f"ledger broken at {verdict.broken_at}: {verdict.problem}")
    finally:
        records.close()
    return wrong


def count(file: Path, query: str) -> int:
    """A number that a query gives."""
    with closing(sqlite3.connect(file)) as connection:
        (number,) = connection.execute(query).fetchone()
        return int(number)
