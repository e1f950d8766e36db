"""Delivers the stand-in's updates to the bot's own address, again and again until they are taken."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from evals.standins.telegram_methods import Methods
from evals.standins.telegram_world import World

AT_ONCE = 8
PAUSE_S = 0.1  # the real one waits longer with every failure
TIMEOUT_S = 20.0


class Deliverer:
    """Works while a webhook is set; several updates at once, so that they may arrive out of order."""

    def __init__(self, world: World, methods: Methods) -> None:
        self._world = world
        self._methods = methods
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telegram-hook", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is being delivered is waited for."""
        self._stop.set()
        with self._world.changing():
            pass  # wakes the thread
        self._thread.join()

    def _run(self) -> None:
        world = self._world
        with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client, ThreadPoolExecutor(AT_ONCE) as pool:
            while not self._stop.is_set():
                world.wait_until(lambda: self._stop.is_set() or self._is_due(), 1.0)
                if self._stop.is_set() or not self._is_due():
                    continue
                batch = world.batch(AT_ONCE)
                taken = list(pool.map(lambda update: self._post(client, update), batch))
                with world.changing():
                    done = [update for update, ok in zip(batch, taken, strict=True) if ok]
                    world.confirmed += [update for update in done if update in world.updates]
                    world.updates = [update for update in world.updates if update not in done]
                    world.again += [
                        update
                        for update, ok in zip(batch, taken, strict=True)
                        if not ok and update not in world.updates
                    ]
                if not all(taken):
                    self._stop.wait(PAUSE_S)

    def _is_due(self) -> bool:
        return bool(self._methods.hook.url) and bool(self._world.updates or self._world.again)

    def _post(self, client: httpx.Client, update: dict[str, Any]) -> bool:
        hook = self._methods.hook
        headers = {"Content-Type": "application/json"}
        if hook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
        try:
            words = json.dumps(update, ensure_ascii=False).encode()
            status = client.post(hook.url, content=words, headers=headers).status_code
            problem = "" if status // 100 == 2 else f"Wrong response from the webhook: {status}"
        except httpx.HTTPError as error:
            problem = f"{type(error).__name__}"
        if problem:
            hook.problem, hook.problem_at = problem, int(time.time())
        return not problem
