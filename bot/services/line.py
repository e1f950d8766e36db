"""The end of a far chat's line: the one way into the outbox, in the transaction that makes a message necessary."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.models.work import Outbound
from bot.services.topics import touched

TOPIC = "outbox"  # told when something can go that could not before


def queue(
    session: Session,
    now: datetime,
    *,
    channel: str,
    lane: str,
    payload: Mapping[str, Any],
    message_id: str | None = None,
) -> int:
    """Put a message at the end of its lane, the far side's chat; gives its number."""
    row = Outbound(channel=channel, lane=lane, payload=dict(payload), message_id=message_id, queued_at=now)
    session.add(row)
    session.flush()
    touched(session, TOPIC)
    return row.id
