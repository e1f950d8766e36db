"""The market: engineers with traits that nobody sees, and what firms ask for. Everything follows from one seed.

What a matcher may read of an engineer is what the product knows: the skills he wrote down (some left out, some wrong), his town, his hours,
his capacity, and what he did so far. What he can do and what he is willing to do is hidden.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files

import numpy as np

from bot.rules.availability import Plan, Timetable, read_week
from bot.rules.holidays import shipped
from bot.rules.matching import Case, distance
from bot.rules.triage import DOMAIN_NAMES, Demand, Domain, Urgency
from bot.rules.worktime import CHINA, Hours

TOWNS = ("青岛", "潍坊", "烟台", "济南", "苏州", "无锡", "宁波", "杭州", "长沙", "株洲", "湘潭", "东莞")
TOWN_SHARES = (0.24, 0.1, 0.1, 0.06, 0.1, 0.07, 0.08, 0.05, 0.08, 0.05, 0.03, 0.04)
TRADES = tuple(domain for domain in Domain if domain is not Domain.OTHER)
RELATED = {  # trades whose engineers know something of the other
    Domain.MACHINING: (Domain.QUALITY, Domain.MATERIALS),
    Domain.MOULDING: (Domain.MATERIALS, Domain.MACHINING),
    Domain.WELDING: (Domain.MATERIALS, Domain.ROBOTICS),
    Domain.ELECTRICAL: (Domain.ROBOTICS, Domain.SOFTWARE, Domain.HYDRAULICS),
    Domain.HYDRAULICS: (Domain.ELECTRICAL, Domain.MARINE),
    Domain.MATERIALS: (Domain.QUALITY, Domain.WELDING),
    Domain.QUALITY: (Domain.MACHINING, Domain.MATERIALS),
    Domain.ROBOTICS: (Domain.ELECTRICAL, Domain.SOFTWARE),
    Domain.SOFTWARE: (Domain.ELECTRONICS, Domain.ELECTRICAL),
    Domain.PROCESS: (Domain.ENERGY, Domain.SAFETY),
    Domain.ELECTRONICS: (Domain.ELECTRICAL, Domain.SOFTWARE),
    Domain.MARINE: (Domain.WELDING, Domain.HYDRAULICS),
    Domain.ENERGY: (Domain.ELECTRICAL, Domain.PROCESS),
    Domain.SAFETY: (Domain.PROCESS, Domain.ENERGY),
}
KINDS = tuple(Demand)
KIND_SHARES = (0.62, 0.1, 0.11, 0.09, 0.04, 0.04)
URGENCIES = tuple(Urgency)
URGENCY_SHARES = (0.02, 0.18, 0.65, 0.15)
WEEKS = (  # beside the centre's own
    "周一至周五 18:00-22:00；周六、周日 9:00-18:00",
    "周一至周五 8:00-20:00；周六 9:00-12:00",
    "周二、周四 13:30-17:30；周一、周三、周五 休息",
    "周一至周日 9:00-17:00",
)
TOPICS = 14  # special subjects of a trade
MISLABELLED = 0.1  # cases whose trade was heard wrongly
AT_WORK = timedelta(0)
BEGIN = datetime(2026, 3, 2, 9, tzinfo=CHINA)
DAYS = 200  # over which the demands come


@dataclass(frozen=True)
class Person:
    """An engineer: what is known of him, and, hidden, what he is like.

    Attributes:
        mastery: By trade, 0 to 1.
        topics: Special subjects that he knows.
        craft: What he makes of his mastery.
        willing: Chance that he takes a case that he masters, near by, with nothing else to do.
        sure: How much he overrates his mastery when he decides.
        slow: Mean hours of work until he looks at an offer.
        roams: How little a far way matters to him, 0 to 1.
        candour: Chance that he says no, with the reason, rather than nothing.
    """

    id: str
    skills: tuple[str, ...]
    organisation: str
    town: str
    capacity: int | None
    since: datetime
    table: Timetable
    mastery: dict[Domain, float]
    topics: frozenset[str]
    craft: float
    willing: float
    sure: float
    slow: float
    roams: float
    candour: float
    opens: list[float] = field(default_factory=list)
    closes: list[float] = field(default_factory=list)
    elsewhere: dict[date, str] = field(default_factory=dict)

    def away(self, at: float) -> timedelta | None:
        """How long until he works; as his timetable has it, looked up faster."""
        index = bisect_right(self.closes, at)
        if index == len(self.opens):
            return None
        return AT_WORK if self.opens[index] <= at else timedelta(seconds=self.opens[index] - at)

    def after(self, at: datetime, hours: float) -> datetime | None:
        """The moment when so many of his working hours have passed."""
        left, since = hours * 3600, at.timestamp()
        index = bisect_right(self.closes, since)
        while index < len(self.opens):
            begin = max(since, self.opens[index])
            if begin + left <= self.closes[index]:
                return datetime.fromtimestamp(begin + left, CHINA)
            left -= self.closes[index] - begin
            index += 1
        return None


@dataclass(frozen=True)
class Need:
    """A demand: the case as it was understood, and what it really is."""

    at: datetime
    case: Case
    trade: Domain
    topics: frozenset[str]
    difficulty: float
    hours: float  # of work


@dataclass(frozen=True)
class World:
    """All of it, and the dice of every possible meeting: the same for every matcher.

    Attributes:
        dice: needs × people × 5, uniform: taking, speed, success, candour, rating.
    """

    people: list[Person]
    needs: list[Need]
    dice: np.ndarray


def solves(person: Person, need: Need) -> float:
    """The hidden chance that he solves it."""
    topics = len(person.topics & need.topics) / max(1, len(need.topics))
    able = 0.8 * person.mastery[need.trade] + 0.25 * topics * (person.mastery[need.trade] > 0.3)
    return float(np.clip(person.craft * able * 1.15 - need.difficulty, 0.01, 0.98))


def takes(person: Person, need: Need, load: int) -> float:
    """The hidden chance that he takes it, with so many cases at hand."""
    believed = float(np.clip(person.mastery[need.trade] + person.sure, 0, 1))
    way = distance(need.case.place, person.town)
    near = 1 - (1 - person.roams) * way * (0.35 if need.case.kind in (Demand.STANDARD, Demand.TRANSFER) else 1)
    full = load / (person.capacity or 6)
    return float(np.clip(person.willing * (0.06 + 0.94 * believed**1.3) * near * max(0.1, 1 - 0.6 * full), 0, 1))


def build(seed: int, *, people: int = 220, needs: int = 2000) -> World:
    """The market of a seed."""
    rng = np.random.default_rng([20261122, seed])
    trade_shares = rng.dirichlet(np.full(len(TRADES), 1.5))
    made = [_person(rng, number, trade_shares) for number in range(people)]
    asked = _needs(rng, needs, trade_shares, made)
    return World(made, asked, rng.random((needs, people, 5), dtype=np.float32))


def _person(rng: np.random.Generator, number: int, shares: np.ndarray) -> Person:
    own = [TRADES[index] for index in rng.choice(len(TRADES), size=1 + (rng.random() < 0.35), replace=False, p=shares)]
    mastery = {trade: float(rng.beta(1, 9) * 0.5) for trade in Domain}
    for trade in own:
        for near in RELATED[trade]:
            mastery[near] = max(mastery[near], float(rng.uniform(0.1, 0.5)))
    for trade in own:
        mastery[trade] = float(rng.uniform(0.5, 1.0))
    topics = frozenset(
        str(topic)
        for trade in own
        for topic in rng.choice(topics_of(trade), size=int(rng.integers(2, 7)), replace=False)
    )
    hours = _hours(rng)
    town = str(rng.choice(TOWNS, p=TOWN_SHARES))
    joins = 0 if rng.random() < 0.8 else int(rng.integers(10, DAYS - 30))
    since = BEGIN - timedelta(days=1) if joins == 0 else BEGIN + timedelta(days=joins)
    table = Timetable(hours, town, _plans(rng))
    opens, closes = list[float](), list[float]()
    for day in range(-1, DAYS + 60):
        for begin, end in table.open_on((BEGIN + timedelta(days=day)).date()):
            opens.append(begin.timestamp())
            closes.append(end.timestamp())
    return Person(
        id=f"p_{number:03}",
        skills=_written(rng, own, topics),
        organisation=f"o_{int(rng.integers(0, 60)):02}",
        town=town,
        capacity=None if rng.random() < 0.3 else int(rng.integers(2, 7)),
        since=since,
        table=table,
        mastery=mastery,
        topics=topics,
        craft=float(rng.uniform(0.7, 1.1)),
        willing=float(rng.beta(2.2, 1.8)),
        sure=float(np.clip(rng.normal(0, 0.15), -0.2, 0.35)),
        slow=float(rng.lognormal(-1.0, 0.8)),
        roams=float(rng.beta(2, 2)),
        candour=float(rng.beta(2, 2)),
        opens=opens,
        closes=closes,
        elsewhere={
            plan.first + timedelta(days=number): plan.place
            for plan in table.plans
            for number in range((plan.last - plan.first).days + 1)
            if plan.place
        },
    )


def _written(rng: np.random.Generator, own: list[Domain], topics: frozenset[str]) -> tuple[str, ...]:
    """What he wrote down of it: nothing, a part, and now and then something that he does not know."""
    if rng.random() < 0.1:
        return ()
    words = [trade.value if rng.random() < 0.5 else DOMAIN_NAMES[trade] for trade in own if rng.random() < 0.75]
    words += [topic for topic in sorted(topics) if rng.random() < 0.45]
    if rng.random() < 0.15:
        words.append(DOMAIN_NAMES[TRADES[int(rng.integers(len(TRADES)))]])
    return tuple(words)


def _hours(rng: np.random.Generator) -> Hours:
    calendar = shipped()
    centre = Hours(holidays=calendar.holidays, workdays=calendar.workdays)
    if rng.random() < 0.5:
        return centre
    week = read_week(WEEKS[int(rng.integers(len(WEEKS)))], centre.shifts)
    return Hours(week, centre.holidays, centre.workdays)


def _plans(rng: np.random.Generator) -> tuple[Plan, ...]:
    """Days away, and days in another town."""
    plans, day = [], int(rng.integers(5, 60))
    while day < DAYS + 30:
        first = (BEGIN + timedelta(days=day)).date()
        last = first + timedelta(days=int(rng.integers(0, 6)))
        plans.append(_plan(rng, first, last))
        day += 10 + int(rng.integers(5, 60))
    return tuple(plans)


def _plan(rng: np.random.Generator, first: date, last: date) -> Plan:
    return Plan(first, last, ()) if rng.random() < 0.6 else Plan(first, last, None, str(rng.choice(TOWNS)))


def _needs(rng: np.random.Generator, count: int, shares: np.ndarray, people: list[Person]) -> list[Need]:
    times = np.sort(rng.random(count)) * DAYS
    firms = [str(rng.choice(TOWNS, p=TOWN_SHARES)) for _ in range(300)]
    blocks = {firm: frozenset({people[int(rng.integers(len(people)))].id}) for firm in range(0, 300, 15)}
    needs = []
    for number, days in enumerate(times):
        firm = int(rng.integers(len(firms)))
        trade = TRADES[int(rng.choice(len(TRADES), p=shares))]
        topics = rng.choice(topics_of(trade), size=int(rng.integers(1, 4)), replace=False)
        heard: Domain = trade
        if rng.random() < MISLABELLED:
            heard = Domain.OTHER if rng.random() < 0.4 else RELATED[trade][0]
        case = Case(
            ref=f"T-{number:06}",
            domain=heard,
            kind=KINDS[int(rng.choice(len(KINDS), p=KIND_SHARES))],
            urgency=URGENCIES[int(rng.choice(len(URGENCIES), p=URGENCY_SHARES))],
            text=f"想请人看看{'、'.join(str(topic) for topic in topics)}",
            place=firms[firm],
            blocked=blocks.get(firm, frozenset()),
        )
        # Firms write from seven in the morning to ten in the evening.
        at = (BEGIN + timedelta(days=int(days))).replace(hour=7) + timedelta(hours=15 * float(days % 1))
        difficulty, hours = float(rng.beta(1.5, 6) * 0.6), float(rng.lognormal(1.9, 0.8))
        needs.append(Need(at, case, trade, frozenset(str(topic) for topic in topics), difficulty, hours))
    return sorted(needs, key=lambda need: need.at)


@cache
def topics_of(trade: Domain) -> tuple[str, ...]:
    """Special subjects of a trade: words of the lexicon that name it and no other."""
    table = tomllib.loads(files("bot.rules").joinpath("domain_words.toml").read_text(encoding="utf-8"))
    elsewhere = " ".join(words for domain, weights in table.items() if domain != trade for words in weights.values())
    others = set(elsewhere.lower().split())
    own = [word for word in table[trade.value]["3"].split() if len(word) >= 3 and word.lower() not in others]
    return tuple(own[:: max(1, len(own) // TOPICS)][:TOPICS])
