"""What a talk already says of how a case was solved, sorted into the fields of the solution. Pure.

Whole sentences of the talk, in order, nothing reworded: the engineer looks at them, takes them or writes something else.
"""

import re
from collections.abc import Sequence

MAX_CHARS = 800  # of one field
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")
_CAUSE = re.compile(
    r"原因|因为|由于|造成|引起|导致|根子|问题(?:出)?在|是(?:这个|它)?.{0,8}(?:坏|松|老化|磨损|堵|漏|偏|断|脏|短路|接触不良)|老化了|磨损了|装反|接错"
)
_LIMITS = re.compile(
    r"仅限|只适(?:用|合)|不适(?:用|合)|前提|注意(?:事项|：|:|别|不要)|别的(?:机型|型号|材料)|其他(?:机型|型号|材料)|以后(?:别|不要|要)"
)
_WORKS = re.compile(
    r"(?:好了|正常了|解决了|没(?:有)?(?:再)?(?:漏|报警|缩水|异响|抖|跳|坏)|不(?:再)?(?:漏|报警|缩水|响|抖|跳)了|合格了|恢复(?:了|正常)|试了.{0,12}(?:行|可以|好)|可以了|行了)"
)
_NOT_YET = re.compile(r"还是|没(?:好|用|效果)|不行|又|吗[？?]?$|[？?]$")
_ASKS = re.compile(r"[？?]$|吗$|多少$|请问|麻烦(?:拍|发|说)|^(?:您好|你好|好的|收到|谢谢|稍等|在吗)")


def suggested(lines: Sequence[tuple[bool, str]]) -> dict[str, str]:
    """Field to what the talk says of it: cause, steps and limits by the engineer, verification by the firm. Fields of which nothing is said are left out.

    Args:
        lines: Whether the engineer said it, and what, oldest first.
    """
    found: dict[str, list[str]] = {"cause": [], "steps": [], "verification": [], "limits": []}
    for is_engineer, text in lines:
        for sentence in (one.strip() for one in _SENTENCE.findall(text)):
            field = _of_engineer(sentence) if is_engineer else _of_firm(sentence)
            if field and sentence not in found[field]:
                found[field].append(sentence)
    return {field: _joined(sentences) for field, sentences in found.items() if sentences}


def _of_engineer(sentence: str) -> str:
    if not sentence or _ASKS.search(sentence):
        return ""
    if _LIMITS.search(sentence):
        return "limits"
    return "cause" if _CAUSE.search(sentence) else "steps"


def _of_firm(sentence: str) -> str:
    return "verification" if _WORKS.search(sentence) and not _NOT_YET.search(sentence) else ""


def _joined(sentences: Sequence[str]) -> str:
    """As many whole sentences as fit."""
    kept: list[str] = []
    for sentence in sentences:
        if sum(map(len, kept)) + len(kept) + len(sentence) > MAX_CHARS:
            break
        kept.append(sentence)
    return "\n".join(kept) or sentences[0][:MAX_CHARS]
