"""What a transaction touches: whoever watches a topic is told once it is kept."""

from sqlalchemy.orm import Session


def touched(session: Session, topic: str) -> None:
    """Whoever watches this topic is told once the transaction is kept."""
    session.info.setdefault("topics", set()).add(topic)
