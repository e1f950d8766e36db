"""Accounts: organisations, people, their tokens and consents, and the firm that registers itself in the chat.

A token is shown once and kept as a hash. What opens an account besides (logins, links) stands in `services.signing`.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from bot.db import changes_one
from bot.errors import Conflict, Invalid, NotFound, Unauthenticated
from bot.models.base import new_id, table_of
from bot.models.conversations import Conversation
from bot.models.demands import Demand
from bot.models.people import Consent, Link, Login, Organisation, Person, Scope
from bot.models.solutions import Solution
from bot.models.tickets import Ticket
from bot.rules import people as rules
from bot.rules.people import NOBODY, TOKEN_PREFIX, Caller
from bot.rules.tickets import OWNED
from bot.services import ledger, offers, tickets
from bot.services.conversations import touched
from bot.services.moment import Moment
from retrieval.protocols import Role

PEOPLE = "people"  # the topic of whoever watches the list of people
GONE = "没有这个账号，或者您看不到它；请核对编号。"
_NO_FIRM = "没有这家企业；请核对编号。"


# --- organisations --------------------------------------------------------------------------------------------------------------------


def organisation(session: Session, organisation_id: str) -> Organisation:
    """One organisation.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound(_NO_FIRM)
    return found


def organisations(session: Session) -> Sequence[Organisation]:
    """All of them, the newest first; emptied ones are left out."""
    return session.scalars(
        select(Organisation).where(Organisation.name != "").order_by(Organisation.created_at.desc(), Organisation.id)
    ).all()


def create_organisation(
    session: Session, now: datetime, name: str, *, verified: bool, caller: Caller = NOBODY, region: str | None = None
) -> Organisation:
    """A new organisation, whatever others are called."""
    made = Organisation(
        id=new_id("o"), name=rules.checked_organisation(name), region=region, verified=verified, created_at=now
    )
    session.add(made)
    session.flush()
    ledger.append(
        session, at=now, event="organisation.created", subject=made.id, caller=caller, data={"verified": verified}
    )
    return made


def describe_firm(
    session: Session, now: datetime, organisation_id: str, changed: Mapping[str, str], *, caller: Caller
) -> Organisation:
    """What a firm says of itself.

    Args:
        changed: `region`, `trade`, or both.
    """
    firm = session.get_one(Organisation, organisation_id)
    for name in changed.keys() & {"region", "trade"}:
        setattr(firm, name, changed[name])
    session.flush()
    data = {"fields": sorted(changed)}
    ledger.append(session, at=now, event="organisation.described", subject=firm.id, caller=caller, data=data)
    touched(session, PEOPLE)
    return firm


def shared_cases(session: Session, person_id: str) -> list[str]:
    """Cases whose redacted solution the person lets others see, as his latest words say."""
    rows = session.execute(
        select(Consent.subject, Consent.given)
        .where(Consent.person_id == person_id, Consent.scope == Scope.SHARE_CASE)
        .order_by(Consent.id)
    )
    latest = {subject: given for subject, given in rows}
    return [subject for subject, given in latest.items() if given]


def organisation_named(session: Session, now: datetime, name: str, *, caller: Caller) -> Organisation:
    """The verified organisation of this name, made where there is none; for a clerk, who vouches for it.

    An unverified one of the same name is left alone: anyone may have registered under that name.
    """
    rules.check_clerk(caller)
    name = rules.checked_organisation(name)
    found = session.scalars(
        select(Organisation)
        .where(Organisation.name == name, Organisation.verified)
        .order_by(Organisation.created_at, Organisation.id)
    ).first()
    return found or create_organisation(session, now, name, verified=True, caller=caller)


def verify_organisation(session: Session, now: datetime, organisation_id: str, *, caller: Caller) -> Organisation:
    """A clerk has checked that the firm is what it says; doing so twice is one event."""
    rules.check_clerk(caller)
    found = organisation(session, organisation_id)
    if not found.verified:
        found.verified = True
        session.flush()
        ledger.append(session, at=now, event="organisation.verified", subject=found.id, caller=caller)
        touched(session, PEOPLE)
    return found


def join(session: Session, now: datetime, person_id: str, organisation_id: str, *, caller: Caller) -> Person:
    """A clerk puts a person into an existing organisation; his talks and cases come along.

    Raises:
        NotFound: there is no such person or organisation.
        Invalid: not someone of a firm: only a firm's cases belong to it.
    """
    rules.check_clerk(caller)
    found = person(session, person_id)
    if found.role is not Role.SME:
        raise Invalid("只有企业人员可以并入一家企业。")
    firm = organisation(session, organisation_id)
    if found.organisation_id == firm.id:
        return found
    found.organisation_id = firm.id
    talks = select(Conversation.id).where(Conversation.person_id == found.id)
    cases = select(Ticket.ref).where(Ticket.conversation_id.in_(talks))
    for moved in (
        update(Solution).where(Solution.ticket_ref.in_(cases)),
        update(Ticket).where(Ticket.conversation_id.in_(talks)),
        update(Demand).where(Demand.conversation_id.in_(talks)),
        update(Conversation).where(Conversation.person_id == found.id),
    ):
        session.execute(moved.values(organisation_id=firm.id).execution_options(synchronize_session=False))
    session.flush()
    session.refresh(found)
    ledger.append(
        session,
        at=now,
        event="person.joined",
        subject=ledger.digest(found.id),
        caller=caller,
        data={"organisation": firm.id},
    )
    touched(session, PEOPLE)
    return found


# --- people ---------------------------------------------------------------------------------------------------------------------------


def person(session: Session, person_id: str) -> Person:
    """One person; a deleted one is gone.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Person, person_id)
    if found is None or found.deleted_at is not None:
        raise NotFound(GONE)
    return found


def people(session: Session, *, role: Role | None = None) -> Sequence[Person]:
    """Everyone who is not deleted, the newest first."""
    query = select(Person).where(Person.deleted_at.is_(None)).order_by(Person.created_at.desc(), Person.id)
    return session.scalars(query.where(Person.role == role) if role else query).all()


def cases_held(session: Session) -> dict[str, int]:
    """How many open tickets each engineer owns; those with none are left out."""
    rows = session.execute(
        select(Ticket.owner_id, func.count()).where(Ticket.state.in_(OWNED)).group_by(Ticket.owner_id)
    )
    return {owner: count for owner, count in rows.all() if owner is not None}


def create_person(
    session: Session,
    now: datetime,
    *,
    role: Role,
    name: str,
    caller: Caller,
    organisation: Organisation | None = None,
    phone: str | None = None,
    skills: Sequence[str] = (),
    capacity: int | None = None,
) -> tuple[Person, str]:
    """A new account and its token, which nobody can read again. An engineer is invited to everything that is on offer.

    Raises:
        Invalid: a field does not fit, or the role is none that has accounts.
    """
    if role is Role.PUBLIC:
        raise Invalid("公众不需要账号；身份请写 sme、engineer、staff 或 admin。")
    name = rules.checked_name(name)
    phone = rules.checked_phone(phone) if phone else None
    skills, capacity = rules.checked_skills(skills), rules.checked_capacity(capacity)
    person_id, token = new_id("p"), new_token()
    # The agreement is on record before the first personal datum is.
    data = {"scope": Scope.PERSONAL_DATA.value, "by": "self" if caller is NOBODY else "clerk"}
    ledger.append(session, at=now, event="consent.given", subject=ledger.digest(person_id), caller=caller, data=data)
    made = Person(
        id=person_id,
        role=role,
        name=name,
        phone=phone,
        organisation_id=organisation.id if organisation else None,
        skills=skills,
        capacity=capacity,
        token_hash=hash_of(token),
        created_at=now,
    )
    session.add(made)
    session.flush()
    session.refresh(made)
    session.add(Consent(person_id=made.id, scope=Scope.PERSONAL_DATA, given=True, at=now))
    session.flush()
    ledger.append(
        session,
        at=now,
        event="person.created",
        subject=ledger.digest(made.id),
        caller=caller,
        data={"role": role.value, **({"organisation": organisation.id} if organisation else {})},
    )
    if role is Role.ENGINEER:
        offers.welcome(session, now, made)
    touched(session, PEOPLE)
    return made, token


def register(
    session: Session,
    moment: Moment,
    organisation: str,
    name: str,
    phone: str,
    *,
    conversation_id: str | None = None,
) -> tuple[Person, str]:
    """A firm registers itself: always an organisation of its own, unverified, whatever its name. Gives the person and the token.

    Args:
        conversation_id: The talk that it has had so far without an account, which becomes its own with everything said in it.

    Raises:
        Invalid: a field does not fit.
        Conflict: the talk belongs to somebody already.
    """
    name, phone = rules.checked_name(name), rules.checked_phone(phone)
    firm = create_organisation(session, moment.now, organisation, verified=False)
    made, token = create_person(
        session, moment.now, role=Role.SME, name=name, caller=NOBODY, organisation=firm, phone=phone
    )
    if conversation_id is not None:
        _bind(session, moment.now, conversation_id, made)
    return made, token


def _bind(session: Session, now: datetime, conversation_id: str, owner: Person) -> None:
    done = changes_one(
        session,
        update(Conversation)
        .where(
            Conversation.id == conversation_id,
            Conversation.person_id.is_(None),
            Conversation.organisation_id.is_(None),
        )
        .values(
            person_id=owner.id,
            organisation_id=owner.organisation_id,
            version=Conversation.version + 1,
            updated_at=now,
        ),
    )
    if not done:
        raise Conflict("这段对话已经属于一个账号，请直接登录，或开始一段新对话。")
    held = session.get(Conversation, conversation_id)
    if held is not None:
        session.refresh(held)
    touched(session, conversation_id)


def disable(session: Session, moment: Moment, person_id: str, *, caller: Caller) -> Person:
    """Close an account: its token, logins and links open nothing, an engineer's open cases go back to the pool.

    Raises:
        NotFound: there is no such person.
        NotAllowed: the caller may not manage this role.
        Conflict: the caller would lock himself out.
    """
    found = person(session, person_id)
    rules.check_manages(caller, found.role)
    if found.id == caller.person:
        raise Conflict("不能停用自己的账号，请让另一位管理员办理。")
    close_account(session, moment, found, caller=caller)
    return found


def close_account(session: Session, moment: Moment, found: Person, *, caller: Caller) -> None:
    """End whatever the account has open, whoever asks for it; nothing happens where it is closed already."""
    # Writing the row first makes a claim of this engineer wait, so that none slips in behind the list below.
    done = changes_one(
        session,
        update(Person).where(Person.id == found.id, Person.active).values(active=False, claims=Person.claims + 1),
    )
    session.refresh(found)
    if not done:
        return
    session.execute(delete(Login).where(Login.person_id == found.id))
    for held in tickets.owned_by(session, found.id):
        tickets.take_back(session, moment, held, caller=caller)
    ledger.append(session, at=moment.now, event="person.disabled", subject=ledger.digest(found.id), caller=caller)
    touched(session, PEOPLE)


def enable(session: Session, moment: Moment, person_id: str, *, caller: Caller) -> Person:
    """Open an account again; the token works as before.

    Raises:
        NotFound: there is no such person.
        NotAllowed: the caller may not manage this role.
    """
    found = person(session, person_id)
    rules.check_manages(caller, found.role)
    if found.active:
        return found
    found.active = True
    session.flush()
    if found.role is Role.ENGINEER:
        offers.welcome(session, moment.now, found)
    ledger.append(session, at=moment.now, event="person.enabled", subject=ledger.digest(person_id), caller=caller)
    touched(session, PEOPLE)
    return found


# --- tokens ---------------------------------------------------------------------------------------------------------------------------


def new_token() -> str:
    """256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """How a token, a login or a link is kept. Its 256 bits are random, so nothing slower than SHA-256 is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def caller_of_token(session: Session, token: str) -> Caller:
    """Who holds the token.

    Raises:
        Unauthenticated: nobody does, or the account is closed.
    """
    return caller_of(holder_of_token(session, token))


_HOLDER = select(Person).where(Person.token_hash == bindparam("hash"), Person.active, Person.deleted_at.is_(None))


def holder_of_token(session: Session, token: str) -> Person:
    """The active person who holds the token.

    Raises:
        Unauthenticated: nobody does, or the account is closed.
    """
    found = session.scalars(_HOLDER, {"hash": hash_of(token)}).one_or_none()
    if found is None:
        raise Unauthenticated("这个口令无效或已停用，请核对，或请中心工作人员补发。")
    return found


def caller_of(person: Person) -> Caller:
    """The person as a caller."""
    return Caller(person.role, person.id, person.name, person.organisation_id)


_PEOPLE = table_of(Person)
_FORGOTTEN = (
    select(_PEOPLE.c.deleted_at).where(_PEOPLE.c.id == bindparam("person")).with_for_update(read=True, key_share=True)
)


def is_forgotten(session: Session, person_id: str | None) -> bool:
    """Whether this person has been deleted. Where not, a deletion that begins now waits until the transaction ends, and finds what is in it.

    For the end of whatever writes in somebody's name: who was let in a moment ago may be deleted by now.
    """
    if person_id is None:
        return False
    return session.execute(_FORGOTTEN, {"person": person_id}).scalar_one_or_none() is not None


def hold(session: Session, person_id: str) -> None:
    """Let whoever writes in this person's name end first; whoever comes later waits until the transaction ends.

    Raises:
        NotFound: the person has been deleted.
    """
    held = select(Person.deleted_at).where(Person.id == person_id).with_for_update()
    if session.execute(held).scalar_one() is not None:
        raise NotFound(GONE)


def reissue(session: Session, moment: Moment, person_id: str, *, caller: Caller) -> str:
    """A new token; the old one, every login and every return link of this person are dead from now on.

    Raises:
        NotFound: there is no such person.
        NotAllowed: the caller may not manage this role.
        Conflict: the account is closed.
    """
    found = person(session, person_id)
    rules.check_manages(caller, found.role)
    if not found.active:
        raise Conflict("这个账号已停用，请先启用再补发口令。")
    token = new_token()
    found.token_hash = hash_of(token)
    session.execute(delete(Login).where(Login.person_id == person_id))
    session.execute(delete(Link).where(Link.person_id == person_id))
    session.flush()
    ledger.append(session, at=moment.now, event="token.reissued", subject=ledger.digest(person_id), caller=caller)
    return token


# --- consents -------------------------------------------------------------------------------------------------------------------------


def agree(session: Session, now: datetime, person_id: str, scope: Scope, *, caller: Caller, subject: str = "") -> None:
    """Record that the person agrees; agreeing twice is one event.

    Args:
        subject: What it is about; for a case the ticket's reference.
    """
    _record(session, now, person_id, scope, subject, given=True, caller=caller)


def take_back(
    session: Session, now: datetime, person_id: str, scope: Scope, *, caller: Caller, subject: str = ""
) -> None:
    """Record that the person no longer agrees. What follows from it is the matter of what was agreed to."""
    _record(session, now, person_id, scope, subject, given=False, caller=caller)


def agrees(session: Session, person_id: str, scope: Scope, *, subject: str = "") -> bool:
    """Whether the person's latest word on this is yes."""
    return bool(
        session.scalars(
            select(Consent.given)
            .where(Consent.person_id == person_id, Consent.scope == scope, Consent.subject == subject)
            .order_by(Consent.id.desc())
            .limit(1)
        ).one_or_none()
    )


def _record(
    session: Session, now: datetime, person_id: str, scope: Scope, subject: str, *, given: bool, caller: Caller
) -> None:
    if agrees(session, person_id, scope, subject=subject) is given:
        return
    session.add(Consent(person_id=person_id, scope=scope, subject=subject, given=given, at=now))
    session.flush()
    ledger.append(
        session,
        at=now,
        event="consent.given" if given else "consent.withdrawn",
        subject=ledger.digest(person_id),
        caller=caller,
        data={"scope": scope.value, **({"about": subject} if subject else {})},
    )
