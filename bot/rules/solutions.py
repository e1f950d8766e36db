"""The machine of a solution, from the engineer's draft to the case that answers the next firm. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from bot.errors import Conflict
from corpora import personal


class SolutionState(StrEnum):
    """Where a solution stands. Only an approved one is ever found by anyone, from the moment that it is in the index."""

    DRAFT = "draft"  # written at resolving; the firm has not agreed to share it
    REVIEW = "review"  # agreed; waits for someone other than its author
    APPROVED = "approved"  # reviewed; its redacted copy is on its way into the index
    INDEXED = "indexed"
    RETRACTED = "retracted"


_S = SolutionState
TRANSITIONS: Mapping[SolutionState, frozenset[SolutionState]] = MappingProxyType(
    {
        _S.DRAFT: frozenset({_S.REVIEW, _S.RETRACTED}),
        _S.REVIEW: frozenset({_S.APPROVED, _S.DRAFT, _S.RETRACTED}),
        _S.APPROVED: frozenset({_S.INDEXED, _S.RETRACTED}),
        _S.INDEXED: frozenset({_S.RETRACTED}),
        _S.RETRACTED: frozenset(),
    }
)
WORDS: Mapping[SolutionState, str] = MappingProxyType(
    {
        _S.DRAFT: "草稿",
        _S.REVIEW: "待审核",
        _S.APPROVED: "已通过，正在收录",
        _S.INDEXED: "已收录",
        _S.RETRACTED: "已撤下",
    }
)
FOUND = frozenset({_S.APPROVED, _S.INDEXED})  # the copy belongs into the index
FIELDS: Mapping[str, str] = MappingProxyType(
    {"symptom": "现象", "cause": "原因", "steps": "处理步骤", "verification": "验证", "limits": "适用范围与限制"}
)


def check(state: SolutionState, to: SolutionState) -> None:
    """Refuse a move that the table does not have.

    Raises:
        Conflict: naming the state.
    """
    if to not in TRANSITIONS[state]:
        raise refusal(state)


def refusal(state: SolutionState) -> Conflict:
    """The error for a move that this state does not allow."""
    return Conflict(f"这条方案现在是“{WORDS[state]}”，不能这样操作，请刷新后再看。")


@dataclass(frozen=True, slots=True)
class Known:
    """Names and numbers that the records tie to a case."""

    people: frozenset[str] = frozenset()
    firms: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a copy that may point to somebody. While one that `blocks` is left the copy is not approved."""

    name: str
    text: str
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with its findings replaced."""

    text: str
    findings: tuple[Finding, ...]


def redact(text: str, known: Known) -> Redacted:
    """Replace what points to somebody."""
    marks = find(text, known)
    for mark in marks:
        text = text.replace(mark.text, f"某{mark.name}")
    return Redacted(text, tuple(marks))


def find(text: str, known: Known) -> list[Finding]:
    """What points to somebody, longest names first."""
    named = [("企业", name) for name in known.firms] + [("电话", number) for number in known.phones]
    named += [("人员", name) for name in known.people]
    marks = [Finding(kind, name) for kind, name in sorted(named, key=lambda each: -len(each[1])) if name in text]
    marks += [Finding("号码", text[start:end]) for start, end in personal.find(text)]
    return list(dict.fromkeys(marks))
