"""Going through the conditions of a document with a firm that asks whether it may apply: one question at a time, each ticked."""

import re
from dataclasses import replace

from bot.assistant.eligibility import Checklist
from bot.dialogue import drafting, texts, ticking
from bot.dialogue.checked import Check
from bot.dialogue.decision import Decision
from bot.dialogue.memory import Memory, Phase
from bot.dialogue.thinking import Thinking
from bot.rules import eligibility, phrases
from bot.rules.conditions import Condition, Conditions, Mode
from bot.rules.conversations import Owner, Sender
from bot.rules.eligibility import Heard, Tick
from bot.rules.intent import Intent
from bot.rules.presses import Press, Pressed
from bot.rules.quantities import telling
from bot.rules.regions import places
from bot.rules.triage import Demand
from bot.rules.turns import Reply
from bot.rules.wording import grams
from bot.rules.worktime import CHINA

BOTH = "*"  # all the things that may be applied for
_TICKS = {
    "met": Tick.MET,
    "clear": Tick.MET,
    "fails": Tick.NOT_MET,
    "holds": Tick.NOT_MET,
    "unsure": Tick.UNKNOWN,
}
_FREE = frozenset({Phase.TALK, Phase.RATE, Phase.CHECK, Phase.CHOOSE})  # nothing else is asked just now
_BACK = re.compile(r"(?:上一?|前一?|刚才那?|刚刚那?)(?:条|个|题|问)(?:说|答|选)?(?:错了?|不对|改|重|是|应该是|我们)*")
_ANEW = re.compile(r"(?:从头|重新)(?:再)?(?:对|来|问|核对|开始)(?:一?[遍次下])?(?:条件)?(?:吧|了)?")
_TELLS = re.compile(r"(?:我们?|咱们?|公司|厂里?|单位)")
_ASIDE = (Intent.CHITCHAT, Intent.SERVICE, Intent.COURSE, Intent.SAFETY, Intent.OUT_OF_SCOPE)
_STATEMENT_CHARS = 40
_SHORT_CHARS = 12  # of a reply that was not understood: it is asked again, a longer one is about something else


def begin(now: Thinking) -> Decision | None:
    """The first condition, or the next where this was gone through before; None where nobody asks whether the own firm may apply."""
    check = now.memory.check
    if now.memory.phase not in _FREE:
        return None
    if check.is_open and eligibility.goes_on(now.text):
        return _resume(now, check)
    if check.document and _ANEW.fullmatch(now.text.strip(" 。！!")):
        made = now.checklist(check.document)
        return _start(now, made, Check(made.document.id, check.question)) if made else _gone(now)
    if not eligibility.asks_whether_we_may(now.text) or now.triage.demand is Demand.PROBLEM:
        return None
    found = now.checklists(now.text)
    if not found:
        return None
    if found[0].elsewhere and eligibility.stated_place(now.text) is None and places(now.text):
        return None  # another place is asked about than the documents are of
    if len(found) > 1:
        return _which(now, found)
    made = found[0]
    if made.document.id == check.document:
        return _go(now, made, replace(check, is_over=False), head=ticking.again(made, check))
    return _start(now, made, Check(made.document.id, now.text))


def told(now: Thinking) -> Decision | None:
    """A reply while conditions are gone through; None where the message is about something else."""
    check = now.memory.check
    if _stops(now):
        return stop(now)
    if now.memory.phase is Phase.CHOOSE:
        return _chosen(now)
    made = now.checklist(check.document)
    open_item = _open_item(made, check) if made else None
    if made is None or open_item is None:
        return _gone(now)
    if _BACK.match(now.text) and (back := _back(now, made, check)) is not None:
        return back
    conditions, item = open_item
    heard = _heard(now, made, conditions, item)
    if heard is None and (other := _of_another(now, made, check)) is not None:
        return _ask(now, made, other, head=ticking.OTHER_NOTED)
    if heard is None:
        return _not_an_answer(now, made, check)
    if heard is Heard.ALL:
        for conditions, one in _left(made, check):
            if conditions.mode is not Mode.NONE:
                check = check.with_tick(one.key, Tick.MET)
        return _go(now, made, check)
    if isinstance(heard, Heard):
        return _ask(now, made, check, head=ticking.PART if heard is Heard.PART else ticking.WHICH)
    return _go(now, made, check.with_tick(item.key, heard))


def press(now: Thinking, pressed: Pressed) -> Decision:
    """A tick by its button. One that was pressed before does nothing; the condition that stands open is put again."""
    check = now.memory.check
    if (
        now.view.owner is Owner.ENGINEER
        or not check.is_open
        or pressed.more not in _TICKS
        and pressed.press is Press.TICK
    ):
        return now.decides(texts.stale())
    if pressed.press is Press.STOP:
        return stop(now)
    made = now.checklist(check.document)
    open_item = _open_item(made, check) if made else None
    if made is None or open_item is None:
        return _gone(now)
    if pressed.version != check.asked:
        return _ask(now, made, check, head=ticking.TICKED_BEFORE)
    return _go(now, made, check.with_tick(open_item[1].key, _TICKS[pressed.more]))


def stop(now: Thinking) -> Decision:
    """Left for now; what was ticked is kept."""
    check = now.memory.check
    made = now.checklist(check.document) if check.document else None
    if made is None:
        return now.decides(ticking.dropped(), memory=replace(now.memory.idle, check=Check()))
    items = made.items(check.chosen)
    known = sum(item.key in check.ticks for _, item in items)
    return now.decides(ticking.stopped(known, len(items)), memory=now.memory.idle)


def reminder(now: Thinking) -> Reply | None:
    """The condition that stands open, after something else was answered."""
    check = now.memory.check
    if now.memory.phase is not Phase.CHECK or (made := now.checklist(check.document)) is None:
        return None
    open_item = _open_item(made, check)
    return ticking.question(made, check, *open_item, head=ticking.GO_ON) if open_item else None


# --- beginning ------------------------------------------------------------------------------------------------------------------------


def _which(now: Thinking, found: tuple[Checklist, ...]) -> Decision:
    """Several documents may be meant: the places tell them apart, else their titles."""
    regions = [made.document.region or "" for made in found]
    by_region = all(regions) and len(set(regions)) == len(regions)
    offered = tuple((made.document.region if by_region else made.name) or made.name for made in found)
    check = Check(question=now.text, offered=tuple(zip(offered, (made.document.id for made in found), strict=True)))
    memory = replace(_heard_of(now), phase=Phase.CHOOSE, check=check)
    return now.decides(ticking.which_document(offered, by_region=by_region), memory=memory)


def _chosen(now: Thinking) -> Decision | None:
    """A word on which is meant; None where it is about something else."""
    check = now.memory.check
    picked = _picked(now.text, [words for words, _ in check.offered])
    if picked is None:
        return None
    value = check.offered[picked][1]
    if not check.document:
        made = now.checklist(value)
        return _start(now, made, Check(value, check.question)) if made else _gone(now)
    made = now.checklist(check.document)
    if made is None:
        return _gone(now)
    chosen = made.choices if value == BOTH else (value,)
    return _go(now, made, replace(check, offered=(), chosen=chosen), head=ticking.begins(made, chosen))


def _picked(text: str, offered: list[str]) -> int | None:
    """Which of the offered is named: word for word, by its number, or by most of its telling characters."""
    plain = text.strip(" 。！!，,")
    if plain in offered:
        return offered.index(plain)
    number = re.fullmatch(r"第?([1-9一二两三四五六七八])(?:个|项|种|份|样)?(?:吧|的)?", plain)
    if number:
        at = (
            "123456789".find(number[1])
            if number[1].isdigit()
            else "一二三四五六七八".find(number[1].replace("两", "二"))
        )
        return at if at < len(offered) else None
    said = grams(plain)
    shares = [len(said & grams(words)) for words in offered]
    best = max(shares, default=0)
    if best and shares.count(best) == 1:
        return shares.index(best)
    named = places(plain)
    by_place = [at for at, words in enumerate(offered) if any(place in words for place in named)]
    return by_place[0] if len(by_place) == 1 else None


def _start(now: Thinking, made: Checklist, check: Check) -> Decision:
    """A new list; where it lets apply for several things, that is asked first unless it was said."""
    if made.choices and not check.chosen:
        said = [at for at, name in enumerate(made.choices) if _names(now.text + check.question, name)]
        if not said:
            offered = (*((name, name) for name in made.choices), (ticking.ALL_OF_THEM, BOTH))
            memory = replace(_heard_of(now), phase=Phase.CHOOSE, check=replace(check, offered=offered))
            return now.decides(ticking.which_choice(made), memory=memory)
        check = replace(check, chosen=tuple(made.choices[at] for at in said))
    return _go(now, made, check, head=ticking.begins(made, check.chosen))


def _names(text: str, choice: str) -> bool:
    wanted = grams(re.sub(r"功能|服务|类|方向|项目$", "", choice))
    return bool(wanted) and len(wanted & grams(text)) >= max(2, 0.6 * len(wanted))


def _resume(now: Thinking, check: Check) -> Decision:
    made = now.checklist(check.document)
    return _go(now, made, check, head=ticking.GO_ON) if made else _gone(now)


def _gone(now: Thinking) -> Decision:
    return now.decides(ticking.gone(), memory=replace(now.memory.idle, check=Check()))


def _heard_of(now: Thinking) -> Memory:
    return replace(drafting.hear(now, trouble=False).idle)


def _stops(now: Thinking) -> bool:
    return phrases.wants_withdrawal(now.text) or bool(
        re.fullmatch(
            r"(?:先|就|那|好|不|，|,)*(?:到这里?|这样|停|停下|停一?下|不对了|不问了|不查了|退出|结束)(?:吧|了|啊)?",
            now.text.strip(" 。！!"),
        )
    )


# --- one after another ----------------------------------------------------------------------------------------------------------------


def _go(now: Thinking, made: Checklist, check: Check, *, head: str = "") -> Decision:
    """The next condition that is open, once what was said before is ticked; the summary where none is left."""
    said = [line.text for line in now.view.lines if line.sender is Sender.SME]
    said.append(now.text)
    today = now.now.astimezone(CHINA).date()
    for conditions, item in _left(made, check):
        if conditions.mode is not Mode.NONE:
            settled = eligibility.settle(item.text, said, region=made.document.region, today=today)
            if settled is not None and settled.tick is not None:
                check = check.with_tick(item.key, settled.tick, settled.because)
    left = _left(made, check)
    if not left:
        found = ticking.summary(made, check)
        memory = replace(_heard_of(now), check=replace(check, asking="", is_over=True))
        return now.decides(texts.answer(found), memory=memory)
    conditions, item = left[0]
    check = replace(check, asking=item.key, asked=check.asked + 1)
    memory = replace(_heard_of(now), phase=Phase.CHECK, check=check)
    return now.decides(
        ticking.question(made, check, conditions, item, head=head, part=_part(now, made, item, said)), memory=memory
    )


def _part(now: Thinking, made: Checklist, item: Condition, said: list[str]) -> str:
    """The firm's words that tell one part of it."""
    today = now.now.astimezone(CHINA).date()
    settled = eligibility.settle(item.text, said, region=made.document.region, today=today)
    return settled.because if settled is not None and settled.tick is None else ""


def _ask(now: Thinking, made: Checklist, check: Check, *, head: str) -> Decision:
    """The condition that stands open, again."""
    open_item = _open_item(made, check)
    assert open_item is not None
    memory = replace(now.memory.idle, phase=Phase.CHECK, check=check)
    return now.decides(ticking.question(made, check, *open_item, head=head), memory=memory)


def _left(made: Checklist, check: Check) -> list[tuple[Conditions, Condition]]:
    """What is still to be asked: of alternatives none once one is met."""
    items = made.items(check.chosen)
    enough = {
        conditions.clause
        for conditions, item in items
        if conditions.mode is Mode.ANY and item.key in check.ticks and check.ticks[item.key].tick is Tick.MET
    }
    return [
        (conditions, item)
        for conditions, item in items
        if item.key not in check.ticks and conditions.clause not in enough
    ]


def _open_item(made: Checklist, check: Check) -> tuple[Conditions, Condition] | None:
    return next(((one, item) for one, item in made.items(check.chosen) if item.key == check.asking), None)


def _heard(now: Thinking, made: Checklist, conditions: Conditions, item: Condition) -> Tick | Heard | None:
    if conditions.mode is Mode.NONE:
        return eligibility.reply_to_ground(now.text)
    today = now.now.astimezone(CHINA).date()
    settled = eligibility.settle(item.text, [now.text], region=made.document.region, today=today)
    if settled is not None:
        return settled.tick or Heard.PART
    return eligibility.reply_to(now.text, item.text)


def _not_an_answer(now: Thinking, made: Checklist, check: Check) -> Decision | None:
    """Something told about the firm that settles another condition, or nothing that is understood; None where it is about something else."""
    small = phrases.is_thanks(now.text) or phrases.asks_status(now.text) or now.triage.intent in _ASIDE
    if now.is_question or now.triage.demand is not None or small or len(now.text) > _STATEMENT_CHARS:
        return None
    tells = bool(_TELLS.match(now.text))
    if not tells and len(now.text) > _SHORT_CHARS:
        return None
    return _go(now, made, check, head=ticking.NOTED) if tells else _ask(now, made, check, head=ticking.NOT_UNDERSTOOD)


def _of_another(now: Thinking, made: Checklist, check: Check) -> Check | None:
    """The check with another condition ticked as not met, that the message plainly speaks of; None where it speaks of none."""
    said = telling(now.text)
    for conditions, item in _left(made, check):
        about = len(said & telling(item.text)) >= 2 and conditions.mode is not Mode.NONE and item.key != check.asking
        if about and eligibility.reply_to(now.text, item.text) is Tick.NOT_MET:
            return check.with_tick(item.key, Tick.NOT_MET, now.text[:30])
    return None


def _back(now: Thinking, made: Checklist, check: Check) -> Decision | None:
    """The condition that was ticked last, anew: with what the message says of it, else asked again."""
    if not check.ticks:
        return None
    key = list(check.ticks)[-1]
    before = next(((one, item) for one, item in made.items(check.chosen) if item.key == key), None)
    if before is None:
        return None
    rest = _BACK.sub("", now.text, count=1).strip("，, 。")
    heard = _heard(replace(now, text=rest), made, *before) if rest else None
    if isinstance(heard, Tick):
        return _ask(now, made, check.with_tick(key, heard), head=ticking.CHANGED)
    ticks = {one: ticked for one, ticked in check.ticks.items() if one != key}
    again = replace(check, ticks=ticks, asking=key, asked=check.asked + 1)
    return _ask(now, made, again, head=ticking.BACK)
