"""People, as doors ask for them: who calls, accounts, signing in, and what a person may have exported or deleted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.clinic.clinic import Clinic
from bot.errors import Invalid, NotFound, Unavailable
from bot.models.people import Organisation, Person
from bot.rules.conversations import private_key
from bot.rules.people import Caller, check_clerk, check_manages, check_person
from bot.services import people, personal, signing
from bot.services.signing import Opened, Opens
from retrieval.protocols import Role

Values = dict[str, Any]


# --- who calls ------------------------------------------------------------------------------------------------------------------------


def caller_of_token(clinic: Clinic, token: str) -> Caller:
    """Who holds this token.

    Raises:
        Unauthenticated: nobody does, or the account is closed.
    """
    with clinic.records.read() as session:
        return people.caller_of_token(session, token)


def caller_of_login(clinic: Clinic, cookie: str) -> tuple[Caller, str] | None:
    """Who signed in with this cookie, and the word that its forms must carry; None when it opens nothing."""
    with clinic.records.read() as session:
        return signing.caller_of_login(session, clinic.clock(), cookie)


def sign_in(clinic: Clinic, token: str) -> Opened:
    """A browser's login for who holds the token.

    Raises:
        Unauthenticated: nobody does, or the account is closed.
    """
    with clinic.records.write() as session:
        return signing.sign_in(session, clinic.clock(), token)


def sign_out(clinic: Clinic, cookie: str) -> None:
    """End a login."""
    with clinic.records.write() as session:
        signing.sign_out(session, clinic.clock(), cookie)


def look_at_link(clinic: Clinic, key: str) -> Opens:
    """What a private link opens; looking uses nothing up.

    Raises:
        NotFound: there is no such link (any more).
    """
    with clinic.records.read() as session:
        return signing.look(session, clinic.clock(), key)


def come_back(clinic: Clinic, key: str) -> Opened:
    """A login for the firm that a return link belongs to, and the talk it leads to.

    Raises:
        NotFound: there is no such link (any more).
        Unauthenticated: the account is closed.
    """
    with clinic.records.write() as session:
        return signing.come_back(session, clinic.moment(), key)


def registered(clinic: Clinic, caller: Caller, replies: Sequence[Mapping[str, Any]]) -> Values | None:
    """What registering over the API gives, where one of these replies to somebody without an account says that it has registered him."""
    keys = [key for reply in replies if (key := private_key(reply["text"]))]
    if caller.role is not Role.PUBLIC or not keys:
        return None
    with clinic.records.write() as session:
        person, token = signing.first_token(session, clinic.moment(), keys[0])
        verified = person.organisation is not None and person.organisation.verified
        return {"token": token, "organisation": _firm_name(person), "verified": verified, "id": person.id}


def accept(clinic: Clinic, key: str, *, name: str, phone: str | None, consent: bool) -> tuple[Values, Opened]:
    """The account that an invitation promises, with its token, and a login for it.

    Raises:
        NotFound: there is no such link (any more).
        Invalid: a field does not fit, or no consent; the link can still be used.
    """
    _check_consent(consent)
    with clinic.records.write() as session:
        person, token = signing.accept(session, clinic.moment(), key, name, phone=phone or None)
        opened = signing.open_login(session, clinic.clock(), person)
        return {**_with_token(person, token)}, opened


# --- accounts -------------------------------------------------------------------------------------------------------------------------


def register(
    clinic: Clinic, *, organisation: str, name: str, phone: str, consent: bool, conversation: str | None = None
) -> Values:
    """A firm registers itself: `{"token","organisation","verified","id","conversation"}`; the token is shown once.

    Args:
        conversation: The talk that it has had so far without an account; it becomes its own.

    Raises:
        Invalid: a field does not fit, or no consent.
        Conflict: the talk belongs to somebody already, or there is none.
    """
    _check_consent(consent)
    with clinic.records.write() as session:
        person, token = people.register(
            session, clinic.moment(), organisation, name, phone, conversation_id=conversation
        )
        return {
            "token": token,
            "organisation": _firm_name(person),
            "verified": False,
            "id": person.id,
            "conversation": conversation,
        }


def add(
    clinic: Clinic,
    caller: Caller,
    *,
    role: str,
    name: str,
    organisation: str | None = None,
    skills: list[str] | None = None,
    capacity: int | None = None,
    phone: str | None = None,
) -> Values:
    """A clerk makes an account: `{"id","role","name","organisation","token"}`; the token is shown once.

    Args:
        organisation: The name of a verified firm, made where there is none. Someone of a firm without one stands for himself.

    Raises:
        NotAllowed: the caller may not manage this role.
        Invalid: a field does not fit.
    """
    kind = _role(role)
    check_manages(caller, kind)
    with clinic.writing(caller) as session:
        now = clinic.clock()
        firm = people.organisation_named(session, now, organisation, caller=caller) if organisation else None
        if firm is None and kind is Role.SME:
            firm = people.create_organisation(session, now, name, verified=False, caller=caller)
        person, token = people.create_person(
            session,
            now,
            role=kind,
            name=name,
            caller=caller,
            organisation=firm,
            phone=phone,
            skills=skills or (),
            capacity=capacity,
        )
        return _with_token(person, token)


def list_people(clinic: Clinic, caller: Caller, *, role: str | None = None) -> Values:
    """Everyone with an account, for clerks; without tokens."""
    check_clerk(caller)
    kind = _role(role) if role else None
    with clinic.records.read() as session:
        held = people.cases_held(session)
        return {
            "items": [
                {**describe(person), "cases": held.get(person.id, 0)} for person in people.people(session, role=kind)
            ],
            "next": None,
        }


def show(clinic: Clinic, caller: Caller, person_id: str) -> Values:
    """One account, for clerks and for the person.

    Raises:
        NotFound: there is none, or it is another's.
    """
    with clinic.records.read() as session:
        return describe(_seen(caller, people.person(session, person_id)))


def me(clinic: Clinic, caller: Caller) -> Values:
    """The caller's own account.

    Raises:
        Unauthenticated: nobody signed in.
    """
    return show(clinic, caller, check_person(caller))


def disable(clinic: Clinic, caller: Caller, person_id: str) -> Values:
    """Close an account; an engineer's open cases go back to the pool."""
    check_clerk(caller)
    with clinic.writing(caller) as session:
        return describe(people.disable(session, clinic.moment(), person_id, caller=caller))


def enable(clinic: Clinic, caller: Caller, person_id: str) -> Values:
    """Open an account again."""
    check_clerk(caller)
    with clinic.writing(caller) as session:
        return describe(people.enable(session, clinic.moment(), person_id, caller=caller))


def reissue(clinic: Clinic, caller: Caller, person_id: str) -> Values:
    """A new token, shown once; everything that opened the account until now is dead."""
    check_clerk(caller)
    with clinic.writing(caller) as session:
        token = people.reissue(session, clinic.moment(), person_id, caller=caller)
        return _with_token(people.person(session, person_id), token)


def invite(clinic: Clinic, caller: Caller, *, role: str, organisation: str | None = None) -> Values:
    """An invitation, shown once: `{"key","path","role","organisation","expires"}`; `path` is where the link leads on this site."""
    kind = _role(role)
    check_manages(caller, kind)
    with clinic.writing(caller) as session:
        moment = clinic.moment()
        firm = people.organisation_named(session, moment.now, organisation, caller=caller) if organisation else None
        key = signing.invite(session, moment, kind, caller=caller, organisation=firm)
    return {
        "key": key,
        "path": f"/enter/{key}",
        "role": kind.value,
        "organisation": firm.name if firm else None,
        "expires": (moment.now + signing.INVITATION).isoformat(),
    }


def chat_code(clinic: Clinic, caller: Caller, person_id: str) -> Values:
    """What connects a far chat with an account, for that person and for clerks, shown once: `{"code","send","expires"}`; `send` is what to
    write to the bot.

    Raises:
        NotFound: there is no such person, or it is another's account.
    """
    with clinic.writing(caller) as session:
        moment = clinic.moment()
        person = _managed(caller, people.person(session, person_id))
        code = signing.chat_code(session, moment, person, caller=caller)
    return {"code": code, "send": f"/start {code}", "expires": (moment.now + signing.CHAT).isoformat()}


def join(clinic: Clinic, caller: Caller, person_id: str, organisation_id: str) -> Values:
    """A clerk puts a person into an existing firm; talks and cases come along."""
    check_clerk(caller)
    with clinic.writing(caller) as session:
        return describe(people.join(session, clinic.clock(), person_id, organisation_id, caller=caller))


def list_organisations(clinic: Clinic, caller: Caller) -> Values:
    """All firms, for clerks."""
    check_clerk(caller)
    with clinic.records.read() as session:
        return {"items": [_firm(firm) for firm in people.organisations(session)], "next": None}


def verify_organisation(clinic: Clinic, caller: Caller, organisation_id: str) -> Values:
    """A clerk has checked that the firm is what it says."""
    check_clerk(caller)
    with clinic.writing(caller) as session:
        return _firm(people.verify_organisation(session, clinic.clock(), organisation_id, caller=caller))


# --- a person's own data --------------------------------------------------------------------------------------------------------------


def export(clinic: Clinic, caller: Caller, person_id: str) -> Values:
    """Everything that is kept about a person, for that person and for clerks; that it was read is on record."""
    with clinic.writing(caller) as session:
        person = _managed(caller, people.person(session, person_id))
        return personal.export(session, clinic.clock(), person, caller=caller)


def delete(clinic: Clinic, caller: Caller, person_id: str) -> Values:
    """Forget a person, for that person and for clerks. It cannot be undone.

    Returns:
        `{"id","deleted": true,"rewritten"}`; `rewritten` is False where the old pages could not be cleared from the disk yet: the next
        deletion does it.
    """
    with clinic.records.write() as session:  # who deletes himself is not there any more at its end
        person = _managed(caller, people.person(session, person_id))
        personal.delete(session, clinic.moment(), person, caller=caller)
    return {"id": person_id, "deleted": True, "rewritten": _rewritten(clinic)}


def _rewritten(clinic: Clinic) -> bool:
    try:
        return clinic.records.forget()
    except Unavailable:  # deleted it is, whatever comes after
        return False


# --- shapes ---------------------------------------------------------------------------------------------------------------------------


def describe(person: Person) -> Values:
    """An account as its owner and clerks see it."""
    return {
        "id": person.id,
        "role": person.role.value,
        "name": person.name,
        "phone": person.phone,
        "organisation": _firm(person.organisation) if person.organisation else None,
        "skills": list(person.skills),
        "capacity": person.capacity,
        "active": person.active,
        "since": _iso(person.created_at),
    }


def _with_token(person: Person, token: str) -> Values:
    return {
        "id": person.id,
        "role": person.role.value,
        "name": person.name,
        "organisation": _firm_name(person),
        "token": token,
    }


def _firm(firm: Organisation) -> Values:
    return {"id": firm.id, "name": firm.name, "verified": firm.verified, "since": _iso(firm.created_at)}


def _firm_name(person: Person) -> str | None:
    return person.organisation.name if person.organisation else None


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _role(text: str) -> Role:
    try:
        role = Role(text)
    except ValueError:
        role = Role.PUBLIC
    if role is Role.PUBLIC:
        raise Invalid("身份请写 sme、engineer、staff 或 admin。")
    return role


def _check_consent(consent: bool) -> None:
    if not consent:
        raise Invalid("需要您同意我们保存姓名和电话，才能登记；不登记也可以直接给中心打电话。")


def _seen(caller: Caller, person: Person) -> Person:
    if caller.is_clerk or caller.person == person.id:
        return person
    check_person(caller)
    raise NotFound(people.GONE)


def _managed(caller: Caller, person: Person) -> Person:
    _seen(caller, person)
    if caller.person != person.id:
        check_manages(caller, person.role)
    return person
