"""Public holidays and the days worked in exchange (调休): the shipped years, a table that the operator keeps, a year's notice. Pure.

Every autumn the State Council's office announces the next year's days; nobody can compute them. A year that is not known counts as plain
weekdays, which is said long before it begins.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from bot.profile import WEEKDAYS

WARNED = timedelta(days=60)  # the notice for a year appears in the first half of November before it
FESTIVALS = ("元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆")
MOST_DAYS = 12  # of one holiday
_KEYS = {"holidays", "workdays"}


@dataclass(frozen=True, slots=True)
class Year:
    """One year's days. A notice may name the last days of the year before: they belong to the days, not to the year.

    Raises:
        ValueError: a day in both sets, outside the year, or a day off in exchange that is worked anyway.
    """

    year: int
    holidays: frozenset[date]
    workdays: frozenset[date]

    def __post_init__(self) -> None:
        if not self.holidays:
            raise ValueError(f"{self.year} 年没有一个放假的日子。")
        for day in sorted(self.holidays | self.workdays):
            if day.year != self.year and (day.year, day.month) != (self.year - 1, 12):
                raise ValueError(f"{day} 不在 {self.year} 年。")
        for day in sorted(self.workdays):
            if day in self.holidays:
                raise ValueError(f"{day} 既放假又上班。")
            if day.weekday() < 5:
                raise ValueError(f"{day} 是{WEEKDAYS[day.weekday()]}，本来就上班，不会是调休。")

    def as_json(self) -> dict[str, Any]:
        """The year and its days in order."""
        holidays, workdays = ([day.isoformat() for day in sorted(days)] for days in (self.holidays, self.workdays))
        return {"year": self.year, "holidays": holidays, "workdays": workdays}


@dataclass(frozen=True, slots=True)
class Calendar:
    """All years that are known."""

    years: Mapping[int, Year]

    @property
    def holidays(self) -> frozenset[date]:
        """Closed whatever the weekday."""
        return frozenset().union(*(year.holidays for year in self.years.values()))

    @property
    def workdays(self) -> frozenset[date]:
        """Worked although the weekday is free."""
        return frozenset().union(*(year.workdays for year in self.years.values()))

    def unknown_soon(self, today: date) -> int | None:
        """The first year that is not known, where it has begun or begins within WARNED of today; None where there is time yet."""
        wanted = today.year
        while wanted in self.years:
            wanted += 1
        return wanted if date(wanted, 1, 1) - today <= WARNED else None

    def with_years(self, more: Iterable[Year]) -> "Calendar":
        """These years too; they outweigh those that are there."""
        return Calendar({**self.years, **{year.year: year for year in more}})


@cache
def shipped() -> Calendar:
    """The years that come with the program."""
    return Calendar({}).with_years(from_toml(files("bot.rules").joinpath("holidays.toml").read_bytes()))


# --- the table ------------------------------------------------------------------------------------------------------------------------


def from_toml(data: bytes) -> tuple[Year, ...]:
    """The years of a table in UTF-8: a section for each year, `holidays` and `workdays` as lists of dates.

    Raises:
        ValueError: what it holds is no such table; the message says where.
    """
    try:
        sections = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("不是 UTF-8 编码。") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"写法有误（{error}）。") from None
    return tuple(_section(name, section) for name, section in sections.items())


def _section(name: str, section: object) -> Year:
    if not re.fullmatch(r"20\d\d", name) or not isinstance(section, dict) or not set(section) <= _KEYS:
        raise ValueError(f"[{name}] 一节应是年份，里面只有 holidays 和 workdays。")
    return Year(int(name), *(_dates(name, section.get(key, [])) for key in ("holidays", "workdays")))


def _dates(name: str, values: object) -> frozenset[date]:
    if not isinstance(values, list) or not all(type(value) is date for value in values):
        raise ValueError(f"[{name}] 里的日子应写成 [{name}-01-01, …]，不加引号。")
    return frozenset(values)


def as_toml(years: Iterable[Year]) -> str:
    """The table of these years, in order."""
    sections = ("".join(_lines(year)) for year in sorted(years, key=lambda year: year.year))
    return "\n".join(("# 由 wenzhen holidays import 写入，也可以手工修改。\n", *sections))


def _lines(year: Year) -> Iterator[str]:
    yield f"[{year.year}]\n"
    for key, days in (("holidays", year.holidays), ("workdays", year.workdays)):
        yield f"{key} = [{', '.join(day.isoformat() for day in sorted(days))}]\n"


# --- a year's notice ------------------------------------------------------------------------------------------------------------------

_YEAR = re.compile(r"(20\d\d)年(?:部分)?节假日(?:放假)?安排")
_DAY = r"(?:(?:(?P<y{0}>20\d\d)年)?(?P<m{0}>\d{{1,2}})月)?(?P<d{0}>\d{{1,2}})日(?:\((?P<w{0}>[^)]*)\))?"
_DAYS = re.compile(_DAY.format(1) + r"(?:(?:至|到|—+|-+|~)" + _DAY.format(2) + ")?")
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
_TOTAL = re.compile(r"共(\d+)天|放假(\d+)天")


def read_notice(text: str) -> Year:
    """The days that a year's notice announces, in the words that it is published in.

    Whatever it says twice is checked: weekdays against the calendar, numbers of days against the days, all festivals against FESTIVALS.
    So a notice of another year, or half a one, is refused.

    Raises:
        ValueError: it is no such notice, or does not agree with itself; the message names the place.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    found = _YEAR.search(plain)
    if not found:
        raise ValueError("找不到“某年部分节假日安排”的标题，请把国务院办公厅的通知全文放进来。")
    year = int(found[1])
    missing = [name for name in FESTIVALS if name not in plain]
    if missing:
        raise ValueError(f"通知里没有{'、'.join(missing)}，请放全文。")
    holidays: set[date] = set()
    workdays: set[date] = set()
    for sentence in re.split(r"[。;]", plain[found.end() :]):
        if "放假" in sentence:
            days = list(_named(sentence.split("放假")[0], year))
            _check_total(sentence, days)
            holidays.update(days)
        elif "上班" in sentence:
            workdays.update(_named(sentence.split("上班")[0], year))
    return Year(year, frozenset(holidays), frozenset(workdays))


def _named(sentence: str, year: int) -> Iterator[date]:
    """The days of a sentence; a range with its last day, a month once said holds on."""
    month: int | None = None
    for found in _DAYS.finditer(sentence):
        first = _date(found, 1, year, month)
        last = _date(found, 2, first.year, first.month) if found["d2"] else first
        if last < first and not found["y2"]:
            last = last.replace(year=first.year + 1)
        if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
            raise ValueError(f"“{found[0]}”不像一个假期。")
        month = last.month
        yield from (first + timedelta(days=number) for number in range((last - first).days + 1))


def _date(found: re.Match[str], number: int, year: int, month: int | None) -> date:
    told = int(found[f"m{number}"] or month or 0)
    try:
        day = date(int(found[f"y{number}"] or year), told, int(found[f"d{number}"]))
    except ValueError:
        raise ValueError(f"“{found[0]}”不是一个日子。") from None
    weekday = _WEEKDAY.search(found[f"w{number}"] or "")
    if weekday and "一二三四五六日".find(weekday[1].replace("天", "日")) != day.weekday():
        raise ValueError(f"“{found[0]}”对不上：{day} 是{WEEKDAYS[day.weekday()]}，请检查是不是别的年份。")
    return day


def _check_total(sentence: str, days: list[date]) -> None:
    total = _TOTAL.search(sentence)  # the first sentence of a notice speaks of 放假 in general
    if total and int(total[1] or total[2]) != len(days):
        raise ValueError(f"“{sentence}”里的天数对不上，日期共 {len(days)} 天。")
