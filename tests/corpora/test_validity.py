"""Status is what a careful clerk would say on that day."""

from dataclasses import replace
from datetime import date

import pytest

from corpora.document import Document, Status
from corpora.validity import status_on
from tests.corpora.outlines import read

TODAY = date(2026, 11, 21)
BASE = replace(read("海川市工坊管理办法\n第一条 甲。\n"), issuer="海川市工信局")


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (replace(BASE, issued=date(2024, 1, 1), number="海工信发〔2024〕1号"), Status.IN_FORCE),
        (replace(BASE, issued=date(2024, 1, 1), valid_until=TODAY), Status.IN_FORCE),
        (replace(BASE, issued=date(2024, 1, 1), valid_until=date(2026, 11, 20)), Status.EXPIRED),
        (replace(BASE, issued=date(2026, 11, 1), effective=date(2027, 1, 1)), Status.NOT_YET),
        (replace(BASE, issued=date(2026, 11, 1), draft=True), Status.DRAFT),
        (replace(BASE, issued=date(2024, 1, 1), digest=True, valid_until=date(2025, 1, 1)), Status.DIGEST),
        (replace(BASE, issued=date(2026, 2, 6), event=date(2026, 2, 9)), Status.EXPIRED),
        (replace(BASE, issued=date(2026, 11, 6), event=date(2026, 12, 9)), Status.IN_FORCE),
        (BASE, Status.UNKNOWN),
        (replace(BASE, title="一次参观", issuer=None, issued=date(2024, 1, 1)), Status.UNKNOWN),
    ],
)
def test_status_on_a_day(document: Document, status: Status) -> None:
    assert status_on(document, TODAY) is status


def test_a_superseded_text_is_superseded_whatever_its_dates() -> None:
    document = replace(BASE, issued=date(2024, 1, 1), valid_until=date(2030, 1, 1))
    assert status_on(document, TODAY, superseded=True) is Status.SUPERSEDED


def test_a_period_of_two_years_ends_on_the_day_before_its_anniversary() -> None:
    document = replace(BASE, issued=date(2026, 5, 15), valid_until=date(2028, 5, 14))
    assert status_on(document, date(2028, 5, 14)) is Status.IN_FORCE
    assert status_on(document, date(2028, 5, 15)) is Status.EXPIRED
