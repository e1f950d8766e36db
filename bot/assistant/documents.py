"""Answers about a document itself: whether it is valid today and until when, its number, who issued it and when."""

import re
from collections.abc import Callable
from datetime import date

from bot.assistant import as_of
from bot.assistant.asking import Asking
from bot.assistant.evidence import Quote, cite, digits, quotes_of, sources, title
from bot.assistant.shape import EXTRACTED, Answer, Outcome
from bot.rules.intent import Intent
from bot.rules.questions import Fact, asked_fact, named_titles
from corpora.document import Document, Kind, Passage, Status
from retrieval.protocols import Hit

_PERIOD = re.compile(r"有效期|有效至|试行期")
_START = re.compile(r"(?:施行|实施|生效|执行)")
_DATE = re.compile(r"\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日")
_OWN = re.compile(r"本(?:细则|办法|意见|规定|标准|方案|通知|规则|条例|政策)|自.{0,20}起|印发")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*年")
_UNTIL = re.compile(r"到(?:哪|什么|几|啥)|[几多]少?(?:年|久|长)|(?:有效期|期限)(?:是|为)?(?:多|几|[？?]?$)")
_STILL = re.compile(r"还|仍|现在|目前|吗|没有|是否|是不是|过期|失效|作废|废止")
MIN_DIGITS = 4  # a year alone is no number of a document
CERTAIN = 0.95  # these answers come from dates that were read, not from a search


def answer(asking: Asking) -> Answer | None:
    """What is asked about the document itself, with the clause that says so; None when it is not clear which document is meant, or it says nothing."""
    fact = asked_fact(asking.original)
    named = meant(asking) if fact else None
    if fact is None or named is None:
        return None
    if fact is Fact.EVENT and named.event is None:
        return None  # a question about some other event, not about this document's
    document = asking.whole(named)
    told = None if _is_another_year(asking.original, document, fact) else _TELL[fact](asking, document)
    if told is None:
        text = f"{title(document.title)}里没有写明{_NAMES[fact]}。请向发文单位核实；或{asking.call}。"
        return asking.unanswered(Intent.POLICY, text, confidence=1 - CERTAIN)
    quote = _stating(asking, document, fact)
    if quote is None:
        return None
    citations = cite([quote], question=_WORDS[fact], shelf=asking.shelf, today=asking.today)
    text = f"{told}\n依据：\n" + sources(citations, asking.shelf)
    return Answer(asking.id, Outcome.ANSWERED, Intent.POLICY, text, EXTRACTED, confidence=CERTAIN, citations=citations)


def meant(asking: Asking) -> Document | None:
    """The document that the question is about: named by number or title, else the one that the turns before were about, else the only one."""
    exact = named(asking, asking.turn.search)
    if exact is not None:
        return exact
    documents = asking.of_kind(Kind.POLICY)
    at = asking.shelf.titles_with_regions.closest(asking.turn.search)
    if at is not None:
        return documents[at]
    if asking.turn.subject:
        found = asking.search(asking.turn.subject, Kind.POLICY, top_k=5)
        for hit in found.hits:
            originals = asking.shelf.originals(hit.document)
            return next((document for document in documents if document.id in originals), hit.document)
    own = [document for document in documents if not document.example]
    return own[0] if len(own) == 1 else None


def named(asking: Asking, text: str) -> Document | None:
    """The document that a text names in 《》 or by its number; None where it names none."""
    for name in named_titles(text):
        number = digits(name)
        numbered = asking.shelf.by_number.get(number) if len(number) > MIN_DIGITS else None
        titled = (document for document in asking.of_kind(Kind.POLICY) if name in document.title)
        if (found := numbered or next(titled, None)) is not None:
            return found
    return None


def _is_another_year(question: str, document: Document, fact: Fact) -> bool:
    """Whether the question is about an event of a year that the document does not know."""
    return fact is Fact.EVENT and any(year not in document.text for year in _YEAR.findall(question))


def _stating(asking: Asking, document: Document, fact: Fact) -> Quote | None:
    """The clause that states the fact, else the one with a date, else the first."""
    passages = list(asking.finder.passages(document.id, asking.principal))
    tests: list[Callable[[Passage], bool]] = [*_FITS[fact](document), _has(_DATE), lambda passage: True]
    for fits in tests:
        fitting = [passage for passage in passages if fits(passage)]
        if fitting:
            best = min(
                fitting, key=lambda passage: (not _OWN.search(passage.text), len(passage.text) > 250, -passage.order)
            )
            quotes = quotes_of(Hit(best, document, 1.0))
            if quotes:
                return max(quotes, key=lambda quote: fits(_with_text(best, quote.text)))
    return None


def _with_text(passage: Passage, text: str) -> Passage:
    return Passage(
        passage.id, passage.document_id, passage.kind, passage.clause, text, "", passage.spans, passage.order
    )


def _has(pattern: re.Pattern[str]) -> Callable[[Passage], bool]:
    return lambda passage: bool(pattern.search(passage.text))


def _holds(words: str | None) -> Callable[[Passage], bool]:
    bare = re.sub(r"\s", "", words or "")
    return lambda passage: bool(bare) and bare in re.sub(r"\s", "", passage.text)


def _day(day: date | None) -> str | None:
    return f"{day.year}年{day.month}月{day.day}日" if day else None


_FITS: dict[Fact, Callable[[Document], tuple[Callable[[Passage], bool], ...]]] = {
    Fact.VALIDITY: lambda document: (_has(_PERIOD), _has(_START)),
    Fact.NUMBER: lambda document: (_holds(document.number),),
    Fact.ISSUER: lambda document: (_holds(document.issuer),),
    Fact.ISSUED: lambda document: (_holds(_day(document.issued)),),
    Fact.EVENT: lambda document: (_holds(_day(document.event)),),
}
_NAMES = {
    Fact.VALIDITY: "有效期",
    Fact.NUMBER: "文号",
    Fact.ISSUER: "发文单位",
    Fact.ISSUED: "发文日期",
    Fact.EVENT: "日期",
}
_WORDS = {
    Fact.VALIDITY: "有效期 施行",
    Fact.NUMBER: "文号",
    Fact.ISSUER: "谁印发",
    Fact.ISSUED: "什么时候印发",
    Fact.EVENT: "时间 日期",
}


def _number(asking: Asking, document: Document) -> str | None:
    del asking
    return f"{title(document.title)}的文号是 {document.number}[1]。" if document.number else None


def _issuer(asking: Asking, document: Document) -> str | None:
    del asking
    return f"{title(document.title)}由{document.issuer}发布[1]。" if document.issuer else None


def _issued(asking: Asking, document: Document) -> str | None:
    del asking
    return f"{title(document.title)}的成文日期是 {document.issued.isoformat()}[1]。" if document.issued else None


def _event(asking: Asking, document: Document) -> str | None:
    if document.event is None:
        return None
    day, today = document.event.isoformat(), asking.today.isoformat()
    over = "已过" if document.event < asking.today else "就是今天" if document.event == asking.today else "还没到"
    return f"{title(document.title)}说的活动日期是 {day}，今天是 {today}，{over}[1]。"


def _validity(asking: Asking, document: Document) -> str | None:
    """Until when it is valid and whether today lies inside, in one sentence; None where only the end is asked and none is stated."""
    if told := as_of.validity(asking, document):  # another time is asked for
        return told
    status = asking.shelf.status(document, asking.today)
    name = title(document.title) + (f"（{document.number}）" if document.number else "")
    today, day = asking.today, asking.today.isoformat()
    if status is Status.SUPERSEDED:
        return f"{name}已被新文件替代，不再适用[1]。"
    if status is Status.DRAFT:
        return f"{name}是征求意见稿，还不是正式文件[1]。"
    if document.valid_until and document.valid_until < today:
        return f"{name}已失效：有效期到 {document.valid_until.isoformat()}，今天是 {day}，已过[1]。"
    if document.event and document.event < today:
        return f"{name}说的活动日期是 {document.event.isoformat()}，今天是 {day}，已过[1]。"
    if document.effective and document.effective > today:
        return f"{name}尚未施行：{document.effective.isoformat()} 起施行，今天是 {day}[1]。"
    digest = "（这里收录的是摘要，非原文）" if status is Status.DIGEST else ""
    if document.valid_until:
        start = f"{document.effective.isoformat()} 起施行，" if document.effective else ""
        return (
            f"{name}现在有效：{start}有效期到 {document.valid_until.isoformat()}，今天是 {day}，在有效期内{digest}[1]。"
        )
    if _UNTIL.search(asking.original) and not _STILL.search(asking.original):
        return None
    issued = f"，{document.issued.isoformat()} 印发" if document.issued else ""
    return f"{name}没有写明有效期{issued}{digest}。没有查到它被废止或替代的记录，是否仍执行请向发文单位核实[1]。"


_TELL: dict[Fact, Callable[[Asking, Document], str | None]] = {
    Fact.VALIDITY: _validity,
    Fact.NUMBER: _number,
    Fact.ISSUER: _issuer,
    Fact.ISSUED: _issued,
    Fact.EVENT: _event,
}
