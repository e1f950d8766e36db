"""The citable name of every unit: 第七条（三）, 二、（三）2., 附件 · 二、人才集聚与协同 · 2.1.

Numbers follow one another directly, outermost first; names without a number stand between dots. An article needs no chapter before it.
"""

from corpora import personal
from corpora.document import NodeKind
from corpora.nesting import field_name
from corpora.noise import without
from corpora.numbering import ABSOLUTE, Style
from corpora.units import Unit, is_numbered

DOT = " · "


def name_clauses(root: Unit) -> None:
    """Set `clause` of all units below `root`. It stays empty only where a document has no number, heading or table at all."""
    for unit in root.walk():
        _name_fields(unit)
        unit.name = _without_numbers(unit)
    structured = any(unit.name and unit.kind not in (NodeKind.FRONT,) for unit in root.walk())
    _name_opening(root, structured)
    stack = [(root, "", False, "")]
    while stack:
        parent, clause, is_numbered, prefix = stack.pop()
        for child in parent.children:
            child.clause, numbered = _clause_of(child, parent, clause, is_numbered, prefix)
            if child.kind is NodeKind.FRONT and not structured:
                child.clause = ""
            below = child.clause if child.kind is NodeKind.ATTACHMENT else prefix
            stack.append((child, child.clause, numbered, below))


def _clause_of(child: Unit, parent: Unit, clause: str, is_numbered: bool, prefix: str) -> tuple[str, bool]:
    if not child.name:
        return clause, is_numbered
    if child.kind is NodeKind.PARAGRAPH and parent.kind is NodeKind.ARTICLE:
        return clause + child.name, True
    if not child.mark:
        return _dotted(clause, child.name), False
    if parent.kind is NodeKind.TABLE or child.kind is NodeKind.ROW:
        return _dotted(clause, child.name), False
    if child.mark.style is Style.ARTICLE:
        return _dotted(prefix, child.name), True
    if child.mark.style in ABSOLUTE:
        return (clause + child.name if is_numbered else _dotted(clause, child.name)), True
    if child.mark.style is Style.DECIMAL and parent.mark and parent.mark.style in _DECIMAL_PARENTS:
        stem = clause[: len(clause) - len(parent.name)]
        return stem + child.name, True
    direct = is_numbered or parent.kind is NodeKind.ROW
    return (clause + child.name if direct else _dotted(clause, child.name)), True


def _without_numbers(unit: Unit) -> str:
    """A name without the telephone number that its line holds: a clause is shown to everyone."""
    if unit.mark and unit.name == unit.mark.name:
        return unit.name
    shown = without((0, len(unit.name)), personal.find(unit.name))
    name = "".join(unit.name[a:b] for a, b in shown)
    return name if name == unit.name else name.strip(" 　：:，,、（()）") or unit.label


def _is_title(heading: str) -> bool:
    """Whether an article's heading is a title (职责分工), rather than a sentence that lacks its stop."""
    return 0 < len(heading) <= _MAX_TITLE_CHARS and not set(heading) & set("，。；、：")


_MAX_TITLE_CHARS = 20
_DECIMAL_PARENTS = (Style.DECIMAL, Style.DIGIT_POINT, Style.DIGIT_COMMA, Style.DIGIT_BLANK)


def _dotted(clause: str, name: str) -> str:
    return f"{clause}{DOT}{name}" if clause else name


def _name_fields(unit: Unit) -> None:
    """Name the 款 of an article, and lines that read 名称：内容 where several stand side by side."""
    plain = [child for child in unit.children if child.kind is NodeKind.PARAGRAPH and not child.name]
    if unit.kind is NodeKind.ARTICLE and unit.words[-1].endswith(("：", ":")) and not is_numbered(unit.children):
        return  # ——甲；——乙 below a lead sentence is a list without numbers, no 款
    if unit.kind is NodeKind.ARTICLE:
        first = 1 if _is_title(unit.heading) else 2  # the article's own line is its first 款, unless it is only a title
        for number, child in enumerate(plain, start=first):
            is_only = len(plain) == first == 1
            child.name = f"第{_HAN[number]}款" if number < len(_HAN) and not is_only else ""
        return
    named = [(child, name) for child in plain if child.words and (name := field_name(child.words[0]))]
    if len(named) >= 2:
        for child, name in named:
            child.name = name
            child.heading = name


def _name_opening(root: Unit, structured: bool) -> None:
    """Paragraphs before the first unit are the preamble; people call it 引言."""
    if not structured:
        return
    for holder in (root, *(child for child in root.children if child.kind is NodeKind.ATTACHMENT)):
        for child in holder.children:
            if child.kind is NodeKind.PARAGRAPH and not child.name and holder is root:
                child.name = "引言"
            elif child.kind is not NodeKind.FRONT and child.kind is not NodeKind.PARAGRAPH:
                break


_HAN = "〇一二三四五六七八九十"
