"""Every word that the far chats' door says by itself: to newcomers, to engineers at work, and where something cannot be done."""

import re
from collections.abc import Sequence

from bot.profile import Profile
from bot.rules.cards import Act, data
from bot.rules.turns import Button

PERSON = Button("转人工", "转人工")
COMMANDS = {
    "courses": "最近有什么课程",
    "tickets": "我的工单到哪一步了",
    "human": "转人工",
    "withdraw": "撤回工单",
    "register": "我要登记企业",
}
FIRM_HELP = (
    "直接说就行：问政策、问课程、说设备故障。\n"
    "/courses 最近的课程\n/tickets 我的工单\n/human 转人工\n/withdraw 撤回工单\n/profile 我的资料：地区、行业\n"
    "/consent 我同意过什么、撤回、注销\n/privacy 存了我什么、怎么删\n/help 这段话"
)
MENU = re.findall(r"^/([a-z]+) (.+)$", FIRM_HELP, re.MULTILINE)  # what a client offers: orders and what they do
DESK_HELP = (
    "/offers 可以接的工单\n/cases 我的工单，点一下切换\n/case T-000123 切到这张单\n/leave 离开当前单，之后的话只说给机器人\n"
    "/hours 周三不在 我的时间\n/facts 要资料\n/similar 类似案例\n/note 内容 记一条企业看不到的备注\n/solve 填解决方案\n/release 原因 退回还没开始的单\n/transfer 原因 转给别人\n"
    "有当前单时，您说的每句话都原样发给那家企业；回复某条消息，就发给那条消息的企业；有话题的，在话题里说就发给话题的企业。\n"
    "您的话下面出现 👍 是发到了，🤔 是不知道到没到，👎 是没发到（可以再发一次）。"
)


def centre(profile: Profile) -> str:
    """What the centre is called."""
    return profile.name or "中心"


def telephone(profile: Profile) -> str:
    """How to reach a person without this chat."""
    return f"，或打中心电话 {profile.telephone}" if profile.telephone else "，或直接联系中心"


def welcome(profile: Profile) -> str:
    """To whoever comes for the first time: what this is, and what is kept."""
    return (
        f"您好，这里是{centre(profile)}的在线问诊。问政策、问课程，或者说说设备出了什么毛病；随时可以点“转人工”，请工程师在这里接着谈。\n"
        "您在这里说的话和这个聊天的编号会保存下来，用来回答和办理；姓名和电话只有您登记时同意了才保存，随时可以要求导出或删除。"
        "继续说话即表示知道这一点。发 /help 看能做什么。"
    )


def privacy(profile: Profile) -> str:
    """What is kept and how it ends."""
    return (
        "保存的有：您在这里说的话、发来的照片和文件（照片里的拍摄地点会去掉）、这个聊天的编号；登记过的还有企业名称、姓名、电话，和您填的地区、行业。"
        "只用来回答和办您的事，工程师接单后才看得到；方案只有您同意了，去掉名称后才给同行参考。"
        f"发 /consent 可以撤回同意，或注销并删除；要导出一份，请找中心工作人员{telephone(profile)}。"
    )


PROGRESS = Button("查进度", "我的工单到哪一步了").as_json()


def engineer_away(name: str, profile: Profile) -> str:
    """For the firm of a case: its engineer's chat takes no messages any more."""
    return (
        f"{name}的聊天暂时收不到消息，已通知中心。您的话都会留着，他打开工作台就能看到；"
        f"急的话请找中心{telephone(profile)}。"
    )


NOT_REGISTERED = "还没有登记企业，所以没有资料。登记后可以填地区和行业，派单会更准。"
REALLY_LEAVE = "注销后，您的姓名、电话、说过的话、发来的照片和文件都会删除，办着的工单会结束，公开过的方案会撤下。删了不能恢复，确定吗？"


def consents(shared: Sequence[str]) -> str:
    """What a firm agreed to."""
    cases = f"公开给同行参考的方案：{'、'.join(shared)}。" if shared else "没有公开过方案。"
    return f"您同意过：保存姓名和电话，用来办理和联系。{cases}\n点下面的按钮撤回；撤回保存的同意，就是注销账号。"


INVITED = {
    "engineer": "共享工程师",
    "staff": "中心工作人员",
    "admin": "管理员",
    "sme": "企业人员",
}


def invitation(role: str, organisation: str | None) -> str:
    """Asks whoever was invited for a name."""
    where = f"{organisation}的" if organisation else ""
    return f"邀请您以{where}{INVITED[role]}身份加入。请回复您的姓名；回复即表示同意保存姓名和这个聊天的编号，用来派单和联系。"


def joined(name: str, role: str) -> str:
    """The account is there."""
    more = "有新工单会发到这里，点“接单”就行。发 /help 看能做什么。" if role == "engineer" else "发 /help 看能做什么。"
    return f"{name}，欢迎。您已经是{INVITED[role]}。{more}"


def linked(name: str) -> str:
    """The chat speaks for an account now."""
    return f"{name}，这个聊天已和您的账号连上。"


DEAD_CODE = "这个链接已失效或已用过，请向中心工作人员要一个新的。"
FOREIGN = "这个按钮不是给您的，没有执行任何操作。"
JOIN_HOW = "还不能接单：请向中心要一条工程师邀请，再私聊我发“/start 邀请码”。"
TEAM_ON = "这个群从现在起会收到需求池的新工单；谁点“接单”算谁的，企业名称和电话不会出现在群里。停用发 /team off。"
TEAM_OFF = "这个群不再收到新工单。"
IN_PRIVATE = "接单成功，请到和我的私聊里办。"
MAX_POPUP_CHARS = 190
STALE = "这个按钮已经过期，没有执行任何操作。"
TYPE_PLEASE = "语音我听不懂，麻烦打字说一下；请到工程师以后，语音可以直接发给他。"
NOT_PASSED = "视频、贴纸这些转不过去，麻烦拍照片、发文件或打字；照片、PDF、Word、Excel 和语音都能转给工程师。"
NO_USE = "这种消息我看不懂，麻烦打字说一下。"
FAILED = "这条没能处理，已经记下。请换个说法再发一次，或发“转人工”。"


# --- engineers ------------------------------------------------------------------------------------------------------------------------


def button(label: str, act: Act, id: str = "") -> dict[str, str]:
    """A button of an engineer's chat."""
    return Button(label, data(act, id)).as_json()


def current(heading: str, *, claimed: bool) -> str:
    """From now on his words go there."""
    head = "接单成功。" if claimed else ""
    return f"{head}【当前单 {heading}】\n下面您说的每句话都会原样发给这家企业，直到您切换或离开。"


def claimed_aside(heading: str, now: str) -> str:
    """Claimed, while his words go to another case."""
    return f"接单成功：{heading}。\n【当前单仍是 {now}】要先回这家，请点下面的按钮。"


def left() -> str:
    """His words go to nobody."""
    return "已离开。现在没有当前单，您说的话不会发给任何企业。"


def no_current() -> str:
    """Something was asked for that needs a case."""
    return "现在没有当前单。请先选一张：发 /cases。"


def gone(ref: str) -> str:
    """The case is no longer his."""
    return f"没有发出：{ref} 已不在您名下。"


def which(text: str) -> str:
    """Another firm has spoken since: whose are these words?"""
    shown = text if len(text) <= 200 else text[:199] + "…"
    return f"还没有发出：“{shown}”\n这句发给谁？（刚才别家企业也说过话，或者没有当前单）"


def cases(lines: Sequence[str]) -> str:
    """What he has."""
    return (
        "您手上的工单（点按钮切换）：\n" + "\n".join(lines)
        if lines
        else "您手上没有在办的工单。发 /offers 看可以接的。"
    )


def hours(plans: Sequence[str]) -> str:
    """What he has told of his days."""
    told = "\n".join(plans) if plans else "还没有特别的安排，按平时的时间派单。"
    return f"您的安排：\n{told}\n要改请发，例如：/hours 周三不在，或 /hours 下周一到周三请假。"


def asked(field: str, *, suggestion: str = "", optional: bool = False) -> str:
    """One field of the form."""
    shown = f"\n可以直接用这些：\n{suggestion}" if suggestion else ""
    return f"{field}？{'（可跳过）' if optional else ''}{shown}"


SHORT_FIELDS = {"symptom": "现象", "cause": "原因", "steps": "步骤", "verification": "验证", "limits": "限制"}


def form(heading: str, lines: Sequence[str]) -> str:
    """The form, filled in."""
    return f"【{heading}】解决方案：\n" + "\n".join(lines) + "\n提交后企业会收到，并被问是否解决。"
