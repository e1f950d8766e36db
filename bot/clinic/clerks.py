"""A clerk's chat: what a card's button does, and the figures of the day. Everything else is a question like anyone's."""

import re
from datetime import date

from bot.clinic import sayings
from bot.db import Session
from bot.errors import BotError, Unavailable
from bot.models.channels import Address
from bot.rules.arrivals import Arrival, ArrivalKind
from bot.rules.cards import Act, read_data
from bot.rules.people import Caller
from bot.rules.worktime import CHINA
from bot.services import conversations, reach, solutions
from bot.services.moment import Moment
from bot.work.arrivals import Handled

_FIGURES = re.compile(r"(?:今[天日]|当[天日])的?(?:数字|数据|情况|统计|报表)")


def handle(
    session: Session, moment: Moment, address: Address, caller: Caller, first: Arrival, value: str
) -> Handled | None:
    """Do what only a clerk may; None where it is something that anybody may say.

    Args:
        value: Of a pressed button.
    """
    if first.kind is ArrivalKind.PRESS:
        found = read_data(value)
        if found is None or found[0] not in (Act.APPROVE, Act.RETRACT, Act.SURE, Act.PAGE):
            return None
        return _pressed(session, moment, address, caller, *found)
    words = first.text.strip()
    if first.kind is ArrivalKind.WORDS and (words.split("@")[0] == "/today" or _FIGURES.fullmatch(words)):
        today: date = moment.now.astimezone(CHINA).date()
        ids = {"card": "figures", "day": today.isoformat(), "at": moment.now.isoformat()}
        reach.put(session, moment.now, address.chat, {"kind": "card", **ids})
        return Handled("figures")
    return None


def _pressed(session: Session, moment: Moment, address: Address, caller: Caller, act: Act, id: str) -> Handled:
    def say(text: str, *buttons: dict[str, str]) -> None:
        conversations.tell(session, moment.now, address.conversation_id, text, buttons=buttons)

    try:
        with session.begin_nested():
            solution = solutions.visible(session, id, caller)
            match act:
                case Act.APPROVE:
                    solutions.approve(session, moment, id, caller=caller)
                    say(f"“{solution.title}”已通过，正在收录。")
                case Act.RETRACT:
                    say(
                        f"撤下“{solution.title}”以后谁也查不到，不能恢复。确定吗？",
                        sayings.button("确定撤下", Act.SURE, id),
                    )
                case Act.SURE:
                    solutions.retract(session, moment, id, caller=caller)
                    say(f"“{solution.title}”已撤下。")
                case _:
                    reach.put(session, moment.now, address.chat, {"kind": "card", "card": "solution", "solution": id})
    except Unavailable:
        raise
    except BotError as error:
        say(str(error))
        return Handled("refused")
    return Handled(f"solution:{act.value}")
