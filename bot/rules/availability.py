"""When and where an engineer works: his own week, single days that differ from it, and what he says of them in a sentence. Pure.

Days and hours are China's. A plan says of some days what differs: other hours, none at all, another town.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.errors import Invalid
from bot.profile import WEEKDAYS
from bot.rules import worktime
from bot.rules.matching import LANGUAGES
from bot.rules.regions import short
from bot.rules.wording import clean_words
from bot.rules.worktime import CHINA, MIDNIGHT, Hours, Shift
from retrieval.places import named

LOOKED_AHEAD = 14  # days in which the next working time is looked for
LONGEST = timedelta(days=366)  # of one plan, and how far ahead it may begin
MOST_PLANS, MAX_NOTE = 60, 60
HOW = "请写成：周三下午在青岛有空，或 下周一到周三请假。"


@dataclass(frozen=True, slots=True)
class Plan:
    """What differs on some days.

    Attributes:
        first, last: The days, both included.
        shifts: The hours of each of them; empty: away; None: as usual.
        place: The town, short; None: as usual.
    """

    first: date
    last: date
    shifts: tuple[Shift, ...] | None = None
    place: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Timetable:
    """An engineer's working time: the usual week, his usual place, and what differs."""

    hours: Hours
    place: str | None = None
    plans: tuple[Plan, ...] = ()

    def plan_on(self, day: date) -> Plan | None:
        """What differs on this day."""
        return next((plan for plan in self.plans if plan.first <= day <= plan.last), None)

    def place_on(self, day: date) -> str | None:
        """Where he is on this day."""
        plan = self.plan_on(day)
        return plan.place if plan is not None and plan.place else self.place

    def open_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """From when to when he works on this day."""
        plan = self.plan_on(day)
        if plan is None or plan.shifts is None:
            return worktime.open_on(self.hours, day)
        return tuple(
            (datetime.combine(day, begin, CHINA), datetime.combine(day + timedelta(days=end == MIDNIGHT), end, CHINA))
            for begin, end in plan.shifts
        )

    def away(self, now: datetime) -> timedelta | None:
        """How long until he works; zero while he does, None where that is not within LOOKED_AHEAD days."""
        now = now.astimezone(CHINA)
        for number in range(LOOKED_AHEAD):
            for begin, end in self.open_on(now.date() + timedelta(days=number)):
                if now < end:
                    return max(begin - now, timedelta(0))
        return None


# --- what may be written down ---------------------------------------------------------------------------------------------------------


def check_plan(plan: Plan, others: Iterable[Plan], today: date) -> None:
    """Refuse a plan that says nothing, lies in the past or too far ahead, or overlaps another one.

    Raises:
        Invalid: naming what is wrong.
    """
    if plan.last < plan.first:
        raise Invalid(f"安排的结束日 {day_words(plan.last)} 早于开始日 {day_words(plan.first)}。")
    if plan.last < today:
        raise Invalid(f"{day_words(plan.first, plan.last)}已经过去了。")
    if plan.last - plan.first > LONGEST or plan.first - today > LONGEST:
        raise Invalid("安排最多写一年以内的日子。")
    if plan.shifts is None and not plan.place:
        raise Invalid(f"没有写时间，也没有写地点。{HOW}")
    for other in others:
        if plan.first <= other.last and other.first <= plan.last:
            raise Invalid(f"和已有的安排“{plan_words(other)}”重叠，请先删掉那一条。")


def checked_place(text: str) -> str | None:
    """The town that a text names, short; None where it is empty.

    Raises:
        Invalid: no town of the list is named.
    """
    if not text.strip():
        return None
    found = named(text)
    if not found:
        raise Invalid(f"不认识地点“{text.strip()[:20]}”，请写到城市，例如 青岛。")
    return short(found[-1])


def checked_note(text: str) -> str:
    """A note beside a plan.

    Raises:
        Invalid: too long, or with characters that cannot be shown.
    """
    tidy = clean_words(text, what="备注", required=False)
    if len(tidy) > MAX_NOTE:
        raise Invalid(f"备注请写在 {MAX_NOTE} 个字以内。")
    return tidy


def checked_languages(words: Sequence[str]) -> list[str]:
    """Languages as codes, each once, given as codes or by name; Chinese goes without saying.

    Raises:
        Invalid: one is not known.
    """
    codes = {name: code for code, name in LANGUAGES.items()}
    found: dict[str, None] = {}
    for word in (word.strip() for word in words):
        if word and word not in ("zh", "中文", "汉语", "普通话"):
            code = word.lower() if word.lower() in LANGUAGES else codes.get(word.replace("文", "语"))
            if code is None:
                raise Invalid(f"不认识语言“{word[:20]}”，请写 {'、'.join(LANGUAGES.values())}。")
            found[code] = None
    return list(found)


def read_day(text: str) -> date:
    """A day as the API writes it.

    Raises:
        Invalid: it is none.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(f"日期“{text.strip()[:20]}”看不懂，请写成 2026-11-25。") from None


def read_shifts(text: str) -> tuple[Shift, ...]:
    """The hours of a day: 13:30-17:30, 上午, 下午, 休息.

    Raises:
        Invalid: they are not understood, overlap or run backwards.
    """
    part = _PARTS.get(text.strip())
    if part is not None:
        return (part,)
    try:
        return worktime.read_day("当天", text)
    except ValueError as error:
        raise Invalid(str(error)) from None


def shifts_text(shifts: Iterable[Shift]) -> str:
    """The hours of a day as text that `read_shifts` reads; empty where he is away."""
    return ",".join(f"{begin:%H:%M}-{'24:00' if end == MIDNIGHT else f'{end:%H:%M}'}" for begin, end in shifts)


# --- the week -------------------------------------------------------------------------------------------------------------------------

_WEEK_DAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])(?:(?:至|到|-|~)(?:周|星期|礼拜)?([一二三四五六日天]))?")
_DAY_GROUPS: Mapping[str, range | tuple[int, ...]] = {"每天": range(7), "工作日": range(5), "周末": (5, 6)}


def read_week(text: str, usual: tuple[tuple[Shift, ...], ...]) -> tuple[tuple[Shift, ...], ...]:
    """A week in a line: 周一至周五 9:00-17:00；周六 休息. Days that are not named stay as `usual`.

    Raises:
        Invalid: a day or its hours are not understood, or named twice; or no day is worked.
    """
    week, told = list(usual), set[int]()
    parts = [part.strip() for part in re.split(r"[；;\n]", unicodedata.normalize("NFKC", text)) if part.strip()]
    if not parts:
        raise Invalid("请写每周的工作时间，例如 周一至周五 9:00-17:00；周六、周日 休息。")
    for part in parts:
        days, hours = _days_of(part)
        if not days:
            raise Invalid(f"“{part[:30]}”里没有写是哪天，请写成 周一至周五 9:00-17:00。")
        if told & days:
            raise Invalid(f"{WEEKDAYS[min(told & days)]}写了两次。")
        told |= days
        shifts = _week_shifts(part, hours)
        for day in days:
            week[day] = shifts
    if not any(week):
        raise Invalid("一周里没有一天上班；要停一阵子，请写一条请假的安排。")
    return tuple(week)


def _days_of(part: str) -> tuple[set[int], str]:
    days, hours = set[int](), part
    for word, group in _DAY_GROUPS.items():
        if word in hours:
            days |= set(group)
            hours = hours.replace(word, "")
    for found in _WEEK_DAY.finditer(part):
        first = _weekday(found[1])
        days |= set(range(first, _weekday(found[2]) + 1)) if found[2] else {first}
    return days, _WEEK_DAY.sub("", hours).strip(" :、,和及")


def _week_shifts(part: str, hours: str) -> tuple[Shift, ...]:
    if hours in _PARTS:
        return (_PARTS[hours],)
    try:
        return worktime.read_day("这天", hours)
    except ValueError:
        raise Invalid(f"“{part[:30]}”里的时间看不懂，或前后颠倒、重叠，请写成 周一 9:00-12:00,13:30-17:30。") from None


def week_text(week: Sequence[Sequence[Shift]]) -> str:
    """A week in a line, days with the same hours joined: 周一至周五 09:00-17:00；周六至周日 休息."""
    told, first = list[str](), 0
    for day in range(1, len(week) + 1):
        if day == len(week) or tuple(week[day]) != tuple(week[first]):
            days = WEEKDAYS[first] if day - first == 1 else f"{WEEKDAYS[first]}至{WEEKDAYS[day - 1]}"
            told.append(f"{days} {shifts_text(week[first]) or '休息'}")
            first = day
    return "；".join(told)


def _weekday(name: str) -> int:
    return "一二三四五六日".index(name.replace("天", "日"))


# --- what he says ---------------------------------------------------------------------------------------------------------------------

_PARTS: Mapping[str, Shift] = {
    "上午": (time(9), time(12)),
    "早上": (time(9), time(12)),
    "下午": (time(13, 30), time(17, 30)),
    "晚上": (time(18), time(21)),
}
_NEAR = {"今天": 0, "今日": 0, "明天": 1, "明日": 1, "大后天": 3, "后天": 2}
_ONE = (
    r"(?:今[天日]|明[天日]|大后天|后天|(?P<week{0}>这|本|下下|下)?个?(?:周|星期|礼拜)(?P<day{0}>[一二三四五六日天])"
    r"|(?:(?P<month{0}>\d{{1,2}})月)?(?P<date{0}>\d{{1,2}})[日号])"
)
_DAYS = re.compile(rf"(?P<first>{_ONE.format(1)})(?:\s*(?:至|到|-|~)\s*(?P<last>{_ONE.format(2)}))?")
_WHOLE_WEEK = re.compile(r"(?P<week>这|本|下下|下)个?(?P<what>周末|周|星期|礼拜)(?![一二三四五六日天])")
_CLOCK = r"(?:凌晨|早上|上午|中午|下午|晚上)?\d{1,2}(?::\d{2}|[点时](?:\d{1,2}分?|半)?)"
_RANGE = re.compile(rf"{_CLOCK}\s*(?:至|到|-|~)\s*{_CLOCK}")
_AFTER = re.compile(rf"(?P<at>{_CLOCK})\s*(?:以后|之后|后|开始|起)")
_BEFORE = re.compile(rf"(?P<at>{_CLOCK})\s*(?:以前|之前|前)")
_PART = re.compile("|".join(_PARTS))
_GONE = re.compile(
    r"没空|没时间|没有空|没有时间|不在|请.{0,2}假|休息|休假|休.{0,2}天|调休|出差|不行|不上班|抽不出|来不了|去不了|忙|满了"
)
_FREE = re.compile(r"有空|有时间|有档期|可以|方便|能(?:来|去|接|上门)|空着|都行|上班|值班")
EVENING = time(21)


def read(text: str, today: date, usual: Hours) -> list[Plan]:
    """The plans that a sentence tells: 周三我在青岛，下午有空 is one of Wednesday, in 青岛, in the afternoon.

    Args:
        usual: His usual week, from which a part of a day is taken.

    Raises:
        Invalid: no day is named, a day does not exist or is over, or nothing is said of it.
    """
    told = unicodedata.normalize("NFKC", text)
    found: list[_Told] = []
    for clause in re.split(r"[,，。;；!！\n]", told):
        days = _days(clause, today)
        if days is not None:
            found.append(_Told(*days))
        if found:
            found[-1].hear(clause)
    if not found:
        raise Invalid(f"没看出是哪一天。{HOW}")
    plans = [one.plan(usual) for one in found]
    for number, plan in enumerate(plans):
        check_plan(plan, plans[:number], today)
    return plans


class _Told:
    """What a sentence says of some days, clause by clause."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.place: str | None = None
        self.parts: list[Shift] = []
        self.is_free: bool | None = None

    def hear(self, clause: str) -> None:
        """Take up one clause."""
        if towns := named(clause):
            self.place = short(towns[-1])
        self.parts += _parts(clause)
        if _GONE.search(clause):
            self.is_free = False
        elif _FREE.search(clause):
            self.is_free = True

    def plan(self, usual: Hours) -> Plan:
        """The plan that it comes to."""
        shifts: tuple[Shift, ...] | None = None
        if self.is_free is False:
            shifts = _without(_usual(usual, self.first), self.parts) if self.parts else ()
        elif self.parts:
            shifts = tuple(sorted(set(self.parts)))
        elif self.is_free:
            shifts = _usual(usual, self.first)
        if shifts and any(one[1] > other[0] for one, other in zip(shifts, shifts[1:], strict=False)):
            raise Invalid("这一天的时段重叠了，请分开写。")
        return Plan(self.first, self.last, shifts, self.place)


def _usual(hours: Hours, day: date) -> tuple[Shift, ...]:
    """The hours of that weekday; on a free one those of the first worked day, for he offers it."""
    return hours.shifts[day.weekday()] or next(shifts for shifts in hours.shifts if shifts)


def _without(shifts: Iterable[Shift], gone: Iterable[Shift]) -> tuple[Shift, ...]:
    left = list(shifts)
    for since, until in gone:
        left = [piece for shift in left for piece in _cut(shift, since, until)]
    return tuple(left)


def _cut(shift: Shift, since: time, until: time) -> Iterator[Shift]:
    begin, end = shift
    if begin < since:
        yield begin, min(end, since) if end != MIDNIGHT else since
    if until != MIDNIGHT and (end == MIDNIGHT or until < end):
        yield max(begin, until), end


def _parts(clause: str) -> Iterator[Shift]:
    """The parts of a day that a clause names."""
    ranges = [found[0] for found in _RANGE.finditer(clause)]
    if ranges:
        yield from (shift for text in ranges for shift in read_shifts(text))
    elif after := _AFTER.search(clause):
        (begin, _), *_ = read_shifts(f"{after['at']}-23:59")
        yield begin, max(EVENING, begin) if begin < EVENING else MIDNIGHT
    elif before := _BEFORE.search(clause):
        ((_, end),) = read_shifts(f"0:00-{before['at']}")
        yield (time(8) if end > time(8) else MIDNIGHT), end
    else:
        yield from (_PARTS[found[0]] for found in _PART.finditer(clause))


def _days(clause: str, today: date) -> tuple[date, date] | None:
    if found := _DAYS.search(clause):
        first = _one(found, "1", found["first"], today, today)
        last = _one(found, "2", found["last"], today, first) if found["last"] else first
        return first, last
    if whole := _WHOLE_WEEK.search(clause):
        monday = today - timedelta(days=today.weekday()) + _weeks(whole["week"])
        begin = monday + timedelta(days=5 if whole["what"] == "周末" else 0)
        return max(begin, today), monday + timedelta(days=6 if whole["what"] == "周末" else 4)
    if "周末" in clause:
        saturday = today + timedelta(days=(5 - today.weekday()) % 7)
        return saturday, saturday + timedelta(days=1)
    return None


def _weeks(word: str | None) -> timedelta:
    return timedelta(weeks={"下": 1, "下下": 2}.get(word or "", 0))


def _one(found: re.Match[str], place: str, words: str, today: date, since: date) -> date:
    for word, days in _NEAR.items():
        if words.startswith(word):
            return today + timedelta(days=days)
    if name := found[f"day{place}"]:
        if found[f"week{place}"]:
            monday = today - timedelta(days=today.weekday()) + _weeks(found[f"week{place}"])
            return monday + timedelta(days=_weekday(name))
        return since + timedelta(days=(_weekday(name) - since.weekday()) % 7)
    return _calendar_day(int(found[f"month{place}"] or 0), int(found[f"date{place}"]), since, words)


def _calendar_day(month: int, day: int, since: date, words: str) -> date:
    try:
        found = date(since.year, month or since.month, day)
        if found >= since:
            return found
        if month:
            return found.replace(year=since.year + 1)
        following = (since.replace(day=1) + timedelta(days=32)).replace(day=1)
        return following.replace(day=day)
    except ValueError:
        raise Invalid(f"没有“{words}”这一天。") from None


# --- words ----------------------------------------------------------------------------------------------------------------------------


def day_words(first: date, last: date | None = None) -> str:
    """11 月 25 日（周三）, or from one day to another."""
    one = f"{first.month} 月 {first.day} 日（{WEEKDAYS[first.weekday()]}）"
    return one if last is None or last == first else f"{one}至 {day_words(last)}"


def plan_words(plan: Plan) -> str:
    """A plan in a line."""
    facts = [f"在{plan.place}"] if plan.place else []
    if plan.shifts is not None:
        facts.append(shifts_text(plan.shifts) if plan.shifts else "不接单")
    if plan.note:
        facts.append(plan.note)
    return f"{day_words(plan.first, plan.last)} {'，'.join(facts)}"


def from_now(plans: Iterable[Plan], today: date) -> tuple[Plan, ...]:
    """The plans that are not over, in order."""
    return tuple(sorted((plan for plan in plans if plan.last >= today), key=lambda plan: plan.first))
