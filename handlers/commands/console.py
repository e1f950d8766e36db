"""What commands print: results on stdout, errors and progress on stderr, exit codes by kind of error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from bot.errors import BotError, Invalid

DONE, NOTHING_DONE, BAD_INPUT = 0, 1, 2


def say(words: str = "") -> None:
    """Print words for people. What the terminal cannot show is replaced, not fatal."""
    sys.stdout.write(
        words.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8") + "\n"
    )
    sys.stdout.flush()


def say_json(values: Any) -> None:
    """Print one JSON value on one line."""
    say(json.dumps(values, ensure_ascii=False))


def complain(words: str) -> None:
    """Print one sentence on stderr."""
    sys.stderr.write(words.replace("\n", " ").encode("utf-8", "replace").decode() + "\n")
    sys.stderr.flush()


@contextmanager
def exits() -> Iterator[None]:
    """Translate the house's errors into one sentence and an exit code; the only place of the command line that does."""
    from corpora.errors import CorpusError
    from retrieval.errors import RetrievalError

    try:
        yield
    except Invalid as error:
        complain(str(error))
        raise SystemExit(BAD_INPUT) from None
    except (BotError, RetrievalError, CorpusError) as error:
        complain(str(error))
        raise SystemExit(NOTHING_DONE) from None
    except BrokenPipeError:
        raise SystemExit(NOTHING_DONE) from None
    except KeyboardInterrupt:
        complain("已中断。")
        raise SystemExit(130) from None
    except OSError as error:
        complain(f"读写出错（{error.strerror or error}），请检查磁盘空间和权限后再试。")
        raise SystemExit(NOTHING_DONE) from None


class Bar:
    """A progress bar on stderr, shown only where a person is looking."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._what = ""

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that `done` of `total` are done; a total of 0 shows nothing."""
        if not total or not sys.stderr.isatty():
            return
        if what != self._what or self._bar is None:
            from tqdm import tqdm

            if self._bar is not None:
                self._bar.close()
            self._bar, self._what = tqdm(total=total, desc=what, unit="", file=sys.stderr, leave=False), what
        self._bar.total = total
        self._bar.n = done
        self._bar.refresh()
