"""An engineer's chat: offers, claims, and several cases beside each other without a word that goes to the wrong firm.

What makes that sure: a word without a target goes to the current case, which only his own act changes; where another firm has spoken since
that act, or since he answered another one, the word is held back and he is asked whose it is. Where his client has topics each case has one
of its own as well: what is said there goes to its firm alone, whatever case is current.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bot.clinic import sayings
from bot.clinic.tickets import finish
from bot.db import Session
from bot.dialogue.colleagues import is_about_work
from bot.errors import BotError, Invalid, NotFound, Unavailable
from bot.models.channels import Address
from bot.models.people import Person, Plan
from bot.models.tickets import Ticket
from bot.rules import availability, prefill, presses, requests
from bot.rules.arrivals import Arrival, ArrivalKind, Media, MediaKind, Put
from bot.rules.cards import DECLINED, Act, pair, parted, read_data
from bot.rules.cards import tools as tools_of
from bot.rules.conversations import Sender
from bot.rules.files import MAX_BYTES, mark, too_large
from bot.rules.people import Caller
from bot.rules.phrases import ticket_ref
from bot.rules.presses import Press
from bot.rules.solutions import FIELDS
from bot.rules.tickets import OWNED
from bot.rules.tickets import WORDS as STATES
from bot.rules.wording import clean_words
from bot.rules.worktime import CHINA
from bot.services import conversations, files, letters, offers, outbox, reach, talks, tickets, timetables
from bot.services.moment import Moment
from bot.work.arrivals import Handled

# In an address' state: words without a target; the solution that is being written; that the next words are for colleagues.
HELD, FORM, NOTE = "held", reach.FORM, "note"
REQUIRED = frozenset({"symptom", "steps"})
LISTED = 8
FILES_SHOWN = 10  # messages of a case with files, the newest
LOOKED_AT = 60  # messages of a talk, for what it says of the solution
STEPS = tuple(FIELDS)


def handle(
    session: Session, moment: Moment, address: Address, caller: Caller, unit: Sequence[Arrival], *, value: str = ""
) -> Handled:
    """Do what an engineer wants; what cannot be done is said, and nothing of it is kept.

    Args:
        value: Of a pressed button.
    """
    reach.hold(session, address)
    desk = _Desk(session, moment, address, caller, unit[0].topic if unit[0].is_private else "")
    try:
        with session.begin_nested():
            done = desk.handle(unit, value or unit[0].text)
        taken = not unit[0].is_private and done.outcome in ("case", "claimed")
        return replace(done, answer=sayings.IN_PRIVATE) if taken else done
    except Unavailable:
        raise
    except BotError as error:
        session.refresh(address)
        desk.say(str(error))
        return Handled("refused", answer="" if unit[0].is_private else str(error)[: sayings.MAX_POPUP_CHARS])


class _Desk:
    """One engineer's chat while something that came from it is handled."""

    def __init__(self, session: Session, moment: Moment, address: Address, caller: Caller, topic: str) -> None:
        self._session = session
        self._moment = moment
        self._address = address
        self._caller = caller
        self._topic = topic  # where it came from; answers go there

    def say(self, text: str, *buttons: dict[str, str]) -> None:
        """Into his own talk, which his chat shows."""
        told = conversations.tell(self._session, self._moment.now, self._address.conversation_id, text, buttons=buttons)
        if self._topic:
            reach.into_topic(self._session, told.id, self._address.chat, self._topic)

    def handle(self, unit: Sequence[Arrival], value: str) -> Handled:
        """Whatever it is."""
        first = unit[0]
        if first.kind is ArrivalKind.PRESS:
            return self._press(first, value)
        if first.kind is ArrivalKind.EDIT:
            return self._edited(first)
        if first.is_command:
            return self._command(first)
        for what, answered in ((FORM, self._fill), (NOTE, self._keep_note)):
            if self._asked_here(what) and not first.reply_to:
                ref = self._address.state[what]["ref"]
                return answered(first.text) if ref in self._own() else self._asked_in_vain(what, ref)
        return self._words(unit)

    def _asked_here(self, what: str) -> bool:
        """Whether words are the answer to this: only where it was asked, for in the topic of a case they are for its firm."""
        asked = self._address.state.get(what)
        return asked is not None and asked.get("topic", "") == self._topic

    def _asked_in_vain(self, what: str, ref: str) -> Handled:
        """The case has gone meanwhile: the words are for nobody, and the next ones are words again."""
        self._remember(**{what: None})
        self.say(sayings.gone(ref))
        return Handled("refused:gone")

    # --- which case -------------------------------------------------------------------------------------------------------------------

    def _remember(self, **changes: Any) -> None:
        """Change what the chat is in the middle of; None takes a thing out."""
        state = {**self._address.state, **changes}
        self._address.state = {name: value for name, value in state.items() if value is not None}
        self._session.flush()

    def _held(self, ref: str) -> Ticket:
        """His own case, and its talk before it, until the transaction ends.

        Raises:
            NotFound: it is not his (any more).
        """
        seen = tickets.visible(self._session, ref, self._caller)
        conversations.lock(self._session, seen.conversation_id)
        ticket = tickets.held(self._session, ref, self._caller)
        if ticket.owner_id != self._caller.person or ticket.state not in OWNED:
            raise NotFound(sayings.gone(ref))
        return ticket

    def _heading(self, ticket: Ticket) -> str:
        return letters.heading(self._session, ticket)

    def _current(self) -> Ticket | None:
        """The case that his words go to; one that is no longer his is none."""
        ticket = tickets.by_ref(self._session, self._address.ticket_ref)
        own = ticket is not None and ticket.owner_id == self._caller.person and ticket.state in OWNED
        return ticket if own else None

    def _switch(self, ref: str | None) -> None:
        self._address.ticket_ref = ref
        self._remember(**{reach.OTHERS: None, FORM: None, NOTE: None})

    def _at_hand(self) -> Ticket | None:
        """The case that an order without a reference is about: that of the topic, else the current one."""
        if not self._topic:
            return self._current()
        ref = reach.case_in(self._address, self._topic)
        return tickets.by_ref(self._session, ref) if ref in self._own() else None

    def _go_to(self, ref: str, *, claimed: bool = False) -> Handled:
        ticket = self._held(ref)
        self._switch(ref)
        self.say(sayings.current(self._heading(ticket), claimed=claimed), *self._tools(ref))
        if claimed:
            self._show_files(ticket)
        self._show_talk(ticket)
        if claimed or reach.has_topics(self._address):
            reach.open_topic(self._session, self._moment.now, self._address, ref)
        return Handled("case")

    def _tools(self, ref: str) -> list[dict[str, str]]:
        tools = [{"label": label, "value": value} for label, value in tools_of(ref)]
        return [*tools, sayings.button("离开这张单", Act.LEAVE)]

    def _show_files(self, ticket: Ticket) -> None:
        """What the firm sent before, which he was not to see until it was his."""
        last = self._last_line(ticket)
        for payload, message in files.sent_before(self._session, ticket)[-FILES_SHOWN:]:
            if message == last and payload["kind"] == "message":
                continue
            reach.put(self._session, self._moment.now, self._address.chat, payload, message=message)

    def _show_talk(self, ticket: Ticket) -> None:
        """The last that the firm said, so that he need not scroll."""
        last = self._last_line(ticket)
        if last is not None:
            payload = {"kind": "message", "message": last, "ticket": ticket.ref}
            reach.put(self._session, self._moment.now, self._address.chat, payload, message=last)

    def _last_line(self, ticket: Ticket) -> str | None:
        lines = talks.last_lines(self._session, ticket.conversation_id, 30)[::-1]
        return next((line.id for line in lines if line.sender in reach.RELAYED), None)

    # --- pressing ---------------------------------------------------------------------------------------------------------------------

    def _press(self, first: Arrival, value: str) -> Handled:
        pressed = presses.read(value)
        if pressed is not None and pressed.press is Press.CLAIM and pressed.ref:
            return self._claim(pressed.ref)
        found = read_data(value)
        if found is None:
            if value.startswith(("m:", "q:")):  # of a talk that is not his
                self.say(sayings.FOREIGN)
                return Handled("refused:foreign")
            return self._to_own_talk(value, f"tg.{first.chat}.cb.{first.callback}")
        act, id = found
        acts: dict[Act, Callable[[str], Handled]] = {
            Act.CASE: self._go_to,
            Act.LEAVE: self._leave,
            Act.CLAIM: self._claim,
            Act.PASS: self._ask_why,
            Act.WHY: self._decline,
            Act.SEND: self._send_held,
            Act.KEEP: self._drop_held,
            Act.ASK: self._ask_held,
            Act.AGAIN: self._again,
            Act.SOLVE: self._solve,
            Act.SUBMIT: self._submit,
            Act.STOP: self._stop,
            Act.SKIP: self._skip,
            Act.BLANK: self._blank,
            Act.MEND: self._mend,
            Act.NOTE: self._begin_note,
            Act.FACTS: self._facts,
            Act.WANT: self._want,
            Act.SIMILAR: self._similar,
        }
        if act not in acts:  # a clerk's
            self.say(sayings.FOREIGN)
            return Handled("refused:foreign", answer=sayings.FOREIGN)
        return acts[act](id)

    def _claim(self, ref: str) -> Handled:
        assert self._caller.person is not None
        if (ticket := tickets.by_ref(self._session, ref)) is not None:
            conversations.lock(self._session, ticket.conversation_id)
            self._session.expire(ticket)
        before = self._current()
        taken = tickets.claim(self._session, self._moment, ref, engineer=self._caller.person, caller=self._caller)
        if before is None or before.ref == ref:
            return self._go_to(ref, claimed=True)
        self._heard_of(ref)  # he may think of it as the one that he is at
        reach.open_topic(self._session, self._moment.now, self._address, ref)
        self.say(
            sayings.claimed_aside(self._heading(taken), self._heading(before)),
            sayings.button("切到这家", Act.CASE, ref),
        )
        return Handled("claimed")

    def _ask_why(self, offer: str) -> Handled:
        held = offers.own(self._session, offer, self._caller.person)
        reasons = (sayings.button(label, Act.WHY, pair(held.id, code)) for code, label in DECLINED.items())
        self.say(f"{held.ticket_ref} 不接，是因为？（点一下就行，方便下次派得准）", *reasons)
        return Handled("asked:why")

    def _decline(self, id: str) -> Handled:
        offer, code = parted(id)
        if code not in DECLINED:
            raise Invalid(sayings.STALE)
        held = offers.own(self._session, offer, self._caller.person)
        offers.decline(self._session, self._moment.now, held, DECLINED[code], caller=self._caller)
        self.say(f"好的，{held.ticket_ref} 不派给您了（{DECLINED[code]}）。")
        return Handled("declined")

    def _leave(self, id: str = "") -> Handled:
        del id
        self._switch(None)
        self.say(sayings.left())
        return Handled("left")

    # --- words ------------------------------------------------------------------------------------------------------------------------

    def _words(self, unit: Sequence[Arrival]) -> Handled:
        first = unit[0]
        answered = reach.case_at(self._session, self._address.chat, first.reply_to) if first.reply_to else None
        here = reach.case_in(self._address, self._topic) if self._topic else None
        if self._topic and (here is None or answered not in (None, here)):
            return self._hold(unit)  # a topic that is no case's, or an answer to another firm's words
        if (ref := here or answered) is not None:
            if ref != self._address.ticket_ref:
                self._heard_of(ref)  # what he says next may be meant for either
            if ref not in self._own():
                self.say(sayings.gone(ref))
                return Handled("refused:gone")
            return self._send(ref, unit)
        current = self._current()
        if self._address.ticket_ref is not None and current is None:
            ref = self._address.ticket_ref
            self._switch(None)
            self.say(f"{sayings.gone(ref)}{sayings.no_current()}")
            return Handled("refused:gone")
        if current is None and (not self._own() or is_about_work(first.text)):
            if any(one.media for one in unit):
                self.say(sayings.no_current())
                return Handled("refused:no_case")
            return self._to_own_talk(first.text, f"tg.{first.chat}.{first.message}")
        if current is None or self._others():
            return self._hold(unit)
        return self._send(current.ref, unit)

    def _own(self) -> list[str]:
        return [ticket.ref for ticket in tickets.owned_by(self._session, str(self._caller.person))]

    def _others(self) -> list[str]:
        """Cases that have spoken while his words went elsewhere; one that is no longer his may still be what he has in mind."""
        return [ref for ref in self._address.state.get(reach.OTHERS, []) if ref != self._address.ticket_ref]

    def _heard_of(self, ref: str) -> None:
        heard = self._address.state.get(reach.OTHERS, [])
        self._remember(**{reach.OTHERS: [*(one for one in heard if one != ref), ref]})

    def _to_own_talk(self, text: str, key: str) -> Handled:
        words = clean_words(text, what="消息")
        return Handled(f"turn:{key}", (Put(self._address.conversation_id, words, key, self._caller),))

    def _send(self, ref: str, unit: Sequence[Arrival]) -> Handled:
        first = unit[0]
        words = "\n".join(one.text for one in unit if one.text)
        ticket = self._held(ref)
        key = f"tg.{first.chat}.{first.message}"
        medias = self._fitting(ticket, [one.media for one in unit if one.media])
        if medias or words:
            self._tell_firm(ticket, words, key, medias)
        return Handled(f"said:{ref}")

    def _fitting(self, ticket: Ticket, medias: Sequence[Media]) -> list[Media]:
        """Those that can go to the firm; why the others cannot is said."""
        large = [one for one in medias if one.size > MAX_BYTES]
        fitting = [one for one in medias if one.kind is not MediaKind.OTHER and one not in large]
        for one in large:
            self.say(f"没有发给企业：{too_large(one.size)}")
        if len(fitting) + len(large) < len(medias):
            self.say("没有发给企业：视频、贴纸这些转不过去，请发照片、文件或语音。")
        if fitting:
            talk = talks.conversation(self._session, ticket.conversation_id)
            files.check_room(self._session, talk, adding=len(fitting))
        return fitting

    def _tell_firm(self, ticket: Ticket, text: str, key: str, medias: Sequence[Media] = ()) -> None:
        """His words and files, once for each key."""
        words = clean_words(text or mark([one.kind for one in medias]), what="消息")
        client_key = f"{self._caller.person}:{key}"
        if conversations.said_before(self._session, ticket.conversation_id, client_key) is not None:
            return
        message = tickets.engineer_speaks(
            self._session, self._moment, ticket, words, caller=self._caller, client_key=client_key
        )
        files.await_far(
            self._session,
            self._moment.now,
            ticket.conversation_id,
            medias,
            key=client_key,
            sender=Sender.ENGINEER,
            person=self._caller.person,
            message=message,
        )

    # --- words without a target ---------------------------------------------------------------------------------------------------------

    def _hold(self, unit: Sequence[Arrival]) -> Handled:
        first = unit[0]
        words = "\n".join(one.text for one in unit if one.text)
        if any(one.media for one in unit):
            self.say("刚才不止一家企业说过话，文件没有发出。请先选一家，再发一次。", *self._choices())
            return Handled("asked:which")
        before = self._address.state.get(HELD)
        if before is not None:
            words = f"{before['text']}\n{words}"
        words = clean_words(words, what="消息")
        self._remember(**{HELD: {"text": words, "key": f"tg.{first.chat}.{first.message}"}})
        self.say(
            sayings.which(words),
            *self._choices(),
            sayings.button("问机器人", Act.ASK),
            sayings.button("不发了", Act.KEEP),
        )
        return Handled("asked:which")

    def _choices(self) -> list[dict[str, str]]:
        current = self._current()
        own = self._own()
        refs = [current.ref, *(ref for ref in self._others() if ref in own)] if current and not self._topic else own
        act = Act.SEND if HELD in self._address.state else Act.CASE
        shown = [tickets.by_ref(self._session, ref) for ref in refs[:LISTED]]
        return [sayings.button(self._heading(ticket), act, ticket.ref) for ticket in shown if ticket]

    def _send_held(self, ref: str) -> Handled:
        held = self._address.state.get(HELD)
        if held is None:
            self.say(sayings.STALE)
            return Handled("refused:stale")
        ticket = self._held(ref)
        self._tell_firm(ticket, held["text"], held["key"])
        self._switch(ref)
        self._remember(**{HELD: None})
        self.say(f"已发出。{sayings.current(self._heading(ticket), claimed=False)}", *self._tools(ref))
        return Handled(f"said:{ref}")

    def _drop_held(self, id: str = "") -> Handled:
        del id
        self._remember(**{HELD: None})
        self.say("好的，没有发给任何企业。")
        return Handled("dropped")

    def _ask_held(self, id: str = "") -> Handled:
        del id
        held = self._address.state.get(HELD)
        if held is None:
            self.say(sayings.STALE)
            return Handled("refused:stale")
        self._remember(**{HELD: None})
        return self._to_own_talk(held["text"], held["key"])

    def _again(self, id: str) -> Handled:
        """His own words once more: he takes it on himself that they may arrive twice."""
        said = reach.said_in(self._session, id)
        if said is None or said.person_id != self._caller.person:
            self.say(sayings.FOREIGN)
            return Handled("refused:foreign")
        outbox.resend(self._session, int(id))
        self.say("正在再发一次。")
        return Handled("resent")

    def _edited(self, first: Arrival) -> Handled:
        """The correction goes to whom the words went, whatever case is current now."""
        key = f"{self._caller.person}:tg.{first.chat}.{first.message}"
        for ticket in tickets.owned_by(self._session, str(self._caller.person)):
            before = conversations.said_before(self._session, ticket.conversation_id, key)
            if before is not None and before.text != first.text and first.text.strip():
                self._tell_firm(
                    self._held(ticket.ref), f"（更正）{first.text}", f"tg.{first.chat}.{first.message}.{first.version}"
                )
                return Handled(f"said:{ticket.ref}")
        held = self._address.state.get(HELD)
        if held is not None and held["key"] == f"tg.{first.chat}.{first.message}":
            self._remember(**{HELD: {**held, "text": clean_words(first.text, what="消息")}})
            return Handled("held")
        return Handled("ignored:edit")

    # --- orders -----------------------------------------------------------------------------------------------------------------------

    def _command(self, first: Arrival) -> Handled:
        name, _, rest = first.text[1:].partition(" ")
        name, rest = name.split("@")[0].lower(), rest.strip()
        key = f"tg.{first.chat}.{first.message}"
        match name:
            case "cases":
                return self._list()
            case "hours":
                return self._hours(rest)
            case "offers":
                return self._to_own_talk("有什么可以接的工单", key)
            case "ask" if rest:
                return self._to_own_talk(rest, key)
            case "case" if ticket_ref(rest):
                return self._go_to(str(ticket_ref(rest)))
            case "leave":
                return self._leave()
            case "note" | "release" | "transfer" | "solve" | "facts" | "similar":
                return self._on_case(name, rest)
            case _:
                self.say(sayings.DESK_HELP)
                return Handled("told")

    def _on_case(self, name: str, words: str) -> Handled:
        current = self._at_hand()
        if current is None:
            self.say(sayings.no_current())
            return Handled("refused:no_case")
        tools = {"solve": self._solve, "facts": self._facts, "similar": self._similar}
        if name in tools:
            return tools[name](current.ref)
        if name == "note" and not words:
            return self._begin_note(current.ref)
        ticket = self._held(current.ref)
        said = clean_words(words, what={"note": "备注"}.get(name, "原因"))
        if name == "note":
            tickets.add_note(self._session, self._moment, ticket, said, caller=self._caller)
            self.say(f"备注已记在 {ticket.ref}，企业看不到。")
            return Handled("noted")
        move = tickets.release if name == "release" else tickets.transfer
        move(self._session, self._moment, ticket, said, caller=self._caller)
        if self._address.ticket_ref == ticket.ref:
            self._switch(None)
        self.say(f"{ticket.ref} 已退回需求池。" if name == "release" else f"{ticket.ref} 已转给别的工程师。")
        return Handled(name)

    def _hours(self, words: str) -> Handled:
        """When he is there and when not: shown, or told in a sentence."""
        person = reach.person(self._session, str(self._caller.person))
        if words:
            usual = timetables.of_person(self._session, self._moment, person).table.hours
            plans = availability.read(words, self._moment.now.astimezone(CHINA).date(), usual)
            timetables.add_plans(self._session, self._moment, person, plans)
            timetables.told(self._session, self._moment, person, caller=self._caller)
        held = [availability.plan_words(timetables.as_rule(row)) for row in self._plans(person)]
        self.say(sayings.hours(held))
        return Handled("hours")

    def _plans(self, person: Person) -> Sequence[Plan]:
        return timetables.plans_of(self._session, self._moment, person)

    def _list(self) -> Handled:
        own = tickets.owned_by(self._session, str(self._caller.person))[:LISTED]
        current = self._address.ticket_ref
        lines = [
            f"{'▶ ' if ticket.ref == current else ''}{self._heading(ticket)}"
            f" {talks.demand_of(self._session, ticket).title}（{STATES[ticket.state]}）"
            for ticket in own
        ]
        self.say(sayings.cases(lines), *(sayings.button(self._heading(ticket), Act.CASE, ticket.ref) for ticket in own))
        return Handled("told")

    # --- tools of a case ----------------------------------------------------------------------------------------------------------------

    def _begin_note(self, ref: str) -> Handled:
        ticket = self._held(ref)
        self._remember(**{NOTE: {"ref": ref, "topic": self._topic}, FORM: None})
        self.say(
            f"【{self._heading(ticket)}】下一条您说的话记成内部备注，企业看不到。",
            sayings.button("不记了", Act.STOP, ref),
        )
        return Handled("asked:note")

    def _keep_note(self, text: str) -> Handled:
        ticket = self._held(self._address.state[NOTE]["ref"])
        tickets.add_note(self._session, self._moment, ticket, clean_words(text, what="备注"), caller=self._caller)
        self._remember(**{NOTE: None})
        self.say(f"备注已记在 {ticket.ref}，企业看不到。")
        return Handled("noted")

    def _facts(self, ref: str) -> Handled:
        """What may be asked of the firm, what it has not told yet first."""
        ticket = self._held(ref)
        demand = talks.demand_of(self._session, ticket)
        told = {code for code, fact in demand.facts.items() if fact["value"]}
        wanted = requests.offered(told)
        self.say(
            f"【{self._heading(ticket)}】点一下，就替您问这家企业：",
            *(sayings.button(requests.REQUESTS[code].label, Act.WANT, pair(ref, code)) for code in wanted),
        )
        return Handled("told")

    def _want(self, id: str) -> Handled:
        ref, code = parted(id)
        if code not in requests.REQUESTS:
            raise Invalid(sayings.STALE)
        ticket = self._held(ref)
        words = requests.REQUESTS[code].question
        # The same question twice within a day is a button pressed twice.
        self._tell_firm(ticket, words, f"want.{code}.{self._moment.now:%Y%m%d}")
        tickets.wait_for_firm(self._session, self._moment, ticket, caller=self._caller)
        self.say(f"已问 {self._heading(ticket)}：{words}")
        return Handled(f"said:{ref}")

    def _similar(self, ref: str) -> Handled:
        """What is found stands in no transaction: it is looked for when it is sent."""
        self._held(ref)
        lane = f"{self._address.chat}:{self._topic}" if self._topic else self._address.chat
        reach.put(self._session, self._moment.now, lane, {"kind": "card", "card": "similar", "ticket": ref})
        return Handled("similar")

    # --- the form ---------------------------------------------------------------------------------------------------------------------

    def _solve(self, ref: str) -> Handled:
        """Begin it, filled from the talk as far as that goes."""
        ticket = self._held(ref)
        demand = talks.demand_of(self._session, ticket)
        talk = talks.last_lines(self._session, ticket.conversation_id, LOOKED_AT)
        said = prefill.suggested(
            [
                (line.sender is Sender.ENGINEER, line.text)
                for line in talk
                if line.sender in (Sender.ENGINEER, Sender.SME)
            ]
        )
        words = {"symptom": demand.text[: prefill.MAX_CHARS] or demand.title}
        form = {"ref": ref, "step": "cause", "words": words, "said": said, "topic": self._topic}
        self._remember(**{FORM: form, NOTE: None})
        self.say(f"【{self._heading(ticket)}】填解决方案，现在说的不会发给企业。")
        return self._ask_field()

    def _form(self) -> dict[str, Any]:
        form: dict[str, Any] | None = self._address.state.get(FORM)
        if form is None:
            raise Invalid(sayings.STALE)
        return form

    def _ask_field(self) -> Handled:
        form = self._form()
        step = form["step"]
        if not step:
            ticket = self._held(form["ref"])
            lines = [f"{FIELDS[name]}：{form['words'][name]}" for name in STEPS if form["words"].get(name)]
            self.say(
                sayings.form(self._heading(ticket), lines),
                sayings.button("提交", Act.SUBMIT, form["ref"]),
                *(sayings.button(f"改{sayings.SHORT_FIELDS[name]}", Act.MEND, name) for name in STEPS),
                sayings.button("不填了", Act.STOP, form["ref"]),
            )
            return Handled("form")
        suggestion = form["words"].get(step) or form["said"].get(step, "")
        optional = step not in REQUIRED
        self.say(
            sayings.asked(FIELDS[step], suggestion=suggestion, optional=optional),
            *([sayings.button("就用这些", Act.SKIP, step)] if suggestion else []),
            *([sayings.button("跳过", Act.BLANK, step)] if optional else []),
            sayings.button("不填了", Act.STOP, form["ref"]),
        )
        return Handled("form")

    def _fill(self, text: str) -> Handled:
        form = self._form()
        step = form["step"]
        if not step:
            self.say("请按“提交”，或按“不填了”。")
            return Handled("form")
        words = {**form["words"], step: clean_words(text, what=FIELDS[step])}
        self._go_on(form | {"words": words})
        return self._ask_field()

    def _go_on(self, form: dict[str, Any]) -> None:
        """To the next field; after one that was mended back to the whole."""
        following = STEPS.index(form["step"]) + 1
        step = STEPS[following] if following < len(STEPS) and not form.get("mending") else ""
        self._remember(**{FORM: {**form, "step": step, "mending": False}})

    def _mend(self, step: str) -> Handled:
        form = self._form()
        if step not in STEPS:
            raise Invalid(sayings.STALE)
        self._remember(**{FORM: {**form, "step": step, "mending": True, "topic": self._topic}})
        return self._ask_field()

    def _skip(self, step: str) -> Handled:
        form = self._form()
        if form["step"] != step:
            raise Invalid(sayings.STALE)
        suggestion = form["words"].get(step) or form["said"].get(step, "")
        return self._fill(suggestion) if suggestion else self._blank(step)

    def _blank(self, step: str) -> Handled:
        form = self._form()
        if form["step"] != step or step in REQUIRED:
            raise Invalid(sayings.STALE)
        self._go_on({**form, "words": {name: text for name, text in form["words"].items() if name != step}})
        return self._ask_field()

    def _stop(self, ref: str) -> Handled:
        del ref
        self._remember(**{FORM: None, NOTE: None})
        if self._topic:
            self.say("好的。这里说的话又会发给这家企业。" if self._at_hand() else "好的。")
            return Handled("form:stopped")
        current = self._current()
        self.say(sayings.current(self._heading(current), claimed=False) if current else sayings.left())
        return Handled("form:stopped")

    def _submit(self, ref: str) -> Handled:
        form = self._form()
        if form["ref"] != ref or form["step"]:
            raise Invalid(sayings.STALE)
        ticket = self._held(ref)
        finish(
            self._session,
            self._moment,
            ticket,
            {name: form["words"].get(name, "") for name in STEPS},
            caller=self._caller,
        )
        self._remember(**{FORM: None})
        if self._address.ticket_ref == ref:
            self._switch(None)
        now = self._current()
        then = f"当前单仍是 {self._heading(now)}。" if now else "现在没有当前单。"
        self.say(f"{ref} 的解决方案已发给企业，等企业确认。{then}")
        return Handled("resolved")
