"""Delivers what goes out: one ordered lane for each far chat, lanes beside each other, nothing sent twice by itself.

Before a message is handed over it is `sending` on disk, so that whoever finds it so after a kill knows that the far side may have it:
it becomes `unknown`, is shown to people, and goes again only when one of them says so. The messages behind it go on.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.db import Records
from bot.errors import Unavailable
from bot.models.work import Outbound
from bot.rules.outbox import Delivery
from bot.services import outbox
from bot.work.hub import Hub
from bot.work.leases import Leases, leases

log = logging.getLogger("wenzhen.outbox")
WORKERS = 4
ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
JITTER = 0.2  # of a pause, so that parked lanes do not all come back at once
LOOK_S = 0.5
KEPT_TRIES = 5  # to write down how a delivery ended


class Retryable(Exception):
    """The far side certainly does not have it, and may take it later: no connection was made, or it said when to come again."""

    def __init__(self, reason: str, *, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Refused(Exception):
    """The far side certainly does not have it and will not take it."""


class Unknown(Exception):
    """The far side may have it: it was sent and no answer came."""


class Sender(Protocol):
    """Speaks to the far side of one channel."""

    def send(self, lane: str, payload: Mapping[str, Any]) -> str:
        """Deliver one message to a chat and give the far side's id for it.

        Raises:
            Retryable, Refused, Unknown: as they say. Anything else counts as Unknown.
        """


@dataclass(frozen=True, slots=True)
class _Head:
    id: int
    channel: str
    lane: str
    payload: dict[str, Any]
    attempts: int

    @property
    def key(self) -> str:
        return _key(self.channel, self.lane)


def _key(channel: str, lane: str) -> str:
    return f"out:{channel}:{lane}"


class Outbox:
    """Sends what is queued. Thread safe.

    Args:
        senders: Channel to who speaks it. What goes to other channels is left alone.
    """

    def __init__(
        self,
        records: Records,
        senders: Mapping[str, Sender],
        clock: Clock,
        hub: Hub,
        *,
        workers: int = WORKERS,
        held: Leases | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._records = records
        self._senders = dict(senders)
        self._clock = clock
        self._hub = hub
        self._workers = workers
        self._leases = held or leases(records, clock)
        self._rng = rng or random.Random()
        self._picking = threading.Lock()
        self._busy: set[tuple[str, str]] = set()
        self._news = threading.Event()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    # --- threads ----------------------------------------------------------------------------------------------------------------------

    def recover(self) -> int:
        """What a killed process was sending is unknown now; how many."""
        with self._records.read() as session:
            found = session.execute(
                select(Outbound.id, Outbound.channel, Outbound.lane).where(Outbound.state == Delivery.SENDING)
            ).all()
        return sum(self._abandon(row.id, (row.channel, row.lane)) for row in found)

    def _abandon(self, outbox_id: int, chat: tuple[str, str]) -> bool:
        key = _key(*chat)
        if not self._leases.take(key):  # somebody is at it
            return False
        try:
            with self._records.write() as session:
                return outbox.move(
                    session, outbox_id, Delivery.SENDING, Delivery.UNKNOWN, problem="发送途中程序中断，对方可能已收到"
                )
        finally:
            self._leases.drop(key)

    def start(self) -> None:
        """Begin to send."""
        self._stop.clear()
        count = self._workers if self._senders else 0
        self._threads = [
            threading.Thread(target=self._work, name=f"outbox-{number}", daemon=True) for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def halt(self) -> None:
        """Begin nothing more."""
        self._stop.set()
        self._news.set()

    def stop(self, timeout_s: float) -> bool:
        """Begin no other delivery; whether those under way ended in that time."""
        self.halt()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def renew(self) -> None:
        """Keep the leases of slow deliveries; where processes share the records, look for what dead ones left."""
        self._leases.renew()
        if not self._records.is_sqlite:
            self.recover()

    def run_due(self) -> int:
        """Send all that is due on the caller's thread, and how much that was."""
        sent = 0
        while not self._stop.is_set() and (head := self._pick()) is not None:
            self._deliver(head)
            sent += 1
        return sent

    def _work(self) -> None:
        with self._hub.watching(outbox.TOPIC, self._news.set):
            while not self._stop.is_set():
                self._news.clear()
                try:
                    self.run_due()
                except Unavailable as error:
                    log.warning("sending waits: %s", type(error).__name__)
                except Exception:
                    log.exception("outbox")
                self._news.wait(LOOK_S)

    # --- one message ------------------------------------------------------------------------------------------------------------------

    def _pick(self) -> _Head | None:
        """The oldest head of a lane that nobody works and that is not parked, and its lane taken."""
        with self._picking:
            passed: set[tuple[str, str]] = set()
            while True:
                with self._records.read() as session:
                    head = self._oldest(session, self._busy | passed)
                if head is None:
                    return None
                chat = (head.channel, head.lane)
                if self._leases.take(head.key):
                    self._busy.add(chat)
                    return head
                passed.add(chat)

    def _oldest(self, session: Session, closed: set[tuple[str, str]]) -> _Head | None:
        heads = (
            select(func.min(Outbound.id))
            .where(Outbound.state == Delivery.QUEUED, Outbound.channel.in_(self._senders))
            .group_by(Outbound.channel, Outbound.lane)
        )
        rows = session.scalars(
            select(Outbound)
            .where(
                Outbound.id.in_(heads),
                or_(Outbound.not_before.is_(None), Outbound.not_before <= self._clock()),
            )
            .order_by(Outbound.id)
            .limit(len(closed) + 1)
        )
        for row in rows:
            if (row.channel, row.lane) not in closed:
                return _Head(row.id, row.channel, row.lane, row.payload, row.attempts)
        return None

    def _deliver(self, head: _Head) -> None:
        dropped = False
        try:
            with self._records.write() as session:
                begun = outbox.move(session, head.id, Delivery.QUEUED, Delivery.SENDING, attempts=Outbound.attempts + 1)
            if begun:
                state, values = self._send(head)
                self._keep(head, state, values)
                dropped = True
        finally:
            try:
                self._leases.drop(head.key, dropped=dropped)
            finally:
                self._busy.discard((head.channel, head.lane))

    def _send(self, head: _Head) -> tuple[Delivery, dict[str, Any]]:
        try:
            far_id = self._senders[head.channel].send(head.lane, head.payload)
        except Retryable as error:
            if head.attempts + 1 >= ATTEMPTS:
                return Delivery.FAILED, {"problem": str(error)}
            return Delivery.QUEUED, {"not_before": self._clock() + self._pause(head, error), "problem": str(error)}
        except Refused as error:
            return Delivery.FAILED, {"problem": str(error)}
        except Unknown as error:
            return Delivery.UNKNOWN, {"problem": str(error)}
        except Exception as error:
            log.exception("a sender broke")
            return Delivery.UNKNOWN, {"problem": type(error).__name__}
        return Delivery.SENT, {"far_id": far_id, "sent_at": self._clock(), "problem": ""}

    def _pause(self, head: _Head, error: Retryable) -> timedelta:
        pause = error.after if error.after is not None else min(FIRST_PAUSE * 2**head.attempts, LONGEST_PAUSE)
        return pause * (1 + JITTER * self._rng.random())

    def _keep(self, head: _Head, state: Delivery, values: dict[str, Any]) -> None:
        """Write down how it ended; where that cannot be done it stays `sending`, and the next recovery finds it unknown."""

        def write() -> None:
            with self._records.write() as session:
                outbox.move(session, head.id, Delivery.SENDING, state, **values)
                self._leases.drop_in(session, head.key)

        _patiently(write, self._stop)


def _patiently(call: Callable[[], None], stop: threading.Event) -> None:
    for attempt in range(KEPT_TRIES):
        try:
            return call()
        except Unavailable:
            if attempt == KEPT_TRIES - 1 or stop.wait(2.0**attempt / 4):
                raise
    return None
