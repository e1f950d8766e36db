"""A regulation becomes a tree in which every unit is citable by the name people use, and nothing is lost."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from corpora.document import Document, Extract, Node, NodeKind, Table
from corpora.loaders.text import load
from corpora.regulation import structure
from tests.corpora.outlines import clauses, nodes, overlaps, read, said, uncovered

DECREE = """海川市人民政府令
第 45 号
《海川市技能工坊管理条例》已经2023年11月3日市政府第12次常务会议通过，现予公布，自2024年1月1日起施行。

市长  李大川
二〇二三年十一月二十日

海川市技能工坊管理条例
（2023年11月3日海川市人民政府第12次常务会议通过）

目  录
第一编 总则
第一章 一般规定
第二章 工坊设立
第二编 附则

第一编 总则
第一章 一般规定
第一条为了规范技能工坊，制定本条例。
第二条 在本市设立工坊适用本条例。
符合第七条规定的，可以减免。
法律另有规定的，从其规定。
第二章 工坊设立
第一节 条件
第三条 设立工坊应当具备下列条件：
（一）有场地；
（二）有师傅，其中：
1.高级技师不少于一名；
2.技师不少于两名：
①电工一名；
②钳工一名。
（三）有章程。
前款所称场地，面积不少于一百平方米。
第三条之一 工坊可以联合设立，但应当签订协议。
第二节 程序
第四条 申请人应当提交下列材料：
(一)申请书;
(二) 章程。
第二编 附则
第五条 本条例有效期五年。《海川市学徒工坊办法》（海政发〔2015〕3号）同时废止。
"""

MIXED = """工坊联盟建设参考
 1、 总则
为建好联盟，采用三方合作的做法。
甲方（出资方）：负责出钱。
乙方（出力方）：负责干活。
2、 角色
（1） 运营方：联盟的中枢
1.定位：独立法人。
核心职能：
执行：落实决议。
服务：服务会员。
（2） 会员：联盟的基石
1.定位：自愿加入。
三、机制
（1） 决策机制
1.成立理事会：负责大事。
2.设立专家组：提供意见。
（二）项目机制
1.征集需求：每季一次。
（三) 分配机制
1.积分：按贡献计算。
（2） 经营机制
1.收入来源：
会费:每年收取。
服务费:按次收取。
2.政府支持：积极争取。
3、 保障
1.章程：制定章程。
"""

SCORES = """第九条 评分细则见附件。

附件：评分表

附件
工坊评分表
	一级指标
	权重
	二级指标
	分值
	指标内容

	一、基础
	10分
	1.1场地
	10
	有固定场地。

	二、人员
	30分
	2.1师傅
	12
	有一批师傅。
带徒制度健全。

	
	
	
	9
	有省级以上师傅。

	
	
	2.2学徒
	9
	有学徒。

	三、附加项
	10分
	加分项
	10
	（1）获奖的加3分。
（2）办赛的加2分。
以上合计不超过10分。

	一票否决项
	/
	发生事故的，不合格。
"""


def test_parts_chapters_articles_and_items_nest_by_their_numbers() -> None:
    found = clauses(read(DECREE))
    assert found["第一条"] == "第一条为了规范技能工坊，制定本条例。"
    assert found["第二条第二款"] == "符合第七条规定的，可以减免。"
    assert found["第二条第三款"] == "法律另有规定的，从其规定。"
    assert found["第三条（二）1."] == "1.高级技师不少于一名；"
    assert found["第三条（二）2.②"] == "②钳工一名。"
    assert found["第三条第二款"] == "前款所称场地，面积不少于一百平方米。"
    assert found["第三条之一"].startswith("第三条之一工坊可以联合设立")
    assert found["第四条（一）"] == "(一)申请书;"
    assert found["第一编第二章第二节"] == "第二节程序"


def test_a_table_of_contents_is_no_second_set_of_chapters() -> None:
    document = read(DECREE)
    assert [node.label for node in document.tree.children if node.kind is NodeKind.PART] == ["第一编", "第二编"]


def test_numbering_in_uneven_mixture_keeps_its_levels() -> None:
    found = clauses(read(MIXED))
    assert found["2、（1）1."] == "1.定位：独立法人。"
    assert found["2、（1） · 核心职能 · 执行"] == "执行：落实决议。"
    assert found["2、（2）1."] == "1.定位：自愿加入。"
    assert found["三、（1）2."] == "2.设立专家组：提供意见。"
    assert found["三、（二）1."] == "1.征集需求：每季一次。"
    assert found["三、（三）1."] == "1.积分：按贡献计算。"
    assert found["三、（2）1. · 会费"] == "会费:每年收取。"
    assert found["三、（2）2."] == "2.政府支持：积极争取。"
    assert found["3、1."] == "1.章程：制定章程。"
    assert found["1、 · 甲方（出资方）"] == "甲方（出资方）：负责出钱。"


def test_an_unnumbered_heading_stands_where_a_numbered_one_would() -> None:
    found = clauses(
        read(
            "关于召开机床座谈会的通知\n各有关单位：\n经研究，拟召开机床座谈会，现将有关事项通知如下：\n会议时间\n2025年3月4日上午9:00\n"
            "参会范围\n市机械协会会长；\n（二）会员代表。\n议程安排\n会议共两项议程：\n（一）汇报；\n（二）讨论。\n五、有关事项\n（一）请准时到会。\n"
        )
    )
    assert found["会议时间"] == "会议时间2025年3月4日上午9:00"
    assert found["参会范围 · （二）"] == "（二）会员代表。"
    assert found["议程安排 · （一）"] == "（一）汇报；"
    assert found["五、（一）"] == "（一）请准时到会。"


def test_levels_come_from_the_numbers_and_not_from_markdown_hashes() -> None:
    found = clauses(read("# 甲的办法\n**一、目标**\n做好。\n## 二、任务\n（一）其一。\n### 三、保障\n抓紧。\n"))
    assert found["一、"] == "一、目标做好。"
    assert found["二、（一）"] == "（一）其一。"
    assert found["三、"] == "三、保障抓紧。"


def test_unnumbered_markdown_headings_nest_by_their_hashes() -> None:
    found = clauses(read("# 工坊手册\n## 准备\n### 工具\n带好扳手。\n### 材料\n备好钢板。\n## 收尾\n打扫。\n"))
    assert found["准备 · 工具"] == "工具带好扳手。"
    assert found["准备 · 材料"] == "材料备好钢板。"
    assert found["收尾"] == "收尾打扫。"


def test_rows_of_a_flattened_table_keep_header_group_and_inherited_label() -> None:
    document = read(SCORES)
    rows = {node.clause: node for node in nodes(document) if node.kind is NodeKind.ROW}
    assert list(rows) == [
        "附件 · 一、基础 · 1.1",
        "附件 · 二、人员 · 2.1",
        "附件 · 二、人员 · 2.1（9分）",
        "附件 · 二、人员 · 2.2",
        "附件 · 三、附加项 · 加分项",
        "附件 · 一票否决项",
    ]
    inherited = rows["附件 · 二、人员 · 2.1（9分）"]
    assert said(document, inherited) == "9有省级以上师傅。"
    assert inherited.lead == "2.1师傅"
    assert inherited.header == ("一级指标", "权重", "二级指标", "分值", "指标内容")
    found = clauses(document)
    assert found["附件 · 二、人员"] == "二、人员30分"
    assert found["附件 · 二、人员 · 2.1"] == "2.1师傅12有一批师傅。带徒制度健全。"
    assert found["附件 · 三、附加项 · 加分项（2）"] == "（2）办赛的加2分。"
    assert found["附件 · 三、附加项 · 加分项"].endswith("以上合计不超过10分。")


def test_a_declared_table_gives_the_same_rows_as_a_flattened_one() -> None:
    text = "第一条 上限见附件。\n附件\n补助表\n设备 上限\n机床 20万元\n注塑机 10万元\n"

    def cells(line: str) -> tuple[tuple[int, int], ...]:
        start = text.index(line)
        split = start + line.index(" ")
        return (start, split), (split + 1, start + len(line))

    rows = tuple(cells(line) for line in ("设备 上限", "机床 20万元", "注塑机 10万元"))
    table = Table(span=(rows[0][0][0], rows[-1][-1][1]), rows=rows)
    (document,) = structure(Extract(text, tables=(table,)), source="表.docx")
    found = [node for node in nodes(document) if node.kind is NodeKind.ROW]
    assert [(node.clause, node.header) for node in found] == [
        ("附件 · 机床", ("设备", "上限")),
        ("附件 · 注塑机", ("设备", "上限")),
    ]
    assert uncovered(document) == ""


def test_a_declared_table_that_makes_no_sense_is_read_as_lines() -> None:
    text = "第一条 甲。\n第二条 乙。\n"
    crossed = Table(span=(0, len(text)), rows=(((8, 12), (0, 5)),))
    (document,) = structure(Extract(text, tables=(crossed,)), source="x.docx")
    assert list(clauses(document)) == ["第一条", "第二条"]


def test_items_keep_their_lead_sentence() -> None:
    document = read(DECREE)
    leads = {node.clause: node.lead for node in nodes(document)}
    assert leads["第三条（一）"] == "设立工坊应当具备下列条件："
    assert leads["第三条（二）1."] == "有师傅，其中："
    assert leads["第四条（二）"] == "申请人应当提交下列材料："


@pytest.mark.parametrize(
    "printed",
    [
        "1. 办展。每年一次。（责任单位：市工信局、市科协）",
        "1. 办展。每年一次。(责任单位:市工信局、市科协)",
        "1. 办展。每年一次。（责任单\n\n位：市工信局、市科协）",
        "1. 办展。每年一次。\n（责任单位：市工信局、市科协）",
        "1. 办展。每年一次。（责任单位：市工信局、市\n\n科协)",
    ],
)
def test_the_responsible_body_is_a_field_of_its_clause(printed: str) -> None:
    document = read(f"一、任务\n{printed}\n2. 办赛。\n")
    found = {node.clause: node.responsible for node in nodes(document)}
    assert found["一、1."] == "市工信局、市科协"
    assert found["一、2."] == ""
    assert uncovered(document) == ""


def test_several_documents_in_one_file_are_separated() -> None:
    text = (
        MIXED
        + " 海川市招才办公室\n\n关于召开新春座谈会的\n\n通  知\n\n各有关单位：\n拟召开座谈会，有关事项通知如下：\n会议时间\n2026年2月9日\n"
    )
    plan, notice = structure(Extract(text), source="合订.txt")
    assert plan.title == "工坊联盟建设参考"
    assert notice.title == "关于召开新春座谈会的通知"
    assert notice.text.lstrip().startswith("海川市招才办公室")
    assert plan.text + notice.text == text
    assert plan.id != notice.id


def test_two_regulations_pasted_together_are_separated() -> None:
    text = (
        "甲市工坊办法\n"
        + "".join(f"第{n}条 甲{n}。\n" for n in "一二三")
        + "甲市学徒办法\n第一条 乙一。\n第二条 乙二。\n"
    )
    assert [document.title for document in structure(Extract(text), source="x.txt")] == ["甲市工坊办法", "甲市学徒办法"]


def test_a_notice_with_the_text_it_issues_is_one_document() -> None:
    text = (
        "甲市工信局\n关于印发《甲市工坊管理\n办法》的通知\n各区工信局：\n现将《甲市工坊管理办法》印发给你们，请遵照执行。\n甲市工信局\n2024年3月1日\n"
        "附件\n甲市工坊管理办法\n第一条 甲。\n第二条 乙。\n第三条 丙。\n"
    )
    document = read(text)
    assert document.title == "甲市工坊管理办法"
    assert "第二条" in clauses(document)


def test_a_notice_with_points_of_its_own_keeps_what_it_forwards_as_an_attachment() -> None:
    text = (
        "转发《关于设备更新的通知》的通知\n各区县工信局：\n现转发给你们，并提出以下要求，请一并贯彻落实。\n一、抓紧申报。\n二、严格审核。\n甲市工信局\n2024年4月2日\n"
        "附件1\n关于设备更新的通知\n各市工信局：\n现就有关事项通知如下：\n一、支持范围\n机床。\n"
    )
    document = read(text)
    assert document.title.startswith("转发")
    assert clauses(document)["附件1 · 一、"] == "一、支持范围机床。"


def test_attachments_are_told_from_lists_of_them() -> None:
    document = read(
        "甲市工坊办法\n第一条 见附件。\n附件：1.申报书\n      2.汇总表\n甲市工信局\n2024年4月2日\n附件1申报书\n一、基本情况\n填写名称。\n附件2：汇总表\n填写数量，按月汇总报送。\n"
    )
    found = clauses(document)
    assert found["附件1 · 一、"] == "一、基本情况填写名称。"
    assert "填写数量" in found["附件2"]
    assert found["附件清单"] == "附件：1.申报书2.汇总表"


def test_articles_with_titles_are_articles_and_wrapped_references_are_not() -> None:
    document = read(
        "甲市工坊办法\n第一条 目的\n为了办好工坊，制定本办法。\n第二条 规定\n工坊应当有章程；符合本办法\n第一条规定的工坊，可以申报。\n第三条 例外情形\n学校除外。\n"
    )
    found = clauses(document)
    assert [node.label for node in nodes(document) if node.kind is NodeKind.ARTICLE] == ["第一条", "第二条", "第三条"]
    assert found["第一条"].startswith("第一条目的")
    assert "第一条规定的工坊" in "".join(words for clause, words in found.items() if clause.startswith("第二条"))


def test_a_text_without_numbers_has_no_clauses() -> None:
    document = read("今日我市举行技能比赛。共有八十人参加，产生十名能手。")
    assert {node.clause for node in nodes(document)} == {""}


def test_an_empty_text_gives_no_documents() -> None:
    assert structure(Extract(" \n\t\n"), source="x.txt") == ()
    assert structure(Extract("— 1 —\n"), source="x.txt") == ()


def test_a_head_overrides_what_the_text_says_and_is_noise() -> None:
    text = "---\nstatus: digest\ntitle: 甲的摘要\nnumber: 甲发〔2024〕1号\nissued: 2024-03-01\nvalid_until: 2026-02-28\nexample: true\n---\n第一条 甲。\n"
    document = read(text, "甲.md")
    assert (document.title, document.number, document.digest, document.example) == (
        "甲的摘要",
        "甲发〔2024〕1号",
        True,
        True,
    )
    assert str(document.issued) == "2024-03-01"
    assert str(document.valid_until) == "2026-02-28"
    assert list(clauses(document)) == ["第一条"]


def test_page_marks_become_page_numbers() -> None:
    data = "第一条 甲。\n— 1 —\n第二条 乙。\n— 2 —\n第三条 丙。\n".encode()
    (document,) = structure(load(data, "x.txt"), source="x.txt")
    assert {node.clause: node.page for node in nodes(document)} == {"第一条": 1, "第二条": 2, "第三条": 3}


def test_a_page_longer_than_paper_is_not_claimed() -> None:
    data = ("第一条 甲。\n— 1 —\n" + "第二条 乙。\n" * 1000).encode()
    (document,) = structure(load(data, "x.txt"), source="x.txt")
    assert [node.page for node in document.tree.children[:2]] == [1, None]


def test_the_same_file_gives_the_same_ids() -> None:
    assert read(DECREE).id == read(DECREE).id
    assert read(DECREE).id != read(DECREE, "别名.txt").id


# The real documents. What is expected is derived from the files here, by other means than the reader's.

HAN = "一二三四五六七八九十"
FILES = [
    "hunan-collaborative-centre-rules.txt",
    "qingdao-digital-practice-base-standard.txt",
    "qingdao-four-chains.txt",
    "reference-plan-and-meeting-notice.txt",
    "west-coast-education-science-talent-reform.txt",
]


def documents_of(seeds: Path, name: str) -> tuple[Document, ...]:
    return structure(load((seeds / name).read_bytes(), name), source=name)


def bare(text: str) -> str:
    """The characters that count: page marks, Markdown marks and blanks left out."""
    text = re.sub(r"(?m)^\s*—\s*\d+\s*—\s*$", "", text)
    text = re.sub(r"(?m)^#{1,6} ", "", text).replace("**", "")
    return "".join(text.split())


def own_text(document: Document, node: Node) -> str:
    spans = sorted([*node.own, *(span for each in nodes(replace(document, tree=node)) for span in each.own)])
    return "".join("".join(document.text[a:b].split()) for a, b in spans)


@pytest.mark.parametrize("name", FILES)
def test_no_sentence_of_the_real_files_is_lost(seeds: Path, name: str) -> None:
    documents = documents_of(seeds, name)
    assert "".join(own_text(document, document.tree) for document in documents) == bare(
        (seeds / name).read_text("utf-8")
    )
    assert [overlaps(document) for document in documents] == [[] for _ in documents]


def test_a_reader_that_loses_a_sentence_is_found_out() -> None:
    document = read(DECREE)
    first, *others = document.tree.children
    lossy = replace(document, tree=replace(document.tree, children=tuple(others)))
    assert uncovered(document) == ""
    assert said(document, first) in uncovered(lossy)


@pytest.mark.parametrize("name", FILES)
def test_every_numbered_line_of_the_real_files_is_cited_by_its_number(seeds: Path, name: str) -> None:
    numbered = re.compile(rf"\s*(?:#+ |\*\*)?(第[{HAN}]+条|[{HAN}]+、|[（(][{HAN}\d]+[）)]|\d+[、.]\d?)")
    wanted = [found for line in (seeds / name).read_text("utf-8").splitlines() if (found := numbered.match(line))]
    kinds = (NodeKind.ARTICLE, NodeKind.HEADING, NodeKind.SUBHEADING, NodeKind.POINT, NodeKind.SUBPOINT, NodeKind.ROW)
    got = [
        node for document in documents_of(seeds, name) for node in nodes(document) if node.label and node.kind in kinds
    ]
    full = str.maketrans({"(": "（", ")": "）"})
    assert [node.label.translate(full) for node in got] == [found[1].strip().translate(full) for found in wanted]
    for node in got:
        words = "".join(node.label.split()).translate(full)
        assert words.rstrip(".") in node.clause


def test_the_articles_of_the_real_regulation_are_all_there(seeds: Path) -> None:
    (document,) = documents_of(seeds, FILES[0])
    articles = [node.clause for node in nodes(document) if node.kind is NodeKind.ARTICLE]
    assert articles == [f"第{'十' if n == 10 else n}条" for n in articles_up_to(20)]
    assert {f"第七条（{n}）" for n in "一二三四五六七"} <= set(clauses(document))
    assert {"第八条（1）", "第八条（2）", "第八条（3）"} <= set(clauses(document))


def articles_up_to(last: int) -> list[str]:
    ones = ["", *"一二三四五六七八九"]
    names = []
    for n in range(1, last + 1):
        tens, one = divmod(n, 10)
        names.append(("" if not tens else "十" if tens == 1 else ones[tens] + "十") + ones[one])
    return names


def test_every_row_of_the_real_table_is_cited_under_its_indicator(seeds: Path) -> None:
    (document,) = documents_of(seeds, FILES[0])
    cells = [line.strip() for line in (seeds / FILES[0]).read_text("utf-8").split("附件\n")[-1].splitlines()]
    labels = [re.match(r"\d\.\d", cell)[0] for cell in cells if re.match(r"\d\.\d", cell)]  # type: ignore[index]
    rows = [node.clause for node in nodes(document) if node.kind is NodeKind.ROW]
    for label in labels:
        assert [row for row in rows if row.endswith(f" · {label}")], label
    points = [cell for cell in cells if cell.isdigit()]
    assert len(rows) == len(points) + 1  # 一票否决项 has none
    assert "附件 · 二、人才集聚与协同 · 2.1" in rows
    assert "附件 · 二、人才集聚与协同 · 2.1（9分）" in rows
    assert len(set(rows)) == len(rows)


def test_the_plan_and_the_notice_in_one_real_file_are_two_documents(seeds: Path) -> None:
    plan, notice = documents_of(seeds, FILES[3])
    assert plan.title == "工程师协同创新中心建设参考方案"
    assert notice.title == "关于召开2026年新春高层次人才座谈会的通知"
    found = clauses(plan)
    assert {"2、（1）1.", "三、（二）1.", "三、（四）", "三、（2）1.", "3、3."} <= set(found)
    assert {"会议时间", "会议地点", "与会范围 · （三）", "议程安排 · （四）", "五、（二）"} <= set(clauses(notice))


def test_the_real_reform_names_who_is_responsible_for_every_task(seeds: Path) -> None:
    (document,) = documents_of(seeds, FILES[4])
    tasks = [node for node in nodes(document) if node.kind is NodeKind.POINT]
    assert len(tasks) == bare((seeds / FILES[4]).read_text("utf-8").replace("(", "（")).count("（责任单位")
    assert all(task.responsible for task in tasks)
    by_clause = {task.clause: task.responsible for task in tasks}
    assert by_clause["二、（一）4."] == "区工业和信息化局、区招才中心、古镇口核心区"
    assert by_clause["二、（五）2."] == "区市场监管局、区司法局、区法院"
    for node in nodes(document):
        for start, end in node.own:
            assert document.text[start:end].strip() == document.text[start:end]


def test_a_first_article_that_opens_a_list_is_no_addressee() -> None:
    text = (
        "云州市工作站办法\n\n第一条 申请的企业应当具备下列条件：\n（一）注册在本市；\n（二）成立满两年。\n第二条 其他。"
    )
    (document,) = structure(Extract(text=text), source="a.txt")
    assert [node.clause for node in document.tree.children[1:]] == ["第一条", "第二条"]
    assert [node.clause for node in document.tree.children[1].children] == ["第一条（一）", "第一条（二）"]
