"""A firm without an account registers itself in the chat, and goes on at once."""

import re
from collections.abc import Callable
from dataclasses import replace

from bot.dialogue import opening, texts
from bot.dialogue.decision import Decision, Register
from bot.dialogue.memory import THIS, Draft, Phase
from bot.dialogue.thinking import Thinking
from bot.errors import Invalid
from bot.rules import people, phrases, registration
from bot.rules.conversations import Sender
from bot.rules.registration import Details
from bot.rules.triage import Urgency, by_rules

_INTRODUCES = re.compile(r"(?:你好|您好|[，,。\s])*(?:我们?|咱们?|这里|这边|本公司|我司|我厂)是")
_WANTS_ACCOUNT = re.compile(
    r"(?:我们?|你好|您好|请问|那|先)*(?:怎么|如何|想|要|能|可以|帮我?|给我)*(?:注册|登记|开户|开个?[账帐]号|登录|登陆)(?:一下|[账帐]号|企业|公司)*[啊呀吧吗呢？?。！!]*"
)


def begin(now: Thinking, draft: Draft | None) -> Decision:
    """Ask who it is; what this very message says of that is taken, and may be all, and a firm that was named before is known."""
    told = registration.parse(now.text, taking=False)
    return _go_on(now, replace(told, organisation=told.organisation or _introduced(now)), draft, first=True)


def _introduced(now: Thinking) -> str:
    """The firm as it introduced itself earlier in the talk; nobody registers by a name that only occurs."""
    said = [line.text for line in now.view.lines if line.sender is Sender.SME and _INTRODUCES.match(line.text)]
    return next((firm for text in reversed(said) if (firm := registration.parse(text, taking=False).organisation)), "")


def is_offered(now: Thinking) -> bool:
    """Whether a firm says unasked who it is, or wants to be registered."""
    told = registration.parse(now.text, taking=False)
    return bool(told.organisation and (told.phone or told.name or told.consent)) or bool(
        _WANTS_ACCOUNT.fullmatch(now.text.strip())
    )


def told(now: Thinking) -> Decision | None:
    """An answer while registering; None where the message is about something else."""
    if registration.refuses(now.text) or phrases.is_no(now.text) or phrases.wants_withdrawal(now.text):
        return decline(now)
    yes = phrases.is_yes(now.text)
    tells = by_rules(registration.remainder(now.text)).demand is not None
    firm = registration.could_be_firm(now.text)
    plain = firm or not (yes or tells or now.is_question or phrases.is_skip(now.text))
    before = now.memory.details
    details = registration.parse(now.text, before, taking=plain)
    if not details.consent and details.missing == (registration.CONSENT,) and before.missing == details.missing:
        details = replace(details, consent=yes and not phrases.is_thanks(now.text))
    if details == before and yes:
        return _go_on(now, before, now.memory.pending, first=False)
    if details == before:
        return None
    draft = now.memory.pending
    if draft is not None and tells and not firm:
        draft = now.sorted(draft.with_message(THIS))
    return _go_on(now, details, draft, first=False)


def decline(now: Thinking) -> Decision:
    """The firm will not; nothing of the draft is lost."""
    return now.decides(texts.registration_declined(now.profile), memory=now.memory.idle)


def _go_on(now: Thinking, details: Details, draft: Draft | None, *, first: bool) -> Decision:
    details, problem = _checked(details)
    if not details.missing:
        return _finish(now, details, draft)
    memory = replace(now.memory.idle, phase=Phase.REGISTER, draft=draft, details=details)
    danger = draft is not None and draft.urgency is Urgency.CRITICAL
    if first and details == Details() and not problem:
        return now.decides(texts.registration(now.profile, danger=danger), memory=memory)
    return now.decides(texts.registration_goes_on(details.missing, now.profile, problem=problem), memory=memory)


def _checked(details: Details) -> tuple[Details, str]:
    """What an account may hold; what does not fit is asked for again, saying why."""
    problems = []

    def fitting(value: str, check: Callable[[str], str]) -> str:
        try:
            return check(value) if value else ""
        except Invalid as error:
            problems.append(str(error))
            return ""

    fits = Details(
        fitting(details.organisation, people.checked_organisation),
        fitting(details.name, people.checked_name),
        fitting(details.phone, people.checked_phone),
        details.consent,
    )
    return fits, "".join(problems)


def _finish(now: Thinking, details: Details, draft: Draft | None) -> Decision:
    if draft is None:
        return now.decides(Register(details), memory=replace(now.memory.idle, draft=None))
    opened = opening.now_open(now, draft, danger=draft.urgency is Urgency.CRITICAL)
    return replace(opened, actions=(Register(details), *opened.actions))
