"""Engineers' hours as the doors use them: the usual week, days that differ, the town, languages; and whom a firm does not want.

An engineer sees and changes his own, staff everyone's. Firms see none of it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any

from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json, iso_or_none
from bot.db import Session
from bot.errors import Invalid, NotFound
from bot.models.people import Person
from bot.models.people import Plan as PlanRow
from bot.rules import availability as rules
from bot.rules.availability import Plan
from bot.rules.matching import LANGUAGES
from bot.rules.people import Caller, check_person, checked_capacity, checked_skills
from bot.rules.wording import clean_words
from bot.rules.worktime import CHINA
from bot.services import people, timetables
from bot.services.moment import Moment
from retrieval.protocols import Role


def show(clinic: Clinic, caller: Caller, person: str | None = None) -> Json:
    """An engineer's hours: `{"id","name","week","own_week","place","languages","skills","capacity","busy_until","available","opens","plans"}`.

    `week` is the week in a line, `own_week` whether it is his own or the centre's; `available` whether he works now, `opens` when he does next.
    A plan is `{"id","first","last","hours","place","note","text"}`; `hours` is null where they are as usual, empty where he is away.

    Args:
        person: Whose; None: the caller's own.

    Raises:
        Unauthenticated: nobody signed in.
        NotFound: there is no such engineer, or it is another's account.
    """
    with clinic.records.read() as session:
        return _shown(session, clinic.moment(), _seen(session, caller, person))


def change(
    clinic: Clinic,
    caller: Caller,
    person: str | None = None,
    *,
    week: str | None = None,
    place: str | None = None,
    languages: Sequence[str] | None = None,
    skills: Sequence[str] | None = None,
    capacity: int | None = None,
    unlimited: bool = False,
    busy_until: str | None = None,
) -> Json:
    """Change what is given and leave the rest; gives the hours as they are then.

    Args:
        week: 周一至周五 9:00-17:00；周六 休息. Days that are not named stay; empty: as the centre works.
        place: The town; empty: where his organisation is.
        unlimited: He takes any number of cases at once.
        busy_until: The last day (ISO 8601) on which he has no time; empty: he has time again.

    Raises:
        NotFound: there is no such engineer, or it is another's account.
        Invalid: something is not understood, or contradicts itself; nothing is kept.
    """
    with _changing(clinic, caller, person) as (session, moment, found):
        row = timetables.row_of(session, moment.now, found)
        if week is not None:
            usual = timetables.of_person(session, moment, found).table.hours.shifts
            timetables.set_week(session, moment, found, rules.read_week(week, usual) if week.strip() else None)
        if place is not None:
            row.place = rules.checked_place(place)
        if languages is not None:
            row.languages = rules.checked_languages(languages)
        if skills is not None:
            found.skills = checked_skills(skills)
        if capacity is not None or unlimited:
            found.capacity = None if unlimited else checked_capacity(capacity)
        if busy_until is not None:
            row.busy_until = end_of(busy_until, moment.now) if busy_until.strip() else None
        session.flush()
        return _shown(session, moment, found)


def tell(clinic: Clinic, caller: Caller, text: str, person: str | None = None) -> Json:
    """Write down what an engineer says of some days: 周三我在青岛，下午有空. Gives `{"understood": [in words], …the hours}`.

    Raises:
        NotFound: there is no such engineer, or it is another's account.
        Invalid: no day is named, nothing is said of it, or it overlaps another plan; nothing is kept.
    """
    said = clean_words(text, what="时间安排")
    with _changing(clinic, caller, person) as (session, moment, found):
        usual = timetables.of_person(session, moment, found).table.hours
        plans = rules.read(said, moment.now.astimezone(CHINA).date(), usual)
        timetables.add_plans(session, moment, found, plans)
        return {"understood": [rules.plan_words(plan) for plan in plans]} | _shown(session, moment, found)


def command(
    clinic: Clinic,
    caller: Caller,
    person: str | None = None,
    *,
    say: str | None = None,
    remove: str | None = None,
    **changes: Any,
) -> Json:
    """What a command line asks for: `tell`, `remove_plan` or `change` where something is given for it, else `show`.

    Raises:
        NotFound: there is no such engineer or plan, or it is another's.
        Invalid: something is not understood; nothing is kept.
    """
    if say is not None:
        return tell(clinic, caller, say, person)
    if remove is not None:
        return remove_plan(clinic, caller, remove, person)
    if any(value is not None for value in changes.values()):
        return change(clinic, caller, person, **changes)
    return show(clinic, caller, person)


def add_plan(
    clinic: Clinic,
    caller: Caller,
    person: str | None = None,
    *,
    first: str,
    last: str | None = None,
    hours: str | None = None,
    place: str = "",
    note: str = "",
) -> Json:
    """Write down some days that differ; gives the hours as they are then.

    Args:
        first, last: Days in ISO 8601; without `last` one day.
        hours: 13:30-17:30, 下午, 休息; None: as usual.

    Raises:
        NotFound: there is no such engineer, or it is another's account.
        Invalid: something is not understood, or the days overlap another plan.
    """
    begin = rules.read_day(first)
    plan = Plan(
        begin,
        rules.read_day(last) if last else begin,
        rules.read_shifts(hours) if hours else None,
        rules.checked_place(place),
        rules.checked_note(note),
    )
    with _changing(clinic, caller, person) as (session, moment, found):
        timetables.add_plans(session, moment, found, [plan])
        return _shown(session, moment, found)


def remove_plan(clinic: Clinic, caller: Caller, plan: str, person: str | None = None) -> Json:
    """Take a plan back; gives the hours as they are then.

    Raises:
        NotFound: there is no such engineer or plan, or it is another's.
    """
    with _changing(clinic, caller, person) as (session, moment, found):
        timetables.remove_plan(session, found, plan)
        return _shown(session, moment, found)


def end_of(day: str, now: datetime) -> datetime:
    """The end of a day that is to come.

    Raises:
        Invalid: it is no day, over, or more than a year away.
    """
    last = rules.read_day(day)
    end = datetime.combine(last + timedelta(days=1), time(0), CHINA)
    if end <= now or end - now > rules.LONGEST:
        raise Invalid(f"{rules.day_words(last)}不在今后一年里，请改一个日子。")
    return end


# --- inside ---------------------------------------------------------------------------------------------------------------------------


@contextmanager
def _changing(clinic: Clinic, caller: Caller, person: str | None) -> Iterator[tuple[Session, Moment, Person]]:
    with clinic.writing(caller) as session:
        moment = clinic.moment()
        found = _seen(session, caller, person)
        timetables.row_of(session, moment.now, found)
        yield session, moment, found
        timetables.told(session, moment, found, caller=caller)


def _seen(session: Session, caller: Caller, person: str | None) -> Person:
    own = check_person(caller) if person is None or not caller.is_clerk else None
    wanted = person if person is not None else str(own)
    if not caller.is_clerk and wanted != own:
        raise NotFound(people.GONE)
    found = people.person(session, wanted)
    if found.role is not Role.ENGINEER:
        raise NotFound("只有共享工程师有工作时间，请核对编号。")
    return found


def _shown(session: Session, moment: Moment, person: Person) -> Json:
    standing = timetables.of_person(session, moment, person)
    own = timetables.has_own_week(session, person)
    away = standing.table.away(moment.now)
    return {
        "id": person.id,
        "name": person.name,
        "week": rules.week_text(standing.table.hours.shifts),
        "own_week": own,
        "place": standing.table.place,
        "languages": [LANGUAGES[code] for code in sorted(standing.languages)],
        "skills": list(person.skills),
        "capacity": person.capacity,
        "busy_until": iso_or_none(standing.busy_until) if standing.is_busy(moment.now) else None,
        "available": away is not None and not away and not standing.is_busy(moment.now),
        "opens": iso_or_none(moment.now + away) if away is not None else None,
        "plans": [_plan(row) for row in timetables.plans_of(session, moment, person)],
    }


def _plan(row: PlanRow) -> Json:
    return {
        "id": row.id,
        "first": row.first,
        "last": row.last,
        "hours": row.shifts,
        "place": row.place,
        "note": row.note,
        "text": rules.plan_words(timetables.as_rule(row)),
    }
