"""Which files there are to read, under which names. Looks at names and file kinds only; opens nothing."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora.loaders import SUFFIXES

_IGNORED = frozenset({"thumbs.db", "desktop.ini", "__macosx", "__pycache__", "node_modules"})
_OTHER_FORMATS = {
    ".doc": "旧版 Word 文件，请另存为 .docx",
    ".wps": "WPS 文字文件，请另存为 .docx",
    ".rtf": "RTF 文件，请另存为 .docx",
    ".odt": "OpenDocument 文件，请另存为 .docx",
    ".xls": "旧版 Excel 文件，请另存为 .xlsx",
    ".et": "WPS 表格文件，请另存为 .xlsx",
    ".ods": "OpenDocument 表格，请另存为 .xlsx",
    ".ofd": "OFD 版式文件，请导出为 PDF",
    ".ppt": "演示文稿，请导出为 PDF",
    ".pptx": "演示文稿，请导出为 PDF",
    ".json": "JSON 文件，请改存为每行一条的 .jsonl",
    ".zip": "压缩包，请解压",
    ".rar": "压缩包，请解压",
    ".7z": "压缩包，请解压",
    ".gz": "压缩包，请解压",
    ".png": "图片，请先转成文字",
    ".jpg": "图片，请先转成文字",
    ".jpeg": "图片，请先转成文字",
    ".tif": "图片，请先转成文字",
    ".tiff": "图片，请先转成文字",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read."""

    path: Path
    source: str  # name relative to the path that was given, / between folders; printable and valid Unicode
    root: Path  # the path that was given, absolute


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that will not be read, and why: one sentence."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Walk:
    """What lies under the given paths: files by source name, skipped ones, and given paths that do not exist."""

    files: tuple[Found, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    missing: tuple[Path, ...] = ()


def walk(paths: Sequence[Path]) -> Walk:
    """The files under files and folders, each once, in an order that does not depend on the machine.

    Hidden files, README files and files of no known format are skipped. A link inside a folder is followed only to a
    file that is not read under another name; a link to a folder never is: what lies inside is found anyway, what lies
    outside may be the whole disk.
    """
    walker = _Walker()
    for path in paths:
        walker.take(path)
    return Walk(
        files=tuple(sorted(walker.files, key=lambda found: (found.source, os.fspath(found.root)))),
        skipped=tuple(sorted(set(walker.skipped), key=lambda skipped: (skipped.source, skipped.reason))),
        missing=tuple(walker.missing),
    )


def printable(name: str) -> str:
    """A file name that can be shown, stored and compared: control characters and undecodable bytes as escapes."""
    shown = "".join(char if char.isprintable() or "\ud800" <= char <= "\udfff" else ascii(char)[1:-1] for char in name)
    return shown.encode("utf-8", "backslashreplace").decode("utf-8")


class _Walker:
    def __init__(self) -> None:
        self.files: list[Found] = []
        self.skipped: list[Skipped] = []
        self.missing: list[Path] = []
        self._seen: set[tuple[int, int]] = set()  # device and inode of every file and folder taken

    def take(self, path: Path) -> None:
        """One path as it was given. A link given by name is what it points to."""
        root = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would rename a link that was given by name
        try:
            status = root.stat()
        except (FileNotFoundError, NotADirectoryError):
            self.missing.append(path)
            return
        except (OSError, ValueError) as error:
            self._skip(root.name, _why(error))
            return
        if stat.S_ISDIR(status.st_mode):
            self._folder(root, status)
        else:
            self._file(root, status, source=root.name, root=root)

    def _folder(self, root: Path, status: os.stat_result) -> None:
        if not self._first(status):
            return
        links: list[Path] = []
        folders = [root]
        while folders:
            folder = folders.pop()
            for path in self._listed(folder, root):
                source = path.relative_to(root).as_posix()
                try:
                    status = path.lstat()
                except OSError as error:
                    self._skip(source, _why(error))
                    continue
                if stat.S_ISLNK(status.st_mode):
                    links.append(path)
                elif not stat.S_ISDIR(status.st_mode):
                    self._file(path, status, source=source, root=root)
                elif self._first(status):
                    folders.append(path)
        for path in links:  # after all real names, so that these win
            self._link(path, root)

    def _listed(self, folder: Path, root: Path) -> Iterator[Path]:
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 - names alone, without a status call each
        except OSError as error:
            self._skip(folder.relative_to(root).as_posix(), _why(error))
            return
        yield from (folder / name for name in names if not _is_hidden(name))

    def _link(self, path: Path, root: Path) -> None:
        source = path.relative_to(root).as_posix()
        try:
            status = path.stat()
        except FileNotFoundError:
            self._skip(source, "链接指向的文件不存在。")
        except OSError as error:
            self._skip(
                source, "链接绕成了圈，没有跟进。" if isinstance(error, OSError) and error.errno == 40 else _why(error)
            )
        else:
            if not stat.S_ISDIR(status.st_mode):
                self._file(path, status, source=source, root=root)
            elif (status.st_dev, status.st_ino) in self._seen:
                self._skip(source, "链接指向已经读过的文件夹，没有重复读取。")
            else:
                self._skip(source, "链接指向所给文件夹之外的文件夹，没有跟进；需要时请直接给出那个文件夹。")

    def _file(self, path: Path, status: os.stat_result, *, source: str, root: Path) -> None:
        if not stat.S_ISREG(status.st_mode):
            self._skip(source, "不是普通文件（管道、设备等），没有读取。")
        elif path.name.lower().startswith("readme"):
            self._skip(source, "说明文件（README），不作为资料导入。")
        elif (refusal := refusal_of_suffix(path.name)) is not None:
            self._skip(source, refusal)
        elif self._first(status) or not path.is_symlink():
            # Hard links are files of their own; a link to a file that was taken already is not.
            self.files.append(Found(path=path, source=printable(source), root=root))
        else:
            self._skip(source, "链接指向的文件已经以自己的名字读取。")

    def _first(self, status: os.stat_result) -> bool:
        key = (status.st_dev, status.st_ino)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _skip(self, source: str, reason: str) -> None:
        self.skipped.append(Skipped(printable(source), reason))


def refusal_of_suffix(name: str) -> str | None:
    """Why no reader takes a file of this name, or None where one does."""
    suffix = Path(name).suffix.lower()
    if suffix in SUFFIXES:
        return None
    if suffix in _OTHER_FORMATS:
        return f"{_OTHER_FORMATS[suffix]}后再导入。"
    shown = f"（{printable(suffix)}）" if suffix else ""
    return f"不认识的文件类型{shown}，可以导入的有 {'、'.join(SUFFIXES)}。"


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in _IGNORED


def _why(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "没有读取权限。"
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "链接绕成了圈，没有跟进。"
    return f"打不开（{getattr(error, 'strerror', None) or type(error).__name__}）。"
