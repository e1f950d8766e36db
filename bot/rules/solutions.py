"""The machine of a solution, from the engineer's draft to the case that answers the next firm, and the file that the case becomes. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from bot.errors import Conflict
from bot.rules.redaction import Finding, Known, propose


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


BLOCKING = frozenset({Finding.PHONE, Finding.IDENTITY, Finding.FIRM})  # a copy with one of these is not approved


@dataclass(frozen=True, slots=True)
class Remark:
    """Something in a copy that may point to somebody. While one that `blocks` is left the copy is not approved."""

    field: str
    kind: Finding
    text: str
    blocks: bool


def remarks(shared: Mapping[str, str], known: Sequence[Known]) -> list[Remark]:
    """What in a copy may point to somebody, field by field. Names block where the records hold them: a word may look like a name."""
    marked = [replace(one, replacement=_OF_RECORDS) for one in known]
    found = []
    for field, text in shared.items():
        for one in propose(text, known=marked):
            words = text[one.start : one.end]
            recorded = one.replacement == _OF_RECORDS or any(name.text in words for name in known)
            found.append(Remark(field, one.kind, words, recorded or one.kind in BLOCKING))
    return found


_OF_RECORDS = "\0"
_CASE = re.compile(r"(?P<id>s_[A-Za-z0-9_-]{22})\.md")
_RULE = re.compile(r"^[ \t]*-{3,}[ \t]*$", re.MULTILINE)
_MARK = re.compile(r"^(?P<blank>[ \t]*)(?P<mark>#+|`{3,}|~{3,})", re.MULTILINE)
WITHDRAWN = "这条回答引用的案例已经撤下，不再显示。"
_WIDE = str.maketrans("#`~", "＃｀～")
FINDING_WORDS: Mapping[Finding, str] = MappingProxyType(
    {
        Finding.NAME: "姓名",
        Finding.PHONE: "电话",
        Finding.IDENTITY: "证件号",
        Finding.EMAIL: "邮箱",
        Finding.WECHAT: "微信",
        Finding.FIRM: "企业名称",
        Finding.PRICE: "金额",
        Finding.ADDRESS: "地址",
        Finding.ACCOUNT: "账号",
        Finding.SERIAL: "编号",
        Finding.PLATE: "车牌",
        Finding.WEBSITE: "网址",
    }
)


def case_name(solution_id: str) -> str:
    """The name of a solution's file, which is also its source in the index."""
    return f"{solution_id}.md"


def case_of(source: str) -> str | None:
    """The solution whose file this is; None for a file that the clinic did not write."""
    match = _CASE.fullmatch(source)
    return match["id"] if match else None


def cases_in(answer: Mapping[str, Any]) -> frozenset[str]:
    """The solutions of the clinic that an answer cites or names, by id."""
    cited = {case for one in answer["citations"] if (case := case_of(one["source"])) is not None}
    return frozenset(cited | {one["id"] for one in answer["similar"] if case_of(case_name(one["id"])) is not None})


def without_cases(text: str, answer: Mapping[str, Any], gone: Collection[str]) -> tuple[str, dict[str, Any]]:
    """A message and its answer as they may still be shown once some cases were taken back.

    Where one of these was quoted the words about it go as well; where nothing else was, the answer is none any more.
    """
    kept = [one for one in answer["citations"] if case_of(one["source"]) not in gone]
    left = {**answer, "citations": kept, "similar": [one for one in answer["similar"] if one["id"] not in gone]}
    if len(kept) == len(answer["citations"]):
        return text, left
    return WITHDRAWN, left | {"answer": WITHDRAWN, "outcome": answer["outcome"] if kept else "no_answer"}


def case_file(solution_id: str, *, domain: str, shared: Mapping[str, str]) -> str:
    """A copy as a file of the corpus of solved cases: a head, then a section for every field that says something."""
    lines = ["---", f"id: {solution_id}", f"title: {' '.join(shared['title'].split())}", f"domain: {domain}", "---", ""]
    for field, name in FIELDS.items():
        if words := shared.get(field, "").strip():
            lines += [f"## {name}", _plain(words), ""]
    return "\n".join(lines)


def _plain(words: str) -> str:
    """Words in which no line opens a section, a head or a block: the marks of Markdown become wide characters."""
    words = _RULE.sub("——", words)
    return _MARK.sub(lambda found: found["blank"] + found["mark"].translate(_WIDE), words)
