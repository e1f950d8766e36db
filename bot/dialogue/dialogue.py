"""A channel-neutral turn in, a reply out: view, decide, perform, as the lanes call them."""

from bot.db import Session
from bot.dialogue import decide, perform, view
from bot.dialogue.decision import Decision, Say
from bot.dialogue.thinking import Answers
from bot.dialogue.view import View
from bot.profile import Profile
from bot.rules.triage import MeaningOf
from bot.rules.turns import ENDED, Spoken, Turn
from bot.rules.worktime import Hours
from bot.services import conversations
from bot.services.moment import Moment


class Dialogue:
    """The talk with firms. Keeps nothing between turns; thread safe.

    Args:
        assistant: Answers questions; may fail, then a person is offered.
        hours: The centre's working time, that promises are made in.
        meaning_of: Gives the vector of a message, by which it is sorted better, or None.
    """

    def __init__(self, assistant: Answers, profile: Profile, hours: Hours, meaning_of: MeaningOf | None = None) -> None:
        self._assistant = assistant
        self._profile = profile
        self._hours = hours
        self._meaning_of = meaning_of

    def view(self, session: Session, turn: Turn) -> View:
        """What must be known to decide, read in one moment.

        Raises:
            NotFound: there is no such conversation.
        """
        return view.look(session, turn)

    def decide(self, view: View, turn: Turn) -> Decision:
        """What to say and do; may be slow, changes nothing."""
        return decide.decide(
            view,
            turn,
            assistant=self._assistant,
            profile=self._profile,
            hours=self._hours,
            meaning_of=self._meaning_of,
        )

    def perform(self, session: Session, moment: Moment, view: View, turn: Turn, decision: Decision) -> Spoken:
        """Keep the message and what was decided.

        Raises:
            Stale: the conversation is not as it was viewed.
        """
        spoken = perform.perform(session, moment, view, turn, decision, profile=self._profile)
        conversations.touched(session, ENDED + ending(decision))
        return spoken


def ending(decision: Decision) -> str:
    """How a turn ends, for counting: `outcome:intent` of an answer, else what was done or what kind of word was the last."""
    replies = [action.reply for action in decision.actions if isinstance(action, Say)]
    for reply in replies:
        if reply.answer is not None:
            return f"{reply.answer['outcome']}:{reply.answer['intent']}"
    acts = [action for action in decision.actions if not isinstance(action, Say)]
    if acts:
        return type(acts[0]).__name__.lower()
    return replies[-1].kind.value if replies else "silent"
