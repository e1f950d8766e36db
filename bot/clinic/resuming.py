"""Going on after an answer got lost on the way."""

from bot.clinic.clinic import Clinic
from bot.rules.conversations import Sender, private_key
from bot.services import conversations

REPLIES = 10  # of one turn, with room
LEAST_ID_CHARS = 16  # of an id that nobody guesses; a client that numbers its messages cannot go on this way


def lost_key(clinic: Clinic, conversation: str, client_id: str) -> str | None:
    """The key of the private link that the turn with this client id led to; None where it registered nobody.

    From that turn on the talk belongs to an account, so whoever did not get its answer could not ask for it again as the public. The client's
    own random id is what tells it from others.
    """
    if len(client_id) < LEAST_ID_CHARS:
        return None
    with clinic.records.read() as session:
        said = conversations.said_before(session, conversation, f"{conversation}:{client_id}")
        if said is None:
            return None
        for row in conversations.history(session, conversation, after_seq=said.seq, limit=REPLIES):
            if row.sender is Sender.SME:
                return None
            if (key := private_key(row.text)) is not None:
                return key
    return None
