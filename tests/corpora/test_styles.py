"""Documents of many styles, made up here, are read as a person would: the tree, the names of the clauses, the facts."""

from datetime import date

from corpora.document import Extract, NodeKind
from corpora.passages import split
from corpora.regulation import structure
from tests.corpora.outlines import clauses, nodes, read, uncovered

CODE = """海川市工业设备共享管理办法

（2023年5月6日海川市人民政府第9次常务会议审议通过）

第一编 总  则
第一章 一般规定
第一条 【目的】为推动工业设备共享，制定本办法。
第二条 【适用范围】本市行政区域内的设备共享，适用本办法。
第三条 职责分工
市工业和信息化局（以下简称市工信局）负责统筹。
区县工信部门负责本辖区工作。
第二章 共享平台
第一节 建设
第四条 共享平台应当具备下列功能：
（一）登记设备；
（二）撮合供需，包括：
1．发布需求；
2．匹配设备：
（1）机床；
（2）检测仪器。
（三）统计分析。
第二节 运行
第五条 平台按照第四条第一款第（二）项的要求运行。违反
第四条规定的，责令改正。
第二编 附  则
第六条 本办法由市工信局负责解释。
第七条 本办法自2023年7月1日起施行，有效期5年。原《海川市大型仪器共享办法》（海政办发〔2018〕12号）同时废止。
"""

NOTICE = """海川市工业和信息化局文件
海工信〔2025〕18号

海川市工业和信息化局关于开展设备更新摸底工作的通知

各区县工信局，各有关企业：
为掌握设备更新情况，现就有关事项通知如下：
一、摸底范围
全市规模以上工业企业。
二、工作内容
（一）设备底数
1.在用设备
（1）数控机床
①三轴；
②五轴。
（2）注塑机。
2.闲置设备。
（二）更新意愿
了解企业三年内的更新计划。
三、工作要求
（一）加强领导。各区县要明确专人负责。
（二）按时报送。请于2025年4月30日前将附件1、附件2报送市工信局。
联系人：周岚；联系电话：0532-86000001；邮箱：ab@example.com

附件：1. 设备底数表
      2. 更新意愿表

海川市工业和信息化局
2025年4月1日

附件1
设备底数表
| 设备类别 | 数量 | 使用年限 |
|---|---|---|
| 数控机床 |  |  |
| 注塑机 |  |  |

附件 2：更新意愿表
一、企业名称
二、拟更新设备
（此件公开发布）
"""

GUIDE = """海川市2025年首台套装备奖励申报指南

一、支持方向
重点支持机床、焊接装备。
二、申报条件
申报企业应同时符合以下条件：
1、在本市注册；
2、近三年无失信记录。
三、奖励标准
奖励标准见附件2。
四、申报材料
（一）申报书（附件1）；
（二）承诺书（附件3）。
五、申报时间
2025年3月1日至3月31日，逾期不予受理。

附件：1.申报书
2.奖励标准表
3.承诺书

附件1：
首台套装备奖励申报书
一、企业基本情况
填写企业名称、统一社会信用代码。
二、装备情况
填写装备名称和用途。

附件 2： 奖励标准表
序号	装备类型	奖励比例	最高金额
1	国际首台套	30%	500万元
2	国内首台套	20%	300万元

附件3
承诺书
本企业承诺所报材料真实有效。
"""

DRAFT = """海川市工程师协同服务管理办法（试行）
（公开征求意见稿）

第一章 总则
第一条（目的依据）为规范工程师协同服务，制定本办法。
第二条（定义）本办法所称协同服务，是指工程师为企业提供的技术服务。
第二章 服务
第三条（服务内容）服务内容包括：
（一）诊断；
（二）培训。
第三章 附则
第四条（施行日期）本办法自发布之日起30日后施行，试行2年。

关于《海川市工程师协同服务管理办法（试行）（公开征求意见稿）》的起草说明
一、起草背景
工程师服务需要规范。
二、主要内容
共三章四条。
"""

ISSUED = """海川市人力资源和社会保障局
海川市财政局
关于印发《海川市技师补贴实施细则》的通知
海人社规〔2024〕6号

各区县人社局、财政局：
现将《海川市技师补贴实施细则》印发给你们，请认真贯彻执行。
海川市人力资源和社会保障局  海川市财政局
2024年6月3日

海川市技师补贴实施细则
第一条 为落实技师补贴，制定本细则。
第二条 补贴标准如下：
（一）技师2000元；
（二）高级技师3000元。
第三条 本细则自2024年7月1日起施行，有效期至2027年6月30日。《海川市技师津贴办法》（海人社发〔2019〕8号）、《关于调整技师津贴的通知》（海人社发〔2021〕2号）同时废止。
"""

QUESTIONS = """海川市设备更新补贴政策问答

一、申报类
问：哪些企业可以申报？
答：本市规模以上工业企业可以申报。
小微企业另行通知。
问：一年可以申报几次？
答：每年一次。
二、资金类
问：补贴什么时候到账？
答：验收后三个月内。
"""

STANDARD = """海川市技术工坊设备点检规范

前言
本规范由海川市机械行业协会提出。

1 范围
本规范规定了技术工坊设备点检的要求。
2 规范性引用文件
下列文件对于本文件的应用是必不可少的。
3 术语和定义
3.1 点检
按规定周期检查设备。
3.2 点检员
从事点检的人员。
4 点检要求
4.1 一般要求
4.1.1 点检前应切断电源。
4.1.2 点检周期应符合下列规定：
a) 数控机床每日一次；
b) 注塑机每周一次。
4.2 主轴
主轴温升不应超过
1.5 倍额定值。
4.2.1 主轴跳动不大于0.01mm。
附录A
（规范性）
点检记录表
A.1 记录要求
记录应保存2年。
"""

NUMBERED_QUESTIONS = """设备补贴常见问题解答

1.问：谁能申报？
答：规上企业。
2.问：怎么申报？
答：登录平台填报。
Q1：补贴多少？
A1：最高20万元。
Q2：什么时候截止？
A2：3月底。
"""


def test_a_code_of_parts_chapters_sections_and_articles() -> None:
    document = read(CODE)
    found = clauses(document)
    assert found["第四条（二）2.（1）"] == "（1）机床；"
    assert found["第三条第一款"] == "市工业和信息化局（以下简称市工信局）负责统筹。"
    assert found["第三条第二款"] == "区县工信部门负责本辖区工作。"
    assert found["第一编第二章第一节"] == "第一节建设"
    assert [node.label for node in nodes(document) if node.kind is NodeKind.ARTICLE][-1] == "第七条"
    assert (document.effective, document.valid_until) == (date(2023, 7, 1), date(2028, 6, 30))
    assert document.replaces == ("海川市大型仪器共享办法", "海政办发〔2018〕12号")


def test_an_article_without_a_title_counts_its_own_line_as_the_first_paragraph() -> None:
    found = clauses(read("甲市办法\n第一条 本市设工坊，鼓励共享\n工坊可以联合。\n第二条 程序\n先申请。\n"))
    assert found["第一条第二款"] == "工坊可以联合。"
    assert found["第二条"] == "第二条程序先申请。"


def test_a_notice_with_four_levels_and_blank_forms() -> None:
    document = read(NOTICE)
    found = clauses(document)
    assert found["二、（一）1.（1）②"] == "②五轴。"
    assert found["附件1 · 数控机床"] == "数控机床"
    assert found["附件2 · 二、"] == "二、拟更新设备"
    assert found["联系人"].startswith("联系人：周岚")
    assert "设备类别|数量|使用年限" in [
        each.text.replace(" ", "") for each in split(document) if each.clause == "附件1"
    ]
    assert (document.number, document.issuer) == ("海工信〔2025〕18号", "海川市工业和信息化局")
    assert (document.region, document.issued) == ("海川市", date(2025, 4, 1))


def test_a_guide_with_numbered_attachments() -> None:
    document = read(GUIDE)
    found = clauses(document)
    assert found["二、2、"] == "2、近三年无失信记录。"
    assert found["四、（二）"] == "（二）承诺书（附件3）。"
    assert found["附件1 · 二、"] == "二、装备情况填写装备名称和用途。"
    assert found["附件2 · 国内首台套"] == "2国内首台套20%300万元"
    assert "本企业承诺" in found["附件3"]
    attachments = [(node.label, node.heading) for node in document.tree.children if node.kind is NodeKind.ATTACHMENT]
    assert attachments == [("附件1", "首台套装备奖励申报书"), ("附件2", "奖励标准表"), ("附件3", "承诺书")]


def test_a_draft_and_the_explanation_below_it_are_two_drafts() -> None:
    draft, explanation = structure(Extract(DRAFT), source="稿.txt")
    assert draft.title == "海川市工程师协同服务管理办法（试行）"
    assert (draft.draft, explanation.draft) == (True, True)
    assert explanation.title.endswith("起草说明")
    assert set(clauses(explanation)) == {"标题", "一、", "二、"}
    assert "第四条" in clauses(draft)


def test_a_regulation_that_replaces_two_others() -> None:
    document = read(ISSUED)
    assert document.title == "海川市技师补贴实施细则"
    assert document.issuer == "海川市人力资源和社会保障局、海川市财政局"
    assert (document.effective, document.valid_until) == (date(2024, 7, 1), date(2027, 6, 30))
    assert document.replaces[::2] == ("海川市技师津贴办法", "关于调整技师津贴的通知")
    assert document.replaces[1::2] == ("海人社发〔2019〕8号", "海人社发〔2021〕2号")
    assert clauses(document)["第二条（二）"] == "（二）高级技师3000元。"


def test_questions_go_by_their_words_and_hold_their_answers() -> None:
    document = read(QUESTIONS)
    found = clauses(document)
    assert found["一、 · 一年可以申报几次？"] == "问：一年可以申报几次？答：每年一次。"
    assert "小微企业另行通知。" in found["一、 · 哪些企业可以申报？"]
    (whole,) = (each for each in split(document) if each.clause == "二、 · 补贴什么时候到账？")
    assert whole.text == "问：补贴什么时候到账？答：验收后三个月内。"


def test_numbered_questions_keep_their_numbers() -> None:
    found = clauses(read(NUMBERED_QUESTIONS))
    assert found["2."] == "2.问：怎么申报？答：登录平台填报。"
    assert found["补贴多少？"] == "Q1：补贴多少？A1：最高20万元。"


def test_a_standard_with_decimal_headings() -> None:
    document = read(STANDARD)
    found = clauses(document)
    assert found["1 范围"].startswith("1范围本规范规定")
    assert found["3.2"] == "3.2点检员从事点检的人员。"
    assert found["4.1.2a）"] == "a)数控机床每日一次；"
    assert found["4.2"] == "4.2主轴主轴温升不应超过1.5倍额定值。"
    assert found["4.2.1"] == "4.2.1主轴跳动不大于0.01mm。"
    assert found["附录A · A.1"] == "A.1记录要求记录应保存2年。"
    assert [node.label for node in document.tree.children if node.kind is NodeKind.HEADING] == ["1", "2", "3", "4"]


def test_decimal_headings_below_numbers_with_a_point_are_cited_alone() -> None:
    for top in ("1.总则", "1、总则", "1 总则"):
        found = clauses(
            read(f"甲厂点检规范\n{top}\n1.1 目的\n统一点检。\n1.1.1 范围限于机床。\n1.2 职责\n班组负责。\n")
        )
        assert found["1.1"] == "1.1目的统一点检。"
        assert found["1.1.1"] == "1.1.1范围限于机床。"
        assert found["1.2"] == "1.2职责班组负责。"


def test_amounts_at_the_start_of_a_line_are_no_sections() -> None:
    found = clauses(read("一、成效\n1.1 稳步推进\n今年已培育\n1 家龙头企业\n2 个公共平台\n"))
    assert not [clause for clause in found if "龙头" in clause or "平台" in clause]


def test_nothing_of_any_style_is_lost() -> None:
    for text in (CODE, NOTICE, GUIDE, DRAFT, ISSUED, QUESTIONS, STANDARD, NUMBERED_QUESTIONS):
        for document in structure(Extract(text), source="x.txt"):
            assert uncovered(document) == ""
