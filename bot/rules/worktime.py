"""The centre's working time: when it is open, when a number of working hours is over, and what may honestly be promised. Pure.

All moments are aware datetimes and come back in the time of China, which has known no summer time since 1991. What the year's holidays are
is told by the caller; without them plain weekdays hold.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from bot.profile import WEEKDAYS

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
SEARCH_DAYS = 400  # a centre that opens on none of them is taken for one that never opens
MIDNIGHT = time(0)

Shift = tuple[time, time]  # from and to; a `to` of 0:00 is the end of the day
_WEEKDAY: tuple[Shift, ...] = ((time(9), time(12)), (time(13, 30), time(17, 30)))
DEFAULT_SHIFTS: tuple[tuple[Shift, ...], ...] = (_WEEKDAY,) * 5 + ((),) * 2


@dataclass(frozen=True, slots=True)
class Hours:
    """When the centre works.

    Attributes:
        shifts: Seven days, Monday first; the shifts of a day ascend and stand apart. An empty day is closed.
        holidays: Days that are closed whatever the weekday.
        workdays: Days that are worked in exchange (调休), as the first open day of the week is; they outweigh `holidays`.

    Raises:
        ValueError: not seven days, shifts that overlap or end before they begin, or no open day in the week.
    """

    shifts: tuple[tuple[Shift, ...], ...] = DEFAULT_SHIFTS
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if len(self.shifts) != len(WEEKDAYS):
            raise ValueError(f"工作时间要有七天，现在是 {len(self.shifts)} 天。")
        for day, shifts in zip(WEEKDAYS, self.shifts, strict=True):
            bounds = [minute for begin, end in shifts for minute in (_minute(begin), _minute(end) or 24 * 60)]
            if any(second <= first for first, second in zip(bounds, bounds[1:], strict=False)):
                raise ValueError(f"{day}的时段前后颠倒或重叠。")
        if not any(self.shifts):
            raise ValueError("一周里没有一天上班。")


def parse(
    hours_by_day: Iterable[tuple[str, str]],
    *,
    holidays: frozenset[date] = frozenset(),
    workdays: frozenset[date] = frozenset(),
) -> Hours:
    """The working time that the profile states; a day that is not set is as in DEFAULT_SHIFTS.

    Args:
        hours_by_day: Pairs such as ("周一", "9:00-12:00,13:30-17:30"), ("周日", "休息"); the wide forms of digits and signs, 9点半,
            上午 and 下午, 全天 and a lunch break (9:00-17:30，午休 12:00-13:30) are understood.

    Raises:
        ValueError: a day or a text that is not understood, named in the message, or no open day at all.
    """
    shifts = list(DEFAULT_SHIFTS)
    for day, text in hours_by_day:
        if day not in WEEKDAYS:
            raise ValueError(f"不认识的日子“{day}”，请写 {'、'.join(WEEKDAYS)}。")
        shifts[WEEKDAYS.index(day)] = read_day(day, text)
    return Hours(tuple(shifts), holidays, workdays)


def is_open(hours: Hours, at: datetime) -> bool:
    """Whether the centre works at this moment; the first second of a shift counts, the last does not."""
    return next_open(hours, at) == at


def next_open(hours: Hours, at: datetime) -> datetime:
    """`at` itself while the centre works, else the next opening.

    Raises:
        ValueError: `at` has no time zone, or there is no opening within SEARCH_DAYS days.
    """
    at = _here(at)
    for begin, end in _open_times(hours, at.date()):
        if at < end:
            return max(at, begin)
    raise AssertionError("the open times do not end")  # pragma: no cover


def add_working(hours: Hours, at: datetime, duration: timedelta) -> datetime:
    """The moment at which `duration` of working time has passed since `at`.

    It lies within a shift, its last moment included: what is due at closing time is due then and not the next morning. Nothing to wait for
    while the centre is closed is due when it opens.

    Raises:
        ValueError: a negative duration, or as for `next_open`.
    """
    if duration < timedelta(0):
        raise ValueError("要加的工作时间不能是负数。")
    at = _here(at)
    for begin, end in _open_times(hours, at.date()):
        begin = max(begin, at)
        if begin < end:
            if begin + duration <= end:
                return begin + duration
            duration -= end - begin
    raise AssertionError("the open times do not end")  # pragma: no cover


def working_between(hours: Hours, a: datetime, b: datetime) -> timedelta:
    """How much working time lies between two moments; nothing where `b` is not after `a`, as when a clock was set back.

    Raises:
        ValueError: a moment without a time zone.
    """
    a, b = _here(a), _here(b)
    total = timedelta(0)
    day = a.date()
    while day <= b.date():
        for begin, end in open_on(hours, day):
            total += max(min(end, b) - max(begin, a), timedelta(0))
        day += timedelta(days=1)
    return total


def promise(hours: Hours, now: datetime, due: datetime) -> str:
    """One sentence for the firm: by when an engineer answers, and why not sooner while the centre is closed.

    Times are rounded up to the minute, so that what is kept inside is kept as it was said.
    """
    now, due = _here(now), _here(due)
    if due <= now:
        return f"原定 {_moment(now, due)} 前回复，现在已经晚了。"
    opens, shown = next_open(hours, now), _minute_up(due)
    if now < opens < due:
        until = _clock(shown) if shown.date() == opens.date() else _moment(now, shown)
        return f"{_pause(hours, now)}，工程师会在 {_moment(now, opens)} 上班后、{until} 前回复。"
    if due <= opens or working_between(hours, now, due) == due - now:
        return f"工程师会在 {_span(due - now)}内（{_moment(now, shown)} 前）回复。"
    return f"工程师会在 {_moment(now, shown)} 前回复。"  # a break or a night lies between: hours would be counted wrong


# --- open times -----------------------------------------------------------------------------------------------------------------------


def _here(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError("时间没有时区。")
    return at.astimezone(CHINA)


def _open_times(hours: Hours, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The open times from that day on, without end."""
    idle = 0
    while True:
        shifts = open_on(hours, day)
        yield from shifts
        idle = 0 if shifts else idle + 1
        if idle > SEARCH_DAYS:
            raise ValueError(f"{day:%Y-%m-%d} 以前连续 {SEARCH_DAYS} 天都不上班，请检查节假日。")
        day += timedelta(days=1)


def open_on(hours: Hours, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """From when to when is worked on this day, in order; nothing on a day that is free."""
    if day in hours.workdays:
        shifts = next(shifts for shifts in hours.shifts if shifts)
    elif day in hours.holidays:
        return ()
    else:
        shifts = hours.shifts[day.weekday()]
    return tuple(
        (datetime.combine(day, begin, CHINA), datetime.combine(day + timedelta(days=end == MIDNIGHT), end, CHINA))
        for begin, end in shifts
    )


# --- the profile's texts --------------------------------------------------------------------------------------------------------------

_CLOSED = re.compile(r"(?:全天|整天|当天)?(?:休息|休|不上班|不开门|关门|闭馆|放假|歇业|不营业|无)")
_ALL_DAY = re.compile(r"全天(?:候|开放|营业)?|24小时(?:值班|营业|服务|开放)?|0?0:00-24:00")
_RANGE = re.compile(r"(?P<begin>[^-,]+)-(?P<end>[^-,]+)")
_TIME = re.compile(
    r"(?P<half>凌晨|早上|早|上午|中午|下午|晚上|晚)?(?P<hour>\d{1,2})(?::(?P<minute>\d{2})|[点时](?:(?P<words>\d{1,2})分?|(?P<thirty>半))?)?"
)
_LUNCH = re.compile(r"(?:中午|午间|中间)?(?:午休|休息)(?:时间)?:?(?P<range>[^,]+-[^,]+)")


def read_day(day: str, text: str) -> tuple[Shift, ...]:
    """The shifts that a text names: 9:00-12:00,13:30-17:30, 上午9点到12点, 全天, 休息; `day` is what the refusal calls it.

    Raises:
        ValueError: it is not understood, or the shifts overlap or run backwards.
    """
    wide = unicodedata.normalize("NFKC", text).strip()
    plain = re.sub(r"\s+", "", re.sub(r"(?<=[\d点半])\s*(?=[上下]午|晚)|(?<=[\d点半])\s+(?=\d)", ",", wide))
    plain = re.sub(r"[–—―−~〜至到]+|-{2,}", "-", re.sub(r"[、;/和()。]", ",", plain)).strip(",")
    if _CLOSED.fullmatch(plain):
        return ()
    if _ALL_DAY.fullmatch(plain):
        return ((MIDNIGHT, MIDNIGHT),)
    try:
        lunch = _LUNCH.search(plain)
        shifts = [_shift(part) for part in _LUNCH.sub("", plain).split(",") if part]
        if lunch:
            shifts = [piece for shift in shifts for piece in _without(shift, _shift(lunch["range"]))]
    except ValueError:
        shifts = []
    bounds = [minute for shift in shifts for minute in shift]
    if not bounds or any(second <= first for first, second in zip(bounds, bounds[1:], strict=False)):
        raise ValueError(f"{day}的时间“{text}”看不懂，请写成 9:00-12:00,13:30-17:30，不上班写“休息”。")
    return tuple((_time(begin), _time(end)) for begin, end in shifts)


def _shift(text: str) -> tuple[int, int]:
    """A range of minutes since midnight; the afternoon of 下午1:30-5:30 holds for its end too."""
    found = _RANGE.fullmatch(text)
    begin, end = found and _TIME.fullmatch(found["begin"]), found and _TIME.fullmatch(found["end"])
    if not begin or not end:
        raise ValueError(text)
    first = _since_midnight(begin, begin["half"])
    return first, _since_midnight(end, end["half"] or (begin["half"] if int(end["hour"]) < 12 else None))


def _since_midnight(found: re.Match[str], half: str | None) -> int:
    hour = int(found["hour"])
    minute = 30 if found["thirty"] else int(found["minute"] or found["words"] or 0)
    if half in ("下午", "晚上", "晚") and hour < 12:
        hour += 12
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise ValueError(found[0])
    return hour * 60 + minute


def _without(shift: tuple[int, int], pause: tuple[int, int]) -> list[tuple[int, int]]:
    (begin, end), (since, until) = shift, pause
    if not begin < since < until < end:
        return [shift]
    return [(begin, since), (until, end)]


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


# --- words ----------------------------------------------------------------------------------------------------------------------------


def _pause(hours: Hours, now: datetime) -> str:
    """Why nobody answers now."""
    today = open_on(hours, now.date())
    if not today:
        return "今天休息"
    if now < today[0][0]:
        return "现在还没到上班时间"
    if now < today[-1][0]:
        return "现在是午休时间" if now.hour in range(11, 15) else "现在是休息时间"
    return "现在是下班时间"


def _moment(now: datetime, at: datetime) -> str:
    """今天 16:30, 明天（周一）9:00, 11 月 26 日（周三）9:00."""
    if at.time() == MIDNIGHT and at > now:  # midnight belongs to the day that ends
        return f"{_date(now, at.date() - timedelta(days=1))} 24:00"
    return (
        f"{_date(now, at.date())} {_clock(at)}" if at.date() == now.date() else f"{_date(now, at.date())}{_clock(at)}"
    )


def _date(now: datetime, day: date) -> str:
    weekday = WEEKDAYS[day.weekday()]
    near = {0: "今天", 1: f"明天（{weekday}）", 2: f"后天（{weekday}）"}
    year = f"{day.year} 年 " if day.year != now.year else ""
    return near.get((day - now.date()).days, f"{year}{day.month} 月 {day.day} 日（{weekday}）")


def _clock(at: datetime) -> str:
    return f"{at.hour}:{at.minute:02}"


def _minute_up(at: datetime) -> datetime:
    floor = at.replace(second=0, microsecond=0)
    return floor if floor == at else floor + timedelta(minutes=1)


def _span(duration: timedelta) -> str:
    minutes = -(-duration // timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    return " ".join(text for text, some in ((f"{hours} 小时", hours), (f"{rest} 分钟", rest)) if some)
