"""One file in, its documents out. The door of this room: a bad file becomes one sentence, not an exception."""

import logging
import stat
from pathlib import Path

from corpora import course, passages, regulation, solution
from corpora.child import parse_in_child
from corpora.document import Document, Extract, Kind, Passage, Reading
from corpora.errors import CorpusError, Unreadable
from corpora.loaders import FENCED, format_of, load
from corpora.walking import Found, Skipped, Walk, walk

__all__ = ["MAX_FILE_BYTES", "MAX_TEXT_CHARS", "Found", "Skipped", "Walk", "extract_file", "read_file", "walk"]

_MEGABYTE = 1024 * 1024
MAX_FILE_BYTES = 64 * _MEGABYTE
MAX_TEXT_CHARS = 4_000_000  # some thirty books; more in one file is a mistake or a trap

log = logging.getLogger(__name__)


def read_file(path: Path, *, source: str, kind: Kind) -> Reading:
    """Read one file into documents and passages.

    Args:
        path: The file. Links are followed.
        source: The name under which it is cited.
        kind: What it is ingested as.

    Returns:
        Documents and their passages in the order of the file, and notes on what was not understood. For a file that
        cannot be read `refused` holds one sentence and the rest is empty. Nothing is raised for a bad file.
    """
    try:
        extract = extract_file(path)
        documents = _understand(extract, source, kind)
        if not documents:
            raise Unreadable("文件里没有可用的文字，请检查内容后再导入。")
        found = tuple(passage for document in documents for passage in _passages(document))
    except CorpusError as error:
        return Reading(source=source, refused=str(error))
    except Exception as error:  # a reader's own fault must not stop the other files
        log.exception("reading failed: %s", source)
        return Reading(
            source=source, refused=f"读取时程序出错（{type(error).__name__}），已跳过这个文件，请把它交给维护人员。"
        )
    notes = (*extract.notes, *(note for document in documents for note in document.notes))
    return Reading(source=source, documents=documents, notes=tuple(dict.fromkeys(notes)), passages=found)


def extract_file(path: Path) -> Extract:
    """The characters of one file, before anything is understood.

    Raises:
        Unreadable: With a sentence for the person who gave the file.
    """
    data = _bytes(path)
    format_ = format_of(data, path.name)
    extract = parse_in_child(data, path.name, format_) if format_ in FENCED else load(data, path.name, format_)
    if len(extract.text) > MAX_TEXT_CHARS:
        raise Unreadable(f"文字超过 {MAX_TEXT_CHARS // 10_000} 万字，请拆成几个文件后再导入。")
    if not extract.text.strip():
        raise Unreadable("文件里没有文字，请检查内容后再导入。")
    return extract


def _bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
            raise Unreadable("不是普通文件，请给出文件本身。")
        if status.st_size == 0:
            raise Unreadable("文件是空的（0 字节），请检查后再导入。")
        if status.st_size > MAX_FILE_BYTES:
            raise Unreadable(
                f"文件有 {-(-status.st_size // _MEGABYTE)} MB，超过上限 {MAX_FILE_BYTES // _MEGABYTE} MB，"
                "请拆分或压缩图片后再导入。"
            )
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise Unreadable("文件不存在，可能刚被移走或改名。") from None
    except PermissionError:
        raise Unreadable("没有读取这个文件的权限，请检查权限后再导入。") from None
    except OSError as error:
        raise Unreadable(f"文件打不开（{error.strerror}），请检查磁盘或路径。") from error
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable(f"文件超过上限 {MAX_FILE_BYTES // _MEGABYTE} MB，请拆分后再导入。")
    return data


def _understand(extract: Extract, source: str, kind: Kind) -> tuple[Document, ...]:
    if kind is Kind.COURSE:
        return course.understand(extract, source=source)
    if kind is Kind.SOLUTION:
        return solution.understand(extract, source=source)
    return regulation.structure(extract, source=source, kind=kind)


def _passages(document: Document) -> tuple[Passage, ...]:
    if document.kind is Kind.COURSE:
        return course.passages(document)
    if document.kind is Kind.SOLUTION:
        return solution.passages(document)
    return passages.split(document)
