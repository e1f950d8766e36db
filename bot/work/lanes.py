"""Handles what came in: each conversation in order, conversations beside each other, every message once.

A message costs two transactions: the one that kept it, and the one that keeps everything it led to and ends it. Between them stands the
slow part, with no transaction open. Who works a conversation is a lease (`bot.work.leases`); what makes an answer single is not the lease
but the row's end, a conditional UPDATE in the transaction of the replies.
"""

import asyncio
import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.db import Records
from bot.errors import Unavailable
from bot.models.base import table_of
from bot.models.conversations import Conversation
from bot.models.work import Handling, Inbound
from bot.rules.conversations import Owner
from bot.rules.people import NOBODY, Caller
from bot.rules.turns import Spoken, Stale, Turn
from bot.rules.wording import clean_words
from bot.rules.worktime import Hours
from bot.services import people
from bot.services.moment import Moment
from bot.work import inbox
from bot.work.endings import Endings
from bot.work.hub import Hub
from bot.work.inbox import Outcome, Received
from bot.work.leases import Leases, leases
from bot.work.rescue import rescue
from retrieval.protocols import Role

log = logging.getLogger("wenzhen.lanes")
WORKERS = 4
ROOM = 64
REDOES = 3  # after so many late endings the conversation is viewed again inside the transaction
OWNERS = 8  # and after so many changes of owner the message is only kept
ATTEMPTS = 2  # of a message whose handling fails, before it is rescued
STARTS = (
    10  # of the process that a message may survive unhandled: the next one is sure that it is what ends the process
)
PARKED_S = 1.0  # a lane rests while the records are not there
DEAD = Outcome(Handling.DEAD, None, ())
OVER = "lanes"  # the topic of who waits for any message
LOOK_S = 2.0  # how often a worker looks by itself; told of every message of its own process, it seldom finds any
LOOK_SHARED_S = 0.25  # the same where other processes keep messages too


class Talks(Protocol):
    """The dialogue as the lanes need it; what it views and decides is its own affair."""

    def view(self, session: Session, turn: Turn) -> Any:
        """What must be known to decide, read in one moment."""

    def decide(self, view: Any, turn: Turn) -> Any:
        """What to say and do; may be slow, changes nothing."""

    def perform(self, session: Session, moment: Moment, view: Any, turn: Turn, decision: Any) -> Spoken:
        """Keep the message and what was decided.

        Raises:
            Stale: the conversation is not as it was viewed.
        """


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    lane: str
    attempts: int
    update_id: str
    payload: dict[str, Any]
    received_at: datetime

    @property
    def turn(self) -> Turn:
        """What it holds; fails where that is not what `post` kept."""
        return Turn(
            self.update_id, self.lane, self.payload["text"], self.received_at, _unpacked(self.payload["caller"])
        )


class _Failed(Exception):
    """The dialogue failed, not the records."""


class _Ended(Exception):
    """Somebody else ended the row meanwhile; nothing of this is kept."""


class _Forgotten(Exception):
    """Its author has been deleted since it was taken in; nothing of this is kept."""


class Lanes:
    """Takes messages in and works them off. Thread safe.

    Args:
        talk: Handles one turn.
        hub: Tells of commits; the records' `on_commit` must be its `tell`.
        workers: Conversations at the same time.
        room: Messages that may wait; one more is refused.
        telephone: Of the centre, for when a message cannot be handled.
    """

    def __init__(
        self,
        records: Records,
        talk: Talks,
        clock: Clock,
        hours: Hours,
        hub: Hub,
        *,
        workers: int = WORKERS,
        room: int = ROOM,
        telephone: str | None = None,
        held: Leases | None = None,
    ) -> None:
        self._records = records
        self._talk = talk
        self._clock = clock
        self._hours = hours
        self._hub = hub
        self._workers = workers
        self._room = room
        self._telephone = telephone
        self._leases = held or leases(records, clock)
        self._look_s = LOOK_S if records.is_sqlite else LOOK_SHARED_S
        self._picking = threading.Lock()
        self._news = threading.Condition()
        self._count = 0  # of news; a worker that looked before the last one looks again
        self._stopping = False
        self._is_away = False  # the records, when they were last looked into
        self._over = False  # nothing is worked off here any more
        self._endings = Endings()
        self._busy: set[str] = set()
        self._parked: dict[str, float] = {}  # until when, on the monotonic clock
        self._failures: dict[int, int] = {}
        self._threads: list[threading.Thread] = []

    # --- taking in --------------------------------------------------------------------------------------------------------------------

    def post(
        self,
        conversation: str,
        text: str,
        *,
        caller: Caller = NOBODY,
        client_id: str | None = None,
        channel: str = "web",
    ) -> Received:
        """Keep one message of the asker's side; it is on disk when this returns. Whether the caller may post here is the door's to ask.

        Args:
            client_id: The same one in the same conversation is the same message; None makes every post a new one.

        Raises:
            Busy: too many wait.
            Invalid, TooLong: the text or the id cannot be taken.
            Unavailable: it could not be stored.
        """
        received = inbox.receive(
            self._records,
            channel=channel,
            update_id=f"{conversation}:{secrets.token_urlsafe(12) if client_id is None else client_id}",
            lane=conversation,
            payload={"text": clean_words(text, what="消息"), "caller": _packed(caller)},
            now=self._clock(),
            room=self._room,
        )
        if received.is_new:
            self._endings.expect(received.id)
            self._tell()
        return received

    def put(self, session: Session, conversation: str, text: str, *, caller: Caller, key: str, channel: str) -> bool:
        """Keep one message as a part of somebody else's transaction, who calls `wake` once it is kept; False where it was known.

        Raises:
            Busy: too many wait.
        """
        return inbox.put(
            session,
            channel=channel,
            update_id=f"{conversation}:{key}",
            lane=conversation,
            payload={"text": text, "caller": _packed(caller)},
            now=self._clock(),
            room=self._room,
        )

    def wake(self) -> None:
        """Work off what was put in."""
        self._tell()

    def result(self, inbox_id: int, timeout_s: float) -> Outcome | None:
        """What became of a message, waiting for it; None where it is not done in that time, or this process stops before."""
        told = threading.Event()
        deadline = time.monotonic() + timeout_s
        with self._hub.watching(_ending(inbox_id), told.set), self._hub.watching(OVER, told.set):
            is_sure = self._endings.is_expected(inbox_id)
            while True:
                told.clear()
                over = self._over
                done = self._endings.get(inbox_id) or (None if is_sure else self._done(inbox_id))
                if done is not None:
                    return done
                left = deadline - time.monotonic()
                if left <= 0 or over:
                    return None
                is_sure = told.wait(min(left, self._look_s))

    async def answered(self, inbox_id: int, timeout_s: float) -> Outcome | None:
        """The same for an event loop: no thread waits, so that many may."""
        loop = asyncio.get_running_loop()
        told = asyncio.Event()
        deadline = loop.time() + timeout_s

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(told.set)

        with self._hub.watching(_ending(inbox_id), wake), self._hub.watching(OVER, wake):
            is_sure = self._endings.is_expected(inbox_id)
            while True:
                told.clear()
                over = self._over
                done = self._endings.get(inbox_id)
                if done is None and not is_sure:
                    done = await asyncio.to_thread(self._done, inbox_id)
                if done is not None:
                    return done
                left = deadline - loop.time()
                if left <= 0 or over:
                    return None
                try:
                    await asyncio.wait_for(told.wait(), min(left, self._look_s))
                    is_sure = True
                except TimeoutError:
                    is_sure = False

    def _done(self, inbox_id: int) -> Outcome | None:
        with self._records.read() as session:
            found = inbox.outcome(session, inbox_id)
        return found if found is not None and found.state is not Handling.WAITING else None

    # --- threads ----------------------------------------------------------------------------------------------------------------------

    def recover(self) -> None:
        """Count, for what an earlier process left waiting, that it outlived a start; call once, before `start`.

        With several processes each of them counts, so that the number of starts is an upper bound.
        """
        with self._records.write() as session:
            session.execute(
                update(Inbound).where(Inbound.state == Handling.WAITING).values(attempts=Inbound.attempts + 1)
            )

    def start(self) -> None:
        """Begin to work off what waits and what comes."""
        self._stopping = self._over = False
        self._threads = [
            threading.Thread(target=self._work, name=f"lane-{number}", daemon=True) for number in range(self._workers)
        ]
        for thread in self._threads:
            thread.start()

    def halt(self) -> None:
        """Begin nothing more."""
        self._stopping = True
        with self._news:
            self._count += 1
            self._news.notify_all()

    def stop(self, timeout_s: float) -> bool:
        """Begin nothing more, wait for what is under way; whether it ended in that time. What did not is done after the next start."""
        self.halt()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._over = True
        self._hub.tell(frozenset({OVER}))
        return not any(thread.is_alive() for thread in self._threads)

    def renew(self) -> None:
        """Keep the leases of slow turns; see `Leases.renew`."""
        self._leases.renew()

    @property
    def under_way(self) -> int:
        """Turns being worked on by this process."""
        return len(self._busy)

    def run_waiting(self) -> int:
        """Work off all that waits now on the caller's thread, and how much that was: for commands and tests, which start no threads."""
        handled = 0
        while (row := self._look()) is not None:
            self._handle(row)
            handled += 1
        return handled

    def _work(self) -> None:
        while not self._stopping:
            seen = self._count
            row = self._look()
            if row is not None:
                self._handle(row)
                continue
            with self._news:
                if self._count == seen and not self._stopping:
                    self._news.wait(PARKED_S if self._is_away else self._look_s)

    def _look(self) -> _Row | None:
        try:
            row = self._pick()
            self._is_away = False
            return row
        except Unavailable:
            self._is_away = True
            return None
        except Exception:
            log.exception("looking for messages failed")
            return None

    def _tell(self) -> None:
        with self._news:
            self._count += 1
            self._news.notify()

    def _pick(self) -> _Row | None:
        """The oldest waiting row of all lanes that nobody works, and its lane taken; None where there is none."""
        with self._picking:
            now_s = time.monotonic()
            self._parked = {lane: until for lane, until in self._parked.items() if until > now_s}
            passed: set[str] = set()
            while True:
                with self._records.read() as session:
                    closed = self._busy | set(self._parked) | passed | self._leases.elsewhere(session)
                    row = _oldest(session, closed)
                if row is None or self._stopping:
                    return None
                if self._leases.take(row.lane):
                    self._busy.add(row.lane)
                    return row
                passed.add(row.lane)

    # --- one message ------------------------------------------------------------------------------------------------------------------

    def _handle(self, row: _Row) -> None:
        ended = False
        try:
            ended = self._try(row)
        except Unavailable as error:  # of the records: not this message's fault, so it waits as long as they need
            log.warning("lane rests: %s", type(error).__name__)
            self._parked[row.lane] = time.monotonic() + PARKED_S
        except Exception:
            log.exception("message %d could not be rescued", row.id)
            self._parked[row.lane] = time.monotonic() + PARKED_S
        finally:
            self._release(row.lane, dropped=ended)

    def _release(self, lane: str, *, dropped: bool) -> None:
        try:
            self._leases.drop(lane, dropped=dropped)
        except Unavailable:
            log.warning("a lease is left to run out")
        finally:
            self._busy.discard(lane)
            self._tell()

    def _try(self, row: _Row) -> bool:
        """Handle the row; whether it is ended and its lane given back."""
        try:
            turn = row.turn
            if row.attempts >= STARTS:
                return self._rescue(row, turn)
            return self._converse(row, turn)
        except _Ended:
            return False
        except _Forgotten:
            return self._forget(row)
        except _Failed as failed:
            log.error("a turn failed", exc_info=failed.__cause__)
        failures = self._failures.get(row.id, 0) + 1
        if failures < ATTEMPTS:
            self._failures[row.id] = failures
            return False
        self._failures.pop(row.id, None)
        return self._rescue(row, turn)

    def _converse(self, row: _Row, turn: Turn) -> bool:
        for _ in range(REDOES):
            with self._records.read() as session:
                view = _guarded(self._talk.view, session, turn)
            decision = _guarded(self._talk.decide, view, turn)
            try:
                self._keep(row, turn, partial(self._perform, view, turn, decision))
            except Stale:
                continue
            return True
        return self._converse_at_once(row, turn)

    def _converse_at_once(self, row: _Row, turn: Turn) -> bool:
        """When the talk moves faster than it can be thought about: what is decided holds as long as the owner stays the same."""
        for _ in range(OWNERS):
            with self._records.read() as session:
                owner = _guarded(session.get_one, Conversation, turn.conversation).owner
                view = _guarded(self._talk.view, session, turn)
            decision = _guarded(self._talk.decide, view, turn)
            try:
                self._keep(row, turn, partial(self._perform_anew, owner, turn, decision))
            except Stale:
                continue
            return True
        return self._rescue(row, turn)

    def _perform(self, view: Any, turn: Turn, decision: Any, session: Session, moment: Moment) -> Spoken:
        return self._talk.perform(session, moment, view, turn, decision)

    def _perform_anew(self, owner: Owner, turn: Turn, decision: Any, session: Session, moment: Moment) -> Spoken:
        fresh = self._talk.view(session, turn)
        if session.get_one(Conversation, turn.conversation).owner is not owner:
            raise Stale
        return self._talk.perform(session, moment, fresh, turn, decision)

    def _rescue(self, row: _Row, turn: Turn) -> bool:
        """Keep the message and say that it could not be handled; where even that is impossible the row is dead, and shown by `doctor`."""
        try:
            self._keep(row, turn, lambda session, moment: rescue(session, moment, turn, telephone=self._telephone))
        except _Ended:
            return False
        except _Forgotten:
            return self._forget(row)
        except _Failed as failed:
            log.error("message %d is dead", row.id, exc_info=failed.__cause__)
            with self._records.write() as session:
                inbox.finish(session, self._clock(), row.id, None, state=Handling.DEAD)
                self._leases.drop_in(session, row.lane)
            self._tell_end(row, DEAD)
        return True

    def _forget(self, row: _Row) -> bool:
        with self._records.write() as session:
            inbox.forget(session, self._clock(), row.id)
            self._leases.drop_in(session, row.lane)
        self._tell_end(row, DEAD)
        return True

    def _keep(self, row: _Row, turn: Turn, perform: Callable[[Session, Moment], Spoken]) -> None:
        """Everything a message led to and its end, in one transaction."""
        with self._records.write() as session:
            now = self._clock()
            spoken = _guarded(perform, session, Moment(now, self._hours))
            if people.is_forgotten(session, turn.caller.person):
                raise _Forgotten
            if not inbox.finish(session, now, row.id, spoken):
                raise _Ended
            self._leases.drop_in(session, row.lane)
        self._tell_end(row, Outcome(Handling.DONE, spoken.message, spoken.replies))

    def _tell_end(self, row: _Row, outcome: Outcome) -> None:
        self._endings.put(row.id, outcome)
        self._hub.tell(frozenset({_ending(row.id)}))


def _ending(inbox_id: int) -> str:
    """What is told when an update has ended."""
    return f"inbox:{inbox_id}"


_INBOX = table_of(Inbound)
_OLDEST = (
    select(_INBOX.c.id, _INBOX.c.lane, _INBOX.c.attempts, _INBOX.c.update_id, _INBOX.c.payload, _INBOX.c.received_at)
    .where(_INBOX.c.state == Handling.WAITING, _INBOX.c.lane.not_in(bindparam("closed", expanding=True)))
    .order_by(_INBOX.c.id)
    .limit(1)
)


def _oldest(session: Session, closed: set[str]) -> _Row | None:
    # Few rows wait, at most as many as there is room for, and few lanes are closed.
    found = session.execute(_OLDEST, {"closed": list(closed)}).one_or_none()
    return None if found is None else _Row(*found)


_T = TypeVar("_T")


def _guarded(work: Callable[..., _T], *given: Any) -> _T:
    """Do a part of the dialogue's; what fails in it is told from what fails in the records."""
    try:
        return work(*given)
    except (Stale, OperationalError):
        raise
    except Exception as error:
        raise _Failed from error


def _packed(caller: Caller) -> dict[str, Any]:
    return {
        "role": caller.role.value,
        "person": caller.person,
        "name": caller.name,
        "organisation": caller.organisation,
    }


def _unpacked(kept: dict[str, Any]) -> Caller:
    return Caller(Role(kept["role"]), kept["person"], kept["name"], kept["organisation"])
