"""What is taken out of a text before other firms read it, measured on sentences with planted data."""

import inspect
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules import redaction
from bot.rules.redaction import REPLACEMENTS, Finding, Known, Redaction, apply, propose

# What must go stands between 【 and 】; every other character must stay. Persons, numbers and small firms are invented.
PLANTED = [
    "客户是【滨江宏达精密模具有限公司】，注塑件缩水",
    "【长沙金鹏机械制造有限公司】的 MA1600 注塑机保压 80 MPa",
    "我们是【宁波海顺塑料制品厂】，做 PP 料",
    "供应商【青州市锐锋刀具有限责任公司】给的刀片崩刃",
    "这批件发给【东方重工集团】，公差 0.02 mm",
    "【湘潭永盛五金厂】要求退货，不良率 15%",
    "从【上海卓远自动化科技股份有限公司】买的伺服 MR-JE-40A",
    "【广州明泰（中国）有限公司】的 S7-1200 掉线",
    "电话【13800138000】，注塑温度 230 ℃",
    "手机【138 0013 8000】随时打",
    "打【138-0013-8000】找我",
    "请拨【0731-88886666】转设备科",
    "热线【400-820-8820】，转速 3000 r/min",
    "手机号【139.1234.5678】",
    "电话【１３８００１３８０００】（全角也要认）",
    "打电话【一三八零零一三八零零零】",
    "分机【8021】，压力 16 MPa",
    "联系电话：【88886666】，主轴转速 12000",
    "身份证【11010519491231002X】",
    "身份证号：【110105 19491231 0021】",
    "邮箱【wang.qiang@example.com】，图纸发过去了",
    "加微信【wang_gong88】聊，45 钢调质 HRC28",
    "微信号：【abc12345】",
    "QQ【123456789】发程序 O1234",
    "vx:【hongda_888】",
    "【张工】说主轴轴承坏了，换 7014C",
    "【李师傅】把保压从 60 MPa 加到 80 MPa",
    "问过【王经理】，M8 螺栓扭矩 25 N·m",
    "【刘总】催得急，交期 3 天",
    "【老陈】调了 G54，偏了 0.05 mm",
    "【小赵】反映 AL.50 又报了",
    "【欧阳工程师】检查了 S7-1200 的 24V 电源",
    "【赵建国师傅】测了 230 ℃ 时的粘度",
    "联系人：【周志强】，不锈钢 304",
    "我姓【吴】，机床是 VMC850",
    "我叫【郑小明】，加工 6061-T6",
    "工程师【孙伟】到现场，测得跳动 0.01 mm",
    "报修人：【钱多多】",
    "技术员【马超】换了接近开关 E2E-X5",
    "负责人 【徐明】，电话【13912345678】",
    "【何厂长】定的节拍 35 s",
    "【黄女士】收货，共 5000 件",
    "报价【3.2 万元】，交期 15 天",
    "修一次【￥1200】，换轴承 6205",
    "花了【3800元】换丝杠，螺距 10 mm",
    "单价 【0.85元/件】，月产 20 万件",
    "要价【一千二】，换一套密封 45×60×8",
    "赔了【两万多块】，不良 300 件",
    "运费【500 元】，重 2.5 吨",
    "预算【10万】，目标节拍 12 秒",
    "收了【三百块钱】的上门费",
    "人工费【2,500.00元】，打磨 3 小时",
    "报价 【8000-12000 元】，焊接电流 180 A",
    "罚款【5万元】，因为晚了 2 天",
    "成本降到【12.5元】，壁厚 2.5 mm",
    "采购价【¥ 36,000】，功率 7.5 kW",
    "损失大概【六万元】，炉温 850 ℃",
    "月薪【8000】，会 PLC 的工程师",
    "厂在【岳麓区枫林三路268号】，行车 5 吨",
    "地址：【滨海市新城区创业大道12号3栋201室】",
    "送到【望城区金星北路 88 号】，件重 12 kg",
    "我们在【雨花区环保科技园】，冷却水 25 ℃",
    "账号：【6222 0202 0011 2233 445】",
    "卡号 【6222020200112233445】，定金【2000元】",
    "统一社会信用代码【91350100M000100Y43】",
    "税号：【91350100M000100Y43】",
    "订单号【PO20260115-07】的件振纹",
    "合同编号：【HT-2026-018】，孔距 50±0.02",
    "出厂编号 【SN20231107】，额定 22 kW",
    "S/N: 【A1B2C3D4】，固件 V2.1",
    "工单 【T-000123】 里说过，AL.32",
    "图号：【HD-3021-05】，粗糙度 Ra1.6",
    "快递单号【SF1234567890】",
    "车牌【湘A12345】送来的 3 件",
    "【粤B·D12345】拉走的模具 2.5 吨",
    "资料在【https://www.example.com/a?b=1】，见第 3 页",
    "找【张工】（【13800138000】），他在【长沙宏图机电有限公司】",
    "我是【宏达】的【小王】，【13900001111】，你加我微信 【hd-wang2020】",
    "【王总】让我找你们，他电话是 【137 0000 2222】",
    "上次【周师傅】来看的，说是丝杠磨损，换了HIWIN的丝杠，花了【4千多】",
    "【李建华工程师】远程指导，把P0-08改成12",
    "我们在【东莞长安镇】，厂名叫【恒泰模具】",
    "【恒泰模具厂】老板姓陈",
    "合同价【三万六】，先付30%定金",
    "加工费一件【八毛五】",
    "这个件卖给【比亚迪】，单价【12块5】",
    "找我们采购【刘娟】拿图，【刘娟】电话在后面",
    "开票：【湖南天工机电设备有限公司】，税号【91430100MA4L12345X】，【开户行中国建设银行长沙星沙支行 43050178123600000123】",
    "发顺丰 【SF1029384756】，收件人【张伟】，【长沙县星沙街道开元东路17号】",
    "您好我是【张伟】，XX厂设备科的",
    "【张伟】：昨天停机了",
    "工程师 【李强】：请检查接近开关",
    "机床是2019年买的，出厂编号【VMC850-19076】，花了【38万】",
    "客户【三一重工】要求退货",
    "厂家技术支持电话【400 888 1234】",
    "他在【浏阳经开区】，离我们20公里",
    "【钱工】说焊接电流180A，气体流量15L/min",
    "邮箱是 【zhang_wei@126.com】 或QQ 【87654321】",
    "发票抬头：【株洲精诚五金制品有限公司】",
    "去年给【中车株机】做过一批",
    "成本大约每件 【3.5 元】，良率从92%提到98%",
    "每吨涨了【500块】",
    "大概【五六千块钱】吧",
    "给了【李师傅】【500】红包",
    "电费一个月省 【2 万多元】",
    "【王建国】，男，身份证号 【430102198001011234】",
    "【黄工】、【林工】都来看过",
    "【陈经理】的意思是先发货",
    "感谢长沙理工大学的【刘教授】",
    "联系方式：【王女士】 【0731-8888 6666 转 802】",
    "老板电话【139一一一一二222】",
    "【小刘】【小李】一起弄的",
    "我姓【欧阳】",
    "车号【湘AD12345】新能源",
    "设备编号：【CNC-03】 的主轴",
]
TECHNICAL = [
    "压力 80 MPa，温度 230 ℃，保压 12 s",
    "公差 0.02 mm，M8 螺栓，45 钢调质",
    "S7-1200 报 AL.50，转速 3000 r/min",
    "主轴 12000 rpm，进给 F1500，切深 0.5",
    "GB/T 1804-2000 m 级，ISO 2768",
    "6061-T6 铝板 200×300×12，Ra3.2",
    "HRC58~62，渗碳层 0.8-1.2 mm",
    "轴承 6205 6206 7014C 全换",
    "PA66+30%GF，含水率 0.2%",
    "变频器 ACS550，22 kW，380 V，45 A",
    "油温 70 ℃，压力从 16 降到 12",
    "寿命 10 万次，月产 20 万件",
    "炉温 850 ℃ 保温 2 小时，油淬",
    "三元乙丙橡胶密封圈 45×60×8",
    "1200 件里有 36 件超差，占 3%",
    "参数 P1-01=0x0120，地址 192.168.1.10",
    "程序 O1234，G54 X100.5 Y-20.3",
    "料筒 200/210/220/230 ℃，背压 5 bar",
    "CPK 1.33，均值 25.013，极差 0.021",
    "2026年1月15日开始，3 天内坏了 2 次",
    "焊接电流 180 A，电压 24 V，速度 35 cm/min",
    "成本降低 15%，效率提高 20%",
    "施工图已改，金工车间加工，电工接线",
    "高温师傅们注意，高工评审，一周工作 5 天",
    "一张总图，每张总厚 2 mm，紧张工况",
    "其余工件用夹具 3 号位，小张力卷绕",
    "找工程师看看，老师傅有经验，让师傅来",
    "小孔 φ3，小平面 20×20，小余量 0.3 mm，小周期扰动",
    "我厂、工厂、本地电镀厂、一家模具厂都做过",
    "有限公司一般怎么申报，公司内部标准",
    "主油路 3 号阀，气路 2 号缸，电路 5 号线",
    "有关主任工艺师的要求，安全主任检查 5 项",
    "保压费时 12 s，花了 3 天，收缩率 1.5%",
    "损失 3% 的功率，便宜的刀片 4 刃",
    "价格 按牌号分：45 钢、40Cr、GCr15",
    "两块模板厚 40 mm，三块钢板焊 5 道",
    "批号相同的 304 不锈钢有 2 炉",
    "微信里发过图，QQ 里也有",
    "电话里说温度 230 ℃，压力 12.5 MPa",
    "编码器 2500 线，分辨率 131072，17 位",
    "由于总线掉线，汇总了 12 条报警，张力 50 N",
    "程序里和时间有关的 T10，T8 钢刀 TC4 钛合金",
    "第 3 步：把间隙调到 0.15～0.20 mm",
    "1. 停机；2. 断电 5 分钟；3. 换 E2E-X5R5E1",
    "扭矩 25 N·m，流量 63 L/min，DN50，IP67",
    "5.5 元素含量，C 0.45，Si 0.25，Mn 0.65",
    "某企业的某工程师，联系 [电话]，花费 [金额]",
    "光纤通信 1310 nm，ModBus 40001～40010",
    "报警代码 2041，参数1815.5设1",
    "材料 HT250，牌号 45#，硬度 HB220",
    "换了 3 块垫板，磨 2 块，余 12 块模板",
    "三块五金件，五毛刺，8 毛坯",
    "周期：12 s\n张力：50 N\n程序：O1234",
    "杨氏模量 206 GPa，马氏体 95%，罗茨泵 2 级",
    "正常工况 70 ℃，异常工时 3 h，日常工作 8 h",
    "电流 1.5 A，电压 380 V，转矩 25 N·m，频率 50 Hz",
    "气缸 SC63×100-S，阀 4V210-08，管 8 mm",
    "数据块 DB10.DBX0.0，IP 10.0.0.12，端口 102",
    "13 14 15 16 17 18 号位，行程 1300 mm",
    "尺寸 138.001 38.000，流量 4000 L/h",
]


def _marked(sentence: str) -> tuple[str, list[tuple[int, int]]]:
    """The sentence without marks, and where the marked parts stand in it."""
    text, spans = "", []
    for part in re.split(r"(【[^】]*】)", sentence):
        inner = part[1:-1] if part.startswith("【") else part
        if part.startswith("【"):
            spans.append((len(text), len(text) + len(inner)))
        text += inner
    return text, spans


@pytest.mark.parametrize("sentence", PLANTED)
def test_what_is_planted_is_found_and_nothing_else(sentence: str):
    text, spans = _marked(sentence)
    assert [(found.start, found.end) for found in propose(text)] == spans


@pytest.mark.parametrize("text", TECHNICAL)
def test_figures_of_the_trade_are_not_touched(text: str):
    assert propose(text) == ()


def test_recall_and_technical_numbers_on_the_whole_set():
    assert len(PLANTED) + len(TECHNICAL) >= 60
    planted = found = 0
    for sentence in PLANTED:
        text, spans = _marked(sentence)
        proposed = propose(text)
        planted += len(spans)
        found += sum(any(one.start <= a and b <= one.end for one in proposed) for a, b in spans)
    assert found == planted


@pytest.mark.parametrize(
    ("text", "kind", "replaced"),
    [
        ("张工说换 6205", Finding.NAME, "某工程师说换 6205"),
        ("王经理说可以", Finding.NAME, "某负责人说可以"),
        ("黄女士收货", Finding.NAME, "某人收货"),
        ("电话13800138000", Finding.PHONE, "电话[电话]"),
        ("宁波海顺塑料制品厂的件", Finding.FIRM, "某企业的件"),
        ("报价3.2万元", Finding.PRICE, "报价[金额]"),
        ("身份证11010519491231002X", Finding.IDENTITY, "身份证[证件号]"),
        ("微信号abc12345", Finding.WECHAT, "微信号[微信]"),
        ("账号6222020200112233445", Finding.ACCOUNT, "账号[账号]"),
        ("订单号PO20260115-07", Finding.SERIAL, "订单号[编号]"),
        ("湘A12345 送来", Finding.PLATE, "[车牌] 送来"),
        ("发到 a@b.cn", Finding.EMAIL, "发到 [邮箱]"),
        ("看 https://example.com/x", Finding.WEBSITE, "看 [网址]"),
        ("厂在枫林三路268号", Finding.ADDRESS, "厂在[地址]"),
    ],
)
def test_each_kind_has_its_replacement(text: str, kind: Finding, replaced: str):
    found = propose(text)
    assert [one.kind for one in found] == [kind]
    assert apply(text, found) == replaced


# --- what the records hold ------------------------------------------------------------------------------------------------------------

KNOWN = (
    Known(Finding.FIRM, "长沙市宏达精密模具有限公司"),
    Known(Finding.NAME, "张建国", "某客户"),
    Known(Finding.NAME, "欧阳雪"),
    Known(Finding.PHONE, "0731-88886666"),
    Known(Finding.PHONE, "13800138000"),
    Known(Finding.SERIAL, "HD-3021"),
)


@pytest.mark.parametrize(
    "sentence",
    [
        "【长沙市宏达精密模具有限公司】的件",
        "【长沙市宏达精密模具】的件",
        "长沙【宏达】的件",
        "【宏达精密模具】的件缩水",
        "【宏达】那边说保压 80 MPa",
        "【宏达公司】的模具",
        "【张建国】签的字",
        "【张建国经理】签的字",
        "【张工】来过",
        "【张经理】来过",
        "【老张】来过，老张力机",
        "【小张】调的，小张力 50 N",
        "【张师傅】换的 6205",
        "【建国哥】帮忙调的",
        "【欧阳雪】收货",
        "【欧阳老师】收货",
        "【0731 8888 6666】",
        "【073188886666】",
        "【138 0013-8000】",
        "【+86 13800138000】",
        "件号 【hd-3021】 报废",
        "紧张工况下，一张工艺卡，精密模具寿命 10 万次",
    ],
)
def test_what_the_records_hold_is_found_as_people_write_it(sentence: str):
    text, spans = _marked(sentence)
    assert [(found.start, found.end) for found in propose(text, known=KNOWN)] == spans


def test_a_record_may_bring_its_own_replacement():
    assert apply("张建国说好", propose("张建国说好", known=KNOWN)) == "某客户说好"


def test_a_firm_that_is_only_a_trade_and_a_place_hides_no_words_of_the_trade():
    known = [Known(Finding.FIRM, "长沙精密机械有限公司"), Known(Finding.FIRM, ""), Known(Finding.PHONE, "12")]
    assert propose("精密机械的公差，12 mm", known=known) == ()
    assert apply("长沙精密机械有限公司", propose("长沙精密机械有限公司", known=known)) == "某企业"


# --- properties -----------------------------------------------------------------------------------------------------------------------


def test_overlapping_finds_become_one():
    text = "地址：枫林三路268号张工收，电话13800138000"
    found = propose(text, known=[Known(Finding.ADDRESS, "枫林三路268号张工收")])
    assert all(one.end <= two.start for one, two in zip(found, found[1:], strict=False))
    assert "张" not in apply(text, found)


@pytest.mark.parametrize(
    "redactions",
    [
        (Redaction(0, 2, Finding.NAME, "x"), Redaction(1, 3, Finding.NAME, "y")),
        (Redaction(2, 3, Finding.NAME, "x"), Redaction(0, 1, Finding.NAME, "y")),
        (Redaction(0, 9, Finding.NAME, "x"),),
        (Redaction(1, 1, Finding.NAME, "x"),),
    ],
)
def test_impossible_redactions_are_refused(redactions: tuple[Redaction, ...]):
    with pytest.raises(ValueError, match="重叠、颠倒或超出"):
        apply("一二三", redactions)


def test_nothing_to_take_out_changes_nothing():
    assert propose("") == ()
    assert apply("注塑件缩水", propose("注塑件缩水")) == "注塑件缩水"


planted = st.sampled_from(
    [inner for sentence in PLANTED for inner in re.findall(r"[^，。【]{0,5}【[^】]+】", sentence)]
)
technical = st.sampled_from(TECHNICAL[:25])


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.one_of(planted, technical), min_size=1, max_size=6))
def test_what_is_left_holds_nothing_more_to_take_out(parts: list[str]):
    text, spans = _marked("，".join(parts) + "。")
    left = apply(text, propose(text))
    assert propose(left) == ()
    for start, end in spans:
        assert text[start:end] not in left or text[start:end] in REPLACEMENTS.values()


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("张工老李￥1234567890.-元万 公司厂路号@a微信：，。T"), max_size=60))
def test_proposals_ascend_stand_apart_and_lie_within(text: str):
    at = 0
    for one in propose(text, known=KNOWN):
        assert at <= one.start < one.end <= len(text)
        at = one.end


@pytest.mark.parametrize(
    "text", ["1" * 20000, "张工" * 8000, "有限公司" * 5000, "厂" * 20000, "一" * 20000, "1 " * 9000]
)
def test_a_long_text_is_read_as_well(text: str):
    assert isinstance(propose(text, known=KNOWN), tuple)


def test_no_pattern_runs_over_blanks_without_a_bound() -> None:
    # two of them beside each other take the square of the length, and twenty thousand characters are taken in
    source = inspect.getsource(redaction)
    assert [blank for blank in (r"\s*", r"\s+") if blank in source] == []
