"""`wenzhen holidays`: known years, a notice taken in or refused, and the warning before they run out."""

from pathlib import Path

import pytest

from tests.bot.rules.test_holidays import NOTICE, told_for
from tests.handlers.commands.conftest import Run

NEXT = told_for(
    2027,
    {"1月4日": "1月9日", "2月14日、2月28日": "2月27日", "5月9日": "5月8日", "9月20日、10月10日": "10月9日"},
)


def warned(run: Run) -> bool:
    """Whether `doctor` says that a year is missing."""
    checks = {check["name"]: check for check in run("doctor", "--json").json["checks"]}
    return bool(checks["节假日"]["state"] == "warn")


def test_a_notice_is_kept_and_ends_the_warning(run: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENZHEN_TODAY", "2026-12-20")
    assert warned(run)
    (place / "notice.txt").write_bytes(NEXT.encode("gb18030"))
    taken = run("holidays", "import", "notice.txt", "--json").json
    assert (taken["year"], len(taken["holidays"]), taken["workdays"]) == (
        2027, 33, ["2027-01-09", "2027-02-27", "2027-05-08", "2027-10-09"]
    )  # fmt: skip
    assert [year["year"] for year in run("holidays", "list", "--json").json["items"]] == [2026, 2027]
    assert not warned(run)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (NOTICE.replace("2026年", "2027年").encode(), "是不是别的年份"),
        (b"", "找不到"),
        (b"\x00\xff\xfe" * 100, "找不到"),
        (b"a" * 200_000, "太大"),
    ],
)
def test_what_is_no_notice_changes_nothing(run: Run, place: Path, words: bytes, sentence: str) -> None:
    (place / "notice.txt").write_bytes(words)
    refused = run("holidays", "import", "notice.txt")
    assert refused.code == 2
    assert sentence in refused.sentence
    assert [year["year"] for year in run("holidays", "list", "--json").json["items"]] == [2026]


def test_a_notice_that_is_not_there(run: Run) -> None:
    refused = run("holidays", "import", "nowhere.txt")
    assert refused.code == 2
    assert "nowhere.txt" in refused.sentence


def test_a_broken_table_is_named(run: Run, place: Path) -> None:
    (place / "data").mkdir()
    (place / "data" / "holidays.toml").write_text("[2027")
    refused = run("holidays", "list")
    assert refused.code == 2
    assert "holidays.toml" in refused.sentence
