"""Who owns a conversation, who speaks in it, and who may read it. Pure."""

import re
from enum import StrEnum

from bot.rules.people import Caller
from retrieval.protocols import Role

# A key opens the account of who registered in the talk: engineers, staff and colleagues who read along must not see it.
PRIVATE_LINK = re.compile(r"/enter/(?P<key>[\w-]{43})")
NOT_YOURS = "（只有本人能看到）"


class Owner(StrEnum):
    """Ownership is permission to speak: while an engineer owns it the bot is silent."""

    BOT = "bot"
    POOL = "pool"
    ENGINEER = "engineer"


class Sender(StrEnum):
    """Whose words a message holds."""

    SME = "sme"
    BOT = "bot"
    ENGINEER = "engineer"
    STAFF = "staff"
    SYSTEM = "system"  # what happened, not what anyone says


class ReplyKind(StrEnum):
    """What a reply is for; doors may show kinds differently."""

    ANSWER = "answer"
    QUESTION = "question"  # asks for something
    NOTICE = "notice"
    SYSTEM = "system"  # the only kind while an engineer owns the conversation


def may_read(caller: Caller, *, organisation: str | None, engineers: frozenset[str], person: str | None = None) -> bool:
    """Whether the caller may read and go on with a conversation whose id it knows.

    Args:
        organisation: The firm whose conversation it is; None where nobody signed in: then whoever knows the unguessable id.
        engineers: Ids of the engineers who own, or owned, a ticket of it.
        person: Who began it, where that is known: an engineer may ask for himself too.
    """
    if organisation is None or caller.is_clerk:
        return True
    if caller.role is Role.ENGINEER:
        return caller.person is not None and (caller.person in engineers or caller.person == person)
    return caller.organisation == organisation


def without_private_links(text: str) -> str:
    """The text as anyone but its addressee may read it."""
    return PRIVATE_LINK.sub(NOT_YOURS, text)


def private_key(text: str) -> str | None:
    """The key of the private link in a text, if there is one."""
    found = PRIVATE_LINK.search(text)
    return found["key"] if found else None
