"""What goes to far chats: looked up when it is sent, also where that takes more than the records; and what became of a chat meanwhile."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.clinic import unreachable
from bot.clinic.clinic import Clinic
from bot.clinic.files import store_of
from bot.clinic.tickets import cases_like
from bot.rules import cards
from bot.rules.solutions import FIELDS
from bot.services import letters, reach
from bot.services.letters import Letter

SHOWN = 3  # cases on a small screen


class Posting:
    """What the sender of a far channel asks and tells. Thread safe."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic

    def look_up(self, lane: str, payload: Mapping[str, Any]) -> Letter | None:
        """What the lane is to see; None where it is not to see it (any more).

        Raises:
            Unavailable: the records are not there.
        """
        with self._clinic.records.read() as session:
            wanted = letters.search_of(session, lane, payload)
            if wanted is None:
                letter = letters.letter(session, lane, payload)
        if wanted is None:
            return None if letter is None else self._with_bytes(letter)
        found = cases_like(self._clinic, wanted.caller, wanted.text)[:SHOWN]
        told = [
            (case.title, [(FIELDS[name], getattr(case, name)) for name in ("symptom", "cause", "steps", "limits")])
            for case in found
        ]
        return Letter(cards.similar(told), cards.FOUND if told else None, wanted.heading)

    def _with_bytes(self, letter: Letter) -> Letter:
        """The same with what is enclosed and does not go by the channel's own name for it."""
        if not any(one.sha256 for one in letter.enclosures):
            return letter
        store = store_of(self._clinic)
        return replace(
            letter,
            enclosures=tuple(
                replace(one, content=store.read(one.sha256)) if one.sha256 else one for one in letter.enclosures
            ),
        )

    def shut(self, lane: str) -> None:
        """Nothing arrives there any more."""
        with self._clinic.records.write() as session:
            address = reach.find(session, lane.partition(":")[0])
            if address is not None and address.blocked_at is None:
                unreachable.shut(session, self._clinic.clock(), address, self._clinic.profile)

    def topic_lost(self, lane: str) -> None:
        """The topic is closed or gone."""
        with self._clinic.records.write() as session:
            reach.topic_lost(session, lane)

    def moved(self, lane: str, new_lane: str) -> None:
        """A group has another id."""
        with self._clinic.records.write() as session:
            reach.moved(session, lane, new_lane)
