"""Brings the index to what the records say about solved cases: a file for every approved copy, none for any other.

One function does all of it, so that it can be begun again after a kill at any point: the job of an approval or a retraction calls it,
so does every start. Where several processes share the records, each keeps an index of its own and calls it when the stamp has changed.
"""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.db import Records
from bot.errors import Unavailable
from bot.rules.people import NOBODY
from bot.rules.solutions import case_file, case_name
from bot.services import solutions
from bot.services.moment import Moment
from bot.services.solutions import Case
from corpora.document import Kind
from retrieval.library import Library
from retrieval.protocols import Principal, Role

log = logging.getLogger("wenzhen.indexing")
EVER = datetime.min.replace(tzinfo=UTC)
REST = timedelta(seconds=10)
_EVERYTHING = Principal(Role.ADMIN)


class Indexing:
    """The folder of solved cases and its place in the index. Thread safe.

    Args:
        folder: Where the files of the cases lie; nothing else is kept there.
        moment: When it happens.
    """

    def __init__(self, records: Records, library: Library, folder: Path, moment: Callable[[], Moment]) -> None:
        self._records = records
        self._library = library
        self._folder = folder.absolute()
        self._moment = moment
        self._lock = threading.Lock()
        self._again_at = EVER  # before this moment nothing is tried by itself
        self._done: tuple[int, int] | None = None  # the records' stamp that the index was last brought to

    def refresh(self, subject: str = "") -> None:
        """Bring files, index and states to what the records say; nothing changes where they agree.

        Args:
            subject: The solution whose job this is; all the others are looked at too.

        Raises:
            Unavailable: the folder cannot be written, or a case did not get into the index; the same may succeed later.
            NotWritable: the index cannot be written.
        """
        del subject
        with self._lock:
            with self._records.read() as session:
                stamp, wanted = solutions.stamp(session), solutions.cases(session)
            if not wanted and not self._folder.exists():
                self._done = stamp
                return
            _write(self._folder, wanted)
            # Where vectors are missing already somebody else computes them: these follow, and words find the case meanwhile.
            is_free = self._library.pending == 0
            report = self._library.ingest([self._folder], kind=Kind.SOLUTION, embed=is_free)
            held = {document.source for document in self._library.documents(_EVERYTHING)}
            there = [case.id for case in wanted if case_name(case.id) in held]
            with self._records.write() as session:
                has_stood_still = solutions.stamp(session) == stamp
                moved = solutions.indexed(session, self._moment(), there, caller=NOBODY)
                stamp = solutions.stamp(session)
                missing = solutions.found(session) & {case.id for case in wanted} - set(there)
            log.info("cases: %d in the index, %d new, %d taken out", len(there), moved, report.removed)
            if missing:
                raise Unavailable("有方案没能收进索引，稍后会再试。")
            self._done = stamp if has_stood_still else None

    def catch_up(self) -> None:
        """Refresh where the records have changed since; costs one small query where they have not. After a failure it rests."""
        if self._moment().now < self._again_at:
            return
        with self._records.read() as session:
            stamp = solutions.stamp(session)
        if stamp == self._done:
            return
        self._again_at = self._moment().now + REST
        self.refresh()
        self._again_at = EVER


def _write(folder: Path, wanted: Sequence[Case]) -> None:
    """Make the folder hold exactly these cases; each file is there whole or not at all."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        files = {
            case_name(case.id): case_file(case.id, domain=case.domain, shared=case.shared).encode() for case in wanted
        }
        for path in folder.iterdir():
            if path.name not in files:
                path.unlink()
        for name, content in files.items():
            path = folder / name
            if not path.exists() or path.read_bytes() != content:
                _put(path, content)
    except OSError as error:
        raise Unavailable(f"方案文件夹 {folder} 写不进去（{error.strerror}），请检查权限和磁盘空间。") from error


def _put(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}")  # hidden: an ingest beside this one passes it by
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
