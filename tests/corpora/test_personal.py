"""Personal numbers are found; numbers of organisations, amounts and document numbers are not."""

from pathlib import Path

import pytest

from corpora.personal import find


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("（联系人：张敏，86000000,13800000001）", ["86000000", "13800000001"]),
        ("电话：0532-86000000转803", ["0532-86000000转803"]),
        ("手机138 0000 0001", ["138 0000 0001"]),
        ("致电(010)62000000", ["(010)62000000"]),
        ("身份证 11010519491231002X", ["11010519491231002X"]),
        ("邮箱 wang.qiang@example.com。", ["wang.qiang@example.com"]),
        ("卡号 6222020200112233445", ["6222020200112233445"]),
    ],
)
def test_personal_numbers_are_found(text: str, numbers: list[str]) -> None:
    assert [text[a:b] for a, b in find(text)] == numbers


@pytest.mark.parametrize(
    "text",
    [
        "统一社会信用代码91350100M000100Y43",
        "湘工信人教〔2026〕187号",
        "产值达到23456789元",
        "编号20240101",
        "110105194912310021",  # the check digit is wrong
        "2026年2月9日上午09:30",
        "单价12345678901元",
        "GB/T 1804-2000",
    ],
)
def test_other_numbers_are_not(text: str) -> None:
    assert find(text) == ()


def test_the_numbers_in_the_real_notice_are_found(seeds: Path) -> None:
    text = (seeds / "reference-plan-and-meeting-notice.txt").read_text("utf-8")
    assert [text[a:b] for a, b in find(text)] == ["86000000", "13800000001", "13800000002"]
