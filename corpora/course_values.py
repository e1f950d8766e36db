"""What the cells of a course catalogue say: days, prices, seats, yes or no."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_DIGITS = str.maketrans("０１２３４５６７８９：－～，．／", "0123456789:-~,./")
_DAY = re.compile(
    r"(?:(?P<year>(?:19|20)\d{2})\s*[年./-]\s*|(?<![\d.]))"
    r"(?P<month>1[0-2]|0?[1-9])\s*[月./-]\s*(?P<day>3[01]|[12]\d|0?[1-9])(?![\d:])\s*[日号]?"
)
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_LAST_DAY = re.compile(
    r"\s*(?:[（(][^（）()]{1,8}[）)])?\s*(?:-|—|–|~|至|到)+\s*(3[01]|[12]\d|0?[1-9])(?![\d:年月./])\s*[日号]?"
)
_SERIAL = re.compile(r"(?:[34]\d|5[0-9])\d{3}(?:\.\d+)?")  # 1982 to 2064 as Excel counts days
_EXCEL_ZERO = date(1899, 12, 30)
_AMOUNT = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(万|千)?")
_FREE = re.compile(r"免费|公益|全额补贴|不收费|\bfree\b", re.IGNORECASE)
_FULL = re.compile(r"满|报完|无余|没有名额|^无$|^0$")
_CLOCK = re.compile(r"\d{1,2}[:：时点]|周[一二三四五六日末]|星期|上午|下午|晚")
_YES = frozenset({"是", "true", "yes", "1", "y", "√", "✓", "有", "示例"})
_ONLINE = re.compile(r"线上|网络|直播|在线|远程|录播|online|腾讯会议|钉钉|webinar", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Days:
    """First and last day that a cell names; `rest` is the cell where it says more than days (周六 9:00-17:00)."""

    start: date | None = None
    end: date | None = None
    rest: str = ""
    lacks_year: bool = False


def read_days(cell: str, *, year: int | None = None) -> Days:
    """The days in a cell: 2026年3月5日, 3月5日至8日, 2026/3/5, 20260305, an Excel day number.

    Args:
        cell: As printed.
        year: For days without a year; None leaves them out and says so.
    """
    words = cell.translate(_DIGITS).strip()
    if _SERIAL.fullmatch(words):
        return Days(start=_EXCEL_ZERO + timedelta(days=int(float(words))))
    words = _COMPACT.sub(r"\1-\2-\3", words)
    first = _DAY.search(words)
    if first is None:
        return Days(rest=cell.strip())
    known = int(first["year"]) if first["year"] else year
    start = _day(known, first["month"], first["day"])
    after = first.end()
    last = _LAST_DAY.match(words, after)
    end = None
    if last is not None:
        end = _day(known, first["month"], last[1])
    elif (second := _DAY.search(words, after)) is not None:
        end_year = int(second["year"]) if second["year"] else known
        end = _day(end_year, second["month"], second["day"])
        if end is not None and start is not None and end < start and not second["year"]:
            end = _day(start.year + 1, second["month"], second["day"])
    if end is not None and start is not None and end < start:
        end = None
    rest = cell.strip() if _CLOCK.search(words) or (last is None and _has_more(words)) else ""
    return Days(start=start, end=end, rest=rest, lacks_year=known is None)


def read_price(cell: str) -> int | None:
    """Yuan, rounded: 1,980元, 0.2万元, 免费. The first amount where several stand; None where none does."""
    words = cell.translate(_DIGITS).strip()
    amount = _AMOUNT.search(words)
    if amount is None:
        return 0 if _FREE.search(words) else None
    scale = {"万": 10_000, "千": 1_000}.get(amount[2] or "", 1)
    value = float(amount[1].replace(",", "")) * scale
    return round(value) if value < 10_000_000 else None


def is_plain_price(cell: str) -> bool:
    """Whether an amount and its unit are all that a price cell says."""
    return not re.sub(r"[\d,.，．\s￥¥元人民币/每人次期]|免费|RMB|CNY", "", cell.translate(_DIGITS))


def read_seats(cell: str) -> int | None:
    """Free seats: 12, 余 3 名, 已满 is none; None where no number stands (不限)."""
    words = cell.translate(_DIGITS).strip()
    number = re.search(r"\d{1,5}", words)
    if number is not None and not re.search("已满|报满|满员", words):
        return int(number[0])
    return 0 if _FULL.search(words) else None


def read_yes(cell: str) -> bool:
    """Whether a cell affirms."""
    return cell.strip().lower() in _YES


def is_online(cell: str) -> bool:
    """Whether a cell names a way of attending from afar."""
    return bool(_ONLINE.search(cell)) and not re.search(r"非线上|不是线上", cell)


def is_online_place(cell: str) -> bool:
    """Whether a place is a meeting on the net; a room for network technology is none."""
    return bool(re.match(r"\s*(?:线上|网络|在线|远程|直播|云课堂|online)", cell, re.IGNORECASE)) or "腾讯会议" in cell


def year_in(words: str) -> int | None:
    """The first year of this century in a title or file name."""
    found = re.search(r"(?<!\d)(20[0-9]{2})(?!\d)", words.translate(_DIGITS))
    return int(found[1]) if found else None


def _day(year: int | None, month: str, day: str) -> date | None:
    if year is None:
        return None
    try:
        return date(year, int(month), int(day))
    except ValueError:
        return None


def _has_more(words: str) -> bool:
    bare = _DAY.sub("", words)
    return len(re.sub(r"[\s\-—–~至到（）()]|00:00(:00)?|起|开课|开班", "", bare)) > 3
