"""The bytes of the files that are sent in talks: under their hash in the data directory, written whole or not at all.

A file's row is the truth. Bytes without a row are rubbish that a job removes; they are put down before the row, and once more after it in
case that job came between.
"""

import hashlib
import logging
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bot.clock import Clock
from bot.db import Records
from bot.errors import Invalid, Unavailable
from bot.models.files import FileState
from bot.rules import files as rules
from bot.rules.arrivals import MediaKind
from bot.services import files
from bot.services.files import Bytes
from bot.work.photos import reencode

log = logging.getLogger("wenzhen.files")
ROOM_LEFT = 512 * rules.MEGABYTE  # of the disk; the records need it more
PATIENCE = timedelta(hours=1)  # with a far chat that cannot be reached
PAUSE = timedelta(seconds=15)
Fetch = Callable[
    [str, int], bytes
]  # a far chat's name for a file and the most bytes; Invalid where it is larger or gone


class Files:
    """Where the bytes lie. Thread safe.

    Args:
        folder: Of this process alone.
    """

    def __init__(self, records: Records, folder: Path) -> None:
        self._records = records
        self._folder = folder
        self._lock = threading.Lock()

    def take(self, content: bytes, name: str, *, voice: bool = False) -> tuple[Bytes, bytes]:
        """Judge a file, draw a photo anew, put the bytes down; gives what is to be put on record, and the bytes as they are kept.

        Raises:
            Invalid: it is nothing that may be sent.
            Unavailable: it could not be written.
        """
        judged = rules.judge(content, voice=voice)
        if judged.kind is MediaKind.PHOTO:
            content, judged = reencode(content, judged)
        elif judged is rules.TEXT:
            content = (rules.plain_text(content) or "").encode()
        sha256 = self.put(content)
        return Bytes(judged, rules.clean_name(name, judged), len(content), sha256), content

    def put(self, content: bytes) -> str:
        """Have these bytes on disk when this returns; gives their hash.

        Raises:
            Unavailable: the disk is full, or cannot be written.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        with self._lock:
            if path.exists():
                return sha256
            try:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._require_room(len(content))
                unfinished = path.with_name(f".{sha256}.part")
                descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(path)
            except OSError as error:
                raise Unavailable("文件没有存下来，请稍后再发，或打中心电话。") from error
        return sha256

    def path(self, sha256: str) -> Path:
        """Where these bytes lie, if they do."""
        return self._folder / sha256[:2] / sha256

    def read(self, sha256: str) -> bytes:
        """The bytes.

        Raises:
            Unavailable: they are not here.
        """
        try:
            return self.path(sha256).read_bytes()
        except OSError as error:
            raise Unavailable("文件现在取不出来，请稍后再试。") from error

    def sweep(self, sha256: str) -> None:
        """Remove these bytes where no file has them any more; a job."""
        with self._lock:
            with self._records.read() as session:
                if files.is_used(session, sha256):
                    return
            self.path(sha256).unlink(missing_ok=True)

    def _require_room(self, size: int) -> None:
        disk = os.statvfs(self._folder)
        if disk.f_bavail * disk.f_frsize < ROOM_LEFT + size:
            raise Unavailable("服务器的磁盘快满了，文件没有收下，请打中心电话。")


class Fetching:
    """Brings files from a far chat here; a job, which may be begun again after a kill.

    Args:
        fetch: Gets the bytes; Unavailable where it should be tried again.
    """

    def __init__(self, records: Records, clock: Clock, kept: Files, fetch: Fetch) -> None:
        self._records = records
        self._clock = clock
        self._kept = kept
        self._fetch = fetch

    def bring(self, file_id: str) -> None:
        """Fetch one file, unless it is here or forgotten. What is not to be had now is tried again, for as long as PATIENCE."""
        with self._records.read() as session:
            found = files.by_id(session, file_id)
            if found is None or found.state is not FileState.WAITING:
                return
            far_id, name, is_voice = found.far_id, found.name, found.kind is MediaKind.VOICE
            since = found.created_at
        try:
            kept, content = self._kept.take(self._fetch(far_id, rules.MAX_BYTES), name, voice=is_voice)
        except Invalid as error:
            self._refuse(file_id, str(error))
        except Unavailable as error:
            log.warning("a file waits: %s", type(error).__name__)
            if self._clock() - since > PATIENCE:
                self._refuse(file_id, "文件一直取不过来，请再发一次，或发一个下载链接。")
            else:
                with self._records.write() as session:
                    files.try_again(session, self._clock() + PAUSE, file_id, now=self._clock())
        else:
            with self._records.write() as session:
                files.fetched(session, self._clock(), file_id, kept)
            self._kept.put(content)

    def _refuse(self, file_id: str, why: str) -> None:
        with self._records.write() as session:
            files.refuse(session, self._clock(), file_id, why)
