"""Follow-up questions: what a short turn leaves out, taken from the turns before it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.regions import places
from bot.rules.wording import content, without_greeting

_OPENING = re.compile(
    r"^(?:那么?(?![个份条些种项门里边样])|还有|另外|然后|再(?!生)|哦|噢|嗯|好的?|行|不是|不对|错了|我(?:是)?(?:问|说|指)的?是|换成|改成|如果是|要是|比如|具体|除此之外|除了这(?:个|些))"
)
_PRONOUN = re.compile(
    r"它们?|他们|(?:这|那)(?:个(?!月|周|星期|礼拜|季度|年)|些|份|条|种|项|门|次)?(?!里|边|么|样|时|天|月|周|年|儿|会|个(?:月|周|星期|礼拜|季度|年))|该(?:文件|办法|细则|政策|通知|标准|方案|意见|课|中心|项目)|上述|刚才|(?:上|前)面(?:说|提|讲)?的?|其中|前者|后者|同上"
)
_TAIL = re.compile(r"^.{1,14}呢[？?。！!]*$")
_CORRECTION = re.compile(
    r"(?:不是|不要|别)\s*(?P<old>[^，,。；\s]{1,10}?)\s*(?:[，,。；\s]|的)+\s*(?:是|要|我?说的?是|我?问的?是|而是)?\s*(?P<new>[^，,。；？?！!]{1,12})"
)
_FILLER = re.compile(
    r"^(?:那么?(?![个份条些种项门里边样])|还有|另外|然后|哦|噢|嗯|好的?|行)[，,\s]*|呢(?=[，,])|呢[？?。！!]*$"
)
_GENERIC = re.compile(
    r"(?:下下?|这|本|上)个?(?:月|周|星期|礼拜)(?:末|[一二三四五六日天])?|周[末一二三四五六日]|[明后今去]年|[明后今]天|[月年][底初末]|上午|下午|晚上|白天|最近|(?:19|20)\d{2}年?|那会儿|那时候?|当时|届时"
    r"|文件|政策|东西|事情|事|弄|搞|办|做|整|说|用|看|问题|情况|规定|哪|现在|目前|已经|有效|过期|失效|到期|生效|时候|长|钱|算|谁|几|后来|接下来|下一步|细节|详细|具体|说明|介绍|多|久|大|高|少|好|行|对|不|没|过|会|没用|请|帮|想|知道|问"
)
MAX_CARRIED_TURNS = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with what it takes from the turns before."""

    text: str  # as it was said, without filler
    subject: str = ""  # the turns it depends on, oldest first; empty for a complete question
    moved: bool = (
        False  # the place was changed: the subject already names the new one, and the old document is not meant
    )
    missing: bool = False  # it names no subject and there is nothing to take one from

    @property
    def search(self) -> str:
        """What to look for."""
        if self.moved:
            return self.subject
        return f"{self.subject} {self.text}" if self.subject else self.text


def resolve(text: str, prev: Sequence[str], *, known_places: frozenset[str] = frozenset()) -> Turn:
    """The question, completed from the turns before it where it is not complete itself.

    Args:
        prev: The asker's earlier turns, oldest first.
        known_places: Regions of the documents at hand.
    """
    own = _FILLER.sub("", without_greeting(text)).strip() or text
    if not leans(text):
        return Turn(without_greeting(text))
    before = _carried(prev)
    if not before:
        return Turn(own, missing=names_nothing(_without(text, places(text, known_places))))
    subject = "，".join(before)
    correction = _CORRECTION.search(text)
    new = places(correction["new"] if correction else own, known_places)
    old = places(subject, known_places)
    rest = _without(own, new)
    bare = len(content(re.sub(r"[省市区]", "", _GENERIC.sub("", rest))).replace(" ", "")) <= 1
    if correction:
        return Turn(
            own,
            subject=_swap(subject, old or (correction["old"],), new or (correction["new"].strip(),)),
            moved=True,
        )
    if new and bare:
        return Turn(own, subject=_swap(subject, old, new), moved=True)
    if new and old and set(new).isdisjoint(old):
        return Turn(own, subject=f"{_swap(subject, old, new)}，{own}", moved=True)
    return Turn(own, subject=subject)


def _without(text: str, named: Sequence[str]) -> str:
    for place in named:
        text = text.replace(place, "")
    return text


def leans(text: str) -> bool:
    """Whether a turn cannot be understood without the one before it: it opens with 那, says 它 or 这个, ends in 呢, or names nothing."""
    bare = without_greeting(text)
    if _OPENING.search(bare) or _TAIL.search(bare) or names_nothing(bare):
        return True
    return bool(_PRONOUN.search(bare)) and len(content(bare).replace(" ", "")) <= 14


def names_nothing(text: str) -> bool:
    """Whether nothing but question words, pronouns and words like 文件 or 弄 is left of it."""
    rest = _PRONOUN.sub(" ", _FILLER.sub("", without_greeting(text)))
    return not content(_GENERIC.sub(" ", rest)).replace(" ", "")


def _carried(prev: Sequence[str]) -> list[str]:
    """The last turns up to the one that stands on its own, oldest first."""
    kept: list[str] = []
    for turn in reversed(prev):
        if not turn.strip():
            continue
        kept.append(_FILLER.sub("", without_greeting(turn)).strip(" ？?。！!") or turn)
        if not leans(turn) or len(kept) == MAX_CARRIED_TURNS:
            break
    return kept[::-1]


def _swap(subject: str, old: Sequence[str], new: Sequence[str]) -> str:
    """The subject with the new place where the old one stood, or before it when it named none."""
    swapped = subject
    for place in old:
        swapped = swapped.replace(place, new[0] if new else "")
    return swapped if new and new[0] in swapped else "".join(new) + swapped
