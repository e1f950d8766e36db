"""A clinic played at random: turns that think slowly, engineers, clerks and timers in between, and what must hold after every step.

A turn is in three parts as in life: it is read and decided, then other things happen, then it is kept or decided anew.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db import Records
from bot.errors import BotError
from bot.models.conversations import Conversation, Message
from bot.models.demands import Demand
from bot.models.ledger import Entry
from bot.models.people import Consent, Person, Scope
from bot.models.solutions import Solution
from bot.models.tickets import Ticket
from bot.models.work import Handling, Inbound
from bot.rules import tickets as rules
from bot.rules.conversations import Owner, Sender
from bot.rules.people import Caller
from bot.rules.solutions import SolutionState
from bot.rules.tickets import ENDED, OPEN, OWNED, TicketState
from bot.rules.turns import Stale, Turn
from bot.services import conversations, ledger, solutions, tickets
from bot.services.moment import Moment
from retrieval.protocols import Role
from tests.bot.clinic import HOURS, MONDAY, make_person, make_ticket

WORDS = (
    "注塑件老缩水，保压加了也没用",
    "转人工",
    "认定后的培育期是多久",
    "刚才那个单子怎么样了",
    "算了，我们自己弄好了",
    "又坏了",
    "谢谢",
    "材料是 PP，机台 MA1600",
    "你们几点上班",
    "好的，确认提交",
    "机器冒烟了",
    "不知道",
    "5",
)
REDOES = 5
SETTLED = (TicketState.RESOLVED, TicketState.CLOSED)
SOLVED = {
    "symptom": "缩水",
    "cause": "保压不足，李师傅 13800138000 确认",
    "steps": "提高保压",
    "verification": "连打五百模",
    "limits": "仅限 PP",
}


class Broken(AssertionError):
    """An invariant does not hold; the message names it."""


@dataclass
class Thinking:
    """A turn that has been decided and not yet kept."""

    inbound: int
    turn: Turn
    view: Any
    decision: Any


@dataclass
class World:
    """One clinic with two firms, three engineers and a clerk; `step` lets one thing happen and checks everything."""

    records: Records
    talks: Any
    random: random.Random
    now: timedelta = timedelta()
    firms: list[Caller] = field(default_factory=list)
    engineers: list[Caller] = field(default_factory=list)
    clerk: Caller = field(default_factory=Caller)
    conversation: str = ""
    firm: Caller = field(default_factory=Caller)
    thinking: list[Thinking] = field(default_factory=list)
    ticket_was: dict[str, TicketState] = field(default_factory=dict)
    said: int = 0
    log: list[str] = field(default_factory=list)

    def people(self) -> None:
        """Everyone who takes part."""
        with self.records.write() as session:
            self.firms = [make_person(session, Role.SME, name, organisation=name) for name in ("甲厂", "乙厂")]
            self.engineers = [
                make_person(session, Role.ENGINEER, f"{surname}工", capacity=1) for surname in ("张", "李", "王")
            ]
            self.clerk = make_person(session, Role.STAFF, "刘老师")

    def begin(self) -> None:
        """A new conversation; what the last one left is no longer watched."""
        self.firm = self.random.choice(self.firms)
        self.thinking.clear()
        self.ticket_was.clear()
        self.said = 0
        self.log.clear()
        with self.records.write() as session:
            if self.random.random() < 0.7:
                self.conversation = make_ticket(session, self.firm, at=self.moment()).conversation.id
            else:
                at = self.moment().now
                self.conversation = conversations.begin(session, at, channel="web", caller=self.firm).id

    def end(self) -> None:
        """What thinks is kept, everything is checked, and most open tickets are withdrawn so that the next talk finds free hands."""
        self.keep()
        self.check()
        self.check_talk()
        with self.records.write() as session:
            ticket = tickets.open_ticket_of(session, self.conversation)
            if ticket is not None and self.random.random() < 0.8:
                tickets.cancel(session, self.moment(), ticket, "结束", caller=self.clerk)

    def moment(self) -> Moment:
        """Now."""
        return Moment(MONDAY + self.now, HOURS)

    # --- what may happen --------------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One thing happens; then everything is checked."""
        happening = self.random.choices(
            [self.say, self.keep, self.go_on, self.engineer_acts, self.firm_acts, self.clerk_acts, self.time_passes],
            [6, 6, 6, 4, 2, 2, 2],
        )[0]
        name = happening.__name__
        try:
            happening()
        except BotError as error:
            name += f" refused: {error}"
        self.log.append(name)
        self.check()

    def say(self) -> None:
        """The firm sends a message; it is kept in the inbox, read and decided, and the turn now thinks."""
        if self.thinking:
            return  # one worker a conversation
        self.said += 1
        key = f"k{self.said}"
        text = self.random.choice(WORDS)
        if self.random.random() < 0.3 and (pressed := self.a_button()):
            text = pressed
        with self.records.write() as session:
            row = Inbound(
                channel="web",
                update_id=f"{self.conversation}:{key}",
                lane=self.conversation,
                payload={"text": text},
                received_at=self.moment().now,
            )
            session.add(row)
            session.flush()
            inbound = row.id
        turn = Turn(key, self.conversation, text, self.moment().now, self.firm)
        self.thinking.append(self.think(inbound, turn))
        self.log.append(f"  {text}")

    def a_button(self) -> str | None:
        """The value of a button that was shown, however old."""
        with self.records.read() as session:
            shown = [
                button["value"]
                for message in conversations.history(session, self.conversation)
                for button in message.buttons
            ]
        return self.random.choice(shown) if shown else None

    def think(self, inbound: int, turn: Turn) -> Thinking:
        with self.records.read() as session:
            view = self.talks.view(session, turn)
        return Thinking(inbound, turn, view, self.talks.decide(view, turn))

    def keep(self) -> None:
        """The turn that thinks is kept, decided anew where the world moved meanwhile."""
        if not self.thinking:
            return
        thought = self.thinking.pop()
        for _ in range(REDOES):
            try:
                with self.records.write() as session:
                    spoken = self.talks.perform(session, self.moment(), thought.view, thought.turn, thought.decision)
                    row = session.get_one(Inbound, thought.inbound)
                    row.state = Handling.DONE
                    row.result = {"message": spoken.message, "replies": list(spoken.replies)}
                    self.no_word_over_an_engineer(session, spoken.replies)
                return
            except Stale:
                self.log.append("  stale")
                thought = self.think(thought.inbound, thought.turn)
        raise Broken("a turn that nothing disturbs is kept")

    def go_on(self) -> None:
        """The next thing that one would expect: claimed, begun, resolved, agreed to, reviewed by whoever comes first."""
        at = self.moment()
        anyone = self.random.choice(self.engineers)
        with self.records.write() as session:
            ref = self.a_ticket(session)
            if ref is None:
                return
            ticket = tickets.visible(session, ref, self.clerk)
            owner = next((one for one in self.engineers if one.person == ticket.owner_id), anyone)
            if ticket.state is TicketState.OFFERED:
                tickets.claim(session, at, ref, engineer=anyone.person or "", caller=anyone)
            elif ticket.state is TicketState.CLAIMED:
                tickets.engineer_speaks(session, at, ticket, "您好，我先看看", caller=owner)
            elif ticket.state in OWNED:
                self.resolve(session, at, ticket, owner)
            elif ticket.state in SETTLED and (solution := solutions.latest(session, ref)) is not None:
                if solution.state is SolutionState.DRAFT and self.random.random() < 0.7:
                    solutions.consent(session, at, ref, True, caller=self.firm)
                clerk = self.random.choice([self.clerk, *(e for e in self.engineers if e.person == solution.author_id)])
                solutions.approve(session, at, solution.id, caller=clerk)

    def engineer_acts(self) -> None:
        """Any engineer does anything to the conversation's ticket; mostly its owner."""
        engineer = self.random.choice(self.engineers)
        at = self.moment()
        act = self.random.choice(["claim", "say", "say", "wait", "release", "transfer", "resolve", "resolve"])
        with self.records.write() as session:
            ref = self.a_ticket(session)
            if ref is None:
                return
            held = tickets.visible(session, ref, self.clerk)
            if self.random.random() < 0.7:
                engineer = next((one for one in self.engineers if one.person == held.owner_id), engineer)
            if act == "claim":
                tickets.claim(session, at, ref, engineer=engineer.person or "", caller=engineer)
                return
            ticket = tickets.visible(session, ref, engineer)
            acts: dict[str, Callable[[], object]] = {
                "say": lambda: tickets.engineer_speaks(session, at, ticket, "先降料温试试", caller=engineer),
                "wait": lambda: tickets.wait_for_firm(session, at, ticket, caller=engineer),
                "release": lambda: tickets.release(session, at, ticket, "忙不过来", caller=engineer),
                "transfer": lambda: tickets.transfer(session, at, ticket, "不是我的专业", caller=engineer),
                "resolve": lambda: self.resolve(session, at, ticket, engineer),
            }
            acts[act]()

    def resolve(self, session: Session, at: Moment, ticket: Ticket, engineer: Caller) -> None:
        tickets.resolve(session, at, ticket, caller=engineer)
        solutions.draft(session, at, ticket, SOLVED, caller=engineer)

    def firm_acts(self) -> None:
        """A firm, the right one or the other, acts on the ticket through the API's verbs."""
        firm = self.random.choice(self.firms)
        at = self.moment()
        with self.records.write() as session:
            ref = self.a_ticket(session)
            if ref is None:
                return
            ticket = tickets.visible(session, ref, firm)
            act = self.random.choice(["close", "reopen", "rate", "cancel", "share", "keep"])
            if act == "close":
                tickets.close(session, at, ticket, caller=firm)
            elif act in ("share", "keep"):
                solutions.consent(session, at, ref, act == "share", caller=firm)
            elif act == "reopen":
                tickets.reopen(session, at, ticket, caller=firm)
            elif act == "rate":
                tickets.rate(session, at, ticket, 5, "", caller=firm)
            else:
                tickets.cancel(session, at, ticket, "不需要了", caller=firm)

    def clerk_acts(self) -> None:
        """A clerk takes a hand in it."""
        at = self.moment()
        with self.records.write() as session:
            ref = self.a_ticket(session)
            if ref is None:
                return
            ticket = tickets.visible(session, ref, self.clerk)
            act = self.random.choice(["assign", "transfer", "escalate", "cancel"])
            if act == "assign":
                engineer = self.random.choice(self.engineers).person or ""
                tickets.claim(session, at, ref, engineer=engineer, caller=self.clerk)
            elif act == "transfer":
                tickets.transfer(session, at, ticket, "换人", caller=self.clerk)
            elif act == "escalate":
                tickets.escalate(session, at, ticket, "几家都有", caller=self.clerk)
            else:
                tickets.cancel(session, at, ticket, "重复", caller=self.clerk)

    def time_passes(self) -> None:
        """Hours or days go by, and the timers run."""
        self.now += timedelta(hours=self.random.choice([1, 3, 30, 200]))
        with self.records.read() as session:
            due = tickets.overdue(session, self.moment().now, limit=1000)
        for ref in due:
            with self.records.write() as session:
                tickets.pass_deadline(session, self.moment(), ref)

    def a_ticket(self, session: Session) -> str | None:
        refs = list(session.scalars(select(Ticket.ref).where(Ticket.conversation_id == self.conversation)))
        return self.random.choice(refs) if refs else None

    # --- what must hold ---------------------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """What may break and mend itself from one step to the next."""
        with self.records.read() as session:
            held = list(session.scalars(select(Ticket).where(Ticket.conversation_id == self.conversation)))
            conversation = session.get_one(Conversation, self.conversation)
            self.ticket_has_owner_or_deadline(held)
            self.ownership_agrees(conversation, held)
            self.demand_follows(session, held)
            self.nobody_is_overloaded(session)

    def check_talk(self) -> None:
        """What stays written and is read at the end of a conversation."""
        with self.records.read() as session:
            held = list(session.scalars(select(Ticket).where(Ticket.conversation_id == self.conversation)))
            self.moves_are_legal_and_written_once(session, held)
            self.messages_are_in_order(session, session.get_one(Conversation, self.conversation))
            self.machine_words_are_labelled(session)
            self.nothing_is_found_without_review(session, held)
            self.the_other_firm_finds_nothing(session, held)

    def moves_are_legal_and_written_once(self, session: Session, held: list[Ticket]) -> None:
        for ticket in held:
            written = [
                entry.event.removeprefix("ticket.")
                for entry in session.scalars(select(Entry).where(Entry.subject == ticket.ref).order_by(Entry.seq))
            ]
            moves = [TicketState(event) for event in written if event in set(TicketState)]
            if moves[:1] != [TicketState.TRIAGE] or moves[-1] is not ticket.state:
                raise Broken(f"one event a move: {moves}, but it is {ticket.state}")
            for before, after in zip(moves, moves[1:], strict=False):
                if after not in rules.TRANSITIONS[before]:
                    raise Broken(f"one event a move, and only legal ones: {before} to {after}")

    def ticket_has_owner_or_deadline(self, held: list[Ticket]) -> None:
        for ticket in held:
            if ticket.state not in ENDED and ticket.owner_id is None and ticket.due_at is None:
                raise Broken("a ticket always has an owner or a deadline")
            if (ticket.state in OWNED) != (ticket.owner_id is not None):
                raise Broken("an owner exactly while an engineer works on it")

    def ownership_agrees(self, conversation: Conversation, held: list[Ticket]) -> None:
        active = [ticket for ticket in held if ticket.state in OPEN]
        if len(active) > 1:
            raise Broken("one open ticket a conversation")
        wanted = Owner.BOT
        if active:
            wanted = Owner.ENGINEER if active[0].state in OWNED else Owner.POOL
        if conversation.owner is not wanted:
            raise Broken(f"conversation owned by {conversation.owner}, ticket says {wanted}")

    def no_word_over_an_engineer(self, session: Session, replies: tuple[str, ...]) -> None:
        """Run inside the transaction that keeps a turn, before its commit."""
        session.flush()
        owner = session.scalars(select(Conversation.owner).where(Conversation.id == self.conversation)).one()
        said = [session.get_one(Message, reply) for reply in replies]
        if owner is Owner.ENGINEER and any(message.sender is Sender.BOT for message in said):
            raise Broken("the bot speaks while an engineer owns the conversation")

    def messages_are_in_order(self, session: Session, conversation: Conversation) -> None:
        said = conversations.history(session, self.conversation, limit=10_000)
        if [message.seq for message in said] != list(range(1, len(said) + 1)) or conversation.last_seq != len(said):
            raise Broken("messages are numbered without gaps")
        rows = session.scalars(select(Inbound).where(Inbound.lane == self.conversation)).all()
        kept = {message.id for message in said if message.sender is Sender.SME}
        answered = [row.result["message"] for row in rows if row.result is not None]
        if len(set(answered)) != len(answered) or set(answered) != kept:
            raise Broken("every message is kept once")
        waiting = sum(row.state is Handling.WAITING for row in rows)
        if waiting != len(self.thinking):
            raise Broken("a message is neither answered nor waiting")

    def machine_words_are_labelled(self, session: Session) -> None:
        for message in conversations.history(session, self.conversation, limit=10_000):
            if (message.sender is Sender.BOT) != (message.label is not None):
                raise Broken("the bot's words carry a label, nobody else's do")

    def nothing_is_found_without_review(self, session: Session, held: list[Ticket]) -> None:
        for solution in session.scalars(select(Solution).where(Solution.ticket_ref.in_([t.ref for t in held]))):
            if solution.state not in (SolutionState.APPROVED, SolutionState.INDEXED):
                continue
            if solution.reviewer_id in (None, solution.author_id) or solution.shared is None:
                raise Broken("a case is found only as a copy that somebody else reviewed")
            if "13800138000" in str(solution.shared):
                raise Broken("a case is found only with its personal data taken out")
            agreed = session.scalars(
                select(Consent.given)
                .where(Consent.scope == Scope.SHARE_CASE, Consent.subject == solution.ticket_ref)
                .order_by(Consent.id.desc())
            ).first()
            if not agreed:
                raise Broken("a case is found only with its firm's consent")

    def the_other_firm_finds_nothing(self, session: Session, held: list[Ticket]) -> None:
        other = next(firm for firm in self.firms if firm is not self.firm)
        seen = {ticket.ref for ticket in tickets.visible_to(session, other)}
        if seen & {ticket.ref for ticket in held}:
            raise Broken("a firm finds another's ticket")
        try:
            conversations.visible(session, self.conversation, other)
        except BotError:
            return
        raise Broken("a firm reads another's talk")

    def demand_follows(self, session: Session, held: list[Ticket]) -> None:
        wanted = {
            TicketState.OFFERED: "pool",
            TicketState.CLAIMED: "matched",
            TicketState.IN_PROGRESS: "in_service",
            TicketState.RESOLVED: "solved",
            TicketState.CLOSED: "solved",
            TicketState.CANCELLED: "closed",
            TicketState.ESCALATED: "package",
        }
        for ticket in held:
            state = session.scalars(select(Demand.state).where(Demand.ref == ticket.demand_ref)).one()
            if ticket.state in wanted and state.value != wanted[ticket.state]:
                raise Broken(f"the demand is {state} while its ticket is {ticket.state}")

    def check_all(self) -> None:
        """What is asked of the whole clinic: the chain."""
        with self.records.read() as session:
            verdict = ledger.verify(session)
            if verdict.broken_at is not None:
                raise Broken(f"ledger: {verdict.problem} at {verdict.broken_at}")

    def nobody_is_overloaded(self, session: Session) -> None:
        for person in session.scalars(select(Person).where(Person.capacity.is_not(None))):
            count = len(
                session.scalars(select(Ticket.ref).where(Ticket.owner_id == person.id, Ticket.state.in_(OWNED))).all()
            )
            if person.capacity is not None and count > person.capacity:
                raise Broken("nobody holds more than he can")
