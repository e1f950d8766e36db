"""Conditions for applicants are found by structure: articles, headings, tables, alternatives, grounds to refuse."""

from bot.rules.conditions import Conditions, Mode, find, materials
from corpora.document import Document
from tests.corpora.outlines import read

DECREE = """甲市优质工坊认定办法

第一章 总则
第一条 为了培育本市优质工坊，制定本办法。
第二章 申报条件
第二条 申报优质工坊的企业应当符合下列条件：
（一）在本市行政区域内注册成立满三年；
（二）专职技术人员不少于20名；
（三）上年度营业收入不低于1000万元。
第三条 符合下列条件之一的企业，可以申报示范工坊：
（一）拥有市级以上工艺大奖；
（二）主持制定过行业标准。
第四条 有下列情形之一的，不得申报：
（一）被列入失信名单的；
（二）提供虚假材料的。
第三章 程序
第五条 申报企业应当提交下列材料：申请表、营业执照复印件、上年度审计报告。
第六条 评审流程：受理、评审、公示、发文。
第七条 优质工坊有效期三年。有下列情形之一的，撤销称号：
（一）停产的；
（二）考核不合格的。
"""
HEADED = """乙省基地建设标准

一、基本建设要求
（一）主体资质要求
1.申报单位须具备独立法人资格，近三年无违法记录。
2.具备稳定的资金来源。
（二）场地条件
1.面积不少于500平方米。
二、分项标准
可选择申报以下一项或多项，每项须满足相应要求：
（一）培训方向
1.配备不少于3名专职讲师。
2.建立课程体系。
（二）检测方向
1.拥有检测设备。
三、运行管理要求
（一）组织管理
基地须按季度报送情况。
"""
TABLE = """丙县补助指南

一、申请材料
申请表、发票。

附件
补助条件表
	序号
	申请条件
	说明

	1
	设备联网率不低于60%
	以现场核验为准

	2
	车间面积不少于500平方米
	以产权证为准
"""
PLAIN = """丁县人才驿站管理规定
第一条 申请设立人才驿站的单位须在丁县登记，具有独立法人资格。
第二条 人才驿站按季度报送情况。
"""


def outline(document: Document) -> list[tuple[str, str, list[str]]]:
    return [(one.mode.value, one.clause, [item.clause for item in one.items]) for one in find(document)]


def test_articles_with_a_lead_sentence_give_lists_alternatives_and_grounds() -> None:
    assert outline(read(DECREE)) == [
        ("all", "第二条", ["第二条（一）", "第二条（二）", "第二条（三）"]),
        ("any", "第三条", ["第三条（一）", "第三条（二）"]),
        ("none", "第四条", ["第四条（一）", "第四条（二）"]),
    ]


def test_grounds_for_taking_a_title_away_are_no_conditions() -> None:
    assert not any("停产" in item.text for one in find(read(DECREE)) for item in one.items)


def test_headings_give_lists_and_what_comes_after_approval_is_left_out() -> None:
    found = outline(read(HEADED))
    assert [clauses for mode, _, clauses in found if mode == "all"] == [
        ["一、（一）1.", "一、（一）2."],
        ["一、（二）1."],
    ] or [clauses for mode, _, clauses in found if mode == "all"] == [["一、（一）1.", "一、（一）2.", "一、（二）1."]]
    assert [(clause, clauses) for mode, clause, clauses in found if mode == "choice"] == [
        ("二、（一）", ["二、（一）1.", "二、（一）2."]),
        ("二、（二）", ["二、（二）1."]),
    ]
    assert not any(clause.startswith("三") for _, clause, _ in found)


def test_the_rows_of_a_table_of_conditions_are_conditions() -> None:
    (only,) = find(read(TABLE))
    assert only.mode is Mode.ALL
    assert [("联网率" in item.text, "面积" in item.text) for item in only.items] == [(True, False), (False, True)]


def test_an_article_that_says_what_an_applicant_must_be_stands_alone() -> None:
    assert outline(read(PLAIN)) == [("all", "第一条", ["第一条"])]


def test_a_document_without_conditions_has_none() -> None:
    assert find(read("戊市人才工作总结\n第一条 本市人才工作成效明显。\n第二条 今后要加强服务。\n")) == ()


def test_materials_are_found_and_processes_are_not_taken_for_them() -> None:
    found = materials(read(DECREE))
    assert found is not None
    assert found.clause == "第五条"
    assert materials(read(HEADED)) is None


def test_every_span_is_a_slice_of_the_document() -> None:
    document = read(DECREE)
    lists: tuple[Conditions, ...] = find(document)
    for one in lists:
        for item in one.items:
            assert " ".join(" ".join(document.text[low:high].split()) for low, high in item.spans) == item.text
            assert item.text
