"""Plain text: which encoding the bytes are in, and where page marks stand. Every text format decodes through here."""

import codecs
import re
import unicodedata
from contextlib import suppress

from corpora.document import Extract, Span
from corpora.errors import Unreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")  # those that ordinary text files do not hold
_MAX_CONTROL_SHARE = 0.01
_SAMPLE_CHARS = 50_000  # enough to judge an encoding by
_DAMAGED_SHARE = 0.02  # more undecodable places a character mean another encoding, not damage
_COMMON_SHARE = 0.7  # of the characters of Chinese prose over .9 are common ones, of Big5 read as GB18030 under .5

_DASH = "[-—–―－─]"
_PAGE_MARK = re.compile(
    rf"^[ \t　\f]*(?:{_DASH}{{1,2}}[ \t　]*([0-9０-９]{{1,4}})[ \t　]*{_DASH}{{1,2}}"
    r"|第[ \t　]*([0-9０-９]{1,4})[ \t　]*页"
    r"(?:[ \t　]*[,，/／]?[ \t　]*共[ \t　]*[0-9０-９]{1,4}[ \t　]*页)?)[ \t　]*$",
    re.MULTILINE,
)


def load(data: bytes, name: str) -> Extract:
    """The decoded characters with LF line ends; page marks as noise.

    Raises:
        Unreadable: Binary content, or an encoding that is not UTF-8, GB18030 or UTF-16 with a mark.
    """
    text, notes = decode(data)
    marks, pages = page_marks(text)
    return Extract(text=text, pages=pages, noise=marks, notes=notes)


def decode(data: bytes, *, declared: str | None = None) -> tuple[str, tuple[str, ...]]:
    """The text that the bytes spell, and a note where some of it was damaged.

    Line ends become LF as Python's text mode makes them; nothing else changes, so that a quote is found in the file.

    Args:
        data: The whole file.
        declared: An encoding that the file itself names (HTML). Only Big5 changes anything: the others tell themselves.

    Raises:
        Unreadable: Binary content or an unknown encoding.
    """
    text, notes = _decode(data, declared)
    if _is_binary(text):
        raise Unreadable("文件内容不是文字（含有二进制数据），请导入文字版文件。")
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def page_marks(text: str) -> tuple[tuple[Span, ...], tuple[tuple[int, int], ...]]:
    """Lines that are only a page number (`— 3 —`, 第3页), and where the pages start.

    A mark stands at the foot of its page. No marks, no pages.
    """
    marks: list[Span] = []
    numbers: list[int] = []
    for match in _PAGE_MARK.finditer(text):
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        marks.append((start, match.start() + len(match.group().rstrip())))
        numbers.append(int(match.group(1) or match.group(2)))
    if not marks or any(later <= earlier for earlier, later in zip(numbers, numbers[1:], strict=False)):
        return tuple(marks), ()
    pages = [(0, numbers[0])]
    for (_, end), number in zip(marks, numbers, strict=True):
        if text[end:].strip():
            pages.append((end, number + 1))
    return tuple(marks), tuple(pages)


def _decode(data: bytes, declared: str | None) -> tuple[str, tuple[str, ...]]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _marked(data[len(bom) :], encoding)
    if b"\0" in data:
        raise Unreadable("文件内容不是文字（含有空字节），请导入文字版文件；如果是 UTF-16 文字，请另存为 UTF-8。")
    with suppress(UnicodeDecodeError):
        text = data.decode("utf-8")
        if not _is_short_gb18030(data, text):
            return text, ()
    for encoding in ("big5", "gb18030") if _names_big5(declared) else ("gb18030",):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "big5" or _reads_as_chinese(text):
            return text, ()
    for encoding in ("utf-8", "gb18030"):
        text = data.decode(encoding, errors="replace")
        damaged = text.count("�")
        if damaged <= _DAMAGED_SHARE * len(text) and _reads_as_chinese(text):
            return text, (f"有 {damaged} 处字节无法按 {encoding.upper()} 解读，已用 � 代替，请核对原文件。",)
    raise Unreadable("认不出文件的文字编码，请另存为 UTF-8 后再导入。")


def _is_short_gb18030(data: bytes, text: str) -> bool:
    """A few Chinese characters in GB18030 can be valid UTF-8 by accident, always as letters below U+0800."""
    high = sum(1 for char in text[:_SAMPLE_CHARS] if char > "\x7f")
    if not high or 2 * high <= len(text) - high or any(char >= "\u0800" for char in text):
        return False
    with suppress(UnicodeDecodeError):
        return _reads_as_chinese(data.decode("gb18030"))
    return False


def _marked(data: bytes, encoding: str) -> tuple[str, tuple[str, ...]]:
    text = data.decode(encoding, errors="replace")
    damaged = text.count("�") - (0 if encoding != "utf-8" else data.count("�".encode()))
    if encoding != "utf-8" and not _reads_as_chinese(text) and _is_utf8(data):
        damaged = len(text)
    if damaged <= 0:
        return text, ()
    if damaged > _DAMAGED_SHARE * len(text):
        raise Unreadable(f"文件标明是 {encoding.upper()} 编码，内容却不是，请另存为 UTF-8 后再导入。")
    return text, (f"有 {damaged} 处字节无法按 {encoding.upper()} 解读，已用 � 代替，请核对原文件。",)


def _is_utf8(data: bytes) -> bool:
    with suppress(UnicodeDecodeError):
        return any(char > "\x7f" for char in data.decode("utf-8"))
    return False


def _names_big5(declared: str | None) -> bool:
    """The only declared encoding worth believing: UTF-8 and GB18030 tell themselves."""
    return declared is not None and declared.strip().lower().startswith("big5")


def _reads_as_chinese(text: str) -> bool:
    """Whether the characters are those of written Chinese: GB18030 decodes nearly any bytes, mostly to rare ones."""
    wide = [char for char in text[:_SAMPLE_CHARS] if char > "\x7f" and char != "�"]
    common = sum(1 for char in wide if _is_common(char))
    return common >= _COMMON_SHARE * len(wide) and bool(wide)


def _is_common(char: str) -> bool:
    """Level one of GB 2312 (the 3,755 everyday characters), its punctuation, and full-width forms."""
    try:
        lead = char.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= lead <= 0xD7 or lead in (0xA1, 0xA3)


def _is_binary(text: str) -> bool:
    sample = text[:_SAMPLE_CHARS]
    strange = len(_CONTROL.findall(sample)) + sum(
        1 for char in sample if char > "\x7f" and unicodedata.category(char) == "Cn"
    )
    return "\0" in text or strange > _MAX_CONTROL_SHARE * max(len(sample), 1)
