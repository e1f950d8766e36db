"""What the demand pool says of a demand beside the firm's own words, and how it is filtered and sorted. Pure.

A demand is complete when it is precisely worded, has measurable targets, has someone who decides, and its attachments: these four are what
those who put problems out to all (揭榜挂帅) are asked for.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from bot.errors import Invalid
from bot.rules.demands import DemandState
from bot.rules.intake import Fact, completeness
from bot.rules.triage import Demand, Domain, Urgency
from bot.rules.troubles import alarms, told
from corpora.regions import PROVINCES
from retrieval.places import named


class Mark(StrEnum):
    """What a complete demand has."""

    PRECISE = "precise"
    MEASURABLE = "measurable"
    DECIDER = "decider"
    ATTACHED = "attached"


MARK_NAMES: Mapping[Mark, str] = MappingProxyType(
    {Mark.PRECISE: "说清楚", Mark.MEASURABLE: "可量化", Mark.DECIDER: "有人拍板", Mark.ATTACHED: "有附件"}
)
ENOUGH = 0.5  # share of the facts that matter, from which a demand is precise
_SHARE = 40  # points of the facts; each other mark brings 20
_POINTS = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """How complete a demand is (0 to 100), which marks it has, the yuan that the firm says are at stake, and where the firm is."""

    completeness: int
    marks: tuple[Mark, ...]
    value: int | None
    town: str | None


def standing(
    text: str,
    facts: Mapping[str, Fact],
    *,
    kind: Demand | None,
    domain: Domain,
    files: int,
    region: str | None = None,
    firm: str = "",
) -> Standing:
    """What the pool says of a demand.

    Args:
        text: The firm's words that it began with.
        files: Pictures and documents that came with it.
        region: Of the firm, where the records know it; else its name and its words are looked at.
    """
    words = "\n".join([text, *(fact.value for fact in facts.values())])
    share = completeness(facts, kind or Demand.PROBLEM, domain)
    has = {
        Mark.PRECISE: share >= ENOUGH or (len(text) >= _LONG and _tells(text)),
        Mark.MEASURABLE: bool(_MEASURE.search(unicodedata.normalize("NFKC", words))),
        Mark.DECIDER: _is_told(facts, "contact") or bool(_DECIDER.search(words)),
        Mark.ATTACHED: files > 0,
    }
    marks = tuple(mark for mark in Mark if has[mark])
    points = round(_SHARE * (1.0 if has[Mark.PRECISE] else share / ENOUGH * 0.9))
    points += _POINTS * sum(has[mark] for mark in (Mark.MEASURABLE, Mark.DECIDER, Mark.ATTACHED))
    return Standing(points, marks, value(words), town(region, firm, words))


_LONG = 30  # characters in which one says what is wrong with what
_MEASURE = re.compile(
    r"\d+(?:\.\d+)?\s*(?:%|‰|mm|um|μm|丝|微米|毫米|道|度|℃|Mpa|MPa|bar|公斤|吨|kg|kW|千瓦|转|rpm|r/min|V|A|Hz|秒|分钟|小时|h\b|天|周|个月|次|件|个|人|名|万|元|台|班|批|ppm|HRC|HV|Ra|级|模)"
    r"|(?:GB|ISO|ASTM|DIN|JIS|HG|JB|YB)\s*[/T]*\s*[\d.]+|百分之|[一二两三四五六七八九十百]+(?:成|个人|名|天|小时|个月|班)|Ra\s*\d",
    re.IGNORECASE,
)
_DECIDER = re.compile(
    r"老板|厂长|总经理|(?<![产品程])经理|总工|主任|负责人|法人|董事长|主管|联系人|我来定|我说了算|(?:[一-鿿])总(?![是线装体成部])"
)


def _tells(text: str) -> bool:
    known = told(text)
    return bool(known.things and known.faults) or bool(alarms(text))


def _is_told(facts: Mapping[str, Fact], code: str) -> bool:
    return code in facts and not facts[code].skipped


_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MONEY = re.compile(
    r"(?P<number>\d+(?:,\d{3})*(?:\.\d+)?|[零〇一二两三四五六七八九十百千]+)\s*(?:多|来|几)?\s*(?P<scale>亿|万)?\s*(?:多|余|来)?\s*(?P<unit>元|块(?!状|板|料)|人民币|rmb)?(?P<after>.?)",
    re.IGNORECASE,
)
_NOT_AT_STAKE = re.compile(
    r"(?:注册资[本金]|年?产值|年?营收|营业额|销售额|年收入|身价)(?:是|有|大概|约|达到|为|才)?\s*$"
)
_COUNTS_OTHERS = "次件台人吨转米个只套平张根片公模辆伏瓦"
_LEAST_YUAN = 100


def value(text: str) -> int | None:
    """The largest sum in yuan that a text says is at stake: a loss, a claim, an order, a budget. None where it names none."""
    plain = unicodedata.normalize("NFKC", text)
    sums = [amount for match in _MONEY.finditer(plain) if (amount := _yuan(plain, match)) is not None]
    return max(sums, default=None)


def _yuan(text: str, match: re.Match[str]) -> int | None:
    scale, unit = match["scale"], match["unit"]
    if not (scale or unit) or (not unit and match["after"] in _COUNTS_OTHERS and match["after"]):
        return None
    if _NOT_AT_STAKE.search(text[max(0, match.start() - 12) : match.start()]):
        return None
    amount = _number(match["number"]) * {"万": 10_000, "亿": 100_000_000}.get(scale or "", 1)
    return round(amount) if _LEAST_YUAN <= amount < 10**13 else None


def _number(words: str) -> float:
    if words[0].isdigit():
        return float(words.replace(",", ""))
    total, digit = 0, 0
    for char in words:
        if char in _TENS:
            total += (digit or 1) * _TENS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return float(total + digit)


def town(region: str | None, firm: str, text: str) -> str | None:
    """The place of a firm: the smallest that its region, its name or else its words name."""
    for words in (region or "", firm, text):
        found = named(words)
        if found:
            return next((place for place in found if place not in PROVINCES), found[0])
    return region or None


# --- filters ----------------------------------------------------------------------------------------------------------------------------


class Sort(StrEnum):
    """The order of the pool; each ends with the newest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    VALUE = "value"
    COMPLETE = "complete"
    URGENT = "urgent"
    CHANGED = "changed"


SORT_NAMES: Mapping[Sort, str] = MappingProxyType(
    {
        Sort.NEWEST: "最新提出",
        Sort.OLDEST: "等得最久",
        Sort.VALUE: "涉及金额",
        Sort.COMPLETE: "完整度",
        Sort.URGENT: "紧急程度",
        Sort.CHANGED: "最近变动",
    }
)
LIVE = (DemandState.DRAFT, DemandState.POOL, DemandState.MATCHED, DemandState.IN_SERVICE)
OPEN = "open"  # stands for all of LIVE
ORIGINS: Mapping[str, str] = MappingProxyType({"web": "网页", "telegram": "Telegram", "terminal": "终端"})
MAX_WORDS = 60


@dataclass(frozen=True, slots=True)
class Filters:
    """Which demands of the pool, and in which order. Empty means all."""

    state: str = ""  # a DemandState, or OPEN
    kind: str = ""
    domain: str = ""
    urgency: str = ""
    town: str = ""
    origin: str = ""
    firm: str = ""  # the organisation's id
    cluster: str = ""  # a reference, or "any", or "none"
    package: str = ""  # the same
    complete: int = 0  # at least so many points
    value: int = 0  # at least so many yuan
    days: int = 0  # asked at least so many days ago
    words: str = ""  # a part of the reference, the title, the text or the firm's name
    sort: Sort = Sort.NEWEST

    def as_json(self) -> dict[str, Any]:
        """What differs from no filter, for keeping and for addresses."""
        plain = Filters()
        return {
            field.name: str(held) if isinstance(held, StrEnum) else held
            for field in fields(self)
            if (held := getattr(self, field.name)) != getattr(plain, field.name)
        }


_CHOICES: Mapping[str, tuple[Iterable[str], str]] = MappingProxyType(
    {
        "state": ((OPEN, *DemandState), "需求状态"),
        "kind": (Demand, "需求类型"),
        "domain": (Domain, "领域"),
        "urgency": (Urgency, "紧急程度"),
        "sort": (Sort, "排序"),
    }
)
_NUMBERS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {"complete": (100, "完整度"), "value": (10**12, "金额"), "days": (36_500, "天数")}
)


def filters(given: Mapping[str, Any]) -> Filters:
    """The filters that are named; what is empty or None does not count, names that are no filter neither.

    Raises:
        Invalid: a value that its filter does not know.
    """
    known = {field.name for field in fields(Filters)}
    held: dict[str, Any] = {}
    for name, value in given.items():
        text = "" if value is None else str(value).strip()
        if name not in known or not text:
            continue
        if name in _NUMBERS:
            held[name] = _whole(name, text)
            continue
        choices, what = _CHOICES.get(name, ((), ""))
        if what and text not in {str(choice) for choice in choices}:
            raise Invalid(f"{what}只能是 {'、'.join(str(choice) for choice in choices)} 之一。")
        if "\x00" in text or len(text) > MAX_WORDS:
            raise Invalid(f"筛选条件请写在 {MAX_WORDS} 个字以内。")
        held[name] = Sort(text) if name == "sort" else text
    return Filters(**held)


def _whole(name: str, text: str) -> int:
    most, what = _NUMBERS[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 13 and int(text) <= most):
        raise Invalid(f"{what}请写 0 到 {most} 的整数。")
    return int(text)


def checked_view_name(given: str) -> str:
    """The name under which filters are kept.

    Raises:
        Invalid: empty, or too long.
    """
    tidy = " ".join(given.split())
    if not tidy or len(tidy) > 40 or not tidy.isprintable():
        raise Invalid("请给这组筛选条件起个名字，40 个字以内。")
    return tidy
