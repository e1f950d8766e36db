"""Who watches what in this process: told after each commit, never before."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Watcher = Callable[[], None]  # called on the thread that committed; must not block


class Hub:
    """Topics (a conversation's id, the pool, an inbox row) and their watchers. Thread safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watchers: dict[str, list[Watcher]] = {}

    @contextmanager
    def watching(self, topic: str, watcher: Watcher) -> Iterator[None]:
        """Call `watcher` after each commit that touched the topic, while the block runs."""
        with self._lock:
            self._watchers.setdefault(topic, []).append(watcher)
        try:
            yield
        finally:
            with self._lock:
                left = [held for held in self._watchers[topic] if held is not watcher]
                if left:
                    self._watchers[topic] = left
                else:
                    del self._watchers[topic]

    def tell(self, topics: frozenset[str]) -> None:
        """Call everyone who watches one of these."""
        with self._lock:
            called = [watcher for topic in topics for watcher in self._watchers.get(topic, ())]
        for watcher in called:
            watcher()
