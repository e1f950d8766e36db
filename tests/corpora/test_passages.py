"""Passages follow the tree, fit, and quote nothing that must not be quoted."""

from itertools import pairwise
from pathlib import Path

import pytest

from corpora.document import Document, Passage
from corpora.loaders import markdown
from corpora.loaders.text import load
from corpora.passages import MAX_PASSAGE_CHARS, split
from corpora.regulation import structure
from tests.corpora.outlines import nodes, read
from tests.corpora.test_regulation import DECREE, FILES, MIXED, SCORES


def by_clause(document: Document) -> dict[str, list[Passage]]:
    found: dict[str, list[Passage]] = {}
    for passage in split(document):
        found.setdefault(passage.clause, []).append(passage)
    return found


def quotes(document: Document, passage: Passage) -> list[str]:
    return [document.text[a:b] for a, b in passage.spans]


def test_an_item_and_its_whole_article_stand_side_by_side() -> None:
    document = read(DECREE)
    found = by_clause(document)
    (item,) = found["第三条（一）"]
    assert quotes(document, item) == ["（一）有场地；"]
    assert item.context.endswith("第三条 › 设立工坊应当具备下列条件：")
    whole = found["第三条"][0]
    assert quotes(document, whole)[0].startswith("第三条")
    assert quotes(document, whole)[-1].endswith("不少于一百平方米。")


def test_headings_alone_and_chapters_are_no_passages() -> None:
    found = by_clause(read(DECREE))
    assert not [clause for clause in found if clause.endswith(("章", "节", "编"))]
    assert "目录" not in found


def test_the_cover_with_its_date_is_a_passage() -> None:
    document = read(DECREE)
    (cover,) = by_clause(document)["印发通知"]
    assert "二〇二三年十一月二十日" in cover.text


def test_a_list_too_long_with_its_article_is_still_found_as_a_list() -> None:
    long_lead = "申报单位应当扎根本地产业，" * 20 + "并具备以下条件："
    items = "".join(f"（{n}）有{n}样设备，能开展{n}类服务；\n" for n in "一二三四五六七八九")
    document = read(f"第一条 {long_lead}\n{items}")
    whole = [passage for passage in by_clause(document)["第一条"] if "（九）" in passage.text]
    assert len(whole) == 1
    assert quotes(document, whole[0])[0].startswith("（一）")


def test_a_row_carries_its_group_header_and_inherited_label_in_the_context() -> None:
    document = read(SCORES)
    (row,) = by_clause(document)["附件 · 二、人员 · 2.1（9分）"]
    assert quotes(document, row) == ["9\n\t有省级以上师傅。"]
    assert "二、人员" in row.context
    assert "2.1师傅" in row.context
    assert "指标内容" in row.context


def test_a_heading_with_one_paragraph_is_quoted_whole_and_once() -> None:
    document = read("一、组织\n成立工坊专班，明确分工。\n二、经费\n列入预算。\n")
    (passage,) = by_clause(document)["一、"]
    assert quotes(document, passage) == ["一、组织\n成立工坊专班，明确分工。"]


def test_long_paragraphs_are_cut_at_sentence_ends_with_overlap() -> None:
    sentences = [f"第{n}家工厂完成了设备更新并通过了验收。" for n in range(100)]
    document = read("今日消息" + "".join(sentences))
    passages = split(document)
    assert all(passage.clause == "" for passage in passages)
    assert all(passage.text.endswith("。") for passage in passages)
    for before, after in pairwise(passages):
        shared = before.spans[-1][1] - after.spans[0][0]
        assert 0 < shared <= 80
    assert all(any(sentence in passage.text for passage in passages) for sentence in sentences)


def test_a_sentence_without_any_stop_is_cut_all_the_same() -> None:
    document = read("甲" * 3000)
    assert "".join(passage.text for passage in split(document)).count("甲") >= 3000


def test_personal_numbers_and_page_marks_lie_outside_the_spans() -> None:
    text = "一、联系\n咨询请找王师傅，电话13800000001，也可以到工坊现场询问，工作日都有人值班，中午不休息，欢迎各位\n— 2 —\n随时前来。\n"
    (document,) = structure(load(text.encode(), "x.txt"), source="x.txt")
    (passage,) = by_clause(document)["一、"]
    assert "13800000001" not in passage.text
    assert len(passage.spans) == 3
    assert not [quote for quote in quotes(document, passage) if "13800000001" in quote or "— 2 —" in quote]


def test_a_passage_keeps_marks_of_emphasis_in_its_quote_but_not_in_its_text() -> None:
    (document,) = structure(markdown.load("## 一、期限\n办理期限为**五个**工作日。\n".encode(), "x.md"), source="x.md")
    (passage,) = by_clause(document)["一、"]
    assert "为五个工作日" in passage.text
    assert [quote for quote in quotes(document, passage) if "**五个**" in quote]


def test_the_responsible_body_comes_with_the_passage() -> None:
    (passage,) = by_clause(read("一、任务\n1. 办展。（责任单位：市工信局）\n2. 办赛。\n"))["一、1."]
    assert passage.responsible == "市工信局"


def test_ids_are_the_same_on_every_run_and_orders_count_up() -> None:
    first, second = split(read(MIXED)), split(read(MIXED))
    assert first == second
    assert [passage.order for passage in first] == list(range(len(first)))
    assert len({passage.id for passage in first}) == len(first)


FORMS = """关于举办工坊培训班的通知
各有关单位：
拟举办工坊培训班，可致电王工（13800000005）报名，逾期不候。
一、时间
2026年3月1日。
附件：参会回执
（联系人：周岚，86000000,13800000001）
甲市工信局
2026年2月1日
附件1
参会回执

		序号

		姓名

		工作单位及职务

		联系方式



		

		李大川

		甲厂技师

		13800000002

附件2
报名汇总表
|序号|单位|姓名|电话|
|---|---|---|---|
|1|甲厂|何小河|13800000003|
|2|甲厂|周大海|13800000004|
附件3
专家名单
|专家|领域|
|---|---|
|李大川|机床|
|何小河|焊接|
附件4
登记表
|姓名|李大川|性别|男|
|---|---|---|---|
|工作单位|甲厂|职务|技师|
"""


def test_no_person_is_a_clause() -> None:
    found = list(by_clause(read(FORMS)))
    assert not [clause for clause in found if any(name in clause for name in ("李大川", "何小河", "周大海", "周岚"))]
    assert {"附件1 · 参会回执 · 第1行", "附件2 · 报名汇总表 · 序号1", "附件2 · 报名汇总表 · 序号2"} <= set(found)
    assert {"附件3 · 专家名单 · 第2行", "附件4 · 姓名", "附件4 · 工作单位"} <= set(found)


def test_the_columns_of_a_form_are_a_passage() -> None:
    document = read(FORMS)
    (form,) = by_clause(document)["附件1 · 参会回执"]
    assert form.text == "序号 姓名 工作单位及职务 联系方式"
    assert form.context.endswith("附件1 参会回执")
    header = [passage.text for passage in by_clause(document)["附件3 · 专家名单"]]
    assert "专家|领域" in header
    assert "一级指标 权重 二级指标 分值 指标内容" in [passage.text for passage in by_clause(read(SCORES))["附件"]]


def test_a_single_attachment_is_found_by_its_name() -> None:
    (listed,) = by_clause(read(FORMS))["附件清单"]
    assert listed.text == "附件：参会回执"


def test_a_contact_line_keeps_what_may_be_shown() -> None:
    document = read(FORMS)
    (contact,) = by_clause(document)["联系人"]
    assert quotes(document, contact) == ["联系人：周岚"]
    assert contact.text == "联系人：周岚"
    several = by_clause(read("一、时间\n明天。\n联系人：周岚，13800000001\n联系地址：滨海路1号\n"))["联系方式"]
    assert [passage.text for passage in several] == ["联系人：周岚 联系地址：滨海路1号"]


@pytest.mark.parametrize(
    "text",
    [
        FORMS,
        "# 报名\n## 联系电话13800000001\n请在工作日致电，周末休息。\n## 邮箱 a.b@example.com\n请写明单位。\n",
        "一、报名\n联系电话：13800000001：\n1.写明单位。\n2.写明人数。\n",
        "第一条 报名可致电以下电话13800000001：\n（一）甲；\n（二）乙。\n",
        "|设备|要求|\n|---|---|\n|机床|三台|\n|咨询电话13800000001|保密|\n",
    ],
)
def test_nothing_of_a_passage_holds_a_personal_number(text: str) -> None:
    document = read(text)
    numbers = [document.text[a:b] for a, b in document.personal]
    assert numbers
    for passage in split(document):
        shown = "".join([passage.text, passage.clause, passage.context, *quotes(document, passage)])
        assert not [number for number in numbers if number in shown]


@pytest.mark.parametrize("name", FILES)
def test_every_sentence_of_the_real_files_stands_whole_in_a_passage(seeds: Path, name: str) -> None:
    for document in structure(load((seeds / name).read_bytes(), name), source=name):
        passages = split(document)
        found = [span for passage in passages for span in passage.spans]
        for node in nodes(document):
            if node.kind in ("front", "table") or node.heading:
                continue
            for own in node.own:
                if own[1] - own[0] <= MAX_PASSAGE_CHARS and not any(
                    own[0] < b and a < own[1] for a, b in document.personal
                ):
                    assert any(a <= own[0] and own[1] <= b for a, b in found), document.text[own[0] : own[1]]


@pytest.mark.parametrize("name", FILES)
def test_passages_of_the_real_files_fit_and_quote_no_noise(seeds: Path, name: str) -> None:
    for document in structure(load((seeds / name).read_bytes(), name), source=name):
        for passage in split(document):
            assert 0 < len(passage.text) <= MAX_PASSAGE_CHARS
            assert passage.clause
            for quote in quotes(document, passage):
                assert quote.strip() == quote
                assert "— 1 —" not in quote
            assert not [p for p in document.personal if any(a < p[1] and p[0] < b for a, b in passage.spans)]


def test_a_sentence_across_a_page_break_is_one_quote_in_the_real_file(seeds: Path) -> None:
    name = FILES[2]
    (document,) = structure(load((seeds / name).read_bytes(), name), source=name)
    assert [q for p in split(document) for q in quotes(document, p) if "支持本市\n\n企业、高校院所" in q]
    assert [p for p in split(document) if "支持本市企业、高校院所" in p.text]
