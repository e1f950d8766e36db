"""Readers, one file format each: bytes in, an Extract out.

Which reader a file needs is told by its suffix and checked against its first bytes.
"""

from collections.abc import Callable
from enum import StrEnum
from importlib import import_module
from pathlib import PurePath

from corpora.document import Extract
from corpora.errors import Unreadable, Unsupported


class Format(StrEnum):
    """The file formats that can be read."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    DOCX = "docx"
    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


SUFFIXES: dict[str, Format] = {
    ".txt": Format.TEXT,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".docx": Format.DOCX,
    ".pdf": Format.PDF,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".xlsx": Format.XLSX,
    ".jsonl": Format.JSONL,
}
FENCED = frozenset(
    {Format.HTML, Format.DOCX, Format.PDF, Format.XLSX}
)  # parsed in a child process: their parsers can be led astray

# Modules are named, not imported: a text file must not pay for the PDF reader.
_MODULES: dict[Format, tuple[str, str]] = {
    Format.TEXT: ("corpora.loaders.text", "load"),
    Format.MARKDOWN: ("corpora.loaders.markdown", "load"),
    Format.HTML: ("corpora.loaders.html", "load"),
    Format.DOCX: ("corpora.loaders.docx", "load"),
    Format.PDF: ("corpora.loaders.pdf", "load"),
    Format.CSV: ("corpora.loaders.tabular", "load_csv"),
    Format.XLSX: ("corpora.loaders.tabular", "load_xlsx"),
    Format.JSONL: ("corpora.loaders.tabular", "load_jsonl"),
}

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "Office 文档或压缩包"),
    (b"PK\x05\x06", "空的压缩包"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版或加密的 Office 文档"),
    (b"\x89PNG\r\n\x1a\n", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"II*\x00", "TIFF 图片"),
    (b"MM\x00*", "TIFF 图片"),
    (b"{\\rtf", "RTF 文档"),
    (b"\x1f\x8b", "压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "压缩包"),
    (b"Rar!", "压缩包"),
    (b"\x7fELF", "程序"),
    (b"SQLite format 3\x00", "数据库"),
)
_EXPECTED = {Format.PDF: "PDF", Format.DOCX: "Office 文档或压缩包", Format.XLSX: "Office 文档或压缩包"}
_SPOKEN = {Format.PDF: "PDF", Format.DOCX: "Word 文档", Format.XLSX: "Excel 表格", Format.HTML: "网页"}


def format_of(data: bytes, name: str) -> Format:
    """The format of a file, by its suffix and its first bytes.

    Raises:
        Unsupported: No reader knows the suffix.
        Unreadable: The first bytes belong to another format.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise Unsupported(f"不认识的文件类型，可以导入的有 {'、'.join(SUFFIXES)}。")
    format_ = SUFFIXES[suffix]
    content = _content_of(data)
    if content is not None and content != _EXPECTED.get(format_):
        raise Unreadable(f"后缀是 {suffix}，内容却是{content}，{_advice(content)}。")
    if content is None and format_ in _EXPECTED:
        raise Unreadable(f"后缀是 {suffix}，内容却不是{_SPOKEN[format_]}，请检查文件是否损坏或改错了后缀。")
    if format_ in (Format.TEXT, Format.CSV, Format.JSONL) and _is_web_page(data):
        raise Unreadable(f"后缀是 {suffix}，内容却是网页，请把后缀改为 .html 后再导入。")
    return format_


def load(data: bytes, name: str, format_: Format) -> Extract:
    """Read bytes of a known format in this process.

    Raises:
        Unreadable: Broken, encrypted, binary or without text.
    """
    module, function = _MODULES[format_]
    reader: Callable[[bytes, str], Extract] = getattr(import_module(module), function)
    return reader(data, name)


def _content_of(data: bytes) -> str | None:
    if b"%PDF-" in data[:1024] and not data[:64].lstrip()[:1].isalpha():  # readers allow rubbish before the mark
        return "PDF"
    if data[8:12] == b"WEBP" and data[:4] == b"RIFF":
        return "WebP 图片"
    return next((content for signature, content in _SIGNATURES if data.startswith(signature)), None)


def _advice(content: str) -> str:
    if content == "PDF":
        return "请把后缀改为 .pdf 后再导入"
    if content == "Office 文档或压缩包":
        return "请改回原来的后缀（.docx 或 .xlsx）后再导入"
    if content == "旧版或加密的 Office 文档":
        return "请去掉密码并另存为 .docx 或 .xlsx 后再导入"
    if "图片" in content:
        return "请先把图片转成文字"
    return "请导入文字、Word、PDF 或表格文件"


def _is_web_page(data: bytes) -> bool:
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html"))
