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
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
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


@dataclass(frozen=True, slots=True)
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

    @property
    def is_new(self) -> bool:
        """Whether there are too few answers to know him by."""
        done = sum(trade.solved + trade.failed for trade in self.trades.values())
        return done < NEW_CASES and self.accepted + self.declined < NEW_OFFERS


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
    """What an invitation of one engineer is worth, and why him in words for people."""

    engineer: str
    score: float
    fit: float
    accepts: float
    solves: float
    load: float
    is_new: bool
    is_full: bool
    why: str

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
LOAD, PENDING, USUAL_CAPACITY = 0.1, 0.03, 6

FIRST, SECOND = 3, 5  # invited in the first and in the second wave; then everyone
FIRST_IN_DANGER = 6
NEWCOMERS = 5  # in one case of so many a place of the first wave is kept for somebody new
WAVES = 3


def matches(case: Case, engineers: Iterable[Engineer]) -> list[Match]:
    """Everyone who may be invited, best first; those who cannot take another case stand at the end."""
    wanted = _Wanted(case)
    found = [_match(wanted, one) for one in engineers if not is_excluded(case, one)]
    return sorted(found, key=lambda match: (match.is_full, -match.score, match.engineer))


def is_excluded(case: Case, engineer: Engineer) -> bool:
    """Whether the firm does not want him, or he has passed the case on."""
    return engineer.id in case.excluded or not case.blocked.isdisjoint({engineer.id, engineer.organisation or ""})


def wave(case: Case, ranked: Sequence[Match], number: int) -> list[Match]:
    """Whom the wave of this number (from 1) invites besides those before: the best three, five more, everyone else.

    In danger the first wave is larger and the second is everyone. In one case of `NEWCOMERS` the last place of the first wave goes to the best
    newcomer whose fit is not below the average of the others.
    """
    first = _first_wave(case, ranked)
    if number == 1:
        return first
    rest = [match for match in ranked if match not in first]
    able = [match for match in rest if not match.is_full]
    second = [] if case.urgency is Urgency.CRITICAL else able[:SECOND]
    if number == 2 and second:
        return second
    return [match for match in rest if match not in second] if number <= WAVES else []


def _first_wave(case: Case, ranked: Sequence[Match]) -> list[Match]:
    size = FIRST_IN_DANGER if case.urgency is Urgency.CRITICAL else FIRST
    able = [match for match in ranked if not match.is_full]
    first = able[:size]
    if len(able) <= size or any(match.is_new for match in first) or not keeps_a_place(case.ref):
        return first
    average = sum(match.fit for match in able) / len(able)
    new = next((match for match in able[size:] if match.is_new and match.fit >= average), None)
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
        self.text = plain(case.text)
        self.language = language_of(case.text)
        self.kind_words = tuple(_KIND_WORDS.get(case.kind, "").split()) if case.kind else ()
        self.far = FAR.get(case.kind, FAR_ELSE) if case.kind else FAR[Demand.PROBLEM]


def _match(wanted: _Wanted, engineer: Engineer) -> Match:
    record, why = engineer.record, list[str]()
    trade = record.trades.get(wanted.case.domain, Trade())
    fit = _fit(wanted, engineer, trade, why)
    accepts = _accepts(wanted, engineer, why)
    solves = _solves(record, trade, why)
    load = _load(engineer)
    if engineer.load:
        why.append(f"手上 {engineer.load} 张单")
    if record.is_new:
        why.append("新加入")
    is_full = engineer.capacity is not None and engineer.load >= engineer.capacity
    return Match(
        engineer.id,
        fit * accepts * solves - load,
        fit,
        accepts,
        solves,
        load,
        record.is_new,
        is_full,
        "；".join(why),
    )


def _fit(wanted: _Wanted, engineer: Engineer, trade: Trade, why: list[str]) -> float:
    domain = wanted.case.domain
    own = max((trades_of(skill).get(domain, 0.0) for skill in engineer.skills), default=0.0)
    words = [skill for skill in engineer.skills if _stands_in(skill, wanted.text)]
    kinds = [skill for skill in engineer.skills if any(word in skill for word in wanted.kind_words)]
    missing = 1 - TRADE * own
    missing *= (1 - WORD) ** min(len(words), LAST_WORD)
    missing *= 1 - KIND * bool(kinds)
    missing *= 1 - DONE * trade.solved / (trade.solved + HALF_DONE)
    fit = max(GROUND, 1 - missing) * NOT_MINE**trade.not_mine
    why.append(_trade_words(domain, own, dict.fromkeys([*words, *kinds])))
    if trade.solved:
        why.append(f"办结过 {trade.solved} 个同类问题")
    if wanted.language is not None and wanted.language not in engineer.languages:
        fit *= OTHER_LANGUAGE
    elif wanted.language is not None:
        why.append(f"会{LANGUAGES[wanted.language]}")
    return fit


def _trade_words(domain: Domain, own: float, words: Iterable[str]) -> str:
    named_skills = "、".join(words)
    if own:
        return f"专长：{DOMAIN_NAMES[domain]}" + (f"（{named_skills}）" if named_skills else "")
    return f"专长：{named_skills}" if named_skills else f"领域：{DOMAIN_NAMES[domain]}"


def _accepts(wanted: _Wanted, engineer: Engineer, why: list[str]) -> float:
    record = engineer.record
    refused = record.declined + IGNORED * record.ignored
    share = (record.accepted + ACCEPTS * ACCEPTS_CASES) / (record.accepted + refused + ACCEPTS_CASES)
    if engineer.busy:
        share *= BUSY
    elif engineer.away is None:
        share *= AWAY_LEAST
    else:
        share *= max(AWAY_LEAST, math.exp(-engineer.away / timedelta(hours=AWAY_H)))
        if not engineer.away:
            why.append("现在在岗")
    way = distance(wanted.case.place, engineer.place)
    if not way and wanted.case.place:
        why.append(f"同在{short(named(wanted.case.place)[0])}")
    return share * (1 - wanted.far * way) * (TOO_FAR**record.too_far if way == 1 else 1)


def _solves(record: Record, trade: Trade, why: list[str]) -> float:
    solved = sum(one.solved for one in record.trades.values())
    failed = sum(one.failed for one in record.trades.values())
    overall = (solved + SOLVES * SOLVES_CASES) / (solved + failed + SOLVES_CASES)
    share = (trade.solved + overall * OWN_CASES) / (trade.solved + trade.failed + OWN_CASES)
    stars = (record.stars + STARS * STARS_CASES) / (record.ratings + STARS_CASES)
    if record.ratings:
        why.append(f"企业评分 {record.stars / record.ratings:.1f}")
    return share * stars / 5


def _load(engineer: Engineer) -> float:
    capacity = max(1, USUAL_CAPACITY if engineer.capacity is None else engineer.capacity)
    return LOAD * engineer.load / capacity + PENDING * engineer.record.pending


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


def _stands_in(skill: str, text: str) -> bool:
    word = plain(skill).strip()
    return len(word) > 1 and word in text and not any(word == domain.value for domain in Domain)


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
