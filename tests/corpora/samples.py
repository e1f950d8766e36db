"""Sample files built while the tests run: one made-up regulation in every format, and broken files of every sort."""

import io
import zipfile
from collections.abc import Callable, Sequence

TITLE = "东河机械厂车间夜校管理办法"
LINES = (
    TITLE,
    "东机发〔2026〕12号",
    "第一章　总则",
    "第一条　为了办好车间夜校，提高一线员工的操作技能，规范夜校的课程、经费和考核，结合本厂实际，制定本办法，请各车间遵照执行，不得擅自停课、改期。",
    "第二条　夜校的学员应当符合下列条件：",
    "（一）入厂满三个月；",
    "（二）车间主任同意；",
    "（三）没有未结清的安全违章。",
    "第二章　课程与经费",
    "第三条　夜校每周二、周四晚上开课，每次两课时，由实训室安排设备并准备耗材；遇到检修、停电或者法定假日时，由教务员提前一天通知学员改期，改期的课应当在当月补齐。",
    "第四条　学费由工厂承担，学员只交教材费。",
    "第五条　本办法自2026年3月1日起施行，有效期两年。",
)
TABLE = (("课程", "课时", "教材费"), ("焊接基础", "24", "80元"), ("车工识图", "16", "60元"))


def text() -> bytes:
    """The regulation as plain text."""
    return ("\n".join(LINES) + "\n").encode()


def markdown() -> bytes:
    """As Markdown, with headings, emphasis and a pipe table."""
    lines = [f"# {LINES[0]}", *(f"## {line}" if "章　" in line else line for line in LINES[1:])]
    lines[3] = lines[3].replace("第一条", "**第一条**")
    rows = ["| " + " | ".join(row) + " |" for row in TABLE]
    rows.insert(1, "| --- | --- | --- |")
    return ("\n\n".join(lines) + "\n\n" + "\n".join(rows) + "\n").encode()


def html(charset: str = "utf-8") -> bytes:
    """As a page with a menu, a script and a table."""
    body = "".join(f"<p>{line}</p>\n" for line in LINES[1:])
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in TABLE)
    page = (
        f'<!DOCTYPE html><html><head><meta charset="{charset}"><title>首页</title><style>p{{}}</style></head>'
        f"<body><nav><a href='/'>网站首页</a></nav><h1>{LINES[0]}</h1>{body}<table>{rows}</table>"
        f"<script>var a='不是正文'</script><footer>版权所有</footer></body></html>"
    )
    return page.encode(charset)


def docx(*, table: bool = True) -> bytes:
    """As a Word file with a header and a footer."""
    import docx as library

    document = library.Document()
    document.sections[0].header.paragraphs[0].text = "内部资料"
    document.sections[0].footer.paragraphs[0].text = "第 1 页"
    for line in LINES:
        document.add_paragraph(line)
    if table:
        grid = document.add_table(rows=0, cols=3)
        for row in TABLE:
            for cell, words in zip(grid.add_row().cells, row, strict=True):
                cell.text = words
    return saved(document)


def saved(document: object) -> bytes:
    """The bytes that a document object of python-docx, openpyxl or pypdf saves."""
    out = io.BytesIO()
    save: Callable[[object], None] = document.save if hasattr(document, "save") else document.write  # type: ignore[attr-defined]
    save(out)
    return out.getvalue()


def pdf(
    lines: Sequence[str] = LINES, *, table: Sequence[Sequence[str]] = TABLE, repeat: int = 1, feet: bool = True
) -> bytes:
    """As a typeset PDF: indented paragraphs broken at the page width, a running head, page marks, a ruled table."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

    font = "STSong-Light"
    pdfmetrics.registerFont(UnicodeCIDFont(font))
    style = ParagraphStyle("body", fontName=font, fontSize=12, leading=20, wordWrap="CJK", firstLineIndent=24)
    flow: list[object] = [Paragraph(line, style) for _ in range(repeat) for line in lines]
    if table:
        look = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black"), ("FONT", (0, 0), (-1, -1), font, 11)])
        flow.append(Table([list(row) for row in table], style=look, repeatRows=1))

    def margins(canvas: object, document: object) -> None:
        canvas.setFont(font, 10)  # type: ignore[attr-defined]
        canvas.drawCentredString(A4[0] / 2, 30, f"— {document.page} —")  # type: ignore[attr-defined]
        canvas.drawString(60, A4[1] - 40, "东河机械厂制度汇编")  # type: ignore[attr-defined]

    out = io.BytesIO()
    document = SimpleDocTemplate(out, pagesize=A4)
    document.build(flow, onFirstPage=margins, onLaterPages=margins) if feet else document.build(flow)
    return out.getvalue()


def encrypted_pdf() -> bytes:
    """A PDF that asks for a password."""
    import pypdf

    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(pdf()))
    writer.encrypt("secret", algorithm="RC4-128")
    return saved(writer)


def scanned_pdf() -> bytes:
    """A PDF of two pages that hold a picture each."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    for _ in range(2):
        canvas.rect(50, 50, 400, 600, fill=1)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def xlsx(rows: Sequence[Sequence[object]], *, merge: Sequence[str] = ()) -> bytes:
    """A workbook with one sheet."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for area in merge:
        sheet.merge_cells(area)
    return saved(book)


def zipped(parts: dict[str, bytes]) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def word_file(body: str, *, numbering: str = "", styles: str = "") -> bytes:
    """A minimal Word package around the XML of a body, in the namespace prefix w."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    parts = {"word/document.xml": f"<w:document {space}><w:body>{body}</w:body></w:document>".encode()}
    if numbering:
        parts["word/numbering.xml"] = f"<w:numbering {space}>{numbering}</w:numbering>".encode()
    if styles:
        parts["word/styles.xml"] = f"<w:styles {space}>{styles}</w:styles>".encode()
    return zipped(parts)


def unzipped(data: bytes) -> dict[str, bytes]:
    """The parts of a zip file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def table_file(suffix: str, rows: Sequence[Sequence[str]]) -> bytes:
    """A file of a format that holds one table."""
    if suffix == ".xlsx":
        return xlsx(rows)
    if suffix == ".pdf":
        return pdf(["课程目录如下。"], table=rows)
    if suffix == ".html":
        lines = ("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        return f"<html><body><h1>课程目录</h1><table>{''.join(lines)}</table></body></html>".encode()
    if suffix == ".md":
        lines = ("| " + " | ".join(row) + " |" for row in (rows[0], ["---"] * len(rows[0]), *rows[1:]))
        return "\n".join(lines).encode()
    import docx as library

    document = library.Document()
    grid = document.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, words in zip(grid.add_row().cells, row, strict=True):
            cell.text = words
    return saved(document)
