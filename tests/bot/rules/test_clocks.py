"""The clock of a case runs in working time and stands while the firm owes an answer."""

import random
from datetime import datetime, timedelta

from bot.rules import clocks, worktime
from bot.rules.clocks import RESOLUTION, RUNNING, Clock
from bot.rules.holidays import shipped
from bot.rules.tickets import TicketState
from bot.rules.triage import Urgency
from bot.rules.worktime import CHINA, Hours

S = TicketState
HOURS = Hours(holidays=shipped().holidays, workdays=shipped().workdays)
HISTORIES = 1_000
OPEN_MINUTES = frozenset({*range(540, 720), *range(810, 1050)})


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CHINA)


NEW_YEAR = datetime(2026, 1, 1, tzinfo=CHINA)
MINUTES = 365 * 24 * 60


def slow_calendar() -> bytes:
    """The reference: for every minute of the year whether it is worked, each decided by itself."""
    year = shipped().years[2026]
    open_minutes = bytearray(MINUTES)
    for day in range(365):
        date = (NEW_YEAR + timedelta(days=day)).date()
        if date in year.workdays or (date.weekday() < 5 and date not in year.holidays):
            for minute in range(24 * 60):
                open_minutes[day * 24 * 60 + minute] = minute in OPEN_MINUTES
    return bytes(open_minutes)


WORKED = slow_calendar()


def test_every_minute_of_the_year_is_open_as_the_reference_says() -> None:
    ours = bytearray(MINUTES)
    for day in range(365):
        date = (NEW_YEAR + timedelta(days=day)).date()
        for begin, end in worktime.open_on(HOURS, date):
            first, last = ((moment - NEW_YEAR) // timedelta(minutes=1) for moment in (begin, end))
            ours[first:last] = b"\x01" * (last - first)
    assert bytes(ours) == WORKED


def test_it_stands_while_the_firm_owes_an_answer() -> None:
    moves = [
        (at(23, 9), S.CLAIMED),
        (at(23, 10), S.IN_PROGRESS),
        (at(23, 11), S.WAITING_SME),
        (at(25, 9), S.IN_PROGRESS),
    ]
    clock = clocks.read(HOURS, moves)
    assert clock == Clock(timedelta(hours=2), at(25, 9))
    assert clock.due(HOURS, timedelta(hours=4)) == at(25, 11)
    assert clocks.read(HOURS, moves[:3]).due(HOURS, timedelta(hours=4)) is None


def test_what_the_one_before_used_stays_used() -> None:
    moves = [(at(23, 9), S.CLAIMED), (at(23, 11), S.TRANSFERRED), (at(23, 11), S.OFFERED), (at(24, 9), S.CLAIMED)]
    assert clocks.read(HOURS, moves).at(HOURS, at(24, 10)) == timedelta(hours=3)


def test_what_is_more_urgent_should_be_solved_sooner() -> None:
    assert sorted(RESOLUTION.values()) == [RESOLUTION[urgency] for urgency in Urgency]


def test_a_thousand_histories_are_as_a_count_of_minutes_says() -> None:
    rng = random.Random(20261122)
    wrong = []
    for number in range(HISTORIES):
        minute = rng.randrange(MINUTES - 40_000)
        moves, used, running = [], 0, False
        for _ in range(rng.randint(1, 6)):
            state = rng.choice([S.CLAIMED, S.IN_PROGRESS, S.WAITING_SME, S.OFFERED, S.RESOLVED])
            moves.append((NEW_YEAR + timedelta(minutes=minute), state))
            running = state in RUNNING
            gap = rng.randint(0, 3_000)
            used += sum(WORKED[minute : minute + gap]) if running else 0
            minute += gap
        clock, now = clocks.read(HOURS, moves), NEW_YEAR + timedelta(minutes=minute)
        right = clock.at(HOURS, now) == timedelta(minutes=used)
        if right and running:
            left = allowed = rng.randint(1, 300)
            while left:
                left -= WORKED[minute]
                minute += 1
            right = clock.due(HOURS, timedelta(minutes=used + allowed)) == NEW_YEAR + timedelta(minutes=minute)
        if not right:
            wrong.append(number)
    assert wrong == []
