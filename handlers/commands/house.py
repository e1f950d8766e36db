"""Reaches the house: in this process when the data directory is free, over loopback when `serve` owns it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from bot import directory
from bot.errors import (
    BotError,
    Busy,
    Conflict,
    DirectoryTaken,
    Invalid,
    NotAllowed,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.bootstrap import Services

Values = dict[str, Any]
Progress = Callable[[str, int, int], None]
KINDS: dict[str, type[BotError]] = {
    "invalid": Invalid,
    "not_found": NotFound,
    "not_allowed": NotAllowed,
    "unauthenticated": Unauthenticated,
    "conflict": Conflict,
    "busy": Busy,
    "unavailable": Unavailable,
}


class House(Protocol):
    """Whoever does the verbs."""

    def run(self, verb: str, values: Mapping[str, Any], progress: Progress) -> Values: ...


class _Here:
    """Does the verbs in this process. What needs the index opens it, once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._services: Services | None = None

    def run(self, verb: str, values: Mapping[str, Any], progress: Progress) -> Values:
        from bot.bootstrap import build
        from bot.clinic.commands import WITHOUT_INDEX
        from bot.verbs import run, run_without_index

        if self._services is None and verb in WITHOUT_INDEX:
            return run_without_index(self._settings, verb, values)
        if self._services is None:
            self._services = build(self._settings)
        return run(self._services, verb, values, progress)

    def close(self) -> None:
        """Give back what was opened."""
        if self._services is not None:
            self._services.close()


class _There:
    """Sends the verbs to the process that owns the directory. The answer comes as lines: progress ones, then a result or an error."""

    def __init__(self, address: str, secret: str) -> None:
        import httpx

        self.client = httpx.Client(
            base_url=f"http://{address}",
            headers={"Authorization": f"Bearer {secret}"},
            timeout=httpx.Timeout(10, read=None),
            trust_env=False,
        )

    def run(self, verb: str, values: Mapping[str, Any], progress: Progress) -> Values:
        import httpx

        try:
            with self.client.stream("POST", f"/internal/{verb}", json=dict(values)) as response:
                if response.is_error:
                    response.read()
                    return _result({"error": response.json()["error"]})
                for line in response.iter_lines():
                    event = json.loads(line)
                    if "progress" in event:
                        progress(*event["progress"])
                    else:
                        return _result(event)
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise Unavailable(
                f"正在运行的服务没有回应（{type(error).__name__}），请稍后再试，或重启 wenzhen serve。"
            ) from None
        raise Unavailable("正在运行的服务中途断开了，请查看它的日志后再试。")


def _result(event: Values) -> Values:
    if "error" in event:
        raise KINDS.get(event["error"]["kind"], Unavailable)(event["error"]["message"])
    result: Values = event["result"]
    return result


@contextmanager
def reach(settings: Settings, *, verb: str) -> Iterator[House]:
    """The house of this data directory, for as long as the block runs.

    Raises:
        DirectoryTaken: a process that cannot be spoken to owns the directory.
        Unavailable: the directory or the index cannot be opened.
    """
    held = directory.owner(settings.data)
    if held is not None:
        if held.address is None:
            raise DirectoryTaken(held.sentence(settings.data))
        there = _There(held.address, directory.secret(settings.data))
        with there.client:
            yield there
        return
    with directory.own(settings.data, verb=verb):
        here = _Here(settings)
        try:
            yield here
        finally:
            here.close()
