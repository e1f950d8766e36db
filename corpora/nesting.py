"""How the units of a body nest: levels come from the numbering, not from a format's heading marks.

Takes blocks with their roles, gives a tree of units. Names of units in clauses are joined in clauses.
"""

import re
from collections.abc import Sequence

from corpora.document import NodeKind, Span
from corpora.flat_tables import RawTable
from corpora.front import Block, Frame, Role, attachment_label, contact_label, is_addressee
from corpora.lines import Line
from corpora.numbering import ABSOLUTE, COUSINS, KIND, RANK, Mark, Style, read_section
from corpora.table_rows import read_table
from corpora.units import Unit

_MAX_HEADING_CHARS = 40
_MAX_NAME_CHARS = 24
_MAX_DEPTH = 12  # open units: no text nests deeper, a hostile one must not either
_UNNUMBERED = 10.0  # an unnumbered heading outside any numbered one stands where 一、 would

# Words that close a heading rather than a statement.
_HEADING_END = re.compile(
    r"(时间|地点|范围|安排|议程|事项|人员|对象|条件|要求|程序|流程|步骤|材料|方式|方法|内容|职责|职能|目标|目的|原则|任务|措施|标准|依据|背景|概况|简介|说明|保障|思想|重点|意义|"
    r"须知|日程|费用|名额|奖励|补贴|支持|政策|监督|管理|组织|机制|附则|总则|现象|原因|处理|过程|结果|结论|建议|分析|方案|验证|限制|咨询|报名|联系)$"
)
# A lead sentence (应具备以下条件：) announces a list and is no heading; a heading names (申报条件：).
_LEADS_ON = re.compile(
    r"如下|下列|以下|包括|包含|分为|应|须|需|可|请|拟|其中|共[\d一二三四五六七八九十两]|(为|是|有|即)[：:]$"
)
_FIELD = re.compile(
    r"([^\s，。；：:、！？!?\d（(《“][^\s，。；：:、！？!?（(《“]{1,13}(?:[（(][^（）()]{1,12}[）)])?)\s*[：:](?=\s*\S)"
)
_QUESTION = re.compile(r"(?:问题?|Q)\s*\d{0,2}\s*[：:.．、]\s*(\S.*)")
_ANSWER = re.compile(r"(?:答复?|A)\s*\d{0,2}\s*[：:.．、]")
_BULLETS = "■◆●▲★▶►◇□△☆"
_NOT_HEADING = re.compile(r"[。；！？;!?，,：:\d〔〕|@]|^[（(《“]")


def build_tree(text: str, blocks: Sequence[Block], frame: Frame, noise: Sequence[Span]) -> Unit:
    """The tree of one document. Every piece of every block becomes own characters of exactly one unit."""
    return _Builder(text, blocks, frame, noise).build()


class _Builder:
    """Walks the blocks once, keeping the stack of units that are still open (the root first)."""

    def __init__(self, text: str, blocks: Sequence[Block], frame: Frame, noise: Sequence[Span]) -> None:
        self.text, self.blocks, self.frame, self.noise = text, blocks, frame, noise
        self.root = Unit(NodeKind.DOCUMENT, rank=-2)
        self.stack = [self.root]
        self.last: Unit | None = None  # the unit of the block before
        self.latest: dict[Style, tuple[Unit, Unit]] = {}  # the last unit of each style, and its parent
        self.is_after_heading = False
        self.sections = _sections(blocks, frame)
        self.contact: Unit | None = None  # the last lines that say whom to ask

    def build(self) -> Unit:
        at = 0
        while at < len(self.blocks):
            block, role = self.blocks[at], self.frame.roles[at]
            if isinstance(block, RawTable):
                self._table(block)
            elif role is Role.ATTACHMENT and at not in self.frame.transparent:
                at = self._attachment(at, block)
                continue
            elif role is Role.BODY:
                self._body(at, block)
            elif role is Role.CONTACT:
                self._contact(block)
            else:
                self._aside(NodeKind.FRONT, _FRONT_NAMES.get(role, ""), block)
            at += 1
        return self.root

    def _aside(self, kind: NodeKind, name: str, block: Line) -> None:
        """A line outside the body: one unit for a run of the same kind, below the root or the attachment that is open."""
        holder = self._holder_of_asides()
        if name in ("附件清单", "落款"):
            self._keep(self.stack.index(holder) + 1)
        before = holder.children[-1] if holder.children else None
        if before and before.kind is kind and before.name == name:
            before.take(block)
        else:
            holder.add(Unit(kind, name=name)).take(block)
        self.last = None

    def _holder_of_asides(self) -> Unit:
        return next((unit for unit in self.stack if unit.kind is NodeKind.ATTACHMENT), self.root)

    def _contact(self, block: Line) -> None:
        """A line that says whom to ask goes by its own word (联系人, 咨询电话); lines with different words are 联系方式 together."""
        holder = self._holder_of_asides()
        self._keep(self.stack.index(holder) + 1)
        name = contact_label(block.words)
        if self.contact is None or holder.children[-1:] != [self.contact]:
            self.contact = holder.add(Unit(NodeKind.PARAGRAPH, name=name))
        elif self.contact.name != name:
            self.contact.name = "联系方式"
        self.contact.take(block)
        self.last = None

    def _attachment(self, at: int, line: Line) -> int:
        """Open an attachment; its title lines are its heading. Returns the index of the block after them."""
        label, rest = attachment_label(line.words) or ("附件", "")
        self._keep(1)
        unit = self.root.add(Unit(NodeKind.ATTACHMENT, name=label, label=label, rank=-1, is_open=True))
        unit.take(line)
        headings = [rest] if rest else []
        at += 1
        while at < len(self.blocks) and len(headings) < 3:
            block = self.blocks[at]
            if (
                isinstance(block, RawTable)
                or self.frame.roles[at] is not Role.BODY
                or not self._is_title_line(at, block)
            ):
                break
            unit.take(block)
            headings.append(block.words)
            at += 1
        unit.heading = "".join(headings)
        self.stack.append(unit)
        self.last = unit
        return at

    def _is_title_line(self, at: int, line: Line) -> bool:
        if line.mark or line.is_sentence or line.is_open or len(line.words) > 50:
            return False
        before = self.blocks[at - 1]
        return attachment_label(getattr(before, "words", "")) is not None or not _HEADING_END.search(line.words)

    def _table(self, table: RawTable) -> None:
        holder = self.stack[-1]
        title = _short(holder.heading) if holder.kind is NodeKind.ATTACHMENT else ""
        holder.add(read_table(self.text, table, self.noise, title=title))
        self.last = None

    def _body(self, at: int, line: Line) -> None:
        if line.mark and not self._is_stray(line):
            self._numbered(line, line.mark)
        elif section := self.sections.get(at):
            self._numbered(line, section)
        elif question := self._question(at, line):
            self._asked(line, question)
        elif self._is_heading(at, line):
            self._heading(line)
        else:
            self._paragraph(line)

    def _question(self, at: int, line: Line) -> str:
        """The words of a line 问：…, which an answer follows; empty for any other line."""
        found = _QUESTION.fullmatch(line.words)
        after = self._following(at)
        return found[1] if found and isinstance(after, Line) and _ANSWER.match(after.words) else ""

    def _asked(self, line: Line, question: str) -> None:
        """A question heads its answer and goes by its words."""
        while len(self.stack) > 1 and not self._can_hold_heading(self.stack[-1]):
            self.stack.pop()
        unit = Unit(NodeKind.HEADING, name=_short(question), heading=question, rank=self.stack[-1].rank + 0.5)
        unit.is_open = True
        unit.take(line)
        self._push(unit)

    def _is_stray(self, line: Line) -> bool:
        """A number that begins a sentence without being a list: a lone 2. far from any list is still taken as one."""
        mark = line.mark
        return mark is not None and mark.style in (Style.LETTER, Style.DIGIT_HALF) and not mark.rest

    def _keep(self, count: int) -> None:
        del self.stack[max(1, count) :]

    def _numbered(self, line: Line, mark: Mark) -> None:
        self._keep(min(self._depth_for(mark), _MAX_DEPTH))
        is_heading = _reads_as_heading(line)
        kind = KIND[mark.style]
        unit = Unit(kind, name=mark.name, label=mark.label, mark=mark, rank=_rank(mark), hashes=line.hashes)
        unit.is_open = is_heading or line.is_open
        unit.heading = mark.rest.rstrip("：:") if is_heading else ""
        unit.take(line)
        self._push(unit)

    def _push(self, unit: Unit) -> None:
        if unit.mark:
            self.latest[unit.mark.style] = (unit, self.stack[-1])
        self.stack[-1].add(unit)
        self.stack.append(unit)
        self.last = unit

    def _depth_for(self, mark: Mark) -> int:
        """How many open units stay open above a unit with this number."""
        stack = self.stack
        if mark.style in ABSOLUTE:
            return self._depth_for_absolute(mark)
        floor = max(at for at, unit in enumerate(stack) if at == 0 or unit.rank <= RANK[Style.ARTICLE]) + 1
        opened = self.last is stack[-1] and stack[-1].is_open
        for at in range(len(stack) - 1, floor - 1, -1):
            unit = stack[at]
            if unit.mark and unit.mark.style is mark.style and _fits(unit.mark, mark):
                restarts = mark.value == 1 and opened and at == len(stack) - 1 and not _is_deeper(unit.mark, mark)
                return len(stack) if restarts or _is_deeper(unit.mark, mark) else at
        if mark.style is Style.DECIMAL:
            return self._depth_for_decimal(mark, floor, opened)
        if mark.value != 1:
            before = self.latest.get(mark.style)
            if before and before[0].mark and before[0].mark.value + 1 == mark.value and before[1] in stack:
                return stack.index(before[1]) + 1
            cousins = [
                at
                for at in range(len(stack) - 1, floor - 1, -1)
                if (own := stack[at].mark) and own.style in COUSINS.get(mark.style, ())
            ]
            following = [at for at in cousins if (own := stack[at].mark) and own.value + 1 == mark.value]
            if following or cousins:
                return (following or cousins)[0]
        elif opened:
            return len(stack)
        return self._depth_by_rank(RANK[mark.style], floor)

    def _depth_for_absolute(self, mark: Mark) -> int:
        stack = self.stack
        rank = RANK[mark.style]
        for at, unit in enumerate(stack):
            if at and unit.mark and unit.mark.style in ABSOLUTE and unit.rank >= rank:
                return at
        if mark.style is Style.ARTICLE:
            top = stack[-1]
            if top.is_open and top is self.last and not top.mark:
                return len(stack)
            if top.is_open and top is self.last and top.mark and top.mark.style in (Style.HAN_COMMA, Style.HAN_BRACKET):
                return len(stack)
        return max(at for at, unit in enumerate(stack) if at == 0 or unit.rank < rank) + 1

    def _depth_for_decimal(self, mark: Mark, floor: int, opened: bool) -> int:
        """2.1.3 lies in 2.1, else in 2., else in 二、; else it follows its rank."""
        stack = self.stack
        for at in range(len(stack) - 1, floor - 1, -1):
            own = stack[at].mark
            if own and (own.values == mark.values[:-1] or (len(mark.values) == 2 and own.values == mark.values[:1])):
                return at + 1
        return len(stack) if opened else self._depth_by_rank(RANK[mark.style], floor)

    def _depth_by_rank(self, rank: float, floor: int) -> int:
        depth = len(self.stack)
        while depth > floor and self.stack[depth - 1].rank >= rank:
            depth -= 1
        return depth

    def _is_heading(self, at: int, line: Line) -> bool:
        """Whether an unnumbered line is a heading: marked as one, or short, without a stop, and followed by what it heads."""
        words = line.words
        if line.hashes:
            return True
        if len(words) > _MAX_HEADING_CHARS or line.is_sentence:
            return False
        if line.bold:
            return not _FIELD.match(words)
        if words[0] in _BULLETS:
            return self._following(at) is not None
        after = self._following(at)
        if after is None:
            return False
        if line.is_open:
            return not is_addressee(words) and (
                2 < len(words) <= 15
                and not re.search(r"[，。；、！？]", words)
                and not _LEADS_ON.search(words)
                and isinstance(after, Line)
            )
        if _NOT_HEADING.search(words) or len(words) < 2:
            return False
        if _HEADING_END.search(words) and len(words) <= 12:
            return not self._heads_nothing(at, after)
        return (
            len(words) <= 12
            and not self.is_after_heading
            and not self._heads_nothing(at, after)
            and self._stands_out(at)
        )

    def _following(self, at: int) -> Block | None:
        if at + 1 >= len(self.blocks) or self.frame.roles[at + 1] is not Role.BODY:
            return None
        return self.blocks[at + 1]

    def _heads_nothing(self, at: int, after: Block) -> bool:
        """Whether the next block cannot be what a heading heads: a unit of a higher level."""
        if isinstance(after, RawTable):
            return False
        mark = after.mark
        return mark is not None and (mark.style in ABSOLUTE or mark.style is Style.HAN_COMMA) and mark.value != 1

    def _stands_out(self, at: int) -> bool:
        """A short line between sentences; among other short lines it is one of a list."""
        before = self.blocks[at - 1] if at else None
        after = self.blocks[at + 1]
        is_list = isinstance(before, Line) and not before.is_sentence and not before.mark and len(before.words) < 20
        return not is_list and isinstance(after, Line) and after.is_sentence and len(after.words) > 20

    def _heading(self, line: Line) -> None:
        if line.hashes:
            self._keep(min(self._depth_for_hashes(line.hashes), _MAX_DEPTH))
        else:
            while len(self.stack) > 1 and not self._can_hold_heading(self.stack[-1]):
                self.stack.pop()
        parent = self.stack[-1]
        words = line.words.rstrip("：:").lstrip(_BULLETS + " 　") or line.words
        rank = _UNNUMBERED if parent.rank < _UNNUMBERED else parent.rank + 0.5
        unit = Unit(NodeKind.HEADING, name=_short(words), heading=words, rank=rank, hashes=line.hashes, is_open=True)
        unit.take(line)
        self._push(unit)
        self.is_after_heading = True

    def _can_hold_heading(self, unit: Unit) -> bool:
        """A numbered heading holds an unnumbered one; running text and another unnumbered heading do not."""
        if unit.kind in (NodeKind.ATTACHMENT, NodeKind.PART, NodeKind.CHAPTER, NodeKind.SECTION):
            return True
        return bool(unit.mark and unit.heading)

    def _depth_for_hashes(self, hashes: int) -> int:
        """Below the nearest open heading that Markdown marks as higher; text and lower ones close."""
        for at in range(len(self.stack) - 1, 0, -1):
            unit = self.stack[at]
            if unit.hashes and unit.hashes < hashes:
                return at + 1
            if unit.kind is NodeKind.ATTACHMENT:
                return at + 1
        return 1

    def _paragraph(self, line: Line) -> None:
        """Running text: a new 款 of an article, or text of the unit that is open."""
        article = next(
            (at for at in range(len(self.stack) - 1, 0, -1) if self.stack[at].kind is NodeKind.ARTICLE), None
        )
        top = self.stack[-1]
        if (
            line.words.startswith(("（责任单位", "(责任单位", "责任单位", "（牵头单位", "(牵头单位"))
            and top is not self.root
        ):
            top.take(line)
            return
        if article is not None and not top.is_open:
            self._keep(article + 1)
        holder = self.stack[-1]
        unit = holder.add(Unit(NodeKind.PARAGRAPH))
        unit.take(line)
        unit.is_open = line.is_open
        self.last = None
        if line.is_open and holder is not self.root:
            holder.is_open = True
            self.last = holder
        self.is_after_heading = False


_FRONT_NAMES = {
    Role.COVER: "印发通知",
    Role.TITLE: "标题",
    Role.CONTENTS: "目录",
    Role.SIGNATURE: "落款",
    Role.MENTION: "附件清单",
}


def _sections(blocks: Sequence[Block], frame: Frame) -> dict[int, Mark]:
    """Section titles of a standard that counts 1, 1.1, 1.1.1, by block: they follow one another from 1, and 3.1 comes next below a 3."""
    found: dict[int, Mark] = {}
    is_standard = False
    for at, block in enumerate(blocks):
        if isinstance(block, RawTable) or frame.roles[at] is not Role.BODY:
            continue
        mark = block.mark or read_section(block.words)
        if mark and mark.style is Style.DIGIT_BLANK and mark.value == len(found) + 1:
            found[at] = mark
        elif mark and mark.style is Style.DECIMAL and mark.values == (len(found), 1):
            is_standard = True
    return found if is_standard else {}


def field_name(words: str) -> str:
    """The name of a line that reads 名称：内容; empty for other lines."""
    found = _FIELD.match(words)
    return _short(found[1]) if found else ""


def _short(words: str) -> str:
    return words if len(words) <= _MAX_NAME_CHARS else words[: _MAX_NAME_CHARS - 1] + "…"


def _rank(mark: Mark) -> float:
    return RANK[mark.style] + (len(mark.values) - 2 if mark.style is Style.DECIMAL else 0)


def _fits(own: Mark, mark: Mark) -> bool:
    """Whether two numbers of one style can stand in one list: 2.1 and 3.1 can, 2.1 and 2.1.1 are parent and child."""
    return mark.style is not Style.DECIMAL or len(own.values) == len(mark.values) or _is_deeper(own, mark)


def _is_deeper(own: Mark, mark: Mark) -> bool:
    return (
        mark.style is Style.DECIMAL
        and own.values == mark.values[: len(own.values)]
        and len(own.values) < len(mark.values)
    )


def _reads_as_heading(line: Line) -> bool:
    mark = line.mark
    if mark is None or not mark.rest:
        return mark is not None
    if mark.style in (Style.PART, Style.CHAPTER, Style.SECTION) or line.hashes or line.bold:
        return True
    if line.is_sentence or len(mark.rest) > 60:
        return False
    if line.is_open:
        return mark.style is not Style.ARTICLE and len(mark.rest) <= 20 and not _LEADS_ON.search(mark.rest)
    return len(mark.rest) <= _MAX_HEADING_CHARS or mark.style is Style.HAN_COMMA
