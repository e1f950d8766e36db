"""What the doors get to show: plain values in the contract's shape, made from rows that are already read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.models.conversations import Conversation, Message
from bot.models.demands import Demand
from bot.models.files import File
from bot.models.ledger import Entry
from bot.models.people import Organisation, Person
from bot.models.solutions import Solution
from bot.models.tickets import Note, Offer, Rating, Ticket
from bot.rules.conversations import without_private_links
from bot.rules.solutions import without_cases

Json = dict[str, Any]
Ids = Collection[str]


def iso(moment: datetime) -> str:
    """A moment as text, in UTC with milliseconds."""
    return moment.isoformat(timespec="milliseconds")


def iso_or_none(moment: datetime | None) -> str | None:
    """A moment as text, if there is one."""
    return iso(moment) if moment is not None else None


def listing(items: list[Json], following: str | None = None) -> Json:
    """One page of a list; `following` is what to ask the next one with."""
    return {"items": items, "next": following}


def someone(person: Person | None) -> Json | None:
    """A person as others see one."""
    return {"id": person.id, "name": person.name} if person is not None else None


def firm(organisation: Organisation) -> Json:
    """A firm as staff and its engineer see it."""
    return {
        "id": organisation.id,
        "name": organisation.name,
        "region": organisation.region,
        "trade": organisation.trade,
        "verified": organisation.verified,
    }


def ticket(row: Ticket, demand: Demand | None = None) -> Json:
    """A ticket; with its demand also what it is about."""
    shown: Json = {
        "ref": row.ref,
        "state": row.state.value,
        "owner": someone(row.owner),
        "last_owner": someone(row.last_owner),
        "conversation": row.conversation_id,
        "demand": row.demand_ref,
        "urgency": row.urgency.value,
        "due": iso_or_none(row.due_at),
        "due_for": row.due.value if row.due else None,
        "reminded": row.reminded,
        "version": row.version,
        "previous": row.previous_ref,
        "merged_into": row.merged_into,
        "created": iso(row.created_at),
        "claimed": iso_or_none(row.claimed_at),
        "resolved": iso_or_none(row.resolved_at),
        "closed": iso_or_none(row.closed_at),
    }
    return shown if demand is None else shown | about(demand)


def about(row: Demand) -> Json:
    """What a demand is about, for lists."""
    return {"title": row.title, "kind": row.kind.value if row.kind else None, "domain": row.domain.value}


def brief(row: Ticket) -> Json:
    """A ticket as it stands beside a reply; `engineer` is the name of who has it."""
    return {"ref": row.ref, "state": row.state.value, "engineer": row.owner.name if row.owner else None}


def file(row: File) -> Json:
    """A file of a talk."""
    return {"id": row.id, "name": row.name, "media_type": row.media_type, "size": row.size}


def message(
    row: Message, names: Mapping[str, str], *, gone: Ids, addressed: bool = False, files: Sequence[File] = ()
) -> Json:
    """One message of a talk; `name` of the engineer or clerk who wrote it.

    Args:
        gone: Cases that were taken back: no old answer shows them any more.
        addressed: Whether the reader is who the talk is with; nobody else sees the private link in it.
        files: What was sent with it.
    """
    text, answer = _left(row, gone)
    shown: Json = {
        "id": row.id,
        "at": iso(row.at),
        "from": row.sender.value,
        "text": text if addressed else without_private_links(text),
        "label": row.label,
    }
    name = names.get(row.person_id or "")
    sent = [
        {
            **file(one),
            "kind": one.kind.value,
            "state": one.state.value,
            "href": f"/api/v1/conversations/{row.conversation_id}/files/{one.id}",
        }
        for one in files
    ]
    return shown | _more(row, answer) | ({"name": name} if name else {}) | ({"files": sent} if sent else {})


def reply(row: Message, *, gone: Ids) -> Json:
    """One reply of a turn."""
    text, answer = _left(row, gone)
    return {"id": row.id, "at": iso(row.at), "text": text, "label": row.label, **_more(row, answer)}


def last_word(row: Message, *, gone: Ids, max_chars: int) -> Json:
    """The beginning of a message, for lists."""
    text, _ = _left(row, gone)
    return {"id": row.id, "from": row.sender.value, "text": without_private_links(text)[:max_chars]}


def _left(row: Message, gone: Ids) -> tuple[str, Json | None]:
    return (row.text, None) if row.answer is None else without_cases(row.text, row.answer, gone)


def _more(row: Message, answer: Json | None) -> Json:
    more: Json = {"kind": row.kind.value} if row.kind else {}
    if answer is not None:
        more["answer"] = answer
    if row.buttons:
        more["buttons"] = row.buttons
    return more


def standing(conversation: Conversation, row: Ticket | None) -> Json:
    """Who speaks in a conversation, and the ticket that it is about."""
    return {"owner": conversation.owner.value, **({"ticket": brief(row)} if row is not None else {})}


def offer(row: Offer, of: Ticket, demand: Demand) -> Json:
    """An invitation to a ticket, as its engineer sees it."""
    return {"id": row.id, "why": row.why, "created": iso(row.created_at), "ticket": ticket(of, demand)}


def invitation(row: Offer, engineer: Person) -> Json:
    """Who was invited and why, in words and figures, and what he answered: for staff."""
    figures = dict(row.figures or {})
    figures.pop("since", None)
    return {
        "id": row.id,
        "engineer": someone(engineer),
        "wave": figures.pop("wave", None),
        "why": row.why,
        "figures": figures,
        "created": iso(row.created_at),
        "declined": iso_or_none(row.declined_at),
        "reason": row.decline_reason,
    }


def demand(row: Demand, organisation: str, of: Ticket | None) -> Json:
    """A demand of the pool, for staff."""
    return {
        "ref": row.ref,
        "state": row.state.value,
        **about(row),
        "urgency": row.urgency.value,
        "organisation": {"id": row.organisation_id, "name": organisation},
        "text": row.text,
        "facts": row.facts,
        "conversation": row.conversation_id,
        "ticket": brief(of) if of is not None else None,
        "merged_into": row.merged_into,
        "created": iso(row.created_at),
        "updated": iso(row.updated_at),
    }


def note(row: Note, names: Mapping[str, str]) -> Json:
    """An internal note."""
    return {"id": row.id, "at": iso(row.at), "by": names.get(row.person_id, ""), "text": row.text}


def rating(row: Rating | None) -> Json | None:
    """What the firm said of a case."""
    return {"rating": row.rating, "comment": row.comment, "at": iso(row.at)} if row is not None else None


def solution(row: Solution | None) -> Json | None:
    """A ticket's solution in its engineer's words."""
    return {"id": row.id, "state": row.state.value, **row.original} if row is not None else None


def entry(row: Entry) -> Json:
    """One event of the ledger."""
    return {
        "seq": row.seq,
        "at": iso(row.at),
        "actor": row.actor,
        "event": row.event,
        "subject": row.subject,
        "data": row.data,
        "hash": row.hash,
    }
