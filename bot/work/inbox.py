"""What came in: kept before it is acknowledged, handled once, never forgotten."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.db import Records, changes_one
from bot.errors import Busy, Invalid, TooLong
from bot.models.base import table_of
from bot.models.work import FORGOTTEN, Handling, Inbound
from bot.rules.turns import Spoken

MAX_PAYLOAD_BYTES = (
    256 * 1024
)  # 20,000 characters are at most 120,000 bytes of JSON; a raw update of Telegram is smaller
MAX_UPDATE_ID_CHARS = 200  # the column's
SHARE = 4  # one lane may fill this part of the room: a single flood must not shut everyone out
LEAST_OF_A_LANE = 8
TOO_MANY = "现在排队的消息太多，这条没有收下；请稍等几秒再发一次。"
TOO_MANY_HERE = "您发的消息还有很多没处理完，这条没有收下；请等前面的回复出来再发。"


@dataclass(frozen=True, slots=True)
class Received:
    """A kept update. `is_new` is False where the same one had been kept before."""

    id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a kept update: ids of the message that it made and of the replies, empty while it waits."""

    state: Handling
    message: str | None
    replies: tuple[str, ...]


def receive(
    records: Records,
    *,
    channel: str,
    update_id: str,
    lane: str,
    payload: Mapping[str, Any],
    now: datetime,
    room: int,
) -> Received:
    """Keep one update: it is on disk when this returns. One that is known already is found again, whatever else it says.

    Args:
        lane: The conversation; its updates are handled one after another.
        room: How many updates may wait in all. A quarter of them, but not under 8, may wait in one lane.

    Raises:
        Busy: that many wait already; nothing was kept.
        TooLong: the payload is larger than is ever handled.
        Invalid: the id cannot be kept.
        DiskFull, Unavailable: it could not be stored.
    """
    _check(update_id, payload)
    with records.write() as session:
        return _received(session, channel, update_id, lane, payload, now, room)


def put(
    session: Session, *, channel: str, update_id: str, lane: str, payload: Mapping[str, Any], now: datetime, room: int
) -> bool:
    """The same as a part of somebody else's transaction; False where it was known.

    Raises:
        Busy, TooLong, Invalid: as `receive`.
    """
    _check(update_id, payload)
    return _received(session, channel, update_id, lane, payload, now, room).is_new


def _received(
    session: Session, channel: str, update_id: str, lane: str, payload: Mapping[str, Any], now: datetime, room: int
) -> Received:
    held = _known(session, channel, update_id)
    if held is not None:
        return Received(held, is_new=False)
    _require_room(session, lane, room)
    kept = session.execute(
        _KEEP[session.get_bind().dialect.name],
        {
            "channel": channel,
            "update_id": update_id,
            "lane": lane,
            "payload": dict(payload),
            "state": Handling.WAITING,
            "attempts": 0,
            "received_at": now,
        },
    ).scalar_one_or_none()
    if kept is not None:
        return Received(kept, is_new=True)
    held = _known(session, channel, update_id)
    assert held is not None
    return Received(held, is_new=False)


# Built once: every message passes here.
_INBOX = table_of(Inbound)
_KEEP = {
    dialect: insert(_INBOX).on_conflict_do_nothing(index_elements=["channel", "update_id"]).returning(_INBOX.c.id)
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_KNOWN = select(_INBOX.c.id).where(
    _INBOX.c.channel == bindparam("channel"), _INBOX.c.update_id == bindparam("update_id")
)
_OUTCOME = select(_INBOX.c.state, _INBOX.c.result).where(_INBOX.c.id == bindparam("number"))
_END = (
    update(_INBOX)
    .where(_INBOX.c.id == bindparam("number"), _INBOX.c.state == Handling.WAITING)
    .values(state=bindparam("ended"), done_at=bindparam("now"))
)
_END_EMPTIED = _END.values(result=bindparam("said"), payload=bindparam("nothing"))


def _check(update_id: str, payload: Mapping[str, Any]) -> None:
    if not update_id or len(update_id) > MAX_UPDATE_ID_CHARS or not update_id.isprintable():
        raise Invalid("消息编号不能为空、过长或含有控制字符，请换一个。")
    if len(json.dumps(payload)) > MAX_PAYLOAD_BYTES:  # ASCII, so characters are bytes
        raise TooLong("这条消息太大，请分几次发。")


def _known(session: Session, channel: str, update_id: str) -> int | None:
    known = {"channel": channel, "update_id": update_id}
    return session.execute(_KNOWN, known).scalar_one_or_none()


# Counting ends at the limit, so that a long queue costs no more than a full one.
_WAITING = text(
    "SELECT (SELECT count(*) FROM (SELECT 1 FROM inbox WHERE state = 'waiting' LIMIT :room) AS everyone),"
    " (SELECT count(*) FROM (SELECT 1 FROM inbox WHERE state = 'waiting' AND lane = :lane LIMIT :here) AS own)"
)


def _require_room(session: Session, lane: str, room: int) -> None:
    here = max(LEAST_OF_A_LANE, room // SHARE)
    everyone, own = session.execute(_WAITING, {"room": room, "lane": lane, "here": here}).one()
    if everyone >= room:
        raise Busy(TOO_MANY)
    if own >= here:
        raise Busy(TOO_MANY_HERE)


def outcome(session: Session, inbox_id: int) -> Outcome | None:
    """How far it has got; None where there is no such update."""
    row = session.execute(_OUTCOME, {"number": inbox_id}).one_or_none()
    if row is None:
        return None
    result = row.result or {}
    return Outcome(row.state, result.get("message"), tuple(result.get("replies", ())))


def finish(
    session: Session, now: datetime, inbox_id: int, spoken: Spoken | None, *, state: Handling = Handling.DONE
) -> bool:
    """End an update in the transaction that keeps what it led to; False where somebody else ended it: then keep nothing.

    What was said stands in the conversation from now on, and only there, so that deleting a person finds it. What could not be stored
    there stays here.
    """
    given: dict[str, Any] = {"number": inbox_id, "ended": state, "now": now}
    if spoken is not None:
        given |= {"said": {"message": spoken.message, "replies": list(spoken.replies)}, "nothing": {}}
    return changes_one(session, _END if spoken is None else _END_EMPTIED, given)


def forget(session: Session, now: datetime, inbox_id: int) -> None:
    """End an update whose author has been deleted: nothing of it is kept, and nobody is answered."""
    nothing: dict[str, Any] = {
        "state": Handling.DEAD,
        "done_at": now,
        "payload": {},
        "update_id": f"{FORGOTTEN}{inbox_id}",
    }
    changes_one(
        session, update(Inbound).where(Inbound.id == inbox_id, Inbound.state == Handling.WAITING).values(**nothing)
    )
