"""Every word that the dialogue says, and the buttons under it. Short: most firms read it on a telephone in a workshop."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.assistant.shape import GENERATED, Answer, Outcome
from bot.dialogue.view import Review, TicketView, Work
from bot.profile import NOT_SET, Profile
from bot.rules import presses
from bot.rules.conversations import ReplyKind
from bot.rules.intake import URGENCY_NAMES
from bot.rules.presses import Press, button
from bot.rules.registration import WORDS
from bot.rules.tickets import OPEN, TicketState
from bot.rules.tickets import WORDS as STATES
from bot.rules.turns import Button, Reply
from bot.rules.worktime import CHINA

PERSON = Button("转人工", "转人工")
UNSOLVED_CASE = Button("没解决，找工程师", "没解决，找工程师")
MAX_BUTTONS = 8
NO_TITLE = "转人工（还没说是什么事）"
RETURN_PATH = "/enter/"


def notice(text: str, *buttons: Button) -> Reply:
    """Says that something is so."""
    return Reply(text, ReplyKind.NOTICE, GENERATED, None, buttons)


def question(text: str, *buttons: Button) -> Reply:
    """Asks for something."""
    return Reply(text, ReplyKind.QUESTION, GENERATED, None, buttons)


def system(text: str, *buttons: Button) -> Reply:
    """What happened; no words of the bot."""
    return Reply(text, ReplyKind.SYSTEM, None, None, buttons)


def telephone(profile: Profile) -> str:
    """How to reach the centre without this machine."""
    return f"中心电话 {profile.telephone}" if profile.telephone else f"中心电话（{NOT_SET}）"


def clock(at: datetime) -> str:
    """11 月 23 日 10:05, in China."""
    here = at.astimezone(CHINA)
    return f"{here.month} 月 {here.day} 日 {here.hour}:{here.minute:02}"


# --- answers --------------------------------------------------------------------------------------------------------------------------


def answer(found: Answer, *buttons: Button) -> Reply:
    """The assistant's answer, with what may be said next."""
    suggested = [Button(words, words) for words in found.suggestions]
    kind = ReplyKind.QUESTION if found.outcome is Outcome.CLARIFY else ReplyKind.ANSWER
    return Reply(found.answer, kind, found.label, found.as_json(), _once([*suggested, *buttons]))


def shows_case(text: str) -> bool:
    """Whether these words of the bot showed a solved case."""
    return text.startswith("有一个相似的")


def _once(buttons: Iterable[Button]) -> tuple[Button, ...]:
    return tuple({one.value: one for one in buttons}.values())[:MAX_BUTTONS]


def broken(profile: Profile) -> Reply:
    """Looking things up failed; a person is still there."""
    return notice(
        f"现在查不了资料，您的话已经留下。急的话请点“转人工”，或打{telephone(profile)}；也可以过几分钟再问一次。",
        PERSON,
    )


DANGER = (
    "先保人，再保设备：\n"
    "1. 马上离开危险处，叫停并疏散旁人；有火、有人受伤或中毒立即拨打：火警 119，急救 120，报警 110。\n"
    "2. 能安全做到时，按急停、断电、关气源；触电的人没断电前不要直接用手碰；燃气或化学品泄漏不要开关电器、不用明火。\n"
    "3. 有人被夹、被压时先停机锁定，不要反转设备硬拉，等专业救援。"
)


# --- a person -------------------------------------------------------------------------------------------------------------------------


def opened(ref: str, promise: str, profile: Profile, *, danger: bool, previous: str) -> Reply:
    """A ticket is in the pool; said only once it is."""
    linked = f"，已与 {previous} 相连" if previous else ""
    head = f"已按危险情况开出工单 {ref}{linked}" if danger else f"已为您开出工单 {ref}{linked}"
    return notice(
        f"{head}，正在请工程师接单。{promise}接单后工程师就在这里回复您。也可以直接打{telephone(profile)}。",
        button(Press.STATUS, ref),
    )


def already(ticket: TicketView, profile: Profile) -> Reply:
    """Repeated 转人工."""
    return notice(
        f"工单 {ticket.ref} 已经在办：{STATES[ticket.state]}。您接着说就行，工程师都看得到。急的话请打{telephone(profile)}。",
        button(Press.STATUS, ticket.ref),
    )


def hastened(ref: str) -> Reply:
    """A danger came up on an open ticket."""
    return system(f"工单 {ref} 已改为“危险，立即处理”，已提醒工程师和中心工作人员。")


def no_firm(profile: Profile) -> Reply:
    """Staff and engineers have nobody to be handed to."""
    return notice(f"您登录的是中心账号，不是企业账号，不能开工单。要找同事请打{telephone(profile)}。")


# --- intake ---------------------------------------------------------------------------------------------------------------------------


NO_CASE_FITS = "已解决的案例里没有对得上的"
NO_CASES = "现在查不了案例库"
NOTED = "记下了"
SAME_CASE = "案例里还是只有刚才那一个"


def intake_begins(
    found: Answer | None, head: str, asked: str, step: int, *, urgent: bool, extra: Iterable[Button] = ()
) -> Reply:
    """No case fits: an engineer is offered, and the first question put."""
    pointers = "、".join(dict.fromkeys(one.document for one in found.near)) if found else ""
    near = f"（接近但不能照做的有：{pointers}）" if pointers else ""
    rush = "想马上找人，直接点“转人工”。" if urgent else ""
    why = f"{head}{near}，" if head else ""
    return Reply(
        f"{why}我帮您登记给工程师。{rush}先问一句，不清楚可以跳过：\n{asked}",
        ReplyKind.QUESTION,
        GENERATED,
        found.as_json() if found else None,
        (*extra, button(Press.SKIP, version=step), PERSON),
    )


def next_question(asked: str, step: int) -> Reply:
    """One clarifying question."""
    return question(f"{asked}\n（不清楚可以跳过）", button(Press.SKIP, version=step), PERSON)


def question_after_opening(asked: str, step: int) -> Reply:
    """The fact that an engineer would miss most; the ticket is open already."""
    return question(
        f"等工程师的时候，先补一句好让他心里有数，不清楚可以跳过：\n{asked}", button(Press.SKIP, version=step)
    )


def summary(lines: Iterable[tuple[str, str]], shown: int, *, again: bool) -> Reply:
    """What will be handed in, to be confirmed."""
    head = (
        "改好了，请再核对："
        if again
        else "记下了，原话会一并给工程师看。请核对，没问题就提交："
        if shown > 1
        else "请核对，没问题就提交给工程师（您的原话也会给他看）："
    )
    body = "\n".join(f"{label}：{value}" for label, value in lines)
    return question(
        f"{head}\n{body}\n哪里不对直接说，比如“材料不是 PP 是 ABS”。",
        button(Press.SUBMIT, version=shown),
        button(Press.CHANGE, version=shown),
        button(Press.DROP, version=shown),
        PERSON,
    )


def what_to_change(shown: int) -> Reply:
    """The firm wants a change and has not said which."""
    return question(
        "要改哪一处？直接说就行，比如“型号写错了，是 MA1600”。", button(Press.SUBMIT, version=shown), PERSON
    )


def still_asking(asked: str, step: int) -> Reply:
    """The question that was left open while something else was asked."""
    return question(f"接着刚才的登记：{asked}\n（不清楚可以跳过）", button(Press.SKIP, version=step), PERSON)


def still_confirming(shown: int) -> Reply:
    """The summary that was left open."""
    return question(
        "刚才的登记还没提交，要提交吗？",
        button(Press.SUBMIT, version=shown),
        button(Press.CHANGE, version=shown),
        button(Press.DROP, version=shown),
        PERSON,
    )


def dropped() -> Reply:
    """The draft is put away."""
    return notice("好的，先不提交，什么都没登记出去。需要时再说一声就行。", PERSON)


def tell_trouble() -> Reply:
    """Nothing was said yet that could be handed in."""
    return question("请用一两句话说说：什么东西出了什么问题？", PERSON)


def supplemented(ref: str) -> Reply:
    """What was said stands in the ticket now."""
    return notice(f"已补充到工单 {ref}。", button(Press.STATUS, ref))


# --- registration ---------------------------------------------------------------------------------------------------------------------


def registration(profile: Profile, *, danger: bool = False) -> Reply:
    """Asks a firm without an account who it is, and says what is kept and why."""
    first = "人身安全的事请先打 119、120、110" if danger else "急事请直接打"
    call = f"{first}，再打{telephone(profile)}。" if danger else f"{first}{telephone(profile)}。"
    return question(
        f"{call}要在这里请工程师，先登记一下，说完马上开工单：企业名称、您的姓名、电话，再加“同意”二字，一句话就行，"
        "比如“我是某某塑料厂的李四 手机号 同意”。\n"
        "我们只保存这三样，用来联系您、办这件事；不公开，您随时可以要求导出或删除。",
        button(Press.DECLINE),
    )


def registration_goes_on(missing: Iterable[str], profile: Profile, *, problem: str = "") -> Reply:
    """Some of it is there; the rest is asked for."""
    lacking = "、".join(WORDS[code] for code in missing)
    why = "（“同意”是指同意我们保存企业名称、姓名和电话，只用来联系您、办这件事）" if "consent" in missing else ""
    head = problem or "记下了。"
    return question(
        f"{head}还差：{lacking}{why}。补上就马上开工单。不想登记请打{telephone(profile)}。", button(Press.DECLINE)
    )


def still_registering(missing: Iterable[str]) -> Reply:
    """Something else was asked while registering."""
    return question(
        f"刚才的登记还差：{'、'.join(WORDS[code] for code in missing)}，补上就开工单。", button(Press.DECLINE)
    )


def registration_declined(profile: Profile) -> Reply:
    """Registering was refused: nothing is lost by it."""
    return notice(
        f"好的，不登记。要找人请打{telephone(profile)}；政策、课程和案例照样可以在这里问。前面说的都还在。", PERSON
    )


def registered(organisation: str, key: str) -> Reply:
    """The account is there, and the way back to the talk."""
    return notice(
        f"{organisation}已登记（待核实，不影响办事）。这是回到这段对话的专用链接，请收藏，不要转发：{RETURN_PATH}{key}"
    )


# --- cases ----------------------------------------------------------------------------------------------------------------------------


def status(ticket: TicketView, promise: str) -> Reply:
    """Where a ticket stands, in words."""
    lines = [f"工单 {ticket.ref}“{ticket.title}”：{STATES[ticket.state]}。"]
    if ticket.state in OPEN and ticket.owner:
        since = f"，{clock(ticket.claimed_at)}接单" if ticket.claimed_at else ""
        lines.append(f"负责的工程师：{ticket.owner}{since}。")
    elif ticket.state in OPEN:
        lines.append(f"{clock(ticket.created_at)}提交，还没有工程师接单。")
    elif ticket.ended_at:
        by = f"，由工程师{ticket.owner}办理" if ticket.owner else ""
        lines.append(f"{clock(ticket.ended_at)}办结{by}。" if ticket.state is not TicketState.CANCELLED else "")
    if promise:
        lines.append(promise)
    buttons: tuple[Button, ...] = ()
    if ticket.state in OPEN:
        buttons = (button(Press.WITHDRAW, ticket.ref, ticket.version, label="撤回工单"),)
    elif ticket.state is TicketState.RESOLVED:
        lines.append("解决了请确认，没解决可以重新打开。")
        buttons = presses.asking_whether_solved(ticket.ref, ticket.version)
    return notice("".join(lines), *buttons)


def no_ticket(profile: Profile) -> Reply:
    """Nothing to tell the state of."""
    return notice(f"您在这里还没有工单。要请工程师请点“转人工”，或打{telephone(profile)}。", PERSON)


def not_submitted() -> Reply:
    """Asked after while the draft is not handed in."""
    return notice("还没有提交，补完就可以提交；想马上找人请点“转人工”。", PERSON)


def unknown_ticket(ref: str) -> Reply:
    """There is none, or it is another's: the same words."""
    return notice(f"没有查到工单 {ref}，请核对工单号。", PERSON)


def really_withdraw(ref: str, version: int, title: str) -> Reply:
    """Asked once before a ticket is cancelled."""
    return question(
        f"要撤回工单 {ref}“{title}”吗？撤回后工程师就不再跟进。",
        button(Press.WITHDRAW, ref, version),
        button(Press.KEEP, ref, version),
    )


def kept(ref: str) -> Reply:
    """Not cancelled."""
    return notice(f"好的，工单 {ref} 继续办。")


def withdrawn(ref: str) -> Reply:
    """Cancelled, where the ticket belongs to another talk."""
    return system(f"工单 {ref} 已撤回。")


def nothing_to_withdraw() -> Reply:
    """No open ticket and no draft."""
    return notice("好的。您现在没有在办的工单，不用撤回。", PERSON)


def reopened(ref: str) -> Reply:
    """Reopened, where the ticket belongs to another talk."""
    return system(f"工单 {ref} 已重新打开，请到原来的对话里接着说。")


def is_it_solved(ticket: TicketView) -> Reply:
    """The firm says it works: its last word is asked for."""
    return question(
        f"太好了。工单 {ticket.ref} 可以办结了吗？同意公开的话，去掉企业和人名后给同行参考。",
        *presses.asking_whether_solved(ticket.ref, ticket.version),
    )


def closed(ref: str, version: int, *, shared: bool | None, rated: bool) -> Reply:
    """Closed; a rating is asked for once."""
    told = {True: "谢谢同意公开，审核后只发布去掉名称的版本，随时可以收回。", False: "不会公开。", None: ""}[shared]
    buttons = () if rated else presses.asking_for_a_rating(ref, version)
    return notice(f"工单 {ref} 已办结。{told}" + ("" if rated else "请给这次服务打个分（1 到 5）："), *buttons)


def rated(ref: str, points: int) -> Reply:
    """Thanks for a rating."""
    return notice(f"收到，工单 {ref} 评了 {points} 分，谢谢。")


def not_rateable(ref: str) -> Reply:
    """An open case cannot be rated."""
    return notice(f"工单 {ref} 还没办结，办结后再评分。")


def stale(ticket: TicketView | None = None) -> Reply:
    """A button of an old version: nothing was done."""
    if ticket is None:
        return notice("这个按钮已经过期，没有执行任何操作。请直接说要做什么。", PERSON)
    return notice(
        f"这个按钮已经过期，没有执行任何操作。工单 {ticket.ref} 现在是“{STATES[ticket.state]}”。",
        button(Press.STATUS, ticket.ref),
    )


def done_before(ticket: TicketView) -> Reply:
    """Pressed twice."""
    return notice(f"已经办过了：工单 {ticket.ref} 现在是“{STATES[ticket.state]}”。", button(Press.STATUS, ticket.ref))


def noted(ref: str) -> Reply:
    """Words that are neither a question nor a fact, while a ticket waits."""
    return notice(f"收到，这句话留在工单 {ref} 的对话里，工程师接单就能看到。", button(Press.STATUS, ref))


def shall_an_engineer_look(title: str) -> Reply:
    """Words that fit nothing, behind a trouble that was told."""
    return question(f"“{title}”要请工程师看吗？也可以接着说说设备型号、什么时候开始的、试过什么。", UNSOLVED_CASE)


def kept_files(profile: Profile) -> Reply:
    """Photos or files came while the bot listens."""
    return notice(
        f"收到，已保存。我看不懂图片和文件，麻烦用一两句话说说是什么问题；要请人看，点“转人工”，工程师接单后能看到，也可以打{telephone(profile)}。",
        PERSON,
    )


def added_files(ref: str) -> Reply:
    """The same for a case that waits for an engineer."""
    return notice(f"收到，已放进工单 {ref}，工程师接单后就能看到。", button(Press.STATUS, ref))


def no_files(profile: Profile) -> Reply:
    """Asked where pictures can be sent."""
    return notice(
        f"可以。点输入框旁边的回形针，或直接在聊天里发：照片、PDF、Word、Excel 都收，单个不超过 20 MB。我看不懂图片，请再用文字说说问题；工程师接单后能看到，也可以打{telephone(profile)}。",
        PERSON,
    )


def signed_in(name: str) -> Reply:
    """Asked about an account while having one."""
    return notice(f"您已经登录（{name}），可以直接说事，也可以点“转人工”。口令丢了请找中心工作人员重发。", PERSON)


def fine() -> Reply:
    """A yes or a no that answers nothing."""
    return notice("好的。有问题直接说，要找人请点“转人工”。", PERSON)


def sorry() -> Reply:
    """The firm is angry with the bot."""
    return notice("没帮上忙，抱歉。您直接说什么设备、什么毛病，我记下来转给工程师；要马上找人请点“转人工”。", PERSON)


def visit(profile: Profile) -> Reply:
    """Whether somebody comes is settled between engineer and firm; nothing is promised here."""
    return notice(
        f"上不上门、什么时候去，由接单的工程师和您商量。先说说什么设备、什么毛病，或直接点“转人工”；也可以打{telephone(profile)}。",
        PERSON,
    )


def thanks() -> Reply:
    """Where the assistant is not to be had for it."""
    return notice("不客气，有问题随时再说。")


# --- after days -----------------------------------------------------------------------------------------------------------------------


def resumed(at: datetime, title: str, what: str) -> Reply:
    """Where it stood."""
    return notice(f"接着 {clock(at)} 的话题“{title}”：{what}。")


def skipped() -> Reply:
    """A question about an open ticket was passed over."""
    return notice("好的，不补了，工程师接单后会直接问您。")


def shortened(text: str, chars: int = 24) -> str:
    """For a title."""
    line = " ".join(text.split())
    return line if len(line) <= chars else line[: chars - 1] + "…"


# --- for engineers and clerks -------------------------------------------------------------------------------------------------------------


def _listed(cases: Iterable[Work], now: datetime) -> str:
    return "\n".join(
        f"{case.ref} {case.title}（"
        + (f"{case.firm}，" if case.firm else "")
        + f"{URGENCY_NAMES[case.urgency]}，{STATES[case.state]}"
        + (f"，{case.owner}负责" if case.owner else "")
        + (f"，{'已超时，应在' if case.due_at <= now else '期限'} {clock(case.due_at)}" if case.due_at else "")
        + "）"
        for case in cases
    )


def offered(cases: Sequence[Work], now: datetime) -> Reply:
    """What an engineer may claim."""
    if not cases:
        return notice("现在没有可接的工单，来了新单会出现在工作台。")
    buttons = [button(Press.CLAIM, case.ref, label=f"接 {case.ref}") for case in cases]
    return notice(f"可以接的工单：\n{_listed(cases, now)}", *buttons)


def own(cases: Sequence[Work], now: datetime) -> Reply:
    """What an engineer has."""
    return notice(f"您手上的工单：\n{_listed(cases, now)}" if cases else "您手上没有在办的工单。")


def which(cases: Sequence[Work]) -> Reply:
    """Several cases, and none was named."""
    if not cases:
        return notice("您手上没有这张工单。")
    return question("您说的是哪一张？请带上工单号：" + "；".join(f"{case.ref} {case.title}" for case in cases))


def claimed(ref: str, promise: str) -> Reply:
    """The engineer has it."""
    return notice(
        f"接单成功：{ref}。{promise}在工作台里回复企业，也可以在这里说“问他……”“告诉他……”，我原样转过去；转出请说“{ref} 转出去”和原因。"
    )


def transferred(ref: str) -> Reply:
    """Passed on."""
    return notice(f"工单 {ref} 已转出，正在请其他工程师接单；原因已记下。")


def told(ref: str, words: str) -> Reply:
    """The firm has it."""
    return notice(f"已发给企业（{ref}）：{words}")


def overdue(cases: Sequence[Work], now: datetime) -> Reply:
    """What is late."""
    return notice(f"超时的工单：\n{_listed(cases, now)}" if cases else "现在没有超时的工单。")


def reviews(waiting: Sequence[Review]) -> Reply:
    """What may be published, and what stands against it."""
    lines = []
    for one in waiting:
        agreed = "企业已同意公开" if one.is_shared else "企业还没同意，不能公开"
        left = f"；稿里还有 {one.left} 处会认出企业或个人，要先改" if one.left else "；没有查到会认出企业或个人的内容"
        lines.append(f"{one.ref} {one.title}：{agreed}{left}。")
    return notice("待审核的方案：\n" + "\n".join(lines) + "\n作者以外的工作人员在控制台通过后才会公开。")
