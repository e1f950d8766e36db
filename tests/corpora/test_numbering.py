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
    ("line", "rest"),
    [
        ("第一条 目的", "目的"),
        ("第一条　目的和依据", "目的和依据"),
        ("第一条目的 为了规范工坊", "目的 为了规范工坊"),
        ("第二条 规定", "规定"),
        ("第二条 规定的解释", "规定的解释"),
        ("第二条 适用范围", "适用范围"),
        ("第三条 所称工坊，是指下列场所", "所称工坊，是指下列场所"),
        ("第三条 中介机构", "中介机构"),
        ("第四条 例外情形", "例外情形"),
        ("第四条例外", "例外"),
        ("第五条 件数限制", "件数限制"),
        ("第五条 条件", "条件"),
        ("第六条 款项拨付", "款项拨付"),
        ("第七条 约定事项", "约定事项"),
        ("第八条 理事会", "理事会"),
        ("第九条 线上申报", "线上申报"),
        ("第十条 和谐用工", "和谐用工"),
    ],
)
def test_the_title_of_an_article_is_no_reference_to_it(line: str, rest: str) -> None:
    mark = read_mark(line)
    assert mark is not None
    assert (mark.style, mark.rest) == (Style.ARTICLE, rest)


@pytest.mark.parametrize(
    "line",
    [
        "第七条规定的条件，适用于企业。",
        "第七条的规定执行。",
        "第七条 的规定执行。",
        "第二条第三款约定的期限",
        "第二条 第三款约定的期限",
        "第七条约定的期限",
        "第七条所列材料齐全的",
        "第七条中的企业",
        "第一条件是有场地",
        "第一条例如何施行",
        "第三条至第五条的要求",
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
