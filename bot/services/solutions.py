"""Solutions: the engineer's draft, the firm's consent, the redacted copy, its review, and the job that brings it into the index or out of it.

All functions take the transaction they belong to. Each move is one conditional UPDATE and one event.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from bot.db import changes_one
from bot.errors import Conflict, Invalid, NotAllowed, NotFound
from bot.models.base import new_id, table_of
from bot.models.conversations import Message
from bot.models.demands import Demand
from bot.models.people import Consent, Organisation, Person, Scope
from bot.models.solutions import Solution
from bot.models.tickets import Ticket, Touch
from bot.models.work import Job
from bot.rules import redaction, wording
from bot.rules import solutions as rules
from bot.rules.people import Caller, check_person
from bot.rules.redaction import Finding, Known
from bot.rules.solutions import FIELDS, FINDING_WORDS, FOUND, Remark, SolutionState
from bot.services import conversations, ledger, reach
from bot.services.moment import Moment
from retrieval.protocols import Role

GONE = "没有这条方案，或者您看不到它；请核对编号。"
TOPIC = "solutions"  # of everyone who watches the review
INDEX = "index"  # the kind of the job that brings the index to what the records say
ENGINEER = "工程师"  # stands for the name of one
NEEDED = frozenset({"symptom", "steps"})
_S = SolutionState


# --- reading --------------------------------------------------------------------------------------------------------------------------


def visible(session: Session, solution_id: str, caller: Caller) -> Solution:
    """The solution, if the caller may know of it: its author, the firm whose case it was, staff.

    Raises:
        NotFound: there is none, or it is another's.
    """
    solution = session.scalars(select(Solution).where(Solution.id == solution_id, _sees(caller))).one_or_none()
    if solution is None:
        raise NotFound(GONE)
    return solution


def visible_to(
    session: Session, caller: Caller, *, state: SolutionState | None = None, ticket: str | None = None, limit: int = 200
) -> list[Solution]:
    """All solutions that the caller may see, the newest first."""
    query = select(Solution).where(_sees(caller)).order_by(Solution.created_at.desc(), Solution.id).limit(limit)
    if state is not None:
        query = query.where(Solution.state == state)
    if ticket is not None:
        query = query.where(Solution.ticket_ref == ticket)
    return list(session.scalars(query))


def _sees(caller: Caller) -> ColumnElement[bool]:
    if caller.is_clerk:
        return Solution.id.is_not(None)
    if caller.role is Role.ENGINEER:
        return Solution.author_id == caller.person
    if caller.organisation is None:
        return Solution.id.is_(None)
    return Solution.organisation_id == caller.organisation


@dataclass(frozen=True, slots=True)
class Seen:
    """A solution with what stands elsewhere about it."""

    solution: Solution
    names: dict[str, str]  # of its author and its reviewer, by id
    is_shared: bool
    remarks: list[Remark]


def look(session: Session, solution: Solution) -> Seen:
    """A solution as a whole."""
    return Seen(solution, names_of(session, [solution]), is_shared(session, solution), remarks(session, solution))


def names_of(session: Session, found: Iterable[Solution]) -> dict[str, str]:
    """Names of authors and reviewers by id."""
    people = [person for solution in found for person in (solution.author_id, solution.reviewer_id)]
    return conversations.names_of(session, people)


def latest(session: Session, ticket_ref: str) -> Solution | None:
    """The ticket's solution that counts: the newest that is not retracted."""
    return session.scalars(
        select(Solution)
        .where(Solution.ticket_ref == ticket_ref, Solution.state != _S.RETRACTED)
        .order_by(Solution.created_at.desc(), Solution.id)
        .limit(1)
    ).first()


# --- the machine ----------------------------------------------------------------------------------------------------------------------


def _move(
    session: Session,
    moment: Moment,
    solution: Solution,
    to: SolutionState,
    *,
    caller: Caller,
    data: dict[str, Any] | None = None,
    **values: Any,
) -> None:
    """Make one move: refused unless the solution is still as it was read."""
    rules.check(solution.state, to)
    done = changes_one(
        session,
        update(Solution)
        .where(Solution.id == solution.id, Solution.version == solution.version, Solution.state == solution.state)
        .values(state=to, version=Solution.version + 1, **values),
    )
    session.refresh(solution)
    if not done:
        raise rules.refusal(solution.state)
    ledger.append(session, at=moment.now, event=f"solution.{to}", subject=solution.id, caller=caller, data=data)
    conversations.touched(session, TOPIC)


def draft(session: Session, moment: Moment, ticket: Ticket, form: Mapping[str, Any], *, caller: Caller) -> Solution:
    """What the engineer wrote at resolving. A draft of the same ticket that nobody has approved yet gives way to it.

    Args:
        form: symptom, cause, steps, verification, limits. Symptom and steps must not be empty; steps may be a list.

    Raises:
        Invalid: the form is not filled in, or too long.
    """
    words = _words(form)
    assert caller.person is not None
    for older in _of_ticket(session, ticket.ref, _S.DRAFT, _S.REVIEW):
        _withdraw(session, moment, older, caller=caller, cause="superseded")
    demand = session.scalars(select(Demand).where(Demand.ref == ticket.demand_ref)).one()
    solution = Solution(
        id=new_id("s"),
        ticket_ref=ticket.ref,
        organisation_id=ticket.organisation_id,
        author_id=caller.person,
        state=_S.DRAFT,
        domain=demand.domain,
        title=demand.title,
        original=words,
        created_at=moment.now,
    )
    session.add(solution)
    session.flush()
    ledger.append(
        session,
        at=moment.now,
        event="solution.draft",
        subject=solution.id,
        caller=caller,
        data={"ticket": ticket.ref},
    )
    propose_copy(session, solution)
    conversations.touched(session, TOPIC)
    return solution


def consent(session: Session, moment: Moment, ticket_ref: str, given: bool, *, caller: Caller) -> Solution | None:
    """The firm allows that the redacted copy is shared, or takes that back; gives the solution that it is about, if any.

    Taking it back also takes a case out of the index that is in it.
    """
    assert caller.person is not None
    session.add(
        Consent(person_id=caller.person, scope=Scope.SHARE_CASE, subject=ticket_ref, given=given, at=moment.now)
    )
    session.flush()
    ledger.append(
        session,
        at=moment.now,
        event="consent.given" if given else "consent.withdrawn",
        subject=ticket_ref,
        caller=caller,
        data={"scope": Scope.SHARE_CASE.value},
    )
    solution = latest(session, ticket_ref)
    if given:
        if solution is not None and solution.state is _S.DRAFT:
            _move(session, moment, solution, _S.REVIEW, caller=caller)
            reach.alert(session, moment.now, card="review", solution=solution.id)
        return solution
    for held in _of_ticket(session, ticket_ref, _S.REVIEW):
        _move(session, moment, held, _S.DRAFT, caller=caller, data={"cause": "consent"})
    for held in _of_ticket(session, ticket_ref, _S.APPROVED, _S.INDEXED):
        _withdraw(session, moment, held, caller=caller, cause="consent")
    return solution


def is_shared(session: Session, solution: Solution) -> bool:
    """Whether the firm's last word allows to share it, and was about this one: only that word takes it out of the draft."""
    if solution.state in (_S.DRAFT, _S.RETRACTED):
        return False
    last = (
        select(Consent.given)
        .where(Consent.scope == Scope.SHARE_CASE, Consent.subject == solution.ticket_ref)
        .order_by(Consent.id.desc())  # not by time: a clock may be set back
        .limit(1)
    )
    return bool(session.scalars(last).first())


def approve(session: Session, moment: Moment, solution_id: str, *, caller: Caller) -> Solution:
    """Let the redacted copy into the index. The job that does it is kept with the decision.

    Raises:
        NotFound: there is none that the caller may see.
        NotAllowed: not staff, nobody at all, or its own author.
        Conflict: it does not wait for a review, the firm's consent is missing, or something personal is still in the copy.
    """
    solution = visible(session, solution_id, caller)
    _require_clerk(caller, "只有中心工作人员可以审核方案。")
    if check_person(caller) == solution.author_id:
        raise NotAllowed("方案不能由作者自己审核，请另一位工作人员来审。")
    rules.check(solution.state, _S.APPROVED)
    if not is_shared(session, solution):
        raise Conflict("企业还没有同意公开这条方案，不能通过；请等企业确认。")
    if left := [remark for remark in remarks(session, solution) if remark.blocks]:
        raise Conflict(f"公开稿里还有不能公开的内容：{_named(left)}；请先改掉再通过。")
    for older in _of_ticket(session, solution.ticket_ref, _S.APPROVED, _S.INDEXED):
        _withdraw(session, moment, older, caller=caller, cause="superseded")
    _move(session, moment, solution, _S.APPROVED, caller=caller, approved_at=moment.now, reviewer_id=caller.person)
    _order_index(session, moment, solution.id)
    return solution


def retract(session: Session, moment: Moment, solution_id: str, *, caller: Caller) -> Solution:
    """Take a solution back for good: from this commit on nobody is shown it any more.

    Raises:
        NotFound: there is none that the caller may see.
        NotAllowed: not staff.
        Conflict: it is retracted already.
    """
    solution = visible(session, solution_id, caller)
    _require_clerk(caller, "只有中心工作人员可以撤下方案；企业可以撤回公开的同意。")
    _withdraw(session, moment, solution, caller=caller, cause="staff")
    return solution


def indexed(session: Session, moment: Moment, ids: Iterable[str], *, caller: Caller) -> int:
    """The index holds these now; gives how many were waiting for that."""
    count = 0
    for solution in session.scalars(select(Solution).where(Solution.id.in_(list(ids)), Solution.state == _S.APPROVED)):
        _move(session, moment, solution, _S.INDEXED, caller=caller)
        count += 1
    return count


def _withdraw(session: Session, moment: Moment, solution: Solution, *, caller: Caller, cause: str) -> None:
    was_found = solution.state in FOUND
    _move(session, moment, solution, _S.RETRACTED, caller=caller, data={"cause": cause}, retracted_at=moment.now)
    if was_found:
        _order_index(session, moment, solution.id)


def _order_index(session: Session, moment: Moment, solution_id: str) -> None:
    session.add(Job(kind=INDEX, subject=solution_id, created_at=moment.now))
    session.flush()


def _require_clerk(caller: Caller, sentence: str) -> None:
    if not caller.is_clerk:
        raise NotAllowed(sentence)


def _of_ticket(session: Session, ticket_ref: str, *states: SolutionState) -> Sequence[Solution]:
    return session.scalars(
        select(Solution).where(Solution.ticket_ref == ticket_ref, Solution.state.in_(states)).order_by(Solution.id)
    ).all()


def _words(form: Mapping[str, Any]) -> dict[str, Any]:
    words: dict[str, Any] = {}
    for field, name in FIELDS.items():
        given = form.get(field, "")
        if isinstance(given, list) and all(isinstance(step, str) for step in given):
            given = "\n".join(f"{number}. {step.strip()}" for number, step in enumerate(given, 1) if step.strip())
        words[field] = _cleaned(given, name, required=field in NEEDED)
    return words


def _cleaned(text: object, name: str, *, required: bool) -> str:
    if not isinstance(text, str):
        raise Invalid(f"“{name}”要写成文字。")
    return wording.clean_words(text, what=f"“{name}”", required=required)


# --- the redacted copy ----------------------------------------------------------------------------------------------------------------


def propose_copy(session: Session, solution: Solution) -> None:
    """Write the redacted copy afresh from the engineer's words; what staff changed in it is replaced."""
    known = known_of(session, solution)
    texts = {"title": solution.title, **solution.original}
    solution.shared = {
        field: redaction.apply(text, redaction.propose(text, known=known)) for field, text in texts.items()
    }
    session.flush()


def edit_copy(
    session: Session, moment: Moment, solution_id: str, changes: Mapping[str, Any], *, caller: Caller
) -> Solution:
    """Staff change the copy before it is approved.

    Args:
        changes: title, and the fields of the form; what is left out stays.

    Raises:
        NotFound: there is none that the caller may see.
        NotAllowed: not staff.
        Conflict: it is approved or retracted.
        Invalid: an unknown field, no text, too long, or symptom, steps or title empty.
    """
    solution = visible(session, solution_id, caller)
    _require_clerk(caller, "只有中心工作人员可以修改公开稿。")
    if solution.state not in (_S.DRAFT, _S.REVIEW):
        raise rules.refusal(solution.state)
    names = {"title": "标题", **FIELDS}
    copy = dict(solution.shared or {})
    for field, text in changes.items():
        if field not in names:
            raise Invalid(f"公开稿只有这些栏目：{'、'.join(names)}。")
        copy[field] = _cleaned(text, names[field], required=field in NEEDED or field == "title")
    done = changes_one(
        session,
        update(Solution)
        .where(Solution.id == solution.id, Solution.version == solution.version)
        .values(shared=copy, version=Solution.version + 1),
    )
    session.refresh(solution)
    if not done:
        raise Conflict("这条方案刚刚被别人改过，请刷新后再改。")
    ledger.append(session, at=moment.now, event="solution.edited", subject=solution.id, caller=caller)
    conversations.touched(session, TOPIC)
    return solution


def remarks(session: Session, solution: Solution) -> list[Remark]:
    """What in the copy may still point to somebody, in order of the fields."""
    return rules.remarks(solution.shared or {}, known_of(session, solution))


def known_of(session: Session, solution: Solution) -> list[Known]:
    """The names and numbers that the records tie to this case: the firm, its people, the engineers who had it."""
    ticket = session.scalars(select(Ticket).where(Ticket.ref == solution.ticket_ref)).one()
    engineers = select(Touch.person_id).where(Touch.ticket_ref == ticket.ref)
    people = session.scalars(
        select(Person)
        .where(
            or_(
                Person.organisation_id == solution.organisation_id,
                Person.id.in_(engineers),
                Person.id == solution.author_id,
                Person.id == ticket.person_id,
            )
        )
        .order_by(Person.id)
    ).all()
    firms = session.scalars(select(Organisation.name).where(Organisation.id == solution.organisation_id)).all()
    return [
        *(Known(Finding.FIRM, firm) for firm in firms if firm),
        *(Known(Finding.NAME, one.name, ENGINEER if one.role is Role.ENGINEER else "") for one in people if one.name),
        *(Known(Finding.PHONE, one.phone) for one in people if one.phone),
    ]


def _named(left: Sequence[Remark]) -> str:
    return "、".join(dict.fromkeys(f"{FINDING_WORDS[remark.kind]}“{remark.text}”" for remark in left))


# --- what the index may show ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """An approved copy, as the index is to hold it."""

    id: str
    domain: str
    shared: dict[str, Any]


def cases(session: Session) -> list[Case]:
    """All copies that belong into the index, ordered by id."""
    rows = session.execute(
        select(Solution.id, Solution.domain, Solution.shared)
        .where(Solution.state.in_(FOUND), Solution.shared.is_not(None))
        .order_by(Solution.id)
    )
    return [Case(id, domain.value, shared or {}) for id, domain, shared in rows]


_STAMP = select(func.count(), func.coalesce(func.sum(table_of(Solution).c.version), 0))


def stamp(session: Session) -> tuple[int, int]:
    """Another value after every move of any solution."""
    count, versions = session.execute(_STAMP).one()
    return int(count), int(versions)


def withdrawn(session: Session, messages: Iterable[Message]) -> frozenset[str]:
    """Of the cases that these messages cite or name, those that may not be shown (any more)."""
    named = {case for message in messages if message.answer for case in rules.cases_in(message.answer)}
    if not named:
        return frozenset()
    shown = select(Solution.id).where(Solution.id.in_(named), Solution.state.in_(FOUND))
    return frozenset(named) - frozenset(session.scalars(shown))


def found(session: Session) -> frozenset[str]:
    """Ids of the solutions that may be shown to everyone."""
    return frozenset(session.scalars(select(Solution.id).where(Solution.state.in_(FOUND))))
