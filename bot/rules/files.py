"""Files that are sent in a talk: what may be sent, what one really is, and how it is called. Pure.

What a file is, its bytes say; its name says nothing but how people call it.
"""

import io
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import Invalid, TooLong
from bot.rules.arrivals import MediaKind

MEGABYTE = 1024 * 1024
MAX_BYTES = 20 * MEGABYTE  # what the Bot API lets a bot fetch; the same by every door
MAX_FILES = 100  # of a talk
MAX_FILES_OF_STRANGERS = 12  # of a talk that nobody signed in for
MAX_BYTES_OF_TALK = 300 * MEGABYTE
MAX_NAME_CHARS = 80
MAX_ENTRIES = 5000  # of a zip; a real document has a few dozen
MARKED = ".files"  # ends the key of a turn that brings files
NAMES = {MediaKind.PHOTO: "照片", MediaKind.VOICE: "语音", MediaKind.DOCUMENT: "文件"}
COUNTED = {MediaKind.PHOTO: "张", MediaKind.VOICE: "条", MediaKind.DOCUMENT: "个"}
ALLOWED = "JPG、PNG、WebP 照片，PDF、DOCX、XLSX、TXT 文件"
_MARK = re.compile(r"［(?:(?:照片|语音|文件) \d+ [张条个]、?)+］")
_UNSAFE = re.compile(r"[\\/:*?\"<>|\s]+")
_HEIC = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevx", b"mif1", b"msf1"})
_TEXT_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Judged:
    """What the bytes are."""

    kind: MediaKind
    media_type: str
    suffix: str


JPEG = Judged(MediaKind.PHOTO, "image/jpeg", ".jpg")
PNG = Judged(MediaKind.PHOTO, "image/png", ".png")
WEBP = Judged(MediaKind.PHOTO, "image/webp", ".webp")
PDF = Judged(MediaKind.DOCUMENT, "application/pdf", ".pdf")
DOCX = Judged(MediaKind.DOCUMENT, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx")
XLSX = Judged(MediaKind.DOCUMENT, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx")
TEXT = Judged(MediaKind.DOCUMENT, "text/plain; charset=utf-8", ".txt")
OGG = Judged(MediaKind.VOICE, "audio/ogg", ".ogg")


def judge(content: bytes, *, voice: bool = False) -> Judged:
    """What a file is.

    Args:
        voice: Whether a spoken message may be one; only chats record them.

    Raises:
        TooLong: it is larger than MAX_BYTES.
        Invalid: it is empty, or nothing that may be sent.
    """
    if not content:
        raise Invalid("文件是空的（0 字节），请检查后再发。")
    if len(content) > MAX_BYTES:
        raise TooLong(too_large(len(content)))
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return WEBP
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise Invalid("收不了 HEIC 照片，请在手机相机设置里选“兼容性最佳”，或者截一张图再发。")
    if b"%PDF-" in content[:1024]:
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return _zipped(content)
    if voice and content.startswith(b"OggS"):
        return OGG
    if _is_text(content):
        return TEXT
    raise Invalid(f"收不了这种文件，只收{ALLOWED}；请另存为其中一种再发。")


def too_large(size: int) -> str:
    """Why a file of so many bytes is not taken."""
    return (
        f"文件有 {-(-size // MEGABYTE)} MB，超过上限 {MAX_BYTES // MEGABYTE} MB，请压缩、拆分后再发，或发一个下载链接。"
    )


def _zipped(content: bytes) -> Judged:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            names = set(file.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Invalid("文件已损坏，打不开，请重新保存后再发。") from None
    if "[Content_Types].xml" not in names or len(names) > MAX_ENTRIES:
        raise Invalid(f"收不了压缩包，只收{ALLOWED}；请解开后一个一个发。")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Invalid("文件里有宏，为安全起见不收；请另存为不带宏的 DOCX 或 XLSX 再发。")
    if "word/document.xml" in names:
        return DOCX
    if "xl/workbook.xml" in names:
        return XLSX
    raise Invalid(f"收不了这种文件，只收{ALLOWED}；请另存为其中一种再发。")


def _is_text(content: bytes) -> bool:
    text = plain_text(content)
    return text is not None and not _TEXT_CONTROLS.search(text)


def plain_text(content: bytes) -> str | None:
    """The characters of a text file, in one of the two ways that are usual here; None where it is none."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def plain_name(name: str) -> str:
    """A name that is safe to show and to keep: no path, no invisible or control characters, not too long; it may be empty."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    # Formatting characters can turn a name around on the screen (gpj.exe); nothing of category C is needed in one.
    seen = "".join(char for char in last if unicodedata.category(char)[0] != "C" or char == " ")
    return _UNSAFE.sub("_", seen.strip()).strip("._ ")[:MAX_NAME_CHARS]


def clean_name(name: str, judged: Judged) -> str:
    """The same with the suffix that the bytes have, whatever the name says."""
    stem = plain_name(name)
    head, dot, tail = stem.rpartition(".")
    if dot and 1 <= len(tail) <= 5 and tail.isascii() and tail.isalnum():
        stem = head.strip("._ ")
    return (stem or NAMES[judged.kind]) + judged.suffix


def mark(kinds: Sequence[MediaKind]) -> str:
    """What stands for files where nothing was written beside them: ［照片 2 张］."""
    return f"［{counted(kinds)}］"


def counted(kinds: Sequence[MediaKind]) -> str:
    """How many of each: 照片 2 张、文件 1 个."""
    return "、".join(f"{NAMES[kind]} {kinds.count(kind)} {COUNTED[kind]}" for kind in NAMES if kind in kinds)


def is_mark(text: str) -> bool:
    """Whether a message says nothing but that files were sent."""
    return bool(_MARK.fullmatch(text))
