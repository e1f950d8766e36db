"""PDF with a text layer: pages of printed lines put back into paragraphs, ruled tables as tables, running heads as noise.

pdfium reads the characters and where they stand, pdfplumber the grid of pages that have ruled lines, pypdf what pdfium cannot open.
"""

import ctypes
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from corpora.document import Extract
from corpora.errors import Unreadable
from corpora.loaders.pdf_grids import Grid, grids_of
from corpora.loaders.writing import Cell, Covered, Writer, clean, joined

_MAX_RULED_PAGES = 60  # finding a grid costs a quarter of a second a page
_EDGE_SHARE = 0.14  # of the page's height: running heads and feet stand here
_VERY_EDGE = 0.08
_MIN_REPEATS = 3
_MAX_STRANGE_SHARE = 0.3
_PAGE_NUMBER = re.compile(
    r"[-—–―－·\s]*(?:\d{1,4}|第\s*\d{1,4}\s*页(?:\s*[,，/]?\s*共\s*\d{1,4}\s*页)?|\d{1,4}\s*/\s*\d{1,4}|[Pp]age\s*\d{1,4}.{0,12})[-—–―－·\s]*"
)
_MARKER = re.compile(
    r"第[一二三四五六七八九十百零〇\d]{1,6}[编章节条款]|[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十\d]{1,3}[）)]"
    r"|\d{1,2}(?:\.\d{1,2}){0,3}[.、．]?(?=\D)(?![\d%年月日个项])|[①-⑳]|附\s*件|[●■◆▪•·☆★]"
)
_STOPS = ("。", "！", "？", "；", "：", ":", ";", "”", "…")
_STRANGE = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_SOFT_HYPHENS = dict.fromkeys((0x02, 0xFFFE, 0xFFFF, 0xAD))  # what pdfium gives for a hyphen at a line end

Char = tuple[str, float, float, float, float]  # character, left, bottom, right, top


@dataclass(slots=True)
class _Line:
    """A printed line; lengths in points, y upwards."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    page: int
    chars: list[Char] = field(default_factory=list)


@dataclass(slots=True)
class _Page:
    number: int
    width: float
    height: float
    lines: list[_Line] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    has_images: bool = False


def load(data: bytes, name: str) -> Extract:
    """The text layer in reading order; page numbers count sheets from 1.

    Raises:
        Unreadable: Broken, encrypted, or scanned without a text layer.
    """
    notes: list[str] = []
    pages = _pages(data, notes)
    text = "".join(line.text for page in pages for line in page.lines)
    if len(text.strip()) < 2 * len(pages) and len(text.strip()) < 200:
        raise Unreadable("PDF 是扫描件，没有文字层，请先做文字识别（OCR）后再导入。")
    if len(_STRANGE.findall(text)) > _MAX_STRANGE_SHARE * len(text):
        raise Unreadable("PDF 的字体没有文字编码，取出来是乱码，请换一份可以复制文字的 PDF 或 Word 版。")
    empty = [str(page.number) for page in pages if page.has_images and not page.lines]
    if empty:
        notes.append(f"第 {'、'.join(empty[:20])} 页是图片，没有文字层，没有读到内容。")
    heads = _running_heads(pages)
    writer = Writer()
    writer.notes.extend(notes)
    layout = _Layout(writer)
    for page in pages:
        layout.page(page, heads)
    layout.close()
    return writer.extract()


def _pages(data: bytes, notes: list[str]) -> list[_Page]:
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(data)
        count = len(document)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable("PDF 加了密码，请去掉密码后再导入。") from None
        return _pages_by_pypdf(data, notes)
    if count == 0:
        raise Unreadable("PDF 里没有页面，请检查文件是否损坏。")
    pages = []
    ruled: list[int] = []
    for index in range(count):
        page, is_ruled = _page(document, index)
        pages.append(page)
        if is_ruled:
            ruled.append(index)
    if len(ruled) > _MAX_RULED_PAGES:
        notes.append(
            f"有框线的页面超过 {_MAX_RULED_PAGES} 页，第 {ruled[_MAX_RULED_PAGES] + 1} 页以后的表格按文字读取。"
        )
    for index, grids in grids_of(data, ruled[:_MAX_RULED_PAGES]):
        pages[index].grids = grids
    return pages


def _page(document: Any, index: int) -> tuple[_Page, bool]:
    """The lines of one page, and whether it has ruled lines enough for a table."""
    from pypdfium2 import raw

    source = document[index]
    width, height = source.get_size()
    page = _Page(number=index + 1, width=width, height=height)
    across = down = 0
    for item in source.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE]):
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            page.has_images = True
            continue
        left, bottom, right, top = item.get_bounds()
        across += right - left > 20
        down += top - bottom > 8
    is_ruled = across >= 2 and down >= 2 and source.get_rotation() == 0
    text_page = source.get_textpage()
    page.lines = list(_lines(text_page, page.number, every_box=is_ruled))
    text_page.close()
    source.close()
    return page, is_ruled and len(page.lines) > 1


def _lines(text_page: Any, number: int, *, every_box: bool) -> Iterator[_Line]:
    from pypdfium2 import raw

    count = text_page.count_chars()
    begin = 0
    codes = [raw.FPDFText_GetUnicode(text_page, index) for index in range(count)]
    for index in [*(place for place, code in enumerate(codes) if code in (10, 13)), count]:
        visible = [place for place in range(begin, index) if codes[place] > 32 and codes[place] not in _SOFT_HYPHENS]
        if visible:
            words = "".join(map(chr, codes[visible[0] : visible[-1] + 1])).translate(_SOFT_HYPHENS)
            yield _line(text_page, codes, visible, _whole(words), number, every_box=every_box)
        begin = index + 1


def _line(text_page: Any, codes: list[int], visible: list[int], words: str, number: int, *, every_box: bool) -> _Line:
    from pypdfium2 import raw

    places = visible if every_box else {visible[0]: 0, visible[-1]: 0}
    chars = [(_whole(chr(codes[place])), *_box(text_page, place)) for place in places]
    size = raw.FPDFText_GetFontSize(text_page, visible[0])
    return _Line(
        text=words,
        left=chars[0][1],
        right=chars[-1][3],
        bottom=min(char[2] for char in chars),
        top=max(char[4] for char in chars),
        size=max(size, chars[0][4] - chars[0][2], 4.0),
        page=number,
        chars=chars if every_box else [],
    )


def _box(text_page: Any, index: int) -> tuple[float, float, float, float]:
    from pypdfium2 import raw

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
    return left.value, bottom.value, right.value, top.value


def _whole(words: str) -> str:
    """Surrogate halves that pdfium gives apart put together."""
    return words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _pages_by_pypdf(data: bytes, notes: list[str]) -> list[_Page]:
    """Lines without places, for files whose structure pdfium refuses."""
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise Unreadable("PDF 加了密码，请去掉密码后再导入。")
        texts = [page.extract_text() for page in reader.pages]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError):
        raise Unreadable("PDF 已损坏，打不开，请重新下载或另存后再导入。") from None
    if not any(text.strip() for text in texts):
        raise Unreadable("PDF 已损坏，打不开，请重新下载或另存后再导入。")
    notes.append("PDF 结构有损坏，已尽量读取，请核对内容。")
    pages = []
    for number, text in enumerate(texts, start=1):
        page = _Page(number=number, width=0.0, height=0.0)
        page.lines = [_Line(line.strip(), 0, 0, 0, 0, 0, number) for line in text.split("\n") if line.strip()]
        pages.append(page)
    return pages


def _running_heads(pages: Sequence[_Page]) -> set[int]:
    """Lines (by identity) at the edges that only repeat, or only number the page."""
    sheets = {page.number: page for page in pages}
    edges = [(_Edge.TOP, _edge_lines(page, _Edge.TOP)) for page in pages]
    edges += [(_Edge.FOOT, _edge_lines(page, _Edge.FOOT)) for page in pages]
    heights: dict[tuple[_Edge, str], list[float]] = {}
    for edge, lines in edges:
        for line in lines:
            heights.setdefault((edge, _shape(line)), []).append(line.bottom)
    needed = min(_MIN_REPEATS, max(2, len(pages)))
    heads: set[int] = set()
    for edge, lines in edges:
        for line in lines:  # from outside: what stands behind a body line is body
            same = sum(1 for height in heights[edge, _shape(line)] if abs(height - line.bottom) < line.size)
            repeats = same >= needed and _is_short(line)
            alone = line is lines[0] and (_PAGE_NUMBER.fullmatch(line.text) or _is_small_print(line, sheets[line.page]))
            if not repeats and not alone:
                break
            heads.add(id(line))
            if len(pages) < _MIN_REPEATS:  # two pages may begin alike by chance: one line at most
                break
    return heads


class _Edge(Enum):
    TOP = "top"
    FOOT = "foot"


def _edge_lines(page: _Page, edge: _Edge) -> list[_Line]:
    """The two outermost lines of one margin, outermost first."""
    if edge is _Edge.TOP:
        lines = sorted(page.lines, key=lambda line: -line.bottom)[:2]
        return [line for line in lines if line.bottom > page.height * (1 - _EDGE_SHARE)]
    lines = sorted(page.lines, key=lambda line: line.bottom)[:2]
    return [line for line in lines if line.top < page.height * _EDGE_SHARE]


def _is_small_print(line: _Line, page: _Page) -> bool:
    """A line at the very edge of the sheet in smaller type than the page's: a head that has no second page to repeat on."""
    sizes = sorted(each.size for each in page.lines)
    at_edge = line.top < page.height * _VERY_EDGE or line.bottom > page.height * (1 - _VERY_EDGE)
    return at_edge and len(page.lines) > 3 and line.size < 0.9 * sizes[len(sizes) // 2] and _is_short(line)


def _shape(line: _Line) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\s+", "", line.text))


def _is_short(line: _Line) -> bool:
    """A title or a number, not part of a sentence: losing text is worse than keeping a head."""
    return len(line.text) <= 40 and not re.search("[，。；]", line.text) and not line.text.endswith(_STOPS)


@dataclass(slots=True)
class _Paragraph:
    lines: list[_Line]

    def parts(self) -> tuple[str, list[tuple[int, int]]]:
        """The words, and where in them a further page begins."""
        words = ""
        starts: list[tuple[int, int]] = []
        page = self.lines[0].page
        for line in self.lines:
            longer = joined([words, clean(line.text)])
            if line.page != page:
                page = line.page
                starts.append((len(longer) - len(clean(line.text).strip()), page))
            words = longer
        return words, starts


class _Layout:
    """Writes pages one after another; a paragraph or table may go on on the next page."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._paragraph: _Paragraph | None = None
        self._rows: list[list[Cell]] = []
        self._noise_rows: set[int] = set()
        self._row_pages: dict[int, int] = {}
        self._feet: list[str] = []  # below an open table, written when it is known whether the table goes on

    def page(self, page: _Page, heads: set[int]) -> None:
        """Take the lines and tables of one page."""
        margins = [line for line in page.lines if id(line) in heads]
        top = [line.text for line in margins if line.bottom > page.height / 2]
        foot = [line.text for line in margins if line.bottom <= page.height / 2]
        blocks = list(_blocks(page, heads))
        right = _right_margin(page, heads)
        self._open(page, top, blocks[0] if blocks else None, right)
        for block in blocks:
            if isinstance(block, _Line):
                self._line(block, right)
            else:
                self._grid(page, block)
        if self._rows:
            self._feet = foot
            return
        if foot:
            self.close()
        for text in foot:
            self._writer.line(text, noise=True)

    def close(self) -> None:
        """Write what is still open."""
        if self._paragraph is not None:
            words, starts = self._paragraph.parts()
            self._writer.line(words, starts=starts)
            self._paragraph = None
        if self._rows:
            self._writer.table(self._rows, noise=frozenset(self._noise_rows), starts=self._row_pages)
            self._rows, self._noise_rows, self._row_pages = [], set(), {}
        for text in self._feet:
            self._writer.line(text, noise=True)
        self._feet = []

    def _open(self, page: _Page, top: list[str], first: _Line | Grid | None, right: float) -> None:
        """Begin a page, inside the open paragraph or table where that goes on."""
        if isinstance(first, Grid) and self._rows and len(self._rows[0]) == len(first.columns):
            self._row_pages[len(self._rows) + len(self._feet)] = page.number
            for text in (*self._feet, *top):
                self._noise_rows.add(len(self._rows))
                self._rows.append([text])
            self._feet = []
            return
        if isinstance(first, _Line) and not top and self._goes_on(first, right):
            return  # the paragraph itself says where the page begins
        self.close()
        self._writer.page(page.number)
        for text in top:
            self._writer.line(text, noise=True)

    def _goes_on(self, line: _Line, right: float) -> bool:
        return self._paragraph is not None and _continues(self._paragraph.lines, line, right)

    def _line(self, line: _Line, right: float) -> None:
        if self._paragraph is not None and self._goes_on(line, right):
            self._paragraph.lines.append(line)
            return
        self.close()
        self._paragraph = _Paragraph([line])

    def _grid(self, page: _Page, grid: Grid) -> None:
        rows = _cells(page, grid)
        if (
            self._rows
            and len(self._rows) - 1 in self._noise_rows
            or self._rows
            and page.number in self._row_pages.values()
        ):
            if rows[0] == self._rows[0]:
                self._noise_rows.add(len(self._rows))
            self._rows += rows
            return
        self.close()
        self._rows = rows


def _blocks(page: _Page, heads: set[int]) -> Iterator[_Line | Grid]:
    """Body lines in the order of the file, each grid where its first line stood."""
    given: set[int] = set()
    for line in page.lines:
        if id(line) in heads:
            continue
        grid = next((grid for grid in page.grids if grid.holds(line.left + 1, (line.bottom + line.top) / 2)), None)
        if grid is None:
            yield line
        elif id(grid) not in given:
            given.add(id(grid))
            yield grid


def _cells(page: _Page, grid: Grid) -> list[list[Cell]]:
    """The words of each cell: characters belong to the cell that their middle lies in."""
    words: dict[tuple[int, int], list[str]] = {}
    for line in page.lines:
        here: dict[tuple[int, int], str] = {}
        for char, left, bottom, right, top in line.chars:
            place = grid.place((left + right) / 2, (bottom + top) / 2)
            if place is not None:
                here[place] = here.get(place, "") + char
        for place, text in here.items():
            words.setdefault(place, []).append(text)
    return [
        [
            cell if isinstance(cell, Covered) else joined(words.get((row, column), []))
            for column, cell in enumerate(cells)
        ]
        for row, cells in enumerate(grid.rows)
    ]


def _right_margin(page: _Page, heads: set[int]) -> float:
    """Where full lines end: the farthest right edge that several lines reach."""
    edges = sorted((line.right for line in page.lines if id(line) not in heads), reverse=True)
    for edge, second in zip(edges, edges[1:], strict=False):
        if edge - second < 24:
            return edge
    return edges[0] if edges and len(edges) > 1 else page.width * 0.85


def _continues(group: Sequence[_Line], line: _Line, right: float) -> bool:
    """Whether a printed line goes on with the paragraph of the lines before it."""
    last, first = group[-1], group[0]
    if not last.size:  # no places known: a long line without a stop goes on
        return len(last.text) >= 25 and not last.text.endswith(_STOPS) and not _MARKER.match(line.text)
    if abs(last.size - line.size) > 0.2 * last.size:
        return False
    slack = 6 if last.text[-1:].isascii() and last.text[-1:].isalpha() else 1.8
    if last.right < right - slack * last.size:
        return False
    if last.page == line.page and 0 < last.bottom - line.bottom > 2.6 * last.size:
        return False
    ends = last.text.endswith(_STOPS)
    indented = line.left > last.left + 0.6 * last.size
    if len(group) == 1:
        hanging = indented and _MARKER.match(last.text) is not None and not ends
        level = abs(line.left - first.left) <= 0.6 * last.size
        if (indented and not hanging) or (level and ends and _MARKER.match(line.text)):
            return False
    elif indented:
        return False
    if _MARKER.match(line.text):
        # 依照 / 第三条 broken by the page width: the line stands left of where paragraphs begin, and the last had no stop.
        return not ends and line.left < first.left - 0.8 * last.size
    return True
