"""What one turn leads to. Danger first, then a wish for a person, then what stands open, then everything else. Changes nothing."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.assistant.shape import GENERATED, Answer, Outcome
from bot.dialogue import cases, checking, colleagues, drafting, opening, pressing, registering, showing, texts
from bot.dialogue.decision import Action, AskWithdrawal, Decision, Hasten, Relay, Say
from bot.dialogue.memory import THIS, Draft, Memory, Phase
from bot.dialogue.thinking import CLAUSE, MAX_SEARCHED_CHARS, Answers, Thinking
from bot.dialogue.view import View
from bot.profile import Profile
from bot.rules import intake, phrases, presses, registration
from bot.rules.conversations import Owner, ReplyKind, Sender
from bot.rules.files import is_mark
from bot.rules.intent import Intent, Topic, read
from bot.rules.people import CLERKS
from bot.rules.presses import Press, button
from bot.rules.tickets import TicketState
from bot.rules.triage import SURE, Demand, Domain, MeaningOf, Triage, Urgency, by_rules
from bot.rules.troubles import is_vague, told
from bot.rules.turns import Button, Reply, Turn
from bot.rules.worktime import Hours
from retrieval.protocols import Role

MAX_CLAUSES = 40
MAX_BESIDE = 2
_QUESTION_WORD = re.compile(r"[吗呢么几]|多[久少]|什么|啥|怎么|哪|有没有|能不能|是不是")
_FILES = re.compile(
    r"(?:发|传|上传|拍|贴|看)[个张段一下了吗]{0,3}(?:图片?|照片?|相片|视频|截图|附件|图纸)|(?:图片?|照片|视频|截图|附件|图纸)[^，。]{0,4}(?:发|传|看|收)"
)
_LINK = re.compile(r"^(?:顺便|另外|还有|对了|然后|以及|再就是)(?:再|也)?(?:问|说|请教)?(?:一?下|一声)?(?:就是)?(?=..)")
_NOT_NOW = re.compile(
    r"(?:别|不用|不要|不需要|不必)(?:急着|马上|给我|再)?(?:派|找|转|叫|喊|安排)(?:人|工程师|师傅|专家|人工)"
)
WEAK = 0.6  # confidence of the documents under which words that ask nothing are not answered with a clause
VAGUE_CHARS = 6  # 设备坏了, 机器出问题了
LATELY = 6  # messages
SHORT_CHARS = 6  # a no that is nothing else
LONG_AGO = timedelta(hours=20)


def decide(
    view: View,
    turn: Turn,
    *,
    assistant: Answers,
    profile: Profile,
    hours: Hours,
    meaning_of: MeaningOf | None = None,
) -> Decision:
    """What to say and do. Slow where the assistant is asked; a failing assistant ends with a person offered."""
    pressed = presses.read(turn.text)
    is_press = presses.is_press(turn.text)
    words = pressed.label if pressed else ("（过期的按钮）" if is_press else turn.text)
    view = replace(view, memory=_settled(view))
    now = Thinking(view, words[:MAX_SEARCHED_CHARS], turn.received_at, assistant, profile, hours, meaning_of)
    if view.sender is not Sender.SME:
        decision = now.decides()
    elif is_press:
        decision = _quietly(now, pressing.press(now, pressed))
    elif view.owner is Owner.ENGINEER:
        decision = _relay(now)
    elif is_mark(turn.text):
        decision = showing.shown(now)
    else:
        decision = _resumed(now, _decide(now))
    return replace(decision, text=words)


def _settled(view: View) -> Memory:
    """The memory without a question about a ticket that has come to its end meanwhile."""
    asking = view.memory.phase in (Phase.INTAKE, Phase.CONFIRM)
    return view.memory.idle if asking and view.open is None and view.memory.pending is None else view.memory


# --- while an engineer owns the talk ------------------------------------------------------------------------------------------------------


def _relay(now: Thinking) -> Decision:
    """Stored and relayed. What the system has to say is not the bot's word: first aid, and a button to withdraw."""
    actions: list[Action | Reply] = [Relay()]
    if now.triage.intent is Intent.SAFETY:
        actions += [texts.system(texts.DANGER), Hasten(now.text)]
    elif phrases.wants_withdrawal(now.text) and now.view.open is not None:
        actions.append(AskWithdrawal())
    return now.decides(*actions)


def _quietly(now: Thinking, decision: Decision) -> Decision:
    """While an engineer owns the talk even the reply to a button is the system's."""
    if now.view.owner is not Owner.ENGINEER:
        return decision
    actions = tuple(
        Say(texts.system(action.reply.text, *action.reply.buttons)) if isinstance(action, Say) else action
        for action in decision.actions
    )
    return replace(decision, actions=actions)


# --- while the bot or the pool does -------------------------------------------------------------------------------------------------------


def _decide(now: Thinking) -> Decision:
    if now.triage.intent is Intent.SAFETY:
        return _danger(now)
    if now.view.desk is not None and (done := colleagues.decide(now, now.view.desk)) is not None:
        return done
    if phrases.wants_person(now.text):
        return _person(now)
    steps: tuple[Callable[[Thinking], Decision | None], ...] = (_phase, _of_case, checking.begin, _small)
    for step in steps:
        decided = step(now)
        if decided is not None:
            return decided
    main, beside = _split(now)
    decided = _question(main)
    answers = tuple(Say(reply) for clause in beside for reply in _answered(now, clause))
    return _with_reminder(now, replace(decided, actions=(*answers, *decided.actions)))


def _split(now: Thinking) -> tuple[Thinking, tuple[str, ...]]:
    """The trouble that a message tells, and the questions that stand beside it: each is seen to."""
    clauses = [_LINK.sub("", clause.strip()) for clause in CLAUSE.split(now.text) if clause.strip()]
    beside = tuple(clause for clause in clauses[:MAX_CLAUSES] if _is_question_of_its_own(clause))
    rest = "，".join(clause for clause in clauses if clause not in beside)
    if not beside or not rest or by_rules(rest).demand is None:
        return now, ()
    return replace(now, text=rest), beside[:MAX_BESIDE]


def _is_question_of_its_own(clause: str) -> bool:
    sort = by_rules(clause)
    if sort.demand is not None or sort.confidence < SURE:
        return False
    asked = bool(_QUESTION_WORD.search(clause))
    return sort.intent is Intent.SERVICE or (sort.intent in (Intent.COURSE, Intent.POLICY) and asked)


def _danger(now: Thinking) -> Decision:
    """Safety first, then a person at once."""
    safety = Reply(texts.DANGER, ReplyKind.ANSWER, GENERATED, None, ())
    if now.view.open is not None:
        return now.decides(safety, Hasten(now.text), memory=drafting.hear(now))
    held = now.memory.pending.messages if now.memory.pending else ()
    draft = Draft((*held, THIS), None, Domain.SAFETY, Urgency.CRITICAL)
    if now.view.is_known:
        opened = opening.now_open(now, draft, danger=True)
    elif now.view.caller.role in (*CLERKS, Role.ENGINEER):
        opened = now.decides(texts.no_firm(now.profile))
    else:
        opened = registering.begin(now, draft)
    return replace(opened, actions=(Say(safety), *opened.actions))


def _person(now: Thinking) -> Decision:
    """A ticket in this very turn; with an open one, that one. Whatever else the message asks is answered as well."""
    rest = _beside(now) if now.view.is_known else registration.remainder(_beside(now))
    clauses = [_LINK.sub("", clause) for clause in rest.split("，")]
    asked = [clause for clause in clauses if _is_question_of_its_own(clause)]
    trouble = "，".join(clause for clause in clauses if clause not in asked)
    told = bool(trouble) and by_rules(trouble).demand is not None
    more = tuple(reply for clause in asked[:MAX_BESIDE] for reply in _answered(now, clause))
    whole = now
    if told:
        now = replace(now, text=trouble)
    if now.view.open is not None:
        added = drafting.supplement(now) if told else None
        again = texts.already(now.view.open, now.profile)
        actions: list[Action | Reply] = [*([added[0]] if added else []), again, *more]
        return now.decides(*actions, memory=added[1] if added else now.memory)
    if not now.view.is_known:
        if now.view.caller.role in (*CLERKS, Role.ENGINEER):
            return now.decides(texts.no_firm(now.profile), *more)
        decided = _register(whole, told=told)
    else:
        decided = opening.now_open(now, drafting.drafted(now, this=told))
    return replace(decided, actions=(*decided.actions, *(Say(reply) for reply in more)))


def _register(now: Thinking, *, told: bool) -> Decision:
    """Asks who it is, or for what is still missing of that."""
    if now.memory.phase is Phase.REGISTER:
        decided = registering.told(now)
        if decided is not None:
            return decided
        return now.decides(texts.registration_goes_on(now.memory.details.missing, now.profile, problem="马上就好，"))
    return registering.begin(now, drafting.drafted(now, this=told))


def _beside(now: Thinking) -> str:
    """What the message says beside the wish for a person."""
    clauses = [clause.strip() for clause in CLAUSE.split(now.text)]
    return "，".join(clause for clause in clauses if clause and not phrases.wants_person(clause))


def _answered(now: Thinking, rest: str) -> tuple[Reply, ...]:
    """The answer to a question that stands beside a wish for a person, where it surely is one."""
    sort: Triage = by_rules(rest)
    if sort.intent not in (Intent.SERVICE, Intent.COURSE, Intent.POLICY) or sort.confidence < SURE:
        return ()
    found = now.ask(rest)
    return (texts.answer(found),) if found and found.outcome is Outcome.ANSWERED else ()


# --- what stands open ---------------------------------------------------------------------------------------------------------------------


def _phase(now: Thinking) -> Decision | None:
    match now.memory.phase:
        case Phase.REGISTER if not now.view.is_known:
            return registering.told(now)
        case Phase.INTAKE | Phase.CONFIRM if now.view.caller.role is Role.PUBLIC and registering.is_offered(now):
            return registering.begin(now, now.memory.pending)
        case Phase.CHECK | Phase.CHOOSE:
            return checking.told(now)
        case Phase.WITHDRAW:
            return cases.withdrawing(now)
        case Phase.SOLVED:
            return cases.confirming(now)
        case Phase.CONFIRM if now.memory.draft and drafting.agrees(now):
            return drafting.submit(now)
        case Phase.CONFIRM if now.memory.draft and not _is_aside(now):
            return drafting.confirming(now)
        case Phase.INTAKE if now.memory.draft and not _is_aside(now):
            if phrases.wants_withdrawal(now.text):
                return cases.withdraw(now)
            if now.view.open is None and phrases.is_yes(now.text):
                return drafting.show(now, now.memory.draft)
            if now.view.open is None:
                return drafting.answered(now)
            if phrases.is_skip(now.text):
                return now.decides(texts.skipped(), memory=now.memory.idle)
            return drafting.supplemented(now)
    return None


def _is_aside(now: Thinking) -> bool:
    """Whether it is not about what was asked: a question, how a ticket stands, thanks, a greeting."""
    chat = now.triage.intent is Intent.CHITCHAT and not phrases.is_yes(now.text)
    status = phrases.asks_status(now.text) or cases.is_impatient(now)
    return now.is_question or status or chat or phrases.is_thanks(now.text)


def _of_case(now: Thinking) -> Decision | None:
    if phrases.asks_status(now.text) or cases.is_impatient(now):
        return _with_reminder(now, cases.status(now))
    if phrases.wants_withdrawal(now.text):
        return cases.withdraw(now)
    if (rated := cases.rate(now)) is not None:
        return rated
    if phrases.is_solved(now.text) and (solved := cases.solved(now)) is not None:
        return solved
    if phrases.comes_back(now.text):
        return cases.back(now) or (None if drafting.goes_on(now) else _no_case(now))
    return None


def _no_case(now: Thinking) -> Decision | None:
    """又坏了, and there is no case that it could be: what is broken?"""
    if now.is_technical or now.is_question or now.view.open is not None or now.memory.phase is not Phase.TALK:
        return None
    return now.decides(texts.tell_trouble(), memory=drafting.hear(now))


def _small(now: Thinking) -> Decision | None:
    if phrases.is_thanks(now.text):
        last = now.view.last
        waits = last is not None and last.state is TicketState.RESOLVED and now.view.open is None
        said = now.decides(texts.thanks(), *([texts.is_it_solved(last)] if waits and last else []))
        return _with_reminder(now, said)
    if phrases.scolds(now.text):
        return now.decides(texts.sorry())
    if phrases.asks_visit(now.text) and not told(now.text).faults:
        return now.decides(texts.visit(now.profile))
    if _is_bare_machine(now):
        return now.decides(texts.tell_trouble(), memory=drafting.hear(now, trouble=True))
    asks = any(_is_question_of_its_own(clause) for clause in CLAUSE.split(now.text)[:MAX_CLAUSES])
    if _NOT_NOW.search(now.text) and not (asks or now.is_technical):
        return now.decides(texts.fine())
    if (
        phrases.is_yes(now.text)
        or len(now.text) <= SHORT_CHARS
        and (phrases.is_no(now.text) or phrases.is_skip(now.text))
    ):
        return now.decides(texts.fine())
    if _FILES.search(now.text) and not now.is_technical:
        return now.decides(texts.no_files(now.profile))
    if now.view.is_known and read(now.text).topic is Topic.ACCOUNT:
        return now.decides(texts.signed_in(now.view.caller.name))
    if now.view.caller.role is Role.PUBLIC and (read(now.text).topic is Topic.ACCOUNT or registering.is_offered(now)):
        return registering.begin(now, now.memory.pending)
    return None


def _is_bare_machine(now: Thinking) -> bool:
    """Whether a machine is named and nothing else."""
    if now.memory.phase is not Phase.TALK or now.view.open is not None or now.memory.trouble or now.is_question:
        return False
    facts = intake.extract([(THIS, now.text)], Demand.PROBLEM, Domain.OTHER)
    machine = facts["equipment"].value if "equipment" in facts else ""
    return bool(machine) and len(re.sub(r"\W|[的那这台我们厂里有一]", "", now.text.replace(machine, ""))) <= 1


# --- questions ----------------------------------------------------------------------------------------------------------------------------


def _question(now: Thinking) -> Decision:
    """Knowledge, the centre's own facts, small talk; what no case answers becomes a draft, or more on the open ticket."""
    if now.view.open is not None:
        return _question_in_pool(now)
    if drafting.goes_on(now):
        return drafting.begin(now, None, head=texts.NOTED)
    if _needs_no_search(now):
        return drafting.begin(now, None, head="")
    found = now.ask()
    technical = now.is_technical or (found is not None and found.intent is Intent.TECHNICAL)
    memory = drafting.hear(now, trouble=technical)
    if found is None:
        if now.is_technical:
            return drafting.begin(now, None, head=texts.NO_CASES)
        return now.decides(texts.broken(now.profile), memory=memory)
    if technical and _was_said(now, found):
        return drafting.begin(now, None, head=texts.SAME_CASE)
    stuck = found.outcome is Outcome.NO_ANSWER
    if stuck and technical and now.memory.phase is not Phase.REGISTER:
        if now.memory.trouble and _case_was_given(now):
            return drafting.begin(now, None, head=texts.NOTED)
        return drafting.begin(now, found, head=texts.NO_CASE_FITS)
    if _is_weak(now, found) and (before := now.told(now.memory.trouble)):
        return now.decides(texts.shall_an_engineer_look(texts.shortened(before[-1][1])))
    return now.decides(texts.answer(found, *_ways_on(now, found)), memory=memory)


def _was_said(now: Thinking, found: Answer) -> bool:
    """Whether the same case was given a few words ago: whoever goes on talking was not helped by it."""
    case = found.answer.split("\n", 1)[0]
    given = found.intent is Intent.TECHNICAL and found.outcome is Outcome.ANSWERED
    return given and any(line.sender is Sender.BOT and line.text.startswith(case) for line in now.view.lines[-LATELY:])


def _case_was_given(now: Thinking) -> bool:
    """Whether a case was shown a few words ago."""
    return any(line.sender is Sender.BOT and texts.shows_case(line.text) for line in now.view.lines[-LATELY:])


def _is_weak(now: Thinking, found: Answer) -> bool:
    """Whether words that ask for nothing were answered with the clause that happened to be nearest."""
    if now.is_question or now.triage.intent is not Intent.POLICY or now.triage.confidence >= SURE:
        return False
    if found.intent is Intent.POLICY and now.memory.heard and now.memory.heard[-1] in now.memory.trouble:
        return True  # it goes on about the trouble that was told just before
    return found.outcome is Outcome.NO_ANSWER or (found.intent is Intent.POLICY and found.confidence < WEAK)


def _needs_no_search(now: Thinking) -> bool:
    """Whether no case can answer it: a person, a test, a partner or a standard is looked for, or hardly a word was said."""
    sort = now.triage
    if sort.intent is not Intent.TECHNICAL or now.memory.phase is Phase.REGISTER or now.goes_on_asking:
        return False
    if sort.demand in (Demand.TALENT_GAP, Demand.TESTING, Demand.TRANSFER, Demand.STANDARD):
        return True
    return is_vague(now.text) or (sort.domain is Domain.OTHER and len(re.sub(r"\W+", "", now.text)) <= VAGUE_CHARS)


def _ways_on(now: Thinking, found: Answer) -> tuple[Button, ...]:
    if now.triage.demand not in (None, Demand.PROBLEM):
        return (button(Press.DEMAND), texts.PERSON)
    if found.intent is Intent.TECHNICAL and found.outcome is Outcome.ANSWERED:
        return (texts.UNSOLVED_CASE,)
    return (texts.PERSON,)


def _question_in_pool(now: Thinking) -> Decision:
    """The bot still answers; what tells of the trouble is added to the ticket."""
    assert now.view.open is not None
    added = None if now.is_question else drafting.supplemented(now)
    if added is not None and not now.is_technical:
        return added
    found = now.ask()
    way = button(Press.STATUS, now.view.open.ref)
    if added is not None:
        helpful = found is not None and found.outcome is Outcome.ANSWERED
        return replace(added, actions=(*([Say(texts.answer(found, way))] if helpful and found else []), *added.actions))
    if found is None:
        return now.decides(texts.broken(now.profile))
    if _is_weak(now, found):
        return now.decides(texts.noted(now.view.open.ref))
    return now.decides(texts.answer(found, way), memory=drafting.hear(now))


def _with_reminder(now: Thinking, decision: Decision) -> Decision:
    """What stood open is put again where the decision left it open."""
    if (
        decision.memory.phase is not now.memory.phase
        or (reminded := drafting.reminder(now) or checking.reminder(now)) is None
    ):
        return decision
    return replace(decision, actions=(*decision.actions, Say(reminded)))


def _resumed(now: Thinking, decision: Decision) -> Decision:
    """After a day or more the first word is where it stood."""
    lines, view = now.view.lines, now.view
    if not lines or now.now - lines[-1].at < LONG_AGO or not decision.actions:
        return decision
    if view.open is not None:
        standing = texts.status(view.open, now.promise(view.open))
        resumed = texts.notice(standing.text)
    elif now.memory.pending is not None and now.memory.phase in (Phase.INTAKE, Phase.CONFIRM, Phase.REGISTER):
        told = now.told(now.memory.pending.messages)
        title = texts.shortened(told[0][1]) if told else texts.NO_TITLE
        resumed = texts.resumed(lines[-1].at, title, "登记还没提交，您说过的都还在")
    elif now.memory.phase is Phase.CHECK:
        resumed = texts.resumed(lines[-1].at, "申报条件", "对到一半，已对的都还在")
    else:
        return decision
    if any(isinstance(action, Say) and action.reply.text == resumed.text for action in decision.actions):
        return decision
    return replace(decision, actions=(Say(resumed), *decision.actions))
