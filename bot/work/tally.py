"""What this process has kept, counted for monitoring: turns by how they ended, answers, moves of the machines. No word of anyone's.

Counted is what was committed, as its topics tell: a turn that was thought about twice is one. Labels come from enums, so there are few.
"""

import threading
from collections import Counter
from collections.abc import Iterable

from bot.rules.demands import DemandState
from bot.rules.solutions import SolutionState
from bot.rules.tickets import TicketState
from bot.rules.turns import ENDED
from bot.services.ledger import EVENT

MACHINES = {"ticket": frozenset(TicketState), "demand": frozenset(DemandState), "solution": frozenset(SolutionState)}


class Tally:
    """The counts of one process. Thread safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: Counter[str] = Counter()
        self._answers: Counter[tuple[str, str]] = Counter()
        self._moves: Counter[tuple[str, str]] = Counter()

    def count(self, topics: Iterable[str]) -> None:
        """Count what a commit touched; what it does not know is not counted."""
        for topic in topics:
            if topic.startswith(EVENT):
                self._move(topic.rpartition(":")[2])
            elif topic.startswith(ENDED):
                self._turn(*topic.removeprefix(ENDED).split(":"))

    def answered(self, outcome: str, intent: str) -> None:
        """Count one answer: of a turn, or of a question beside any talk."""
        with self._lock:
            self._answers[outcome, intent] += 1

    def _turn(self, outcome: str, intent: str = "") -> None:
        with self._lock:
            self._turns[outcome] += 1
        if intent:
            self.answered(outcome, intent)

    def _move(self, event: str) -> None:
        machine, _, to = event.partition(".")
        if to in MACHINES.get(machine, ()):
            with self._lock:
                self._moves[machine, to] += 1

    def turns(self) -> dict[str, int]:
        """Turns by how they ended."""
        with self._lock:
            return dict(self._turns)

    def answers(self) -> dict[tuple[str, str], int]:
        """Answers by outcome and intent."""
        with self._lock:
            return dict(self._answers)

    def moves(self) -> dict[tuple[str, str], int]:
        """Moves by machine and the state moved to."""
        with self._lock:
            return dict(self._moves)
