"""Numbers with what they count, and when two of them may be compared."""

import pytest

from bot.rules.quantities import Bound, Measure, Quantity, quantities, reaches, same_thing


def one(text: str) -> Quantity:
    (only,) = quantities(text)
    return only


@pytest.mark.parametrize(
    ("text", "value", "measure", "bound"),
    [
        ("配备不少于3名专职讲师", 3, Measure.PEOPLE, Bound.LEAST),
        ("成立满三年", 3 * 365, Measure.DURATION, Bound.LEAST),
        ("培育期两年是吧", 2 * 365, Measure.DURATION, Bound.EXACT),
        ("公示5个工作日", 5, Measure.WORKDAYS, Bound.EXACT),
        ("上年度营业收入不低于1000万元", 1e7, Measure.MONEY, Bound.LEAST),
        ("去年营收三千万", 3e7, Measure.MONEY, Bound.EXACT),
        ("面积500平方米以上", 500, Measure.AREA, Bound.LEAST),
        ("占比不超过5%", 5, Measure.SHARE, Bound.MOST),
        ("讲师有2个", 2, Measure.PEOPLE, Bound.EXACT),
        ("一百二十人", 120, Measure.PEOPLE, Bound.EXACT),
        ("半年", 182.5, Measure.DURATION, Bound.EXACT),
        ("十二个月", 360, Measure.DURATION, Bound.EXACT),
    ],
)
def test_a_number_is_read_with_its_measure_and_bound(text: str, value: float, measure: Measure, bound: Bound) -> None:
    found = one(text)
    assert (found.value, found.measure, found.bound) == (value, measure, bound)


@pytest.mark.parametrize(
    "text", ["2026年5月15日", "近三年无违法记录", "第二年", "第3条", "每年一次", "今年", "一个中心"]
)
def test_dates_windows_and_ordinals_are_no_amounts(text: str) -> None:
    assert not [found for found in quantities(text) if found.measure is Measure.DURATION or found.words == "一个"]


def test_only_numbers_of_the_same_thing_are_compared() -> None:
    assert same_thing(one("我们有5个老师"), one("配备不少于3名专职讲师"))
    assert not same_thing(one("我们有20名工程师"), one("专职实训导师不少于5名"))
    assert not same_thing(one("公示两年"), one("设立为期一年的培育期"))
    assert same_thing(one("我们注册五年了"), one("成立满三年"))


def test_enough_of_an_unknown_sort_is_not_known_to_be_enough() -> None:
    wanted = one("配备不少于3名专职讲师")
    assert reaches(one("专职讲师5名"), wanted) is True
    assert reaches(one("讲师5名"), wanted) is None
    assert reaches(one("兼职讲师5名"), wanted) is None
    assert reaches(one("讲师2名"), wanted) is False
