"""How the last messages ended, told in memory to whoever waits in this process, so that nobody need ask the records."""

import threading
from collections import OrderedDict

from bot.work.inbox import Outcome

KEPT = 1024  # messages; many more than may wait


class Endings:
    """Messages of this process by number. Thread safe.

    What another process ends, or what came in before, is not known here: the records tell.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._held: OrderedDict[int, Outcome | None] = OrderedDict()

    def expect(self, number: int) -> None:
        """It came in just now, and was not known before."""
        with self._lock:
            self._held.setdefault(number, None)
            self._trim()

    def put(self, number: int, outcome: Outcome) -> None:
        """It has ended, and the records hold that."""
        with self._lock:
            self._held[number] = outcome
            self._trim()

    def get(self, number: int) -> Outcome | None:
        """How it ended; None where that is not known here."""
        with self._lock:
            return self._held.get(number)

    def is_expected(self, number: int) -> bool:
        """Whether it came in here and has not ended here: so soon after, the records would tell nothing else."""
        with self._lock:
            return number in self._held and self._held[number] is None

    def _trim(self) -> None:
        while len(self._held) > self._kept:
            self._held.popitem(last=False)
