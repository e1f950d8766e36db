"""The time that a question about validity names."""

from datetime import date

import pytest

from bot.rules.moments import asked_moment

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025年那会儿还有效吗", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025年2月有效吗", date(2025, 2, 1), date(2025, 2, 28)),
        ("2026-05-01还管用吗", date(2026, 5, 1), date(2026, 5, 1)),
        ("去年有效吗", date(2025, 1, 1), date(2025, 12, 31)),
        ("到明年底还有效吗", date(2027, 12, 1), date(2027, 12, 31)),
    ],
)
def test_a_time_is_read(text: str, first: date, last: date) -> None:
    moment = asked_moment(text, TODAY)
    assert moment is not None
    assert (moment.first, moment.last) == (first, last)


@pytest.mark.parametrize(
    "text", ["现在还有效吗", "今年还有效吗", "湘〔2026〕187号还有效吗", "《2025年计划》有效吗", "2025年2月30日有效吗"]
)
def test_today_numbers_of_documents_and_impossible_days_are_none(text: str) -> None:
    assert asked_moment(text, TODAY) is None
