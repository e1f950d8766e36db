"""What kind of answer a question wants: a list, a comparison, a period of validity, a date; and its parts. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import log

from bot.rules.wording import content, grams, sentences


class Fact(StrEnum):
    """What can be asked about a document itself."""

    VALIDITY = "validity"
    NUMBER = "number"
    ISSUER = "issuer"
    ISSUED = "issued"
    EVENT = "event"


_ASKS = re.compile(
    r"[？?]|什么|啥|哪|几[个名人年天月号点项]|多[久少长大高远]|怎么|怎样|如何|咋|为何|为什么|是否|有没有|能不能|可不可以|是不是|要不要|会不会|行不行|算不算|吗|呢$|谁"
)
_LIST = re.compile(
    r"哪些|哪几|什么条件|啥条件|什么要求|啥要求|条件(?:是|有)|什么材料|啥材料|材料(?:要|有|清单)|流程|步骤|程序|怎么(?:申请|申报|走|办|报|评|认定|操作|做)|如何(?:申请|申报|办理|认定|评)|分(?:几|哪)|包括|包含|都有|几(?:个|项|类|种|大|步|方面|条)|方面|清单|具备|任务|职责|职能|分别|全部|所有|要满足|门槛|什么样的|怎样的|议程|哪几项|有什么(?:支持|好处|功能|要求|条件|任务|机制)|支持措施|措施|内容"
)
_COMPARE = re.compile(
    r"区别|不同|差别|差异|对比|比较|相比|一样吗|一样不|不一样|哪个(?:更|多|少|高|严|长)|分别(?:是|要|有|多少|怎么)|各(?:是|要|有|自)|[和跟与].{1,20}(?:比|都|相比)|还是.{1,12}(?:多|高|严|长|早)"
)
_DOCUMENT = (
    r"(?:文件|办法|细则|政策|通知|规定|意见|方案|标准|规则|条例|指南|公告|文(?=是|什么|哪|啥)|《[^》]+》|〔\d{4}〕\d+号"
    r"|(?:它|这个|那个|该|本)(?:文件|办法|细则|政策|通知|规定|意见|方案|标准)?)"
)
_VALID = re.compile(
    r"(?:还|是否|仍|现在|目前|依然|是不是)*(?:有效|生效|管用|作数|算数|适用|执行)(?:吗|么|不|没|着吗|期)|(?:有没有|是否|是不是)?(?:过期|失效|作废|废止|到期)(?:了|吗|没|么|没有)|有效期"
    r"|(?:哪天|什么时候|何时|几时|啥时候|多久).{0,6}(?:到期|失效|过期|生效|施行|实施|废止|作废|开始执行|执行)|(?:到期|失效|过期|施行|生效|实施).{0,4}(?:日期|时间|什么时候|哪天)|(?:管|用|有效|执行)(?:到|至)(?:什么时候|哪|几|哪年)|管(?:几|多少)年|试行的?还是|还是(?:定死|正式|长期)|是(?:现行|最新|征求意见稿|草案|正式)(?:的|版|文件|版本|有效)*(?:吗|么|还是)"
)
_WHEN = re.compile(
    r"(?:19|20)\d{2}\s*年?(?:\s*\d{1,2}\s*月)?(?:\s*\d{1,2}\s*[日号])?|[去前明后今]年[底末初]?|那会儿|那时候?|当时|到时候?|届时"
)
_DATES = re.compile(
    r"什么时候|何时|几号|哪天|几月|时间|日期|截止|还(?:能|可以|来得及|赶得上)|来得及|赶得上|最晚|期限|现在(?:还)?(?:能|可以)|报名|过了吗|开了吗|结束了|几点|哪一天|还没"
)
_FULL_DATE = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_SHORT_DATE = re.compile(r"(?<![年\d])(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_TITLE = re.compile(r"《([^》]{2,})》")
_NUMBER = re.compile(r"[〔\[（(]\d{4}[〕\]）)]\s*\d+\s*号")
_ARTICLE = re.compile(r"第\s*([一二三四五六七八九十百]+|[1-9]\d{0,2})\s*条")
_POINT = re.compile(r"(?<![\d.])(\d{1,2}\.\d{1,2})(?![\d.]*(?:万|亿|元|%|％|倍|版))(?![\d.])")
_SUBJECT_CHARS = 5  # of a part of a question that is about something of its own
_JOIN = re.compile(r"[，,]|(?:另外|还有|以及|顺便|然后|同时)[，,]?")


_EVENT = re.compile(
    r"(?:会议?|活动|讲座|论坛|大赛|比赛|座谈|培训|报名).{0,10}(?:什么时候|啥时候|何时|哪天|几号|哪一天|几点).{0,4}(?:开|办|举行|召开|举办)|(?:会议?|活动|讲座|论坛|大赛|座谈|报名).{0,8}(?:开过|开完|结束|过期|过了|办完|开了)(?:了|没|吗|么)|(?:还能|还可以|还来得及|来得及|赶得上|赶得及).{0,10}(?:报名|参加|参会|回执|去|会)|(?:什么时候|哪天|几号)(?:开|举行|召开|举办).{0,12}会"
)
_FACTS = (
    (Fact.NUMBER, re.compile(r"文号|发文字号|几号文|(?:是|第)几号(?:文件)?$")),
    (
        Fact.ISSUER,
        re.compile(
            r"(?:谁|哪个部门|哪个单位|哪里|哪家|哪个机关|哪级)(?:印|颁|下)?(?:发|发布|出台|出|制定|公布)的|发文(?:单位|机关|部门)|(?:谁|哪个部门|哪个单位)(?:印发|颁布|出台|下发)"
        ),
    ),
    (
        Fact.ISSUED,
        re.compile(
            r"(?:什么时候|哪天|何时|哪年|哪一年|几月|啥时候|哪月)(?:印|颁|下|发|出|出台|公布|发布|下来)+的|(?:印发|发布|发文|成文|出台)(?:日期|时间)|(?:什么时候|哪天|何时|哪年)(?:印发|颁布|出台|下发)"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a question asks for."""

    wants_list: bool
    compares: bool
    asks_validity: bool
    asks_date: bool


def shape(text: str) -> Shape:
    """The kind of answer that fits."""
    return Shape(
        wants_list=bool(_LIST.search(text)),
        compares=bool(_COMPARE.search(text)),
        asks_validity=asks_validity(text),
        asks_date=bool(_DATES.search(text)),
    )


def asked_fact(text: str) -> Fact | None:
    """The fact about a document itself that is asked; None for a question about what it says."""
    if asks_validity(text):
        return Fact.VALIDITY
    if _EVENT.search(text):
        return Fact.EVENT
    if not re.search(_DOCUMENT, text):
        return None
    return next((fact for fact, pattern in _FACTS if pattern.search(text)), None)


def asks_validity(text: str) -> bool:
    """Whether the question is about a document's own period of validity, not about something that a document says is valid."""
    if not _VALID.search(text):
        return False
    if re.search(r"证书|专利|合同|报价|职称|认定(?:后|了)?的?有效期|资格.{0,4}有效|公示|发票", text):
        return False
    if re.search(_DOCUMENT, text):
        return True
    return len(content(_VALID.sub(" ", _WHEN.sub(" ", text))).replace(" ", "")) <= 4


def parts(text: str) -> tuple[str, ...]:
    """The questions in a message, in order; one element when it asks one thing. Statements before a question stay with it."""
    found: list[str] = []
    waiting = ""
    for sentence in sentences(text):
        for piece in _split(sentence):
            joined = f"{waiting}，{piece}" if waiting else piece
            if _ASKS.search(piece) or _ASKS.search(text[text.find(piece) + len(piece) :][:1]):
                found.append(joined)
                waiting = ""
            else:
                waiting = joined
    if waiting and found:
        found[-1] = f"{found[-1]}，{waiting}"
    elif waiting:
        found.append(waiting)
    return tuple(found) if len(found) > 1 else (text.strip(),)


def names_itself(piece: str) -> bool:
    """Whether a part of a question says what it is about, without the part before it."""
    return len(content(piece).replace(" ", "")) >= _SUBJECT_CHARS


def _split(sentence: str) -> list[str]:
    pieces = [piece.strip() for piece in _JOIN.split(sentence) if piece and piece.strip()]
    merged: list[str] = []
    for piece in pieces:
        asks = bool(_ASKS.search(piece))
        # a short tail (要什么材料, 行吗) belongs to the clause before it unless that clause asks something itself
        if merged and (not asks or not _ASKS.search(merged[-1])) or merged and len(content(piece).replace(" ", "")) < 2:
            merged[-1] = f"{merged[-1]}，{piece}"
        else:
            merged.append(piece)
    return merged


def dates_in(text: str, *, year: int | None = None) -> tuple[date, ...]:
    """The calendar days a text names, in order. A day without a year is taken in `year`; impossible days are left out."""
    found: list[tuple[int, date]] = []
    for match in _FULL_DATE.finditer(text):
        day = _day(int(match[1]), int(match[2]), int(match[3]))
        if day:
            found.append((match.start(), day))
    if year is not None:
        for match in _SHORT_DATE.finditer(text):
            day = _day(year, int(match[1]), int(match[2]))
            if day:
                found.append((match.start(), day))
    return tuple(day for _, day in sorted(found))


def named_titles(text: str) -> tuple[str, ...]:
    """Titles between 《》 and numbers like 〔2026〕187号 or 第 187 号 that the question names."""
    return tuple(_TITLE.findall(text) + _NUMBER.findall(text))


def clauses_named(text: str) -> tuple[str, ...]:
    """Clauses that the question names by number, as official texts print them: 第12条 as 第十二条; 2.1 as it is."""
    articles = [f"第{_chinese(int(number)) if number.isdigit() else number}条" for number in _ARTICLE.findall(text)]
    return (*articles, *_POINT.findall(text))


def is_clause(clause: str, label: str) -> bool:
    """Whether a clause's full name is that of the label or of a part of it: 第八条（1）, 附件 · 二 · 2.1."""
    return any(part == label or part.startswith((f"{label}（", f"{label} ")) for part in clause.split(" · "))


def without_titles(text: str) -> str:
    """The question without the titles and numbers it names, which would only find front pages."""
    rest = re.sub(r"[\u3400-\u9fff]{0,6}" + _NUMBER.pattern, " ", _TITLE.sub(" ", text)).strip()
    return rest or text


class Titles:
    """The titles of many documents, by their pairs of characters, so that a question is not held against each of them."""

    def __init__(self, titles: Sequence[str]) -> None:
        self._count = len(titles)
        self._holding: dict[str, list[int]] = {}
        for place, title in enumerate(titles):
            for gram in grams(title):
                self._holding.setdefault(gram, []).append(place)

    def fits(self, text: str) -> dict[int, float]:
        """By the title's place how much of its telling part the text names; titles of which it names nothing are left out.

        Pairs that few titles have count more. Not bounded by 1.
        """
        found: dict[int, float] = {}
        for gram in sorted(grams(text)):
            places = self._holding.get(gram, ())
            for place in places:
                found[place] = found.get(place, 0.0) + log((self._count + 1) / len(places))
        return found

    def closest(self, text: str) -> int | None:
        """The place of the one title that the text names more of than of any other; None where none stands out."""
        fits = self.fits(text)
        best = max(fits.values(), default=0.0)
        closest = [place for place, fit in fits.items() if fit == best]
        return closest[0] if len(closest) == 1 else None


def _chinese(number: int) -> str:
    """12 as 十二; numbers of articles, from 1 to 999."""
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    text = f"{digits[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{digits[tens]}十"
    elif hundreds and ones:
        text += "零"
    return text + (digits[ones] if ones else "")


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
