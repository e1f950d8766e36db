"""Far chats as their door uses them: who speaks, and what becomes of it. Everything happens in the transaction that ends the update.

A firm's words become a turn of its talk, the same as on the web. An engineer's chat is a desk (`bot.clinic.engineers`). Nothing is decided
by what a button or a code says of itself: who pressed is asked, and whether it still holds.
"""

from collections.abc import Sequence

from bot.clinic import clerks, engineers, owndata, sayings, unreachable
from bot.db import Session
from bot.dialogue import texts
from bot.errors import Invalid, NotFound
from bot.models.channels import Address
from bot.models.conversations import Conversation
from bot.models.people import LinkKind
from bot.profile import Profile
from bot.rules.arrivals import Arrival, ArrivalKind, Media, MediaKind, Put
from bot.rules.conversations import Owner, Sender
from bot.rules.files import MARKED, MAX_BYTES, mark, too_large
from bot.rules.people import NOBODY, Caller
from bot.rules.wording import clean_words
from bot.services import conversations, files, letters, people, reach, signing, talks, teams
from bot.services.moment import Moment
from bot.work.arrivals import Handled
from retrieval.protocols import Role

JOINING = "joining"  # in an address' state: the hash of the invitation that waits for a name
QUOTED_CHARS = 40


class Chats:
    """What is done with what comes from chats. Keeps nothing; thread safe."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def joins(self, session: Session, chat: str) -> bool:
        """Whether short messages behind each other are one: where the bot answers, not where a person reads."""
        address = reach.find(session, chat)
        if address is None:
            return True
        if address.person_id and people.caller_of(reach.person(session, address.person_id)).role is Role.ENGINEER:
            return False
        return talks.conversation(session, address.conversation_id).owner is not Owner.ENGINEER

    def handle(self, session: Session, moment: Moment, unit: Sequence[Arrival]) -> Handled:
        """Do it, in the transaction that ends the updates."""
        first = unit[0]
        if first.kind is ArrivalKind.OTHER:
            return Handled(f"ignored:{first.text}")
        if not first.is_private:
            return _in_group(session, moment, first)
        address = self._address(session, moment, first)
        if first.kind in (ArrivalKind.LEFT, ArrivalKind.BACK):
            return _left(session, moment, address, first, self._profile)
        return _Chat(session, moment, address, self._profile).handle(unit)

    def apologise(self, session: Session, moment: Moment, unit: Sequence[Arrival]) -> None:
        """Say that it could not be done."""
        first = unit[0]
        address = reach.find(session, first.chat) if first.is_private else None
        if address is not None:
            conversations.tell(session, moment.now, address.conversation_id, sayings.FAILED)

    def _address(self, session: Session, moment: Moment, first: Arrival) -> Address:
        """What the chat leads to: a talk of a stranger where it was never heard of, or where its account is closed."""
        held = reach.find(session, first.chat)
        if held is not None and (held.person_id is None or reach.person(session, held.person_id).active):
            talk = talks.conversation(session, held.conversation_id)
            if held.person_id is None and talk.person_id is not None:
                reach.follow(session, talk)
                session.refresh(held)
            return held
        talk = conversations.begin(session, moment.now, channel=reach.TELEGRAM, caller=NOBODY, address=first.chat)
        return reach.settle(session, moment.now, first.chat, talk, person=None)


def _in_group(session: Session, moment: Moment, first: Arrival) -> Handled:
    """Only presses count there, and whose they are; who speaks to the bot is led into a chat of his own, where he is answered."""
    if first.kind in (ArrivalKind.LEFT, ArrivalKind.BACK):
        held = reach.find(session, first.chat)
        if held is None:
            return Handled("ignored:group")
        reach.block(session, moment.now, held, is_gone=first.kind is ArrivalKind.LEFT)
        return Handled(first.kind.value)
    own = reach.find(session, first.user)
    caller = NOBODY if own is None or own.person_id is None else _active(session, own.person_id)
    if first.kind is ArrivalKind.WORDS and (first.is_command or "@" in first.text or first.reply_to):
        return _asked_in_group(session, moment, first, own, caller)
    if first.kind is not ArrivalKind.PRESS:
        return Handled("ignored:group")
    if own is None or caller.role is not Role.ENGINEER:
        return Handled("refused:foreign", answer=sayings.JOIN_HOW)
    return engineers.handle(session, moment, own, caller, [first])


def _asked_in_group(session: Session, moment: Moment, first: Arrival, own: Address | None, caller: Caller) -> Handled:
    if first.text.split()[0].split("@")[0] == "/team":
        if not caller.is_clerk or own is None:
            return Handled("refused:team")
        if "off" in first.text.split()[1:]:
            teams.leave(session, first.chat)
        else:
            teams.join(session, moment.now, first.chat)
        on = teams.is_team(session, first.chat)
        conversations.tell(session, moment.now, own.conversation_id, sayings.TEAM_ON if on else sayings.TEAM_OFF)
        return Handled("team:on" if on else "team:off")
    is_team = teams.is_team(session, first.chat)
    card = "waiting" if is_team else "lead"
    reach.put(session, moment.now, first.chat, {"kind": "card", "card": card})
    if is_team or own is None or caller.role is not Role.ENGINEER:
        return Handled("led:group")
    key = f"tg.{first.chat}.{first.message}"
    return Handled("led:group", (Put(own.conversation_id, "有什么可以接的工单", key, caller),))


def _left(session: Session, moment: Moment, address: Address, first: Arrival, profile: Profile) -> Handled:
    if first.kind is ArrivalKind.LEFT:
        unreachable.shut(session, moment.now, address, profile)
    else:
        reach.block(session, moment.now, address, is_gone=False)
    return Handled(first.kind.value)


def _active(session: Session, person_id: str) -> Caller:
    person = reach.person(session, person_id)
    return people.caller_of(person) if person.active else NOBODY


class _Chat:
    """A private chat while something that came from it is handled."""

    def __init__(self, session: Session, moment: Moment, address: Address, profile: Profile) -> None:
        self._session = session
        self._moment = moment
        self._address = address
        self._profile = profile
        self._caller = NOBODY if address.person_id is None else _active(session, address.person_id)

    @property
    def _talk(self) -> Conversation:
        return talks.conversation(self._session, self._address.conversation_id)

    def handle(self, unit: Sequence[Arrival]) -> Handled:
        """Whatever it is."""
        first = unit[0]
        if first.kind is ArrivalKind.PRESS:
            return self._pressed(first)
        if first.is_command and first.text.split()[0].split("@")[0] == "/start":
            return self._start(first)
        if JOINING in self._address.state and first.kind is ArrivalKind.WORDS and not first.is_command:
            return self._join(first)
        if self._caller.role is Role.ENGINEER:
            return engineers.handle(self._session, self._moment, self._address, self._caller, unit)
        return self._clerk(first, "") or self._firm(unit)

    def _clerk(self, first: Arrival, value: str) -> Handled | None:
        if not self._caller.is_clerk:
            return None
        return clerks.handle(self._session, self._moment, self._address, self._caller, first, value)

    def _tell(self, text: str, *buttons: dict[str, str]) -> None:
        conversations.tell(self._session, self._moment.now, self._address.conversation_id, text, buttons=buttons)

    @property
    def _owndata(self) -> owndata.OwnData:
        return owndata.OwnData(self._session, self._moment, self._address, self._caller, self._profile)

    # --- coming in --------------------------------------------------------------------------------------------------------------------

    def _start(self, first: Arrival) -> Handled:
        _, _, code = first.text.strip().partition(" ")
        if not code.strip():
            if self._caller.role is Role.ENGINEER:
                self._tell(sayings.DESK_HELP)
            else:
                self._tell(sayings.welcome(self._profile), sayings.PERSON.as_json())
            return Handled("start")
        try:
            opens = signing.look(self._session, self._moment.now, code)
            if opens.kind is LinkKind.INVITATION:
                assert opens.role is not None
                self._address.state = {JOINING: people.hash_of(code.strip())}
                self._tell(sayings.invitation(opens.role.value, opens.organisation))
                return Handled("invited")
            person, talk = signing.chat_of(self._session, self._moment, code)
        except (NotFound, Invalid):
            self._tell(sayings.DEAD_CODE)
            return Handled("refused:code")
        self._settle(people.caller_of(person), talk)
        self._tell(sayings.linked(person.name))
        return Handled("linked")

    def _join(self, first: Arrival) -> Handled:
        held = self._address.state[JOINING]
        try:
            with self._session.begin_nested():
                person, _ = signing.accept_held(self._session, self._moment, held, first.text)
        except NotFound as error:
            self._address.state = {}
            self._tell(str(error))
            return Handled("refused:code")
        except Invalid as error:
            self._tell(str(error))
            return Handled("asked:name")
        self._settle(people.caller_of(person), None)
        self._tell(sayings.joined(person.name, person.role.value))
        if person.role is Role.ENGINEER:
            reach.offers_to(self._session, self._moment.now, person.id)
        return Handled("joined")

    def _settle(self, caller: Caller, talk: Conversation | None) -> None:
        """The chat speaks for this person now, in that talk or in one that begins."""
        now = self._moment.now
        if talk is None:
            talk = conversations.begin(
                self._session, now, channel=reach.TELEGRAM, caller=caller, address=self._address.chat
            )
        self._address = reach.settle(self._session, now, self._address.chat, talk, person=caller.person)
        self._caller = caller

    # --- pressing ---------------------------------------------------------------------------------------------------------------------

    def _pressed(self, first: Arrival) -> Handled:
        talk = self._talk
        if (words := letters.clause(self._session, talk, first.text)) is not None:
            conversations.tell(self._session, self._moment.now, talk.id, words)
            return Handled("clause")
        value = letters.pressed(self._session, talk, first.text)
        if self._caller.role is Role.ENGINEER:
            return engineers.handle(
                self._session, self._moment, self._address, self._caller, [first], value=value or first.text
            )
        if (done := self._clerk(first, value or first.text)) is not None:
            return done
        if value is None:
            return Handled("refused:foreign", answer=sayings.FOREIGN)
        if value.startswith(owndata.MY):
            return self._owndata.press(value)
        return self._turn(value, f"tg.{first.chat}.cb.{first.callback}")

    # --- a firm's words ---------------------------------------------------------------------------------------------------------------

    def _firm(self, unit: Sequence[Arrival]) -> Handled:
        first = unit[0]
        if first.kind is ArrivalKind.EDIT:
            return self._edited(first)
        if first.is_command:
            return self._command(first)
        if any(one.media for one in unit):
            return self._with_files(unit)
        if owndata.ASKED in self._address.state and (told := self._owndata.words(first.text)) is not None:
            return told
        words = "\n".join(one.text for one in unit)
        return self._turn(self._quoting(first) + words, f"tg.{first.chat}.{first.message}")

    def _turn(self, text: str, key: str) -> Handled:
        talk = self._talk
        try:
            words = clean_words(text, what="消息")
        except Invalid as error:
            self._tell(str(error))
            return Handled("refused:words")
        reach.last_used(self._session, talk, self._address.chat)
        return Handled(f"turn:{key}", (Put(talk.id, words, key, self._caller),))

    def _quoting(self, first: Arrival) -> str:
        """Which message it answers, for whoever reads it elsewhere."""
        if not first.reply_to or self._talk.owner is not Owner.ENGINEER:
            return ""
        answered = reach.message_at(self._session, self._address.chat, first.reply_to)
        if answered is None or answered.conversation_id != self._address.conversation_id:
            return ""
        return f"（回复“{texts.shortened(answered.text, QUOTED_CHARS)}”）"

    def _edited(self, first: Arrival) -> Handled:
        """What was said reads otherwise now: said again, marked where a person reads it."""
        key = f"tg.{first.chat}.{first.message}"
        talk = self._talk
        before = conversations.said_before(self._session, talk.id, f"{talk.id}:{key}")
        before = before or conversations.said_before(self._session, talk.id, f"{talk.id}:{key}{MARKED}")
        if before is None or before.text == first.text or not first.text.strip():
            return Handled("ignored:edit")
        mark = "（更正）" if talk.owner is Owner.ENGINEER else ""
        return self._turn(mark + first.text, f"{key}.{first.version}")

    def _command(self, first: Arrival) -> Handled:
        name, _, rest = first.text[1:].partition(" ")
        name = name.split("@")[0].lower()
        key = f"tg.{first.chat}.{first.message}"
        if name == "ask" and rest.strip():
            return self._turn(rest, key)
        if name == "profile":
            return self._owndata.show()
        if name == "consent":
            return self._owndata.consents()
        if name in sayings.COMMANDS:
            return self._turn(sayings.COMMANDS[name], key)
        self._tell(sayings.privacy(self._profile) if name == "privacy" else sayings.FIRM_HELP)
        return Handled("told")

    def _with_files(self, unit: Sequence[Arrival]) -> Handled:
        """Kept with the words under them; a person is shown them. What the bot can do nothing with is said."""
        first = unit[0]
        caption = "\n".join(one.text for one in unit if one.text)
        medias = self._fitting([one.media for one in unit if one.media])
        talk = self._talk
        if medias:
            key = f"tg.{first.chat}.{first.message}{MARKED}"
            handled = self._turn(self._quoting(first) + caption or mark([one.kind for one in medias]), key)
            if handled.turns:
                person = self._caller.person
                files.await_far(
                    self._session,
                    self._moment.now,
                    talk.id,
                    medias,
                    key=f"{talk.id}:{key}",
                    sender=Sender.SME,
                    person=person,
                )
            return handled
        return self._turn(caption, f"tg.{first.chat}.{first.message}") if caption else Handled("told")

    def _fitting(self, medias: Sequence[Media]) -> list[Media]:
        """Those that are taken; why the others are not is said."""
        talk = self._talk
        by_person = talk.owner is Owner.ENGINEER
        voice = [one for one in medias if one.kind is MediaKind.VOICE and not by_person]
        large = [one for one in medias if one.size > MAX_BYTES]
        fitting = [one for one in medias if one.kind is not MediaKind.OTHER and one not in voice and one not in large]
        if any(one.kind is MediaKind.OTHER for one in medias):
            self._tell(sayings.NOT_PASSED if by_person else sayings.NO_USE)
        if voice:
            self._tell(sayings.TYPE_PLEASE, sayings.PERSON.as_json())
        for one in large:
            self._tell(too_large(one.size))
        try:
            files.check_room(self._session, talk, adding=len(fitting))
        except Invalid as error:
            self._tell(str(error))
            return []
        return fitting
