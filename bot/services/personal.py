"""What is kept about one person: all of it as plain values, and the forgetting of it.

A deleted person's row stays, emptied, because cases and the ledger refer to it. The ledger holds digests alone.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, literal, not_, or_, select, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from bot.models.answers import Complaint, GivenAnswer
from bot.models.channels import Address
from bot.models.conversations import Conversation, Message
from bot.models.demands import Demand
from bot.models.files import File
from bot.models.ledger import Entry
from bot.models.packages import Application
from bot.models.people import Block, Consent, Link, Login, Organisation, Person, Plan, Timetable
from bot.models.pool import View
from bot.models.solutions import Solution
from bot.models.tickets import Note, Offer, Rating, Ticket, Touch
from bot.models.work import FORGOTTEN as FORGOTTEN_UPDATE
from bot.models.work import Handling, Inbound, Job, Outbound
from bot.rules import solutions as rules
from bot.rules.conversations import Sender
from bot.rules.outbox import Delivery
from bot.rules.people import Caller
from bot.rules.tickets import OPEN
from bot.services import clusters, conversations, files, ledger, packages, people, reach, solutions, tickets, timetables
from bot.services.moment import Moment

Values = dict[str, Any]
FORGOTTEN = "（已注销）"
FORMAT = 1  # of the export
REWRITE = "rewrite_records"  # a job


# --- everything about a person --------------------------------------------------------------------------------------------------------


def export(session: Session, now: datetime, person: Person, *, caller: Caller) -> Values:
    """Everything that is kept about a person, as JSON values; that it was read is on record.

    Returns:
        account, consents, logins, links, chats, conversations, messages, answers (what was asked outside talks, and what was said of any),
        complaints, files (read each at its address in the talk), tickets, demands, ratings, notes, solutions, events: lists in order of time, moments in ISO 8601. Secrets and the words of
        others in the person's talks are not in it.
    """
    firm = person.organisation
    talks = session.scalars(_talks(person).order_by(Conversation.created_at)).all()
    own = Message.person_id == person.id
    mine = or_(own, Message.conversation_id.in_([talk.id for talk in talks]) & (Message.sender == Sender.SME))
    ledger.append(session, at=now, event="person.exported", subject=ledger.digest(person.id), caller=caller)
    return {
        "format": FORMAT,
        "at": _iso(now),
        "account": {
            "id": person.id,
            "role": person.role.value,
            "name": person.name,
            "phone": person.phone,
            "organisation": _firm(firm) if firm else None,
            "skills": list(person.skills),
            "capacity": person.capacity,
            "active": person.active,
            "since": _iso(person.created_at),
        },
        "consents": _rows(
            session,
            select(Consent).where(Consent.person_id == person.id).order_by(Consent.id),
            "scope subject given at",
        ),
        "logins": _rows(
            session,
            select(Login).where(Login.person_id == person.id).order_by(Login.created_at),
            "created_at expires_at",
        ),
        "links": _rows(
            session,
            select(Link).where(Link.person_id == person.id).order_by(Link.created_at),
            "kind conversation_id created_at expires_at used_at",
        ),
        "chats": _rows(
            session,
            select(Address).where(Address.person_id == person.id).order_by(Address.channel, Address.chat),
            "channel chat created_at",
        ),
        "conversations": [_values(talk, "id channel created_at updated_at state") for talk in talks],
        "messages": _rows(
            session,
            select(Message).where(mine).order_by(Message.at, Message.conversation_id, Message.seq),
            "id conversation_id at sender text",
        ),
        "answers": _rows(
            session,
            select(GivenAnswer)
            .where(
                or_(
                    _answers(person), _of_talks(GivenAnswer.conversation_id, person) & GivenAnswer.rated_at.is_not(None)
                )
            )
            .order_by(GivenAnswer.number),
            "id at question prev answer useful comment rated_at",
        ),
        "complaints": _rows(
            session,
            select(Complaint).where(Complaint.person_id == person.id).order_by(Complaint.number),
            "id at text contact handled_at",
        ),
        "files": _rows(
            session,
            select(File)
            .where(
                or_(File.person_id == person.id, _of_talks(File.conversation_id, person) & (File.sender == Sender.SME))
            )
            .order_by(File.created_at, File.place),
            "id conversation_id message_id created_at name media_type size sha256",
        ),
        "tickets": _rows(
            session,
            select(Ticket).where(_cases(person)).order_by(Ticket.number),
            "ref state urgency conversation_id demand_ref reason created_at claimed_at resolved_at closed_at",
        ),
        "demands": _rows(
            session,
            select(Demand).where(_of_talks(Demand.conversation_id, person)).order_by(Demand.number),
            "ref state kind domain urgency title text facts created_at",
        ),
        "applications": _rows(
            session,
            select(Application).where(Application.person_id == person.id).order_by(Application.created_at),
            "package_ref name organisation contact proposal price time consented_at created_at",
        ),
        "views": _rows(
            session,
            select(View).where(View.person_id == person.id).order_by(View.created_at),
            "name filters created_at",
        ),
        "ratings": _rows(
            session,
            select(Rating).where(Rating.person_id == person.id).order_by(Rating.at),
            "ticket_ref rating comment at",
        ),
        "notes": _rows(
            session, select(Note).where(Note.person_id == person.id).order_by(Note.id), "ticket_ref text at"
        ),
        "solutions": _rows(
            session,
            select(Solution).where(Solution.author_id == person.id).order_by(Solution.created_at),
            "id ticket_ref state title original created_at",
        ),
        "hours": _rows(
            session,
            select(Timetable).where(Timetable.person_id == person.id),
            "week place languages busy_until updated_at",
        ),
        "plans": _rows(
            session,
            select(Plan).where(Plan.person_id == person.id).order_by(Plan.first),
            "first last shifts place note created_at",
        ),
        "offers": _rows(
            session,
            select(Offer).where(Offer.person_id == person.id).order_by(Offer.created_at, Offer.id),
            "ticket_ref why figures created_at declined_at decline_reason declined_for",
        ),
        "events": _rows(
            session,
            select(Entry)
            .where(or_(Entry.actor == ledger.digest(person.id), Entry.subject == ledger.digest(person.id)))
            .order_by(Entry.seq),
            "seq at event subject data",
        ),
    }


def _firm(firm: Organisation) -> Values:
    return {
        "id": firm.id,
        "name": firm.name,
        "verified": firm.verified,
        "region": firm.region,
        "trade": firm.trade,
    }


def _rows(session: Session, query: Select[Any], names: str) -> list[Values]:
    return [_values(row, names) for row in session.scalars(query)]


def _values(row: object, names: str) -> Values:
    return {name: _plain(getattr(row, name)) for name in names.split()}


def _plain(value: Any) -> Any:
    return _iso(value) if isinstance(value, datetime) else value


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _talks(person: Person) -> Select[Conversation]:
    return select(Conversation).where(Conversation.person_id == person.id)


def _answers(person: Person) -> ColumnElement[bool]:
    return GivenAnswer.person_id == person.id


def _of_talks(column: Any, person: Person) -> ColumnElement[bool]:
    return column.in_(select(Conversation.id).where(Conversation.person_id == person.id))  # type: ignore[no-any-return]


def _cases(person: Person) -> ColumnElement[bool]:
    return or_(Ticket.person_id == person.id, _of_talks(Ticket.conversation_id, person))


# --- forgetting a person --------------------------------------------------------------------------------------------------------------


def delete(session: Session, moment: Moment, person: Person, *, caller: Caller) -> None:
    """Forget a person. What he wrote, in talks, demands, notes and ratings, is emptied; his name in what others were told is replaced.

    A firm's open cases end, its shared cases are retracted; an engineer's open cases go back to the pool. What is written in his name at
    this very moment is either found here or not kept (`people.is_forgotten`). On SQLite call `Records.forget` once the transaction is
    kept: until then the old pages are still in the write-ahead log.

    Raises:
        NotFound: somebody else was faster.
    """
    # Talks before people, as everywhere: who takes both in another order may be made to start again.
    for conversation in _around(session, person):
        conversations.lock(session, conversation)
    people.hold(session, person.id)
    people.close_account(session, moment, person, caller=caller)
    _end_cases(session, moment, person, caller=caller)
    names = _names_of(session, person)
    around = _around(session, person)
    files.forget(session, moment.now, person)
    clusters.forget(session, person)
    packages.forget(session, moment.now, person)
    _empty_talks(session, person)
    _empty_writings(session, person)
    _replace(session, around, names)
    for scope, subject in session.execute(
        select(Consent.scope, Consent.subject).where(Consent.person_id == person.id).distinct()
    ).all():
        people.take_back(session, moment.now, person.id, scope, caller=caller, subject=subject)
    _empty_account(session, moment.now, person)
    ledger.append(session, at=moment.now, event="person.deleted", subject=ledger.digest(person.id), caller=caller)
    for conversation in around:
        conversations.touched(session, conversation)
    conversations.touched(session, people.PEOPLE)


def rewrite(session: Session, now: datetime) -> None:
    """Have the old pages cleared from the disk once this transaction is kept; a job, for who cannot do it himself."""
    session.add(Job(kind=REWRITE, subject="", created_at=now))


def _end_cases(session: Session, moment: Moment, person: Person, *, caller: Caller) -> None:
    cases = session.scalars(select(Ticket).where(_cases(person)).order_by(Ticket.number)).all()
    for ticket in cases:
        if ticket.state in OPEN:
            tickets.cancel(session, moment, ticket, "账号已注销", caller=caller)
        if any(solution.shared for solution in _solutions(session, ticket)):
            solutions.consent(session, moment, ticket.ref, False, caller=people.caller_of(person))
        _take_out(session, [solution.id for solution in _solutions(session, ticket)])
        session.execute(
            update(Solution)
            .where(Solution.ticket_ref == ticket.ref)
            .values(title="", original={}, shared=None)
            .execution_options(synchronize_session="fetch")
        )


def _take_out(session: Session, cases: list[str]) -> None:
    """Take these cases out of what others were answered with."""
    for case in cases:
        named = cast(Message.answer, String).contains(case, autoescape=True)
        for message in session.scalars(select(Message).where(Message.answer.is_not(None), named)):
            assert message.answer is not None
            message.text, message.answer = rules.without_cases(message.text, message.answer, cases)
        kept = cast(GivenAnswer.answer, String).contains(case, autoescape=True)
        for row in session.scalars(select(GivenAnswer).where(GivenAnswer.answer.is_not(None), kept)):
            assert row.answer is not None
            row.answer = rules.without_cases(row.answer["answer"], row.answer, cases)[1]
    session.flush()


def _solutions(session: Session, ticket: Ticket) -> list[Solution]:
    return list(session.scalars(select(Solution).where(Solution.ticket_ref == ticket.ref)))


def _names_of(session: Session, person: Person) -> list[str]:
    """The words that others may have been told about him, the longest first."""
    words = {person.name, person.phone or "", "".join(char for char in person.phone or "" if char.isdigit())}
    firm = person.organisation
    if firm is not None and _is_last_of(session, person, firm):
        words.add(firm.name)
    # One character stands in too many other words.
    return sorted((word for word in words if len(word) > 1), key=len, reverse=True)


def _is_last_of(session: Session, person: Person, firm: Organisation) -> bool:
    """Whether nothing of an unverified firm is left without him: then its name, often a person's, goes with him."""
    others = select(Person.id).where(
        Person.organisation_id == firm.id, Person.id != person.id, Person.deleted_at.is_(None)
    )
    return not firm.verified and session.scalars(others.limit(1)).first() is None


def _around(session: Session, person: Person) -> list[str]:
    """The conversations in which he spoke or was spoken of."""
    touched = select(Ticket.conversation_id).join(Touch, Touch.ticket_ref == Ticket.ref)
    return sorted(
        {
            *session.scalars(select(Conversation.id).where(Conversation.person_id == person.id)),
            *session.scalars(select(Message.conversation_id).where(Message.person_id == person.id).distinct()),
            *session.scalars(touched.where(Touch.person_id == person.id)),
            *session.scalars(select(Ticket.conversation_id).where(_cases(person))),
        }
    )


def _empty_talks(session: Session, person: Person) -> None:
    """His own talks, whoever spoke in them, for answers and solutions repeat what was said; a colleague's own words stay."""
    talk = _of_talks(Message.conversation_id, person)
    colleagues = Message.person_id.is_not(None) & (Message.person_id != person.id) & (Message.sender == Sender.SME)
    spoken = or_(Message.person_id == person.id, talk & not_(colleagues))
    # A client's own key is a text of his, too; an update is called by it.
    nameless = literal(FORGOTTEN_UPDATE) + cast(Inbound.id, String)
    keys = select(Message.client_key).where(Message.person_id == person.id, Message.client_key.is_not(None))
    _set(session, update(Inbound).where(Inbound.update_id.in_(keys)).values(update_id=nameless))
    _set(session, update(Message).where(spoken).values(text="", answer=None, buttons=[], client_key=None))
    sent = select(Message.id).where(spoken)
    waiting = [Delivery.QUEUED, Delivery.FAILED]
    going = Outbound.message_id.in_(sent)
    _set(session, update(Outbound).where(going, Outbound.state.in_(waiting)).values(state=Delivery.CANCELLED))
    _set(session, update(Outbound).where(going).values(payload={}, problem=""))
    _set(
        session,
        update(Inbound)
        .where(_of_talks(Inbound.lane, person), Inbound.state == Handling.WAITING)
        .values(state=Handling.DEAD),
    )
    _set(session, update(Inbound).where(_of_talks(Inbound.lane, person)).values(payload={}, update_id=nameless))
    # What waits or could not be handled names who sent it, in whosever talk.
    for row in session.scalars(select(Inbound).where(Inbound.state != Handling.DONE)):
        if person.id in json.dumps(row.payload):
            row.payload, row.state, row.update_id = {}, Handling.DEAD, f"{FORGOTTEN_UPDATE}{row.id}"
    session.flush()
    _set(
        session,
        update(Demand).where(_of_talks(Demand.conversation_id, person)).values(title="", text="", facts={}),
    )
    # A slow answer that is still being thought about finds another version and is not written.
    _set(
        session,
        update(Conversation)
        .where(Conversation.person_id == person.id)
        .values(state={}, address="", version=Conversation.version + 1),
    )


def _empty_writings(session: Session, person: Person) -> None:
    cases = select(Ticket.ref).where(_cases(person))
    _set(session, update(Note).where(or_(Note.person_id == person.id, Note.ticket_ref.in_(cases))).values(text=""))
    _set(session, update(Rating).where(Rating.person_id == person.id).values(comment=""))
    _set(
        session,
        update(Offer)
        .where(Offer.person_id == person.id)
        .values(decline_reason="", why="", figures=None, declined_for=None),
    )
    _set(session, update(Ticket).where(_cases(person)).values(reason=""))
    asked = or_(_answers(person), _of_talks(GivenAnswer.conversation_id, person))
    _set(session, update(GivenAnswer).where(asked).values(question="", prev=[], answer=None, comment=""))
    _set(session, update(Complaint).where(Complaint.person_id == person.id).values(text="", contact=""))


def _empty_account(session: Session, now: datetime, person: Person) -> None:
    firm = person.organisation
    if firm is not None and _is_last_of(session, person, firm):
        firm.name, firm.region, firm.trade = "", None, None
        session.execute(delete_rows(Block).where(Block.organisation_id == firm.id))
    session.execute(delete_rows(Block).where(Block.against == person.id))
    timetables.forget(session, person.id)
    session.execute(delete_rows(Link).where(Link.person_id == person.id))
    session.execute(delete_rows(Login).where(Login.person_id == person.id))
    reach.forget(session, person.id)
    person.name, person.phone, person.token_hash = "", None, None
    person.skills, person.capacity = [], None
    person.active, person.deleted_at = False, now
    session.flush()


def _replace(session: Session, around: list[str], names: list[str]) -> None:
    """Put a placeholder where others' words name him."""
    if not names:
        return
    cases = [row.ref for row in session.scalars(select(Ticket).where(Ticket.conversation_id.in_(around)))]
    for query, columns in (
        (select(Message).where(Message.conversation_id.in_(around)), ("text", "answer", "buttons")),
        (select(Conversation).where(Conversation.id.in_(around)), ("state",)),
        (select(Demand).where(Demand.conversation_id.in_(around)), ("title", "text", "facts")),
        (select(GivenAnswer).where(GivenAnswer.conversation_id.in_(around)), ("comment",)),
        (select(Ticket).where(Ticket.ref.in_(cases)), ("reason",)),
        (select(Note).where(Note.ticket_ref.in_(cases)), ("text",)),
        (select(Rating).where(Rating.ticket_ref.in_(cases)), ("comment",)),
        (select(Solution).where(Solution.ticket_ref.in_(cases)), ("title", "original", "shared")),
        (select(Inbound).where(Inbound.lane.in_(around)), ("payload",)),
        (
            select(Outbound).where(
                Outbound.message_id.in_(select(Message.id).where(Message.conversation_id.in_(around)))
            ),
            ("payload",),
        ),
    ):
        for row in session.scalars(query):
            for column in columns:
                held = getattr(row, column)
                clean = _without(held, names)
                if clean != held:
                    setattr(row, column, clean)
    session.flush()


def _without(value: Any, names: list[str]) -> Any:
    if isinstance(value, str):
        for name in names:
            value = value.replace(name, FORGOTTEN)
        return value
    if isinstance(value, list):
        return [_without(one, names) for one in value]
    if isinstance(value, Mapping):
        return {key: _without(one, names) for key, one in value.items()}
    return value


def _set(session: Session, change: Any) -> None:
    session.execute(change.execution_options(synchronize_session="fetch"))
