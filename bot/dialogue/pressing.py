"""Buttons: what each does, if it still may. Nothing is done for one of an old version, and pressing twice does no harm."""

from dataclasses import replace

from bot.dialogue import cases, checking, drafting, registering, texts
from bot.dialogue.decision import Cancel, Claim, Decision, Rate
from bot.dialogue.memory import Phase
from bot.dialogue.thinking import Thinking
from bot.dialogue.view import TicketView
from bot.rules.presses import SHARE, Press, Pressed
from bot.rules.tickets import OPEN, TicketState

_S = TicketState
_OF_TICKETS = frozenset(
    {Press.CONFIRM, Press.UNSOLVED, Press.RATE, Press.WITHDRAW, Press.KEEP, Press.REOPEN, Press.STATUS}
)


def press(now: Thinking, pressed: Pressed | None) -> Decision:
    """What pressing leads to."""
    if pressed is None:
        return now.decides(texts.stale())
    if pressed.press is Press.CLAIM:
        return now.decides(Claim(pressed.ref) if now.view.desk and pressed.ref else texts.stale())
    if pressed.press in (Press.TICK, Press.STOP):
        return checking.press(now, pressed)
    if pressed.press in _OF_TICKETS:
        ticket = now.view.named
        if ticket is None:
            return now.decides(texts.unknown_ticket(pressed.ref) if pressed.ref else texts.stale())
        return _of_ticket(now, pressed, ticket)
    return _of_draft(now, pressed)


def _of_ticket(now: Thinking, pressed: Pressed, ticket: TicketView) -> Decision:
    if pressed.press is Press.STATUS:
        return now.decides(texts.status(ticket, now.promise(ticket)))
    if not now.view.is_known:  # staff read a firm's talk; they press nothing for it
        return now.decides(texts.stale(ticket))
    fresh = pressed.version == ticket.version
    match pressed.press:
        case Press.RATE:
            return _rate(now, pressed, ticket)
        case Press.KEEP:
            return now.decides(
                texts.kept(ticket.ref) if ticket.state in OPEN else texts.stale(ticket), memory=now.memory.idle
            )
        case Press.WITHDRAW:
            if ticket.state is _S.CANCELLED:
                return now.decides(texts.done_before(ticket))
            if not fresh or ticket.state not in OPEN:
                return now.decides(texts.stale(ticket))
            memory = replace(now.memory.idle, draft=None) if _is_here(now, ticket) else now.memory
            return now.decides(Cancel(ticket.ref, ticket.version, cases.REASON), memory=memory)
        case Press.CONFIRM:
            if ticket.state is _S.CLOSED:
                return now.decides(texts.done_before(ticket))
            if not fresh or ticket.state is not _S.RESOLVED:
                return now.decides(texts.stale(ticket))
            if not pressed.more:
                return now.decides(texts.is_it_solved(ticket))
            return cases.close(now, ticket, share=pressed.more == SHARE)
        case _:
            if ticket.state in OPEN:
                return now.decides(texts.done_before(ticket))
            if not fresh or ticket.state not in (_S.RESOLVED, _S.CLOSED):
                return now.decides(texts.stale(ticket))
            return cases.reopen(now, ticket)


def _rate(now: Thinking, pressed: Pressed, ticket: TicketView) -> Decision:
    if ticket.state not in (_S.RESOLVED, _S.CLOSED):
        return now.decides(texts.not_rateable(ticket.ref))
    if pressed.version != ticket.version or pressed.more not in {"1", "2", "3", "4", "5"}:
        return now.decides(texts.stale(ticket))
    return now.decides(Rate(ticket.ref, int(pressed.more)), memory=now.memory.idle)


def _is_here(now: Thinking, ticket: TicketView) -> bool:
    return ticket.conversation == now.view.conversation


def _of_draft(now: Thinking, pressed: Pressed) -> Decision:
    memory = now.memory
    shown = memory.phase is Phase.CONFIRM and pressed.version == memory.shown
    match pressed.press:
        case Press.SUBMIT if shown:
            return drafting.submit(now)
        case Press.CHANGE if shown:
            return now.decides(texts.what_to_change(memory.shown))
        case Press.DROP if shown:
            return drafting.drop(now)
        case Press.SKIP if memory.phase is Phase.INTAKE and memory.draft and pressed.version == len(memory.draft.asked):
            return _skip(now)
        case Press.DECLINE if memory.phase is Phase.REGISTER:
            return registering.decline(now)
        case Press.DEMAND if now.view.open is None:
            return drafting.begin(now, None, head="", this=False)
        case _:
            return now.decides(texts.done_before(now.view.open) if now.view.open else texts.stale())


def _skip(now: Thinking) -> Decision:
    if now.view.open is None:
        return drafting.answered(now)
    return now.decides(texts.skipped(), memory=now.memory.idle)
