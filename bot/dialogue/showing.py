"""What the bot says to photos and files without a word: it cannot look at them, a person can."""

from bot.dialogue import texts
from bot.dialogue.decision import Decision
from bot.dialogue.thinking import Thinking
from bot.rules.conversations import Owner, Sender


def shown(now: Thinking) -> Decision:
    """They are kept; said once for photos that come behind each other."""
    pool = now.view.owner is Owner.POOL and now.view.open is not None
    reply = texts.added_files(now.view.open.ref) if pool and now.view.open else texts.kept_files(now.profile)
    lately = [line for line in now.view.lines if line.sender in (Sender.BOT, Sender.SYSTEM)]
    if lately and lately[-1].text == reply.text:
        return now.decides()
    return now.decides(reply)
