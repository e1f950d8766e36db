"""Numbers that a question takes for granted, held against what a clause states of the same thing. Pure.

培育期两年是吧 claims something of a document; 我们成立两年了，能申报吗 tells something of the asker and claims nothing. A claim is
compared only with a number that measures the same and stands beside the same words, and only if no number there agrees with it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.quantities import Bound, Measure, Quantity, quantities, telling

_ASKS_BACK = re.compile(
    r"(?:是|对|没错)(?:吧|吗|么|不)|吧\s*[？?。！!]*$|[吗么]\s*[？?。！!]*$|是不是|对不对|难道|不是.{1,20}[吗么]|听说|据说|我记得|不就是|既然"
)
_OWN = re.compile(r"我们?|我司|我厂|咱们?|俺|本公司|公司(?:有|是|成立)|厂里")
_SUPPOSED = re.compile(
    r"如果|要是|假如|假设|超过了|还是|或者|多少|几[年月天个名人次]|多久|以后|之后|够不够|能不能|可不可以|能.{0,12}[吗么]"
)
_CLAUSE = re.compile(r"[，,。；;！!？?\n]+")


@dataclass(frozen=True, slots=True)
class Held:
    """A claim beside what is stated."""

    claimed: Quantity
    stated: Quantity
    place: int  # which of the texts states it
    agrees: bool

    @property
    def words(self) -> str:
        """What is stated, with its bound: 不少于3名."""
        return _BOUNDS[self.stated.bound] + self.stated.words


def claims(question: str) -> tuple[Quantity, ...]:
    """The numbers that the question takes a document to state; none where it asks for a number, supposes one or tells its own."""
    if not _ASKS_BACK.search(question) or _SUPPOSED.search(question):
        return ()
    found = []
    for piece in _CLAUSE.split(question):
        if piece.strip() and not _OWN.search(piece):
            found += [one for one in quantities(piece) if telling(one.near)]
    return tuple(found)


def hold(claimed: Quantity, texts: Sequence[str]) -> Held | None:
    """The statement about the same thing that stands closest to the claim's words; None where no text has one."""
    said = telling(claimed.near)
    found: list[tuple[int, int, Quantity]] = []
    for place, text in enumerate(texts):
        for one in quantities(text):
            shared = len(said & telling(one.near))
            if _comparable(claimed, one) and not claimed.subject.isdisjoint(telling(one.near)):
                found.append((shared, -place, one))
    if not found:
        return None
    best = max(shared for shared, _, _ in found)
    closest = [(place, one) for shared, place, one in found if shared == best]
    agreeing = next(((place, one) for place, one in closest if _same(claimed, one)), None)
    if agreeing is None and len({(one.value, one.measure) for _, one in closest}) > 1:
        return None  # several numbers of it: which one is meant cannot be told
    place, stated = agreeing or closest[0]
    return Held(claimed, stated, -place, agreeing is not None)


def _comparable(one: Quantity, other: Quantity) -> bool:
    days = {Measure.DURATION, Measure.WORKDAYS}
    return one.measure is other.measure or {one.measure, other.measure} == days


def _same(one: Quantity, other: Quantity) -> bool:
    return one.measure is other.measure and abs(one.value - other.value) <= 0.02 * max(one.value, other.value)


_BOUNDS = {Bound.EXACT: "", Bound.LEAST: "不少于", Bound.MOST: "不超过"}
