"""The desk where questions queue: a bounded number of threads, a bounded number waiting, a bounded patience."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from bot.assistant.shape import Answer
from bot.errors import Busy, Unavailable
from retrieval.protocols import Principal


class Asks(Protocol):
    """What answers a question; it blocks."""

    def __call__(self, question: str, *, principal: Principal, prev: Sequence[str], explain: bool = ...) -> Answer: ...


class Desk:
    """Answers questions off the event loop. Thread safe.

    Args:
        ask: Answers one question, blocking.
        workers: Questions answered at the same time.
        max_waiting: Questions that may wait beside those; one more is refused.
        patience_s: How long one question may take, the wait included. The first ones wait for index and embedder to load.
    """

    def __init__(self, ask: Asks, *, workers: int, max_waiting: int, patience_s: float) -> None:
        self._ask = ask
        self._room = workers + max_waiting
        self._patience_s = patience_s
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="ask")
        self._lock = threading.Lock()
        self._inside = 0

    @property
    def inside(self) -> int:
        """Questions being answered or waiting now."""
        return self._inside

    async def ask(
        self, question: str, *, principal: Principal, prev: Sequence[str] = (), explain: bool = False
    ) -> Answer:
        """The answer; `explain` adds its evidence.

        Raises:
            Busy: too many are waiting.
            Unavailable: it took longer than the patience.
            BotError: whatever the assistant refuses.
        """
        more = {"explain": True} if explain else {}
        self._enter()
        try:
            future = self._pool.submit(self._ask, question, principal=principal, prev=tuple(prev), **more)
        except RuntimeError:
            self._leave()
            raise Unavailable("系统正在关闭，请稍后再问。") from None
        # The place is free when the thread is, not when the asker gives up: otherwise slow questions pile up unseen.
        future.add_done_callback(lambda _: self._leave())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._patience_s)
        except TimeoutError:
            raise Unavailable("资料还在准备，这个问题暂时没有答出来，请过一会儿再问。") from None

    def _enter(self) -> None:
        with self._lock:
            if self._inside >= self._room:
                raise Busy("现在提问的人太多，请稍等几秒再发一次。")
            self._inside += 1

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1

    def close(self) -> None:
        """Take no more; what is waiting is dropped, what is being answered ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)
