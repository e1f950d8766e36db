"""Solved cases: head, sections by many names, what each passage is cited by."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from corpora.document import Document, Kind, Node, Solution
from corpora.loaders.markdown import load
from corpora.loaders.text import load as load_text
from corpora.noise import without
from corpora.reading import read_file
from corpora.solution import passages, understand

CASE = """---
id: C-1
title: 车削外圆有振纹
domain: machining
equipment: 数控车床
example: true
---

## 现象
精车外圆表面有**鱼鳞**纹，刺耳尖叫。

## 原因
1. 刀杆伸出太长。
2. 转速落在共振区。

## 处理步骤
1. 刀杆伸出减到三倍直径以内。
2. 转速降一成。

## 验证
表面粗糙度合格。

## 适用范围与限制
不适用于细长轴。
"""


def case(text: str, source: str = "case.md") -> Document:
    (document,) = understand(load(text.encode(), source), source=source)
    return document


def test_a_case_is_read_whole() -> None:
    document = case(CASE)
    assert document.solution == Solution(
        id="C-1",
        title="车削外圆有振纹",
        domain="machining",
        symptom="精车外圆表面有鱼鳞纹，刺耳尖叫。",
        cause="1. 刀杆伸出太长。\n2. 转速落在共振区。",
        steps="1. 刀杆伸出减到三倍直径以内。\n2. 转速降一成。",
        verification="表面粗糙度合格。",
        limits="不适用于细长轴。",
        equipment="数控车床",
        example=True,
    )
    assert (document.title, document.example, document.notes, document.kind) == (
        "车削外圆有振纹",
        True,
        (),
        Kind.SOLUTION,
    )


def test_passages_are_cited_by_section_and_quote_the_file() -> None:
    document = case(CASE)
    found = passages(document)
    assert [passage.clause for passage in found] == ["现象", "原因", "处理步骤", "验证", "适用范围与限制"]
    assert "1. 刀杆伸出太长。\n2. 转速落在共振区。" in document.text[slice(*found[1].spans[-1])]
    assert all(passage.document_id == document.id for passage in found)


def test_the_symptom_stands_in_the_context_of_its_passage() -> None:
    first, *others = passages(case(CASE))
    assert "车削外圆有振纹" in first.context
    assert "鱼鳞" in first.context
    assert all("鱼鳞" not in passage.context for passage in others)


@pytest.mark.parametrize(
    "heading",
    ["## {}", "### {}", "## 一、{}", "**{}**", "{}：", "【{}】", "1. {}：", "# {}"],
)
def test_sections_are_known_however_their_headings_look(heading: str) -> None:
    names = ("故障现象", "原因分析", "解决方法", "效果验证", "适用范围")
    text = "".join(f"{heading.format(name)}\n{name}的内容。\n\n" for name in names)
    solution = case(text).solution
    assert solution is not None
    said = [solution.symptom, solution.cause, solution.steps, solution.verification, solution.limits]
    assert said == [f"{name}的内容。" for name in names]


def test_a_section_may_stand_on_the_line_of_its_name() -> None:
    solution = case("标题：主轴发热\n现象：主轴烫手，精度漂。\n原因：润滑不足。\n处理：换油。\n").solution
    assert solution is not None
    assert (solution.title, solution.symptom, solution.cause, solution.steps) == (
        "主轴发热",
        "主轴烫手，精度漂。",
        "润滑不足。",
        "换油。",
    )


def test_headings_below_a_section_belong_to_it() -> None:
    document = case("# 振纹\n## 现象\n有纹。\n## 处理步骤\n### 第一步\n减速。\n### 第二步\n换刀。\n## 备注\n其他。\n")
    assert document.solution is not None
    assert document.title == "振纹"
    assert "减速" in document.solution.steps
    assert "换刀" in document.solution.steps
    assert "其他" not in document.solution.steps
    assert "备注" in [passage.clause for passage in passages(document)]


def test_a_text_without_sections_is_kept_whole_and_noted() -> None:
    document = case("注塑件缩水，调保压后解决。\n")
    assert document.solution is not None
    assert document.solution.symptom == "注塑件缩水，调保压后解决。"
    assert "没有认出" in document.notes[0]
    assert [passage.clause for passage in passages(document)] == ["全文"]


@pytest.mark.parametrize(
    ("domain", "title", "code"),
    [
        ("moulding", "x", "moulding"),
        ("液压气动", "x", "hydraulics"),
        ("", "注塑件缩水", "moulding"),
        ("", "说不清的事", "other"),
        ("天文", "x", "other"),
    ],
)
def test_domains_by_code_and_by_word(domain: str, title: str, code: str) -> None:
    solution = case(f"---\ntitle: {title}\ndomain: {domain}\n---\n## 现象\n内容。\n").solution
    assert solution is not None
    assert solution.domain == code


def test_an_unknown_domain_is_noted() -> None:
    assert any("天文" in note for note in case("---\ntitle: x\ndomain: 天文\n---\n## 现象\n内容。\n").notes)


def test_a_file_may_hold_several_cases() -> None:
    documents = understand(load((CASE + "\n" + CASE.replace("C-1", "C-2")).encode(), "a.md"), source="a.md")
    assert [document.solution.id for document in documents if document.solution] == ["C-1", "C-2"]
    assert "".join(document.text for document in documents) == CASE + "\n" + CASE.replace("C-1", "C-2")
    assert len({document.id for document in documents}) == 2
    assert len(passages(documents[1])) == 5


def test_a_telephone_number_in_a_case_is_not_quoted() -> None:
    document = case("## 现象\n有纹，联系 13800138000 王工。\n## 原因\n松动。\n")
    quotes = [document.text[slice(*span)] for passage in passages(document) for span in passage.spans]
    assert all("13800138000" not in quote for quote in quotes)


def test_a_case_as_plain_text_is_read_too(tmp_path: Path) -> None:
    text = "主轴发热处理\n\n现象\n主轴烫手。\n\n原因\n缺油。\n\n处理步骤\n加油。\n"
    (document,) = understand(load_text(text.encode(), "a.txt"), source="a.txt")
    assert document.solution is not None
    assert (document.title, document.solution.cause) == ("主轴发热处理", "缺油。")
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    assert [passage.clause for passage in read_file(path, source="a.txt", kind=Kind.SOLUTION).passages] == [
        "现象",
        "原因",
        "处理步骤",
    ]


def test_the_tree_holds_every_character_once() -> None:
    document = case(CASE)
    owned = sorted(span for node in _all(document.tree) for span in node.own)
    assert all(end <= start for (_, end), (start, _) in pairwise(owned))
    held = "".join(document.text[start:end] for start, end in owned)
    kept = "".join(document.text[start:end] for start, end in without((0, len(document.text)), document.noise))
    assert "".join(held.split()) == "".join(kept.split())


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all(child)
