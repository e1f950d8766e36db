"""How much Telegram bears: so much in all, in a chat, in a group. Thread safe; counts what this process sends.

Source: core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this (about 30 a second in all, 1 a second in a chat, 20 a
minute in a group); a little less, because what is counted there is when messages arrive.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

# Messages within seconds, whichever seconds one looks at. 25 a second in all, spread: sent in one burst, some arrive with the next.
OVERALL = (5, 0.2)
CHAT = (1, 1.0)
GROUP = (18, 60.0)
SWEPT_AT = 4096  # chats remembered before those are forgotten that have been quiet


class Window:
    """At most so many within any such time."""

    def __init__(self, most: int, within_s: float) -> None:
        self._within_s = within_s
        self._times: deque[float] = deque([float("-inf")] * most, maxlen=most)

    def wait_s(self, now_s: float) -> float:
        """Until one more may go."""
        return max(0.0, self._times[0] + self._within_s - now_s)

    def delay(self, until_s: float) -> None:
        """The last one goes no sooner than then."""
        self._times[-1] = max(self._times[-1], until_s)

    def used_since(self, at_s: float) -> bool:
        """Whether any has gone since then."""
        return self._times[-1] > at_s

    def take(self, now_s: float) -> None:
        """One goes."""
        self._times.append(now_s)


class Pace:
    """Whose turn it is. Lanes are `chat` or `chat:topic`: topics of a chat share what the chat bears."""

    def __init__(
        self,
        *,
        overall: tuple[int, float] = OVERALL,
        chat: tuple[int, float] = CHAT,
        group: tuple[int, float] = GROUP,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now_s = now_s
        self._lock = threading.Lock()
        self._overall, self._wire = Window(*overall), Window(*overall)
        self._chat, self._group = chat, group
        self._chats: dict[str, list[Window]] = {}
        self._parked: dict[str, float] = {}

    def rest_s(self) -> float:
        """How long nothing may go to anybody."""
        with self._lock:
            return self._overall.wait_s(self._now_s())

    def turn_s(self, lane: str) -> float:
        """0 where a message may go to this chat now, which then counts as going; else seconds until it is worth asking again."""
        chat, _, _ = lane.partition(":")
        with self._lock:
            now_s = self._now_s()
            windows = self._windows(chat, now_s)
            waits = [window.wait_s(now_s) for window in (self._overall, *windows)]
            wait_s = max(*waits, self._parked.get(chat, now_s) - now_s)
            if wait_s > 0:
                return wait_s
            self._parked.pop(chat, None)
            for window in (self._overall, *windows):
                window.take(now_s)
            return 0.0

    def depart_s(self, lane: str) -> float:
        """How long to hold back what is about to go: between its turn and the wire it may have waited for a disk that many waited for.

        What comes after it in its chat counts from here.
        """
        chat, _, _ = lane.partition(":")
        with self._lock:
            now_s = self._now_s()
            wait_s = self._wire.wait_s(now_s)
            self._wire.take(now_s + wait_s)
            for window in self._windows(chat, now_s):
                window.delay(now_s + wait_s)
            return wait_s

    def spend(self, lane: str, count: int) -> None:
        """So many more went than was asked for: an album shows as several messages."""
        chat, _, _ = lane.partition(":")
        with self._lock:
            now_s = self._now_s()
            for window in (self._overall, *self._windows(chat, now_s)) * count:
                window.take(now_s)

    def park(self, lane: str, seconds: float) -> None:
        """Telegram wants no message to this chat for so long."""
        chat, _, _ = lane.partition(":")
        with self._lock:
            self._parked[chat] = max(self._parked.get(chat, 0.0), self._now_s() + seconds)

    def _windows(self, chat: str, now_s: float) -> list[Window]:
        found = self._chats.get(chat)
        if found is None:
            if len(self._chats) >= SWEPT_AT:
                self._sweep(now_s)
            found = [Window(*self._chat), *([Window(*self._group)] if chat.startswith("-") else [])]
            self._chats[chat] = found
        return found

    def _sweep(self, now_s: float) -> None:
        longest_s = max(self._chat[1], self._group[1])
        self._chats = {
            chat: windows
            for chat, windows in self._chats.items()
            if any(window.used_since(now_s - longest_s) for window in windows)
        }
        self._parked = {chat: until_s for chat, until_s in self._parked.items() if until_s > now_s}
