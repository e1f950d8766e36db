"""When a message could not be handled: it is kept in the talk, the asker hears it honestly, and 转人工 works all the same.

Uses nothing but the records: no index, no model, no dialogue.
"""

from sqlalchemy.orm import Session

from bot.models.conversations import Conversation
from bot.rules.conversations import Owner, Sender
from bot.rules.phrases import wants_person
from bot.rules.triage import Demand as DemandKind
from bot.rules.triage import Domain, Urgency
from bot.rules.turns import ENDED, Spoken, Turn
from bot.services import conversations, demands, tickets
from bot.services.moment import Moment

TITLE_CHARS = 40
RELAYED = "系统刚才出了意外，这句话已记下，工程师能看到。"


def rescue(session: Session, moment: Moment, turn: Turn, *, telephone: str | None) -> Spoken:
    """Keep the message and say what happened; open a ticket for a firm that asks for a person.

    Raises:
        NoResultFound: the conversation is gone.
    """
    message = conversations.add_message(
        session,
        moment.now,
        turn.conversation,
        sender=Sender.SME,
        text=turn.text,
        person=turn.caller.person,
        client_key=turn.key,
    )
    conversation = session.get_one(Conversation, turn.conversation, populate_existing=True)
    words = _words(session, moment, turn, conversation, telephone=telephone)
    reply = conversations.tell(session, moment.now, turn.conversation, words)
    conversations.touched(session, f"{ENDED}failed")
    return Spoken(message.id, (reply.id,))


def _words(session: Session, moment: Moment, turn: Turn, conversation: Conversation, *, telephone: str | None) -> str:
    call = f"也可以打电话 {telephone}。" if telephone else "也可以直接联系中心。"
    if conversation.owner is Owner.ENGINEER:
        return RELAYED
    if not wants_person(turn.text):
        return f"这条没有处理成功，已记下您的话。请换个说法再发一次，或回复“转人工”；{call}"
    if (held := tickets.open_ticket_of(session, conversation.id)) is not None:
        return f"工单 {held.ref} 已在等工程师接单；{call}"
    if conversation.organisation_id is None:
        return f"要转给工程师，请先登录或登记企业；{call}"
    demand = demands.propose(
        session,
        moment.now,
        conversation,
        caller=turn.caller,
        kind=DemandKind.PROBLEM,
        domain=Domain.OTHER,
        urgency=Urgency.NORMAL,
        title=turn.text[:TITLE_CHARS],
        text=turn.text,
        facts={},
    )
    ticket = tickets.open_ticket(session, moment, conversation, demand, caller=turn.caller)
    return f"已为您转人工，工单 {ticket.ref}，正在请工程师接单；{call}"
