"""The time that a question about validity asks for: 2025年那会儿, 到明年底, 去年三月. Pure."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

_DAY = re.compile(
    r"(?P<year>(?:19|20)\d{2})\s*(?:年|[-/.])\s*(?:(?P<month>1[0-2]|0?[1-9])\s*(?:月|[-/.])?\s*(?:(?P<day>3[01]|[12]\d|0?[1-9])\s*[日号]?)?)?"
)
_SPOKEN = re.compile(
    r"(?P<word>前年|去年|今年|明年|后年|大后年)\s*(?:(?P<month>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])\s*月份?|(?P<end>底|末|年底|年末)|(?P<start>初|年初))?"
)
_YEARS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2, "大后年": 3}
_NUMBERED = re.compile(r"[〔\[（(]\s*\d{4}\s*[〕\]）)]|《[^》]*》")
_CHINESE = {
    name: month
    for month, name in enumerate(["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"], start=1)
}


@dataclass(frozen=True, slots=True)
class Moment:
    """From the first to the last day that is meant, and the words for it."""

    first: date
    last: date
    words: str


def asked_moment(text: str, today: date) -> Moment | None:
    """The time a question names; None where it names none or only today. Years in titles and numbers of documents are none."""
    plain = _NUMBERED.sub(" ", text)
    if found := _DAY.search(plain):
        if not re.search(r"年|[-/.]", found[0]):
            return None
        return _moment(int(found["year"]), _month(found["month"]), int(found["day"] or 0), found[0].strip(" -/."))
    if found := _SPOKEN.search(plain):
        year = today.year + _YEARS[found["word"]]
        month = 12 if found["end"] else 1 if found["start"] else _month(found["month"])
        if found["word"] == "今年" and not month:
            return None
        return _moment(year, month, 0, found[0].strip())
    return None


def _month(words: str | None) -> int:
    return 0 if not words else int(words) if words.isdigit() else _CHINESE[words]


def _moment(year: int, month: int, day: int, words: str) -> Moment | None:
    try:
        if not month:
            return Moment(date(year, 1, 1), date(year, 12, 31), words)
        if not day:
            return Moment(date(year, month, 1), date(year, month, monthrange(year, month)[1]), words)
        return Moment(date(year, month, day), date(year, month, day), words)
    except ValueError:
        return None
