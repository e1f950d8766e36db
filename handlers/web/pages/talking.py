"""Messages as a page shows them: whose words, on which side, with what one may press."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.rules.arrivals import MediaKind
from bot.rules.conversations import NOT_YOURS, PRIVATE_LINK, ReplyKind, Sender
from bot.rules.files import MEGABYTE, is_mark
from bot.rules.intent import Intent
from bot.rules.tickets import WORDS, TicketState
from bot.rules.worktime import CHINA
from handlers.web.pages.view import Shelf, answer_view, calls, names_emergency
from handlers.web.templating import phone_link

Json = Mapping[str, Any]
FIRM_WORDS = {TicketState.WAITING_SME: "等您回复", TicketState.RESOLVED: "等您确认"}
RATED = ("answered", "no_answer")
UNRATED = (Intent.CHITCHAT, Intent.SAFETY, Intent.HUMAN, Intent.STATUS)  # nothing was looked up
ROLES = {Sender.ENGINEER: "工程师", Sender.STAFF: "中心工作人员"}


@dataclass(frozen=True)
class Viewer:
    """Who looks at a talk.

    Attributes:
        shelf: The documents as this one may see them.
        now: The time, since what was said today needs no date.
        telephone: Of the centre; empty where it is not shown.
        own: Whose words are one's own and stand on the right.
        name: Who looks, where several may speak as `own`.
        firm: How the asker is called where others look.
        action: Where a pressed button is posted without JavaScript; empty where nothing can be pressed.
        csrf: The word that forms carry.
        rated: What was said of answers, by their ids; only who can press something can say it.
    """

    shelf: Shelf
    now: datetime
    telephone: str = ""
    own: Sender = Sender.SME
    name: str = ""
    firm: str = "企业"
    action: str = ""
    csrf: str = ""
    rated: Mapping[str, bool] = field(default_factory=dict)


def shown(messages: Iterable[Json], viewer: Viewer, *, asked: str = "") -> list[dict[str, Any]]:
    """Messages in order, each as `message.html` wants it. Only what was offered after the asker's last words can be pressed.

    Args:
        asked: The asker's words before the first of these messages.
    """
    made: list[dict[str, Any]] = []
    for message in messages:
        if message["from"] == Sender.SME:
            asked = message["text"]
        if message["from"] in (Sender.SME, Sender.ENGINEER, Sender.STAFF):
            for earlier in made:
                if message["from"] == Sender.SME or earlier["side"] == "bot":
                    earlier["buttons"] = []
        made.append(_shown(message, viewer, asked))
    return made


def _shown(message: Json, viewer: Viewer, asked: str) -> dict[str, Any]:
    sender = Sender(message["from"])
    at = datetime.fromisoformat(message["at"]).astimezone(CHINA)
    answer = message.get("answer")
    name = message.get("name") or ""
    who = _who(sender, name, viewer)
    danger = not answer and message.get("kind") == ReplyKind.ANSWER and names_emergency(message["text"])
    return {
        "id": message["id"],
        "side": _side(sender, name, viewer),
        "who": who,
        "initial": who[:1],
        "role": ROLES.get(sender, ""),
        "text": message["text"],
        "words": _words(message["text"], viewer),
        "is_long": "\n" in message["text"],
        "label": message["label"] or "",
        "at": message["at"],
        "time": clock_words(at, viewer.now.astimezone(CHINA)),
        "answer": _answer(message["text"], answer, viewer, asked) if answer else None,
        "calls": calls(Intent.SAFETY, "", viewer.telephone) if danger else [],
        "rating": _rating(answer, viewer) if answer and viewer.action else "",
        "files": [_file(one) for one in message.get("files", ())],
        "is_mark": bool(message.get("files")) and is_mark(message["text"]),
        "buttons": list(message.get("buttons", ())) if viewer.action else [],
        "action": viewer.action,
        "csrf": viewer.csrf,
    }


def _file(file: Json) -> dict[str, Any]:
    waits = file["state"] == "waiting"
    return {
        "name": file["name"],
        "href": "" if file["state"] == "refused" else file["href"],
        "is_picture": file["media_type"].startswith("image/") or (waits and file["kind"] == MediaKind.PHOTO),
        "size": _size(file["size"]),
    }


def _size(count: int) -> str:
    """1.2 MB, 34 KB; empty where it is not known yet."""
    if count >= MEGABYTE:
        return f"{count / MEGABYTE:.1f} MB"
    return f"{max(1, count // 1024)} KB" if count else ""


def _answer(text: str, answer: Json, viewer: Viewer, asked: str) -> dict[str, Any]:
    """What was found, behind the words that were really said: a question of the intake brings along what it found nothing in."""
    said = {**answer, "answer": text}
    return answer_view(said, asked=asked, telephone=viewer.telephone, shelf=viewer.shelf)


def _rating(answer: Json, viewer: Viewer) -> str:
    """yes, no or none, as far as it was said; empty where there is nothing to say it of."""
    if answer["outcome"] not in RATED or answer["intent"] in UNRATED:
        return ""
    return {True: "yes", False: "no"}.get(viewer.rated.get(answer["id"]), "none")  # type: ignore[arg-type]


def _words(text: str, viewer: Viewer) -> list[dict[str, str]]:
    """The text with the centre's telephone as a link to dial, and the firm's private link as a link for the firm and nobody else."""
    pattern = PRIVATE_LINK.pattern + (f"|{re.escape(viewer.telephone)}" if phone_link(viewer.telephone) else "")
    made: list[dict[str, str]] = []
    place = 0
    for found in re.finditer(pattern, text):
        made.append({"text": text[place : found.start()], "link": "", "secret": ""})
        made.append(_linked(found[0], viewer))
        place = found.end()
    return [*made, {"text": text[place:], "link": "", "secret": ""}]


def _linked(words: str, viewer: Viewer) -> dict[str, str]:
    if words == viewer.telephone:
        return {"text": words, "link": phone_link(words), "secret": ""}
    if viewer.own is Sender.SME:
        return {"text": "专用链接", "link": words, "secret": words}
    return {"text": NOT_YOURS, "link": "", "secret": ""}


def _side(sender: Sender, name: str, viewer: Viewer) -> str:
    if sender is Sender.SYSTEM:
        return "notice"
    if sender is Sender.BOT:
        return "bot"
    return "mine" if sender is viewer.own and (not viewer.name or name == viewer.name) else "person"


def _who(sender: Sender, name: str, viewer: Viewer) -> str:
    if sender is Sender.SME:
        return "您" if viewer.own is Sender.SME else viewer.firm
    return name or ROLES.get(sender, "")


def clock_words(at: datetime, now: datetime) -> str:
    """14:05 for today, 11月21日 14:05 for another day; both in the time of China."""
    day = "" if at.date() == now.date() else f"{at.month}月{at.day}日 "
    return f"{day}{at:%H:%M}"


def ticket_bar(ticket: Json | None) -> dict[str, str] | None:
    """What stands in the thin bar above a talk.

    Args:
        ticket: `ref`, `state` and the name of the `engineer` who has it.
    """
    if ticket is None:
        return None
    state = TicketState(ticket["state"])
    return {
        "ref": ticket["ref"],
        "state": state.value,
        "state_words": FIRM_WORDS.get(state, WORDS[state]),
        "owner": ticket.get("engineer") or "",
    }
