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
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import func, or_, select

from bot.clock import Clock
from bot.db import Records
from bot.errors import Unavailable
from bot.models.work import Outbound
from bot.rules.outbox import Delivery
from bot.services import outbox
from bot.work.hub import Hub
from bot.work.leases import Leases, leases

log = logging.getLogger("wenzhen.outbox")
WORKERS = 16  # as many as calls are under way at 25 a second where each takes over half a second
ATTEMPTS = 8
TRIED_FOR = timedelta(days=1)  # a far side that cannot be reached for a night has not refused anything
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)
JITTER = 0.2  # of a pause, so that parked lanes do not all come back at once
LOOK_S = 0.5
INTERRUPTED = "发送途中程序中断，对方可能已收到"
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


class Withdrawn(Exception):
    """It is no longer to be sent, and was not."""


@dataclass(frozen=True, slots=True)
class Part:
    """The first of several messages that make up one is there; the next goes when its turn comes.

    `payload` takes the place of the row's: with it `send` must know what is left.
    """

    far_id: str
    payload: Mapping[str, Any]


class Sender(Protocol):
    """Speaks to the far side of one channel."""

    def send(self, lane: str, payload: Mapping[str, Any]) -> str | Part:
        """Deliver one message to a chat and give the far side's id for it (several, blank between them, where it shows as several).

        Raises:
            Retryable, Refused, Unknown, Withdrawn: as they say. Anything else counts as Unknown.
        """


@runtime_checkable
class Paced(Protocol):
    """A sender whose far side bears only so much; asked before a worker takes a message, so that none waits with one in hand."""

    def rest_s(self) -> float:
        """How long nothing may go to anybody."""

    def turn_s(self, lane: str) -> float:
        """0 where a message may go to this chat now, which then counts as going; else seconds until it is worth asking again."""


@dataclass(frozen=True, slots=True)
class _Head:
    id: int
    channel: str
    lane: str

    @property
    def chat(self) -> tuple[str, str]:
        return self.channel, self.lane

    @property
    def key(self) -> str:
        return _key(self.channel, self.lane)


def _key(channel: str, lane: str) -> str:
    return f"out:{channel}:{lane}"


class Outbox:
    """Sends what is queued. Thread safe.

    Args:
        senders: Channel to who speaks it. What goes to other channels is left alone. Of several processes one alone should speak
            a channel whose sender is `Paced`: each counts for itself.
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
        self._paced = {channel: sender for channel, sender in senders.items() if isinstance(sender, Paced)}
        self._picking = threading.Lock()
        self._heads: list[_Head] = []  # of lanes, oldest first, as they were found when they were last looked for
        self._look_again = True
        self._looked_s = 0.0
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
                return outbox.move(session, outbox_id, Delivery.SENDING, Delivery.UNKNOWN, problem=INTERRUPTED)
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
        self._look_again = True
        return self._run()[0]

    def _run(self) -> tuple[int, float]:
        """How much was sent until nothing could go, and seconds until something may."""
        sent = 0
        while not self._stop.is_set():
            found = self._pick()
            if not isinstance(found, _Head):
                return sent, found
            self._deliver(found)
            sent += 1
        return sent, 0.0

    def _work(self) -> None:
        with self._hub.watching(outbox.TOPIC, self._tell):
            while not self._stop.is_set():
                self._news.clear()
                wait_s = LOOK_S
                try:
                    _, wait_s = self._run()
                except Unavailable as error:
                    log.warning("sending waits: %s", type(error).__name__)
                except Exception:
                    log.exception("outbox")
                self._news.wait(wait_s)

    def _tell(self) -> None:
        self._look_again = True
        self._news.set()

    # --- one message ------------------------------------------------------------------------------------------------------------------

    def _pick(self) -> _Head | float:
        """The oldest head of a lane that may go, its lane taken; or seconds until one may."""
        with self._picking:
            while True:
                found = self._first_ready()
                if isinstance(found, _Head) or not self._should_look():
                    return found
                self._look()

    def _first_ready(self) -> _Head | float:
        wait_s = LOOK_S
        rests = {channel: sender.rest_s() for channel, sender in self._paced.items()}
        for head in tuple(self._heads):
            pause_s = rests.get(head.channel, 0.0)
            if pause_s and len(self._senders) == 1:
                return min(wait_s, pause_s)  # nobody else may go either
            if not pause_s and head.chat not in self._busy:
                pause_s = self._paced[head.channel].turn_s(head.lane) if head.channel in self._paced else 0.0
                if not pause_s:
                    self._heads.remove(head)
                    if self._leases.take(head.key):  # else another process is at it
                        self._busy.add(head.chat)
                        return head
            if pause_s:
                wait_s = min(wait_s, pause_s)
        return wait_s

    def _should_look(self) -> bool:
        """Looking costs more the more is queued, so that it is done only where something can have come."""
        return self._look_again or time.monotonic() - self._looked_s >= LOOK_S

    def _look(self) -> None:
        self._look_again = False
        heads = (
            select(func.min(Outbound.id))
            .where(Outbound.state == Delivery.QUEUED, Outbound.channel.in_(self._senders))
            .group_by(Outbound.channel, Outbound.lane)
        )
        due = (
            select(Outbound.id, Outbound.channel, Outbound.lane)
            .where(
                Outbound.id.in_(heads),
                or_(Outbound.not_before.is_(None), Outbound.not_before <= self._clock()),
            )
            .order_by(Outbound.id)
        )
        with self._records.read() as session:
            self._heads = [_Head(*row) for row in session.execute(due)]
        self._looked_s = time.monotonic()

    def _deliver(self, head: _Head) -> None:
        dropped = False
        try:
            with self._records.write() as session:
                row = outbox.begin(session, head.id, self._clock())
            if row is not None:
                state, values = self._send(row)
                self._keep(row, state, values)
                dropped = True
        finally:
            try:
                self._leases.drop(head.key, dropped=dropped)
            finally:
                with self._picking:
                    self._busy.discard(head.chat)
                    self._look_again = True  # for what stands behind it in its lane

    def _send(self, row: Outbound) -> tuple[Delivery, dict[str, Any]]:
        """How it ended: state and values of the row."""
        try:
            sent = self._senders[row.channel].send(row.lane, row.payload)
        except Retryable as error:
            if row.attempts >= ATTEMPTS and self._clock() - row.queued_at >= TRIED_FOR:
                return Delivery.FAILED, {"problem": str(error)}
            return Delivery.QUEUED, {"not_before": self._clock() + self._pause(row, error), "problem": str(error)}
        except Refused as error:
            return Delivery.FAILED, {"problem": str(error)}
        except Withdrawn as error:
            return Delivery.CANCELLED, {"problem": str(error)}
        except Unknown as error:
            return Delivery.UNKNOWN, {"problem": str(error)}
        except Exception as error:
            log.exception("a sender broke")
            return Delivery.UNKNOWN, {"problem": type(error).__name__}
        if isinstance(sent, Part):
            far_ids = f"{row.far_id or ''} {sent.far_id}".strip()
            values = {
                "far_id": far_ids,
                "payload": dict(sent.payload),
                "attempts": 0,
                "not_before": None,
                "problem": "",
            }
            return Delivery.QUEUED, values
        far_ids = f"{row.far_id or ''} {sent}".strip()
        return Delivery.SENT, {"far_id": far_ids, "sent_at": self._clock(), "problem": ""}

    def _pause(self, row: Outbound, error: Retryable) -> timedelta:
        pause = error.after if error.after is not None else min(FIRST_PAUSE * 2 ** (row.attempts - 1), LONGEST_PAUSE)
        return pause * (1 + JITTER * self._rng.random())

    def _keep(self, row: Outbound, state: Delivery, values: dict[str, Any]) -> None:
        """Write down how it ended; where that cannot be done it stays `sending`, and the next recovery finds it unknown."""

        def write() -> None:
            with self._records.write() as session:
                outbox.move(session, row.id, Delivery.SENDING, state, **values)
                self._leases.drop_in(session, _key(row.channel, row.lane))

        _patiently(write, self._stop)


def _patiently(call: Callable[[], None], stop: threading.Event) -> None:
    for attempt in range(KEPT_TRIES):
        try:
            return call()
        except Unavailable:
            if attempt == KEPT_TRIES - 1 or stop.wait(2.0**attempt / 4):
                raise
    return None
