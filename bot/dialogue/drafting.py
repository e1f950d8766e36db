"""From free talk to a demand: the questions, the summary, its correction, and handing it in."""

import re
from dataclasses import replace

from bot.assistant.shape import Answer
from bot.dialogue import opening, registering, texts
from bot.dialogue.decision import Decision, Supplement
from bot.dialogue.memory import THIS, Draft, Memory, Phase
from bot.dialogue.thinking import Thinking, facts_as_json
from bot.rules import followup, intake, phrases
from bot.rules.intake import SYMPTOM
from bot.rules.intent import Intent
from bot.rules.presses import Press, button
from bot.rules.tickets import REOPENING, TicketState
from bot.rules.triage import Demand, Domain, Urgency, by_rules
from bot.rules.troubles import told
from bot.rules.turns import Button, Reply

HEARD = 6
FRAGMENT_CHARS = 10  # hardly a trouble of its own, whatever trade its words are of
_SAYS_NOTHING = (
    Intent.CHITCHAT,
    Intent.SERVICE,
    Intent.STATUS,
    Intent.OUT_OF_SCOPE,
)  # of what an engineer could see to
_AS_IT_IS = re.compile(
    r"(?:都|就|可以|那|嗯|好|，|,)*(?:没有?(?:什么)?问题|可以|行|对|就这些|就这样|没别的|没有别的|没啥|没有了|没了)(?:了|吧|啊|呀|的)*[。！!~]*"
)


def hear(now: Thinking, *, trouble: bool | None = None) -> Memory:
    """The memory with this message kept as something that the firm told or asked.

    Args:
        trouble: Whether an engineer sees to it; None: what triage says.
    """
    memory = now.memory
    technical = now.is_technical if trouble is None else trouble
    if not technical and now.triage.intent in _SAYS_NOTHING:
        return memory
    return replace(
        memory,
        heard=(*memory.heard, THIS)[-HEARD:],
        trouble=(*memory.trouble, THIS)[-HEARD:] if technical else memory.trouble,
    )


def drafted(now: Thinking, *, this: bool) -> Draft:
    """A draft from what was heard so far: what an engineer sees to, else the last thing that was asked.

    Args:
        this: Whether the present message belongs to it.
    """
    held = now.memory.pending
    if held is not None and held.messages and not (now.memory.phase is Phase.TALK and now.is_afresh(held)):
        return now.sorted(held.with_message(THIS) if this else held)
    done = now.memory.draft.messages if now.memory.draft else ()
    trouble = tuple(
        id
        for id, text in now.told(now.memory.trouble)
        if id not in done and not (this and _of_another_trade(now, text))
    )
    messages = (*trouble, THIS) if this else (trouble or _last_said(now))
    return now.sorted(Draft(tuple(dict.fromkeys(messages))))


def _of_another_trade(now: Thinking, text: str) -> bool:
    if not told(now.text).faults:
        return False  # only a machine or a detail: it is the trouble's own
    own, other = now.triage.domain, by_rules(text).domain
    return own not in (None, Domain.OTHER) and other not in (None, Domain.OTHER, own)


def _last_said(now: Thinking) -> tuple[str, ...]:
    """The last thing that was asked, with what it leans on."""
    kept: list[str] = []
    for id, text in reversed(now.told(now.memory.heard)):
        kept.insert(0, id)
        if not followup.leans(text):
            break
    return tuple(kept)


def goes_on(now: Thinking) -> bool:
    """Whether it tells more of the trouble that was answered with a case just before: the case did not help."""
    if now.memory.phase is not Phase.TALK or now.is_question or not now.memory.heard:
        return False
    before = drafted(now, this=False)
    if now.memory.heard[-1] not in before.messages or not now.is_about_trouble(before):
        return False
    if phrases.comes_back(now.text):
        return True
    known, more = now.facts(before), now.facts(now.sorted(before.with_message(THIS)))
    told = any(code != SYMPTOM and known.get(code) != fact for code, fact in more.items())
    return told and (len(now.text) <= FRAGMENT_CHARS or not now.is_afresh(before))


def begin(now: Thinking, found: Answer | None, *, head: str, this: bool = True) -> Decision:
    """The first clarifying question, or the summary where nothing useful is left to ask.

    Args:
        head: Why an engineer is offered.
    """
    draft = drafted(now, this=this)
    if not draft.messages:
        return now.decides(texts.tell_trouble())
    asked = opening.next_question(now, draft)
    if asked is None:
        return show(now, draft)
    code, words = asked
    draft = replace(draft, asked=(*draft.asked, code))
    memory = replace(now.memory.idle, phase=Phase.INTAKE, draft=draft, asking=(code,))
    urgent = draft.urgency in (Urgency.HIGH, Urgency.CRITICAL)
    first = texts.intake_begins(found, head, words, len(draft.asked), urgent=urgent, extra=_same_case(now, draft))
    return now.decides(first, memory=memory)


def _same_case(now: Thinking, draft: Draft) -> tuple[Button, ...]:
    """A case of the same trade that was solved a few days ago may be meant."""
    last = now.view.last
    if last is None or last.ended_at is None or last.state not in (TicketState.RESOLVED, TicketState.CLOSED):
        return ()
    if last.domain is not draft.domain or now.now - last.ended_at > REOPENING:
        return ()
    return (button(Press.REOPEN, last.ref, last.version, label=f"就是 {last.ref} 那件事，重新打开"),)


def answered(now: Thinking) -> Decision:
    """An answer to the question that stands open, or anything else told meanwhile."""
    assert now.memory.draft is not None
    draft = now.sorted(_told(now, now.memory.draft))
    asked = opening.next_question(now, draft)
    if asked is None:
        return show(now, draft)
    code, words = asked
    draft = replace(draft, asked=(*draft.asked, code))
    memory = replace(now.memory, phase=Phase.INTAKE, draft=draft, asking=(code,))
    return now.decides(texts.next_question(words, len(draft.asked)), memory=memory)


def show(now: Thinking, draft: Draft, *, again: bool = False) -> Decision:
    """The summary, to be confirmed; `again`: something in it is another now."""
    shown = now.memory.shown + 1
    lines = intake.summary(now.facts(draft), draft.kind or Demand.PROBLEM, draft.domain, draft.urgency)
    memory = replace(now.memory.idle, phase=Phase.CONFIRM, draft=draft, shown=shown)
    return now.decides(texts.summary(lines, shown, again=again), memory=memory)


def _told(now: Thinking, draft: Draft) -> Draft:
    """The draft with this message, as the answer to what was asked unless it plainly says something else instead."""
    asking = now.memory.asking
    answering = draft.with_message(THIS, asking)
    if not asking:
        return answering
    plain = draft.with_message(THIS)
    other = {fact.value for code, fact in now.facts(plain).items() if fact.message == THIS and code not in asking}
    taken = now.facts(answering).get(asking[0])
    return plain if taken is not None and taken.message == THIS and taken.value in other else answering


def agrees(now: Thinking) -> bool:
    """Whether the summary is right as it is."""
    yes = phrases.is_yes(now.text) and not phrases.is_thanks(now.text)
    return yes or bool(_AS_IT_IS.fullmatch(now.text.strip()))


def confirming(now: Thinking) -> Decision:
    """A word on the summary: whatever is said is kept with it, and shown where it can be read."""
    draft = now.memory.draft
    assert draft is not None
    if phrases.wants_withdrawal(now.text):
        return drop(now)
    more = now.sorted(draft.with_message(THIS))
    changed = now.facts(more) != now.facts(draft)
    if changed and not now.is_question:
        return show(now, more, again=True)
    if phrases.is_no(now.text):
        return now.decides(texts.what_to_change(now.memory.shown))
    return show(now, more)


def reminder(now: Thinking) -> Reply | None:
    """What still stands open, after something else was answered."""
    memory = now.memory
    if memory.phase is Phase.CONFIRM:
        return texts.still_confirming(memory.shown)
    if memory.phase is Phase.REGISTER and not now.view.is_known:
        return texts.still_registering(memory.details.missing)
    if memory.phase is not Phase.INTAKE or memory.draft is None or not memory.asking:
        return None
    if now.view.open is not None and not now.is_question:
        return None  # the ticket is open; whoever talks on is not asked twice
    questions = dict(
        intake.next_questions({}, memory.draft.kind or Demand.PROBLEM, memory.draft.domain, limit=len(intake.LABELS))
    )
    words = questions.get(memory.asking[0])
    return texts.still_asking(words, len(memory.draft.asked)) if words else None


def drop(now: Thinking) -> Decision:
    """The draft is not handed in."""
    return now.decides(texts.dropped(), memory=replace(now.memory.idle, draft=None))


def submit(now: Thinking) -> Decision:
    """The firm confirmed: a ticket, or first an account."""
    assert now.memory.draft is not None
    draft = now.memory.draft
    if not now.view.is_known:
        return registering.begin(now, draft)
    return now.decides(opening.of(now, draft), memory=opening.remembered(now, draft))


# --- while a ticket waits in the pool -----------------------------------------------------------------------------------------------------


def supplement(now: Thinking) -> tuple[Supplement, Memory] | None:
    """What this message adds to the open ticket; None where it adds nothing."""
    view, memory = now.view, now.memory
    assert view.open is not None
    before = memory.draft or Draft(kind=view.open.kind, domain=view.open.domain, urgency=view.open.urgency)
    bare = not now.is_about_trouble(before)
    unsaid = view.open.title == texts.NO_TITLE
    draft = _told(now, before)
    if bare and now.is_technical:
        draft = now.sorted(draft)
    known = now.facts(before)
    found = {code: fact for code, fact in now.facts(draft).items() if known.get(code) != fact}
    if not memory.asking and not now.is_technical:
        found.pop(SYMPTOM, None)  # any words would do for it
    if not found and not now.is_technical:
        return None
    retold = bare and now.is_technical
    rises = now.triage.urgency is Urgency.HIGH
    return (
        Supplement(
            facts_as_json(found),
            Urgency.HIGH if rises else None,
            "" if not retold else intake.title(now.text) if unsaid else view.open.title,
            now.text if retold else "",
            draft.domain,
        ),
        replace(memory.idle, draft=replace(draft, opened=True)),
    )


def supplemented(now: Thinking) -> Decision | None:
    """The same as a decision, with one more question where a ticket was opened with hardly a word."""
    added = supplement(now)
    if added is None:
        return None
    action, memory = added
    wanted = action.text and memory.draft and memory.draft.urgency is not Urgency.CRITICAL
    asked = opening.next_question(now, memory.draft) if wanted and memory.draft else None
    if asked is None or memory.draft is None:
        return now.decides(action, memory=memory)
    code, words = asked
    draft = replace(memory.draft, asked=(*memory.draft.asked, code))
    memory = replace(memory, phase=Phase.INTAKE, draft=draft, asking=(code,))
    return now.decides(action, texts.next_question(words, len(draft.asked)), memory=memory)
