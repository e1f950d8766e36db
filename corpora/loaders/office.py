"""The zip package around DOCX and XLSX: opened with limits, its XML parsed without entities."""

import io
import zipfile
import zlib
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

from corpora.errors import Unreadable

MAX_PART_BYTES = 64 * 1024 * 1024
MAX_PACKAGE_BYTES = 256 * 1024 * 1024  # unpacked; an honest package with many pictures stays below
MAX_PARTS = 10_000
_BROKEN = "文件已损坏（压缩结构不完整），请用 Office 或 WPS 打开并另存后再导入。"


class Package:
    """The parts of an Office file by name.

    Raises:
        Unreadable: Not a package, encrypted, or one that would unpack to far more than it should.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            parts = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise Unreadable(_BROKEN) from None
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable("文件加了密码，请去掉密码后再导入。")
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_PACKAGE_BYTES:
            raise Unreadable("文件解开后大得不正常，为安全起见没有读取，请用 Office 或 WPS 另存后再导入。")
        self.names = frozenset(part.filename for part in parts)

    def read(self, name: str) -> bytes:
        """The bytes of one part."""
        try:
            with self._zip.open(name) as part:
                data = part.read(MAX_PART_BYTES + 1)  # the size in the directory may be a lie
        except (KeyError, zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError):
            raise Unreadable(_BROKEN) from None
        if len(data) > MAX_PART_BYTES:
            raise Unreadable("文件解开后大得不正常，为安全起见没有读取，请用 Office 或 WPS 另存后再导入。")
        return data

    def xml(self, name: str) -> etree._Element:
        """The root element of one part."""
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(self.read(name), parser)
        except etree.XMLSyntaxError:
            raise Unreadable("文件已损坏（内部 XML 不完整），请用 Office 或 WPS 打开并另存后再导入。") from None
        if root.getroottree().docinfo.doctype:
            raise Unreadable("文件里有不该出现的 DOCTYPE 声明，为安全起见没有读取。")
        return root

    def kind(self) -> str:
        """What Office calls such a package: word, xl, ppt; empty for another zip file."""
        folders = {name.partition("/")[0] for name in self.names}
        return next((kind for kind in ("word", "xl", "ppt") if kind in folders), "")


def local(element: etree._Element) -> str:
    """The tag without its namespace: the transitional and the strict dialect of the format differ only there."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str) -> str | None:
    """An attribute by its local name."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def child(element: etree._Element, *path: str) -> etree._Element | None:
    """The first element down a path of local names."""
    for name in path:
        found = next((each for each in element if local(each) == name), None)
        if found is None:
            return None
        element = found
    return element


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Direct children by local name."""
    return (each for each in element if local(each) in names)
