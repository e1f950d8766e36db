"""HTML pages: the readable text block by block, tables as tables, what only serves the website left out."""

import re
from collections.abc import Iterator

from lxml import etree, html  # type: ignore[import-untyped]

from corpora.document import Extract
from corpora.errors import Unreadable
from corpora.loaders.text import decode, page_marks
from corpora.loaders.writing import Cell, Covered, Writer

_DROPPED = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "head",
        "title",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
        "canvas",
        "audio",
        "video",
        "map",
        "nav",
        "aside",
        "footer",
        "button",
        "select",
        "option",
        "input",
        "textarea",
        "datalist",
        "dialog",
    ]
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "caption",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_SITE_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary"})
_SITE_PARTS = frozenset(
    [
        "nav",
        "navbar",
        "menu",
        "breadcrumb",
        "breadcrumbs",
        "crumbs",
        "footer",
        "sidebar",
        "share",
        "copyright",
        "topbar",
        "toolbar",
    ]
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_WIDE = "⺀-鿿豈-﫿︰-﹏＀-￯　-〿“”‘’…—"
_BLANK_IN_CHINESE = re.compile(rf"(?<=[{_WIDE}])\n(?=[{_WIDE}])")
_NUMBERED = re.compile(
    r"\s*(?:第[一二三四五六七八九十百千\d]{1,6}[编章节条款项]|[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．])"
)
_MAIN_SHARE = 0.5  # a main part with less of the page's words is not the page's text
_MAX_SPAN = 200


def load(data: bytes, name: str) -> Extract:
    """The page's readable text; `ol` items without a number of their own get the one that a browser shows.

    Raises:
        Unreadable: Binary content, an unknown encoding, or a page without text.
    """
    charset = _CHARSET.search(data[:2048])
    text, notes = decode(data, declared=charset.group(1).decode("ascii") if charset else None)
    writer = Writer()
    writer.notes.extend(notes)
    root = _parsed(text, writer.notes)
    _Page(writer).block(_main_part(root))
    extract = writer.extract()
    if not extract.text.strip():
        raise Unreadable("网页里没有可读的正文（可能要靠脚本显示），请在浏览器中另存为文字或 PDF 后再导入。")
    marks, _ = page_marks(extract.text)
    return Extract(text=extract.text, noise=marks, tables=extract.tables, notes=extract.notes)


def _parsed(text: str, notes: list[str]) -> html.HtmlElement:
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        raise Unreadable("网页里没有可读的正文，请检查文件内容后再导入。") from None
    if any("depth" in error.message for error in parser.error_log):
        notes.append("网页嵌套层数太多，过深的部分没有读到。")
    return root


def _main_part(root: html.HtmlElement) -> html.HtmlElement:
    """The one `article` or `main` that holds most of the words, else the whole page."""
    body = root.find("body")
    body = root if body is None else body
    for tag in ("article", "main"):
        parts = list(body.iter(tag))
        if len(parts) == 1 and len(_words(parts[0])) >= _MAIN_SHARE * len(_words(body)):
            return parts[0]
    return body


def _words(element: html.HtmlElement) -> str:
    dropped = sum(len("".join(part.itertext())) for part in element.iter("script", "style"))
    return "".join(element.itertext())[dropped:]


def _is_dropped(element: html.HtmlElement) -> bool:
    if not isinstance(element.tag, str) or element.tag in _DROPPED:
        return True
    if "hidden" in element.attrib or element.get("aria-hidden") == "true" or element.get("role") in _SITE_ROLES:
        return True
    if _HIDDEN.search(element.get("style", "")):
        return True
    names = re.split(r"[\s_-]+", f"{element.get('class', '')} {element.get('id', '')}".lower())
    return element.tag in ("div", "ul", "section", "header") and not _SITE_PARTS.isdisjoint(names)


class _Page:
    """Walks elements and writes their text; an inline run is collected until the next block begins."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._run: list[str] = []
        self._items: dict[html.HtmlElement, int] = {}  # numbers given out so far, by list

    def block(self, element: html.HtmlElement) -> None:
        """An element that stands on lines of its own."""
        if element.tag == "table" and (rows := _rows(element)):
            self._flush()
            for caption in element.iterchildren("caption"):
                self._writer.line(_inline_text(caption))
            self._writer.table(rows)
            return
        self._flush()
        if element.tag == "li":
            self._run.append(self._number(element))
        self._children(element)
        self._flush()

    def _number(self, item: html.HtmlElement) -> str:
        """`3. ` for the third item of a numbered list, unless its words bring a number along."""
        above = item.getparent()
        if (
            above is None
            or above.tag != "ol"
            or above.get("type", "1") != "1"
            or "list-style" in above.get("style", "")
        ):
            return ""
        number = self._items[above] = self._items.get(above, _start(above) - 1) + 1
        return "" if _NUMBERED.match("".join(item.itertext())) else f"{number}. "

    def _children(self, element: html.HtmlElement) -> None:
        self._text(element.text, element)
        for child in element:
            if not _is_dropped(child):
                self._child(child)
            self._text(child.tail, element)

    def _child(self, child: html.HtmlElement) -> None:
        if child.tag == "br":
            self._flush()
        elif child.tag in _BLOCKS:
            self.block(child)
        else:
            self._children(child)

    def _text(self, text: str | None, element: html.HtmlElement) -> None:
        if not text:
            return
        if element.tag == "pre":
            for line in text.split("\n"):
                self._run.append(line)
                self._flush()
        else:
            self._run.append(text)

    def _flush(self) -> None:
        self._writer.line(_collapsed("".join(self._run)))
        self._run = []


def _collapsed(text: str) -> str:
    """Blanks as a browser shows them, except that a line end between Chinese characters is none."""
    text = _BLANKS.sub(lambda match: "\n" if "\n" in match.group() else " ", text)
    return _BLANK_IN_CHINESE.sub("", text).replace("\n", " ")


def _inline_text(element: html.HtmlElement, between: str = " ") -> str:
    """The words of an element that stands on one line; `between` parts the blocks inside it."""
    pieces = "".join(_pieces(element)).split("\v")
    return between.join(words for piece in pieces if (words := _collapsed(piece).strip()))


def _pieces(element: html.HtmlElement) -> Iterator[str]:
    """Texts in order, blocks parted by a vertical tab, which no page holds."""
    yield (element.text or "").replace("\v", " ")
    for child in element:
        if not _is_dropped(child):
            edge = "\v" if child.tag in _BLOCKS or child.tag == "br" else ""
            yield edge
            yield from _pieces(child)
            yield edge
        yield (child.tail or "").replace("\v", " ")


def _start(numbered: html.HtmlElement) -> int:
    start = numbered.get("start", "1")
    return int(start) if start.isascii() and start.isdecimal() and len(start) < 5 else 1


def _rows(table: html.HtmlElement) -> list[list[Cell]]:
    """The cells of a data table; nothing for a table that only lays out the page."""
    if table.find(".//table") is not None:
        return []
    grid: list[list[Cell]] = []
    covered: dict[tuple[int, int], Covered] = {}
    for index, row in enumerate(row for row in table.iter("tr") if not _is_dropped(row)):
        cells: list[Cell] = []
        for cell in row.iterchildren("td", "th"):
            _fill(cells, index, covered)
            down, across = _extent(cell, "rowspan"), _extent(cell, "colspan")
            for below in range(1, down):
                for beside in range(across):
                    covered[index + below, len(cells) + beside] = Covered.ABOVE
            cells += [_inline_text(cell, "\n"), *[Covered.LEFT] * (across - 1)]
        _fill(cells, index, covered)
        grid.append(cells)
    columns = max((len(row) for row in grid), default=0)
    return grid if len(grid) > 1 and columns > 1 else []


def _fill(cells: list[Cell], index: int, covered: dict[tuple[int, int], Covered]) -> None:
    while (index, len(cells)) in covered:
        cells.append(covered[index, len(cells)])


def _extent(cell: html.HtmlElement, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isascii() and value.isdigit() and len(value) < 6 else 1
