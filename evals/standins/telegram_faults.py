"""What goes wrong with the stand-in Bot API when it is told to."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum


class Trouble(StrEnum):
    """How a call ends badly."""

    TOO_MANY = "too_many"  # 429; not done
    BROKEN = "broken"  # 5xx; not done
    BROKEN_AFTER = "broken_after"  # done, and 5xx
    DROPPED = "dropped"  # the connection is closed without an answer; not done
    DROPPED_AFTER = "dropped_after"  # done, and the connection closed
    SLOW = "slow"  # done after a while
    SLOW_AFTER = "slow_after"  # done at once, answered after a while


@dataclass
class _Fault:
    trouble: Trouble
    method: str
    chat: int | None
    left: int | None
    skipped: int
    seconds: float
    status: int


@dataclass
class Faults:
    """Told what to do with coming calls. A fault meets the methods whose name begins with `method`, of one chat or of all."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _planned: list[_Fault] = field(default_factory=list)

    def add(
        self,
        trouble: Trouble,
        *,
        chat: int | None = None,
        method: str = "send",
        times: int | None = 1,
        after: int = 0,
        seconds: float = 1.0,
        status: int = 502,
    ) -> None:
        """Plan it for the next `times` calls (None: all) after the first `after` ones.

        Args:
            seconds: `retry_after` of TOO_MANY; how long SLOW takes.
            status: Of BROKEN.
        """
        with self._lock:
            self._planned.append(_Fault(trouble, method, chat, times, after, seconds, status))

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._planned.clear()

    def meet(self, method: str, chat: int | None) -> tuple[Trouble, float, int] | None:
        """What befalls this call: trouble, seconds, status."""
        with self._lock:
            for fault in self._planned:
                if not method.startswith(fault.method) or fault.chat not in {None, chat}:
                    continue
                if fault.skipped:
                    fault.skipped -= 1
                    continue
                if fault.left is not None:
                    fault.left -= 1
                    if not fault.left:
                        self._planned.remove(fault)
                return fault.trouble, fault.seconds, fault.status
        return None
