"""Finding what policy documents say on a question: the document that is named, the place that is named, the document of the talk so far."""

from collections.abc import Sequence
from dataclasses import replace

from bot.assistant import documents
from bot.assistant.asking import Asking
from bot.assistant.standing import at_home, in_force_first
from bot.rules.questions import clauses_named, is_clause, without_titles
from bot.rules.regions import covers, places, without_places
from corpora.document import Kind
from retrieval.protocols import Found, Hit

KEPT_SHARE = 0.6  # of the best fused score; about three clauses
MOVED = 0.1  # confidence below which a question that was good for one place is not taken to be answered for another
SMOOTHING = 3  # ranks; small, so that the first ranks of a follow-up's own words count most


def look_up(asking: Asking, text: str | None = None) -> Found:
    """What the policy documents have on the question, or on a part of it.

    A document that is named is looked into first; a follow-up is looked for in the document of the talk so far, unless it changes the
    place; a place that is named keeps documents of other places out.
    """
    turn = asking.turn
    if text is None and turn.subject and not turn.moved:
        return _follow(asking)
    text = text or turn.search
    named = documents.named(asking, text)
    if named is not None:
        inner = asking.search(without_titles(text), Kind.POLICY, documents=frozenset({named.id}))
        return _at_clause(asking, replace(inner, answered=bool(inner.hits)), text)
    found = _at_clause(asking, _at_place(asking, asking.search(text, Kind.POLICY), text), text)
    if turn.moved and not answers(found) and found.hits:
        # The question was good for the other place: its best clause about this one is the answer meant.
        before = asking.search(", ".join(asking.prev[-1:]), Kind.POLICY, top_k=1)
        return replace(found, answered=answers(before) and found.confidence >= MOVED)
    return found


def answers(found: Found) -> bool:
    """Whether what was found may be shown as an answer."""
    return bool(found.hits) and found.answered


def _follow(asking: Asking) -> Found:
    """Look for a follow-up in the document that the turns before were about; its own words weigh most."""
    turn = asking.turn
    before = _at_place(asking, asking.search(turn.subject, Kind.POLICY, top_k=5), turn.subject)
    if not before.hits:
        return before
    home = frozenset({before.hits[0].document.id})
    own = asking.search(turn.text, Kind.POLICY, documents=home)
    joint = asking.search(turn.search, Kind.POLICY, documents=home)
    # What answered the turn before is no answer to this one unless its own words say so too.
    said_again = own.answered and own.hits[0].passage.id == before.hits[0].passage.id
    fresh = tuple(hit for hit in joint.hits if said_again or hit.passage.id != before.hits[0].passage.id)
    merged = _fuse((own.hits, 1.0), (fresh, 0.8))
    confidence = max(own.confidence, joint.confidence if answers(before) else 0.0)
    return Found(merged, confidence, own.answered or (joint.answered and answers(before)), own.near or joint.near)


def _fuse(*rankings: tuple[Sequence[Hit], float]) -> tuple[Hit, ...]:
    """Merge rankings by reciprocal rank; scores become the fused ones."""
    scores: dict[str, float] = {}
    hits: dict[str, Hit] = {}
    for ranking, weight in rankings:
        for rank, hit in enumerate(ranking, start=1):
            scores[hit.passage.id] = scores.get(hit.passage.id, 0.0) + weight / (rank + SMOOTHING)
            hits.setdefault(hit.passage.id, hit)
    best = max(scores.values(), default=0.0)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return tuple(replace(hits[key], score=score) for key, score in ranked if score >= KEPT_SHARE * best)


def _at_place(asking: Asking, found: Found, text: str) -> Found:
    """Keep to the place that the question names; what was found about another place does not answer for it."""
    named = places(text, asking.shelf.regions)
    if not named:
        return in_force_first(asking, at_home(asking, found, text), text)
    if not found.hits:
        return found
    fitting = tuple(hit for hit in found.hits if any(_about(hit, place) for place in named))
    neutral = tuple(hit for hit in found.hits if covers(hit.document.region, named[0]) is None)
    if fitting and answers(found) and (fitting[0] is found.hits[0] or len(named) > 1):
        return replace(found, hits=tuple(hit for hit in found.hits if hit in fitting or hit in neutral))
    home = asking.shelf.about(named)
    if home:
        # Without the place: its name is in every clause's heading and would pass for a word of the answer.
        inner = asking.search(without_places(text, named), Kind.POLICY, documents=home, after=found)
        return replace(inner, near=inner.near or found.near)
    if fitting and (fitting[0] is found.hits[0] or found.hits[0] in neutral):
        return found
    return Found((), found.confidence)


def _at_clause(asking: Asking, found: Found, text: str) -> Found:
    """Put the clause first that the question names by its number, if one of the documents found has it."""
    labels = clauses_named(text)
    for document in dict.fromkeys(hit.document.id for hit in found.hits) if labels else ():
        of_document = next(hit.document for hit in found.hits if hit.document.id == document)
        meant = [
            Hit(passage, of_document, found.hits[0].score)
            for passage in asking.finder.passages(document, asking.principal)
            if any(is_clause(passage.clause, label) for label in labels)
        ]
        if meant:
            return replace(found, hits=tuple(meant[:4]), answered=True, confidence=max(found.confidence, 0.9))
    return found


def _about(hit: Hit, place: str) -> bool:
    return bool(covers(hit.document.region, place)) or place in hit.passage.text or place in hit.document.title
