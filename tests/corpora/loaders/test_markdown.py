"""Markdown marks are noise, its words are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.loaders.markdown import head, load, marks


def shown(text: str) -> str:
    """The text without its noise."""
    out, begin = [], 0
    for start, end in marks(text):
        out.append(text[begin:start])
        begin = end
    return "".join([*out, text[begin:]])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("# 夜校管理办法", " 夜校管理办法"),
        ("### 一、总则 ###", " 一、总则"),
        ("##一、总则", "一、总则"),
        ("**二、经费**", "二、经费"),
        ("- **设备**：车床", " 设备：车床"),
        ("> 引用的话", " 引用的话"),
        ("见[管理办法](https://example.com/a_(b).html)第三条", "见管理办法第三条"),
        ("![图片](a.png)之后", "图片之后"),
        ("用 `M03` 指令", "用 M03 指令"),
        ("1\\. 条目", "1. 条目"),
        ("---", ""),
        ("* * *", ""),
        ("C# 语言与 #1 机组", "C# 语言与 #1 机组"),
        ("3 * 4 ** 2 = 48", "3 * 4  2 = 48"),
        ("1. 有序条目", "1. 有序条目"),
        ("-5 ℃ 以下停工", "-5 ℃ 以下停工"),
        ("a <!-- 批注 --> b", "a  b"),
    ],
)
def test_marks_are_noise_and_words_stay(line: str, words: str) -> None:
    assert shown(line) == words


def test_code_fences_are_noise_and_their_lines_are_left_alone() -> None:
    assert shown("```\n# 不是标题\n```\n# 标题") == "\n# 不是标题\n\n 标题"


def test_a_head_is_read_and_is_noise() -> None:
    text = "---\ntitle: 夜校办法\nexample: true\n---\n\n# 正文\n"
    values, begin = head(text)
    assert values == {"title": "夜校办法", "example": "true"}
    assert text[begin:].strip() == "# 正文"
    assert shown(text).strip() == "正文"


def test_a_rule_at_the_top_is_no_head() -> None:
    text = "---\n第一条 正文没有冒号。\n---\n第二条"
    assert head(text) == ({}, 0)
    assert "第一条 正文没有冒号。" in shown(text)


def test_a_pipe_table_gives_its_cells() -> None:
    text = "前文\n\n| 课程 | 学费 |\n| --- | ---: |\n| 焊接 | 800 |\n| **钳工** | |\n\n后文\n"
    extract = load(text.encode(), "a.md")
    (table,) = extract.tables
    assert [[extract.text[start:end] for start, end in row] for row in table.rows] == [
        ["课程", "学费"],
        ["焊接", "800"],
        ["**钳工**", ""],
    ]
    assert extract.text[slice(*table.span)].startswith("| 课程")
    assert "|" not in shown(text)
    assert "后文" in shown(text)


def test_a_table_without_outer_pipes_is_a_table() -> None:
    extract = load("甲 | 乙\n--- | ---\n1 | 2\n".encode(), "a.md")
    assert [[extract.text[start:end] for start, end in row] for row in extract.tables[0].rows] == [
        ["甲", "乙"],
        ["1", "2"],
    ]


@given(st.text(alphabet="#*_-|`>[]()!~\\ \n第一条文字a1:<", max_size=120))
def test_noise_is_ascending_apart_and_inside_the_text(text: str) -> None:
    edges = [edge for span in marks(text) for edge in span]
    assert edges == sorted(set(edges))
    assert not edges or (edges[0] >= 0 and edges[-1] <= len(text))


@given(st.text(alphabet="#*_-|`>[]()!~\\ \n第一条文字a1:<", max_size=120))
def test_no_chinese_word_is_lost_outside_link_targets(text: str) -> None:
    kept = [char for char in text.replace("(", "").replace("<", "") if char >= "一"]
    assert [char for char in shown(text.replace("(", "").replace("<", "")) if char >= "一"] == kept
