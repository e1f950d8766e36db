"""What a firm says about a ticket it has: how it stands, withdrawing it, whether it is solved, a rating, and that the trouble is back."""

import re
from dataclasses import replace

from bot.dialogue import drafting, opening, texts
from bot.dialogue.decision import Cancel, Close, Decision, Rate, Reopen
from bot.dialogue.memory import THIS, Draft, Phase
from bot.dialogue.thinking import Thinking
from bot.dialogue.view import TicketView
from bot.rules import phrases
from bot.rules.tickets import OPEN, REOPENING, TicketState
from bot.rules.triage import Domain
from bot.rules.turns import Reply

REASON = "企业撤回"
_IMPATIENT = re.compile(
    r"(?:你们|那|大概|大约|到底|还要|还得|工程师|师傅|人)*(?:要|得|等)?(?:多久|多长时间|什么时候|啥时候|几点|几时)"
    r"(?:能|会|可以|才|有人|工程师|师傅)*(?:来|到|有人|回复?|联系我?们?|上门|过来|接单?|处理|好|解决)?(?:一下)?[啊呀呢吗了？?！!。]*"
)
_KEEP = re.compile(r"(?:别|不|先不|不要|不用)(?:给我)?(?:撤|取消)|留着|继续(?:办|处理|弄|等)?")
_S = TicketState
_SOLVED = (_S.RESOLVED, _S.CLOSED)


# --- how it stands --------------------------------------------------------------------------------------------------------------------


def status(now: Thinking) -> Decision:
    """The state in words of the ticket that is meant."""
    view = now.view
    ref = phrases.ticket_ref(now.text)
    if ref is not None:
        return now.decides(_standing(now, view.named) if view.named else texts.unknown_ticket(ref))
    draft_waits = now.memory.phase in (Phase.INTAKE, Phase.CONFIRM, Phase.REGISTER) and view.open is None
    if draft_waits and now.memory.phase is Phase.CONFIRM:
        return now.decides()  # the reminder says it
    if draft_waits:
        return now.decides(texts.not_submitted())
    ticket = view.open or view.last or view.newest
    return now.decides(_standing(now, ticket) if ticket else texts.no_ticket(now.profile))


def is_impatient(now: Thinking) -> bool:
    """Whether a firm that waits for an engineer asks how long it will be."""
    return now.view.open is not None and not now.is_technical and bool(_IMPATIENT.fullmatch(now.text.strip()))


def _standing(now: Thinking, ticket: TicketView) -> Reply:
    return texts.status(ticket, now.promise(ticket))


# --- withdrawing ----------------------------------------------------------------------------------------------------------------------


def withdraw(now: Thinking) -> Decision:
    """Asked once before a ticket is cancelled; a draft is simply put away."""
    view = now.view
    ref = phrases.ticket_ref(now.text)
    if ref is not None and view.named is None:
        return now.decides(texts.unknown_ticket(ref))
    ticket = view.named if ref is not None else view.open
    if ticket is None and now.memory.pending is not None and now.memory.phase is not Phase.TALK:
        return drafting.drop(now)
    ticket = ticket or view.newest
    if ticket is None or ticket.state not in OPEN:
        return now.decides(texts.nothing_to_withdraw(), memory=now.memory.idle)
    memory = replace(now.memory.idle, phase=Phase.WITHDRAW, ref=ticket.ref, version=ticket.version)
    return now.decides(texts.really_withdraw(ticket.ref, ticket.version, ticket.title), memory=memory)


def withdrawing(now: Thinking) -> Decision | None:
    """Yes or no to it; None where the message is about something else."""
    memory, ticket = now.memory, now.view.named
    if _KEEP.search(now.text) or (phrases.is_no(now.text) and not phrases.wants_withdrawal(now.text)):
        return now.decides(texts.kept(memory.ref), memory=memory.idle)
    if not (phrases.is_yes(now.text) or phrases.wants_withdrawal(now.text)):
        return None
    if ticket is None or (ticket.ref, ticket.version) != (memory.ref, memory.version):
        return now.decides(texts.stale(ticket), memory=memory.idle)
    return now.decides(Cancel(ticket.ref, ticket.version, REASON), memory=replace(memory.idle, draft=None))


# --- solved or not --------------------------------------------------------------------------------------------------------------------


def solved(now: Thinking) -> Decision | None:
    """The firm says that it works; None where no ticket could be meant."""
    view = now.view
    if view.open is not None:
        return withdraw(now)
    if view.last is None or view.last.state is not _S.RESOLVED:
        return None
    memory = replace(now.memory.idle, phase=Phase.SOLVED, ref=view.last.ref, version=view.last.version)
    return now.decides(texts.is_it_solved(view.last), memory=memory)


def confirming(now: Thinking) -> Decision | None:
    """Yes or no to whether it is solved. A bare yes closes and shares nothing."""
    memory, last = now.memory, now.view.last
    if last is None or (last.ref, last.version) != (memory.ref, memory.version) or last.state is not _S.RESOLVED:
        return None
    if phrases.comes_back(now.text) or phrases.is_no(now.text):
        return reopen(now, last)
    if not phrases.is_yes(now.text) or phrases.is_thanks(now.text):
        return None
    return close(now, last, share=False)


def close(now: Thinking, ticket: TicketView, *, share: bool | None) -> Decision:
    """Confirmed; then a rating is asked for."""
    phase = Phase.TALK if ticket.rated else Phase.RATE
    memory = replace(now.memory.idle, phase=phase, ref=ticket.ref, version=ticket.version)
    return now.decides(Close(ticket.ref, ticket.version, share), memory=memory)


def rate(now: Thinking) -> Decision | None:
    """A rating in words or figures; None where there is none, or nothing to rate."""
    points = phrases.rating(now.text)
    last = now.view.last
    if points is None or last is None or last.state not in _SOLVED:
        return None
    if now.memory.phase is not Phase.RATE and last.rated:
        return None
    return now.decides(Rate(last.ref, points, now.text), memory=now.memory.idle)


# --- back again -----------------------------------------------------------------------------------------------------------------------


def back(now: Thinking) -> Decision | None:
    """The trouble is there again: within seven days the case is reopened, later a new one follows it."""
    view = now.view
    ticket = view.last or view.newest
    if view.open is not None or not view.is_known:
        return None
    if ticket is None or ticket.state not in (*_SOLVED, _S.CANCELLED) or _another_trade(now, ticket):
        return None
    ended = ticket.ended_at or ticket.created_at
    here = ticket.conversation == view.conversation
    if here and ticket.state in _SOLVED and now.now - ended <= REOPENING:
        return reopen(now, ticket)
    draft = Draft((THIS,), ticket.kind, ticket.domain, previous=ticket.ref)
    whole = now.sorted(draft)
    known = whole.domain if whole.domain is not Domain.OTHER else ticket.domain
    title = "" if now.is_technical else ticket.title
    return opening.now_open(now, replace(whole, domain=known), title=title)


def reopen(now: Thinking, ticket: TicketView) -> Decision:
    """Reopened; the system itself says so in the ticket's talk."""
    return now.decides(Reopen(ticket.ref, ticket.version), memory=replace(now.memory.idle, draft=None))


def _another_trade(now: Thinking, ticket: TicketView) -> bool:
    domain = now.triage.domain
    return domain not in (None, Domain.OTHER, ticket.domain) and ticket.domain is not Domain.OTHER
