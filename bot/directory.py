"""The data directory has one owner. A lock names the process that owns it; a secret lets commands speak to that process.

The lock is the kernel's (flock), so it ends with its process however that dies; the words in the file only say who holds it.
"""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import DirectoryTaken, Unavailable

LOCK = "owner.lock"
SECRET = "secret"
RESTORE = "restore"
RESTORING = "restoring"  # there while a backup is brought back: the directory is not whole
PATIENCE = 10  # tries of 20 ms each


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds the directory. `address` is set once the process can be spoken to, as host:port."""

    pid: int
    verb: str
    since: str
    address: str | None = None

    def sentence(self, folder: Path) -> str:
        """One sentence that names the owner and says what to do."""
        return f"数据目录 {folder} 正由另一个进程使用（{self.verb}，进程号 {self.pid}，始于 {self.since}），请等它结束，或换一个 --data。"


class Hold:
    """A held directory. `announce` tells other commands where this process listens."""

    def __init__(self, folder: Path, descriptor: int, owner: Owner) -> None:
        self.folder = folder
        self._descriptor = descriptor
        self._owner = owner
        self._write()

    def announce(self, host: str, port: int) -> None:
        """Say where this process can be spoken to."""
        owner = self._owner
        self._owner = Owner(owner.pid, owner.verb, owner.since, f"{host}:{port}")
        self._write()

    def _write(self) -> None:
        words = json.dumps(asdict(self._owner), ensure_ascii=False).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, words, 0)

    def release(self) -> None:
        """Give the directory back."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


@contextmanager
def own(folder: Path, *, verb: str) -> Iterator[Hold]:
    """Hold the directory, made if absent, for as long as the block runs.

    Raises:
        DirectoryTaken: another process holds it; the message names that process.
        Unavailable: the directory cannot be made or written, or a backup was brought back only half.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(
            f"数据目录 {folder} 无法写入（{error.strerror}），请检查权限和磁盘，或用 --data 换一个目录。"
        ) from None
    if not _lock(descriptor):
        os.close(descriptor)
        held = owner(folder) or Owner(0, "wenzhen", "不久前")
        raise DirectoryTaken(held.sentence(folder)) from None
    if verb != RESTORE and (folder / RESTORING).exists():
        os.close(descriptor)
        raise Unavailable(f"数据目录 {folder} 上次恢复备份没有做完，请重新运行 wenzhen restore。")
    try:
        hold = Hold(
            folder, descriptor, Owner(os.getpid(), verb, datetime.now(UTC).astimezone().isoformat(timespec="seconds"))
        )
    except OSError as error:
        os.close(descriptor)
        raise Unavailable(f"数据目录 {folder} 写不进去（{error.strerror}），请腾出磁盘空间后再试。") from None
    try:
        yield hold
    finally:
        hold.release()


def _lock(descriptor: int) -> bool:
    # A command that only looks who owns the directory holds a shared lock for a moment: try again before giving up.
    for _ in range(PATIENCE):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False


def owner(folder: Path) -> Owner | None:
    """The process that holds the directory now, or None."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        words = os.read(descriptor, 4096)
    else:
        return None
    finally:
        os.close(descriptor)
    try:
        return Owner(**json.loads(words))
    except (ValueError, TypeError):
        return Owner(0, "wenzhen", "不久前")


def secret(folder: Path) -> str:
    """The secret of this directory, made on first use; readable by its owner alone.

    Raises:
        Unavailable: it cannot be read or written.
    """
    path = folder / SECRET
    try:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            word = secrets.token_urlsafe(32)
            file.write(word)
        return word
    except OSError as error:
        raise Unavailable(f"数据目录里的密钥文件 {path} 读写不了（{error.strerror}），请检查权限和磁盘空间。") from None
