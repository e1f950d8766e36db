"""What a far chat is to see: looked up when it is sent, so that what was deleted or taken back meanwhile is not sent at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models.channels import Address
from bot.models.conversations import Conversation, Message
from bot.models.demands import Demand
from bot.models.files import File, FileState
from bot.models.people import Organisation, Person
from bot.models.solutions import Solution
from bot.models.tickets import Offer, Ticket
from bot.models.work import Outbound
from bot.rules import cards
from bot.rules.arrivals import MediaKind
from bot.rules.conversations import Sender, without_private_links
from bot.rules.files import is_mark
from bot.rules.intake import ATTACHED, URGENCY_NAMES, Fact
from bot.rules.outbox import Delivery
from bot.rules.packet import Packet, packet
from bot.rules.people import CLERKS, Caller
from bot.rules.solutions import FIELDS, FINDING_WORDS, SolutionState, without_cases
from bot.rules.tickets import OPEN, OWNED, TicketState
from bot.rules.triage import Demand as DemandKind
from bot.services import figures, files, people, reach, solutions, teams
from corpora.personal import find

HIDDEN = "［接单后可见］"
WHO = {Sender.ENGINEER: "工程师", Sender.STAFF: "中心工作人员"}


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes along: by the name that the channel has for it, else by its bytes, which lie under `sha256`."""

    kind: MediaKind
    name: str = ""
    far_id: str = ""
    sha256: str = ""
    content: bytes = b""  # once they have been looked up


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to a chat. `label`: who speaks, or that a machine does; `header`: the case it belongs to; `buttons`: what stands on
    each and what comes back when it is pressed; `edits`: the far id of what it takes the place of; `reacts_to`: the far id of what the
    text, a sign, is set under; `topic`: the name of one that is opened."""

    text: str
    label: str | None = None
    header: str | None = None
    buttons: tuple[tuple[str, str], ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    edits: str | None = None
    reacts_to: str | None = None
    topic: str | None = None


def letter(session: Session, lane: str, payload: Mapping[str, Any]) -> Letter | None:
    """What this lane, a chat or a topic of it, is to see; None where it is not to see it (any more)."""
    chat, _, topic = lane.partition(":")
    if payload.get("kind") == "topic":
        return _topic(session, chat, payload["ticket"])
    if payload.get("kind") == "mark":
        return Letter(cards.MARKS[Delivery(payload["state"])], reacts_to=payload["message"])
    if payload.get("kind") == "message":
        return _message(session, chat, topic, payload)
    if payload.get("kind") == "card":
        return _card(session, chat, payload)
    if payload.get("kind") == "file":
        return _file(session, chat, payload)
    return None


@dataclass(frozen=True, slots=True)
class Search:
    """Cases like this one are to be looked for, as somebody who may see them."""

    text: str
    heading: str
    caller: Caller


def search_of(session: Session, lane: str, payload: Mapping[str, Any]) -> Search | None:
    """What has to be looked for before the letter can be written, while the case is still his; None where nothing has."""
    if payload.get("card") != "similar":
        return None
    address = reach.find(session, lane.partition(":")[0])
    ticket = session.scalars(select(Ticket).where(Ticket.ref == payload["ticket"])).one_or_none()
    if address is None or ticket is None or address.person_id is None or ticket.owner_id != address.person_id:
        return None
    demand = session.scalars(select(Demand).where(Demand.ref == ticket.demand_ref)).one()
    caller = people.caller_of(session.get_one(Person, address.person_id))
    return Search(demand.text or demand.title, heading(session, ticket), caller)


# --- what was said --------------------------------------------------------------------------------------------------------------------


def _message(session: Session, chat: str, topic: str, payload: Mapping[str, Any]) -> Letter | None:
    message = session.get(Message, payload["message"])
    if message is None or not message.text:
        return None
    if "ticket" in payload:
        return _relayed(session, chat, topic, message, payload["ticket"])
    address = reach.find(session, chat)
    if address is None or address.conversation_id != message.conversation_id:
        return None
    text, answer = message.text, message.answer
    if answer is not None:
        text, answer = without_cases(text, answer, solutions.withdrawn(session, [message]))
    text = without_private_links(text)
    shown = text if answer is None else cards.answer(text, answer)
    buttons = [(one["label"], cards.button_data(message.id, place)) for place, one in enumerate(message.buttons)]
    if answer is not None and text == answer["answer"]:
        buttons = [*cards.clauses(message.id, answer), *buttons]
    enclosed = _enclosed(session, message)
    return Letter(
        "" if enclosed and is_mark(shown) else shown,
        _label(session, message),
        None,
        tuple(buttons),
        enclosures=enclosed,
    )


def _enclosed(session: Session, message: Message) -> tuple[Enclosure, ...]:
    """The files of a message that go with it; others follow by themselves once they are here."""
    return tuple(
        _enclosure(file)
        for file in files.of_message(session, message.id)
        if not files.is_apart(file) and (file.far_id or file.state is FileState.KEPT)
    )


def _enclosure(file: File) -> Enclosure:
    kind = MediaKind.PHOTO if file.media_type.startswith("image/") else file.kind
    by_name = file.far_id and not files.is_apart(file)
    return Enclosure(kind, file.name, file.far_id if by_name else "", "" if by_name else file.sha256 or "")


def _label(session: Session, message: Message) -> str | None:
    if message.sender not in WHO:
        return message.label
    name = session.scalars(select(Person.name).where(Person.id == message.person_id)).one_or_none() or ""
    return f"{WHO[message.sender]} {name}".strip()


def _topic(session: Session, chat: str, ref: str) -> Letter | None:
    """The name of a case's topic, while the case is his."""
    ticket = session.scalars(select(Ticket).where(Ticket.ref == ref)).one_or_none()
    address = reach.find(session, chat)
    if ticket is None or address is None or address.person_id is None or ticket.owner_id != address.person_id:
        return None
    return Letter("", topic=cards.topic(heading(session, ticket)))


def _relayed(session: Session, chat: str, topic: str, message: Message, ref: str) -> Letter | None:
    """A firm's words for its engineer; nobody else, and not once the case is another's."""
    ticket = session.scalars(select(Ticket).where(Ticket.ref == ref)).one_or_none()
    address = session.get(Address, (reach.TELEGRAM, chat))
    if ticket is None or address is None or address.person_id is None or ticket.owner_id != address.person_id:
        return None
    aside = not topic and address.ticket_ref != ref
    buttons = (("回这家", cards.data(cards.Act.CASE, ref)),) if aside else ()
    label = _label(session, message) if message.sender is Sender.STAFF else None
    enclosed = _enclosed(session, message)
    text = "" if enclosed and is_mark(message.text) else message.text
    return Letter(text, label, heading(session, ticket), buttons, enclosures=enclosed)


def _file(session: Session, chat: str, payload: Mapping[str, Any]) -> Letter | None:
    """A file that came from the other side's chat and has been looked at since."""
    file = files.by_id(session, payload["file"])
    message = session.get(Message, file.message_id) if file is not None and file.message_id else None
    address = reach.find(session, chat)
    if file is None or message is None or file.state is not FileState.KEPT:
        return None
    enclosed = (_enclosure(file),)
    if "ticket" not in payload:
        if address is None or address.conversation_id != file.conversation_id:
            return None
        return Letter("", _label(session, message), enclosures=enclosed)
    ticket = session.scalars(select(Ticket).where(Ticket.ref == payload["ticket"])).one_or_none()
    if ticket is None or address is None or address.person_id is None or ticket.owner_id != address.person_id:
        return None
    return Letter("", header=heading(session, ticket), enclosures=enclosed)


def heading(session: Session, ticket: Ticket) -> str:
    """The case and its firm, as they stand above everything that belongs to them."""
    firm = session.get_one(Organisation, ticket.organisation_id).name
    return cards.heading(ticket.ref, firm)


# --- cards ----------------------------------------------------------------------------------------------------------------------------


def _card(session: Session, chat: str, payload: Mapping[str, Any]) -> Letter | None:
    if payload.get("card") == "lead":
        return Letter(cards.LEAD)
    if payload.get("card") == "farewell":
        return Letter(cards.FAREWELL)
    if payload.get("card") in ("pool", "waiting"):
        return _of_team(session, chat, payload)
    address = reach.find(session, chat)
    if address is None or address.person_id is None:
        return None
    person = session.get_one(Person, address.person_id)
    if not person.active:
        return None
    match payload.get("card"):
        case "offer":
            return _offer(session, person, payload["offer"])
        case "topic":
            return _begun(session, person, payload["ticket"])
        case "blocked":
            return _blocked(session, person, payload["ticket"])
        case "unreachable":
            return _unreachable(session, person, payload["ticket"])
        case "undelivered":
            return _undelivered(session, person, int(payload["outbox"]))
        case "late":
            return _late(session, person, payload["ticket"])
        case "moved":
            return _moved(session, person, payload["ticket"], payload["state"])
        case "review":
            return _review(session, person, payload["solution"])
        case "solution":
            return _solution(session, person, payload["solution"])
        case "figures":
            return _figures(session, person, payload["day"], payload["at"])
        case _:
            return None


def _begun(session: Session, person: Person, ref: str) -> Letter | None:
    """The first message of a case's topic: what is said here goes to its firm."""
    ticket = session.scalars(select(Ticket).where(Ticket.ref == ref, Ticket.owner_id == person.id)).one_or_none()
    if ticket is None:
        return None
    return Letter(cards.IN_TOPIC, header=heading(session, ticket), buttons=cards.tools(ref))


def _offer(session: Session, person: Person, offer_id: str) -> Letter | None:
    offer = session.get(Offer, offer_id)
    if offer is None or offer.person_id != person.id or offer.declined_at is not None:
        return None
    ticket = session.scalars(select(Ticket).where(Ticket.ref == offer.ticket_ref)).one()
    if ticket.state is not TicketState.OFFERED:
        return None
    demand = session.scalars(select(Demand).where(Demand.ref == ticket.demand_ref)).one()
    facts = {
        code: Fact(code, told["value"], told["message"])
        for code, told in demand.facts.items()
        if code not in ("contact", ATTACHED)
    }
    photos = files.photos_of(session, ticket)
    made = packet(facts, demand.kind or DemandKind.PROBLEM, demand.domain, demand.urgency, photos=photos)
    firm = session.get_one(Organisation, ticket.organisation_id)
    text = cards.offer(
        ticket.ref, demand.title, made, region=firm.region, since=ticket.created_at, due=ticket.due_at, why=offer.why
    )
    return Letter(
        _without_numbers(text),
        buttons=(("接单", cards.data(cards.Act.CLAIM, ticket.ref)), ("不接", cards.data(cards.Act.PASS, offer.id))),
    )


def _of_team(session: Session, chat: str, payload: Mapping[str, Any]) -> Letter | None:
    """In a group: no firm, no name of one, no number."""
    if not teams.is_team(session, chat):
        return None
    if payload["card"] == "waiting":
        found = teams.waiting(session)
        lines = [f"{ticket.ref}：{_title(session, ticket)}（{URGENCY_NAMES[ticket.urgency]}）" for ticket in found]
        buttons = tuple((f"接 {ticket.ref}", cards.data(cards.Act.CLAIM, ticket.ref)) for ticket in found)
        return Letter(_without_numbers(cards.waiting(lines)), buttons=buttons)
    ticket = session.scalars(select(Ticket).where(Ticket.ref == payload["ticket"])).one()
    is_offered = ticket.state is TicketState.OFFERED
    edits = None
    if "of" in payload:
        posted = session.get(Outbound, int(payload["of"]))
        if posted is None or not posted.far_id:
            return None
        edits = posted.far_id.split()[0]
    elif not is_offered:
        return None
    demand = session.scalars(select(Demand).where(Demand.ref == ticket.demand_ref)).one()
    firm = session.get_one(Organisation, ticket.organisation_id)
    text = cards.pooled(
        ticket.ref,
        demand.title,
        _told(demand),
        region=firm.region,
        state=ticket.state,
        engineer=ticket.owner.name if ticket.owner else "",
    )
    buttons = (("接单", cards.data(cards.Act.CLAIM, ticket.ref)),) if is_offered else ()
    return Letter(_without_numbers(text), buttons=buttons, edits=edits)


def _title(session: Session, ticket: Ticket) -> str:
    return session.scalars(select(Demand.title).where(Demand.ref == ticket.demand_ref)).one()


def _told(demand: Demand) -> Packet:
    """What is known of a case, without how to reach its firm."""
    facts = {
        code: Fact(code, told["value"], told["message"]) for code, told in demand.facts.items() if code != "contact"
    }
    return packet(facts, demand.kind or DemandKind.PROBLEM, demand.domain, demand.urgency)


def _review(session: Session, person: Person, id: str) -> Letter | None:
    solution = session.get(Solution, id)
    if solution is None or solution.state is not SolutionState.REVIEW or not _is_clerk(person):
        return None
    seen = solutions.look(session, solution)
    shared = solution.shared or {}
    blocking = [FINDING_WORDS[remark.kind] for remark in seen.remarks if remark.blocks]
    text = cards.review(
        shared.get("title", ""),
        solution.domain,
        seen.names.get(solution.author_id, ""),
        {name: str(shared.get(field, "")) for field, name in FIELDS.items()},
        list(dict.fromkeys(blocking)),
    )
    acts = {"通过": cards.Act.APPROVE, "撤下": cards.Act.RETRACT, "看全文": cards.Act.PAGE}
    return Letter(text, buttons=tuple((label, cards.data(act, id)) for label, act in acts.items()))


def _solution(session: Session, person: Person, id: str) -> Letter | None:
    solution = session.get(Solution, id)
    if solution is None or solution.shared is None or not _is_clerk(person):
        return None
    told = [f"【{name}】{solution.shared[field]}" for field, name in FIELDS.items() if solution.shared.get(field)]
    page = f"在控制台改：/console/solutions/{id}"
    return Letter("\n".join([f"公开稿：{solution.shared.get('title', '')}", *told, page]))


def _figures(session: Session, person: Person, day: str, at: str) -> Letter | None:
    if not _is_clerk(person):
        return None
    of, now = date.fromisoformat(day), datetime.fromisoformat(at)
    return Letter(cards.figures(of, now, figures.of_day(session, of, now)))


def _late(session: Session, person: Person, ref: str) -> Letter | None:
    ticket = session.scalars(select(Ticket).where(Ticket.ref == ref)).one_or_none()
    if ticket is None or ticket.state not in OPEN or not _is_clerk(person):
        return None
    demand = session.scalars(select(Demand).where(Demand.ref == ticket.demand_ref)).one()
    return Letter(cards.late(ref, demand.title, ticket.state, ticket.owner.name if ticket.owner else "", ticket.due))


def _undelivered(session: Session, person: Person, outbox_id: int) -> Letter | None:
    row = session.get_one(Outbound, outbox_id)
    message = session.get(Message, row.message_id) if row.message_id else None
    if message is None or not message.text or message.person_id != person.id:
        return None
    if row.state not in (Delivery.FAILED, Delivery.UNKNOWN):
        return None
    talk = session.get_one(Conversation, message.conversation_id)
    ticket = session.scalars(select(Ticket).where(Ticket.ref == talk.ticket_ref)).one_or_none()
    return Letter(
        cards.undelivered(message.text, row.problem, is_unknown=row.state is Delivery.UNKNOWN),
        header=heading(session, ticket) if ticket is not None else None,
        buttons=(("再发一次", cards.data(cards.Act.AGAIN, str(outbox_id))),),
    )


def _blocked(session: Session, person: Person, ref: str) -> Letter | None:
    ticket = session.scalars(select(Ticket).where(Ticket.ref == ref, Ticket.owner_id == person.id)).one_or_none()
    if ticket is None:
        return None
    phone = session.scalars(select(Person.phone).where(Person.id == ticket.person_id)).one_or_none()
    return Letter(cards.blocked(phone), header=heading(session, ticket))


def _unreachable(session: Session, person: Person, ref: str) -> Letter | None:
    ticket = session.scalars(select(Ticket).where(Ticket.ref == ref)).one_or_none()
    if ticket is None or ticket.owner is None or not _is_clerk(person):
        return None
    return Letter(cards.unreachable(ticket.owner.name), header=heading(session, ticket))


def _moved(session: Session, person: Person, ref: str, state: str) -> Letter | None:
    ticket = session.scalars(select(Ticket).where(Ticket.ref == ref)).one_or_none()
    if ticket is None or ticket.state.value != state:
        return None
    if ticket.last_owner_id != person.id:
        return None
    mine = ticket.state in OWNED and ticket.owner_id == person.id
    buttons = (("去处理", cards.data(cards.Act.CASE, ref)),) if mine else ()
    return Letter(cards.moved(ticket.state, ticket.reason), header=heading(session, ticket), buttons=buttons)


def _is_clerk(person: Person) -> bool:
    return person.role in CLERKS


def _without_numbers(text: str) -> str:
    for start, end in reversed(find(text)):
        text = text[:start] + HIDDEN + text[end:]
    return text


# --- buttons --------------------------------------------------------------------------------------------------------------------------


def pressed(session: Session, talk: Conversation, data: str) -> str | None:
    """The value of a button that stands under a message of this talk; None where it is none of this talk's."""
    found = cards.read_button(data)
    if found is None:
        return None
    message = session.get(Message, found.message)
    if message is None or message.conversation_id != talk.id or found.place >= len(message.buttons):
        return None
    return str(message.buttons[found.place]["value"])


def clause(session: Session, talk: Conversation, data: str) -> str | None:
    """The whole clause that a button under an answer of this talk promises; None where there is none."""
    found = cards.read_clause(data)
    if found is None:
        return None
    message = session.get(Message, found.message)
    if message is None or message.conversation_id != talk.id or message.answer is None:
        return None
    _, answer = without_cases(message.text, message.answer, solutions.withdrawn(session, [message]))
    cited = next((one for one in answer["citations"] if one["n"] == found.place), None)
    return None if cited is None else cards.whole_clause(cited)
