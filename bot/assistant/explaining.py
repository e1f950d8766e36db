"""Why an answer is as it is, for staff: every search behind it with words, meaning, priors, signals, weights and threshold.

Nothing here takes part in an answer. A finder that remembers its searches stands in the way of the real one for this one
question; what they found is weighed a second time afterwards, so that an ordinary question pays nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.assistant.asking import Asking
from bot.assistant.shape import Answer, Outcome
from bot.assistant.weighing import contributions, weigh
from bot.rules.questions import shape
from bot.rules.regions import places
from bot.rules.wording import content
from corpora.document import Course, Document, Kind, Passage, Solution
from retrieval.protocols import Finder, Found, Hit, Principal, Query
from retrieval.ranking import FEATURES, weights

SHOWN = 10  # candidates of each search
MAX_WORDS = 12  # of one candidate
_GROUPS = (
    ("words", re.compile(r"lexical|characters|cover|exact|run|explained|unexplained|hole")),
    ("meaning", re.compile(r"dense|familiar|at_home")),
    ("official_words", re.compile(r"expanded|lay")),
    ("priors", re.compile(r"document|neighbours|place|wanted|length|missing")),
)


@dataclass(slots=True)
class Watched:
    """A finder that remembers what it was asked and what it found."""

    finder: Finder
    seen: list[tuple[Query, Found]] = field(default_factory=list)

    def search(self, query: Query, principal: Principal) -> Found:
        found = self.finder.search(query, principal)
        self.seen.append((query, found))
        return found

    def document(self, document_id: str, principal: Principal) -> Document | None:
        return self.finder.document(document_id, principal)

    def documents(self, principal: Principal) -> Sequence[Document]:
        return self.finder.documents(principal)

    def passages(self, document_id: str, principal: Principal) -> Sequence[Passage]:
        return self.finder.passages(document_id, principal)

    def courses(self, principal: Principal) -> Sequence[tuple[Course, Document]]:
        return self.finder.courses(principal)

    def solutions(self, principal: Principal) -> Sequence[tuple[Solution, Document]]:
        return self.finder.solutions(principal)


def explain(asking: Asking, watched: Watched, answer: Answer) -> dict[str, Any]:
    """The evidence of an answer as plain values, ready for JSON: how the question was read, each search, what decided.

    Weights and contributions are in log odds of the probability for signals, in points of the ranking for features.
    """
    cited = {(citation.document_id, citation.clause): citation.n for citation in answer.citations}
    wanted = shape(asking.original)
    return {
        "question": {
            "original": asking.original,
            "searched": asking.turn.search,
            "taken_from_before": asking.turn.subject,
            "intent": asking.wish.intent.value,
            "sure": asking.wish.sure,
            "places": list(places(asking.turn.search, asking.shelf.regions)),
            "wants": [
                name
                for name, said in (
                    ("list", wanted.wants_list),
                    ("comparison", wanted.compares),
                    ("validity", wanted.asks_validity),
                    ("date", wanted.asks_date),
                )
                if said
            ],
        },
        "searches": [_search(query, found, cited) for query, found in watched.seen],
        "decision": _decision(watched, answer),
    }


def _search(query: Query, found: Found, cited: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    policy = query.kinds == frozenset({Kind.POLICY})
    judged = weigh(query.text, found) if policy else found
    weighed = contributions(query.text, found) if policy else None
    return {
        "text": query.text,
        "kinds": sorted(kind.value for kind in query.kinds),
        "documents": len(query.documents) or None,  # how many it was kept to
        "blind": found.blind,
        "found_confidence": round(found.confidence, 4),
        "confidence": round(judged.confidence, 4),
        "threshold": weighed.threshold if weighed else None,
        "answered": judged.answered,
        "near": judged.near,
        "bias": weighed.bias if weighed else None,
        "signals": {
            name: {"value": round(value, 4), "contribution": round(part, 4)}
            for name, (value, part) in weighed.terms.items()
        }
        if weighed
        else {},
        "candidates": [
            _candidate(query.text, rank, hit, cited) for rank, hit in enumerate(found.hits[:SHOWN], start=1)
        ],
    }


def _candidate(question: str, rank: int, hit: Hit, cited: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    parts = {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights(), strict=True)}
    features = dict(hit.evidence)
    given = {
        name: round(
            sum(parts.get(feature, 0.0) * value for feature, value in features.items() if pattern.match(feature)), 4
        )
        for name, pattern in _GROUPS
    }
    return {
        "rank": rank,
        "document": hit.document.title,
        "clause": hit.passage.clause,
        "source": hit.document.source,
        "score": round(hit.score, 4),
        "cited": cited.get((hit.document.id, hit.passage.clause)),
        "words": list(matched(question, f"{hit.passage.context}\n{hit.passage.text}")),
        "similarity": features.get("dense"),
        "points": given if features else {},
        "features": {
            name: {"value": round(value, 4), "weight": parts.get(name, 0.0)}
            for name, value in features.items()
            if value
        },
    }


def matched(question: str, text: str) -> tuple[str, ...]:
    """The runs of the question, of two characters and more, that a text holds; longest stretches, in order, each once."""
    found: list[str] = []
    for piece in content(question).split():
        if piece[0] < "\u3400":
            found += [piece] if piece.lower() in text.lower() else []
            continue
        start = 0
        while start < len(piece) - 1:
            end = next((end for end in range(len(piece), start + 1, -1) if piece[start:end] in text), 0)
            if end:
                found.append(piece[start:end])
            start = end or start + 1
    return tuple(dict.fromkeys(found))[:MAX_WORDS]


def _decision(watched: Watched, answer: Answer) -> str:
    searched = [query for query, _ in watched.seen]
    said = f"结果 {answer.outcome.value}，概率 {answer.confidence:.2f}"
    if not searched:
        return f"{said}：没有检索，按固定说法或文件自身的日期、结构回答。"
    judged = [weigh(query.text, found) for query, found in watched.seen if query.kinds == frozenset({Kind.POLICY})]
    if answer.outcome is Outcome.ANSWERED:
        return f"{said}：引用 {len(answer.citations)} 处，检索 {len(searched)} 次。"
    if any(found.answered and found.hits for found in judged):
        return f"{said}：概率过了门槛，但没有作答——{answer.answer.splitlines()[0]}"
    if any(found.near for found in judged):
        return f"{said}：概率没过门槛，只列相近条款。"
    return f"{said}：没有够近的条款。"


def render(told: Mapping[str, Any]) -> str:
    """The same as text for people."""
    question = told["question"]
    lines = [
        "为什么这样答",
        f"读作：{question['searched']}（{question['intent']}{'' if question['sure'] else '，不确定'}"
        + (f"；要的是 {'、'.join(question['wants'])}" if question["wants"] else "")
        + (f"；地区 {'、'.join(question['places'])}" if question["places"] else "")
        + "）",
        told["decision"],
    ]
    for number, search in enumerate(told["searches"], start=1):
        kept = f"，限 {search['documents']} 份文件" if search["documents"] else ""
        lines.append(f"\n检索 {number}：{search['text']}（{'、'.join(search['kinds'])}{kept}）")
        threshold = "" if search["threshold"] is None else f"，门槛 {search['threshold']:.2f}"
        blind = "；问句用词文件里几乎没有，只能凭意思" if search["blind"] else ""
        verdict = "过" if search["answered"] else "近" if search["near"] else "不过"
        lines.append(
            f"  概率 {search['confidence']:.2f}（检索 {search['found_confidence']:.2f}{threshold}）{verdict}{blind}"
        )
        strongest = sorted(search["signals"].items(), key=lambda item: -abs(item[1]["contribution"]))
        if strongest:
            shown = "，".join(
                f"{name}={one['value']:g}→{one['contribution']:+.2f}" for name, one in strongest if one["contribution"]
            )
            lines.append(f"  信号（底数 {search['bias']:+.2f}）：{shown or '无'}")
        for one in search["candidates"]:
            mark = f" [{one['cited']}]" if one["cited"] else ""
            similar = "" if one["similarity"] is None else f" 向量 {one['similarity']:.2f}"
            points = "，".join(f"{name} {value:+.2f}" for name, value in one["points"].items() if value)
            lines.append(
                f"  {one['rank']}. {one['score']:.3f}{mark} 《{one['document']}》{one['clause']}{similar}"
                f" 词：{'、'.join(one['words']) or '无'}" + (f"（{points}）" if points else "")
            )
    return "\n".join(lines)
