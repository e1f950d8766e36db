"""Working time: reading it, counting in it, promising by it."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.worktime import (
    CHINA,
    DEFAULT_SHIFTS,
    Hours,
    add_working,
    is_open,
    next_open,
    parse,
    promise,
    working_between,
)

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
PLAIN = Hours()
FULL_DAY = ((time(0), time(0)),)
MONDAY = date(2026, 11, 23)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment in the week of Monday 23 November 2026, day 0 being Monday."""
    return datetime(2026, 11, 23, hour, minute, second, tzinfo=CHINA) + timedelta(days=day)


def shifts_of(text: str) -> tuple[tuple[time, time], ...]:
    return parse([("周六", text)]).shifts[5]


# --- reading --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shifts"),
    [
        ("9:00-12:00,13:30-17:30", [(9, 0, 12, 0), (13, 30, 17, 30)]),
        ("9：00－12：00，13：30－17：30", [(9, 0, 12, 0), (13, 30, 17, 30)]),
        ("8:30—17:00", [(8, 30, 17, 0)]),
        ("8:30——17:00", [(8, 30, 17, 0)]),
        ("08:30~17:00", [(8, 30, 17, 0)]),
        ("8:30～17:00", [(8, 30, 17, 0)]),
        ("8:30至17:00", [(8, 30, 17, 0)]),
        ("８：３０到１７：００", [(8, 30, 17, 0)]),
        ("9:00 – 12:00； 13:30 – 17:30", [(9, 0, 12, 0), (13, 30, 17, 30)]),
        ("9:00-12:00 13:30-17:30", [(9, 0, 12, 0), (13, 30, 17, 30)]),
        ("上午9:00-12:00，下午1:30-5:30", [(9, 0, 12, 0), (13, 30, 17, 30)]),
        ("上午9:00-12:00下午13:30-17:30", [(9, 0, 12, 0), (13, 30, 17, 30)]),
        ("上午8点半到下午5点", [(8, 30, 17, 0)]),
        ("9点至17点30分", [(9, 0, 17, 30)]),
        ("9-17", [(9, 0, 17, 0)]),
        ("9:00-17:30（午休 12:00-13:30）", [(9, 0, 12, 0), (13, 30, 17, 30)]),
        ("9:00-17:30，中午休息12:00-13:30", [(9, 0, 12, 0), (13, 30, 17, 30)]),
        ("18:00-24:00", [(18, 0, 0, 0)]),
        ("8:00-12:00、14:00-18:00、19:00-21:00", [(8, 0, 12, 0), (14, 0, 18, 0), (19, 0, 21, 0)]),
        ("0:00-24:00", [(0, 0, 0, 0)]),
        ("全天", [(0, 0, 0, 0)]),
        ("24小时", [(0, 0, 0, 0)]),
        ("24 小时值班", [(0, 0, 0, 0)]),
        ("休息", []),
        (" 不上班 ", []),
        ("全天休息", []),
        ("放假", []),
    ],
)
def test_the_texts_of_a_profile_are_read(text: str, shifts: list[tuple[int, int, int, int]]):
    assert shifts_of(text) == tuple((time(a, b), time(c, d)) for a, b, c, d in shifts)


@pytest.mark.parametrize(
    "text",
    [
        "看情况",
        "",
        "9:00",
        "9:00-",
        "17:00-9:00",
        "9:00-9:00",
        "9:00-25:00",
        "9:70-12:00",
        "9:00-12:00,11:00-15:00",
        "13:30-17:30,9:00-12:00",
        "9:00-12:00,预约",
        "9:00-12:00-13:00",
        "上午",
    ],
)
def test_a_text_that_is_not_understood_is_named(text: str):
    with pytest.raises(ValueError, match=f"周三的时间“{text}”看不懂"):
        parse([("周三", text)])


def test_what_is_not_set_is_monday_to_friday():
    assert parse([]) == Hours(DEFAULT_SHIFTS)
    assert parse([("周六", "9:00-12:00")]).shifts == (*DEFAULT_SHIFTS[:5], ((time(9), time(12)),), ())


def test_an_unknown_day_and_a_week_without_work_are_refused():
    with pytest.raises(ValueError, match="不认识的日子“星期八”"):
        parse([("星期八", "休息")])
    with pytest.raises(ValueError, match="没有一天上班"):
        parse([(day, "休息") for day in WEEKDAYS])


@pytest.mark.parametrize(
    "shifts",
    [
        ((),) * 6,
        (((time(12), time(9)),), *((),) * 6),
        (((time(9), time(12)), (time(11), time(15))), *((),) * 6),
        (((time(0), time(0)), (time(9), time(10))), *((),) * 6),
    ],
)
def test_impossible_shifts_are_refused(shifts: tuple[tuple[tuple[time, time], ...], ...]):
    with pytest.raises(ValueError):
        Hours(shifts)


# --- counting -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (at(0, 8, 59, 59), False),
        (at(0, 9), True),
        (at(0, 11, 59, 59), True),
        (at(0, 12), False),
        (at(0, 13, 30), True),
        (at(0, 17, 30), False),
        (at(5, 10), False),
        (datetime(2026, 11, 23, 1, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), False),
    ],
)
def test_the_centre_is_open_within_a_shift(moment: datetime, open_: bool):
    assert is_open(PLAIN, moment) is open_


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (at(0, 10, 1, 2), at(0, 10, 1, 2)),
        (at(0, 12), at(0, 13, 30)),
        (at(0, 17, 30), at(1, 9)),
        (at(4, 18), at(7, 9)),
        (at(6, 23), at(7, 9)),
    ],
)
def test_the_next_opening(moment: datetime, opens: datetime):
    assert next_open(PLAIN, moment) == opens


@pytest.mark.parametrize(
    ("since", "minutes", "until"),
    [
        (at(0, 10), 60, at(0, 11)),
        (at(0, 11), 60, at(0, 12)),
        (at(0, 11), 61, at(0, 13, 31)),
        (at(0, 16, 30), 120, at(1, 10)),
        (at(0, 20), 120, at(1, 11)),
        (at(4, 17), 60, at(7, 9, 30)),
        (at(5, 11), 0, at(7, 9)),
        (at(0, 17, 30), 0, at(1, 9)),
        (at(0, 9), 7 * 60 * 5, at(4, 17, 30)),
    ],
)
def test_working_hours_are_added(since: datetime, minutes: int, until: datetime):
    assert add_working(PLAIN, since, timedelta(minutes=minutes)) == until


def test_working_time_between():
    assert working_between(PLAIN, at(0, 8), at(0, 18)) == timedelta(hours=7)
    assert working_between(PLAIN, at(4, 17), at(7, 9, 15)) == timedelta(minutes=45)
    assert working_between(PLAIN, at(5, 0), at(6, 23)) == timedelta(0)


def test_a_clock_that_was_set_back_counts_nothing():
    assert working_between(PLAIN, at(0, 15), at(0, 14)) == timedelta(0)


def test_a_holiday_is_closed_and_a_worked_saturday_is_open_as_a_weekday():
    hours = parse(
        [("周六", "10:00-11:00")],
        holidays=frozenset({MONDAY, MONDAY + timedelta(days=1)}),
        workdays=frozenset({MONDAY + timedelta(days=5)}),
    )
    assert next_open(hours, at(0, 10)) == at(2, 9)
    assert is_open(hours, at(5, 9, 30))
    assert is_open(hours, at(5, 14))
    assert not is_open(hours, at(12, 9, 30))


def test_a_day_that_is_both_is_worked():
    both = frozenset({MONDAY})
    assert is_open(Hours(holidays=both, workdays=both), at(0, 10))


def test_a_centre_that_never_sleeps_counts_plain_time():
    hours = Hours((FULL_DAY,) * 7)
    assert is_open(hours, at(6, 23, 59, 59))
    assert add_working(hours, at(5, 20), timedelta(hours=30)) == at(7, 2)
    assert working_between(hours, at(0, 1), at(9, 2)) == timedelta(days=9, hours=1)


def test_holidays_without_end_are_named():
    hours = Hours(holidays=frozenset(MONDAY + timedelta(days=day) for day in range(500)))
    with pytest.raises(ValueError, match="都不上班，请检查节假日"):
        next_open(hours, at(0, 10))


def test_a_moment_without_a_time_zone_and_a_negative_duration_are_refused():
    naive = datetime(2026, 11, 23, 10)  # noqa: DTZ001 - the point of the test
    for call in (is_open, next_open):
        with pytest.raises(ValueError, match="没有时区"):
            call(PLAIN, naive)
    with pytest.raises(ValueError, match="没有时区"):
        working_between(PLAIN, at(0, 9), naive)
    with pytest.raises(ValueError, match="负数"):
        add_working(PLAIN, at(0, 9), timedelta(seconds=-1))


# --- properties -----------------------------------------------------------------------------------------------------------------------

quarters = st.lists(st.integers(0, 96), unique=True, max_size=6).map(lambda marks: sorted(marks[: len(marks) // 2 * 2]))


def _shifts(marks: list[int]) -> tuple[tuple[time, time], ...]:
    moments = [time(mark // 4 % 24, mark % 4 * 15) for mark in marks]
    return tuple(zip(moments[::2], moments[1::2], strict=True))


days = st.dates(MONDAY - timedelta(days=10), MONDAY + timedelta(days=20))
hours_of_a_centre = st.builds(
    Hours,
    st.lists(quarters.map(_shifts), min_size=7, max_size=7).map(tuple).filter(any),
    st.frozensets(days, max_size=5),
    st.frozensets(days, max_size=3),
)
moments = st.datetimes(
    datetime(2026, 11, 16),  # noqa: DTZ001 - hypothesis wants naive bounds
    datetime(2026, 12, 6),  # noqa: DTZ001
    timezones=st.sampled_from([CHINA, UTC, timezone(timedelta(hours=-7))]),
)
durations = st.timedeltas(timedelta(0), timedelta(hours=80))
seeded = settings(max_examples=60, deadline=None, derandomize=True)


@seeded
@given(hours_of_a_centre, moments, durations)
def test_what_was_added_lies_between(hours: Hours, since: datetime, duration: timedelta):
    assert working_between(hours, since, add_working(hours, since, duration)) == duration


@seeded
@given(hours_of_a_centre, moments, durations)
def test_what_is_due_is_never_due_in_closed_time(hours: Hours, since: datetime, duration: timedelta):
    due = add_working(hours, since, duration)
    assert due >= since
    assert is_open(hours, due) or is_open(hours, due - timedelta(microseconds=1))


@seeded
@given(hours_of_a_centre, moments, moments, durations, durations)
def test_later_or_longer_is_never_due_earlier(
    hours: Hours, one: datetime, other: datetime, short: timedelta, more: timedelta
):
    early, late = sorted([one, other])
    assert add_working(hours, early, short) <= add_working(hours, late, short)
    assert add_working(hours, early, short) <= add_working(hours, early, short + more)


@seeded
@given(hours_of_a_centre, moments, moments, moments)
def test_working_time_adds_up(hours: Hours, one: datetime, other: datetime, third: datetime):
    a, b, c = sorted([one, other, third])
    assert working_between(hours, a, b) + working_between(hours, b, c) == working_between(hours, a, c)
    assert working_between(hours, a, c) <= c - a


@seeded
@given(hours_of_a_centre, moments)
def test_the_next_opening_is_open_and_nothing_is_open_before_it(hours: Hours, moment: datetime):
    opens = next_open(hours, moment)
    assert is_open(hours, opens)
    assert working_between(hours, moment, opens) == timedelta(0)


@seeded
@given(hours_of_a_centre, moments, durations)
def test_a_promise_can_be_made_at_any_moment(hours: Hours, now: datetime, duration: timedelta):
    due = add_working(hours, now, duration)
    said = promise(hours, now, due)
    assert said.endswith("。")
    assert ("上班后" in said) == (due > next_open(hours, now) > now)


# --- promises -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "due", "said"),
    [
        (at(0, 14, 30), at(0, 16, 30), "工程师会在 2 小时内（今天 16:30 前）回复。"),
        (at(0, 14, 30, 20), at(0, 16, 30, 20), "工程师会在 2 小时内（今天 16:31 前）回复。"),
        (at(0, 9), at(0, 9, 30), "工程师会在 30 分钟内（今天 9:30 前）回复。"),
        (at(0, 9), at(0, 10, 30), "工程师会在 1 小时 30 分钟内（今天 10:30 前）回复。"),
        (at(0, 11), at(0, 14, 30), "工程师会在 今天 14:30 前回复。"),
        (at(0, 17), at(1, 10, 30), "工程师会在 明天（周二）10:30 前回复。"),
        (at(0, 12, 10), at(0, 15, 30), "现在是午休时间，工程师会在 今天 13:30 上班后、15:30 前回复。"),
        (at(6, 20), at(7, 11), "今天休息，工程师会在 明天（周一）9:00 上班后、11:00 前回复。"),
        (at(0, 18), at(1, 11), "现在是下班时间，工程师会在 明天（周二）9:00 上班后、11:00 前回复。"),
        (at(0, 7), at(0, 11), "现在还没到上班时间，工程师会在 今天 9:00 上班后、11:00 前回复。"),
        (at(4, 18), at(7, 11), "现在是下班时间，工程师会在 11 月 30 日（周一）9:00 上班后、11:00 前回复。"),
        (at(5, 18), at(8, 11), "今天休息，工程师会在 后天（周一）9:00 上班后、12 月 1 日（周二）11:00 前回复。"),
        (at(0, 22), at(0, 22, 30), "工程师会在 30 分钟内（今天 22:30 前）回复。"),
        (at(0, 15), at(0, 14), "原定 今天 14:00 前回复，现在已经晚了。"),
        (at(1, 15), at(0, 14), "原定 11 月 23 日（周一）14:00 前回复，现在已经晚了。"),
    ],
)
def test_what_is_promised_is_what_will_be(now: datetime, due: datetime, said: str):
    assert promise(PLAIN, now, due) == said


def test_midnight_belongs_to_the_day_that_ends():
    hours = Hours((((time(18), time(0)),),) * 7)
    assert promise(hours, at(0, 22), at(1, 0)) == "工程师会在 2 小时内（今天 24:00 前）回复。"


def test_another_year_is_named():
    now = datetime(2026, 12, 25, 18, tzinfo=CHINA)
    hours = Hours(holidays=frozenset(date(2026, 12, 26) + timedelta(days=day) for day in range(9)))
    assert promise(hours, now, datetime(2027, 1, 4, 11, tzinfo=CHINA)) == (
        "现在是下班时间，工程师会在 2027 年 1 月 4 日（周一）9:00 上班后、11:00 前回复。"
    )
