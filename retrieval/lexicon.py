"""Lay words and the official words for them: what people say on the shop floor against what stands in the documents.

Owns the pairs in `lexicon_data/` (tab-separated: lay, official words, topic, weight) and the words that only ask. Says nothing
about ranking: whoever searches decides what an added word is worth.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from typing import Self

DATA = Path(__file__).parent / "lexicon_data"
DEFAULT_WEIGHT = 0.6  # of a row that names none; 1 would be a word that the asker has used
GAP = "~"  # in a lay phrase: a few characters may stand here, 钱~怎么分 finds 钱到底怎么分
MAX_GAP_CHARS = 4
HEADER = "lay\tofficial\ttopic\tweight"

# Dialect and variants of the words that only ask; folded so that one lay entry covers 怎么分, 咋分 and 如何分.
_VARIANTS = {
    **{
        "咋个": "怎么",
        "咋样": "怎么样",
        "咋": "怎么",
        "如何": "怎么",
        "怎样": "怎么样",
        "肿么": "怎么",
        "啥子": "什么",
        "啥": "什么",
    },
    **{
        "甚么": "什么",
        "木有": "没有",
        "么有": "没有",
        "冇": "没有",
        "哪儿": "哪里",
        "哪块": "哪里",
        "多咱": "什么时候",
        "几时": "什么时候",
    },
    **{"何时": "什么时候", "俺们": "我们", "咱们": "我们"},
}
_VARIANT = re.compile("|".join(sorted(_VARIANTS, key=lambda word: (-len(word), word))))
_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def fold(text: str) -> str:
    """The form in which lay words are compared: lower case, half width, no blanks, one form for each word of asking."""
    plain = "".join(text.translate(_WIDTH).lower().split())
    return _VARIANT.sub(lambda match: _VARIANTS[match[0]], plain)


@dataclass(frozen=True, slots=True)
class Entry:
    """One lay word or phrase, and the official words that documents use for it, most likely first."""

    lay: str  # folded
    official: tuple[str, ...]
    topic: str
    weight: float = DEFAULT_WEIGHT  # in (0, 1)

    @property
    def phrase(self) -> str:
        """The lay words without the mark of the gap."""
        return self.lay.replace(GAP, "")


class _Matcher:
    """Finds the words of a list in a text, longest first."""

    def __init__(self, words: Iterable[str]) -> None:
        groups: dict[str, list[str]] = {}
        for word in words:
            groups.setdefault(word[:2], []).append(word)
        self._groups = {
            start: tuple(sorted(group, key=lambda word: (-len(word), word))) for start, group in groups.items()
        }

    def matches(self, text: str) -> Iterator[tuple[int, str]]:
        """Each longest word with where it begins, in order; one that lies within another match is left out, overlaps are kept."""
        reached = 0
        for start in range(len(text)):
            for word in self._groups.get(text[start : start + 2], ()):
                if text.startswith(word, start):
                    if start + len(word) > reached:
                        reached = start + len(word)
                        yield start, word
                    break


class _GapMatcher:
    """Finds phrases that hold a gap: head, at most a few letters, tail."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, str, str]]] = {}
        for phrase in phrases:
            head, tail = phrase.split(GAP)
            self._by_first.setdefault(head[0], []).append((head, tail, phrase))

    def matches(self, text: str) -> Iterator[tuple[int, str]]:
        """Each phrase with where it begins, in order. A gap does not reach over punctuation."""
        for start, first in enumerate(text):
            for head, tail, phrase in self._by_first.get(first, ()):
                if text.startswith(head, start):
                    after = start + len(head)
                    found = text.find(tail, after, after + MAX_GAP_CHARS + len(tail))
                    if found == after or (found > after and text[after:found].isalnum()):
                        yield start, phrase


class Lexicon:
    """Lay words to official ones and back. Immutable; thread safe."""

    def __init__(self, entries: Iterable[Entry], *, question_words: Iterable[str] = ()) -> None:
        self.entries: tuple[Entry, ...] = tuple(entries)
        self.question_words: frozenset[str] = frozenset(question_words)
        self._by_lay: Mapping[str, Entry] = {entry.lay: entry for entry in self.entries}
        self._lay = _Matcher(lay for lay in self._by_lay if GAP not in lay)
        self._gapped = _GapMatcher(lay for lay in self._by_lay if GAP in lay)
        self._asking = re.compile("|".join(map(re.escape, sorted(self.question_words, key=lambda w: (-len(w), w)))))

    # The way back is built at its first use: only indexing takes it, and a question need not wait for it.
    @cached_property
    def _by_official(self) -> Mapping[str, Sequence[Entry]]:
        entries: dict[str, list[Entry]] = {}
        for entry in self.entries:
            for word in entry.official:
                entries.setdefault(fold(word), []).append(entry)
        return {word: sorted(group, key=lambda entry: len(entry.official)) for word, group in entries.items()}

    @cached_property
    def _official(self) -> "_Matcher":
        return _Matcher(self._by_official)

    @classmethod
    def load(cls) -> "Lexicon":
        """The lexicon of the house, read once per process."""
        return _house_lexicon()

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The lexicon in a folder: every `*.tsv` and `question_words.txt`.

        Raises:
            ValueError: A row has not four columns, no official word, or a weight outside (0, 1); the message names file and line.
        """
        words = (folder / "question_words.txt").read_text("utf-8").split()
        entries = [entry for path in sorted(folder.glob("*.tsv")) for entry in _rows(path)]
        return cls(entries, question_words=words)

    def expand(self, text: str) -> tuple[tuple[str, float], ...]:
        """The official words for the lay words in a text, each once with its weight in (0, 1).

        In order of the lay words found, whole words before phrases with a gap; of words within words the longest. Nothing that the text holds already. Empty when no lay word is found.
        """
        folded = fold(text)
        weights: dict[str, float] = {}
        for entry in self.entries_in(text):
            for word in entry.official:
                if fold(word) not in folded:
                    weights[word] = max(weights.get(word, 0.0), entry.weight)
        return tuple(weights.items())

    def entries_in(self, text: str) -> tuple[Entry, ...]:
        """The entries whose lay words a text holds: whole words in their order, then phrases with a gap."""
        folded = fold(text)
        found = (*self._lay.matches(folded), *self._gapped.matches(folded))
        return tuple(self._by_lay[lay] for _, lay in found)

    def lay_of(self, text: str, *, per_word: int = 12) -> tuple[str, ...]:
        """What people might say for the official words in a text; for enriching a passage when it is indexed.

        Args:
            text: The official text.
            per_word: At most so many lay words for each official word found, those that mean fewest other things first.

        Returns:
            Each lay word once, in order of the official words; none that the text holds already.
        """
        folded = fold(text)
        found: dict[str, None] = {}
        for _, official in self._official.matches(folded):
            fresh = (entry.phrase for entry in self._by_official[official] if entry.phrase not in folded)
            found.update(dict.fromkeys(islice(fresh, per_word)))
        return tuple(found)

    def synonyms_of(self, word: str) -> tuple[str, ...]:
        """The other words for one word: the official ones when it is lay, then the lay ones when it is official."""
        folded = fold(word)
        entry = self._by_lay.get(folded)
        words = dict.fromkeys(entry.official if entry else ())
        words.update(dict.fromkeys(entry.phrase for entry in self._by_official.get(folded, ())))
        words.pop(word, None)
        return tuple(words)

    def content_of(self, text: str) -> str:
        """The text without the words that only ask: each run of them becomes one blank, so that their neighbours do not grow together."""
        if not self.question_words:
            return text
        return " ".join(self._asking.sub(" ", text).split())


@cache
def _house_lexicon() -> Lexicon:
    return Lexicon.read(DATA)


def _rows(path: Path) -> Iterator[Entry]:
    lines = path.read_text("utf-8").splitlines()
    if not lines or lines[0] != HEADER:
        raise ValueError(f"{path.name}: the first line must be {HEADER!r}")
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if len(cells) != 4 or not cells[0] or not cells[1]:
            raise ValueError(f"{path.name} line {number}: needs lay, official words, topic and weight")
        if cells[0].count(GAP) > 1 or cells[0].startswith(GAP) or cells[0].endswith(GAP):
            raise ValueError(f"{path.name} line {number}: a gap stands once, between words")
        weight = float(cells[3] or DEFAULT_WEIGHT)
        if not 0 < weight < 1:
            raise ValueError(f"{path.name} line {number}: the weight must lie between 0 and 1")
        yield Entry(cells[0], tuple(cells[1].split()), cells[2], weight)
