"""When and where an engineer works, and what he says of it."""

from datetime import date, datetime, time, timedelta

import pytest

from bot.errors import Invalid
from bot.rules import availability
from bot.rules.availability import Plan, Timetable, check_plan, plan_words, read, read_week, shifts_text, week_text
from bot.rules.worktime import CHINA, Hours

TUESDAY = date(2026, 11, 24)
CENTRE = Hours()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("周三我在青岛，下午有空", ["11 月 25 日（周三） 在青岛，13:30-17:30"]),
        ("下周一到周三请假", ["11 月 30 日（周一）至 12 月 2 日（周三） 不接单"]),
        ("明天上午没空", ["11 月 25 日（周三） 13:30-17:30"]),
        ("25号在潍坊", ["11 月 25 日（周三） 在潍坊"]),
        ("周六有空", ["11 月 28 日（周六） 09:00-12:00,13:30-17:30"]),
        ("这周都忙", ["11 月 24 日（周二）至 11 月 27 日（周五） 不接单"]),
        ("周五下午3点以后有时间", ["11 月 27 日（周五） 15:00-21:00"]),
        ("周三下午2点到5点可以上门", ["11 月 25 日（周三） 14:00-17:00"]),
        ("下周一至下周三去烟台出差", ["11 月 30 日（周一）至 12 月 2 日（周三） 在烟台，不接单"]),
        ("我周三不在，周四上午可以", ["11 月 25 日（周三） 不接单", "11 月 26 日（周四） 09:00-12:00"]),
        ("12月1日到5日休假", ["12 月 1 日（周二）至 12 月 5 日（周六） 不接单"]),
        ("1月5日请假", ["1 月 5 日（周二） 不接单"]),
        ("周末休息", ["11 月 28 日（周六）至 11 月 29 日（周日） 不接单"]),
    ],
)
def test_what_an_engineer_says_is_understood(said: str, understood: list[str]) -> None:
    assert [plan_words(plan) for plan in read(said, TUESDAY, CENTRE)] == understood


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("有空", "没看出是哪一天"),
        ("周四", "没有写时间，也没有写地点"),
        ("32号有空", "没有“32号”这一天"),
        ("本周一有空", "已经过去了"),
        ("周三上午有空，周三下午没空", "重叠"),
    ],
)
def test_what_says_nothing_is_refused(said: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        read(said, TUESDAY, CENTRE)


def test_a_week_is_read_and_said_again() -> None:
    week = read_week("周一至周五 9:00-17:00；周六 9点到12点", CENTRE.shifts)
    assert week_text(week) == "周一至周五 09:00-17:00；周六 09:00-12:00；周日 休息"
    assert read_week(week_text(week), CENTRE.shifts) == week
    assert read_week("周三 休息", CENTRE.shifts)[0] == CENTRE.shifts[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("周一 9:00-12:00,11:00-13:00", "重叠"),
        ("周一 17:00-9:00", "颠倒"),
        ("每天 休息", "没有一天上班"),
        ("工作日 9:00-12:00；周三 休息", "周三写了两次"),
        ("随便", "没有写是哪天"),
        ("  ", "请写每周的工作时间"),
    ],
)
def test_nonsense_in_a_week_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        read_week(text, CENTRE.shifts)


def test_plans_never_overlap_and_lie_within_a_year() -> None:
    held = Plan(date(2026, 11, 25), date(2026, 11, 27), ())
    for plan, sentence in (
        (Plan(date(2026, 11, 27), date(2026, 11, 28), ()), "重叠"),
        (Plan(date(2026, 11, 28), date(2026, 11, 26), ()), "早于"),
        (Plan(date(2026, 11, 1), date(2026, 11, 2), ()), "已经过去"),
        (Plan(date(2028, 1, 1), date(2028, 1, 1), ()), "一年以内"),
    ):
        with pytest.raises(Invalid, match=sentence):
            check_plan(plan, [held], TUESDAY)
    check_plan(Plan(date(2026, 11, 28), date(2026, 11, 28), None, "青岛"), [held], TUESDAY)


def test_a_plan_outweighs_the_week_on_its_days() -> None:
    plans = (
        Plan(date(2026, 11, 25), date(2026, 11, 25), ((time(13, 30), time(17, 30)),), "青岛"),
        Plan(date(2026, 11, 26), date(2026, 11, 27), ()),
    )
    table = Timetable(CENTRE, "潍坊", plans)
    assert table.away(at(24, 10)) == timedelta(0)
    assert table.away(at(25, 10)) == timedelta(hours=3, minutes=30)
    assert table.away(at(25, 18)) == at(30, 9) - at(25, 18)
    assert [table.place_on(date(2026, 11, day)) for day in (24, 25, 26)] == ["潍坊", "青岛", "潍坊"]


def test_who_is_away_for_long_is_not_waited_for() -> None:
    table = Timetable(CENTRE, None, (Plan(TUESDAY, date(2026, 12, 31), ()),))
    assert table.away(at(24, 10)) is None


def test_places_and_languages_are_checked() -> None:
    assert availability.checked_place("山东青岛") == "青岛"
    assert availability.checked_place(" ") is None
    with pytest.raises(Invalid, match="不认识地点"):
        availability.checked_place("月球")
    assert availability.checked_languages(["英语", "日文", "en", "中文"]) == ["en", "ja"]
    with pytest.raises(Invalid, match="不认识语言"):
        availability.checked_languages(["火星语"])


def test_hours_of_a_day_are_said_and_read_again() -> None:
    shifts = availability.read_shifts("9:00-12:00,18:00-24:00")
    assert shifts_text(shifts) == "09:00-12:00,18:00-24:00"
    assert availability.read_shifts(shifts_text(shifts)) == shifts
    with pytest.raises(Invalid, match="看不懂"):
        availability.read_shifts("25:00-26:00")
