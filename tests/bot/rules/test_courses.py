"""What a person wants of a course."""

from datetime import date, timedelta

import pytest

from bot.rules.courses import CourseWish, carry, conditions, is_full, is_past, order, parse, topic_fit, yuan
from corpora.document import Course

TODAY = date(2026, 11, 18)  # a Wednesday


def wish(text: str, *places: str) -> CourseWish:
    return parse(text, today=TODAY, known_places=places)


def row(
    id: str = "a", title: str = "PLC 入门班", start: date | None = TODAY + timedelta(days=10), **known: object
) -> Course:
    facts: dict[str, object] = {
        "end": None,
        "hours": "9:00-17:00",
        "place": "长沙 · 实训室",
        "price": 1800,
        "seats": 5,
        "level": "入门",
        "summary": "梯形图",
    }
    return Course(id, title, start, span=(0, 0), **(facts | known))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("两千", 2000),
        ("2000", 2000),
        ("2k", 2000),
        ("1.5千", 1500),
        ("一千五", 1500),
        ("三千零五十", 3050),
        ("一万二", 12000),
        ("八百", 800),
        ("十五", 15),
        ("便宜", None),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, amount: int | None):
    assert yuan(text) == amount


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("两千块以内的课", None, 2000),
        ("不超过1500元", None, 1500),
        ("预算三千", None, 3000),
        ("1000到3000的班", 1000, 3000),
        ("免费的课", None, 0),
        ("两千以上的", 2000, None),
        ("三天以内的课", None, None),
        ("有没有 PLC 课", None, None),
    ],
)
def test_the_price_is_understood(text: str, low: int | None, high: int | None):
    made = wish(text)
    assert (made.min_price, made.max_price) == (low, high)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("本周末的课", date(2026, 11, 21), date(2026, 11, 22)),
        ("下周末有课吗", date(2026, 11, 28), date(2026, 11, 29)),
        ("下周有什么课", date(2026, 11, 23), date(2026, 11, 29)),
        ("这个月还有课吗", date(2026, 11, 18), date(2026, 11, 30)),
        ("下个月的课", date(2026, 12, 1), date(2026, 12, 31)),
        ("12月有什么课", date(2026, 12, 1), date(2026, 12, 31)),
        ("一月份的课", date(2027, 1, 1), date(2027, 1, 31)),
        ("12月5号的课", date(2026, 12, 5), date(2026, 12, 5)),
        ("明天有课吗", date(2026, 11, 19), date(2026, 11, 19)),
        ("下周六有课吗", date(2026, 11, 28), date(2026, 11, 28)),
        ("上个月有哪些课", date(2026, 10, 1), date(2026, 10, 31)),
        ("年底前的课", date(2026, 11, 18), date(2026, 12, 31)),
    ],
)
def test_time_words_are_taken_from_today(text: str, first: date, last: date):
    assert wish(text).window == (first, last)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("周末有没有 PLC 的课，两千块以内", "PLC"),
        ("零基础想学数控", "数控"),
        ("下个月有什么机器人课程", "机器人"),
        ("最近有什么课", ""),
        ("有没有焊工的培训班", "焊工"),
        ("晚上在长沙上的变频器课还有名额吗", "变频器"),
    ],
)
def test_the_topic_is_what_is_left(text: str, topic: str):
    assert wish(text, "长沙 · 实训室").topic.replace(" ", "") == topic


def test_conditions_hold_for_the_rows_that_fit():
    made = wish("周末有没有 PLC 的课，两千块以内，在长沙，零基础", "长沙 · 实训室")
    tests = conditions(made)
    assert set(tests) == {"time", "price", "place", "level"}
    assert all(test(row()) for test in tests.values())
    assert not tests["time"](row(start=date(2026, 11, 30)))
    assert tests["time"](row(start=date(2026, 11, 30), hours="周六、周日 9:00-17:00"))
    assert not tests["price"](row(price=2001))
    assert not tests["price"](row(price=None))
    assert not tests["place"](row(place="青岛"))
    assert not tests["level"](row(level="高级"))


def test_evening_is_read_from_the_hours():
    evening = conditions(wish("晚上的课"))["evening"]
    assert evening(row(hours="周二、周四 19:00-21:30"))
    assert not evening(row())


def test_online_and_on_site_are_conditions():
    assert conditions(wish("线上的课"))["online"](row(online=True))
    assert not conditions(wish("线下的课"))["online"](row(online=True))


def test_a_course_that_has_begun_or_is_full_is_known():
    assert is_past(row(start=TODAY - timedelta(days=1)), TODAY)
    assert not is_past(row(start=TODAY), TODAY)
    assert is_full(row(seats=0))
    assert not is_full(row(seats=None))


def test_the_earliest_comes_first_and_the_cheapest_where_asked():
    early, cheap = row("early", start=TODAY + timedelta(days=1)), row("cheap", price=10)
    assert [course.id for course in order([(cheap, 1.0), (early, 1.0)], wish("课"))] == ["early", "cheap"]
    assert [course.id for course in order([(cheap, 1.0), (early, 1.0)], wish("便宜的课"))] == ["cheap", "early"]


def test_a_topic_in_the_title_fits_better_than_one_in_the_summary():
    assert topic_fit("PLC", row()) > topic_fit("梯形图", row()) > topic_fit("瑜伽", row()) == 0.0


def test_a_follow_up_keeps_what_it_does_not_change():
    made = carry(wish("周末有没有 PLC 的课，两千块以内"), wish("那下个月的呢"))
    assert made.topic == "PLC"
    assert made.max_price == 2000
    assert made.window == (date(2026, 12, 1), date(2026, 12, 31))
    assert not made.weekdays
