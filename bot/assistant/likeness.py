"""Whether a solved case is about the trouble that is told: how near the search came, and whether machine, part and fault are the same.

A clause answers where it states what is asked. A case helps where it is about the same thing with the same fault; one that shares the
fault's word alone (开裂) is about another machine, and following its steps does harm. So cases are weighed apart from clauses: every case
that was found is put into figures, a logistic model weighs them, and the likeliest case is the one that counts. Its few weights are learnt
by `python -m evals liken` and stand in likeness.json with their provenance.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from bot.rules.triage import domain_scores
from bot.rules.troubles import alarms, is_vague, knows_alarm, told
from bot.rules.wording import content, grams
from corpora.document import Document
from retrieval.protocols import Found, Hit

# What the search tells of a passage, and whether the best of a case is its greatest or its least.
_FOR = ("dense", "familiar", "at_home", "cover", "cover_document", "explained", "lexical", "lay", "run")
_AGAINST = ("unexplained", "hole", "missing_document")
SIGNALS = (
    *_FOR,
    *_AGAINST,
    "lead",  # of the case's best passage over that of the next case in the search's order; negative behind the first
    "head",  # share of the question's pairs of characters that title, symptom and equipment hold
    "thing",  # share of the things told of that the case is about
    "thing_foreign",  # share of them that it is not about; half for one that it mentions
    "fault",  # the same for what is wrong
    "fault_foreign",
    "both",  # 1 where thing and fault are shared
    "trade",  # share of the question's points of trade that are of the case's trade
    "trade_foreign",  # 1 where the question is of a trade and the case of another
)
FAMILIES = frozenset({"thing", "thing_foreign", "fault", "fault_foreign", "both"})
AGAINST = frozenset({*_AGAINST, "thing_foreign", "fault_foreign", "trade_foreign"})  # all others speak for a case
_WIDEST_LEAD = 2.0
_MENTIONED = 0.5  # of what is lacking: a thing or a fault that stands only outside of title, symptom and equipment
_TRADE_POINTS = 3  # from which a question is of a trade


@dataclass(frozen=True, slots=True)
class Likely:
    """A case that was found, and how likely it is the one that is told of."""

    document: Document
    hits: tuple[Hit, ...]  # its passages, best first
    signals: Mapping[str, float]
    confidence: float
    lacks_alarm: bool  # an alarm is named and this case does not know it


@dataclass(frozen=True, slots=True)
class _Model:
    weights: Mapping[str, float]
    bias: float
    answered: float
    near: float


def liken(question: str, found: Found) -> Found:
    """The cases in the order of likelihood, with the probability that the first is the one told of and what follows from it.

    A hit's score is its case's probability; cases that are not even near are left out behind the first. A case without the alarm that is
    named never answers. What a finder found without telling its evidence stays as it is, and near is enough there.
    """
    if not found.hits or not found.hits[0].evidence:
        return replace(found, answered=bool(found.hits) and (found.answered or found.near))
    model = _model()
    ranked = sorted(weighed(question, found), key=lambda case: (case.lacks_alarm, -case.confidence))
    kept = [ranked[0], *(case for case in ranked[1:] if case.confidence >= model.near)]
    hits = tuple(replace(hit, score=case.confidence) for case in kept for hit in case.hits)
    best = ranked[0]
    answered = best.confidence >= model.answered and not best.lacks_alarm and not is_vague(question)
    return replace(
        found,
        hits=hits,
        confidence=best.confidence,
        answered=answered,
        near=not answered and best.confidence >= model.near,
    )


def weighed(question: str, found: Found) -> list[Likely]:
    """Every case that was found, in the order of the search."""
    model = _model()
    named = alarms(question)
    by_case: dict[str, list[Hit]] = {}
    for hit in found.hits:
        by_case.setdefault(hit.document.id, []).append(hit)
    cases = []
    for hits in by_case.values():
        document = hits[0].document
        figures = signals(question, hits, lead=_lead(hits[0], found.hits))
        total = model.bias + sum(weight * figures.get(name, 0.0) for name, weight in model.weights.items())
        lacks = bool(named) and not any(knows_alarm(document.text, alarm) for alarm in named)
        cases.append(Likely(document, tuple(hits), figures, 1 / (1 + math.exp(-total)), lacks))
    return cases


def signals(question: str, hits: Sequence[Hit], *, lead: float) -> dict[str, float]:
    """The figures of SIGNALS for one case, from its passages that were found."""
    case = hits[0].document
    figures = {name: max(hit.evidence.get(name, 0.0) for hit in hits) for name in _FOR}
    figures |= {name: min(hit.evidence.get(name, 0.0) for hit in hits) for name in _AGAINST}
    asked, head, whole = told(question), told(_head(case)), told(case.text)
    thing = _shared(asked.things, head.things, whole.things)
    fault = _shared(asked.faults, head.faults, whole.faults)
    trade, foreign = _trade(question, case)
    return figures | {
        "lead": lead,
        "head": _cover(question, _head(case)),
        "thing": thing[0],
        "thing_foreign": thing[1],
        "fault": fault[0],
        "fault_foreign": fault[1],
        "both": float(thing[0] > 0 and fault[0] > 0),
        "trade": trade,
        "trade_foreign": foreign,
    }


def _lead(hit: Hit, hits: Sequence[Hit]) -> float:
    other = next((each.score for each in hits if each.document.id != hit.document.id), None)
    return _WIDEST_LEAD if other is None else max(-_WIDEST_LEAD, min(hit.score - other, _WIDEST_LEAD))


def _head(case: Document) -> str:
    """What a case is about: title, symptom, equipment; the beginning of one without sections."""
    if case.solution is None:
        return case.title
    return f"{case.title}\n{case.solution.symptom}\n{case.solution.equipment}"


def _shared(asked: frozenset[str], head: frozenset[str], whole: frozenset[str]) -> tuple[float, float]:
    """The share of the families asked for that a case has, and the share that it lacks."""
    if not asked:
        return 0.0, 0.0
    lacking = len(asked - head - whole) + _MENTIONED * len((asked & whole) - head)
    return len(asked & head) / len(asked), lacking / len(asked)


def _trade(question: str, case: Document) -> tuple[float, float]:
    """The share of the question's points that go to the case's trade, and 1 where it is of another trade."""
    points = domain_scores(question)
    total = sum(points.values())
    own = next((value for domain, value in points.items() if case.solution and domain.value == case.solution.domain), 0)
    best = max(points.values(), default=0)
    return (own / total if total else 0.0), float(best >= _TRADE_POINTS and own == 0)


def _cover(question: str, text: str) -> float:
    wanted = grams(content(question)) or grams(question)
    return len(wanted & grams(text)) / max(1, len(wanted))


@cache
def _model() -> _Model:
    stored = json.loads(files("bot.assistant").joinpath("likeness.json").read_text(encoding="utf-8"))["confidence"]
    return _Model(stored["weights"], stored["bias"], stored["answered"], stored["near"])
