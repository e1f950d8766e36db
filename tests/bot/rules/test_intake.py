"""From free talk to a structured demand."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.intake import (
    LABELS,
    MAX_TITLE_CHARS,
    SYMPTOM,
    Fact,
    codes,
    completeness,
    correct,
    extract,
    next_questions,
    summary,
    title,
)
from bot.rules.triage import QUESTIONS, Demand, Domain, Urgency, triage

P, M = Demand.PROBLEM, Domain.MOULDING


def said(*texts: str, demand: Demand = P, domain: Domain = M, asked: Sequence[str] = ()) -> dict[str, str]:
    """The values by code; message n has the id n and answers the n-th of `asked` (empty: nothing was asked)."""
    messages = [(str(at), text) for at, text in enumerate(texts)]
    answering = {str(at): code for at, code in enumerate(asked) if code}
    return {code: fact.value for code, fact in extract(messages, demand, domain, answering=answering).items()}


# text, domain, code, value
STATEMENTS = [
    ("海天 MA1600 注塑机，PP 料，昨天开始缩水，保压加了也没用，停线了", M, "equipment", "注塑机"),
    ("海天 MA1600 注塑机，PP 料，昨天开始缩水，保压加了也没用，停线了", M, "model", "海天 MA1600"),
    ("海天 MA1600 注塑机，PP 料，昨天开始缩水，保压加了也没用，停线了", M, "material", "PP 料"),
    ("海天 MA1600 注塑机，PP 料，昨天开始缩水，保压加了也没用，停线了", M, "since_when", "昨天开始缩水"),
    ("海天 MA1600 注塑机，PP 料，昨天开始缩水，保压加了也没用，停线了", M, "tried", "保压加了也没用"),
    ("海天 MA1600 注塑机，PP 料，昨天开始缩水，保压加了也没用，停线了", M, "effect", "停线了"),
    ("注塑件老缩水，客户要退货，急", M, SYMPTOM, "注塑件老缩水"),
    ("注塑件老缩水，客户要退货，急", M, "effect", "客户要退货"),
    ("你好，我们厂有台数控车床，轴有椭圆，怎么办", Domain.MACHINING, "equipment", "数控车床"),
    ("材料 45 钢，调质", Domain.MACHINING, "material", "45 钢"),
    ("45# 调质", Domain.MACHINING, "material", "45#"),
    ("料是 PA66+30%GF", M, "material", "PA66+30%GF"),
    ("用的 SUS304 板", Domain.MACHINING, "material", "SUS304 板"),
    ("6061-T6 铝板铣平面", Domain.MACHINING, "material", "6061-T6 铝板"),
    ("40Cr 轴淬火开裂", Domain.WELDING, "material", "40Cr"),
    ("Cr12MoV 模具崩刃", M, "material", "Cr12MoV"),
    ("铝合金件压铸有气孔", M, "material", "铝合金"),
    ("S7-1200 和触摸屏通讯老掉线", Domain.ELECTRICAL, "model", "S7-1200"),
    ("变频器是 ACS550 的，报过流", Domain.ELECTRICAL, "model", "ACS550"),
    ("三菱 MR-JE-40A 报 AL.32", Domain.ELECTRICAL, "model", "三菱 MR-JE-40A"),
    ("FX3U-48MT 输出点不亮", Domain.ELECTRICAL, "model", "FX3U-48MT"),
    ("VMC850 主轴异响", Domain.MACHINING, "model", "VMC850"),
    ("上周换了油以后，油缸就下滑", Domain.HYDRAULICS, "since_when", "上周换了油以后"),
    ("三天前开始的", M, "since_when", "三天前开始的"),
    ("从上个月大修以后就这样", M, "since_when", "从上个月大修以后就这样"),
    ("换了刀，调了转速，还是老样子", Domain.MACHINING, "tried", "换了刀，调了转速，还是老样子"),
    ("不良率 15%，交期下周", M, "effect", "不良率 15%，交期下周"),
    ("电话 138 0013 8000", M, "contact", "电话 138 0013 8000"),
    ("我姓王，手机13800138000，下午方便", M, "contact", "我姓王，手机13800138000，下午方便"),
    ("座机0731-88880000 找李工", M, "contact", "座机0731-88880000 找李工"),
    ("微信号 wang_gong88", M, "contact", "微信号 wang_gong88"),
    ("老师您好，麻烦看看，换热器结垢堵塞，谢谢", Domain.PROCESS, SYMPTOM, "换热器结垢堵塞"),
    ("机械手取件卡住但是报警灯不亮", Domain.ROBOTICS, SYMPTOM, "机械手取件卡住"),
    ("液压机保不住压，4柱500吨的，影响交货", Domain.HYDRAULICS, SYMPTOM, "液压机保不住压"),
    ("系统是FANUC 0i-MF,导轨刚贴塑", Domain.MACHINING, "model", "FANUC 0i-MF"),
    ("数控铣床有爬行，目前停机", Domain.MACHINING, "effect", "目前停机"),
    ("空压机老跳机，阿特拉斯GA37的", Domain.ENERGY, "model", "阿特拉斯GA37"),
    ("车床 CAK6150 车出来的轴有锥度，顶尖换过了", Domain.MACHINING, "tried", "顶尖换过了"),
    ("老板急死了 注塑的件最近老是缩水 换了料也不行", M, "tried", "换了料也不行"),
    ("想请专家看看冲压件开裂，材料DC04", M, SYMPTOM, "想请专家看看冲压件开裂"),
]


@pytest.mark.parametrize(("text", "domain", "code", "value"), STATEMENTS)
def test_a_fact_is_the_words_that_state_it(text: str, domain: Domain, code: str, value: str):
    assert said(text, domain=domain)[code] == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("液压站油温七十度，压力 16MPa", "model"),
        ("转速 3000 r/min，进给 0.1mm", "model"),
        ("变频器报 AL.50", "model"),
        ("报警 E21 停机", "model"),
        ("M12 螺纹烂牙", "model"),
        ("按 GB/T 1804 检", "model"),
        ("材料 PA66", "model"),
        ("硬度 HRC58", "model"),
        ("电话13800138000", "model"),
        ("今天下午要交货", "since_when"),
        ("一直缩水", "since_when"),
        ("下午方便打电话", "since_when"),
        ("我的手机是安卓", "equipment"),
        ("主轴机会不会坏", "material"),
        ("换了轴承以后开始响", "tried"),
        ("我姓王", SYMPTOM),
        ("电话13800138000，下午方便", SYMPTOM),
        ("MA1600", SYMPTOM),
    ],
)
def test_what_only_looks_like_a_fact_is_none(text: str, code: str):
    assert code not in said(text)


@pytest.mark.parametrize(
    ("demand", "text", "code", "value"),
    [
        (Demand.TALENT_GAP, "想找3个会伺服调试的工程师，长期的", "headcount", "3个"),
        (Demand.TALENT_GAP, "想找3个会伺服调试的工程师，长期的", "skill", "想找3个会伺服调试的工程师"),
        (Demand.TALENT_GAP, "想找3个会伺服调试的工程师，长期的", "term", "长期的"),
        (Demand.TRAINING, "给20名焊工培训氩弧焊，下个月周末", "headcount", "20名"),
        (Demand.TRAINING, "给20名焊工培训氩弧焊，下个月周末", "topic", "给20名焊工培训氩弧焊"),
        (Demand.TRAINING, "给20名焊工培训氩弧焊，下个月周末", "schedule", "下个月周末"),
        (Demand.TESTING, "镀锌螺栓做盐雾，按 GB/T 10125，下周要报告", "items", "镀锌螺栓做盐雾"),
        (Demand.TESTING, "镀锌螺栓做盐雾，按 GB/T 10125，下周要报告", "basis", "按 GB/T 10125"),
        (Demand.TESTING, "镀锌螺栓做盐雾，按 GB/T 10125，下周要报告", "deadline", "下周要报告"),
        (Demand.TRANSFER, "我们有耐高温涂层的专利，做到中试，想转让", "stage", "做到中试"),
        (Demand.TRANSFER, "我们有耐高温涂层的专利，做到中试，想转让", "cooperation", "想转让"),
        (Demand.STANDARD, "想牵头做数控刀具的团体标准，已经有草案", "level", "团体标准"),
        (Demand.STANDARD, "想牵头做数控刀具的团体标准，已经有草案", "stage", "已经有草案"),
    ],
)
def test_every_kind_of_demand_has_its_facts(demand: Demand, text: str, code: str, value: str):
    assert said(text, demand=demand, domain=Domain.WELDING)[code] == value


def test_each_fact_names_the_message_it_came_from():
    facts = extract([("a", "注塑机老缩水"), ("b", "MA1600，PP 料")], P, M)
    assert (facts[SYMPTOM].message, facts["model"].message, facts["material"].message) == ("a", "b", "b")


def test_a_more_exact_statement_replaces_a_vague_one_and_not_the_other_way_round():
    assert said("海天的注塑机", "MA1600 的")["model"] == "MA1600"
    assert said("MA1600", "就是海天的")["model"] == "MA1600"
    assert said("机器坏了", "冲床不动作")[SYMPTOM] == "冲床不动作"
    assert said("冲床不动作", "有问题")[SYMPTOM] == "冲床不动作"


def test_an_answer_outweighs_a_vague_word_before_it():
    talk = ("涂层起泡", "镀锌板，户外粉末")
    assert said(*talk, domain=Domain.MATERIALS, asked=("", "material"))["material"] == "镀锌板，户外粉末"


def test_an_exact_statement_stands_unless_the_question_was_asked():
    assert said("MA1600 缩水", "隔壁 MA900 没事")["model"] == "MA1600"
    assert said("MA1600 缩水", "MA900", asked=("", "model"))["model"] == "MA900"


@pytest.mark.parametrize(
    ("code", "answer", "value"),
    [
        ("model", "牌子磨没了，老师傅留下来的", "牌子磨没了，老师傅留下来的"),
        ("since_when", "一直这样", "一直这样"),
        ("since_when", "换模具后", "换模具后"),
        ("tried", "没有", "没有"),
        ("material", "回收料", "回收料"),
        ("effect", "还能凑合用", "还能凑合用"),
        ("equipment", "就是那台大的", "那台大的"),
        ("tried", "谢谢", None),
        ("tried", "转人工", None),
        ("tried", "好的", None),
        ("model", "你们几点上班", None),
        ("model", "问这个干什么", None),
        ("model", "电话13800138000", None),
    ],
)
def test_what_answers_a_question_counts_for_it(code: str, answer: str, value: str | None):
    assert said("老缩水", answer, asked=("", code)).get(code) == value


@pytest.mark.parametrize("answer", ["不知道", "不清楚啊", "跳过", "先不说", "忘了"])
def test_what_is_passed_over_is_not_asked_again(answer: str):
    facts = extract([("0", "注塑机老缩水"), ("1", answer)], P, M, answering={"1": "model"})
    assert facts["model"] == Fact("model", "", "1")
    assert facts["model"].skipped
    assert "model" not in [code for code, _ in next_questions(facts, P, M, limit=9)]


def test_what_was_passed_over_may_still_be_said_later():
    assert said("注塑机缩水", "不知道", "问到了，MA1600", asked=("", "model"))["model"] == "MA1600"


def test_two_questions_at_once_are_answered_or_passed_over_together():
    messages = [("0", "注塑机老缩水"), ("1", "MA1600，上周二开始的")]
    facts = extract(messages, P, M, answering={"1": ("model", "since_when")})
    assert (facts["model"].value, facts["since_when"].value) == ("MA1600", "上周二开始的")
    facts = extract([("0", "注塑机老缩水"), ("1", "都不清楚")], P, M, answering={"1": ("model", "since_when")})
    assert facts["model"].skipped
    assert facts["since_when"].skipped


# --- corrections ----------------------------------------------------------------------------------------------------------------------

KNOWN = {
    "material": Fact("material", "PP 料", "0"),
    "model": Fact("model", "MA900", "0"),
    "contact": Fact("contact", "电话13800138000", "0"),
    "since_when": Fact("since_when", "昨天开始缩水", "0"),
    "equipment": Fact("equipment", "注塑机", "0"),
}


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("材料不是 PP 是 ABS", "material", "ABS"),
        ("材料不是PP，是ABS", "material", "ABS"),
        ("不是 PP，是 ABS", "material", "ABS"),
        ("不是PP而是PC", "material", "PC"),
        ("是 ABS，不是 PP", "material", "ABS"),
        ("型号写错了，是 MA1600", "model", "MA1600"),
        ("型号错了，应该是MA1600", "model", "MA1600"),
        ("型号应该是 MA1600", "model", "MA1600"),
        ("更正：型号是 MA1600", "model", "MA1600"),
        ("把型号改成 MA1600", "model", "MA1600"),
        ("MA900 改成 MA1600", "model", "MA1600"),
        ("电话写错了，是13900139000", "contact", "13900139000"),
        ("不是昨天，是上周开始的", "since_when", "上周开始的"),
        ("开始时间不对，是三天前", "since_when", "三天前"),
        ("设备不是注塑机是压铸机", "equipment", "压铸机"),
    ],
)
def test_a_correction_replaces_the_fact(text: str, code: str, value: str):
    assert correct(KNOWN, "9", text, P, M) == {**KNOWN, code: Fact(code, value, "9")}


@pytest.mark.parametrize(
    "text",
    [
        "注塑件老缩水",
        "是不是轴承坏了",
        "程序出错了，报警 AL.32",
        "接错线了",
        "位置错了2mm",
        "这样不对吧",
        "好的",
        "",
        "不是",
        "料温不是很高",
        "把转速改成 3000 也没用",
    ],
)
def test_what_corrects_nothing_changes_nothing(text: str):
    assert correct(KNOWN, "9", text, P, M) == KNOWN


def test_a_correction_in_the_talk_wins_and_the_rest_of_its_message_counts_too():
    facts = said("PP 料，MA900，缩水", "材料不是 PP 是 ABS，昨天开始的")
    assert (facts["material"], facts["since_when"], facts[SYMPTOM]) == ("ABS", "昨天开始的", "缩水")


# --- questions ------------------------------------------------------------------------------------------------------------------------


def test_the_most_useful_question_comes_first():
    asked = [code for code, _ in next_questions({}, P, M, limit=20)]
    assert asked == [SYMPTOM, "equipment", "model", "since_when", "tried", "material", "effect", "contact"]


def test_at_most_two_are_asked_and_what_was_asked_or_is_known_is_not():
    facts = extract([("0", "注塑件老缩水")], P, M)
    assert [code for code, _ in next_questions(facts, P, M)] == ["model", "since_when"]
    assert [code for code, _ in next_questions(facts, P, M, asked=["model"])] == ["since_when", "tried"]
    rest = next_questions(facts, P, M, asked=list(LABELS)[:7], known=["contact"])
    assert rest == ()


def test_the_words_are_those_of_triage():
    assert next_questions({}, Demand.TESTING, M, limit=1) == (("material", QUESTIONS[Demand.TESTING]["material"]),)


def test_a_material_is_not_asked_where_it_says_nothing():
    assert "material" not in codes(P, Domain.ELECTRICAL)
    assert "material" in codes(P, Domain.MACHINING)


@pytest.mark.parametrize(
    "text",
    [
        "海天 MA1600 注塑机，PP 料，昨天开始缩水，保压加了也没用，停线了，电话13800138000",
        "VMC850 加工中心，铣 45 钢上周开始有振纹，换了刀也一样，不良率 8%，联系电话 0731-88880000",
    ],
)
def test_nothing_is_asked_where_all_was_said(text: str):
    result = triage(text)
    assert result.domain is not None
    facts = extract([("0", text)], P, result.domain)
    assert next_questions(facts, P, result.domain) == ()
    assert completeness(facts, P, result.domain) == 1.0


def test_completeness_is_the_share_of_what_matters():
    assert completeness({}, P, M) == 0.0
    facts = {"model": Fact("model", "MA1600", "0"), "tried": Fact("tried", "", "1")}
    assert completeness(facts, P, M) == 1 / 8
    assert completeness(facts, P, Domain.ELECTRICAL) == 1 / 7


# --- for people -----------------------------------------------------------------------------------------------------------------------


def test_a_summary_is_labelled_in_a_fixed_order():
    facts = extract([("0", "PP 料的注塑件老缩水，客户要退货"), ("1", "不知道")], P, M, answering={"1": "model"})
    assert summary(facts, P, M, Urgency.HIGH) == (
        ("现象", "PP 料的注塑件老缩水"),
        ("设备", "注塑"),
        ("型号", "不清楚"),
        ("材料", "PP 料"),
        ("影响", "客户要退货"),
        ("类别", "技术难题 · 模具成形"),
        ("紧急程度", "紧急"),
    )


def test_every_code_has_a_label():
    for demand in Demand:
        assert set(codes(demand, Domain.OTHER)) <= set(LABELS)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("注塑件老缩水，客户要退货，急", "注塑件老缩水"),
        ("师傅您好，我们厂的数控车床主轴异响，怎么办", "数控车床主轴异响"),
        ("电话13800138000，冲床不动作", "冲床不动作"),
        ("转人工，冲床不动作", "冲床不动作"),
        ("转人工", "（未说明）"),
        ("", "（未说明）"),
        ("13800138000", "（未说明）"),
    ],
)
def test_a_title_is_what_it_is_about(text: str, short: str):
    assert title(text) == short


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("注塑机缩水老是坏 PP45钢MA1600，。不是改成昨天13800电话换了\n！"), max_size=80))
def test_a_title_is_short_and_a_value_is_a_slice_of_its_message(text: str):
    assert 0 < len(title(text)) <= MAX_TITLE_CHARS
    for code, fact in extract([("0", text)], P, M).items():
        assert code == fact.code
        assert fact.value in text


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from([text for text, *_ in STATEMENTS] + ["不知道", "谢谢", "转人工", "材料不是 PP 是 ABS", "好"]),
        max_size=6,
    ),
    st.sampled_from(["model", "since_when", "tried", ""]),
)
def test_what_was_said_is_never_asked(texts: list[str], asked: str):
    answering = {str(len(texts) - 1): asked} if asked else {}
    facts = extract(list(zip(map(str, range(len(texts))), texts, strict=True)), P, M, answering=answering)
    for fact in facts.values():
        assert fact.value in texts[int(fact.message)]
    assert not {code for code, _ in next_questions(facts, P, M, limit=9)} & set(facts)


@pytest.mark.parametrize("text", ["缩" * 20000, "1" * 20000, "A1" * 10000, "PP，" * 6000, "不是" * 5000, "错了" * 9000])
def test_a_long_message_is_read_as_well(text: str):
    for fact in extract([("0", text)], P, M).values():
        assert len(fact.value) <= 300


def test_blanks_in_a_row_are_read_as_one():
    """Four thousand of them took seconds: every pattern of a correction tried each as its beginning."""
    facts = extract([("m1", "材料是" + " " * 3000 + "ADC12")], Demand.PROBLEM, Domain.MOULDING)
    assert facts["material"].value == "ADC12"
