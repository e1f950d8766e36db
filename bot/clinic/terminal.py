"""The talk in a terminal of the machine's operator: as a firm with its token, or without an account as anyone in the chat.

Whoever can run it holds the directory's secret; a talk that registers itself goes on as that firm, as in a chat that is signed in.
"""

from bot.clinic import conversations, people, shapes
from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json
from bot.errors import NotFound
from bot.rules.people import NOBODY, Caller
from bot.services import talks
from bot.services.conversations import GONE
from bot.work.lanes import Lanes

CHANNEL = "terminal"
PATIENCE_S = 60.0  # the first question of a process waits for the embedder


def begin(clinic: Clinic, *, token: str | None = None) -> Json:
    """A new talk.

    Raises:
        Unauthenticated: nobody holds this token.
    """
    caller = people.caller_of_token(clinic, token) if token else NOBODY
    return {**conversations.begin(clinic, caller, channel=CHANNEL), "name": caller.name}


def post(clinic: Clinic, lanes: Lanes, *, serving: bool, id: str, text: str, token: str | None = None) -> Json:
    """One turn and what came back.

    Args:
        serving: Whether this process works its lanes off by itself; else they are worked off here.

    Raises:
        NotFound: no such talk was begun in a terminal.
        Invalid, TooLong: the text cannot be taken.
        Busy, Unavailable: it could not be stored or handled.
    """
    caller = _caller(clinic, id, token)
    number = lanes.post(id, text, caller=caller, channel=CHANNEL).id
    if not serving:
        lanes.run_waiting()
    return conversations.replies(clinic, id, lanes.result(number, PATIENCE_S))


def read(clinic: Clinic, *, id: str, after: str | None = None, token: str | None = None) -> Json:
    """What was said since this message.

    Raises:
        NotFound: no such talk was begun in a terminal.
    """
    page = conversations.since(clinic, _caller(clinic, id, token), id, after=after)
    return {**shapes.listing(page.items), **page.standing}


def _caller(clinic: Clinic, conversation: str, token: str | None) -> Caller:
    if token:
        return people.caller_of_token(clinic, token)
    with clinic.records.read() as session:
        talk = talks.conversation(session, conversation)
        if talk.channel != CHANNEL:
            raise NotFound(GONE)
        return talks.speaker(session, talk, NOBODY)
