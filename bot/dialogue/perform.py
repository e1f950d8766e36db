"""Doing what was decided, in the transaction that keeps all of it: the firm's words, the moves, the replies with what really came of them."""

from dataclasses import replace
from datetime import datetime
from functools import singledispatchmethod

from bot.db import Session
from bot.dialogue import texts
from bot.dialogue.decision import (
    AskWithdrawal,
    Cancel,
    Claim,
    Close,
    Decision,
    Facts,
    Hasten,
    Open,
    Rate,
    Register,
    Relay,
    Reopen,
    Say,
    Supplement,
    Tell,
    Transfer,
)
from bot.dialogue.memory import THIS, Memory
from bot.dialogue.view import View
from bot.errors import Conflict, NotFound
from bot.models.conversations import Conversation
from bot.models.tickets import Ticket
from bot.profile import Profile
from bot.rules import intake, worktime
from bot.rules.conversations import Owner, ReplyKind, Sender
from bot.rules.people import Caller
from bot.rules.triage import Domain, Urgency
from bot.rules.turns import Reply, Spoken, Stale, Turn
from bot.services import conversations, demands, files, people, signing, solutions, talks, tickets
from bot.services.moment import Moment


def perform(
    session: Session, moment: Moment, view: View, turn: Turn, decision: Decision, *, profile: Profile
) -> Spoken:
    """Keep the turn.

    Raises:
        Stale: the conversation, its owner or a ticket that is to be moved is not as it was viewed.
    """
    talk = talks.take(session, view.conversation, version=view.version, owner=view.owner)
    if view.is_known and not view.is_bound:
        talks.adopt(session, talk, view.caller)
    message = conversations.add_message(
        session,
        moment.now,
        talk.id,
        sender=view.sender,
        person=view.caller.person,
        text=decision.text,
        client_key=turn.key,
    )
    performance = _Performance(session, moment, talk, view.caller, message.id, decision.memory, profile)
    for action in decision.actions:
        performance.do(action)
    performance.end()
    brings = files.attach(session, moment.now, talk.id, turn.key, message.id)
    if brings or any(isinstance(action, Open) for action in decision.actions):
        files.tell_case(session, moment, talk.id, message.id, caller=performance.caller)
    talks.remember(session, talk, performance.memory.as_json(message.id))
    return Spoken(message.id, tuple(talks.since(session, talk.id, message.seq)))


class _Performance:
    """One turn while it is kept."""

    def __init__(
        self,
        session: Session,
        moment: Moment,
        talk: Conversation,
        caller: Caller,
        message: str,
        memory: Memory,
        profile: Profile,
    ) -> None:
        self._session = session
        self._moment = moment
        self._talk = talk
        self.caller = caller
        self._message = message
        self._profile = profile
        self.memory = memory
        self._last_word: Reply | None = None

    def end(self) -> None:
        """What is said after everything else."""
        if self._last_word is not None:
            self._speak(self._last_word)

    @singledispatchmethod
    def do(self, action: object) -> None:
        """Do one thing."""
        raise NotImplementedError(type(action).__name__)

    # --- words ------------------------------------------------------------------------------------------------------------------------

    @do.register
    def _say(self, action: Say) -> None:
        self._speak(action.reply)

    def _speak(self, reply: Reply) -> None:
        """Ownership is permission to speak: once an engineer owns the talk, which a move of this turn may have brought about, the bot is silent."""
        is_system = reply.kind is ReplyKind.SYSTEM
        if _is_silenced(talks.owner_now(self._session, self._talk.id), reply):
            return
        conversations.add_message(
            self._session,
            self._moment.now,
            self._talk.id,
            sender=Sender.SYSTEM if is_system else Sender.BOT,
            text=reply.text,
            label=reply.label,
            kind=reply.kind,
            answer=reply.answer,
            buttons=[button.as_json() for button in reply.buttons],
        )

    # --- tickets ----------------------------------------------------------------------------------------------------------------------

    @do.register
    def _relay(self, action: Relay) -> None:
        del action
        if (ticket := self._open_ticket()) is not None:
            tickets.firm_spoke(self._session, self._moment, ticket, caller=self.caller)

    @do.register
    def _open(self, action: Open) -> None:
        talk = talks.refreshed(self._session, self._talk)
        if self._open_ticket() is not None:
            raise Stale
        demand = demands.propose(
            self._session,
            self._moment.now,
            talk,
            caller=self.caller,
            kind=action.draft.kind,
            domain=action.draft.domain,
            urgency=action.draft.urgency,
            title=action.title,
            text=action.text,
            facts=self._named(action.facts),
        )
        ticket = tickets.open_ticket(
            self._session, self._moment, talk, demand, caller=self.caller, previous=action.draft.previous
        )
        promise = worktime.promise(self._moment.hours, self._moment.now, _due(ticket))
        self._speak(
            texts.opened(ticket.ref, promise, self._profile, danger=action.danger, previous=action.draft.previous)
        )

    @do.register
    def _supplement(self, action: Supplement) -> None:
        ticket = self._open_ticket()
        if ticket is None:
            raise Stale
        talks.add_facts(self._session, self._moment, ticket, self._named(action.facts), caller=self.caller)
        if action.text:
            talks.retell(
                self._session,
                self._moment,
                ticket,
                title=action.title,
                text=action.text,
                domain=action.domain,
                caller=self.caller,
            )
        if action.urgency is not None:
            talks.hasten(self._session, self._moment, ticket, action.urgency, caller=self.caller)
        self._speak(texts.supplemented(ticket.ref))

    @do.register
    def _hasten(self, action: Hasten) -> None:
        ticket = self._open_ticket()
        if ticket is None:
            raise Stale
        if talks.hasten(self._session, self._moment, ticket, Urgency.CRITICAL, caller=self.caller):
            title = intake.title(action.text)
            talks.retell(
                self._session,
                self._moment,
                ticket,
                title=title,
                text=action.text,
                domain=Domain.SAFETY,
                caller=self.caller,
            )
        self._speak(texts.hastened(ticket.ref))

    @do.register
    def _cancel(self, action: Cancel) -> None:
        ticket = self._ticket(action.ref, action.version)
        tickets.cancel(self._session, self._moment, ticket, action.reason, caller=self.caller)
        if ticket.conversation_id != self._talk.id:
            self._speak(texts.withdrawn(ticket.ref))

    @do.register
    def _ask_withdrawal(self, action: AskWithdrawal) -> None:
        del action
        ticket = self._open_ticket()
        if ticket is None:
            raise Stale
        title = talks.demand_of(self._session, ticket).title
        asked = texts.really_withdraw(ticket.ref, ticket.version, title)
        self._speak(texts.system(asked.text, *asked.buttons))

    @do.register
    def _reopen(self, action: Reopen) -> None:
        ticket = self._ticket(action.ref, action.version)
        try:
            tickets.reopen(self._session, self._moment, ticket, caller=self.caller)
        except Conflict as error:
            self._speak(texts.notice(str(error), texts.PERSON))
            return
        if ticket.conversation_id != self._talk.id:
            self._speak(texts.reopened(ticket.ref))
        else:
            self._relay(Relay())

    @do.register
    def _close(self, action: Close) -> None:
        ticket = self._ticket(action.ref, action.version)
        tickets.close(self._session, self._moment, ticket, caller=self.caller)
        if action.share:
            solutions.consent(self._session, self._moment, ticket.ref, True, caller=self.caller)
        rated = talks.is_rated(self._session, ticket.ref)
        self._speak(texts.closed(ticket.ref, ticket.version, shared=action.share, rated=rated))
        self.memory = replace(self.memory, version=ticket.version)

    @do.register
    def _rate(self, action: Rate) -> None:
        ticket = tickets.visible(self._session, action.ref, self.caller)
        try:
            tickets.rate(self._session, self._moment, ticket, action.points, action.comment, caller=self.caller)
        except Conflict:
            raise Stale from None
        self._speak(texts.rated(ticket.ref, action.points))

    # --- what engineers say in talks of their own ---------------------------------------------------------------------------------------

    @do.register
    def _claim(self, action: Claim) -> None:
        assert self.caller.person is not None
        try:
            ticket = tickets.claim(
                self._session, self._moment, action.ref, engineer=self.caller.person, caller=self.caller
            )
        except (Conflict, NotFound) as error:
            self._speak(texts.notice(str(error)))
            return
        self._speak(texts.claimed(ticket.ref, worktime.promise(self._moment.hours, self._moment.now, _due(ticket))))

    @do.register
    def _transfer(self, action: Transfer) -> None:
        try:
            ticket = tickets.held(self._session, action.ref, self.caller)
            tickets.transfer(self._session, self._moment, ticket, action.reason, caller=self.caller)
        except (Conflict, NotFound) as error:
            self._speak(texts.notice(str(error)))
            return
        self._speak(texts.transferred(ticket.ref))

    @do.register
    def _tell(self, action: Tell) -> None:
        try:
            ticket = tickets.held(self._session, action.ref, self.caller)
            tickets.engineer_speaks(self._session, self._moment, ticket, action.text, caller=self.caller)
        except (Conflict, NotFound) as error:
            self._speak(texts.notice(str(error)))
            return
        self._speak(texts.told(ticket.ref, action.text))

    # --- what all of them need --------------------------------------------------------------------------------------------------------

    def _open_ticket(self) -> Ticket | None:
        return tickets.open_ticket_of(self._session, self._talk.id)

    def _ticket(self, ref: str, version: int) -> Ticket:
        """The firm's own ticket, as it was when it was decided on."""
        ticket = tickets.held(self._session, ref, self.caller)
        if ticket.version != version:
            raise Stale
        return ticket

    # --- people -----------------------------------------------------------------------------------------------------------------------

    @do.register
    def _register(self, action: Register) -> None:
        details = action.details
        person, _ = people.register(
            self._session,
            self._moment,
            details.organisation,
            details.name,
            details.phone,
            conversation_id=self._talk.id,
        )
        self.caller = people.caller_of(person)
        key = signing.return_link(self._session, self._moment, person.id, self._talk.id)
        self._last_word = texts.registered(details.organisation, key)

    def _named(self, facts: Facts) -> dict[str, dict[str, str]]:
        """The facts with this turn's message under its id."""
        return {
            code: {**fact, "message": self._message if fact["message"] == THIS else fact["message"]}
            for code, fact in facts.items()
        }


def _due(ticket: Ticket) -> datetime:
    assert ticket.due_at is not None
    return ticket.due_at


def _is_silenced(owner: Owner, reply: Reply) -> bool:
    return owner is Owner.ENGINEER and reply.kind is not ReplyKind.SYSTEM
