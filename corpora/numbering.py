"""The numbers that Chinese official texts print before their units: 第七条, 一、, （三）, 2., （1）, ①, 2.1.

Reads one number off the front of a line; how the units nest is decided in nesting.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from corpora.document import NodeKind


class Style(StrEnum):
    """How a number is printed. Two units of one list nearly always share it."""

    PART = "part"  # 第一编, 第一部分
    CHAPTER = "chapter"  # 第一章
    SECTION = "section"  # 第一节
    ARTICLE = "article"  # 第一条
    HAN_COMMA = "han_comma"  # 一、
    HAN_BRACKET = "han_bracket"  # （一）
    DIGIT_COMMA = "digit_comma"  # 1、
    DIGIT_POINT = "digit_point"  # 1.
    DIGIT_BLANK = "digit_blank"  # 1 范围, where 1.1 follows
    DECIMAL = "decimal"  # 1.1, A.1
    DIGIT_BRACKET = "digit_bracket"  # （1）
    DIGIT_HALF = "digit_half"  # 1）
    CIRCLED = "circled"  # ①
    LETTER = "letter"  # a)


# GB/T 9704 orders 一、（一）1.（1）; the others stand where documents usually put them.
RANK = {
    Style.PART: 1,
    Style.CHAPTER: 2,
    Style.SECTION: 3,
    Style.ARTICLE: 4,
    Style.HAN_COMMA: 10,
    Style.HAN_BRACKET: 20,
    Style.DIGIT_COMMA: 28,
    Style.DIGIT_POINT: 30,
    Style.DIGIT_BLANK: 31,
    Style.DECIMAL: 32,
    Style.DIGIT_BRACKET: 40,
    Style.DIGIT_HALF: 45,
    Style.CIRCLED: 50,
    Style.LETTER: 55,
}

KIND = {
    Style.PART: NodeKind.PART,
    Style.CHAPTER: NodeKind.CHAPTER,
    Style.SECTION: NodeKind.SECTION,
    Style.ARTICLE: NodeKind.ARTICLE,
    Style.HAN_COMMA: NodeKind.HEADING,
    Style.HAN_BRACKET: NodeKind.SUBHEADING,
    Style.DIGIT_COMMA: NodeKind.POINT,
    Style.DIGIT_POINT: NodeKind.POINT,
    Style.DIGIT_BLANK: NodeKind.HEADING,
    Style.DECIMAL: NodeKind.POINT,
    Style.DIGIT_BRACKET: NodeKind.SUBPOINT,
    Style.DIGIT_HALF: NodeKind.SUBPOINT,
    Style.CIRCLED: NodeKind.SUBPOINT,
    Style.LETTER: NodeKind.SUBPOINT,
}

# Styles that writers swap within one list: （1） then （二）, 2、 then 三、, 1、 then 2.
COUSINS = {
    Style.HAN_COMMA: frozenset({Style.DIGIT_COMMA}),
    Style.DIGIT_COMMA: frozenset({Style.HAN_COMMA, Style.DIGIT_POINT}),
    Style.DIGIT_POINT: frozenset({Style.DIGIT_COMMA}),
    Style.HAN_BRACKET: frozenset({Style.DIGIT_BRACKET}),
    Style.DIGIT_BRACKET: frozenset({Style.HAN_BRACKET, Style.DIGIT_HALF}),
    Style.DIGIT_HALF: frozenset({Style.DIGIT_BRACKET}),
}

ABSOLUTE = frozenset({Style.PART, Style.CHAPTER, Style.SECTION, Style.ARTICLE})


@dataclass(frozen=True, slots=True)
class Mark:
    """A number read off a line: its style, its value (several for 2.1.3), the label as printed and the words after it."""

    style: Style
    values: tuple[int, ...]
    label: str
    rest: str

    @property
    def value(self) -> int:
        """The last component: 3 for 第三条 and for 2.3."""
        return self.values[-1]

    @property
    def name(self) -> str:
        """The label as it stands in a clause: no blanks, full-width brackets, 、 and . as printed."""
        name = re.sub(r"\s+", "", self.label).translate(_FULL_WIDTH)
        if self.style is Style.DIGIT_BLANK:
            return f"{name} {self.rest}"
        return name.rstrip(".") if self.style is Style.DECIMAL else name


_HAN = "〇零○一二三四五六七八九十百千两"
_HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_FULL_WIDTH = str.maketrans(
    {"(": "（", ")": "）", "．": ".", "﹑": "、", ",": "、"} | {c: str(i) for i, c in enumerate("０１２３４５６７８９")}
)
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_NUM = "[0-9０-９]"

_UNIT = re.compile(
    rf"第\s*([{_HAN}]{{1,7}}|{_NUM}{{1,4}})\s*(编|篇|部分|章|节|条)(?:\s*之\s*([{_HAN}]{{1,3}}|{_NUM}{{1,2}}))?(?=(\s|　|$|[:：、.．【（(])?)"
)
# 第七条规定的 and 第二章的规定 speak of a unit. After a blank the same words are its title (第一条 目的), except those that no title begins with.
# Glued, 目 and 件 end another word (第一条件), unless they begin the title (第一条目的).
_REFERENCE = re.compile(
    r"之?规定|约定|所[列述指称]|中[的所]|款|件(?!数)|例(?!外)|线|理(?!念)|目(?![的标录])"
    r"|\s*(?:第[一二三四五六七八九十\d]+[款项]|的|[、，,和至及或与～~-]\s*第|，|,)"
)
_PATTERNS: tuple[tuple[Style, re.Pattern[str]], ...] = (
    (Style.HAN_BRACKET, re.compile(rf"[（(]\s*([{_HAN}]{{1,4}})\s*[)）](?:\s*[、.．])?")),
    (Style.DIGIT_BRACKET, re.compile(rf"[（(]\s*({_NUM}{{1,3}})\s*[)）](?:\s*[、.．])?")),
    (Style.HAN_COMMA, re.compile(rf"([{_HAN}]{{1,4}})\s*(?:、|﹑|[.．](?!\d))")),
    (Style.DECIMAL, re.compile(r"((?:[1-9]\d?)(?:[.．][1-9]\d?){1,4})(?:[.．、](?!\d)|(?![\d.．%％]))")),
    (Style.DECIMAL, re.compile(r"([A-H](?:[.．][1-9]\d?){1,4})(?=[\s　])")),
    (Style.DIGIT_COMMA, re.compile(rf"({_NUM}{{1,3}})\s*[、﹑]")),
    (Style.DIGIT_POINT, re.compile(rf"({_NUM}{{1,3}})\s*[.．](?!\s*\d)")),
    (Style.DIGIT_HALF, re.compile(rf"({_NUM}{{1,3}})\s*[)）]")),
    (Style.LETTER, re.compile(r"[（(]?([A-Za-z])\s*[)）]")),
)
_UNIT_STYLE = {
    "编": Style.PART,
    "篇": Style.PART,
    "部分": Style.PART,
    "章": Style.CHAPTER,
    "节": Style.SECTION,
    "条": Style.ARTICLE,
}
# 1.5 亿元 at the start of a wrapped line is an amount, not the fifth unit of the first.
_AMOUNT = re.compile(r"\s*(亿|万|千|百|元|倍|个|米|公里|平方|吨|年|月|日|度|小时|mm|cm|km|kg|MPa|m\b)", re.I)
_SECTION = re.compile(r"([1-9]\d?)[ \t　]+([一-鿿][^。；！？;!?，,：:]{1,29})")
_MAX_CHAPTER_CHARS = 60
_STOPS = "。；！？;!?"


def han_value(text: str) -> int | None:
    """The value of a number in Chinese numerals (十二, 二〇二四, 一百零三, 两) or digits; None where it is none."""
    text = text.strip()
    if not text:
        return None
    if text.isdecimal():
        return int(text)
    if all(c in _HAN_DIGITS for c in text):
        return int("".join(str(_HAN_DIGITS[c]) for c in text))
    total = current = 0
    for c in text:
        if c in _HAN_DIGITS:
            current = _HAN_DIGITS[c]
        elif c in "十百千":
            total += (current or 1) * {"十": 10, "百": 100, "千": 1000}[c]
            current = 0
        else:
            return None
    return total + current


def read_mark(line: str) -> Mark | None:
    """The number that `line` begins with, or None. Blanks before it are skipped; only the first 40 characters are looked at for it."""
    text = line.lstrip()
    if not text or not _may_begin(text[0]):
        return None
    if text[0] == "第":
        return _read_unit(text)
    if text[0] in _CIRCLED:
        return Mark(Style.CIRCLED, (_CIRCLED.index(text[0]) + 1,), text[0], text[1:].strip())
    for style, pattern in _PATTERNS:
        if found := pattern.match(text[:40]):
            return _accept(style, found, text)
    return None


def read_section(line: str) -> Mark | None:
    """The number of a section's title in a technical standard (4 点检要求), or None.

    The words alone do not tell it from an amount (4 家企业), so that it counts only where 4.1 shows that a text is numbered so.
    """
    found = _SECTION.fullmatch(line.strip())
    if not found or _AMOUNT.match(found[2]):
        return None
    return Mark(Style.DIGIT_BLANK, (int(found[1]),), found[1], found[2])


def _may_begin(char: str) -> bool:
    return (
        char in "第（(" or char in _HAN or char.isdecimal() or char in _CIRCLED or (char.isascii() and char.isalpha())
    )


def _accept(style: Style, found: re.Match[str], text: str) -> Mark | None:
    rest = text[found.end() :]
    if style is Style.DECIMAL:
        values = tuple(int(part) if part.isdecimal() else ord(part) for part in re.split(r"[.．]", found[1]))
        if not rest.strip() or _AMOUNT.match(rest):
            return None
        return Mark(style, values, found[0].strip(), rest.strip())
    if style is Style.LETTER:
        return Mark(style, (ord(found[1].lower()) - 96,), found[0].strip(), rest.strip())
    value = han_value(found[1])
    if value is None or not 0 < value < 1000:
        return None
    return Mark(style, (value,), found[0].strip(), rest.strip())


def _read_unit(text: str) -> Mark | None:
    found = _UNIT.match(text[:40])
    if not found:
        return None
    value = han_value(found[1])
    rest = text[found.end() :]
    if value is None or value == 0 or _REFERENCE.match(rest):
        return None
    style = _UNIT_STYLE[found[2]]
    if style is not Style.ARTICLE:
        if len(rest) > _MAX_CHAPTER_CHARS or rest.rstrip().endswith(tuple(_STOPS)):
            return None
        if (
            found[2] in ("部分", "节", "篇")
            and not found[4]
            and rest.strip()
            and found[4] is None
            and not rest[:1].isspace()
        ):
            return None
    values: tuple[int, ...] = (value,)
    if found[3] and (extra := han_value(found[3])) is not None:
        values = (value, extra)
    return Mark(style, values, re.sub(r"\s+", "", found[0]), rest.lstrip(" \t　:：、.．").rstrip())
