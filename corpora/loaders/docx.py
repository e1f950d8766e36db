"""Word documents: paragraphs and tables in document order, with the numbers that Word prints before paragraphs."""

from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

from corpora.document import Extract
from corpora.errors import Unreadable
from corpora.loaders.office import Package, attribute, child, local
from corpora.loaders.text import page_marks
from corpora.loaders.word_numbers import Numbers
from corpora.loaders.writing import Cell, Covered, Writer

# Deleted and moved-away words, field instructions, and the second copy of a text box are not what a reader sees.
_SKIPPED = frozenset({"del", "moveFrom", "instrText", "delText", "delInstrText", "Fallback", "rPr", "pPr"})
_BLOCK_WRAPPERS = frozenset(
    {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "AlternateContent", "Choice"}
)
_OFF = ("0", "false", "off")
_MAX_SPAN = 200
_CHECK_BOXES = {"F0A8": "□", "F06F": "□", "F0FE": "☑", "F052": "☑", "F0FD": "☒", "F0FC": "√"}


def load(data: bytes, name: str) -> Extract:
    """Body text, headers and footers left out; a table of contents is noise; deleted and hidden words are not read.

    Raises:
        Unreadable: Broken, encrypted, or another kind of Office file.
    """
    package = Package(data)
    main = _main_part(package)
    root = package.xml(main)
    body = child(root, "body")
    if body is None:
        raise Unreadable("这个 Word 文件里没有正文，请用 Word 或 WPS 打开检查后再导入。")
    folder = main.rpartition("/")[0]
    numbering, styles = (_optional(package, f"{folder}/{part}.xml") for part in ("numbering", "styles"))
    document = _Document(Numbers(numbering, styles))
    document.blocks(body)
    if any(local(each) == "footnoteReference" for each in body.iter()):
        document.writer.notes.append("脚注没有读取。")
    extract = document.writer.extract()
    marks, _ = page_marks(extract.text)
    noise = tuple(sorted({*extract.noise, *marks}))
    return Extract(text=extract.text, noise=noise, tables=extract.tables, notes=extract.notes)


def _main_part(package: Package) -> str:
    if "_rels/.rels" in package.names:
        for relation in package.xml("_rels/.rels"):
            target = (relation.get("Target") or "").lstrip("/")
            if (
                (relation.get("Type") or "").endswith("/officeDocument")
                and target in package.names
                and "word" in target
            ):
                return target
    if "word/document.xml" in package.names:
        return "word/document.xml"
    kind = package.kind()
    if kind == "xl":
        raise Unreadable("后缀是 .docx，内容却是 Excel 表格，请把后缀改为 .xlsx 后再导入。")
    if kind == "ppt":
        raise Unreadable("后缀是 .docx，内容却是演示文稿，请导出为 PDF 后再导入。")
    raise Unreadable("后缀是 .docx，内容却不是 Word 文档，请检查文件是否损坏或改错了后缀。")


def _optional(package: Package, name: str) -> etree._Element | None:
    return package.xml(name) if name in package.names else None


class _Document:
    def __init__(self, numbers: Numbers) -> None:
        self.writer = Writer()
        self._numbers = numbers
        self._boxes: list[etree._Element] = []

    def blocks(self, parent: etree._Element, *, noise: bool = False) -> None:
        """Paragraphs and tables directly below an element, through wrappers."""
        for element in parent:
            name = local(element)
            if name == "p":
                self._paragraph(element, noise=noise)
            elif name == "tbl":
                self._table(element)
            elif name in _BLOCK_WRAPPERS:
                self.blocks(element, noise=noise or _is_contents(element))

    def _paragraph(self, paragraph: etree._Element, *, noise: bool) -> None:
        properties = child(paragraph, "pPr")
        words = "".join(self._words(paragraph)).strip()
        label = self._numbers.label(properties)  # an empty paragraph of a list is counted too
        if words:
            self.writer.line(label + words, noise=noise or self._numbers.is_contents(properties))
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            self.blocks(box, noise=noise)

    def _words(self, element: etree._Element) -> Iterator[str]:
        for part in element:
            name = local(part)
            if name == "t":
                yield part.text or ""
            elif name in ("tab", "ptab"):
                yield "\t"
            elif name in ("br", "cr"):
                yield "\n"
            elif name == "noBreakHyphen":
                yield "-"
            elif name == "sym":
                yield _CHECK_BOXES.get((attribute(part, "char") or "").upper(), "")
            elif name == "txbxContent":
                self._boxes.append(part)
            elif name in _SKIPPED or (name == "r" and _is_hidden(part)):
                continue
            else:
                yield from self._words(part)

    def _table(self, table: etree._Element) -> None:
        rows = [list(self._cells(row)) for row in _rows(table)]
        columns = max((len(row) for row in rows), default=0)
        if columns == 1:  # a frame around text
            for row in _rows(table):
                for cell in _tagged(row, "tc"):
                    self.blocks(cell)
        elif rows:
            self.writer.table(rows)

    def _cells(self, row: etree._Element) -> Iterator[Cell]:
        yield from [""] * _count(child(row, "trPr", "gridBefore"), 0)
        for cell in _tagged(row, "tc"):
            merged = child(cell, "tcPr", "vMerge")
            covered = merged is not None and attribute(merged, "val") in (None, "continue")
            yield Covered.ABOVE if covered else self._cell_words(cell)
            beside = Covered.ABOVE if covered else Covered.LEFT
            yield from [beside] * (_count(child(cell, "tcPr", "gridSpan"), 1) - 1)

    def _cell_words(self, cell: etree._Element) -> str:
        lines = []
        for paragraph in _tagged(cell, "p", "tbl"):
            if local(paragraph) == "tbl":  # a table inside a cell is read as its words
                lines += [self._cell_words(inner) for row in _rows(paragraph) for inner in _tagged(row, "tc")]
                continue
            words = "".join(self._words(paragraph)).strip()
            label = self._numbers.label(child(paragraph, "pPr"))
            if words:
                lines.append(label + words)
        return "\n".join(lines)


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    return (row for row in _tagged(table, "tr") if child(row, "trPr", "del") is None)


def _tagged(parent: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Elements of these names below a parent, through wrappers but not through each other."""
    for element in parent:
        if local(element) in names:
            yield element
        elif local(element) in _BLOCK_WRAPPERS:
            yield from _tagged(element, *names)


def _is_contents(element: etree._Element) -> bool:
    gallery = child(element, "sdtPr", "docPartObj", "docPartGallery")
    return gallery is not None and attribute(gallery, "val") == "Table of Contents"


def _is_hidden(run: etree._Element) -> bool:
    vanish = child(run, "rPr", "vanish")
    return vanish is not None and attribute(vanish, "val") not in _OFF


def _count(element: etree._Element | None, default: int) -> int:
    value = attribute(element, "val") if element is not None else None
    return min(int(value), _MAX_SPAN) if value is not None and value.isdecimal() and len(value) < 7 else default
