"""Answers about a document's own validity: until when, and whether today lies inside."""

import re
from datetime import date

from bot.assistant.asking import Asking
from bot.assistant.evidence import Quote, cite, quotes_of, sources, title
from bot.assistant.shape import EXTRACTED, Answer, Outcome
from bot.rules.intent import Intent
from bot.rules.questions import named_titles, title_fit
from corpora.document import Document, Kind, Passage, Status
from retrieval.protocols import Hit

_STATES = (
    re.compile(r"有效期|有效至|有效期限|试行期"),
    re.compile(r"施行|实施|生效|执行"),
    re.compile(r"\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日"),
)
CLEAR_TITLE = 0.34


def answer(asking: Asking) -> Answer | None:
    """Whether the document meant is valid on this day, with the clause that says so; None when it is not clear which one is meant."""
    document = meant(asking)
    if document is None:
        return None
    status = asking.shelf.status(document, asking.today)
    quote = _stating(asking, document)
    if quote is None:
        return None
    citations = cite([quote], question="有效期 施行", shelf=asking.shelf, today=asking.today)
    lines = [_verdict(document, status, asking.today), "依据：\n" + sources(citations, lambda _: document.example)]
    return Answer(
        asking.id, Outcome.ANSWERED, Intent.POLICY, "\n".join(lines), EXTRACTED, confidence=0.95, citations=citations
    )


def meant(asking: Asking) -> Document | None:
    """The document that the question is about: named by number or title, else the one that the turns before were about, else the only one."""
    documents = asking.of_kind(Kind.POLICY)
    text = asking.turn.search
    for name in named_titles(text):
        bare = re.sub(r"\D", "", name)
        for document in documents:
            if name in document.title or (bare and document.number and re.sub(r"\D", "", document.number) == bare):
                return document
    titles = tuple(document.title for document in documents)
    ranked = sorted(documents, key=lambda d: -title_fit(text, d.title, titles))
    if ranked and title_fit(text, ranked[0].title, titles) >= CLEAR_TITLE:
        return ranked[0]
    subject = asking.turn.subject or (asking.original if not asking.turn.missing else "")
    if subject:
        found = asking.search(subject, Kind.POLICY, top_k=5)
        for hit in found.hits:
            originals = asking.shelf.originals(hit.document)
            if found.answered or asking.turn.subject:
                return next((d for d in documents if d.id in originals), hit.document)
    own = [document for document in documents if not document.example]
    return own[0] if len(own) == 1 else None


def _stating(asking: Asking, document: Document) -> Quote | None:
    """The clause that states the period, else the one that states the start, else the one with the date, else the first."""
    passages = list(asking.finder.passages(document.id, asking.principal))
    for pattern in _STATES:
        fitting = [passage for passage in passages if pattern.search(passage.text) and _own(passage)]
        if fitting:
            best = min(fitting, key=lambda passage: (len(passage.text) > 250, -passage.order))
            return _quote(document, best)
    return _quote(document, passages[0]) if passages else None


def _own(passage: Passage) -> bool:
    """Whether it speaks of the document itself rather than of, say, a certificate."""
    return (
        bool(
            re.search(r"本(?:细则|办法|意见|规定|标准|方案|通知|规则|条例|政策)|自.{0,20}起|印发|有效期", passage.text)
        )
        or len(passage.text) < 120
    )


def _quote(document: Document, passage: Passage) -> Quote | None:
    quotes = quotes_of(Hit(passage, document, 1.0))
    return quotes[-1] if quotes else None


def _verdict(document: Document, status: Status, today: date) -> str:
    name = title(document.title)
    number = f"（{document.number}）" if document.number else ""
    day = today.isoformat()
    if status is Status.SUPERSEDED:
        return f"{name}{number}已被新文件替代，不再适用[1]。"
    if status is Status.DRAFT:
        return f"{name}{number}是征求意见稿，还不是正式文件[1]。"
    if document.valid_until and document.valid_until < today:
        return f"{name}{number}已失效：有效期到 {document.valid_until.isoformat()}，今天是 {day}，已过[1]。"
    if document.event and document.event < today:
        return f"{name}{number}说的活动日期是 {document.event.isoformat()}，今天是 {day}，已过[1]。"
    if document.effective and document.effective > today:
        return f"{name}{number}尚未施行：{document.effective.isoformat()} 起施行，今天是 {day}[1]。"
    if document.valid_until:
        start = f"{document.effective.isoformat()} 起施行，" if document.effective else ""
        digest = "（这里收录的是摘要，非原文）" if status is Status.DIGEST else ""
        return f"{name}{number}现在有效：{start}有效期到 {document.valid_until.isoformat()}，今天是 {day}，在有效期内{digest}[1]。"
    issued = f"，{document.issued.isoformat()} 印发" if document.issued else ""
    return f"{name}{number}没有写明有效期{issued}。没有查到它被废止或替代的记录，是否仍执行请向发文单位核实[1]。"
