"""Rows of a table come back as the cells that were printed."""

import pytest

from corpora.document import Node, NodeKind, Span
from handlers.web.pages.cells import cells_of, fitted, header_of, repeats_header, rows_of


def row(text: str, own: tuple[Span, ...] | None = None, children: tuple[Node, ...] = (), **more: object) -> Node:
    """A row over a text."""
    return Node(NodeKind.ROW, "", "", "", (0, len(text)), own or ((0, len(text)),), children, **more)  # type: ignore[arg-type]


def printed(text: str, node: Node) -> list[str]:
    """The cells as words, parts of one cell joined by a slash."""
    return ["/".join(text[start:end] for start, end in cell) for cell in cells_of(text, node)]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("场地\t5\t三百平方米", ["场地", "5", "三百平方米"]),
        ("场地\n\t5\n\t三百平方米", ["场地", "5", "三百平方米"]),
        ("| 场地 | 5 |", ["", "场地", "5", ""]),
        ("场地\t\t三百平方米", ["场地", "", "三百平方米"]),
        ("只有一格", ["只有一格"]),
        ("一格里\n两行\t5", ["一格里\n两行", "5"]),
    ],
)
def test_tabs_and_pipes_part_cells(text: str, cells: list[str]) -> None:
    assert printed(text, row(text)) == cells


def test_own_spans_with_a_comma_between_are_cells_and_with_a_page_mark_are_one() -> None:
    text = "甲,乙"
    assert printed(text, row(text, ((0, 1), (2, 3)))) == ["甲", "乙"]
    text = "前半— 12 —后半"
    assert printed(text, row(text, ((0, 2), (8, 10)))) == ["前半/后半"]


def test_numbered_lines_stay_in_their_cell() -> None:
    text = "加分项\t10\t（1）获奖\n（2）办赛\n最高十分"
    spans = [(text.index(part), text.index(part) + len(part)) for part in ("（1）获奖", "（2）办赛")]
    items = tuple(Node(NodeKind.SUBPOINT, "", "", "", span, (span,)) for span in spans)
    whole = row(text, ((0, text.index("（1）") - 1), (text.index("最高"), len(text))), items)
    assert printed(text, whole) == ["加分项", "10", "（1）获奖/（2）办赛/最高十分"]


def test_missing_cells_go_where_the_row_shares_what_is_above() -> None:
    one, two = [(0, 1)], [(2, 3)]
    assert fitted([one, two], 3, from_right=True) == [[], one, two]
    assert fitted([one, two], 3, from_right=False) == [one, two, []]
    assert fitted([one], 3, from_right=True) == [one]
    assert fitted([one, [], two], 2, from_right=False) == [one, two]
    assert fitted([one, two, one], 2, from_right=False) == [[(0, 1), (2, 3), (0, 1)]]


def test_the_header_is_what_the_rows_carry_even_below_groups() -> None:
    leaf = row("甲", header=("名称", "分值"))
    group = Node(NodeKind.HEADING, "一、", "基础", "", (0, 1), (), (leaf,))
    table = Node(NodeKind.TABLE, "", "", "", (0, 1), (), (group, leaf))
    assert header_of(table) == ("名称", "分值")
    assert list(rows_of(table)) == [leaf, leaf]
    assert repeats_header("| 名称 | 分值 |\n|---|---|", header_of(table))
    assert not repeats_header("附表一", header_of(table))
