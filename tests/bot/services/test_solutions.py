"""From the engineer's draft to the case that others may find, on both databases."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db import Records
from bot.errors import Conflict, Invalid, NotAllowed, NotFound
from bot.models.ledger import Entry
from bot.models.people import Person
from bot.models.work import Job
from bot.rules.people import NOBODY, Caller
from bot.rules.solutions import SolutionState
from bot.services import ledger, solutions, tickets
from retrieval.protocols import Role
from tests.bot.clinic import make_person, make_ticket, moment

FORM = {
    "symptom": "海沧精密厂的注塑件缩水，联系李四 13800138000",
    "cause": "保压不足",
    "steps": "1. 加保压\n2. 张工到场复核",
    "verification": "连续五十模合格",
    "limits": "只适用于薄壁件",
}


@dataclass
class Solved:
    firm: Caller
    engineer: Caller
    clerk: Caller
    ref: str
    solution: str


def solve(records: Records, form: dict[str, object] | None = None) -> Solved:
    """A resolved ticket and its draft."""
    with records.write() as session:
        firm = make_person(session, Role.SME, "李四", organisation="海沧精密厂")
        engineer = make_person(session, Role.ENGINEER, "张工")
        clerk = make_person(session, Role.STAFF, "王审核")
        ref = make_ticket(session, firm).ticket.ref
        tickets.claim(session, moment(), ref, engineer=engineer.person or "", caller=engineer)
    with records.write() as session:
        ticket = tickets.visible(session, ref, engineer)
        tickets.resolve(session, moment(hours=1), ticket, caller=engineer)
        made = solutions.draft(session, moment(hours=1), ticket, form or FORM, caller=engineer)
    return Solved(firm, engineer, clerk, ref, made.id)


def agree(records: Records, case: Solved, given: bool = True) -> None:
    with records.write() as session:
        solutions.consent(session, moment(hours=2), case.ref, given, caller=case.firm)


def approve(records: Records, case: Solved) -> None:
    with records.write() as session:
        solutions.approve(session, moment(hours=3), case.solution, caller=case.clerk)


def state_of(records: Records, case: Solved) -> SolutionState:
    with records.read() as session:
        return solutions.visible(session, case.solution, case.clerk).state


def jobs(session: Session) -> list[tuple[str, str]]:
    return [(job.kind, job.subject) for job in session.scalars(select(Job).order_by(Job.id))]


def events(session: Session, subject: str) -> list[str]:
    return list(session.scalars(select(Entry.event).where(Entry.subject == subject).order_by(Entry.seq)))


def test_a_case_goes_from_draft_to_the_index_and_out_of_it(records: Records) -> None:
    case = solve(records)
    assert state_of(records, case) is SolutionState.DRAFT
    agree(records, case)
    assert state_of(records, case) is SolutionState.REVIEW
    approve(records, case)
    with records.write() as session:
        assert jobs(session) == [("index", case.solution)]
        assert [found.id for found in solutions.cases(session)] == [case.solution]
        assert solutions.indexed(session, moment(hours=4), [case.solution], caller=NOBODY) == 1
        assert solutions.indexed(session, moment(hours=4), [case.solution], caller=NOBODY) == 0
    with records.write() as session:
        solutions.retract(session, moment(hours=5), case.solution, caller=case.clerk)
        assert solutions.cases(session) == []
        assert len(jobs(session)) == 2
        assert events(session, case.solution) == [
            "solution.draft",
            "solution.review",
            "solution.approved",
            "solution.indexed",
            "solution.retracted",
        ]
    with records.read() as session:
        assert ledger.verify(session).broken_at is None


def test_the_copy_names_neither_the_firm_nor_its_people_nor_the_engineer(records: Records) -> None:
    case = solve(records)
    with records.read() as session:
        solution = solutions.visible(session, case.solution, case.clerk)
        shared = " ".join((solution.shared or {}).values())
        assert solution.original["symptom"] == FORM["symptom"]
    for name in ("海沧精密厂", "李四", "13800138000", "张工"):
        assert name not in shared
    assert "注塑件缩水" in shared


def test_without_consent_nothing_is_approved(records: Records) -> None:
    case = solve(records)
    with pytest.raises(Conflict, match="草稿"):
        approve(records, case)
    agree(records, case)
    agree(records, case, given=False)
    with pytest.raises(Conflict, match="草稿"):
        approve(records, case)
    assert state_of(records, case) is SolutionState.DRAFT
    with records.read() as session:
        assert jobs(session) == []


def test_consent_taken_back_takes_the_case_out_of_the_index(records: Records) -> None:
    case = solve(records)
    agree(records, case)
    approve(records, case)
    agree(records, case, given=False)
    assert state_of(records, case) is SolutionState.RETRACTED
    with records.read() as session:
        assert solutions.found(session) == frozenset()
        assert jobs(session) == [("index", case.solution)] * 2


def test_an_author_does_not_approve_his_own(records: Records) -> None:
    case = solve(records)
    agree(records, case)
    with records.write() as session:
        person = session.get_one(Person, case.engineer.person)
        person.role = Role.STAFF
    own = Caller(Role.STAFF, case.engineer.person, "张工")
    with records.write() as session, pytest.raises(NotAllowed, match="作者"):
        solutions.approve(session, moment(hours=3), case.solution, caller=own)


@pytest.mark.parametrize("words", ["打 13912345678 问", "海沧精密厂用过", "李四说好"])
def test_a_copy_that_points_to_somebody_is_not_approved(records: Records, words: str) -> None:
    case = solve(records)
    agree(records, case)
    with records.write() as session:
        solutions.edit_copy(session, moment(hours=2), case.solution, {"limits": words}, caller=case.clerk)
    with pytest.raises(Conflict, match="不能公开"):
        approve(records, case)
    with records.write() as session:
        solutions.edit_copy(session, moment(hours=2), case.solution, {"limits": "薄壁件"}, caller=case.clerk)
    approve(records, case)
    assert state_of(records, case) is SolutionState.APPROVED


def test_a_second_draft_takes_the_place_of_the_first(records: Records) -> None:
    case = solve(records)
    agree(records, case)
    with records.write() as session:
        ticket = tickets.visible(session, case.ref, case.firm)
        tickets.reopen(session, moment(hours=3), ticket, caller=case.firm)
        tickets.resolve(session, moment(hours=4), ticket, caller=case.engineer)
        second = solutions.draft(session, moment(hours=4), ticket, FORM, caller=case.engineer)
    assert state_of(records, case) is SolutionState.RETRACTED
    with records.write() as session:
        assert not solutions.is_shared(session, solutions.visible(session, second.id, case.clerk))
        with pytest.raises(Conflict):
            solutions.approve(session, moment(hours=5), second.id, caller=case.clerk)


def test_a_clock_set_back_does_not_make_a_consent_older_than_its_case(records: Records) -> None:
    case = solve(records)
    with records.write() as session:
        solutions.consent(session, moment(hours=-1), case.ref, True, caller=case.firm)
    approve(records, case)
    assert state_of(records, case) is SolutionState.APPROVED


def test_the_case_of_a_reopened_ticket_stays_until_the_next_one_is_approved(records: Records) -> None:
    case = solve(records)
    agree(records, case)
    approve(records, case)
    with records.write() as session:
        ticket = tickets.visible(session, case.ref, case.firm)
        tickets.reopen(session, moment(hours=4), ticket, caller=case.firm)
        tickets.resolve(session, moment(hours=5), ticket, caller=case.engineer)
        second = solutions.draft(session, moment(hours=5), ticket, FORM, caller=case.engineer).id
        assert solutions.found(session) == {case.solution}
        solutions.consent(session, moment(hours=6), case.ref, True, caller=case.firm)
    with records.write() as session:
        solutions.approve(session, moment(hours=7), second, caller=case.clerk)
        assert solutions.found(session) == {second}


def test_each_sees_only_what_is_his(records: Records) -> None:
    case = solve(records)
    with records.write() as session:
        other_firm = make_person(session, Role.SME, organisation="乙厂")
        other_engineer = make_person(session, Role.ENGINEER)
        admin = make_person(session, Role.ADMIN)
    with records.read() as session:
        for caller in (case.firm, case.engineer, case.clerk, admin):
            assert solutions.visible(session, case.solution, caller).id == case.solution
            assert len(solutions.visible_to(session, caller)) == 1
        for caller in (other_firm, other_engineer, NOBODY):
            with pytest.raises(NotFound):
                solutions.visible(session, case.solution, caller)
            assert solutions.visible_to(session, caller) == []


def test_only_staff_approve_retract_and_edit(records: Records) -> None:
    case = solve(records)
    agree(records, case)
    moves: list[Callable[[Session, Caller], object]] = [
        lambda session, caller: solutions.approve(session, moment(hours=3), case.solution, caller=caller),
        lambda session, caller: solutions.retract(session, moment(hours=3), case.solution, caller=caller),
        lambda session, caller: solutions.edit_copy(session, moment(hours=3), case.solution, {}, caller=caller),
    ]
    for move in moves:
        for caller in (case.firm, case.engineer):
            with records.write() as session, pytest.raises(NotAllowed):
                move(session, caller)


@pytest.mark.parametrize(
    "form", [{}, {"symptom": "坏了"}, {"symptom": " ", "steps": "x"}, {"symptom": 1, "steps": "x"}]
)
def test_a_form_that_says_nothing_is_refused(records: Records, form: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        solve(records, form or {"cause": "x"})
    with records.read() as session:
        assert session.scalar(select(func.count()).select_from(Entry).where(Entry.event == "solution.draft")) == 0


def test_every_move_changes_the_stamp(records: Records) -> None:
    with records.read() as session:
        stamps = [solutions.stamp(session)]
    case = solve(records)
    for step in (lambda: agree(records, case), lambda: approve(records, case)):
        step()
        with records.read() as session:
            stamps.append(solutions.stamp(session))
    assert len(set(stamps)) == len(stamps)
