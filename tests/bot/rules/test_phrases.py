"""What a message means in a conversation, beside questions."""

import pytest

from bot.rules import phrases

CALLS = [
    "转人工",
    "转人工！",
    "转 人 工",
    "转。人。工",
    "轉人工",
    "转人公",
    "转工人",
    "专人工",
    "转人工客服",
    "转接人工",
    "人工",
    "人工。",
    "人工服务",
    "真人",
    "我要真人",
    "活人",
    "有活人吗",
    "来个活人",
    "客服",
    "找客服",
    "转客服",
    "转接",
    "转接一下",
    "我要找人",
    "我想找人问问",
    "找工程师",
    "帮我找个工程师",
    "叫个师傅来",
    "叫师傅来看看机器",
    "派个人过来看看",
    "让工程师联系我",
    "让人给我打电话",
    "给我回个电话",
    "有没有人",
    "有没有人啊？",
    "有没有人能帮我看看",
    "有没有真人",
    "有人工吗",
    "能不能转人工",
    "怎么不给我转人工",
    "为什么转不了人工",
    "不要机器人，我要人工",
    "我不想跟机器人说话",
    "别用机器人糊弄我",
    "我要和人说话",
    "机床冒烟了，转人工",
    "注塑件老缩水，客户要退货，急，转人工",
    "老师您好，麻烦转一下人工，谢谢",
    "人工人工人工",
    "rengong",
    "zhuan ren gong",
    "kefu",
    "human",
    "Human please",
    "agent",
    "I want to talk to a real person",
    "要 human",
    "请工程师来一趟",
    "我要跟工程师说",
    "直接让工程师跟我谈",
    "联系工程师",
    "人工在吗",
    "叫你们的人来",
]
NO_CALLS = [
    "人工费怎么算",
    "转人工要收费吗",
    "人工智能方面有什么支持",
    "转人工成本太高",
    "我们想把人工焊接改成机器人",
    "机器人工作站定位不准",
    "机器人工具坐标怎么标定",
    "自动上料改成转人工上料",
    "人工上料节拍太慢",
    "人工打磨效率低",
    "工序由自动转人工，效率低",
    "人工成本占比多少",
    "招聘焊接工程师要什么条件",
    "共享工程师是什么",
    "怎么成为共享工程师",
    "客服电话多少",
    "人工服务几点上班",
    "你是真人吗",
    "你是人还是机器人",
    "不用转人工",
    "先不转人工",
    "不要叫工程师来了",
    "不需要人工",
    "别转人工，我自己再试试",
    "有没有人才补贴",
    "有没有人工智能的课",
    "请工程师来厂里培训",
    "想找一位焊接专家解决裂纹问题",
    "AI agent 开发课程有吗",
    "转接头漏油",
    "转接板接触不良",
    "转矩波动大",
    "找人设计一套夹具要多少钱",
    "工程师职称怎么评",
    "我就是工程师",
    "工程师说要换轴承",
    "师傅来过了，换了轴承",
    "human machine interface is broken",
    "无人值守怎么做",
    "注塑件老缩水",
    "谢谢工程师",
    "有人吗",
    "",
    "？？？",
]


@pytest.mark.parametrize("text", CALLS)
def test_a_person_is_wanted(text: str):
    assert phrases.wants_person(text)


@pytest.mark.parametrize("text", NO_CALLS)
def test_no_person_is_wanted(text: str):
    assert not phrases.wants_person(text)


WITHDRAWALS = [
    "算了，我们自己弄好了",
    "算了我们自己弄好了",
    "算了",
    "算了吧",
    "算了不弄了",
    "算了不用了",
    "不用了",
    "不用了，谢谢",
    "不用啦",
    "不需要了",
    "不需要了谢谢师傅",
    "用不着了",
    "撤回",
    "撤回吧",
    "我要撤回",
    "撤了吧",
    "取消",
    "取消工单",
    "取消吧",
    "把那个单子取消了",
    "帮我把工单撤掉",
    "撤回我刚才的需求",
    "刚才的单子不要了",
    "工单作废吧",
    "取消 T-000123",
    "T-000123 不用处理了",
    "不用麻烦了",
    "不用来了",
    "别来了，我们自己修好了",
    "不麻烦你们了",
    "我们自己解决了",
    "自己搞定了",
    "这个问题不用管了",
    "已经找别人修好了，不用派人了",
    "關掉工單吧，取消",
    "可以撤回吗",
    "结束工单",
    "不找了，算了",
]
NO_WITHDRAWALS = [
    "算了一下，一个月要报废三千件",
    "我算了下成本",
    "算了两遍尺寸都不对",
    "算了公差还是超",
    "怎么算了",
    "会不会被取消资格",
    "认定被撤销了怎么办",
    "什么情况下取消认定",
    "取消了定位销以后就跑偏",
    "取消半径补偿后尺寸不对",
    "客户要取消订单",
    "订单被客户取消了",
    "不用了多久就断",
    "这把刀不用了，换了新的还是断",
    "不需要了解这些",
    "不用润滑油行不行",
    "不用停机能修吗",
    "自己弄了半天没弄好",
    "我们自己修过，没用",
    "我们自己的设备",
    "程序撤销不了上一步",
    "撤回的申报材料还能再交吗",
    "主轴收刀撤回时有划痕",
    "气缸撤回慢",
    "不要了解政策，要修机器",
    "上次那台不要了，这是新买的",
    "先不说电话",
    "没有取消",
    "别取消",
    "不要撤回",
    "先别撤，再等等",
    "注塑件老缩水",
    "不行",
    "",
]


@pytest.mark.parametrize("text", WITHDRAWALS)
def test_the_demand_is_taken_back(text: str):
    assert phrases.wants_withdrawal(text)


@pytest.mark.parametrize("text", NO_WITHDRAWALS)
def test_the_demand_is_not_taken_back(text: str):
    assert not phrases.wants_withdrawal(text)


STATUS = [
    "刚才那个单子怎么样了",
    "刚才那个怎么样了",
    "那个单子呢",
    "上次那个问题处理了吗",
    "有人接吗",
    "有人接单了吗",
    "工单进度",
    "查一下工单",
    "进度怎么样",
    "催一下",
    "帮我催催",
    "T-000123 到哪了",
    "t123 怎么样了",
    "T-000123",
    "还没人联系我",
    "怎么还没人来",
    "工程师什么时候来",
    "师傅到哪了",
    "还要等多久",
    "我的工单处理到哪了",
    "有消息了吗",
    "有结果没",
    "昨天提的问题怎么还没人联系我",
    "我的单子呢",
]
NO_STATUS = [
    "注塑件老缩水",
    "取消工单",
    "T10 钢淬火开裂",
    "SMT 进度慢怎么办",
    "项目进度怎么考核",
    "申报到哪个部门",
    "催化剂失效",
    "接触器有人接错线",
    "工单号在哪里看不懂 MES 工单",
    "MES 里工单状态不更新",
    "ERP 工单报工失败",
    "培育期多久",
    "单子螺距不对",
    "处理到多少度回火",
    "工程师要什么条件",
    "谢谢",
    "还要等多久冷却才能开模",
    "",
]


@pytest.mark.parametrize("text", STATUS)
def test_the_state_of_a_ticket_is_asked_for(text: str):
    assert phrases.asks_status(text)


@pytest.mark.parametrize("text", NO_STATUS)
def test_no_state_of_a_ticket_is_asked_for(text: str):
    assert not phrases.asks_status(text)


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("T-000123", "T-000123"),
        ("t-000123 到哪了", "T-000123"),
        ("t123", "T-000123"),
        ("T-12", "T-000012"),
        ("T 000123", "T-000123"),
        ("工单 T000123", "T-000123"),
        ("工单T123怎么样了", "T-000123"),
        ("Ｔ－０００１２３", "T-000123"),
        ("T—000123", "T-000123"),
        ("123号单", "T-000123"),
        ("123 号工单处理了吗", "T-000123"),
        ("工单号123", "T-000123"),
        ("工单编号：123", "T-000123"),
        ("单号是 45", "T-000045"),
        ("工单#7", "T-000007"),
        ("#123", "T-000123"),
        ("取消 t45 这个单子", "T-000045"),
        ("T-1234567", "T-1234567"),
        ("把T-000009和T-000010合并", "T-000009"),
        ("T10", None),
        ("T10 钢", None),
        ("T8A 材料", None),
        ("T350 机床", None),
        ("7075-T651 铝板", None),
        ("6061-T6", None),
        ("S7-1200", None),
        ("GB/T 1804", None),
        ("GB/T 000123", None),
        ("M8 螺栓", None),
        ("订单123", None),
        ("快递单号 123456", None),
        ("3号单元不动作", None),
        ("2号单机跳闸", None),
        ("工单", None),
        ("13800138000", None),
        ("45 号钢", None),
        ("MT-000123", None),
        ("T-000123X", None),
        ("", None),
    ],
)
def test_the_reference_of_a_ticket_is_read(text: str, ref: str | None):
    assert phrases.ticket_ref(text) == ref


BACK = [
    "又坏了",
    "又不行了",
    "还是不行",
    "还是不行啊",
    "又出现了",
    "又缩水了",
    "老毛病又犯了",
    "没好",
    "还没好",
    "还没解决",
    "没解决",
    "问题没解决",
    "没修好",
    "又来了，跟上次一样",
    "还是老样子",
    "又报警了",
    "昨天好了今天又坏了",
    "还是一样",
    "又漏油了",
    "复发了",
    "弄了还是没用",
]
NOT_BACK = [
    "好了",
    "解决了",
    "没问题了",
    "谢谢，没有再坏",
    "没好意思说",
    "没好好看",
    "又快又好",
    "又有一个新问题想问",
    "我又想问下补贴",
    "还没试",
    "会不会又坏了",
    "怕又坏了，先问问",
    "怎么防止又出现",
    "有没有解决办法",
    "没有坏",
    "又要麻烦您了",
    "",
]


@pytest.mark.parametrize("text", BACK)
def test_the_trouble_is_back(text: str):
    assert phrases.comes_back(text)


@pytest.mark.parametrize("text", NOT_BACK)
def test_the_trouble_is_not_back(text: str):
    assert not phrases.comes_back(text)


SOLVED = [
    "好了",
    "好了！谢谢",
    "解决了",
    "已经解决了",
    "可以用了",
    "修好了",
    "弄好了",
    "搞定了",
    "搞定",
    "没问题了",
    "机器正常了",
    "恢复正常了",
    "问题解决了，谢谢师傅",
    "换了接近开关，好了",
    "不报警了",
    "不缩水了",
    "现在能用了",
    "能正常生产了",
    "按您说的调好了",
    "ok了",
    "都好了",
]
NOT_SOLVED = [
    "没好",
    "好了没",
    "好了吗",
    "还没解决",
    "解决了吗",
    "解决不了",
    "怎么才能解决",
    "好了两天又坏了",
    "修好了，今天又坏了",
    "准备好了",
    "材料准备好了",
    "说好了明天来",
    "约好了",
    "等好了再说",
    "要是好了我告诉你",
    "没修好",
    "解决了一半",
    "好的",
    "好",
    "不能用了",
    "用不了了",
    "不能正常生产了",
    "程序写好了还是撞刀",
    "什么时候能修好",
    "",
]


@pytest.mark.parametrize("text", SOLVED)
def test_it_is_solved(text: str):
    assert phrases.is_solved(text)


@pytest.mark.parametrize("text", NOT_SOLVED)
def test_it_is_not_solved(text: str):
    assert not phrases.is_solved(text)


YES = [
    "好",
    "好的",
    "行",
    "行吧",
    "可以",
    "可以的",
    "对",
    "对的",
    "嗯",
    "嗯嗯",
    "是",
    "是的",
    "确认",
    "确认提交",
    "提交",
    "提交吧",
    "没错",
    "没问题",
    "ok",
    "OK!",
    "yes",
    "好的，提交吧",
    "对，就这样",
    "同意",
    "需要",
    "要",
    "发吧",
    "👌",
]
NO = [
    "不",
    "不用",
    "不用了",
    "不对",
    "不是",
    "先不",
    "先不用",
    "先不提交",
    "改一下",
    "我要改",
    "等等",
    "等一下",
    "不行",
    "不要",
    "别提交",
    "no",
    "不同意",
    "不可以",
    "取消",
    "错了",
    "有误",
    "不，改一下电话",
    "暂时不用",
    "不需要",
]
NEITHER = [
    "",
    "注塑件老缩水",
    "行程开关坏了",
    "可以申报吗",
    "可以用水冷吗",
    "对刀不准",
    "好多件都缩水",
    "是 PP 料",
    "要什么材料",
    "提交什么材料",
    "不锈钢",
    "不转了",
    "改一下参数就好了",
    "不知道",
    "行吗",
    "可以吗",
    "好了",
    "不良率 5%",
]


@pytest.mark.parametrize("text", YES)
def test_yes(text: str):
    assert phrases.is_yes(text)
    assert not phrases.is_no(text)


@pytest.mark.parametrize("text", NO)
def test_no(text: str):
    assert phrases.is_no(text)
    assert not phrases.is_yes(text)


@pytest.mark.parametrize("text", NEITHER)
def test_neither_yes_nor_no(text: str):
    assert not phrases.is_yes(text)
    assert not phrases.is_no(text)


@pytest.mark.parametrize(
    "text",
    [
        "不知道",
        "不清楚",
        "我也不知道",
        "不太清楚",
        "跳过",
        "先不说",
        "不记得了",
        "忘了",
        "说不上来",
        "没注意",
        "不方便说",
        "先跳过这个",
        "pass",
        "这个真不知道啊",
        "下一个",
        "不确定",
        "暂时不清楚，回头补",
    ],
)
def test_a_question_is_passed_over(text: str):
    assert phrases.is_skip(text)


@pytest.mark.parametrize(
    "text",
    [
        "不知道为什么老缩水",
        "不清楚是不是轴承坏了",
        "跳过第三工位就正常",
        "型号不知道，是台海天的",
        "没注意油位，结果烧了",
        "PP 料",
        "昨天开始",
        "先不说这个，主轴又响了",
        "程序跳过了 M06",
        "忘了加油",
        "下一个工位",
        "不确定度怎么评",
        "不记得",
        "不",
        "",
    ][:12]
    + ["不", "", "好的"],
)
def test_a_question_is_not_passed_over(text: str):
    assert not phrases.is_skip(text)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢",
        "谢谢师傅",
        "谢谢您！",
        "多谢",
        "非常感谢",
        "好的谢谢",
        "好的，谢谢",
        "太感谢了",
        "辛苦了",
        "thanks",
        "Thank you",
        "收到，谢谢",
        "谢谢老师的帮助",
        "谢了",
        "谢谢啦~",
        "感谢您的指点",
    ],
)
def test_thanks(text: str):
    assert phrases.is_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "谢谢，但是还是不行",
        "谢谢，还有一个问题",
        "谢谢请问培育期多久",
        "好的",
        "不用谢",
        "谢绝",
        "注塑件缩水，谢谢",
        "怎么感谢共享工程师",
        "感谢信发给谁",
        "辛苦费多少",
        "谢工在吗",
        "转人工，谢谢",
        "取消吧谢谢",
        "谢谢，又坏了",
    ],
)
def test_no_mere_thanks(text: str):
    assert not phrases.is_thanks(text)


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("5", 5),
        ("1", 1),
        ("５", 5),
        ("5分", 5),
        ("5 分！", 5),
        ("五星", 5),
        ("五星好评", 5),
        ("给4星", 4),
        ("打5分", 5),
        ("我给四分", 4),
        ("评3分", 3),
        ("三颗星", 3),
        ("5星，师傅很专业", 5),
        ("5/5", 5),
        ("⭐⭐⭐⭐", 4),
        ("★★★☆☆", 3),
        ("满分", 5),
        ("好评", 5),
        ("差评", 1),
        ("非常满意", 5),
        ("很满意，谢谢", 5),
        ("满意", 4),
        ("一般", 3),
        ("不满意", 2),
        ("很不满意", 1),
        ("很差", 1),
        ("太差了", 1),
        ("0", None),
        ("6", None),
        ("10", None),
        ("10分", None),
        ("5分钟", None),
        ("5分钟就修好了", None),
        ("五分之一", None),
        ("5星级酒店", None),
        ("打5折", None),
        ("5个", None),
        ("5 mm", None),
        ("5%", None),
        ("3，换过刀了", None),
        ("4.5分", None),
        ("还行", None),
        ("好", None),
        ("同轴度很差", None),
        ("一般多久", None),
        ("一般是早上", None),
        ("满意度调查怎么做", None),
        ("客户不满意", None),
        ("指标值5分还是3分", None),
        ("第5条", None),
        ("", None),
    ],
)
def test_a_rating_is_read_only_where_it_is_one(text: str, stars: int | None):
    assert phrases.rating(text) == stars


@pytest.mark.parametrize("text", ["x" * 20000, "转" * 20000, "不" * 20000, "好了，" * 6000, "T-" * 10000, " " * 20000])
def test_a_long_message_is_read_as_well(text: str):
    for read in (
        phrases.wants_person,
        phrases.wants_withdrawal,
        phrases.asks_status,
        phrases.comes_back,
        phrases.is_solved,
        phrases.is_thanks,
        phrases.is_yes,
        phrases.is_no,
        phrases.is_skip,
        phrases.rating,
        phrases.ticket_ref,
    ):
        assert read(text) in (True, False, None)
