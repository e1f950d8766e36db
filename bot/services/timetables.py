"""Engineers' own hours: the usual week, days that differ, their place, and until when they have no time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.errors import Invalid, NotFound
from bot.models.base import new_id
from bot.models.people import Person, Plan, Timetable
from bot.rules import availability as rules
from bot.rules.people import Caller
from bot.rules.worktime import CHINA, Hours, Shift
from bot.services import ledger
from bot.services.conversations import touched
from bot.services.moment import Moment
from retrieval.protocols import Role

BUSY = timedelta(days=2)  # how long "no time" holds where no day is named


@dataclass(frozen=True, slots=True)
class Standing:
    """One engineer's working time, with what matching needs besides."""

    table: rules.Timetable
    languages: frozenset[str]
    busy_until: datetime | None

    def is_busy(self, now: datetime) -> bool:
        """Whether he said that he has no time now."""
        return self.busy_until is not None and now < self.busy_until


def of_people(session: Session, moment: Moment, people: Iterable[Person]) -> dict[str, Standing]:
    """The working time of each of these engineers, by id; two queries."""
    today = moment.now.astimezone(CHINA).date()
    found = {person.id: person for person in people}
    # Asked for all at once where there are many: a list of so many ids is no better than no list.
    own = {row.person_id: row for row in session.scalars(select(Timetable))} if len(found) > 1 else _one(session, found)
    plans = select(Plan).where(Plan.last >= today.isoformat()).order_by(Plan.first)
    later: dict[str, list[rules.Plan]] = {}
    for row in session.scalars(plans if len(found) > 1 else plans.where(Plan.person_id.in_(found))):
        later.setdefault(row.person_id, []).append(as_rule(row))
    return {
        person.id: _standing(person, own.get(person.id), tuple(later.get(person.id, ())), moment.hours)
        for person in found.values()
    }


def _one(session: Session, ids: Iterable[str]) -> dict[str, Timetable]:
    return {row.person_id: row for row in session.scalars(select(Timetable).where(Timetable.person_id.in_(list(ids))))}


def of_person(session: Session, moment: Moment, person: Person) -> Standing:
    """The working time of one engineer."""
    return of_people(session, moment, [person])[person.id]


def _standing(person: Person, row: Timetable | None, plans: tuple[rules.Plan, ...], centre: Hours) -> Standing:
    home = person.organisation.region if person.organisation is not None else None
    if row is None:
        return Standing(rules.Timetable(centre, home, plans), frozenset(), None)
    hours = centre if row.week is None else _week(row.week, centre)
    return Standing(rules.Timetable(hours, row.place or home, plans), frozenset(row.languages), row.busy_until)


def _week(texts: Sequence[str], centre: Hours) -> Hours:
    shifts = tuple(rules.read_shifts(text) if text else () for text in texts)
    return Hours(shifts, centre.holidays, centre.workdays)


def as_rule(row: Plan) -> rules.Plan:
    """A row as the rules know it."""
    shifts = None if row.shifts is None else rules.read_shifts(row.shifts) if row.shifts else ()
    return rules.Plan(date.fromisoformat(row.first), date.fromisoformat(row.last), shifts, row.place, row.note)


# --- changing -------------------------------------------------------------------------------------------------------------------------


def row_of(session: Session, now: datetime, person: Person) -> Timetable:
    """The row of an engineer, made where there is none.

    Raises:
        Invalid: the person is no engineer.
    """
    if person.role is not Role.ENGINEER:
        raise Invalid("只有共享工程师有工作时间。")
    held = session.get(Timetable, person.id)
    if held is None:
        held = Timetable(person_id=person.id, languages=[], updated_at=now)
        session.add(held)
        session.flush()
    return held


def has_own_week(session: Session, person: Person) -> bool:
    """Whether an engineer has a week of his own."""
    held = session.get(Timetable, person.id)
    return held is not None and held.week is not None


def set_week(session: Session, moment: Moment, person: Person, week: Sequence[Sequence[Shift]] | None) -> None:
    """The usual week; None: as the centre works."""
    row = row_of(session, moment.now, person)
    row.week = None if week is None else [rules.shifts_text(shifts) for shifts in week]


def told(session: Session, moment: Moment, person: Person, *, caller: Caller) -> None:
    """Keep that an engineer's hours were changed: once for all that one verb changed."""
    row = row_of(session, moment.now, person)
    row.updated_at = moment.now
    session.flush()
    ledger.append(session, at=moment.now, event="hours.changed", subject=ledger.digest(person.id), caller=caller)
    touched(session, person.id)


def plans_of(session: Session, moment: Moment, person: Person) -> list[Plan]:
    """His plans that are not over, in order."""
    today = moment.now.astimezone(CHINA).date().isoformat()
    return list(
        session.scalars(select(Plan).where(Plan.person_id == person.id, Plan.last >= today).order_by(Plan.first))
    )


def add_plans(session: Session, moment: Moment, person: Person, plans: Sequence[rules.Plan]) -> list[Plan]:
    """Write plans down, all or none.

    Raises:
        Invalid: one overlaps another or says nothing, or there are too many.
    """
    row_of(session, moment.now, person)
    # Whoever else writes to this engineer's plans waits: two that overlap never both pass.
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    held = plans_of(session, moment, person)
    if len(held) + len(plans) > rules.MOST_PLANS:
        raise Invalid(f"安排最多写 {rules.MOST_PLANS} 条，请先删掉不用的。")
    today = moment.now.astimezone(CHINA).date()
    others = [as_rule(row) for row in held]
    made = []
    for plan in plans:
        rules.check_plan(plan, others, today)
        others.append(plan)
        made.append(
            Plan(
                id=new_id("w"),
                person_id=person.id,
                first=plan.first.isoformat(),
                last=plan.last.isoformat(),
                shifts=None if plan.shifts is None else rules.shifts_text(plan.shifts),
                place=plan.place,
                note=plan.note,
                created_at=moment.now,
            )
        )
    session.add_all(made)
    session.flush()
    return made


def remove_plan(session: Session, person: Person, plan: str) -> None:
    """Take a plan back.

    Raises:
        NotFound: he has no such plan.
    """
    held = session.get(Plan, plan)
    if held is None or held.person_id != person.id:
        raise NotFound("没有这条安排，请刷新后再看。")
    session.delete(held)
    session.flush()


def busy(session: Session, now: datetime, person: Person, until: datetime | None = None) -> None:
    """He has no time, until then or for BUSY."""
    row = row_of(session, now, person)
    row.busy_until = until or now + BUSY
    row.updated_at = now
    session.flush()


def forget(session: Session, person: str) -> None:
    """Nothing of an engineer's hours is kept."""
    session.execute(delete(Plan).where(Plan.person_id == person))
    session.execute(delete(Timetable).where(Timetable.person_id == person))
