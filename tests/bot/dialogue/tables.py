"""Dialogues as tables: what is said or done, and what must come back. Any channel that can play a turn can run them."""

from dataclasses import dataclass

FIRM, PUBLIC, OTHER, ENGINEER, CLERK = "firm", "public", "other", "engineer", "clerk"


@dataclass(frozen=True)
class Says:
    """What a turn must bring back; what is None does not matter."""

    words: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    owner: str | None = None
    ticket: str | None = None
    silent: bool = False


def says(
    *words: str,
    lacks: tuple[str, ...] = (),
    buttons: tuple[str, ...] = (),
    owner: str | None = None,
    ticket: str | None = None,
) -> Says:
    """These words in the replies, these buttons under them."""
    return Says(words, lacks, buttons, owner, ticket)


SILENT = Says(owner="engineer", silent=True)


@dataclass(frozen=True)
class Press:
    """The firm presses the button with this label."""

    label: str


@dataclass(frozen=True)
class Does:
    """Somebody else does something: claim, speak, resolve, release, time_is_up."""

    what: str


@dataclass(frozen=True)
class Later:
    """Days pass."""

    days: float


@dataclass(frozen=True)
class Begin:
    """A new talk of this one."""

    who: str


Step = tuple[str | Press, Says] | Does | Later | Begin
PHONE = "0731-12345678"
REGISTERED = "我是滨江塑料厂的王强 13800000000 同意"
CASE = "注塑件老缩水，客户要退货，急"
STRANGE = "绕线机排线老是乱，线径0.2"

TABLES: dict[str, tuple[Step, ...]] = {
    "a policy question is answered with its source and a way to a person": (
        ("申报材料包括什么", says("技师名册", buttons=("转人工",), owner="bot", ticket="")),
    ),
    "the centre's hours are told": (("你们几点上班", says("周一至周五 9:00-17:30")),),
    "a solved case is shown, and an engineer is one press away": (
        (CASE, says("筋位缩水", buttons=("没解决，找工程师",), owner="bot")),
        (Press("没解决，找工程师"), says("T-000001", PHONE, "30 分钟内", owner="pool", ticket="offered")),
    ),
    "what no case answers is asked about twice, shown and handed in": (
        (STRANGE, says("没有对得上的", "登记给工程师", buttons=("跳过", "转人工"), owner="bot")),
        ("昨天换了排线轮以后开始的", says("？", buttons=("跳过",))),
        ("不清楚", says("请核对", "换了排线轮", buttons=("确认提交", "改一下", "先不用了"))),
        (Press("确认提交"), says("T-000001", PHONE, "前）回复", owner="pool", ticket="offered")),
    ),
    "the summary is corrected by saying so, and yes hands it in": (
        (STRANGE, says("登记给工程师")),
        (Press("跳过"), says("？")),
        ("试过调张力", says("请核对")),
        ("材料不是PP是ABS", says("改好了", "ABS", lacks=("PP\n",))),
        ("好的", says("T-000001", ticket="offered")),
    ),
    "a summary may be changed or put away": (
        (STRANGE, says("登记给工程师")),
        (Press("跳过"), says("？")),
        (Press("跳过"), says("请核对")),
        (Press("改一下"), says("要改哪一处")),
        ("先不用了", says("先不提交", ticket="")),
        (Press("确认提交"), says("过期", ticket="")),
    ),
    "an old summary's button does nothing": (
        (STRANGE, says("登记给工程师")),
        (Press("跳过"), says("？")),
        (Press("跳过"), says("请核对")),
        ("设备写错了，是注塑机", says("改好了")),
        ("#submit::1", says("过期", ticket="")),
        ("#submit::2", says("T-000001", ticket="offered")),
        ("#submit::2", says("已经办过了", ticket="offered")),
    ),
    "a question in the middle of the intake is answered, then the intake goes on": (
        (STRANGE, says("登记给工程师")),
        ("你们几点上班", says("9:00-17:30", "接着刚才的登记")),
        ("换了排线轮以后", says("？")),
    ),
    "a person is had at once, and what is still missing is asked afterwards": (
        ("转人工", says("T-000001", PHONE, "什么东西出了什么问题", owner="pool", ticket="offered")),
        ("注塑件老缩水", says("已补充到工单 T-000001", "？", owner="pool")),
        ("海天MA1600", says("已补充到工单 T-000001")),
        ("转人工", says("T-000001", "已经在办", ticket="offered")),
    ),
    "a person is had in the middle of the intake": (
        (STRANGE, says("登记给工程师")),
        ("别问了，转人工", says("T-000001", owner="pool", ticket="offered")),
    ),
    "a person and a question in one message": (
        ("转人工，另外你们几点上班", says("T-000001", "9:00-17:30", ticket="offered")),
    ),
    "a person and the trouble in one message": (
        ("转人工，注塑件老缩水", says("T-000001", "？", buttons=("跳过",), ticket="offered")),
        Does("claim"),
        ("海天MA1600", SILENT),
    ),
    "a trouble and a question in one message: both are seen to": (
        ("注塑件老缩水，客户要退货，另外你们几点上班", says("9:00-17:30", "筋位缩水", buttons=("没解决，找工程师",))),
    ),
    "more of the trouble after a case: the case did not help": (
        ("注塑件老缩水", says("筋位缩水")),
        ("海天MA1600，上周换了料以后开始的", says("登记给工程师", "？")),
    ),
    "a person who is not wanted is not called": (("不用转人工，我就问下你们几点上班", says("9:00-17:30", ticket="")),),
    "a specialist is looked for: no case is pushed": (
        ("我们想请一位懂PLC的师傅来厂里干两天", says("人才缺口", "一位", lacks=("筋位",), buttons=("确认提交",))),
    ),
    "a firm that waits asks how long": (
        ("转人工", says("T-000001")),
        ("多久能来", says("T-000001", "等待接单", "前）回复")),
    ),
    "a claimed case that waits for the firm is withdrawn too": (
        ("转人工", says("T-000001")),
        Does("claim"),
        Does("speak"),
        Does("wait"),
        ("算了，我们自己弄好了", says("要撤回", buttons=("撤回",), ticket="in_progress")),
        (Press("撤回"), says("已撤回", ticket="cancelled")),
    ),
    "a ticket of another talk is withdrawn from here": (
        ("转人工", says("T-000001")),
        Begin(FIRM),
        ("撤单", says("要撤回工单 T-000001")),
        ("是的", says("T-000001 已撤回")),
    ),
    "words that ask nothing are no reason for a clause": (
        ("注塑件老缩水", says("筋位缩水")),
        ("急死我了啊", says("要请工程师看吗", buttons=("没解决，找工程师",))),
        ("转人工", says("T-000001")),
        ("大家都在等着", says("工单 T-000001", lacks=("条款",))),
    ),
    "a person, a trouble and a question in one message": (
        ("申报材料包括什么，顺便注塑件老缩水，还有转人工", says("T-000001", "技师名册", ticket="offered")),
        ("刚才那个单子怎么样了", says("注塑件老缩水")),
    ),
    "where pictures can be sent": (("能给你们发照片吗", says("照片、PDF")),),
    "a bare yes, a bare no, thanks: nothing is done": (
        ("好的", says("有问题直接说", ticket="")),
        ("不用", says("有问题直接说", ticket="")),
        ("谢谢", says("不客气", ticket="")),
    ),
    "an engineer looks, takes, asks and passes on": (
        ("转人工，注塑件老缩水", says("T-000001")),
        Begin(ENGINEER),
        ("给我看看有什么单", says("T-000001 注塑件老缩水", lacks=("甲厂",), buttons=("接 T-000001",))),
        ("接了", says("接单成功：T-000001")),
        ("先问他材料牌号", says("已发给企业（T-000001）：请问材料牌号？")),
        ("我手上有什么单", says("T-000001", "甲厂", "处理中")),
        ("这个不是我的专业，转出去", says("T-000001 已转出")),
        ("接 T-000001", says("不能再接")),
        ("申报材料包括什么", says("技师名册")),
    ),
    "an engineer presses to claim; a firm cannot": (
        ("转人工", says("T-000001")),
        ("#claim:T-000001", says("过期", ticket="offered")),
        Begin(ENGINEER),
        ("#claim:T-000001", says("接单成功")),
        ("#claim:T-000001", says("接单成功")),
        ("#claim:T-000009", says("没有这张工单")),
    ),
    "a clerk asks what is late and what waits for review": (
        ("转人工", says("T-000001")),
        Later(days=2),
        Begin(CLERK),
        ("今天有哪些超时的", says("T-000001", "已超时")),
        ("转人工", says("不是企业账号")),
    ),
    "the pool answers questions": (
        ("转人工", says("T-000001")),
        ("申报材料包括什么", says("技师名册", owner="pool")),
        ("刚才那个单子怎么样了", says("T-000001", "等待接单", buttons=("撤回工单",))),
    ),
    "while an engineer owns the talk the bot is silent": (
        ("转人工", says("T-000001")),
        Does("claim"),
        ("你们几点上班", SILENT),
        ("转人工", SILENT),
        ("谢谢", SILENT),
        (CASE, SILENT),
        Does("speak"),
        ("好的，马上拍", SILENT),
    ),
    "the bot speaks again when the engineer gives it back": (
        ("转人工", says("T-000001")),
        Does("claim"),
        Does("release"),
        ("申报材料包括什么", says("技师名册", owner="pool", ticket="offered")),
    ),
    "withdrawing is asked once": (
        ("转人工", says("T-000001")),
        ("算了，我们自己弄好了", says("要撤回", buttons=("撤回", "先留着"), ticket="offered")),
        (Press("先留着"), says("继续办", ticket="offered")),
        ("不用了", says("要撤回")),
        ("对", says("已撤回", owner="bot", ticket="cancelled")),
        (Press("撤回"), says("已经办过了")),
    ),
    "a claimed case is withdrawn by its button": (
        ("转人工", says("T-000001")),
        Does("claim"),
        ("算了，我们自己弄好了", says("要撤回", buttons=("撤回",), owner="engineer")),
        (Press("撤回"), says("已撤回", owner="bot", ticket="cancelled")),
    ),
    "solved, confirmed, shared and rated": (
        ("转人工", says("T-000001")),
        Does("claim"),
        Does("speak"),
        Does("resolve"),
        ("好了，可以用了", says("可以办结了吗", buttons=("确认，不公开", "还没解决"), ticket="resolved")),
        (Press("确认并同意去掉名称后供同行参考"), says("已办结", "打个分", buttons=("5 分",), ticket="closed")),
        ("5分", says("5 分", "谢谢", ticket="closed")),
        ("谢谢", says("不客气", owner="bot", ticket="closed")),
        (Press("确认，不公开"), says("已经办过了", ticket="closed")),
    ),
    "not solved: the same engineer goes on": (
        ("转人工", says("T-000001")),
        Does("claim"),
        Does("resolve"),
        ("好了", says("可以办结了吗")),
        (Press("还没解决"), says("重新打开", "张工", owner="engineer", ticket="in_progress")),
        (Press("还没解决"), says("已经办过了", owner="engineer")),
    ),
    "broken again after four days is the same case": (
        ("转人工", says("T-000001")),
        Does("claim"),
        Does("resolve"),
        Later(days=4),
        ("又坏了", says("T-000001", "重新打开", owner="engineer", ticket="in_progress")),
        ("还是老样子", SILENT),
    ),
    "broken again after nine days is a new case that follows the old": (
        ("转人工", says("T-000001")),
        Does("claim"),
        Does("resolve"),
        Later(days=9),
        ("又坏了", says("T-000002", "T-000001 相连", owner="pool", ticket="offered")),
    ),
    "thanks reopens nothing": (
        ("转人工", says("T-000001")),
        Does("claim"),
        Does("resolve"),
        ("谢谢", says("不客气", owner="bot", ticket="resolved")),
        ("4分", says("4 分", ticket="resolved")),
    ),
    "another firm's ticket is like none": (
        ("转人工", says("T-000001")),
        Begin(OTHER),
        ("T-000001怎么样了", says("没有查到工单 T-000001", lacks=("等待",))),
        ("T-000009怎么样了", says("没有查到工单 T-000009")),
        ("撤回T-000001", says("没有查到工单 T-000001")),
        ("#withdraw:T-000001:1", says("没有查到工单 T-000001")),
        ("#status:T-000001", says("没有查到工单 T-000001")),
    ),
    "danger: safety first, then a person at once": (
        ("车间着火了，有人被困", says("119", "T-000001", owner="pool", ticket="offered")),
        ("火更大了，有人受伤", says("119", "T-000001")),
    ),
    "danger without an account": (
        Begin(PUBLIC),
        ("有人触电了快来人", says("120", PHONE, "同意", owner="bot", ticket="")),
        (REGISTERED, says("T-000001", "危险", "/enter/", ticket="offered")),
    ),
    "without an account a firm registers itself and goes on at once": (
        Begin(PUBLIC),
        ("注塑件老缩水", says("筋位缩水")),
        ("转人工", says(PHONE, "企业名称", "同意", "只保存", ticket="")),
        (REGISTERED, says("T-000001", "/enter/", PHONE, owner="pool", ticket="offered")),
        ("申报材料包括什么", says("技师名册", owner="pool")),
    ),
    "the registration may come in pieces, among other questions": (
        Begin(PUBLIC),
        ("转人工", says("企业名称")),
        ("滨江塑料厂", says("还差：您的姓名、联系电话")),
        ("你们几点上班", says("9:00-17:30", "还差")),
        ("王强 13800000000", says("还差：“同意”")),
        ("同意", says("T-000001", "/enter/", ticket="offered")),
    ),
    "everything in the first message": (
        Begin(PUBLIC),
        ("转人工，" + REGISTERED, says("T-000001", "/enter/", ticket="offered")),
    ),
    "a firm whose name holds a trade is a firm, not a trouble": (
        Begin(PUBLIC),
        ("转人工", says("企业名称")),
        ("我是海边模具厂的赵敏 13912345678 同意", says("T-000001", "海边模具厂已登记", ticket="offered")),
        ("注塑件老缩水", says("已补充到工单 T-000001", "？")),
    ),
    "a firm that introduced itself is not asked for its name": (
        Begin(PUBLIC),
        ("你好，我们是滨江塑料厂", says(PHONE)),
        ("转人工", says("还差：您的姓名、联系电话", lacks=("还差：企业名称",))),
        ("王强 13800000000 同意", says("滨江塑料厂已登记", ticket="offered")),
    ),
    "a person who is not to come yet": (
        ("注塑件老缩水", says("筋位缩水")),
        ("能不能先别派人，我再看看", says("有问题直接说", ticket="")),
    ),
    "a short firm name is taken where it is asked for": (
        Begin(PUBLIC),
        ("转人工", says("企业名称")),
        ("赵敏 13912345678 同意", says("还差：企业名称")),
        ("宏达模具", says("宏达模具已登记", ticket="offered")),
    ),
    "a confirmed demand without an account asks who it is": (
        Begin(PUBLIC),
        (STRANGE, says("登记给工程师")),
        (Press("跳过"), says("？")),
        (Press("跳过"), says("请核对")),
        (Press("确认提交"), says("企业名称", PHONE, ticket="")),
        (REGISTERED, says("T-000001", ticket="offered")),
    ),
    "registering may be declined": (
        Begin(PUBLIC),
        ("转人工", says("企业名称", buttons=("先不登记",))),
        (Press("先不登记"), says("不登记", PHONE, ticket="")),
        ("申报材料包括什么", says("技师名册")),
    ),
    "nothing to withdraw, nothing to tell": (
        Begin(PUBLIC),
        ("我的工单怎么样了", says("没有工单", PHONE)),
        ("算了", says("不用撤回")),
    ),
    "a talk that is taken up after days says where it stood": (
        (STRANGE, says("登记给工程师")),
        Later(days=3),
        ("你好", says("登记还没提交")),
        Later(days=3),
        ("转人工", says("T-000001")),
        Later(days=2),
        ("在吗", says("T-000001", "等待接单")),
    ),
    "at night the promise is honest": (
        Later(days=0.5),
        ("转人工", says("下班", "明天", ticket="offered")),
    ),
}
