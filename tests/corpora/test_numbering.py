"""Numbers are read off lines as people print them, and only there."""

import pytest

from corpora.numbering import Style, han_value, read_mark


@pytest.mark.parametrize(
    ("line", "style", "values", "name"),
    [
        ("第七条  中心应当", Style.ARTICLE, (7,), "第七条"),
        ("第十二条之一 工坊可以", Style.ARTICLE, (12, 1), "第十二条之一"),
        ("第 3 条 费用", Style.ARTICLE, (3,), "第3条"),
        ("第二编 分则", Style.PART, (2,), "第二编"),
        ("第一百零三章 附　则", Style.CHAPTER, (103,), "第一百零三章"),
        ("一、总体要求", Style.HAN_COMMA, (1,), "一、"),
        ("十二、附则", Style.HAN_COMMA, (12,), "十二、"),
        ("（三) 聚焦", Style.HAN_BRACKET, (3,), "（三）"),
        ("(三）聚焦", Style.HAN_BRACKET, (3,), "（三）"),
        ("  （1） 申报推荐", Style.DIGIT_BRACKET, (1,), "（1）"),
        (" 1、 总则", Style.DIGIT_COMMA, (1,), "1、"),
        ("2.师资力量", Style.DIGIT_POINT, (2,), "2."),
        ("２．师资力量", Style.DIGIT_POINT, (2,), "2."),
        ("2.1人才", Style.DECIMAL, (2, 1), "2.1"),
        ("3.2.1 步骤", Style.DECIMAL, (3, 2, 1), "3.2.1"),
        ("2）检查", Style.DIGIT_HALF, (2,), "2）"),
        ("②钳工", Style.CIRCLED, (2,), "②"),
    ],
)
def test_a_number_is_read_with_its_style_and_value(line: str, style: Style, values: tuple[int, ...], name: str) -> None:
    mark = read_mark(line)
    assert mark is not None
    assert (mark.style, mark.values, mark.name) == (style, values, name)


@pytest.mark.parametrize(
    "line",
    [
        "第七条规定的条件，适用于企业。",
        "第二章的规定从其规定。",
        "第三方机构负责评审。",
        "第一条、第二条同时适用。",
        "2024年5月",
        "1.5亿元用于补贴",
        "3.14",
        "一方面要加强",
        "（以下简称中心）",
        "百年大计",
        "",
    ],
)
def test_what_only_looks_like_a_number_is_none(line: str) -> None:
    assert read_mark(line) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("十", 10), ("二十三", 23), ("一百零三", 103), ("二〇二四", 2024), ("两", 2), ("7", 7), ("甲", None)],
)
def test_chinese_numerals_have_their_value(text: str, value: int | None) -> None:
    assert han_value(text) == value
