"""Plays a market with one way of ranking engineers: waves, answers, claims, work, transfers. What happened is counted."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.rules import matching, worktime
from bot.rules.holidays import shipped
from bot.rules.matching import Case, DeclineReason, Engineer, Match, Record, Trade
from bot.rules.tickets import CLAIM
from bot.rules.triage import Domain, Urgency
from bot.rules.worktime import CHINA, Hours
from evals.market.world import Need, Person, World, solves, takes

ABLE = 0.6  # hidden chance of solving from which a choice is right
GIVEN_UP = timedelta(days=10)  # after which an unclaimed case is lost
MOST_TRANSFERS = 4
MOST_WAVES = 20
FRESH_WAVES = 2  # that are ranked anew; the order of the large ones after them matters little
BEGUN = timedelta(days=30)  # within which a newcomer should have had a case
TIRED = timedelta(days=2)  # how long "no time" holds, as in the product


class Ranking(Protocol):
    """A way of ranking: everyone who may be invited, best first."""

    def __call__(self, case: Case, engineers: Sequence[Engineer], offered: dict[str, int]) -> list[Match]: ...


@dataclass
class _Known:
    """What the product has seen an engineer do."""

    accepted: int = 0
    declined: int = 0
    ignored: int = 0
    too_far: int = 0
    solved: dict[Domain, int] = field(default_factory=dict)
    failed: dict[Domain, int] = field(default_factory=dict)
    not_mine: dict[Domain, int] = field(default_factory=dict)
    ratings: int = 0
    stars: int = 0
    pending: int = 0
    load: int = 0
    closed: int = 0  # cases that ended, and offers declined as not his trade
    busy_until: datetime | None = None
    seen: Engineer | None = None
    kept: tuple[tuple[int, ...], Record] | None = None

    def record(self) -> Record:
        """The same in the product's shape; made again only when something changed."""
        done = (self.accepted, self.declined, self.ignored, self.pending, self.ratings, self.closed)
        if self.kept is None or self.kept[0] != done:
            self.kept = done, self._record()
        return self.kept[1]

    def _record(self) -> Record:
        trades = {
            domain: Trade(self.solved.get(domain, 0), self.failed.get(domain, 0), self.not_mine.get(domain, 0))
            for domain in {*self.solved, *self.failed, *self.not_mine}
        }
        return Record(
            self.accepted, self.declined, self.ignored, self.too_far, trades, self.ratings, self.stars, self.pending
        )


@dataclass
class _State:
    """A case on its way."""

    excluded: set[str] = field(default_factory=set)
    since: datetime | None = None
    round: int = 0
    wave: int = 0
    invited: dict[str, bool] = field(default_factory=dict)  # in this round; False once declined
    ranked: list[Match] = field(default_factory=list)
    owner: str | None = None
    first: str | None = None  # whom the first ranking put first
    right: bool = False
    claimed: datetime | None = None
    first_claimant: str | None = None
    transfers: int = 0
    solved: datetime | None = None


@dataclass(frozen=True)
class Played:
    """What happened.

    Attributes:
        waited: Hours until somebody claimed, by demand; None where nobody did.
        right: Whether who was ranked first would have taken and solved it.
        able: Whether his hidden chance of solving it is at least ABLE.
        solved: Whether it was solved, whoever did.
        transfers: How often it was passed on.
        offers: Invitations by engineer.
        claims: Cases by engineer.
        newcomers: Of those who joined on the way, the share that had a case within BEGUN.
    """

    waited: list[float | None]
    right: list[bool]
    able: list[bool]
    solved: list[bool]
    transfers: list[int]
    offers: dict[str, int]
    claims: dict[str, int]
    newcomers: float


class Play:
    """One run.

    Args:
        reads_all: Whether the ranking looks at hours, places and what was done before.
    """

    def __init__(self, world: World, ranking: Ranking, *, reads_all: bool) -> None:
        self._reads_all = reads_all
        calendar = shipped()
        self._centre = Hours(holidays=calendar.holidays, workdays=calendar.workdays)
        self._world, self._ranking = world, ranking
        self._people = {person.id: (number, person) for number, person in enumerate(world.people)}
        self._known = {person.id: _Known() for person in world.people}
        self._states = [_State() for _ in world.needs]
        self._events: list[tuple[datetime, int, str, int, str, int]] = []
        self._count = 0
        self._offers = {person.id: 0 for person in world.people}
        self._claims = {person.id: 0 for person in world.people}
        self._first_case: dict[str, datetime] = {}

    def run(self) -> Played:
        """Play it to its end."""
        for number, need in enumerate(self._world.needs):
            self._later(need.at, "open", number)
        while self._events:
            at, _, kind, number, who, extra = heapq.heappop(self._events)
            getattr(self, f"_{kind}")(at, number, who, extra)
        states, needs = self._states, self._world.needs
        joined = [person for person in self._world.people if person.since > needs[0].at]
        begun = [self._first_case.get(one.id, one.since + 2 * BEGUN) - one.since <= BEGUN for one in joined]
        return Played(
            [
                None if state.claimed is None else (state.claimed - need.at) / timedelta(hours=1)
                for state, need in zip(states, needs, strict=True)
            ],
            [state.right for state in states],
            [
                state.first is not None and solves(self._people[state.first][1], need) >= ABLE
                for state, need in zip(states, needs, strict=True)
            ],
            [state.solved is not None for state in states],
            [state.transfers for state in states],
            self._offers,
            self._claims,
            sum(begun) / max(1, len(begun)),
        )

    def _later(self, at: datetime, kind: str, number: int, who: str = "", extra: int = 0) -> None:
        self._count += 1
        heapq.heappush(self._events, (at, self._count, kind, number, who, extra))

    # --- inviting ---------------------------------------------------------------------------------------------------------------------

    def _open(self, at: datetime, number: int, who: str = "", extra: int = 0) -> None:
        del who, extra
        state = self._states[number]
        state.since, state.wave, state.owner, state.invited, state.ranked = at, 0, None, {}, []
        state.round += 1
        self._invite(at, number)

    def _wave(self, at: datetime, number: int, who: str, extra: int) -> None:
        del who
        state = self._states[number]
        if state.owner is None and (state.round, state.wave) == divmod(extra, 1000):
            self._invite(at, number)

    def _invite(self, at: datetime, number: int) -> None:
        state, need = self._states[number], self._world.needs[number]
        case = replace(need.case, excluded=frozenset(state.excluded))
        if state.wave < FRESH_WAVES or not state.ranked:
            state.ranked = self._ranking(case, self._seen(at), self._offers)
        ranked = state.ranked
        if state.first is None and ranked:
            state.first = ranked[0].engineer
            place, person = self._people[state.first]
            chance, dice = takes(person, need, self._known[state.first].load), self._world.dice[number, place]
            state.right = bool(dice[0] < chance and dice[2] < solves(person, need))
        state.wave += 1
        for match in matching.wave(case, [one for one in ranked if one.engineer not in state.invited], state.wave):
            self._offer(at, number, match.engineer)
        assert state.since is not None
        due = worktime.add_working(self._centre, state.since, matching.until_wave(state.wave, CLAIM[case.urgency]))
        if len(state.invited) < len(ranked) and state.wave < MOST_WAVES:
            self._later(max(due, at + timedelta(seconds=1)), "wave", number, extra=state.round * 1000 + state.wave)

    def _seen(self, at: datetime) -> list[Engineer]:
        """Every engineer as the product knows him now; for a ranking that looks at nothing of it, without hours and record."""
        today, second = at.astimezone(CHINA).date(), at.timestamp()
        return [
            self._as_seen(person, self._known[person.id], at, second, today)
            for person in self._world.people
            if person.since <= at
        ]

    def _as_seen(self, person: Person, known: _Known, at: datetime, second: float, today: date) -> Engineer:
        if not self._reads_all:
            if known.seen is None or known.seen.load != known.load:
                known.seen = Engineer(
                    person.id, person.skills, person.organisation, load=known.load, capacity=person.capacity
                )
            return known.seen
        return Engineer(
            person.id,
            person.skills,
            person.organisation,
            person.elsewhere.get(today, person.town),
            frozenset(),
            known.load,
            person.capacity,
            person.away(second),
            known.busy_until is not None and at < known.busy_until,
            known.record(),
        )

    # --- answers ----------------------------------------------------------------------------------------------------------------------

    def _offer(self, at: datetime, number: int, who: str) -> None:
        state, need = self._states[number], self._world.needs[number]
        place, person = self._people[who]
        state.invited[who] = True
        self._offers[who] += 1
        self._known[who].pending += 1
        haste = 0.15 if need.case.urgency is Urgency.CRITICAL else 0.5 if need.case.urgency is Urgency.HIGH else 1
        wait = person.slow * haste * -math.log(1 - float(self._world.dice[number, place, 1]))
        answers = person.after(at, wait)
        if answers is not None and answers - need.at <= GIVEN_UP:
            self._later(answers, "answer", number, who, state.round)

    def _answer(self, at: datetime, number: int, who: str, extra: int) -> None:
        state, need = self._states[number], self._world.needs[number]
        if state.owner is not None or state.round != extra or state.solved is not None:
            return
        (place, person), known = self._people[who], self._known[who]
        full = person.capacity is not None and known.load >= person.capacity
        if not full and self._world.dice[number, place, 0] < takes(person, need, known.load):
            self._claim(at, number, who)
        elif self._world.dice[number, place, 3] < person.candour:
            self._decline(at, number, who)

    def _claim(self, at: datetime, number: int, who: str) -> None:
        state, need = self._states[number], self._world.needs[number]
        state.owner = who
        state.claimed = state.claimed or at
        self._first_case.setdefault(who, at)
        self._claims[who] += 1
        for one, waits in state.invited.items():
            self._known[one].pending -= waits
            if one != who and waits:
                self._known[one].ignored += 1
        known = self._known[who]
        known.accepted += 1
        known.load += 1
        person = self._people[who][1]
        done = person.after(at, need.hours * (1.3 - person.mastery[need.trade])) or at + timedelta(days=7)
        self._later(done, "finish", number, who)

    def _decline(self, at: datetime, number: int, who: str) -> None:
        state, need, known, person = (
            self._states[number],
            self._world.needs[number],
            self._known[who],
            self._people[who][1],
        )
        state.invited[who] = False
        known.pending -= 1
        match _reason(person, need, known.load):
            case DeclineReason.NOT_MY_TRADE:
                known.closed += 1
                known.not_mine[need.case.domain] = known.not_mine.get(need.case.domain, 0) + 1
            case DeclineReason.TOO_FAR:
                known.too_far += 1
                known.declined += 1
            case DeclineReason.TOO_BUSY:
                known.busy_until = at + TIRED
                known.declined += 1
            case _:
                known.declined += 1
        if not any(state.invited.values()) and state.wave < MOST_WAVES:
            self._invite(at, number)

    # --- work -------------------------------------------------------------------------------------------------------------------------

    def _finish(self, at: datetime, number: int, who: str, extra: int) -> None:
        del extra
        state, need = self._states[number], self._world.needs[number]
        (place, person), known = self._people[who], self._known[who]
        known.load -= 1
        known.closed += 1
        chance, domain = solves(person, need), need.case.domain
        if self._world.dice[number, place, 2] < chance:
            state.solved = at
            known.solved[domain] = known.solved.get(domain, 0) + 1
            if self._world.dice[number, place, 4] < 0.6:  # six in ten firms rate
                known.ratings += 1
                known.stars += max(
                    1, min(5, round(2.5 + 2.5 * chance + 3 * (float(self._world.dice[number, place, 4]) - 0.3)))
                )
            return
        known.failed[domain] = known.failed.get(domain, 0) + 1
        state.excluded.add(who)
        if state.transfers < MOST_TRANSFERS:
            state.transfers += 1
            self._open(at, number)


def _reason(person: Person, need: Need, load: int) -> DeclineReason:
    if person.mastery[need.trade] < 0.4:
        return DeclineReason.NOT_MY_TRADE
    if matching.distance(need.case.place, person.town) == 1 and person.roams < 0.5:
        return DeclineReason.TOO_FAR
    return DeclineReason.TOO_BUSY if load else DeclineReason.OTHER
