"""What engineers and clerks say in talks of their own: what there is to do, taking a case, passing it on, asking its firm something."""

import re
from collections.abc import Sequence

from bot.dialogue import texts
from bot.dialogue.decision import Claim, Decision, Tell, Transfer
from bot.dialogue.thinking import Thinking
from bot.dialogue.view import Desk, Work
from bot.rules import phrases

_OFFERS = re.compile(
    r"(?:有|看|给我|来)[^，。]{0,6}(?:什么|哪些|啥|几个|几张)?(?:新|待接|可接|能接)?的?(?:工单|单子?|活)|(?:新单|待接|可接)|^(?:接单列表|看单)$"
)
_OWN = re.compile(r"我(?:手上|手里|现在|接)?的?[^，。]{0,4}(?:工单|单子?|案子|活)|我(?:手上|手里)")
_CLAIM = re.compile(
    r"^(?:这个?|那个?|这张|好|行|嗯|，|,)*(?:我)?(?:来)?接(?:了|单|下|这个|这张|吧|手)*|^(?:我来|我接|接了)"
)
_PASS_ON = re.compile(
    r"转(?:出去|给别人|走|别人|派|给其他)|(?:不是|不属于|不对)我的?(?:专业|领域|方向|行当)|我(?:不会|搞不了|不懂|弄不了)"
)
_TELL = re.compile(
    r"^(?:你|先|再|麻烦|帮我|请)*(?P<verb>问|告诉|回复|跟|和|让)(?:一下|下)?(?:他们?|她|对方|企业|厂里|客户|那边)(?:说|讲)?(?:一下|下)?[：:，,\s]*(?P<words>.+)$"
)
_OVERDUE = re.compile(r"超时|逾期|过期的?(?:工单|单)|没人(?:接|管)的|拖着")
_REVIEW = re.compile(r"公开|待审|审核|方案")


def decide(now: Thinking, desk: Desk) -> Decision | None:
    """What a colleague's message leads to; None where it is a question like anyone's."""
    return _clerk(now, desk) if desk.is_clerk else _engineer(now, desk)


def is_about_work(text: str) -> bool:
    """Whether an engineer asks what there is to do, or takes a case: words for nobody but the house."""
    words = text.strip()
    takes = bool(_CLAIM.match(words)) and len(words) <= 20 and phrases.ticket_ref(words) is not None
    return takes or len(words) <= 12 and bool(_OFFERS.search(words) or _OWN.search(words))


def _clerk(now: Thinking, desk: Desk) -> Decision | None:
    if _OVERDUE.search(now.text) and not now.is_technical:
        return now.decides(texts.overdue(desk.overdue, now.now))
    if _REVIEW.search(now.text) and re.search(r"可以|能|哪些|待|有|[吗？?]", now.text) and desk.reviews:
        return now.decides(texts.reviews(desk.reviews))
    return None


def _engineer(now: Thinking, desk: Desk) -> Decision | None:
    text = now.text.strip()
    ref = phrases.ticket_ref(text)
    if (tell := _TELL.match(text)) and desk.own:
        case = _meant(desk.own, ref)
        return now.decides(Tell(case.ref, _to_the_firm(tell)) if case else texts.which(desk.own))
    if _PASS_ON.search(text) and (desk.own or ref):
        case = _meant(desk.own, ref)
        return now.decides(Transfer(case.ref, text) if case else texts.which(desk.own))
    if _CLAIM.match(text) and len(text) <= 20 and (desk.offered or ref):
        if ref:
            return now.decides(Claim(ref))
        case = _meant(desk.offered, None)
        return now.decides(Claim(case.ref) if case else texts.offered(desk.offered, now.now))
    if _OWN.search(text) and not _OFFERS.match(text):
        return now.decides(texts.own(desk.own, now.now))
    if _OFFERS.search(text) and not now.is_technical:
        return now.decides(texts.offered(desk.offered, now.now))
    return None


def _meant(cases: Sequence[Work], ref: str | None) -> Work | None:
    """The case that is named, or the only one there is."""
    if ref is not None:
        return next((case for case in cases if case.ref == ref), None)
    return cases[0] if len(cases) == 1 else None


def _to_the_firm(found: re.Match[str]) -> str:
    """The engineer's words as the firm is to read them."""
    words = re.sub(r"[Tt]-\d{6}", "", found["words"]).strip("，,：: 。")
    if found["verb"] != "问":
        return words
    return f"请问{words}" + ("" if re.search(r"[?？吗呢]$", words) else "？")
