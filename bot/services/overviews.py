"""What a list of cases shows beside each ticket: its firm, and the last thing that was said."""

from collections.abc import Collection

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bot.models.conversations import Message
from bot.models.people import Organisation
from bot.rules.conversations import Sender


def last_words(session: Session, conversation_ids: Collection[str]) -> dict[str, Message]:
    """The last message of each talk that somebody wrote, or the bot; what the system told is passed over."""
    newest = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .where(Message.conversation_id.in_(conversation_ids), Message.sender != Sender.SYSTEM)
        .group_by(Message.conversation_id)
        .subquery()
    )
    rows = session.scalars(
        select(Message).join(
            newest, and_(Message.conversation_id == newest.c.conversation_id, Message.seq == newest.c.seq)
        )
    )
    return {row.conversation_id: row for row in rows}


def firms(session: Session, organisation_ids: Collection[str]) -> dict[str, Organisation]:
    """Organisations by id."""
    return {
        row.id: row for row in session.scalars(select(Organisation).where(Organisation.id.in_(set(organisation_ids))))
    }
