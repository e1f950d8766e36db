"""A channel-neutral turn in, a reply out: view, decide, perform, as the lanes call them."""

from bot.db import Session
from bot.dialogue import decide, perform, view
from bot.dialogue.decision import Decision
from bot.dialogue.thinking import Answers
from bot.dialogue.view import View
from bot.profile import Profile
from bot.rules.turns import Spoken, Turn
from bot.rules.worktime import Hours
from bot.services.moment import Moment


class Dialogue:
    """The talk with firms. Keeps nothing between turns; thread safe.

    Args:
        assistant: Answers questions; may fail, then a person is offered.
        hours: The centre's working time, that promises are made in.
    """

    def __init__(self, assistant: Answers, profile: Profile, hours: Hours) -> None:
        self._assistant = assistant
        self._profile = profile
        self._hours = hours

    def view(self, session: Session, turn: Turn) -> View:
        """What must be known to decide, read in one moment.

        Raises:
            NotFound: there is no such conversation.
        """
        return view.look(session, turn)

    def decide(self, view: View, turn: Turn) -> Decision:
        """What to say and do; may be slow, changes nothing."""
        return decide.decide(view, turn, assistant=self._assistant, profile=self._profile, hours=self._hours)

    def perform(self, session: Session, moment: Moment, view: View, turn: Turn, decision: Decision) -> Spoken:
        """Keep the message and what was decided.

        Raises:
            Stale: the conversation is not as it was viewed.
        """
        return perform.perform(session, moment, view, turn, decision, profile=self._profile)
