"""Which engineers to invite to a case, in which order, and why. Pure: the same moment and the same records give the same list.

The worth of an invitation is fit × chance of accepting × chance of solving − load. Fit is what skills, solved cases and declined offers say of
the trade; both chances are shares of what happened so far, drawn towards the average while little has happened (a Beta prior of so many
cases). The weights were tuned on the market of `evals.market` with other seeds than those that are reported.
"""

import math
import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from types import MappingProxyType

from bot.rules.regions import short
from bot.rules.triage import DOMAIN_NAMES, Demand, Domain, Urgency, domain_scores
from corpora.regions import PROVINCES
from retrieval.places import named, provinces

# --- what is known --------------------------------------------------------------------------------------------------------------------


class DeclineReason(StrEnum):
    """Why an engineer does not want a case, as far as it teaches anything."""

    NOT_MY_TRADE = "not_my_trade"
    TOO_FAR = "too_far"
    TOO_BUSY = "too_busy"
    OTHER = "other"


DECLINES: Mapping[DeclineReason, str] = MappingProxyType(
    {
        DeclineReason.NOT_MY_TRADE: "不是我的专业",
        DeclineReason.TOO_FAR: "太远",
        DeclineReason.TOO_BUSY: "这阵子太忙",
        DeclineReason.OTHER: "别的原因",
    }
)


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked for.

    Attributes:
        ref: Of its ticket; decides, with nothing else, whether a place is kept for a newcomer.
        text: What the firm said, and its facts.
        place: Where the firm is, as people write it; None where that is not known.
        blocked: Engineers and organisations that the firm does not want.
        excluded: Engineers who had the case and passed it on.
    """

    ref: str
    domain: Domain
    kind: Demand | None
    urgency: Urgency
    text: str
    place: str | None = None
    blocked: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Trade:
    """What an engineer has done in one trade: cases solved, cases given up, offers declined as not his trade."""

    solved: int = 0
    failed: int = 0
    not_mine: int = 0


@dataclass(frozen=True)
class Record:
    """What an engineer has done with us so far.

    Attributes:
        accepted: Offers that became his case.
        declined: Offers that he declined, for whatever reason but the trade.
        ignored: Offers that he left until someone else took the case.
        too_far: Offers declined because of the way.
        trades: By trade.
        ratings, stars: How many ratings there are, and their sum.
        pending: Offers that wait for his answer now.
    """

    accepted: int = 0
    declined: int = 0
    ignored: int = 0
    too_far: int = 0
    trades: Mapping[Domain, Trade] = field(default_factory=dict)
    ratings: int = 0
    stars: int = 0
    pending: int = 0

    @cached_property
    def done(self) -> tuple[int, int]:
        """Cases solved and given up, in all trades."""
        trades = self.trades.values()
        return sum(trade.solved for trade in trades), sum(trade.failed for trade in trades)

    @cached_property
    def is_new(self) -> bool:
        """Whether there are too few answers to know him by."""
        return sum(self.done) < NEW_CASES and self.accepted + self.declined < NEW_OFFERS

    @cached_property
    def taking(self) -> float:
        """The share of offers that he takes."""
        refused = self.declined + IGNORED * self.ignored
        return (self.accepted + ACCEPTS * ACCEPTS_CASES) / (self.accepted + refused + ACCEPTS_CASES)

    @cached_property
    def solving(self) -> float:
        """The share of cases that he solves, whatever the trade."""
        solved, failed = self.done
        return (solved + SOLVES * SOLVES_CASES) / (solved + failed + SOLVES_CASES)

    @cached_property
    def liked(self) -> float:
        """How well he is rated, 0 to 1."""
        return (self.stars + STARS * STARS_CASES) / (self.ratings + STARS_CASES) / 5


@dataclass(frozen=True, slots=True)
class Engineer:
    """Somebody who could be invited.

    Attributes:
        skills: Free words and domain codes.
        place: Where he is on the day of the case.
        languages: That he works in besides Chinese, as codes of two letters.
        load, capacity: Cases he has, and as many as he takes; None: no limit.
        away: Until he works next; zero while he does. None: not within the days that are looked at.
        busy: Whether he said that he has no time now.
    """

    id: str
    skills: tuple[str, ...] = ()
    organisation: str | None = None
    place: str | None = None
    languages: frozenset[str] = frozenset()
    load: int = 0
    capacity: int | None = None
    away: timedelta | None = timedelta(0)
    busy: bool = False
    record: Record = Record()


@dataclass(frozen=True, slots=True)
class Match:
    """What an invitation of one engineer is worth."""

    engineer: str
    score: float
    fit: float
    accepts: float
    solves: float
    load: float
    is_new: bool
    is_full: bool

    def as_json(self) -> dict[str, object]:
        """The figures, for the record."""
        parts = {
            "score": self.score,
            "fit": self.fit,
            "accepts": self.accepts,
            "solves": self.solves,
            "load": self.load,
        }
        return {**{name: round(value, 4) for name, value in parts.items()}, "new": self.is_new}


# --- weights --------------------------------------------------------------------------------------------------------------------------

NEW_CASES, NEW_OFFERS = 2, 5
GROUND = 0.04  # fit of somebody of whom nothing fits: he may still know someone
TRADE, WORD, LAST_WORD, KIND, DONE = 0.62, 0.42, 3, 0.2, 0.6  # noisy-or weights of fit; at most so many words count
SHARPNESS = 2.0  # how much more a good fit counts than two chances
NAMED, TEXT, LEAST_POINTS = (
    1.0,
    0.8,
    3,
)  # how far triage is believed on the trade, and the words; words of fewer points are none
HALF_DONE = 3  # solved cases at which experience counts half
NOT_MINE = 0.35  # what is left of fit after one "not my trade"
OTHER_LANGUAGE = 0.3
ACCEPTS, ACCEPTS_CASES = 0.5, 5.0  # prior share, and its weight in offers
IGNORED = 0.6  # of a refusal
AWAY_H, AWAY_LEAST = 12.0, 0.2  # hours until he works again that leave 1/e, and the least that is left
BUSY = 0.1
FAR: Mapping[Demand, float] = MappingProxyType(  # how much of the chance a far way takes
    {Demand.PROBLEM: 0.3, Demand.TALENT_GAP: 0.5, Demand.TRAINING: 0.45, Demand.TESTING: 0.25}
)
FAR_ELSE = 0.1
TOO_FAR = 0.8
SOLVES, SOLVES_CASES, OWN_CASES = 0.7, 8.0, 4.0  # prior share, its weight, and the weight of his own share in a trade
STARS, STARS_CASES = 4.2, 5.0
LOAD, PENDING, MOST_PENDING, USUAL_CAPACITY = 0.03, 0.002, 5, 6

SIZES = (3, 5, 10)  # invited in the first waves, one after a third of the time for claiming
AFTERWARDS = 20  # in each later one, whenever that time has passed again
FIRST_IN_DANGER = 6  # and then everyone
NEWCOMERS = 5  # in one case of so many a place of the first wave is kept for somebody new


def matches(case: Case, engineers: Iterable[Engineer]) -> list[Match]:
    """Everyone who may be invited, best first; those who cannot take another case stand at the end."""
    wanted = _wanted(_without_people(case))
    found = [_match(wanted, one) for one in engineers if not is_excluded(case, one)]
    return sorted(found, key=lambda match: (match.is_full, -match.score, match.engineer))


def is_excluded(case: Case, engineer: Engineer) -> bool:
    """Whether the firm does not want him, or he has passed the case on."""
    return engineer.id in case.excluded or engineer.id in case.blocked or engineer.organisation in case.blocked


def wave(case: Case, ranked: Sequence[Match], number: int) -> list[Match]:
    """Whom the wave of this number (from 1) invites: the best three, five more, ten more, then twenty each time. In danger six, then everyone.

    In one case of `NEWCOMERS` the last place of the first wave goes to the best newcomer whose fit is not below the average of the others.

    Args:
        ranked: Those who have not been invited yet, best first.
    """
    if case.urgency is Urgency.CRITICAL:
        return list(ranked if number > 1 else ranked[:FIRST_IN_DANGER])
    return list(ranked[: _size(number)]) if number > 1 else _first_wave(case, ranked)


def _size(number: int) -> int:
    return SIZES[number - 1] if number <= len(SIZES) else AFTERWARDS


def until_wave(number: int, window: timedelta) -> timedelta:
    """How much working time after the beginning the wave that follows this one comes.

    Args:
        window: The time for claiming.
    """
    steps = len(SIZES)
    return window * number / steps if number <= steps else window * (number - steps + 1)


def _first_wave(case: Case, ranked: Sequence[Match]) -> list[Match]:
    first = list(ranked[: SIZES[0]])
    others = [match for match in ranked[SIZES[0] :] if not match.is_full]
    if not others or any(match.is_new for match in first) or not keeps_a_place(case.ref):
        return first
    average = sum(match.fit for match in ranked) / len(ranked)
    new = next((match for match in others if match.is_new and match.fit >= average), None)
    return first if new is None else [*first[:-1], new]


def keeps_a_place(ref: str) -> bool:
    """Whether this case keeps a place for a newcomer: decided by its number alone, so that it is the same whenever it is asked."""
    return zlib.crc32(ref.encode()) % NEWCOMERS == 0


# --- one engineer ---------------------------------------------------------------------------------------------------------------------

_KIND_WORDS: Mapping[Demand, str] = {
    Demand.TRAINING: "培训 讲师 讲课 授课 教学 内训",
    Demand.TESTING: "检测 检验 计量 测试 试验 化验",
    Demand.STANDARD: "标准 规范 认证 体系",
    Demand.TRANSFER: "成果 专利 转化 产学研",
    Demand.TALENT_GAP: "驻厂 驻场 兼职 顾问 带队",
}


class _Wanted:
    """A case with what is read in it once, for all engineers."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.domain = case.domain
        self.text = plain(case.text)
        self.trades = _trades_in(self.text, case.domain)
        self.language = language_of(case.text)
        self.kind_words = tuple(_KIND_WORDS.get(case.kind, "").split()) if case.kind else ()
        self.missing: dict[tuple[str, ...], float] = {}  # by skills
        self.far = FAR.get(case.kind, FAR_ELSE) if case.kind else FAR[Demand.PROBLEM]


def _trades_in(text: str, domain: Domain) -> dict[Domain, float]:
    """The trades that a case touches: the one that triage named, and others by their share of the words."""
    points = domain_scores(text)
    total = sum(points.values())
    found = {trade: TEXT * some / total for trade, some in points.items() if some >= LEAST_POINTS}
    return found if domain is Domain.OTHER else found | {domain: NAMED}


@lru_cache(maxsize=256)  # a case is asked about once a wave
def _wanted(case: Case) -> _Wanted:
    return _Wanted(case)


def _without_people(case: Case) -> Case:
    return replace(case, blocked=frozenset(), excluded=frozenset())


NO_TRADE = Trade()


def _match(wanted: _Wanted, engineer: Engineer) -> Match:
    record = engineer.record
    trade = record.trades.get(wanted.domain, NO_TRADE)
    fit = _fit(wanted, engineer, trade)
    accepts = _accepts(wanted, engineer)
    solves = _solves(record, trade)
    capacity = USUAL_CAPACITY if engineer.capacity is None else engineer.capacity
    load = LOAD * engineer.load / (capacity or 1) + PENDING * min(record.pending, MOST_PENDING)
    is_full = engineer.capacity is not None and engineer.load >= engineer.capacity
    return Match(engineer.id, fit * accepts * solves - load, fit, accepts, solves, load, record.is_new, is_full)


def _fit(wanted: _Wanted, engineer: Engineer, trade: Trade) -> float:
    missing = wanted.missing.get(engineer.skills)
    if missing is None:
        missing = wanted.missing[engineer.skills] = _missing(wanted, engineer.skills)
    if trade.solved:
        missing *= 1 - DONE * trade.solved / (trade.solved + HALF_DONE)
    fit: float = max(GROUND, 1 - missing) ** SHARPNESS
    if trade.not_mine:
        fit *= NOT_MINE**trade.not_mine
    if wanted.language is not None and wanted.language not in engineer.languages:
        fit *= OTHER_LANGUAGE
    return fit


def _missing(wanted: _Wanted, skills: tuple[str, ...]) -> float:
    """How much is missing after what the skills say."""
    missing = 1.0
    for domain, share in wanted.trades.items():
        missing *= 1 - TRADE * share * _trade_of(skills, domain)
    if words := sum(word in wanted.text for word in _words_of(skills)):
        missing *= (1 - WORD) ** min(words, LAST_WORD)
    if wanted.kind_words and _kinds_of(skills, wanted.kind_words):
        missing *= 1 - KIND
    return missing


def _accepts(wanted: _Wanted, engineer: Engineer) -> float:
    share = engineer.record.taking
    if engineer.busy:
        share *= BUSY
    elif engineer.away is None:
        share *= AWAY_LEAST
    elif engineer.away:
        share *= max(AWAY_LEAST, math.exp(-engineer.away.total_seconds() / (3600 * AWAY_H)))
    way = distance(wanted.case.place, engineer.place)
    if way == 1 and engineer.record.too_far:
        share *= TOO_FAR**engineer.record.too_far
    return share * (1 - wanted.far * way)


def _solves(record: Record, trade: Trade) -> float:
    tried = trade.solved + trade.failed + OWN_CASES
    return (trade.solved + record.solving * OWN_CASES) / tried * record.liked


# --- why him --------------------------------------------------------------------------------------------------------------------------


def why(case: Case, engineer: Engineer) -> str:
    """Why this engineer, in words for him and for staff."""
    wanted, record = _Wanted(case), engineer.record
    trade = record.trades.get(case.domain, NO_TRADE)
    words = [_trade_words(wanted, engineer)]
    if trade.solved:
        words.append(f"办结过 {trade.solved} 个同类问题")
    if record.ratings:
        words.append(f"企业评分 {record.stars / record.ratings:.1f}")
    if wanted.language is not None and wanted.language in engineer.languages:
        words.append(f"会{LANGUAGES[wanted.language]}")
    if case.place and distance(case.place, engineer.place) == 0:
        words.append(f"同在{short(named(case.place)[-1])}")
    if engineer.away is not None and not engineer.away and not engineer.busy:
        words.append("现在在岗")
    if engineer.load:
        words.append(f"手上 {engineer.load} 张单")
    if record.is_new:
        words.append("新加入")
    return "；".join(words)


def _trade_words(wanted: _Wanted, engineer: Engineer) -> str:
    fitting = [skill for skill in engineer.skills if any(word in wanted.text for word in _words_of((skill,)))]
    fitting += _kinds_of(engineer.skills, wanted.kind_words)
    skills, name = "、".join(dict.fromkeys(fitting)), DOMAIN_NAMES[wanted.domain]
    if _trade_of(engineer.skills, wanted.domain):
        return f"专长：{name}" + (f"（{skills}）" if skills and skills != name else "")
    return f"专长：{skills}" if skills else f"领域：{name}"


# --- words, places, languages ---------------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """The text in narrow characters and small letters."""
    return unicodedata.normalize("NFKC", text).casefold()


@lru_cache(maxsize=8192)  # each skill is asked for in every case
def trades_of(skill: str) -> Mapping[Domain, float]:
    """The trades that a skill belongs to, with how surely: 1 for a code or name of a trade, else its share of the best trade's points."""
    word = plain(skill).strip()
    if not word:
        return {}
    code = next((domain for domain in Domain if word == domain.value), None)
    if code is not None:
        return {code: 1.0}
    by_name = {domain: 1.0 for domain in Domain if len(word) > 1 and _names(word, DOMAIN_NAMES[domain])}
    scores = domain_scores(word)
    best = max(scores.values(), default=0)
    return {domain: points / best for domain, points in scores.items() if points > 1} | by_name


def _names(word: str, name: str) -> bool:
    return word in name or name in word or any(part in word for part in name.split("与") if len(part) > 1)


@lru_cache(maxsize=8192)
def _trade_of(skills: tuple[str, ...], domain: Domain) -> float:
    return max((trades_of(skill).get(domain, 0.0) for skill in skills), default=0.0)


@lru_cache(maxsize=8192)
def _words_of(skills: tuple[str, ...]) -> tuple[str, ...]:
    """The skills that may stand in a text as they are."""
    codes = {domain.value for domain in Domain}
    return tuple(word for word in (plain(skill).strip() for skill in skills) if len(word) > 1 and word not in codes)


@lru_cache(maxsize=8192)
def _kinds_of(skills: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(skill for skill in skills if any(word in skill for word in words))


@lru_cache(maxsize=8192)
def distance(one: str | None, other: str | None) -> float:
    """How far two places are apart: 0 the same town, .4 the same province, 1 elsewhere, .5 where one is not known."""
    towns = [_towns(place or "") for place in (one, other)]
    if not towns[0] or not towns[1]:
        return 0.5
    if towns[0] & towns[1]:
        return 0.0
    return 0.4 if provinces(one or "") & provinces(other or "") else 1.0


@lru_cache(maxsize=4096)
def _towns(place: str) -> frozenset[str]:
    """The places named, without a province where a town of it is named too."""
    found = frozenset(short(name) for name in named(place))
    return found - _PROVINCES or found


_PROVINCES = frozenset(PROVINCES)
LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "英语", "ja": "日语", "ko": "韩语", "de": "德语", "ru": "俄语"})
_HAN = re.compile(r"[一-鿿]")
_SCRIPTS = (("ja", re.compile(r"[ぁ-ヿ]")), ("ko", re.compile(r"[가-힯]")), ("ru", re.compile(r"[Ѐ-ӿ]")))
_LATIN = re.compile(r"[A-Za-z]{2,}")
FEW_WORDS = 4  # Latin words that a Chinese shop floor uses anyway


def language_of(text: str) -> str | None:
    """The language that a case is written in, where it is not Chinese."""
    for code, script in _SCRIPTS:
        if len(script.findall(text)) >= FEW_WORDS:
            return code
    if not _HAN.search(text) and len(_LATIN.findall(text)) >= FEW_WORDS:
        return "en"
    return None


# --- what a refusal says --------------------------------------------------------------------------------------------------------------

_REASONS: tuple[tuple[DeclineReason, re.Pattern[str]], ...] = (
    (
        DeclineReason.NOT_MY_TRADE,
        re.compile(r"专业|专长|不懂|不会|不熟|不擅长|没(?:做|干|搞|弄)过|外行|干不了|做不了|搞不定|不对口|隔行"),
    ),
    (DeclineReason.TOO_FAR, re.compile(r"太?远|路程|外地|外省|赶不(?:过去|到)|跑不了|不在(?:本地|当地)|过不去")),
    (
        DeclineReason.TOO_BUSY,
        re.compile(
            r"忙|没空|没时间|没有?工夫|抽不(?:开|出)|排满|出差|请假|休假|不在岗|手上.{0,6}(?:多|满)|腾不出|顾不上"
        ),
    ),
)


def decline_reason(words: str) -> DeclineReason:
    """What an engineer's words for declining teach."""
    for reason, pattern in _REASONS:
        if pattern.search(words):
            return reason
    return DeclineReason.OTHER
