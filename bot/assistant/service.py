"""Answers that quote no document: danger, a person wanted, small talk, the centre's own facts, refusals. Fixed texts and the centre profile."""

from bot.assistant.asking import Asking
from bot.assistant.shape import Answer, Outcome
from bot.profile import NOT_SET, Profile
from bot.rules.intent import Intent, Topic
from corpora.document import Kind

EMERGENCY = (("火警", "119"), ("急救", "120"), ("报警", "110"))
_CAN = "我能查政策文件（引用条款原文）、课程目录和已解决的技术案例；查不到会直说。"


def answer(asking: Asking) -> Answer:
    """The answer to a wish that no document is needed for.

    Raises:
        KeyError: the wish is for knowledge, not for one of these.
    """
    return {
        Intent.SAFETY: _safety,
        Intent.HUMAN: _person,
        Intent.CHITCHAT: _talk,
        Intent.STATUS: _status,
        Intent.SERVICE: _service,
        Intent.OUT_OF_SCOPE: _refuse,
    }[asking.wish.intent](asking)


def _safety(asking: Asking) -> Answer:
    numbers = "，".join(f"{name} {number}" for name, number in EMERGENCY)
    text = (
        "先保人，再保设备：\n"
        f"1. 马上离开危险处，叫停并疏散旁人；有火、有人受伤或中毒立即拨打：{numbers}。\n"
        "2. 能安全做到时，按急停、断电、关气源；触电的人没断电前不要直接用手碰；燃气或化学品泄漏不要开关电器、不用明火。\n"
        "3. 有人被夹、被压时先停机锁定，不要反转设备硬拉，等专业救援。\n"
        f"人安全以后，再{asking.call}，请工程师跟进。"
    )
    return asking.fixed(Outcome.ANSWERED, text, suggestions=("119", "120", "110", "转人工"))


def _person(asking: Asking) -> Answer:
    profile = asking.profile
    lines = ["好的，找真人请这样联系："]
    lines.append(f"电话：{profile.telephone or NOT_SET}")
    lines.append(f"对外时间：{profile.hours or NOT_SET}")
    if profile.contacts:
        lines.append(f"什么事找谁：\n{profile.contacts}")
    lines.append(
        f"在网页对话里说“转人工”，登录或当场登记企业后就转给工程师；可先备好：设备型号、现象、何时开始、试过什么。{_emergency()}"
    )
    return asking.fixed(Outcome.HANDOFF, "\n".join(lines))


def _talk(asking: Asking) -> Answer:
    examples = "比如问“共享工程师指哪些人”“周末有没有 PLC 课”“注塑件缩水怎么处理”。"
    texts = {
        Topic.THANKS: "不客气，有问题随时再问。",
        Topic.GREETING: f"您好，我是{_name(asking.profile)}的问诊助手。{_CAN}{examples}",
        Topic.FAREWELL: "好的，有需要再找我。",
        Topic.WHO: f"我是程序，不是真人：{_name(asking.profile)}的问诊助手。{_CAN}需要真人请{asking.call}。",
        Topic.NOISE: f"没看懂您的意思，请用一句话说说要问什么。{examples}",
    }
    return asking.fixed(Outcome.ANSWERED, texts.get(asking.wish.topic, texts[Topic.GREETING]))


def _status(asking: Asking) -> Answer:
    what = "撤回" if asking.wish.topic is Topic.WITHDRAW else "查询"
    text = f"单独提问{what}不了工单。请在网页对话里登录后说“刚才那个单子”或写出工单号，也可以打中心电话 {asking.profile.telephone or NOT_SET}。"
    return asking.fixed(Outcome.ANSWERED, text)


def _service(asking: Asking) -> Answer:
    profile = asking.profile
    texts = {
        Topic.HOURS: f"对外时间：{profile.hours or NOT_SET}。智能问答全天可用。",
        Topic.TELEPHONE: f"中心电话：{profile.telephone or NOT_SET}。"
        + (f"\n什么事找谁：\n{profile.contacts}" if profile.contacts else ""),
        Topic.ADDRESS: f"地址：{profile.address or NOT_SET}。网站：{profile.website or NOT_SET}。",
        Topic.FEES: f"收费说明：{profile.fees or NOT_SET}。"
        + ("" if profile.fees else f"具体请问中心电话 {profile.telephone or NOT_SET}。"),
        Topic.PRIVACY: f"隐私说明：{profile.privacy or NOT_SET}。文件里的个人电话和证件号不会公开显示。",
        Topic.JOIN: f"想加入共享工程师：{_contact(profile, '加入')}。请准备专业方向、从业年限和可服务的时间。",
        Topic.COMPLAINT: f"投诉渠道：{profile.complaints or NOT_SET}。也可以在网页 /complaints 写下来，不用登录；或打中心电话 {profile.telephone or NOT_SET}。",
        Topic.ACCOUNT: f"提问不需要注册或登录。转人工时在对话里当场登记；已有口令的在 /sign-in 登录，口令丢了请中心补发（电话 {profile.telephone or NOT_SET}）。",
        Topic.HELP: (
            f"{_CAN}\n直接用平常的话问就行，比如“认定要什么条件”“下个月有什么机器人课”“液压站油温高怎么处理”；接着追问也可以。"
            f"{_stock(asking)}需要真人请{asking.call}。"
        ),
    }
    return asking.fixed(Outcome.ANSWERED, texts.get(asking.wish.topic, texts[Topic.HELP]).replace("。。", "。"))


def _refuse(asking: Asking) -> Answer:
    texts = {
        Topic.INJECTION: "这个要求我不能照办。我只按收录的文件、课程和案例回答问题。",
        Topic.FISHING: "别人的联系方式、证件和内部资料不能提供。如需联系某个单位，请走其公开渠道，或通过中心转达。",
        Topic.HARM: "违法或会伤人的事不能帮。",
        Topic.FORGERY: "造假的事不能帮。申报材料要真实，条件和要求可以直接问我。",
    }
    text = texts.get(asking.wish.topic, "这个不在我的服务范围。")
    return asking.fixed(Outcome.REFUSED, f"{text}{_CAN}")


def _name(profile: Profile) -> str:
    return profile.name or "工程师协同创新中心"


def _contact(profile: Profile, matter: str) -> str:
    found = next((who for what, who in profile.contacts_by_matter if matter in what), None)
    return f"请联系 {found}" if found else f"联系人{NOT_SET}，请打中心电话 {profile.telephone or NOT_SET}"


def _stock(asking: Asking) -> str:
    counts = {kind: len(asking.of_kind(kind)) for kind in (Kind.POLICY, Kind.SOLUTION)}
    return f"现在收录了 {counts[Kind.POLICY]} 份文件、{len(asking.finder.courses(asking.principal))} 门课程、{counts[Kind.SOLUTION]} 个案例。"


def _emergency() -> str:
    return "有人身危险请直接拨 119、120、110。"
