"""Candidates in order: features of each passage for a question, and a linear weight for each feature.

Every feature is on a scale that does not depend on the other candidates where that is possible (a share of what the
question could reach, standard deviations from what is usual), so that a weak match stays weak and collections can be
ranked together. Weights are learnt by `python -m evals fit` and stand in weights.json with their provenance.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.lexical import K1, Keywords, Positions, Scores, Terms, analyse, single_characters, top
from retrieval.lexicon import Lexicon
from retrieval.places import named, provinces
from retrieval.protocols import Vectors
from retrieval.traits import wanted
from retrieval.vectors import Scale, VectorTable

Features = NDArray[np.float32]  # shape (passages, len(FEATURES))

LEXICAL_CANDIDATES = 200
DENSE_CANDIDATES = 100
_EXPANDED_CANDIDATES = 50
_TRUSTED = 0.4  # share of its reach from which a question is taken to speak the documents' language
_EMBEDDED_WORDS = 12  # official words that are embedded with the question
_MOST = K1 + 1  # what a term's impact can reach, in units of its idf

FEATURES = (
    "lexical",  # BM25F as a share of what the question could reach
    "lexical_best",  # BM25F as a share of the best candidate's, times trust
    "dense",  # cosine in standard deviations over what is usual, divided by 5
    "familiar",  # cosine in standard deviations over the best that a stranger's question reaches, divided by 5
    "at_home",  # mean cosine with the collection in standard deviations over a stranger's, divided by 5; same for all
    "dense_best",  # cosine between the worst (0) and the best (1) candidate's
    "dense_doubt",  # the same times what trust lacks to 1
    "document",  # BM25 of the whole document as a share of what the question could reach
    "document_best",  # the same as a share of the best document's, times trust
    "characters",  # BM25F of the question's single characters as a share of what they could reach
    "characters_doubt",  # the same times what trust lacks to 1
    "cover",  # share of the question's terms, weighed by rarity, that headline or body hold
    "cover_trusted",  # the same times trust
    "cover_body",  # the same without what the headline already says
    "cover_document",  # the same for the whole document
    "exact",  # the same for codes and numbers alone; 0.5 when the question has none
    "run",  # the longest unbroken stretch of the question that the passage holds, as a share
    "neighbours",  # BM25F of the document's best passage as a share of the best candidate's, times trust
    "place_missing",  # share of the places named in the question that the document never names
    "place_conflict",  # 1 when the headline names other provinces only
    "wanted",  # share of the wanted kinds of thing (a number, a day) that the body holds
    "expanded",  # BM25F of the official words for what the question says, on the scale of `lexical`
    "expanded_doubt",  # the same times what trust lacks to 1
    "lay",  # BM25 of the lay words for the passage's official ones, as a share of what the question could reach
    "lay_doubt",  # the same times what trust lacks to 1
    "expanded_cover",  # share of those official words, weighed by rarity and likelihood, that headline or body hold
    "explained",  # share of the question's terms that the passage holds, or whose official words it holds
    "unexplained",  # rarity of all the others, in terms that no passage holds
    "hole",  # longest stretch of the question that the passage lacks, in terms that no passage holds
    "missing_document",  # all that the question says and the document lacks, in terms that no document holds
    "length",  # logarithm of the body's number of terms
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Lay words that a question holds, and the official words that they may stand for."""

    said: NDArray[np.bool_]  # which of the question's terms are theirs
    meant: tuple[NDArray[np.int64], ...]  # for each official word, its terms as places in `Asked.official`


@dataclass(frozen=True, slots=True)
class Asked:
    """A question taken apart once, for all collections."""

    text: str
    terms: Terms
    characters: NDArray[np.uint64]  # keys of its single characters
    official: Terms  # of all official words for its lay words; may be empty
    likelihood: Scores  # of each official term, in (0, 1); 0 for one that stands in the question itself
    readings: tuple[Reading, ...]
    places: tuple[Terms, ...]
    provinces: int
    wants: int
    embedded: str  # what to embed: the question and its official words


@dataclass(frozen=True, slots=True)
class Ranked:
    """Passages of one collection, best first, with everything that led there."""

    ids: NDArray[np.int64]
    groups: NDArray[np.int64]  # the entry's group, beside each id
    scores: Scores  # comparable between collections for one question
    features: Features

    def __len__(self) -> int:
        return len(self.ids)

    def evidence(self, index: int) -> dict[str, float]:
        """The features of one passage by name."""
        return {name: round(value, 4) for name, value in zip(FEATURES, self.features[index].tolist(), strict=True)}


def take_apart(text: str, *, lexicon: Lexicon | None = None) -> Asked:
    """Analyse a question; with a lexicon, its lay words are searched by their official ones too."""
    terms = analyse(text)
    entries = lexicon.entries_in(text) if lexicon else ()
    words: dict[str, float] = {}
    for entry in entries:
        for word in entry.official:
            words[word] = max(words.get(word, 0.0), entry.weight)
    official = analyse("，".join(words), asking=False)
    within = {word: np.searchsorted(official.keys, analyse(word, asking=False).keys) for word in words}
    likelihood = np.zeros(len(official.keys), np.float32)
    for word, weight in words.items():
        likelihood[within[word]] = np.maximum(likelihood[within[word]], weight)
    likelihood[np.isin(official.keys, terms.keys)] = 0
    fresh = [word for word in words if word not in text]
    return Asked(
        text=text,
        terms=terms,
        characters=single_characters(terms.text),
        official=official,
        likelihood=likelihood,
        readings=tuple(
            Reading(
                np.isin(terms.keys, analyse(entry.phrase, asking=False).keys),
                tuple(within[word] for word in entry.official),
            )
            for entry in entries
        ),
        places=tuple(analyse(name, asking=False) for name in named(terms.text)),
        provinces=provinces(terms.text),
        wants=wanted(terms.text),
        embedded=" ".join([text, *fresh[:_EMBEDDED_WORDS]]),
    )


def rank(
    asked: Asked,
    keywords: Keywords,
    *,
    vector: Vectors | None = None,
    table: VectorTable | None = None,
    near: Sequence[int] = (),
    groups: Sequence[int] | None = None,
) -> Ranked:
    """Order the candidates of one collection for a question.

    Candidates are the best by keywords, by official words and by documents, and `near`. Without vectors the dense
    features are 0 for all and the order rests on words.

    Args:
        asked: The question, from `take_apart`.
        keywords: The collection's keyword index.
        vector: The question's unit vector; None while there is no embedder.
        table: The collection's vectors, for the cosines of candidates that keywords found.
        near: Entry ids that the vector store found, best first; unknown ones are ignored.
        groups: Only passages of these groups; None means all.

    Returns:
        All candidates, best first; ties keep the order of the index. Empty for an empty collection.
    """
    rows = keywords.rows(asked.terms)
    lexical = keywords.score(rows)
    official_rows = keywords.rows(asked.official)
    expanded = keywords.score(official_rows, asked.likelihood)
    lay = keywords.score_lay(rows)
    allowed = None if groups is None else np.isin(keywords.group_ids, np.asarray(groups, np.int64))[keywords.groups]
    chosen = _candidates(
        [(lexical, LEXICAL_CANDIDATES), (expanded, _EXPANDED_CANDIDATES), (lay, _EXPANDED_CANDIDATES)],
        keywords.positions(near),
        allowed,
    )
    cosines = _cosines(keywords.ids[chosen], vector, table)
    features = _features(
        asked, keywords, chosen, rows, lexical, official_rows, expanded, lay, cosines, _scales(vector, table)
    )
    scores = (features @ weights()).astype(np.float32)
    order = np.argsort(-scores, kind="stable")
    chosen = chosen[order]
    return Ranked(keywords.ids[chosen], keywords.group_ids[keywords.groups[chosen]], scores[order], features[order])


def trust_of(lexical: float) -> float:
    """How far the words of a question carry in a collection, in [0, 1], from the best candidate's `lexical`.

    Where little of the question stands anywhere, the best of a bad lot is no evidence.
    """
    return min(lexical / _TRUSTED, 1.0)


def merged(parts: Sequence[Ranked]) -> Ranked:
    """Several collections' results as one, best first; ties keep the order of the parts."""
    if not parts:
        return Ranked(
            np.empty(0, np.int64),
            np.empty(0, np.int64),
            np.empty(0, np.float32),
            np.empty((0, len(FEATURES)), np.float32),
        )
    order = np.argsort(-np.concatenate([part.scores for part in parts]), kind="stable")
    return Ranked(
        np.concatenate([part.ids for part in parts])[order],
        np.concatenate([part.groups for part in parts])[order],
        np.concatenate([part.scores for part in parts])[order],
        np.concatenate([part.features for part in parts])[order],
    )


@cache
def weights() -> NDArray[np.float32]:
    """The weight of each feature, in the order of FEATURES."""
    stored = json.loads(files("retrieval").joinpath("weights.json").read_text(encoding="utf-8"))["ranking"]["weights"]
    return np.array([stored.get(name, 0.0) for name in FEATURES], np.float32)


def _candidates(ways: Sequence[tuple[Scores, int]], near: Positions, allowed: NDArray[np.bool_] | None) -> Positions:
    near = near[near >= 0]
    if allowed is not None:
        ways = [(scores * allowed, count) for scores, count in ways]
        near = near[allowed[near]]
    return np.unique(np.concatenate([near, *(top(scores, count) for scores, count in ways)]))


def _cosines(ids: NDArray[np.int64], vector: Vectors | None, table: VectorTable | None) -> Scores:
    if vector is None or table is None:
        return np.full(len(ids), np.nan, np.float32)
    return table.cosines(vector, ids)


def _scales(vector: Vectors | None, table: VectorTable | None) -> tuple[Scale | None, Scale | None, Scale | None]:
    """What is usual for the question in this collection, and what is usual for strangers' best and mean; None where unknown."""
    if vector is None or table is None:
        return None, None, None
    return table.usual(vector), *(table.strangers or (None, None))


def _features(
    asked: Asked,
    keywords: Keywords,
    chosen: Positions,
    rows: Positions,
    lexical: Scores,
    official_rows: Positions,
    expanded: Scores,
    lay: Scores,
    cosines: Scores,
    scales: tuple[Scale | None, Scale | None, Scale | None],
) -> Features:
    features = np.zeros((len(chosen), len(FEATURES)), np.float32)
    if not len(chosen):
        return features
    rarity, group_rarity = keywords.idf(rows), keywords.group_idf(rows)
    reach = _safe(rarity.sum() * _MOST)
    within, of_group = np.unique(keywords.groups[chosen], return_inverse=True)
    groups = within.astype(np.int64)
    holds = keywords.impacts(rows, chosen) > 0
    says = keywords.in_headline(rows, chosen)
    group_impacts = keywords.group_impacts(rows, groups)
    document = group_impacts.sum(axis=0)
    best_of_group = np.zeros(len(groups), np.float32)
    np.maximum.at(best_of_group, of_group, lexical[chosen])
    exact = asked.terms.exact
    run, hole = _stretches(asked.terms, rarity, holds)
    likely = keywords.idf(official_rows) * asked.likelihood
    holds_official = keywords.impacts(official_rows, chosen) > 0
    explained = _explained(asked.readings, holds, holds_official)
    trust = trust_of(float(lexical[chosen].max()) / reach)
    nearness = _spread(cosines)
    of_characters = keywords.share_of_characters(asked.characters, chosen)
    spoken = lay[chosen] / _safe(keywords.lay_idf(rows).sum() * _MOST)
    columns: dict[str, Any] = {
        "lexical": lexical[chosen] / reach,
        "lexical_best": trust * lexical[chosen] / _safe(lexical.max()),
        "dense": _standing(cosines, scales[0]),
        "familiar": _standing(cosines, scales[1]),
        "at_home": _standing(np.full(len(chosen), scales[0][0] if scales[0] else np.nan), scales[2]),
        "dense_best": nearness,
        "dense_doubt": (1 - trust) * nearness,
        "document": (document / _safe(group_rarity.sum() * _MOST))[of_group],
        "document_best": (trust * document / _safe(document.max()))[of_group],
        "characters": of_characters,
        "characters_doubt": (1 - trust) * of_characters,
        "cover": _share(rarity, holds),
        "cover_trusted": trust * _share(rarity, holds),
        "cover_body": _share(rarity, holds & ~says),
        "cover_document": _share(group_rarity, group_impacts > 0)[of_group],
        "exact": _share(rarity[exact], holds[exact]) if exact.any() else 0.5,
        "run": run / _safe(rarity.sum()),
        "neighbours": (trust * best_of_group / _safe(lexical.max()))[of_group],
        "place_missing": _missing_places(asked, keywords, groups)[of_group],
        "place_conflict": _conflict(asked.provinces, keywords.provinces[chosen]),
        "wanted": _satisfied(asked.wants, keywords.traits[chosen]),
        "expanded": expanded[chosen] / reach,
        "expanded_doubt": (1 - trust) * expanded[chosen] / reach,
        "lay": spoken,
        "lay_doubt": (1 - trust) * spoken,
        "expanded_cover": _share(likely, holds_official),
        "explained": _share(rarity, explained),
        "unexplained": (rarity @ ~explained) / keywords.rarest,
        "hole": hole / keywords.rarest,
        "missing_document": ((group_rarity @ (group_impacts == 0)) / keywords.group_rarest)[of_group],
        "length": np.log1p(keywords.lengths[chosen]) / 6,
    }
    for index, name in enumerate(FEATURES):
        features[:, index] = columns[name]
    return features


def _safe(value: float | np.floating[Any]) -> float:
    return float(value) or 1.0


def _share(rarity: Scores, holds: NDArray[np.bool_]) -> Scores:
    """Share of the terms that each column holds, weighed by rarity; 0 when there are no terms."""
    return np.asarray((rarity @ holds) / _safe(rarity.sum()), np.float32)


def _standing(cosines: Scores, scale: Scale | None) -> Scores:
    mean, deviation = scale or (0.0, np.inf)
    return np.asarray(np.nan_to_num((cosines - mean) / deviation / 5, nan=0.0), np.float32)


def _spread(cosines: Scores) -> Scores:
    known = cosines[~np.isnan(cosines)]
    if not len(known):
        return np.zeros(len(cosines), np.float32)
    return np.asarray(np.nan_to_num((cosines - known.min()) / _safe(np.ptp(known)), nan=0.0), np.float32)


def _stretches(terms: Terms, rarity: Scores, holds: NDArray[np.bool_]) -> tuple[Scores, Scores]:
    """Rarity of the longest stretch of neighbouring bigrams that each passage holds, and of the longest that it lacks."""
    order = np.argsort(terms.places, kind="stable")
    order = order[~terms.exact[order]]
    run = hole = np.zeros(holds.shape[1], np.float32)
    longest, deepest = run, hole
    before = -2
    for term, place in zip(order.tolist(), terms.places[order].tolist(), strict=True):
        if place != before + 1:
            run = hole = np.zeros(holds.shape[1], np.float32)
        held = holds[term]
        run = (run + rarity[term]) * held
        hole = (hole + rarity[term]) * ~held
        longest, deepest = np.maximum(longest, run), np.maximum(deepest, hole)
        before = place
    return longest, deepest


def _explained(readings: Sequence[Reading], holds: NDArray[np.bool_], official: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which terms each passage holds itself or by an official word that stands there whole."""
    explained = holds.copy()
    for reading in readings:
        meant = np.zeros(holds.shape[1], np.bool_)
        for word in reading.meant:
            meant |= official[word].all(axis=0)
        explained |= reading.said[:, None] & meant
    return explained


def _missing_places(asked: Asked, keywords: Keywords, groups: Positions) -> Scores:
    """Share of the named places that each document never names."""
    missing = np.zeros(len(groups), np.float32)
    for place in asked.places:
        missing += keywords.group_impacts(keywords.rows(place), groups).min(axis=0) == 0
    return missing / np.float32(max(len(asked.places), 1))


def _conflict(asked: int, headline: NDArray[np.uint64]) -> NDArray[np.bool_]:
    return np.asarray((headline != 0) & (headline & np.uint64(asked) == 0) & (asked != 0), np.bool_)


def _satisfied(wants: int, traits: NDArray[np.uint32]) -> Scores:
    if not wants:
        return np.zeros(len(traits), np.float32)
    return np.asarray(np.bitwise_count(traits & np.uint32(wants)) / wants.bit_count(), np.float32)
