"""What holds after all tests of the Telegram door: the token of no bot stands in anything that they wrote or logged."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.standins.telegram import StandIn

HEARD: list[str] = []
SECRETS: set[str] = set()


def places(folder: Path, secrets: set[str], logged: list[str]) -> list[str]:
    """Where a secret stands: names of files, and the beginnings of log lines."""
    wanted = [secret.encode() for secret in secrets]
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    found = [str(path) for path in files if any(secret in path.read_bytes() for secret in wanted)]
    found += [str(path) for path in folder.rglob("*") if any(secret in str(path) for secret in secrets)]
    return found + [line[:80] for line in logged if any(secret in line for secret in secrets)]


class _Hearing(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line, with what went wrong."""
        try:
            HEARD.append(logging.Formatter().format(record))
        except Exception as error:  # a line that cannot be formatted holds nothing
            HEARD.append(type(error).__name__)


@pytest.fixture(scope="package", autouse=True)
def no_token_anywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Search all that the tests of this folder wrote, once they are done."""
    hearing, began = _Hearing(), StandIn.__init__

    def remembering(self: StandIn, *args: object, **options: object) -> None:
        began(self, *args, **options)  # type: ignore[arg-type]
        SECRETS.add(self.token.partition(":")[2])

    patch = pytest.MonkeyPatch()
    patch.setattr(StandIn, "__init__", remembering)
    logging.getLogger().addHandler(hearing)
    yield
    logging.getLogger().removeHandler(hearing)
    patch.undo()
    assert places(tmp_path_factory.getbasetemp(), SECRETS, HEARD) == []
