"""The keyword index: an inverted index of our own, opened memory-mapped, one folder a collection (kind x visibility).

Terms are bigrams of Chinese characters and exact tokens (retrieval.codes); single characters are kept beside them, for
lay words often share one with the official word (练 and 实训 do not, 训练 does). Each posting carries its finished BM25F
impact, so a query adds up slices. There are two levels: passages, and groups of passages (documents). What a searcher
may not see lies in another folder and is never opened; there is no filter that could be lost.
"""

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.codes import bigrams, characters, fold, folded, token_key, tokens
from retrieval.errors import IndexBroken, IndexMissing
from retrieval.lexicon import Lexicon
from retrieval.places import provinces
from retrieval.traits import held

Scores = NDArray[np.float32]
Positions = NDArray[np.int64]

FORMAT = 3
K1 = 0.9  # k1, b and the headline's weight: best on one half of policy_qa, flat around these values
B = 0.6
HEADLINE_WEIGHT = 2.0
CHARACTER_HEADLINE_WEIGHT = 0.5  # of a single character: a headline is common to many passages
_BLOCKS_EACH = 16  # blocks looked at for each position wanted
_CHUNK = 2_000  # entries counted at a time: bounds the memory of a build to some 100 MB
_ARRAYS = (
    "ids",
    "groups",
    "group_ids",
    "traits",
    "provinces",
    "orders",
    "lengths",
    "terms",
    "idf",
    "offsets",
    "postings",
    "impacts",
    "head_offsets",
    "head_postings",
    "lay_idf",
    "lay_offsets",
    "lay_postings",
    "lay_impacts",
    "characters",
    "character_idf",
    "character_offsets",
    "character_postings",
    "character_impacts",
    "group_idf",
    "group_offsets",
    "group_postings",
    "group_impacts",
)

# Single characters that say nothing of a subject; they are not indexed.
_EMPTY_CHARACTERS = np.unique(
    fold(
        "的了是有在要和与或也都就还我你咱他它这那个们吗呢吧啊呀么什怎几多少谁哪能会可以得不没给把被让到去来上下里外出说看想问一"
    )
).astype(np.uint64)

# Words of asking beside those of the lexicon.
_ASKING = [
    "我想问一下",
    "想请问",
    "想咨询",
    "我想问",
    "麻烦问",
    "帮我查",
    "什么时候",
    "什么时间",
    "啥时候",
    "哪几",
    "哪项",
    "哪类",
    "哪一",
    "多久",
    "多长时间",
    "何时",
    "何地",
    "何种",
    "是指",
    "指的是",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One passage to be indexed."""

    id: int
    headline: str  # searched as a field of its own: title, heading path, lead sentence
    body: str
    group: int  # the document it belongs to


@dataclass(frozen=True, slots=True)
class Terms:
    """What a text is searched by: distinct keys, which of them are exact tokens, and where each first stands."""

    keys: NDArray[np.uint64]
    exact: NDArray[np.bool_]
    places: NDArray[np.int64]
    text: str  # folded, words of asking blanked


def subject(text: str) -> str:
    """The folded question with the words of asking blanked, character for character."""
    return _asking().sub(lambda match: " " * len(match.group()), folded(text))


@cache
def _asking() -> re.Pattern[str]:
    words = sorted({*_ASKING, *Lexicon.load().question_words}, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, words)))


def analyse(text: str, *, asking: bool = True) -> Terms:
    """The terms of a question; with `asking=False` of any text, nothing dropped. Empty for a text without words."""
    plain = subject(text) if asking else folded(text)
    keys, places = bigrams(fold(plain))
    found = tokens(plain)
    token_keys = np.fromiter((token_key(token) for token, _ in found), np.uint64, len(found))
    token_places = np.fromiter((place for _, place in found), np.int64, len(found))
    every, first = np.unique(np.concatenate([keys, token_keys]), return_index=True)
    where = np.concatenate([places, token_places])[first]
    return Terms(every, first >= len(keys), where, plain)


def single_characters(text: str) -> NDArray[np.uint64]:
    """Keys of the telling Chinese characters of a folded text, each once, ascending."""
    keys, _ = characters(fold(text))
    return np.setdiff1d(keys, _EMPTY_CHARACTERS)


class Keywords:
    """One collection's keyword index, read only. Passages have positions 0 to n-1; `ids` gives their entry ids."""

    def __init__(self, arrays: dict[str, NDArray[Any]], folder: Path) -> None:
        self.folder = folder
        self.ids = arrays["ids"]
        self.groups = arrays["groups"]  # position -> group position
        self.group_ids = arrays["group_ids"]
        self.traits = arrays["traits"]  # bits of retrieval.traits, by position
        self.provinces = arrays["provinces"]  # bits of the provinces that the headline names, by position
        self.orders = arrays["orders"]  # place of the passage among those of its group, from 0
        self.lengths = arrays["lengths"]  # terms in the body, by position
        self._terms = arrays["terms"]
        self._passages = _Level(arrays["idf"], arrays["offsets"], arrays["postings"], arrays["impacts"], len(self.ids))
        self._lay = _Level(
            arrays["lay_idf"], arrays["lay_offsets"], arrays["lay_postings"], arrays["lay_impacts"], len(self.ids)
        )
        self._character_keys = arrays["characters"]
        self._characters = _Level(
            arrays["character_idf"],
            arrays["character_offsets"],
            arrays["character_postings"],
            arrays["character_impacts"],
            len(self.ids),
        )
        self._heads = _Level(
            arrays["idf"],
            arrays["head_offsets"],
            arrays["head_postings"],
            np.broadcast_to(np.float32(1), len(arrays["head_postings"])),
            len(self.ids),
        )
        self._groups = _Level(
            arrays["group_idf"],
            arrays["group_offsets"],
            arrays["group_postings"],
            arrays["group_impacts"],
            len(self.group_ids),
        )
        self._order = np.argsort(self.ids, kind="stable")
        self._sorted = self.ids[self._order]

    @classmethod
    def open(cls, folder: Path) -> "Keywords":
        """Open what `build` wrote.

        Raises:
            IndexMissing: Nothing has been built there.
            IndexBroken: Something is there that cannot be read; build it again.
        """
        if not (folder / "keywords.json").exists():
            raise IndexMissing(f"no keyword index in {folder}")
        try:
            meta = json.loads((folder / "keywords.json").read_text())
            arrays = {name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in _ARRAYS}
        except (OSError, ValueError) as error:
            raise IndexBroken(f"the keyword index in {folder} cannot be read: {error}; index again") from error
        if meta.get("format") != FORMAT or any(len(arrays[name]) != meta["lengths"][name] for name in _ARRAYS):
            raise IndexBroken(f"the keyword index in {folder} is incomplete; index again")
        return cls(arrays, folder)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def rarest(self) -> float:
        """Inverse document frequency of a term that no passage holds."""
        return self._passages.unseen

    @property
    def group_rarest(self) -> float:
        """The same over documents."""
        return self._groups.unseen

    def positions(self, ids: Sequence[int] | NDArray[np.int64]) -> Positions:
        """Positions of entry ids in their order; -1 for an id that is not in this collection."""
        wanted = np.asarray(ids, dtype=np.int64)
        if not len(self.ids):
            return np.full(len(wanted), -1, np.int64)
        at = np.minimum(np.searchsorted(self._sorted, wanted), len(self._sorted) - 1)
        return np.where(self._sorted[at] == wanted, self._order[at], -1).astype(np.int64)

    def rows(self, terms: Terms) -> Positions:
        """Row of each term in the index, -1 for one that no passage holds."""
        return _rows(self._terms, terms.keys)

    def idf(self, rows: Positions) -> Scores:
        """Inverse document frequency over passages; a term that no passage holds gets that of one held by none."""
        return self._passages.idf_of(rows)

    def group_idf(self, rows: Positions) -> Scores:
        """The same over documents."""
        return self._groups.idf_of(rows)

    def score(self, rows: Positions, weights: Scores | None = None) -> Scores:
        """BM25F of every passage, shape (n,). `weights` multiplies each term; ones when left out."""
        return self._passages.score(rows, weights)

    def score_groups(self, rows: Positions, weights: Scores | None = None) -> Scores:
        """BM25 of every document over all its passages, shape (number of groups,)."""
        return self._groups.score(rows, weights)

    def score_lay(self, rows: Positions) -> Scores:
        """BM25 of every passage's lay words, those that people say for the official words in it; shape (n,)."""
        return self._lay.score(rows, None)

    def lay_idf(self, rows: Positions) -> Scores:
        """Inverse document frequency over the passages' lay words."""
        return self._lay.idf_of(rows)

    def share_of_characters(self, keys: NDArray[np.uint64], positions: Positions) -> Scores:
        """BM25F of single characters in each passage, as a share of what they could reach; 0 where there are none."""
        rows = _rows(self._character_keys, keys)
        reach = float(self._characters.idf_of(rows).sum()) * (K1 + 1)
        return np.asarray(self._characters.impacts_at(rows, positions).sum(axis=0) / (reach or 1.0), np.float32)

    def impacts(self, rows: Positions, positions: Positions) -> Scores:
        """Impact of each term in each passage, shape (terms, positions); 0 where the passage lacks it."""
        return self._passages.impacts_at(rows, positions)

    def in_headline(self, rows: Positions, positions: Positions) -> NDArray[np.bool_]:
        """Whether each term stands in the headline of each passage, shape (terms, positions)."""
        return self._heads.impacts_at(rows, positions) > 0

    def group_impacts(self, rows: Positions, groups: Positions) -> Scores:
        """Impact of each term in each document, shape (terms, groups)."""
        return self._groups.impacts_at(rows, groups)


def top(scores: Scores, count: int) -> Positions:
    """Positions of the best scores above 0, best first; equal ones in order of position."""
    if not len(scores):
        return np.empty(0, np.int64)
    chosen = np.flatnonzero((scores >= _floor(scores, count)) & (scores > 0))
    return chosen[np.argsort(-scores[chosen], kind="stable")][:count].astype(np.int64)


def _floor(scores: Scores, count: int) -> float:
    """A value that at least `count` scores reach and few others do.

    The best of each block of scores are scores themselves, so the one that `count` of them reach will do; sorting a few
    thousand of them costs a hundredth of sorting all.
    """
    size = len(scores) // (_BLOCKS_EACH * count)
    if size < 2:
        return float(np.partition(scores, -count)[-count]) if count < len(scores) else 0.0
    blocks = np.maximum.reduceat(scores, np.arange(0, len(scores), size))
    return float(np.partition(blocks, -count)[-count])


def _rows(held: NDArray[np.uint64], keys: NDArray[np.uint64]) -> Positions:
    """Where each key stands in an ascending array, -1 for one that it lacks."""
    if not len(held):
        return np.full(len(keys), -1, np.int64)
    at = np.minimum(np.searchsorted(held, keys), len(held) - 1)
    return np.where(held[at] == keys, at, -1).astype(np.int64)


class _Level:
    """Postings of one level in compressed rows: term t owns postings[offsets[t]:offsets[t+1]], ascending."""

    def __init__(
        self,
        idf: NDArray[np.float32],
        offsets: NDArray[np.int64],
        postings: NDArray[np.uint32],
        impacts: NDArray[np.float32],
        count: int,
    ) -> None:
        self._idf = idf
        self._offsets = offsets
        self._postings = postings
        self._impacts = impacts
        self._count = count
        self.unseen = float(_idf(np.zeros(1), count)[0])

    def idf_of(self, rows: Positions) -> Scores:
        if not len(self._idf):
            return np.full(len(rows), self.unseen, np.float32)
        return np.where(rows >= 0, self._idf[rows], self.unseen).astype(np.float32)

    def score(self, rows: Positions, weights: Scores | None) -> Scores:
        scores = np.zeros(self._count, np.float32)
        for index, (start, end) in self._slices(rows):
            impacts = self._impacts[start:end]
            scores[self._postings[start:end]] += impacts if weights is None else impacts * weights[index]
        return scores

    def impacts_at(self, rows: Positions, positions: Positions) -> Scores:
        found = np.zeros((len(rows), len(positions)), np.float32)
        wanted = positions.astype(np.uint32)
        for index, (start, end) in self._slices(rows):
            slice_ = self._postings[start:end]
            at = np.minimum(np.searchsorted(slice_, wanted), end - start - 1)
            found[index] = np.where(slice_[at] == wanted, self._impacts[start:end][at], 0)
        return found

    def _slices(self, rows: Positions) -> Iterator[tuple[int, tuple[int, int]]]:
        known = np.flatnonzero(rows >= 0)
        starts, ends = self._offsets[rows[known]], self._offsets[rows[known] + 1]
        held = ends > starts
        slices = zip(starts[held].tolist(), ends[held].tolist(), strict=True)
        return zip(known[held].tolist(), slices, strict=True)


def _idf(frequency: NDArray[Any], count: int) -> Scores:
    """How rare a term is. Source: Robertson and Zaragoza, 2009, with 1 added inside so that it stays positive."""
    return np.log1p((count - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)


def build(folder: Path, entries: Iterable[Entry]) -> int:
    """Write the keyword index of one collection, replacing what is there; returns the number of passages.

    The folder appears whole or not at all: it is written beside its place and moved. A process killed between leaves no
    folder (`Keywords.open` raises IndexMissing) and the caller builds again. No entries is a valid, empty index.
    """
    new = folder.with_name(f".{folder.name}.new")
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    arrays = _invert(entries)
    for name in _ARRAYS:
        np.save(new / f"{name}.npy", arrays[name])
    lengths = {name: len(arrays[name]) for name in _ARRAYS}
    (new / "keywords.json").write_text(json.dumps({"format": FORMAT, "lengths": lengths}))
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return lengths["ids"]


@dataclass(frozen=True, slots=True)
class _Counts:
    """How often each term stands in each passage of a field: parallel arrays, ordered by passage."""

    terms: NDArray[np.uint64]
    passages: NDArray[np.uint32]
    frequencies: NDArray[np.float32]

    @staticmethod
    def joined(parts: Sequence["_Counts"]) -> "_Counts":
        if not parts:
            return _Counts(np.empty(0, np.uint64), np.empty(0, np.uint32), np.empty(0, np.float32))
        return _Counts(
            np.concatenate([part.terms for part in parts]),
            np.concatenate([part.passages for part in parts]),
            np.concatenate([part.frequencies for part in parts]),
        )


def _invert(entries: Iterable[Entry]) -> dict[str, NDArray[Any]]:
    ids: list[int] = []
    group_of: list[int] = []
    heads: list[_Counts] = []
    bodies: list[_Counts] = []
    lays: list[_Counts] = []
    head_characters: list[_Counts] = []
    body_characters: list[_Counts] = []
    lay_of = Lexicon.load().lay_of
    traits: list[int] = []
    named: list[int] = []
    stream = iter(entries)
    while chunk := list(islice(stream, _CHUNK)):
        first = len(ids)
        ids.extend(entry.id for entry in chunk)
        group_of.extend(entry.group for entry in chunk)
        heads.append(_count([entry.headline for entry in chunk], first))
        bodies.append(_count([entry.body for entry in chunk], first))
        head_characters.append(_count_characters([entry.headline for entry in chunk], first))
        body_characters.append(_count_characters([entry.body for entry in chunk], first))
        lays.append(_count(["，".join(lay_of(f"{entry.headline}。{entry.body}")) for entry in chunk], first))
        traits.extend(held(folded(entry.body)) for entry in chunk)
        named.extend(provinces(entry.headline) for entry in chunk)
    group_ids, groups = np.unique(np.asarray(group_of, np.int64), return_inverse=True)
    head, body, lay = _Counts.joined(heads), _Counts.joined(bodies), _Counts.joined(lays)
    terms = np.unique(np.concatenate([head.terms, body.terms, lay.terms]))
    rows = np.searchsorted(terms, np.concatenate([head.terms, body.terms])).astype(np.int64)
    passages = np.concatenate([head.passages, body.passages]).astype(np.int64)
    weights = np.concatenate(
        [HEADLINE_WEIGHT * _normalised(head, len(ids)), _normalised(body, len(ids))],
    )
    idf, offsets, postings, impacts = _level(rows, passages, weights, len(terms), len(ids))
    lay_idf, lay_offsets, lay_postings, lay_impacts = _level(
        np.searchsorted(terms, lay.terms),
        lay.passages.astype(np.int64),
        _normalised(lay, len(ids)),
        len(terms),
        len(ids),
    )
    characters_level = _character_level(_Counts.joined(head_characters), _Counts.joined(body_characters), len(ids))
    group_counts = _Counts(body.terms, groups[body.passages].astype(np.uint32), body.frequencies)
    group_weights = np.concatenate([head.frequencies * 0 + HEADLINE_WEIGHT, _normalised(group_counts, len(group_ids))])
    # A headline stands once over a document, however many passages repeat it.
    group_heads = _first_of_each(rows[: len(head.terms)], groups[head.passages])
    keep = np.concatenate([group_heads, np.ones(len(body.terms), np.bool_)])
    group_idf, group_offsets, group_postings, group_impacts = _level(
        rows[keep], groups[passages][keep], group_weights[keep], len(terms), len(group_ids)
    )
    head_offsets, head_postings = _held(rows[: len(head.terms)], passages[: len(head.terms)], len(terms))
    return {
        "ids": np.asarray(ids, np.int64),
        "groups": groups.astype(np.int32),
        "group_ids": group_ids,
        "traits": np.asarray(traits, np.uint32),
        "provinces": np.asarray(named, np.uint64),
        "orders": _orders(groups),
        "lengths": np.bincount(body.passages, body.frequencies, minlength=len(ids)).astype(np.uint32),
        "terms": terms,
        "idf": idf,
        "offsets": offsets,
        "postings": postings,
        "impacts": impacts,
        "head_offsets": head_offsets,
        "head_postings": head_postings,
        "lay_idf": lay_idf,
        "lay_offsets": lay_offsets,
        "lay_postings": lay_postings,
        "lay_impacts": lay_impacts,
        **characters_level,
        "group_idf": group_idf,
        "group_offsets": group_offsets,
        "group_postings": group_postings,
        "group_impacts": group_impacts,
    }


def _count(texts: Sequence[str], first: int) -> _Counts:
    """Term frequencies of a chunk of texts; passages are numbered from `first`."""
    codes = fold("\n".join(texts))
    keys, places = bigrams(codes)
    found = tokens(codes.tobytes().decode("utf-32-le"))
    every = np.concatenate([keys, np.fromiter((token_key(token) for token, _ in found), np.uint64, len(found))])
    where = np.concatenate([places, np.fromiter((place for _, place in found), np.int64, len(found))])
    return _frequencies(every, where, texts, first)


def _count_characters(texts: Sequence[str], first: int) -> _Counts:
    """The same for single characters."""
    keys, places = characters(fold("\n".join(texts)))
    telling = ~np.isin(keys, _EMPTY_CHARACTERS)
    return _frequencies(keys[telling], places[telling], texts, first)


def _frequencies(keys: NDArray[np.uint64], places: NDArray[np.int64], texts: Sequence[str], first: int) -> _Counts:
    """How often each key stands in each text; places are offsets in all texts joined by line ends."""
    starts = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
    passages = np.searchsorted(starts, places, side="right") - 1
    terms, rows = np.unique(keys, return_inverse=True)
    pairs, frequencies = np.unique(passages * max(len(terms), 1) + rows, return_counts=True)
    owner, row = np.divmod(pairs, max(len(terms), 1))
    return _Counts(terms[row], (owner + first).astype(np.uint32), frequencies.astype(np.float32))


def _character_level(head: _Counts, body: _Counts, count: int) -> dict[str, NDArray[Any]]:
    """Postings of single characters; one in the headline counts once."""
    keys = np.unique(np.concatenate([head.terms, body.terms]))
    idf, offsets, postings, impacts = _level(
        np.searchsorted(keys, np.concatenate([head.terms, body.terms])).astype(np.int64),
        np.concatenate([head.passages, body.passages]).astype(np.int64),
        np.concatenate([np.full(len(head.terms), CHARACTER_HEADLINE_WEIGHT), _normalised(body, count)]),
        len(keys),
        count,
    )
    return {
        "characters": keys,
        "character_idf": idf,
        "character_offsets": offsets,
        "character_postings": postings,
        "character_impacts": impacts,
    }


def _normalised(counts: _Counts, count: int) -> NDArray[np.float64]:
    """Frequencies divided by how long the passage's field is against the average: 1 - b + b * length / average."""
    lengths = np.bincount(counts.passages, counts.frequencies, minlength=count)
    average = lengths.mean() if lengths.any() else 1.0
    scale = 1 - B + B * lengths / average
    normalised: NDArray[np.float64] = counts.frequencies / scale[counts.passages]
    return normalised


def _orders(groups: NDArray[np.int64]) -> NDArray[np.int32]:
    order = np.argsort(groups, kind="stable")
    first = np.searchsorted(groups[order], groups[order], side="left")
    orders = np.empty(len(groups), np.int32)
    orders[order] = np.arange(len(groups)) - first
    return orders


def _first_of_each(rows: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    first = np.zeros(len(rows), np.bool_)
    if len(rows):
        first[np.unique(rows * (int(groups.max()) + 1) + groups, return_index=True)[1]] = True
    return first


def _held(
    rows: NDArray[np.int64], owners: NDArray[np.int64], term_count: int
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Offsets and postings of pairs that each occur once."""
    order = np.lexsort((owners, rows))
    offsets = np.append(0, np.cumsum(np.bincount(rows, minlength=term_count))).astype(np.int64)
    return offsets, owners[order].astype(np.uint32)


def _level(
    rows: NDArray[np.int64],
    owners: NDArray[np.int64],
    weights: NDArray[np.float64],
    term_count: int,
    owner_count: int,
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.uint32], NDArray[np.float32]]:
    """Idf, offsets, postings and impacts: weights of one term in one owner are added, then saturated (BM25F)."""
    pairs = rows * max(owner_count, 1) + owners
    order = np.argsort(pairs, kind="stable")
    pairs = pairs[order]
    starts = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])) if len(pairs) else np.empty(0, np.int64)
    summed = np.add.reduceat(weights[order], starts) if len(starts) else np.empty(0)
    row, owner = np.divmod(pairs[starts], max(owner_count, 1))
    frequency = np.bincount(row, minlength=term_count)
    idf = _idf(frequency, owner_count)
    impacts = idf[row] * (K1 + 1) * summed / (K1 + summed)
    offsets = np.append(0, np.cumsum(frequency)).astype(np.int64)
    return idf, offsets, owner.astype(np.uint32), impacts.astype(np.float32)
