"""The numbers that Word prints before paragraphs but does not keep in their text: 第一条, （一）, 1."""

from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]

from corpora.loaders.office import attribute, child, children

_DIGITS = "零一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"))
_ROMAN_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_MAX_DEPTH = 20  # styles may be based on each other in a circle


@dataclass(slots=True)
class _Level:
    format: str = "decimal"
    text: str = ""
    start: int = 1
    restart: int | None = None  # the level whose step restarts this one; None: any higher level
    legal: bool = False
    suffix: str = " "


@dataclass(slots=True)
class _List:
    levels: dict[int, _Level] = field(default_factory=dict)
    styles: dict[str, int] = field(default_factory=dict)  # paragraph style to level
    overrides: dict[int, int] = field(default_factory=dict)
    abstract: str = ""


class Numbers:
    """Gives each paragraph, asked in reading order, the number that Word shows."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self._styles = (
            {} if styles is None else {attribute(each, "styleId") or "": each for each in children(styles, "style")}
        )
        self._lists = {} if numbering is None else _lists(numbering, self._styles)
        self._counts: dict[tuple[str, int], int] = {}
        self._started: set[tuple[str, int]] = set()

    def label(self, properties: etree._Element | None) -> str:
        """The number with the blank behind it; empty for a paragraph without one. Each call counts."""
        number, depth = self._place(properties)
        found = self._lists.get(number)
        if found is None or depth not in found.levels:
            return ""
        level = found.levels[depth]
        if (number, depth) not in self._started:
            self._started.add((number, depth))
            if depth in found.overrides:
                self._counts[found.abstract, depth] = found.overrides[depth] - 1
        count = self._counts.get((found.abstract, depth), level.start - 1) + 1
        self._counts[found.abstract, depth] = count
        self._restart_below(found, depth)
        if level.format in ("bullet", "none") and "%" not in level.text:
            return "" if level.format == "bullet" else level.text
        words = self._shown(found, level)
        return words + level.suffix if words.strip() else ""

    def is_contents(self, properties: etree._Element | None) -> bool:
        """Whether the paragraph's style is one of a table of contents."""
        style = self._style_of(properties)
        name = child(self._styles[style], "name") if style in self._styles else None
        words = (attribute(name, "val") or "" if name is not None else style).lower()
        return words.startswith("toc") and words != "toc heading"

    def _place(self, properties: etree._Element | None) -> tuple[str, int]:
        """List and level of a paragraph, its own or those of its style."""
        number, depth = _own_place(properties)
        style = self._style_of(properties)
        for _ in range(_MAX_DEPTH):
            if number is not None or style not in self._styles:
                break
            number, inherited = _own_place(child(self._styles[style], "pPr"))
            if number is not None:
                depth = depth if depth is not None else inherited
                if depth is None and number in self._lists:
                    depth = self._lists[number].styles.get(style, 0)
            based = child(self._styles[style], "basedOn")
            style = (attribute(based, "val") or "") if based is not None else ""
        return number or "", depth or 0

    def _style_of(self, properties: etree._Element | None) -> str:
        style = child(properties, "pStyle") if properties is not None else None
        return (attribute(style, "val") or "") if style is not None else ""

    def _restart_below(self, found: _List, depth: int) -> None:
        for deeper, level in found.levels.items():
            if deeper > depth and level.restart != 0 and (level.restart is None or depth < level.restart):
                self._counts.pop((found.abstract, deeper), None)

    def _shown(self, found: _List, level: _Level) -> str:
        words = level.text
        for depth, each in found.levels.items():
            if f"%{depth + 1}" in words:
                count = self._counts.get((found.abstract, depth), each.start)
                words = words.replace(f"%{depth + 1}", spelled(count, "decimal" if level.legal else each.format))
        return words


def spelled(count: int, format_: str) -> str:
    """A number as a Word number format prints it; formats that official texts do not use come out in digits."""
    if format_ in (
        "chineseCounting",
        "chineseCountingThousand",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
        "japaneseCounting",
    ):
        return _chinese(count, _DIGITS, "十百千")
    if format_ in ("chineseLegalSimplified", "ideographLegalTraditional"):
        return _chinese(count, _LEGAL, "拾佰仟", full=True)
    if format_ in ("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital"):
        return "".join("〇一二三四五六七八九"[int(digit)] for digit in str(count))
    if format_ in ("upperLetter", "lowerLetter"):
        letter = chr(ord("A") + (count - 1) % 26) * ((count - 1) // 26 % 10 + 1)
        return letter if format_ == "upperLetter" else letter.lower()
    if format_ in ("upperRoman", "lowerRoman"):
        return _roman(count) if format_ == "upperRoman" else _roman(count).lower()
    if format_.startswith("decimalEnclosedCircle"):
        return chr(0x2460 + count - 1) if 1 <= count <= 20 else str(count)
    if format_ == "decimalEnclosedParen":
        return chr(0x2474 + count - 1) if 1 <= count <= 20 else str(count)
    if format_ == "decimalEnclosedFullstop":
        return chr(0x2488 + count - 1) if 1 <= count <= 20 else str(count)
    if format_ in ("decimalFullWidth", "decimalFullWidth2"):
        return "".join(chr(ord("０") + int(digit)) for digit in str(count))
    if format_ == "decimalZero":
        return f"{count:02d}"
    if format_ == "ideographTraditional":
        return _STEMS[(count - 1) % 10]
    if format_ == "ideographZodiac":
        return _BRANCHES[(count - 1) % 12]
    return "" if format_ in ("none", "bullet") else str(count)


def _chinese(count: int, digits: str, units: str, *, full: bool = False) -> str:
    """一百零二; ten to nineteen without the leading one unless `full`. Above 9999 in digits."""
    if not 0 <= count <= 9999:
        return str(count)
    if count == 0:
        return digits[0]
    words = ""
    pending = False
    for place in (3, 2, 1, 0):
        digit = count // 10**place % 10
        if digit:
            words += digits[0] if pending else ""
            words += digits[digit] + (units[place - 1] if place else "")
            pending = False
        elif words:
            pending = True
    ten = digits[1] + units[0]
    return words[1:] if words.startswith(ten) and not full else words


def _roman(count: int) -> str:
    if not 0 < count < 4000:
        return str(count)
    words = ""
    for value, letters in _ROMAN:
        words += letters * (count // value)
        count %= value
    return words + _ROMAN_ONES[count]


def _own_place(properties: etree._Element | None) -> tuple[str | None, int | None]:
    numbered = child(properties, "numPr") if properties is not None else None
    if numbered is None:
        return None, None
    number, depth = child(numbered, "numId"), child(numbered, "ilvl")
    return (
        attribute(number, "val") if number is not None else None,
        _integer(attribute(depth, "val"), 0) if depth is not None else None,
    )


def _lists(numbering: etree._Element, styles: dict[str, etree._Element]) -> dict[str, _List]:
    abstracts = {attribute(each, "abstractNumId") or "": each for each in children(numbering, "abstractNum")}
    numbers = {attribute(each, "numId") or "": each for each in children(numbering, "num")}
    lists = {}
    for number, element in numbers.items():
        name = _abstract_of(element)
        abstract = abstracts.get(name)
        link = child(abstract, "numStyleLink") if abstract is not None else None
        if link is not None:  # the levels stand under the list that the style names
            style = styles.get(attribute(link, "val") or "")
            linked, _ = _own_place(child(style, "pPr") if style is not None else None)
            if linked in numbers:
                name = _abstract_of(numbers[linked])
                abstract = abstracts.get(name)
        if abstract is None:
            continue
        found = _List(abstract=name)
        for level in children(abstract, "lvl"):
            _read_level(found, level)
        for override in children(element, "lvlOverride"):
            depth = _integer(attribute(override, "ilvl"), 0)
            start = child(override, "startOverride")
            if start is not None:
                found.overrides[depth] = _integer(attribute(start, "val"), 1)
            for level in children(override, "lvl"):
                _read_level(found, level)
        lists[number] = found
    return lists


def _abstract_of(element: etree._Element) -> str:
    abstract = child(element, "abstractNumId")
    return (attribute(abstract, "val") or "") if abstract is not None else ""


def _read_level(found: _List, element: etree._Element) -> None:
    depth = _integer(attribute(element, "ilvl"), 0)
    values = {
        name: attribute(each, "val")
        for name in ("numFmt", "lvlText", "start", "lvlRestart", "isLgl", "suff", "pStyle")
        if (each := child(element, name)) is not None
    }
    found.levels[depth] = _Level(
        format=values.get("numFmt") or "decimal",
        text=values.get("lvlText") or "",
        start=_integer(values.get("start"), 1),
        restart=_integer(values["lvlRestart"], 0) if "lvlRestart" in values else None,
        legal="isLgl" in values and values["isLgl"] not in ("0", "false"),
        suffix="" if values.get("suff") == "nothing" else " ",
    )
    if values.get("pStyle"):
        found.styles[values["pStyle"] or ""] = depth


def _integer(value: str | None, default: int) -> int:
    return int(value) if value is not None and value.lstrip("-").isdecimal() and len(value) < 7 else default
