"""What the cells of a table mean: header, groups that span rows, the indicator that an unlabelled row inherits, the name of a row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpora.document import NodeKind, Span
from corpora.flat_tables import RawTable
from corpora.lines import trim
from corpora.noise import merge, physical_lines, without
from corpora.numbering import Style, read_mark
from corpora.units import Unit

_VALUE = re.compile(
    r"[\d.,，%％‰/／—\-–~～+＋±≥≤<>＜＞]+\s*(分|%|％|元|万元|亿元|个|人|名|项|家|年|月|日|天|课时|学时|小时|元/人)?"
)
_ORDINAL_HEADS = ("序号", "编号", "No", "NO", "no", "项次", "行号")
# Columns whose cells are people. Nobody is cited by name: rows there go by their number.
_PEOPLE_HEADS = re.compile(
    r"(姓名|名字|联系人|负责人|经办人|申请人|申报人|报名人|参会人|填表人|推荐人|候选人|主持人|带头人|责任人|牵头人|法定代表人|法人代表|获奖者)"
    r"(?:[（(].*[）)])?$"
)
# Of these columns only some hold people; there a cell must look like a name, too.
_MAYBE_PEOPLE_HEADS = re.compile(
    r"(人员|成员|委员|专家|导师|教师|讲师|师傅|学员|代表|工程师|组长|主任|秘书|嘉宾|评委)(?:[（(].*[）)])?$"
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石"
    "金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文庞殷施洪翟安颜倪牛温鲁葛俞柳"
)
_NAME = re.compile(rf"(?:[{_SURNAMES}][一-鿿]{{1,2}}|[欧上司诸令皇夏][阳官马葛狐甫侯][一-鿿]{{1,2}})")
# What a form asks for: a table that begins so in its first column has no header, its cells stand in pairs (姓名 王强 性别 男).
_FORM_FIELDS = re.compile(
    r"(性别|民族|学历|学位|职务|职称|出生.{0,4}|年龄|籍贯|政治面貌|(?:工作|所在|推荐)?单位.{0,6}|联系(?:电话|方式)|电话|手机.{0,2}|邮箱|电子邮箱|身份证.{0,2}|通讯地址|地址|毕业院校|专业|备注|签字|盖章)"
    r"(?:[（(].*[）)])?[:：]?"
)
_MAX_LABEL_CHARS = 30
_MAX_HEADER_CHARS = 24
_MAX_VALUE_CHARS = (
    12  # longer words before empty cells are a sentence over merged columns, not a value with empty ones behind it
)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the columns of a table are: their names, those that name groups and rows (outermost first), those of them that hold people."""

    header: tuple[str, ...]
    labels: Sequence[int]
    people: frozenset[int]


def read_table(text: str, table: RawTable, noise: Sequence[Span], *, title: str = "") -> Unit:
    """The table as a unit: header words its own, groups and rows its children.

    Row names are what people call them: 2.1 for a cell 2.1…, the words of a short label, 2.1（9分） for a row that only inherits
    its label, 序号3 or 第3行 where nothing else tells it apart, and for people: no name of a person becomes the name of a row.

    Args:
        title: What the table is called, if it is known. A table of people takes it for its name, since 第3行 alone says little.
    """
    holes = [hole for hole in noise if hole[0] < table.span[1] and hole[1] > table.span[0]]
    rows = [list(row) for row in table.rows if row]
    unit = Unit(NodeKind.TABLE)
    header, body = _header(text, rows)
    labels = _label_columns(text, body, len(header) or max((len(row) for row in rows), default=0))
    if header:
        unit.header = header
        unit.pieces += [cell for cell in rows[0] if cell]
        unit.words.append(" ".join(header))
    columns = _Columns(header, labels, _people_columns(text, body, labels, header))
    unit.name = title if columns.people else ""
    groups: dict[int, Unit] = {}
    inherited: dict[int, str] = {}
    for at, row in enumerate(body):
        cells = _placed(row, len(header))
        number = _row_number(text, cells, header, at)
        holder = _group_of(text, cells, columns, groups, inherited, unit, number)
        _add_row(text, cells, columns, inherited, holder, number)
    _cover(text, unit, table.span, holes)
    return unit


def _header(
    text: str, rows: Sequence[Sequence[Span | None]]
) -> tuple[tuple[str, ...], Sequence[Sequence[Span | None]]]:
    if len(rows) < 2:
        return (), rows
    names = [_words(text, cell) for cell in rows[0]]
    filled = [name for name in names if name]
    fits = len(filled) >= 2 and all(
        len(name) <= _MAX_HEADER_CHARS and not _VALUE.fullmatch(name) and not name.endswith(("。", "；"))
        for name in filled
    )
    return (tuple(names), rows[1:]) if fits and not _is_form(text, rows) else ((), rows)


def _is_form(text: str, rows: Sequence[Sequence[Span | None]]) -> bool:
    """Whether a table asks one person: 姓名 first, and below it the names of other particulars."""
    first = [_words(text, row[0]) for row in rows if row]
    return bool(_PEOPLE_HEADS.fullmatch(first[0])) and any(map(_FORM_FIELDS.fullmatch, first[1:]))


def _words(text: str, cell: Span | None) -> str:
    return re.sub(r"\s+", "", text[cell[0] : cell[1]]) if cell else ""


def _label_columns(text: str, rows: Sequence[Sequence[Span | None]], width: int) -> list[int]:
    """Columns that name a row, outermost first: merged ones that group rows, then the one that is the row's own.

    A column of figures or of long words names nothing.
    """
    merged: list[int] = []
    for column in range(width):
        cells = [_words(text, row[column]) for row in rows if column < len(row) and len(row) == width]
        filled = [cell for cell in cells if cell]
        if not _names_things(filled) or (merged and column - merged[-1] > 1 and column == width - 1):
            continue
        merged.append(column)
        if len(filled) == len(cells) or not cells[0]:
            break
    return merged or [0]


def _names_things(cells: Sequence[str]) -> bool:
    """Whether most cells of a column are short names, neither figures nor sentences."""
    if not cells or sum(map(len, cells)) > _MAX_LABEL_CHARS * len(cells):
        return False
    others = sum(1 for cell in cells if _VALUE.fullmatch(cell) or cell.endswith(("。", "；")))
    return others * 2 <= len(cells)


def _people_columns(
    text: str, rows: Sequence[Sequence[Span | None]], labels: Sequence[int], header: Sequence[str]
) -> frozenset[int]:
    """The label columns that name people: by their header, or where it does not say, by cells that all read as names."""
    people: set[int] = set()
    for column in labels:
        head = header[column] if column < len(header) else ""
        cells = [words for row in rows if column < len(row) and (words := _words(text, row[column]))]
        may_be = not head or _MAYBE_PEOPLE_HEADS.search(head)
        if _PEOPLE_HEADS.search(head) or (may_be and len(cells) > (not head) and all(map(_NAME.fullmatch, cells))):
            people.add(column)
    names = [words for row in rows if labels[-1] < len(row) and (words := _words(text, row[labels[-1]]))]
    if any(map(_PEOPLE_HEADS.search, header)) and len(set(names)) < len(names):
        people.add(labels[-1])  # several people of one firm: its name tells their rows no more apart
    return frozenset(people)


def _row_number(text: str, cells: Sequence[Span | None], header: Sequence[str], at: int) -> str:
    """What a row without a name of its own is called: its printed number (序号3), else its place (第3行)."""
    printed = _words(text, cells[0]) if header and header[0] in _ORDINAL_HEADS and cells else ""
    return f"序号{printed}" if printed.isdecimal() else f"第{at + 1}行"


def _placed(row: Sequence[Span | None], width: int) -> list[Span | None]:
    """Cells at their columns. Where cells were merged to the right, the row's last cell is the last column's."""
    cells = [*row, *([None] * (width - len(row)))]
    last = max((at for at, cell in enumerate(cells) if cell), default=0)
    filled = cells[last]
    merges = len(row) < width or (filled is not None and filled[1] - filled[0] > _MAX_VALUE_CHARS)
    if last == 0 or last == len(cells) - 1 or not merges:
        return cells
    return [*cells[:last], *([None] * (len(cells) - 1 - last)), filled]


def _group_of(
    text: str,
    cells: Sequence[Span | None],
    columns: _Columns,
    groups: dict[int, Unit],
    inherited: dict[int, str],
    table: Unit,
    number: str,
) -> Unit:
    """The innermost group that the row lies in; a filled group cell opens a new one."""
    holder = table
    for column, following in zip(columns.labels, columns.labels[1:], strict=False):
        cell = cells[column] if column < len(cells) else None
        if cell and _is_alone(cells, column):
            groups.pop(column, None)
            return holder
        if cell:
            words = _words(text, cell)
            mark = read_mark(words)
            name, heading = (number, "") if column in columns.people else (words, mark.rest if mark else words)
            group = Unit(
                NodeKind.HEADING, name=name, mark=mark, label=mark.label if mark else "", header=columns.header
            )
            group.heading = heading
            group.words.append(words)
            group.pieces += [each for each in cells[column:following] if each]  # its weight stands behind its name
            group.words += [_words(text, each) for each in cells[column + 1 : following] if each]
            groups[column] = holder.add(group)
            for later in [each for each in groups if each > column]:
                del groups[later]
            for later in [each for each in inherited if each > column]:
                del inherited[later]
        holder = groups.get(column, holder)
    return holder


def _is_alone(cells: Sequence[Span | None], column: int) -> bool:
    """Whether the row has nothing between its first label and its last cell: it is a row by itself, no group."""
    filled = [at for at, cell in enumerate(cells) if cell]
    return filled[:1] == [column] and len(filled) <= 3 and len(cells) >= 4 and len(filled) < len(cells)


def _add_row(
    text: str,
    cells: Sequence[Span | None],
    columns: _Columns,
    inherited: dict[int, str],
    holder: Unit,
    number: str,
) -> None:
    taken = set(holder.pieces)
    own = [cell for cell in cells if cell and cell not in taken]
    if not own:
        return
    key = columns.labels[-1]
    words = _words(text, cells[key]) if key < len(cells) and cells[key] not in taken else ""
    if not words and cells[0] and cells[0] not in taken and _is_alone(cells, 0):
        words = _words(text, cells[0])
    row = Unit(NodeKind.ROW, header=columns.header)
    if key in columns.people:
        row.name = number
    elif words:
        mark = read_mark(words)
        decimal = mark if mark and mark.style is Style.DECIMAL else None
        row.label = decimal.label if decimal else ""
        row.heading = decimal.rest if decimal else words[:_MAX_LABEL_CHARS]
        row.name = decimal.name if decimal else (words if len(words) <= _MAX_LABEL_CHARS else number)
        inherited[key] = words
    elif key in inherited:
        row.lead = inherited[key]
        mark = read_mark(inherited[key])
        base = mark.name if mark and mark.style is Style.DECIMAL else inherited[key][:_MAX_LABEL_CHARS]
        row.name = f"{base}（{_points(text, cells, key, columns.header) or number}）"
    else:
        row.name = number
    _own_words(text, row, own)
    holder.add(row)


def _points(text: str, cells: Sequence[Span | None], key: int, header: Sequence[str]) -> str:
    """The first figure right of the label, with 分 where its column counts points."""
    for column in range(key + 1, len(cells)):
        words = _words(text, cells[column])
        if words and _VALUE.fullmatch(words) and words not in "/／—-":
            counts = column < len(header) and "分" in header[column]
            return words + "分" if counts and words.replace(".", "").isdigit() else words
    return ""


def _own_words(text: str, row: Unit, cells: Sequence[Span]) -> None:
    """Cells are the row's own, except numbered lines within one, which become its items."""
    for cell in cells:
        lines = [span for each in physical_lines(text, *cell) if (span := trim(text, each))]
        marks = [read_mark(text[a:b]) for a, b in lines]
        if len(lines) < 2 or sum(1 for mark in marks if mark) < 2:
            row.pieces.append(cell)
            row.words.append(re.sub(r"\s+", " ", text[cell[0] : cell[1]]))
            continue
        for span, mark in zip(lines, marks, strict=True):
            words = text[span[0] : span[1]]
            if mark:
                item = Unit(NodeKind.SUBPOINT, name=mark.name, label=mark.label, mark=mark)
                row.add(item).pieces.append(span)
                item.words.append(words)
            else:
                row.pieces.append(span)
                row.words.append(words)


def _cover(text: str, table: Unit, span: Span, holes: Sequence[Span]) -> None:
    """Give the table what no cell holds (pipes, stray words), and take noise out of every unit."""
    taken: list[Span] = []
    for unit in table.walk():
        unit.pieces = [
            trimmed for piece in merge(unit.pieces) for left in without(piece, holes) if (trimmed := trim(text, left))
        ]
        taken += unit.pieces
    rest = [left for part in without(span, merge([*taken, *holes])) if (left := trim(text, part))]
    table.pieces = list(merge([*table.pieces, *rest]))
