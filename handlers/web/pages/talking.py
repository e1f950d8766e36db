"""Messages as a page shows them: whose words, on which side, with what one may press."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.rules.conversations import Sender
from bot.rules.tickets import OWNED, WORDS, TicketState
from bot.rules.worktime import CHINA
from handlers.web.pages.view import Shelf, answer_view

Json = Mapping[str, Any]
PRIVATE = re.compile(r"/enter/(?P<key>[\w-]{20,100})")
KEPT = "（专用链接，只有企业自己看得到）"
ROLES = {Sender.ENGINEER: "工程师", Sender.STAFF: "中心工作人员"}


@dataclass(frozen=True)
class Viewer:
    """Who looks at a talk.

    Attributes:
        shelf: The documents as this one may see them.
        telephone: Of the centre; empty where it is not shown.
        is_asker: Whether the firm's words are one's own; else those of engineer and staff are.
        action: Where a pressed button is posted without JavaScript; empty where nothing can be pressed.
        csrf: The word that forms carry.
    """

    shelf: Shelf
    telephone: str = ""
    is_asker: bool = True
    action: str = ""
    csrf: str = ""


def shown(messages: Iterable[Json], viewer: Viewer, *, asked: str = "") -> list[dict[str, Any]]:
    """Messages in order, each as `message.html` wants it. Only what was offered after the asker's last words can be pressed.

    Args:
        asked: The asker's words before the first of these messages.
    """
    made: list[dict[str, Any]] = []
    for message in messages:
        if message["from"] == Sender.SME:
            asked = message["text"]
            for earlier in made:
                earlier["buttons"] = []
        made.append(_shown(message, viewer, asked))
    return made


def _shown(message: Json, viewer: Viewer, asked: str) -> dict[str, Any]:
    sender = Sender(message["from"])
    at = datetime.fromisoformat(message["at"]).astimezone(CHINA)
    answer = message.get("answer")
    name = message.get("name") or ""
    return {
        "id": message["id"],
        "side": _side(sender, viewer),
        "who": _who(sender, name, viewer),
        "initial": name[:1] or ("企" if sender is Sender.SME else "工"),
        "role": ROLES.get(sender, ""),
        "text": message["text"],
        "words": _words(message["text"], viewer),
        "label": message["label"] or "",
        "at": message["at"],
        "time": clock_words(at),
        "answer": answer_view(answer, asked=asked, telephone=viewer.telephone, shelf=viewer.shelf) if answer else None,
        "buttons": list(message.get("buttons", ())) if viewer.action else [],
        "action": viewer.action,
        "csrf": viewer.csrf,
    }


def _words(text: str, viewer: Viewer) -> list[dict[str, str]]:
    """The text, with the firm's private link as a link for the firm, and for nobody else."""
    made: list[dict[str, str]] = []
    place = 0
    for found in PRIVATE.finditer(text):
        made.append({"text": text[place : found.start()], "link": ""})
        made.append({"text": "专用链接", "link": found[0]} if viewer.is_asker else {"text": KEPT, "link": ""})
        place = found.end()
    return [*made, {"text": text[place:], "link": ""}]


def _side(sender: Sender, viewer: Viewer) -> str:
    if sender is Sender.SYSTEM:
        return "notice"
    if sender is Sender.BOT:
        return "bot"
    return "mine" if (sender is Sender.SME) is viewer.is_asker else "person"


def _who(sender: Sender, name: str, viewer: Viewer) -> str:
    if sender is Sender.SME:
        return "您" if viewer.is_asker else "企业"
    return name or ROLES.get(sender, "")


def clock_words(at: datetime) -> str:
    """14:05; with the day where it is shown beside older ones the page's own order tells the rest."""
    return f"{at.month}月{at.day}日 {at:%H:%M}"


def ticket_bar(ticket: Json | None) -> dict[str, str] | None:
    """What stands in the thin bar above a talk.

    Args:
        ticket: `ref` and `state`, and where it is known the owner's name as `owner`.
    """
    if ticket is None:
        return None
    state = TicketState(ticket["state"])
    owner = ticket.get("owner") or ""
    return {
        "ref": ticket["ref"],
        "state": state.value,
        "state_words": WORDS[state],
        "owner": owner if state in OWNED else "",
    }
