"""Common problems: which demands tell of one need, and what several of them share. Pure.

Two demands are weighed by how near their meanings are, by the telling words that both use, and by machine, part and fault: one that shares
the fault's word alone is another problem. Groups grow by the mean likeness of all their pairs, never by a single link, so that a chain of
half-alike demands does not become one. The weights are learnt by `python -m evals clusters --fit` and stand in clusters.json.
"""

import heapq
import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from bot.errors import Invalid
from bot.rules.redaction import Finding, Known, propose
from bot.rules.triage import DOMAIN_NAMES, Demand, Domain
from bot.rules.troubles import alarms, told, unmentioned
from bot.rules.wording import content, grams, without_greeting
from retrieval.places import named

Vector = NDArray[np.float32]


class ClusterState(StrEnum):
    """Where a cluster stands."""

    OPEN = "open"
    MERGED = "merged"
    DISSOLVED = "dissolved"


WORDS: Mapping[ClusterState, str] = {
    ClusterState.OPEN: "在案",
    ClusterState.MERGED: "已并入别的",
    ClusterState.DISSOLVED: "已解散",
}
LEAST_FIRMS = 2
NEIGHBOURS = 30
MAX_NAME_CHARS = 40
_LEAST_TO_CENTRE = 30  # of fewer the mean says too little
_PAIRS_LOOKED_AT = 80  # of two large groups


@dataclass(frozen=True, slots=True)
class Telling:
    """One demand as it is compared: `gist` are the words that say what is needed, `vector` their meaning."""

    ref: str
    firm: str  # the organisation's id
    kind: Demand
    domain: Domain
    gist: str
    vector: Vector = field(compare=False, repr=False)
    grams: frozenset[str] = frozenset()
    things: frozenset[str] = frozenset()
    faults: frozenset[str] = frozenset()
    alarms: frozenset[str] = frozenset()


# What a firm says beside its trouble: where it is, since when, how bad, what it tried.
_ASIDE = re.compile(
    r"(?:我们|我司|我厂|咱们?|本公司|我是|这边)?(?:是|在)?[^，。,；;！!？?]{0,12}(?:公司|工厂|厂)(?:的|是|，|,|。|这边|里)"
    r"|(?:客户|甲方)[^，。,；;！!？?]*(?:退货|索赔|投诉|催)|(?:已经|也)?(?:试过|换过|换了|调过|调了)[^，。,；;！!？?]*"
    r"|(?:从|自)?(?:上个?月|上周|昨天|今天|最近|这几天|这两天|前天|今年|去年|入夏|年后)[^，。,；;！!？?]{0,6}?(?:开始|以来|起)?(?=[^一-鿿]|$|[一-鿿])"
    r"|(?:怎么|如何)(?:解决|办|处理|弄|搞)|什么原因|求助|谢谢|帮看下|帮忙看看|想请工程师来看|有没有办法|损失[^，。,；;！!？?]*|停[线机][^，。,；;！!？?]*|(?:很|比较)?急(?![停冷])"
)


def gist_of(text: str, told_symptom: str = "") -> str:
    """The words of a demand that say what is needed: the symptom where it is known, else the text, without places, firms and asides."""
    words = without_greeting(told_symptom or text)[:300]
    for place in named(words):
        words = re.sub(rf"{re.escape(place)}(?:省|市|区|县)?的?", " ", words)
    clauses = [clause for clause in re.split(r"[\s，,。；;！!？?、]+", _ASIDE.sub("，", words)) if clause]
    # Where some clauses tell of a thing or a fault, what stands beside them is how bad it is, or what was tried.
    telling = [clause for clause in clauses if (known := told(clause)).things or known.faults or alarms(clause)]
    return "，".join(telling or clauses) or words


def tell(ref: str, firm: str, *, kind: Demand | None, domain: Domain, gist: str, vector: Vector) -> Telling:
    """A demand made ready to be compared."""
    known = told(gist)
    return Telling(
        ref, firm, kind or Demand.PROBLEM, domain, gist, vector,
        grams=grams(content(gist)) or grams(gist), things=known.things, faults=known.faults, alarms=frozenset(alarms(gist)),
    )  # fmt: skip


def rarities(tellings: Iterable[Telling]) -> Mapping[str, float]:
    """How telling each pair of characters is: the logarithm of how few demands use it."""
    held = list(tellings)
    used = Counter(gram for telling in held for gram in telling.grams)
    return {gram: math.log(1 + len(held) / count) for gram, count in used.items()}


SIGNALS = (
    "meaning",  # cosine of the gists, what all have in common taken out
    "meaning_squared",
    "words",  # share of telling pairs of characters that both use, of the shorter one's
    "words_all",  # of all that either uses
    "thing",  # a machine, part or process is shared
    "thing_other",  # both name some and share none
    "fault",
    "fault_other",
    "both",
    "domain_other",
    "alarm_other",
)


def signals(one: Telling, other: Telling, rarity: Mapping[str, float], meaning: float) -> tuple[float, ...]:
    """The figures of SIGNALS for two demands, each 0 to 1."""
    shared = sum(rarity.get(gram, 1.0) for gram in one.grams & other.grams)
    mine = sum(rarity.get(gram, 1.0) for gram in one.grams) or 1.0
    theirs = sum(rarity.get(gram, 1.0) for gram in other.grams) or 1.0
    thing, fault = bool(one.things & other.things), bool(one.faults & other.faults)
    return (
        meaning,
        max(0.0, meaning) ** 2,
        shared / min(mine, theirs),
        shared / (mine + theirs - shared or 1.0),
        float(thing),
        float(not thing and bool(one.things) and bool(other.things)),
        float(fault),
        float(not fault and bool(one.faults) and bool(other.faults)),
        float(thing and fault),
        float(one.domain is not other.domain),
        float(bool(one.alarms) and bool(other.alarms) and not one.alarms & other.alarms),
    )


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of SIGNALS, and the mean likeness from which demands are one problem, or one firm's the same need."""

    weights: tuple[float, ...]
    bias: float
    joined: float
    twins: float

    def likeness(self, figures: Sequence[float]) -> float:
        """The probability that two demands tell of one problem."""
        total = self.bias + sum(weight * figure for weight, figure in zip(self.weights, figures, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@cache
def shipped() -> Model:
    """The weights that were learnt."""
    stored = json.loads(files("bot.rules").joinpath("clusters.json").read_text(encoding="utf-8"))
    weights = tuple(float(stored["weights"][name]) for name in SIGNALS)
    return Model(weights, stored["bias"], stored["joined"], stored["twins"])


def centred(vectors: Sequence[Vector]) -> Vector:
    """Unit vectors without what all have in common: raw cosines of short texts of one trade lie too close together to tell them apart."""
    if not vectors:
        return np.empty((0, 1), np.float32)
    held = np.stack(vectors).astype(np.float32)
    if len(held) >= _LEAST_TO_CENTRE:
        held = held - held.mean(axis=0)
    made: Vector = held / np.maximum(np.linalg.norm(held, axis=1, keepdims=True), 1e-9)
    return made


class Likenesses:
    """The likeness of any two demands of a pool, each pair worked out at its first use."""

    def __init__(self, tellings: Sequence[Telling], model: Model) -> None:
        self._tellings = tellings
        self._model = model
        self._rarity = rarities(tellings)
        self._vectors = centred([telling.vector for telling in tellings])
        self._known: dict[tuple[int, int], float] = {}

    def __call__(self, one: int, other: int) -> float:
        """The probability that these two, by their places, tell of one problem. Needs of different kinds never do."""
        key = (one, other) if one < other else (other, one)
        held = self._known.get(key)
        if held is None:
            held = self._known[key] = self._likeness(*key)
        return held

    def _likeness(self, one: int, other: int) -> float:
        first, second = self._tellings[one], self._tellings[other]
        if first.kind is not second.kind:
            return 0.0
        meaning = float(self._vectors[one] @ self._vectors[other])
        return self._model.likeness(signals(first, second, self._rarity, meaning))

    def nearest(self, places: Sequence[int], count: int = NEIGHBOURS) -> Iterable[tuple[int, int]]:
        """For each of these the places of those with the nearest meaning."""
        for start in range(0, len(places), 256):
            part = list(places[start : start + 256])
            cosines = self._vectors[part] @ self._vectors.T
            most = min(count + 1, cosines.shape[1])
            best = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
            for row, place in enumerate(part):
                yield from ((place, int(other)) for other in best[row] if other != place)


# --- groups -------------------------------------------------------------------------------------------------------------------------------


def gather(
    tellings: Sequence[Telling],
    *,
    held: Mapping[str, str] | None = None,
    apart: Iterable[tuple[str, str]] = (),
    dissolved: Collection[str] = frozenset(),
    fresh: Collection[str] | None = None,
    model: Model | None = None,
) -> list[tuple[str | None, list[str]]]:
    """Groups of demands that tell of one problem.

    What is held together stays together, and two groups that are held are never joined: that is for people.

    Args:
        tellings: The whole pool; the order does not matter.
        held: By a demand's reference the cluster that it is in already.
        apart: Demand and cluster that people took apart.
        dissolved: Of these clusters those that are no more: what was taken out of one of them is not put together again.
        fresh: Only what these belong to is looked for; None: for all that are in no cluster.

    Returns:
        For each cluster that is held (its reference) or could be new (None) all its demands. New ones come from LEAST_FIRMS firms or more.
    """
    held, model = held or {}, model or shipped()
    likeness = Likenesses(tellings, model)
    groups = _Groups(tellings, held, frozenset(apart), frozenset(dissolved), likeness)
    looked_for = [
        place
        for place, telling in enumerate(tellings)
        if telling.ref not in held and (fresh is None or telling.ref in fresh)
    ]
    groups.join(likeness.nearest(looked_for), model.joined)
    return [
        (cluster, [tellings[place].ref for place in places])
        for cluster, places in groups.result()
        if cluster is not None or len({tellings[place].firm for place in places}) >= LEAST_FIRMS
    ]


class _Groups:
    def __init__(
        self,
        tellings: Sequence[Telling],
        held: Mapping[str, str],
        apart: frozenset[tuple[str, str]],
        dissolved: frozenset[str],
        likeness: Likenesses,
    ) -> None:
        self._tellings, self._likeness, self._apart = tellings, likeness, apart
        self._once: dict[str, set[str]] = {}  # by a demand the dissolved clusters that it was in
        for ref, cluster in apart:
            if cluster in dissolved:
                self._once.setdefault(ref, set()).add(cluster)
        self._members: dict[int, list[int]] = {}
        self._cluster: dict[int, str | None] = {}
        self._of: dict[int, int] = {}
        by_cluster: dict[str, int] = {}
        for place, telling in enumerate(tellings):
            inside = held.get(telling.ref)
            group = by_cluster.setdefault(inside, place) if inside is not None else place
            self._members.setdefault(group, []).append(place)
            self._cluster[group], self._of[place] = inside, group

    def join(self, pairs: Iterable[tuple[int, int]], least: float) -> None:
        """Join the likeliest two groups again and again, as long as all their pairs are alike enough in the mean."""
        near: dict[int, set[int]] = {}
        heap: list[tuple[float, int, int]] = []

        def offer(one: int, other: int) -> None:
            link = self._link(one, other)
            if link >= least:
                heapq.heappush(heap, (-link, min(one, other), max(one, other)))

        for one, other in pairs:
            first, second = self._of[one], self._of[other]
            if first != second and second not in near.get(first, ()) and self._likeness(one, other) >= least / 2:
                near.setdefault(first, set()).add(second)
                near.setdefault(second, set()).add(first)
                offer(first, second)
        while heap:
            link, one, other = heapq.heappop(heap)
            if one not in self._members or other not in self._members or -link != self._link(one, other):
                continue
            around = (near.pop(one, set()) | near.pop(other, set())) - {one, other}
            self._merge(one, other)
            near[one] = {group for group in around if group in self._members}
            for group in near[one]:
                near.setdefault(group, set()).discard(other)
                near[group].add(one)
                offer(one, group)

    def _link(self, one: int, other: int) -> float:
        """The mean likeness of two groups; 0 where they must not be one."""
        first, second = self._cluster[one], self._cluster[other]
        if first is not None and second is not None:
            return 0.0
        mine, theirs = self._members[one], self._members[other]
        if self._once and self._were_in(mine) & self._were_in(theirs):
            return 0.0
        for cluster, joining in ((first, theirs), (second, mine)):
            if cluster is not None and any((self._tellings[place].ref, cluster) in self._apart for place in joining):
                return 0.0
        pairs = [(a, b) for a in mine for b in theirs]
        step = max(1, len(pairs) // _PAIRS_LOOKED_AT)
        looked_at = pairs[::step]
        return sum(self._likeness(a, b) for a, b in looked_at) / len(looked_at)

    def _were_in(self, places: Iterable[int]) -> set[str]:
        return {cluster for place in places for cluster in self._once.get(self._tellings[place].ref, ())}

    def _merge(self, one: int, other: int) -> None:
        for place in self._members[other]:
            self._of[place] = one
        self._members[one] = sorted(self._members[one] + self._members.pop(other))
        cluster = self._cluster.pop(other)
        self._cluster[one] = self._cluster[one] or cluster

    def result(self) -> list[tuple[str | None, list[int]]]:
        return [(self._cluster[group], places) for group, places in sorted(self._members.items())]


# --- duplicates within a firm ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pair:
    """Two demands of one firm that look like one need, the older first."""

    first: str
    second: str
    likeness: float
    why: tuple[str, ...]


def twins(tellings: Sequence[Telling], *, model: Model | None = None, of: Iterable[str] | None = None) -> list[Pair]:
    """Demands of one firm that look like the same need, the likeliest first. They are proposed, never joined by themselves.

    Args:
        tellings: The oldest first.
        of: Only pairs with one of these.
    """
    model = model or shipped()
    likeness, wanted = Likenesses(tellings, model), None if of is None else frozenset(of)
    by_firm: dict[str, list[int]] = {}
    for place, telling in enumerate(tellings):
        by_firm.setdefault(telling.firm, []).append(place)
    found = []
    for places in by_firm.values():
        for index, later in enumerate(places):
            for earlier in places[:index]:
                one, other = tellings[earlier], tellings[later]
                if wanted is not None and one.ref not in wanted and other.ref not in wanted:
                    continue
                alike = likeness(earlier, later)
                if alike >= model.twins:
                    found.append(Pair(one.ref, other.ref, alike, reasons([one, other]).all))
    return sorted(found, key=lambda pair: (-pair.likeness, pair.first, pair.second))


# --- why they belong together ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reasons:
    """What many of some demands share, in words that at least two firms use: things, and other words."""

    things: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Things first."""
        named = {thing.lower() for thing in self.things}
        return (*self.things, *(word for word in self.words if word.lower() not in named))


_HAN = re.compile(r"[一-鿿]+|[A-Za-z][A-Za-z0-9\-]+")
_EMPTY = re.compile(
    r"^[的了是在有还就都又也和与一不很么吗呢啊上下里后前到就会能要把被给这那]|[的了是在有还就都又也和与么吗呢啊会能要把被给这那]$"
)
_LEAST_NAME, _MOST_NAME = 4, 16  # characters of a clause that can be a name
_BARE = re.compile(r"(?:老是?|总是?|一直|又|经常|最近|有时候|开始)")
_TAIL = re.compile(r"[是了的吗呢啊]+$")
_LEAST_SHARE = 0.3
_MOST_REASONS = 4


def reasons(tellings: Sequence[Telling], *, known: Sequence[Known] = ()) -> Reasons:
    """What they share.

    Args:
        known: Names of the records: no word that could point to one is given.
    """
    firms = {telling.firm for telling in tellings}
    least = max(min(2, len(firms)), math.ceil(_LEAST_SHARE * len(firms)))
    things = _by_firms((telling.firm, unmentioned(telling.gist, "")) for telling in tellings)
    shared = [word for word, count in things.most_common() if count >= least and len(word) > 1]
    phrases = _by_firms((telling.firm, _phrases(telling.gist)) for telling in tellings)
    whole = _words_among(telling.gist for telling in tellings)
    said = [phrase for phrase, count in phrases.items() if count >= least and phrase in whole]
    said.sort(key=lambda phrase: (-phrases[phrase] * (len(phrase) - 1), phrase))
    kept: list[str] = []
    for phrase in said:
        if not any(phrase in other or other in phrase for other in (*kept, *shared)):
            kept.append(phrase)
    clean = [[word for word in words if not propose(word, known=known)] for words in (shared, kept)]
    return Reasons(tuple(clean[0][:_MOST_REASONS]), tuple(clean[1][:_MOST_REASONS]))


def _by_firms(said: Iterable[tuple[str, Iterable[str]]]) -> Counter[str]:
    """How many firms use each word; what one firm says often is still one firm's."""
    return Counter(word for _, word in {(firm, word): None for firm, words in said for word in words})


def _phrases(text: str) -> frozenset[str]:
    """All runs of two to six characters that begin and end with a telling one, and Latin words."""
    return frozenset(phrase for phrase, _, _ in _occurring(text))


def _occurring(text: str) -> Iterable[tuple[str, str, str]]:
    """Each run of two to six characters with the characters before and behind it; empty ones where a clause begins or ends."""
    for run in _HAN.findall(text):
        if run[0].isascii():
            yield run, "", ""
            continue
        for size in range(2, 7):
            for start in range(len(run) - size + 1):
                part = run[start : start + size]
                if not _EMPTY.search(part):
                    yield part, run[start - 1] if start else "", run[start + size : start + size + 1]


def _words_among(gists: Iterable[str]) -> frozenset[str]:
    """Phrases that are whole words: what stands before them differs, and what stands behind, or a clause begins or ends there.

    Source: accessor variety; Feng, Chen, Deng, Zheng, Computational Linguistics 2004.
    """
    before: dict[str, set[str]] = {}
    behind: dict[str, set[str]] = {}
    for gist in gists:
        for phrase, left, right in _occurring(gist):
            before.setdefault(phrase, set()).add(left)
            behind.setdefault(phrase, set()).add(right)
    return frozenset(
        phrase
        for phrase in before
        if all("" in beside or len(beside) > 1 for beside in (before[phrase], behind[phrase]))
    )


def name_of(tellings: Sequence[Telling], why: Reasons, *, known: Sequence[Known] = ()) -> str:
    """A name for a common problem that points to no firm: the clause that holds most of what is shared, else the trade."""
    clauses = Counter(clause for telling in tellings for clause in set(re.split(r"[，,\s]+", telling.gist)))
    fitting = [
        (sum(word in clause for word in why.all), clauses[clause], -len(clause), clause)
        for clause in clauses
        if _LEAST_NAME <= len(clause) <= _MOST_NAME and any(word in clause for word in why.all)
    ]
    for *_, clause in sorted(fitting, reverse=True):
        if not propose(clause, known=known):
            return _TAIL.sub("", _BARE.sub("", clause))
    domain = Counter(telling.domain for telling in tellings).most_common(1)[0][0]
    return f"{DOMAIN_NAMES[domain]}：{len({telling.firm for telling in tellings})} 家企业的同类问题"


def representative(tellings: Sequence[Telling], *, model: Model | None = None) -> str:
    """The demand that is most like all the others; of equals the one that says most.

    Raises:
        ValueError: there is none.
    """
    likeness = Likenesses(tellings, model or shipped())
    places = range(len(tellings))
    return tellings[
        max(
            places,
            key=lambda place: (
                round(sum(likeness(place, other) for other in places if other != place), 6),
                len(tellings[place].gist),
                -place,
            ),
        )
    ].ref


def known_names(firms: Iterable[str], people: Iterable[str] = ()) -> list[Known]:
    """Names of the records as `redaction` takes them."""
    return [
        *(Known(Finding.FIRM, name) for name in firms if len(name) > 1),
        *(Known(Finding.NAME, name) for name in people if len(name) > 1),
    ]


def checked_name(given: str, *, known: Sequence[Known] = ()) -> str:
    """A name that staff give to a common problem. Every firm in it will read it.

    Raises:
        Invalid: empty, too long, or it points to a firm or a person.
    """
    tidy = " ".join(given.split())
    if not tidy or len(tidy) > MAX_NAME_CHARS or not tidy.isprintable():
        raise Invalid(f"请给共性难题起个名字，{MAX_NAME_CHARS} 个字以内。")
    if found := propose(tidy, known=known):
        raise Invalid(
            f"名字里的“{tidy[found[0].start : found[0].end]}”可能指向某家企业或个人，别的企业会看到，请换个说法。"
        )
    return tidy
