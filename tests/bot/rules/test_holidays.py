"""Public holidays: what comes with the program, a year's notice that checks itself, the table that is kept."""

import re
from datetime import date, datetime, timedelta

import pytest

from bot.rules.holidays import Calendar, Year, as_toml, from_toml, read_notice, shipped
from bot.rules.worktime import CHINA, Hours, add_working, is_open, promise, working_between

NOTICE = """关于2026年部分节假日安排的通知
现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""


def test_the_shipped_year_is_the_one_that_was_announced() -> None:
    assert read_notice(NOTICE) == shipped().years[2026]


def told_for(year: int, changes: dict[str, str]) -> str:
    """The notice as of another year, without weekdays; its days are not those that were announced."""
    words = re.sub(r"（[^）]*）", "", NOTICE.replace("2026年", f"{year}年"))
    for told, instead in changes.items():
        assert told in words
        words = words.replace(told, instead)
    return words


def test_a_holiday_may_begin_in_the_old_year() -> None:
    year = read_notice(
        told_for(
            2023,
            {
                "1月1日至3日放假": "2022年12月31日至2023年1月2日放假",
                "1月4日上班": "1月7日上班",
                "2月14日、2月28日": "2月25日",
                "5月9日": "5月6日",
                "10月1日至7日放假调休，共7天": "10月1日至6日放假调休，共6天",
                "9月20日、10月10日": "10月7日",
            },
        )
    )
    assert {date(2022, 12, 31), date(2023, 1, 1), date(2023, 1, 2)} <= year.holidays
    assert date(2023, 1, 3) not in year.holidays
    assert date(2023, 1, 7) in year.workdays


@pytest.mark.parametrize(
    ("told", "instead", "sentence"),
    [
        ("2026年", "2027年", "对不上：2027-01-01 是周五"),
        ("共9天", "共8天", "日期共 9 天"),
        ("五、端午节：6月19日（周五）至21日（周日）放假，共3天。", "", "没有端午"),
        ("10月10日（周六）", "10月32日", "不是一个日子"),
        ("5月9日（周六）", "5月11日", "本来就上班"),
        ("2月28日（周六）", "2月21日（周六）", "2026-02-21 既放假又上班"),
        ("至5日（周二）放假调休，共5天", "至25日放假调休", "不像一个假期"),
        ("关于2026年部分节假日安排的通知", "值班表", "找不到"),
    ],
)
def test_a_notice_that_does_not_agree_with_itself_is_refused(told: str, instead: str, sentence: str) -> None:
    words = NOTICE.replace(told, instead)
    if told.startswith("五"):
        words = words.replace("端午节、", "")
    with pytest.raises(ValueError, match=r".") as refused:
        read_notice(words)
    assert sentence in str(refused.value)


def test_the_table_gives_back_what_was_put_into_it() -> None:
    year = shipped().years[2026]
    assert from_toml(as_toml([year]).encode()) == (year,)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("\xff".encode("latin-1"), "UTF-8"),
        (b"[2027", "写法有误"),
        (b"[1999]\nholidays = [1999-01-01]", "应是年份"),
        (b"[2027]\nfeast = [2027-01-01]", "只有 holidays 和 workdays"),
        (b'[2027]\nholidays = ["2027-01-01"]', "不加引号"),
        (b"[2027]\nholidays = [2027-01-01T00:00:00]", "不加引号"),
        (b"[2027]\nholidays = []", "没有一个放假的日子"),
        (b"[2027]\nholidays = [2028-01-01]", "不在 2027 年"),
    ],
)
def test_a_table_that_is_none_is_refused(table: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        from_toml(table)


def test_a_year_of_ones_own_outweighs_the_shipped_one() -> None:
    own = Year(2026, frozenset({date(2026, 1, 1)}), frozenset())
    assert shipped().with_years([own]).years == {2026: own}


def test_the_end_of_what_is_known_is_said_in_time() -> None:
    known = shipped()
    assert known.unknown_soon(date(2026, 11, 1)) is None
    assert known.unknown_soon(date(2026, 11, 2)) == 2027
    assert known.unknown_soon(date(2027, 3, 1)) == 2027
    assert (
        known.with_years([Year(2027, frozenset({date(2027, 1, 1)}), frozenset())]).unknown_soon(date(2027, 3, 1))
        is None
    )
    assert Calendar({}).unknown_soon(date(2026, 5, 5)) == 2026


HOURS = Hours(holidays=shipped().holidays, workdays=shipped().workdays)


def test_every_quarter_of_an_hour_of_the_year_is_open_as_a_slow_reference_says() -> None:
    year = shipped().years[2026]
    start = datetime(2026, 1, 1, tzinfo=CHINA)
    differing = []
    for quarter in range(365 * 24 * 4):
        at = start + timedelta(minutes=15 * quarter)
        worked = at.date() in year.workdays or (at.weekday() < 5 and at.date() not in year.holidays)
        minute = at.hour * 60 + at.minute
        if is_open(HOURS, at) != (worked and (540 <= minute < 720 or 810 <= minute < 1050)):
            differing.append(at)
    assert differing == []


def test_two_working_hours_before_a_long_holiday_end_after_it() -> None:
    eve = datetime(2026, 9, 30, 17, 0, tzinfo=CHINA)
    due = add_working(HOURS, eve, timedelta(hours=2))
    assert due == datetime(2026, 10, 8, 10, 30, tzinfo=CHINA)
    assert working_between(HOURS, eve, due) == timedelta(hours=2)
    assert promise(HOURS, datetime(2026, 10, 3, 10, tzinfo=CHINA), due) == (
        "今天休息，工程师会在 10 月 8 日（周四）9:00 上班后、10:30 前回复。"
    )


def test_a_saturday_worked_in_exchange_counts() -> None:
    assert is_open(HOURS, datetime(2026, 2, 14, 10, tzinfo=CHINA))
    assert not is_open(HOURS, datetime(2026, 2, 16, 10, tzinfo=CHINA))
