"""The ledger: one entry an event, each bound to the one before. Appending is the only verb that writes."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.models.ledger import Entry, Head
from bot.rules.people import NOBODY, Caller
from bot.services import conversations

GENESIS = "0" * 64
SYSTEM = "system"
ALTERED = "这条记录被改动过"
BATCH = 1000  # entries read at once
READ = "ticket.read"
EVENT = "event:"  # begins the topic of an entry: its number and the event


def append(
    session: Session,
    *,
    at: datetime,
    event: str,
    subject: str,
    caller: Caller = NOBODY,
    data: dict[str, Any] | None = None,
) -> None:
    """Write one event. `data` must hold no personal datum: it outlives the person's deletion.

    The update of the head is a row lock until the transaction ends, so that two writers never continue the same entry.
    """
    seq, previous = session.execute(
        update(Head).where(Head.id == 1).values(seq=Head.seq + 1).returning(Head.seq, Head.hash)
    ).one()
    actor = digest(caller.person) if caller.person else (SYSTEM if caller is NOBODY else caller.role.value)
    data = data or {}
    own = hash_of(previous, seq=seq, at=at, actor=actor, event=event, subject=subject, data=data)
    session.execute(
        insert(Entry).values(seq=seq, at=at, actor=actor, event=event, subject=subject, data=data, hash=own)
    )
    session.execute(update(Head).where(Head.id == 1).values(hash=own))
    conversations.touched(session, f"{EVENT}{seq}:{event}")


def note_reading(session: Session, *, at: datetime, since: datetime, subject: str, caller: Caller) -> bool:
    """Write that the caller has read a firm's talk, unless that was written since then. Gives whether it is new."""
    # The head is the lock that orders writers: two readings at once are one.
    session.execute(update(Head).where(Head.id == 1).values(seq=Head.seq))
    if has_read(session, since=since, subject=subject, caller=caller):
        return False
    append(session, at=at, event=READ, subject=subject, caller=caller)
    return True


def has_read(session: Session, *, since: datetime, subject: str, caller: Caller) -> bool:
    """Whether the caller's reading has been written since then."""
    actor = digest(caller.person) if caller.person else caller.role.value
    known = select(Entry.seq).where(
        Entry.subject == subject, Entry.event == READ, Entry.actor == actor, Entry.at >= since
    )
    return session.scalars(known.limit(1)).first() is not None


def entries(session: Session, *, after: int = 0, subject: str | None = None, limit: int = 200) -> Sequence[Entry]:
    """Entries in order, from the one after this number on."""
    query = select(Entry).where(Entry.seq > after).order_by(Entry.seq).limit(limit)
    if subject is not None:
        query = query.where(Entry.subject == subject)
    return session.scalars(query).all()


def digest(person: str) -> str:
    """How a person stands in the ledger. Ids hold 128 random bits, so once the id is gone nobody can find it again."""
    return hashlib.sha256(person.encode()).hexdigest()[:16]


def hash_of(
    previous: str, *, seq: int, at: datetime, actor: str, event: str, subject: str, data: dict[str, Any]
) -> str:
    """The hash of an entry: SHA-256 over the one before and its own fields as canonical JSON."""
    fields = [previous, seq, at.astimezone(UTC).isoformat(timespec="microseconds"), actor, event, subject, data]
    words = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(words.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the whole chain gave. `broken_at` is the first number that does not fit, None where all do."""

    entries: int
    broken_at: int | None = None
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        """For `ledger verify --json`."""
        return {
            "ok": self.broken_at is None,
            "entries": self.entries,
            "broken_at": self.broken_at,
            "problem": self.problem,
        }


def verify(session: Session) -> Verdict:
    """Walk the chain from its beginning: every number once, every hash right, the head the last of them."""
    previous, count = GENESIS, 0
    for entry in _all(session):
        count += 1
        if entry is None:
            return Verdict(count, count, ALTERED)
        if entry.seq != count:
            return Verdict(count, count, "缺少一条记录")
        own = hash_of(
            previous,
            seq=entry.seq,
            at=entry.at,
            actor=entry.actor,
            event=entry.event,
            subject=entry.subject,
            data=entry.data,
        )
        if own != entry.hash:
            return Verdict(count, count, ALTERED)
        previous = entry.hash
    head = session.get(Head, 1)
    if head is None or head.seq > count:
        return Verdict(count, count + 1, "末尾的记录缺失")
    if head.seq < count:
        return Verdict(count, head.seq + 1, "末尾多出没有登记的记录")
    if head.hash != previous:
        return Verdict(count, count, ALTERED)
    return Verdict(count)


def _all(session: Session) -> Iterator[Entry | None]:
    """Every entry in order; None for one that cannot be read any more."""
    last: int | None = None
    while True:
        following = select(Entry.seq).order_by(Entry.seq).limit(BATCH)
        seqs = session.scalars(following if last is None else following.where(Entry.seq > last)).all()
        if not seqs:
            return
        try:
            yield from session.scalars(
                select(Entry).where(Entry.seq.between(seqs[0], seqs[-1])).order_by(Entry.seq)
            ).all()
        except ValueError:
            yield from (_readable(session, seq) for seq in seqs)
        last = seqs[-1]


def _readable(session: Session, seq: int) -> Entry | None:
    try:
        return session.get(Entry, seq)
    except ValueError:
        return None
