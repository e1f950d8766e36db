"""Dates and periods as official texts print them: 2026年5月15日, 二〇二四年九月十九日, 2024-01-02, 两年."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from corpora.document import Span
from corpora.numbering import han_value

_Y = r"(?:(?:19|20)\d{2}|[12][0-9〇○零Oo]\d{2}|[一二][〇○零Oo九一二三四五六七八ОО0]{3})"
_HAN = "[一二三四五六七八九十两]{1,3}"
_FULL = rf"({_Y})\s*年\s*(\d{{1,2}}|{_HAN})\s*月\s*(\d{{1,2}}|{_HAN})\s*[日号]"
_DATE = re.compile(rf"{_FULL}|((?:19|20)\d{{2}})[-/.．](\d{{1,2}})[-/.．](\d{{1,2}})(?!\d)")
_SIGNED = re.compile(rf"\s*{_FULL}\s*(?:印发|发布)?\s*")
_PERIOD = re.compile(rf"(\d{{1,2}}|{_HAN}|半)\s*(?:个\s*)?(周?年|月)")


def read_date(text: str) -> date | None:
    """The first date printed in `text`; None where there is none or it does not exist in the calendar."""
    return next((day for _, day in find_dates(text)), None)


def find_dates(text: str) -> Iterator[tuple[Span, date]]:
    """Every full date in `text` with its place, in order; impossible ones are left out."""
    for found in _DATE.finditer(text):
        parts = [part for part in found.groups() if part is not None]
        day = _day(*parts[:3])
        if day:
            yield found.span(), day


def is_signed_date(words: str) -> bool:
    """Whether a line is a date and nothing else, as under a signature."""
    return len(words) <= 40 and bool(_SIGNED.fullmatch(words))


def read_months(text: str) -> int | None:
    """Length in months of the first period in `text` (两年, 3年, 18个月, 半年); None where there is none."""
    found = _PERIOD.search(text)
    if not found:
        return None
    if found[1] == "半":
        return 6 if found[2].endswith("年") else None
    value = han_value(found[1])
    if not value:
        return None
    return value * 12 if found[2].endswith("年") else value


def last_day(start: date, months: int) -> date:
    """The last day of a period of `months` that begins on `start`: the day before the anniversary."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return date.max
    try:
        return date(year, month + 1, start.day) - timedelta(days=1)
    except ValueError:  # no 29 February that year: the month's last day ends the period
        return date(year, month + 1, monthrange(year, month + 1)[1])


def _day(year: str, month: str, day: str) -> date | None:
    digits = re.sub("[○零OoОО]", "〇", year) if not year.isdecimal() else year
    values = (han_value(digits), han_value(month), han_value(day))
    if None in values:
        return None
    try:
        return date(values[0] or 0, values[1] or 0, values[2] or 0)
    except ValueError:
        return None
