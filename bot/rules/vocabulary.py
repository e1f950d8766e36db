"""Finding the words of a list in a text: the longest at each place, one after the other. Pure.

A regular expression over thousands of words tries each of them at every character; here each character is looked up once.
"""

from collections.abc import Iterable, Iterator


class Vocabulary:
    """Words in small letters. A Latin word must stand alone: ERP is not in INTERPRET."""

    def __init__(self, words: Iterable[str]) -> None:
        lengths: dict[str, set[int]] = {}
        self._words = frozenset(words)
        for word in self._words:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: tuple(sorted(known, reverse=True)) for first, known in lengths.items()}

    def words(self, text: str) -> Iterator[str]:
        """The words that a text in small letters holds, in order; a word inside a longer one is not counted."""
        return (text[begin:end] for begin, end in self.spans(text))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where they begin and end."""
        known, lengths, at = self._words, self._lengths, 0
        for begin, first in enumerate(text):
            if begin < at or first not in lengths:
                continue
            for length in lengths[first]:
                if text[begin : begin + length] in known and _stands_alone(text, begin, begin + length):
                    at = begin + length
                    yield begin, at
                    break

    def without(self, text: str) -> str:
        """The text, in small letters, with a blank in the place of each word."""
        kept, at = [], 0
        for begin, end in self.spans(text):
            kept.append(text[at:begin])
            at = end
        return " ".join([*kept, text[at:]])


def _stands_alone(text: str, begin: int, end: int) -> bool:
    before = begin > 0 and _is_latin(text[begin]) and _is_latin(text[begin - 1])
    return not before and not (end < len(text) and _is_latin(text[end - 1]) and _is_latin(text[end]))


def _is_latin(char: str) -> bool:
    return "a" <= char <= "z"
