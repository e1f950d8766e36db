"""What opens an account besides its token: logins of browsers, invitations, and the links that bring a firm back to its talk.

Only hashes are kept. Every secret is shown once, to whom it is for.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.db import changes_one
from bot.errors import Invalid, NotFound, Unauthenticated
from bot.models.conversations import Conversation
from bot.models.people import Link, LinkKind, Login, Organisation, Person
from bot.rules import people as rules
from bot.rules.people import Caller
from bot.services import ledger, people
from bot.services.moment import Moment
from retrieval.protocols import Role

LOGIN = timedelta(days=30)
INVITATION = timedelta(days=7)
RETURN = timedelta(days=180)
CHAT = timedelta(hours=1)
LOGINS = 20  # of one person at a time; the oldest end
DEAD_LINK = "这个链接已失效或已用过，请向中心工作人员要一个新的。"


# --- logins ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """A login as it begins: the cookie's value, which nobody can read again, and the word its forms must carry."""

    cookie: str
    csrf: str
    caller: Caller
    conversation: str | None = None  # the talk that a return link leads to


def sign_in(session: Session, now: datetime, token: str) -> Opened:
    """A browser's login for who holds the token.

    Raises:
        Unauthenticated: nobody does, or the account is closed.
    """
    return open_login(session, now, people.holder_of_token(session, token.strip()))


def open_login(session: Session, now: datetime, person: Person, *, conversation: str | None = None) -> Opened:
    """A login for this person, for 30 days, or until the token is re-issued or the account closed."""
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
    session.execute(delete(Login).where(Login.expires_at <= now))
    older = select(Login.hash).where(Login.person_id == person.id).order_by(Login.created_at.desc(), Login.hash)
    surplus = session.scalars(older.offset(LOGINS - 1)).all()
    session.execute(delete(Login).where(Login.hash.in_(surplus)))
    session.add(
        Login(
            hash=people.hash_of(cookie),
            person_id=person.id,
            token_hash=person.token_hash or "",
            csrf=csrf,
            created_at=now,
            expires_at=now + LOGIN,
        )
    )
    session.flush()
    caller = people.caller_of(person)
    ledger.append(session, at=now, event="login.opened", subject=ledger.digest(person.id), caller=caller)
    return Opened(cookie, csrf, caller, conversation)


def caller_of_login(session: Session, now: datetime, cookie: str) -> tuple[Caller, str] | None:
    """Who signed in with this cookie, and the word its forms must carry; None when it is dead or nobody's."""
    row = session.execute(
        select(Person, Login.csrf)
        .join(Login, Login.person_id == Person.id)
        .where(
            Login.hash == people.hash_of(cookie),
            Login.expires_at > now,
            Login.token_hash == Person.token_hash,
            Person.active,
            Person.deleted_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else (people.caller_of(row[0]), row[1])


def sign_out(session: Session, now: datetime, cookie: str) -> None:
    """End a login; nothing happens where there is none."""
    ended = session.execute(
        delete(Login).where(Login.hash == people.hash_of(cookie)).returning(Login.person_id)
    ).scalar_one_or_none()
    if ended is not None:
        ledger.append(session, at=now, event="login.closed", subject=ledger.digest(ended))


# --- links ----------------------------------------------------------------------------------------------------------------------------


def invite(
    session: Session, moment: Moment, role: Role, *, caller: Caller, organisation: Organisation | None = None
) -> str:
    """The key of a link by which one person makes an account of this role, within 7 days.

    Args:
        organisation: The firm that the account will belong to; needed for someone of a firm.

    Raises:
        NotAllowed: the caller may not manage this role.
        Invalid: someone of a firm without the firm.
    """
    rules.check_manages(caller, role)
    _drop_expired(session, moment.now)
    if role is Role.SME and organisation is None:
        raise Invalid("邀请企业人员请写明企业；企业也可以在对话里自己登记。")
    key = secrets.token_urlsafe(32)
    session.add(
        Link(
            hash=people.hash_of(key),
            kind=LinkKind.INVITATION,
            role=role,
            organisation_id=organisation.id if organisation else None,
            created_at=moment.now,
            expires_at=moment.now + INVITATION,
        )
    )
    session.flush()
    data = {"role": role.value, **({"organisation": organisation.id} if organisation else {})}
    ledger.append(session, at=moment.now, event="invitation.made", subject=role.value, caller=caller, data=data)
    return key


def return_link(session: Session, moment: Moment, person_id: str, conversation_id: str) -> str:
    """The key of a link that brings this person back to this talk, for 180 days and as often as needed."""
    _drop_expired(session, moment.now)
    key = secrets.token_urlsafe(32)
    session.add(
        Link(
            hash=people.hash_of(key),
            kind=LinkKind.RETURN,
            person_id=person_id,
            conversation_id=conversation_id,
            created_at=moment.now,
            expires_at=moment.now + RETURN,
        )
    )
    session.flush()
    return key


def chat_code(session: Session, moment: Moment, person: Person, *, caller: Caller) -> str:
    """The code by which a far chat is connected with this account, once and within an hour."""
    _drop_expired(session, moment.now)
    key = secrets.token_urlsafe(32)
    session.add(
        Link(
            hash=people.hash_of(key),
            kind=LinkKind.CHAT,
            person_id=person.id,
            created_at=moment.now,
            expires_at=moment.now + CHAT,
        )
    )
    session.flush()
    ledger.append(session, at=moment.now, event="chat.invited", subject=ledger.digest(person.id), caller=caller)
    return key


def chat_of(session: Session, moment: Moment, key: str) -> tuple[Person, Conversation | None]:
    """Whose chat it becomes by this code or return link, and in which talk; None: in one that is to begin.

    Raises:
        NotFound: there is no such code (any more), or the account is closed.
    """
    link = _living(session, moment.now, key)
    if link.kind is LinkKind.INVITATION:
        raise NotFound(DEAD_LINK)
    person = session.get_one(Person, link.person_id)
    if not person.active or person.deleted_at is not None:
        raise NotFound(DEAD_LINK)
    link.used_at = moment.now
    ledger.append(
        session,
        at=moment.now,
        event="chat.connected",
        subject=ledger.digest(person.id),
        caller=people.caller_of(person),
    )
    held = _own_talk(session, link, person)
    return person, session.get(Conversation, held) if held else None


def _drop_expired(session: Session, now: datetime) -> None:
    session.execute(delete(Link).where(Link.expires_at <= now))


def revoke_links(session: Session, person_id: str) -> int:
    """Make every return link of this person dead; gives how many there were."""
    return len(session.scalars(delete(Link).where(Link.person_id == person_id).returning(Link.hash)).all())


@dataclass(frozen=True, slots=True)
class Opens:
    """What a link opens, as its page shows it before anything happens."""

    kind: LinkKind
    role: Role | None = None  # of an invitation
    organisation: str | None = None  # its name


def look(session: Session, now: datetime, key: str) -> Opens:
    """What the link opens; looking uses nothing up.

    Raises:
        NotFound: there is no such link (any more).
    """
    link = _living(session, now, key)
    firm = session.get(Organisation, link.organisation_id) if link.organisation_id else None
    return Opens(link.kind, link.role, firm.name if firm else None)


def come_back(session: Session, moment: Moment, key: str) -> Opened:
    """A login for the firm that the return link belongs to.

    Raises:
        NotFound: there is no such link (any more).
        Unauthenticated: the account is closed.
    """
    link = _living(session, moment.now, key)
    if link.kind is not LinkKind.RETURN:
        raise NotFound(DEAD_LINK)
    person = session.get_one(Person, link.person_id)
    if not person.active or person.deleted_at is not None:
        raise Unauthenticated("这个账号已停用，请联系中心工作人员。")
    link.used_at = moment.now
    return open_login(session, moment.now, person, conversation=_own_talk(session, link, person))


def first_token(session: Session, moment: Moment, key: str) -> tuple[Person, str]:
    """The token of who has just registered in a talk, for a door that has no cookies; nobody has been shown one yet.

    Raises:
        NotFound: there is no such link, or it has let somebody in already.
    """
    link = _living(session, moment.now, key)
    if link.kind is not LinkKind.RETURN or link.used_at is not None:
        raise NotFound(DEAD_LINK)
    link.used_at = moment.now
    person, token = session.get_one(Person, link.person_id), people.new_token()
    person.token_hash = people.hash_of(token)
    session.flush()
    ledger.append(
        session,
        at=moment.now,
        event="token.issued",
        subject=ledger.digest(person.id),
        caller=people.caller_of(person),
    )
    return person, token


def _own_talk(session: Session, link: Link, person: Person) -> str | None:
    conversation = session.get(Conversation, link.conversation_id) if link.conversation_id else None
    return conversation.id if conversation is not None and conversation.person_id == person.id else None


def accept(session: Session, moment: Moment, key: str, name: str, *, phone: str | None = None) -> tuple[Person, str]:
    """The account that an invitation promises, and its token. A link makes one account.

    Raises:
        NotFound: there is no such link (any more).
        Invalid: a field does not fit; the link can still be used.
    """
    return accept_held(session, moment, people.hash_of(key.strip()), name, phone=phone)


def accept_held(
    session: Session, moment: Moment, held: str, name: str, *, phone: str | None = None
) -> tuple[Person, str]:
    """The same for who has shown the key before, of which only the hash was kept meanwhile.

    Raises:
        NotFound: there is no such link (any more).
        Invalid: a field does not fit; the link can still be used.
    """
    link = _held(session, moment.now, held)
    if link.kind is not LinkKind.INVITATION or link.role is None:
        raise NotFound(DEAD_LINK)
    done = changes_one(
        session,
        update(Link).where(Link.hash == link.hash, Link.used_at.is_(None)).values(used_at=moment.now),
    )
    if not done:
        raise NotFound(DEAD_LINK)
    firm = session.get(Organisation, link.organisation_id) if link.organisation_id else None
    return people.create_person(
        session, moment.now, role=link.role, name=name, caller=rules.NOBODY, organisation=firm, phone=phone
    )


def _living(session: Session, now: datetime, key: str) -> Link:
    return _held(session, now, people.hash_of(key.strip()))


def _held(session: Session, now: datetime, hash: str) -> Link:
    link = session.get(Link, hash)
    used_up = link is not None and link.kind is not LinkKind.RETURN and link.used_at is not None
    if link is None or used_up or link.expires_at <= now:
        raise NotFound(DEAD_LINK)
    return link
