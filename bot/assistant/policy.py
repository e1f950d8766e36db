"""Answers from policy documents: one lead sentence, then the clauses word for word."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.assistant.asking import Asking
from bot.assistant.evidence import (
    Quote,
    cite,
    distinct,
    near,
    passage_chars,
    quotes_of,
    shown_clause,
    sources,
    title,
    warning,
    whole_unit,
    within,
)
from bot.assistant.lookup import answers, look_up
from bot.assistant.shape import EXTRACTED, MAX_ANSWER_CHARS, Answer, Citation, Outcome
from bot.assistant.splitting import smallest
from bot.rules.facts import lacking, states
from bot.rules.intent import Intent
from bot.rules.questions import Shape, dates_in, names_itself, parts, shape
from bot.rules.quoting import inside
from bot.rules.regions import places, short, without_places
from corpora.document import Document, Kind
from retrieval.protocols import Found, Hit

MAX_CITATIONS = 4
LEADING = 5  # hits whose clauses must state the hard facts asked for
MAX_DOUBTFUL = 7  # citations below CLEAR: the right clause is often not the first then
CLEAR = 0.8  # confidence from which the gap between scores may end the list
LEAD_CHARS = 360  # kept for the answer's own words
LIST_CHARS = 700  # a list is shown whole up to this
SHORT_CHARS = 150  # a shorter passage is shown with what surrounds it
CLAUSE_CHARS = 300  # up to this
DOUBTFUL_CHARS = 250  # and below CLEAR every passage, up to this
EVEN = 0.5  # confidence below which clauses that are only close in meaning are named as that
NAMED_TITLE = 2.0  # how much of a title a comparison must name, see `Titles.fits`
SCORE_GAP = 0.85  # of the way from the best score to the last: what lies beyond is not cited


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What is to be shown, best first; nothing where nothing answers."""

    quotes: list[Quote]
    confidence: float
    leading: list[Quote] = field(default_factory=list)  # those that must state the hard facts asked for
    hedged: bool = False  # closest in meaning only: the answer says so


def answer(asking: Asking, found: Found) -> Answer:
    """The answer from what was found, or an honest no."""
    wanted = shape(asking.original)
    chosen = _choose(asking, found, wanted)
    if not chosen.quotes:
        return no_answer(asking, found)
    shown = [*(quote.text for quote in chosen.leading), chosen.quotes[0].document.number or ""]
    missing = lacking(asking.turn.text, shown)
    if missing:
        return no_answer(asking, found, reason=f"找到了相关条款，但里面没有写{missing}。")
    quotes = within(chosen.quotes, MAX_ANSWER_CHARS - LEAD_CHARS)
    quotes = smallest(
        asking.finder,
        quotes,
        found.hits,
        question=asking.turn.text,
        principal=asking.principal,
        keep_lists=wanted.wants_list,
    )
    while True:
        citations = cite(quotes, question=asking.turn.text, shelf=asking.shelf, today=asking.today)
        text = _compose(asking, citations, quotes, wanted, hedged=chosen.hedged)
        if len(quotes) == 1 or len(text) + sum(len(quote.text) for quote in quotes) <= MAX_ANSWER_CHARS:
            break
        quotes = quotes[:-1]
    return Answer(
        asking.id,
        Outcome.ANSWERED,
        Intent.POLICY,
        text,
        EXTRACTED,
        confidence=chosen.confidence,
        citations=citations,
        suggestions=("转人工",),
    )


def no_answer(asking: Asking, found: Found, *, reason: str = "") -> Answer:
    """What was searched, what is close, and what to do next."""
    searched = asking.of_kind(Kind.POLICY)
    pointers = near(found.hits) if found.near or found.answered else ()
    if not searched:
        text = f"还没有收录任何政策文件，所以答不了。请让管理员先导入文件；着急可以{asking.call}。"
        return asking.unanswered(Intent.POLICY, text, confidence=found.confidence)
    names = "、".join(title(document.title) for document in searched[:3])
    more = "等" if len(searched) > 3 else ""
    lines = [
        reason or "收录的文件里没有找到能回答这个问题的条款。",
        f"已查 {len(searched)} 份政策文件：{_cut(names, 160)}{more}。",
    ]
    if pointers:
        lines.append(
            "内容相近、但没有直接回答的条款："
            + "；".join(f"{title(p.document)}{shown_clause(p.clause)}" for p in pointers)
            + "。"
        )
    lines.append(f"可以换个说法、写出文件名或地区再问；或{asking.call}，请工作人员核实。")
    return asking.unanswered(Intent.POLICY, "\n".join(lines), confidence=found.confidence, near=pointers)


def _choose(asking: Asking, found: Found, wanted: Shape) -> _Chosen:
    """The clauses that answer: those of each document compared, the best of each part of the question, then the best of the whole."""
    first: list[Hit] = []
    confidence = found.confidence
    sure = answers(found)
    if wanted.compares:
        first = _of_each(asking)
        sure = sure or bool(first)
    elif len(pieces := parts(asking.original)) > 1 and not asking.turn.subject:
        parts_found = [look_up(asking, piece) for piece in pieces]
        # A part has lost the words of the others, and a later one may lean on the first for its subject (那要什么材料): near to
        # anything, it answers nothing alone.
        alone = [
            part
            for at, part in enumerate(parts_found)
            if answers(part) and part.confidence >= CLEAR and (not at or names_itself(pieces[at]))
        ]
        sure = sure or bool(alone)
        first = [part.hits[0] for part in parts_found if answers(part)]
        confidence = max(confidence, *(part.confidence for part in alone), 0.0)
    if not sure:
        return _Chosen([], confidence)
    hedged = found.blind and confidence < EVEN
    doubtful = found.blind or confidence < CLEAR
    rest = _leading(found.hits, gap=1.0 if doubtful else SCORE_GAP) if answers(found) else []
    limit = MAX_DOUBTFUL if doubtful else MAX_CITATIONS
    quotes: list[Quote] = []
    for at, hit in enumerate(_in_order(asking, [*first, *rest])):
        if len(quotes) >= limit:
            break
        quotes = distinct([*quotes, *_unit(asking, hit, wanted, at, doubtful=doubtful)], grow=wanted.wants_list)
    quotes = quotes[:limit]
    # A sum in the fifth clause is hardly the sum asked for. Of a question in parts each clause answers another part.
    leading = quotes if first else [quote for quote in quotes if _is_of(quote, found.hits[:LEADING])]
    return _Chosen(quotes, confidence, leading or quotes, hedged)


def _is_of(quote: Quote, hits: Sequence[Hit]) -> bool:
    """Whether a quote shows a part of one of the hits."""
    return any(
        quote.document.id == hit.document.id and quote.span[0] < end and start < quote.span[1]
        for hit in hits
        for start, end in hit.passage.spans
    )


def _unit(asking: Asking, hit: Hit, wanted: Shape, at: int, *, doubtful: bool) -> tuple[Quote, ...]:
    """What is shown of a hit: of a list the whole, of a short or a doubtful passage what surrounds it, else the passage."""
    if wanted.wants_list and at < 2:
        return whole_unit(asking.finder, hit, asking.principal, LIST_CHARS)
    if doubtful or passage_chars(hit.passage) < SHORT_CHARS:
        return whole_unit(asking.finder, hit, asking.principal, DOUBTFUL_CHARS if doubtful else CLAUSE_CHARS)
    return quotes_of(hit)


def _leading(hits: Sequence[Hit], *, gap: float = SCORE_GAP) -> list[Hit]:
    """The hits up to the gap, without passages that only repeat a part of a better one."""
    kept: list[Hit] = []
    top, last = hits[0].score, hits[-1].score
    for hit in hits:
        if kept and top > last and (top - hit.score) / (top - last) > gap:
            break
        if any(
            hit.document.id == other.document.id and inside(hit.passage.spans, other.passage.spans) for other in kept
        ):
            continue
        kept.append(hit)
    return kept


def _in_order(asking: Asking, hits: Sequence[Hit]) -> list[Hit]:
    """The hits, those of superseded documents last, those that state the kind of fact asked for before those that do not."""
    question = asking.turn.text
    return sorted(hits, key=lambda hit: (asking.shelf.superseded(hit.document), not states(question, hit.passage.text)))


def _of_each(asking: Asking) -> list[Hit]:
    """For a comparison: the best hits of each of the documents that the question names, in turns; none unless it names two."""
    text = asking.turn.search
    bare = without_places(text, places(text, asking.shelf.regions))
    found = [asking.search(bare, Kind.POLICY, documents=frozenset({document.id})) for document in compared(asking)[:3]]
    found = [part for part in found if part.hits]
    if len(found) < 2:
        return []
    return [hit for rank in range(2) for part in found for hit in _leading(part.hits)[rank : rank + 1]]


def compared(asking: Asking) -> list[Document]:
    """The documents that a comparison names, by place or by title, in the order of naming."""
    text = asking.turn.search
    documents = asking.of_kind(Kind.POLICY)
    fits = asking.shelf.titles.fits(text)
    found: dict[str, Document] = {}
    for place in places(text, asking.shelf.regions):
        inside_place = [at for at, d in enumerate(documents) if d.region and place in short(d.region)]
        if inside_place:
            best = documents[max(inside_place, key=lambda at: fits.get(at, 0.0))]
            found.setdefault(best.id, best)
    for at in sorted((at for at, fit in fits.items() if fit >= NAMED_TITLE), key=lambda at: (-fits[at], at)):
        found.setdefault(documents[at].id, documents[at])
    return list(found.values())


def _compose(
    asking: Asking, citations: Sequence[Citation], quotes: Sequence[Quote], wanted: Shape, *, hedged: bool
) -> str:
    first = citations[0]
    leads = [first]
    if wanted.compares:
        leads = [
            next(citation for citation in citations if citation.document_id == key)
            for key in dict.fromkeys(c.document_id for c in citations)
        ]
    responsible = tuple(dict.fromkeys(quote.responsible for quote in quotes[:2] if quote.responsible))
    lines = [
        "没有字面一致的条款，意思最接近的是下面几条，请核对是否对题：" if hedged else "",
        _assumption(asking, first),
        *(_lead(citation) for citation in leads),
        *dict.fromkeys(warning(citation) for citation in citations),
        _passed(asking, citations, wanted),
        f"责任单位：{responsible[0]}。" if len(responsible) == 1 else "",
        "原文中的个人电话等信息不公开显示。" if _hides(quotes) else "",
        "依据：\n" + sources(citations, asking.shelf),
    ]
    return "\n".join(line for line in lines if line)


def _lead(citation: Citation) -> str:
    """《…》第十二条：“…”[1], with the best run of the clause; without the run where it is long."""
    low, high = citation.highlight or (0, len(citation.quote))
    run = citation.quote[low:high].strip()
    run = run.removeprefix(citation.clause).strip() if len(run) <= 120 else ""
    name = f"{title(citation.document)}{shown_clause(citation.clause)}"
    return f"{name}：“{run}”[{citation.n}]" if run else f"{name}：见下方原文[{citation.n}]。"


def _assumption(asking: Asking, first: Citation) -> str:
    """Names the reading chosen where the question left it open."""
    if asking.turn.subject:
        return f"接着上文，按{title(first.document)}来答："
    return ""


def _passed(asking: Asking, citations: Sequence[Citation], wanted: Shape) -> str:
    """Says so where the day that the answer names is over."""
    first = citations[0]
    document = asking.shelf.by_id.get(first.document_id)
    if document and document.event and document.event < asking.today:
        return f"提示：活动日期 {document.event.isoformat()} 已过（今天是 {asking.today.isoformat()}）。"
    if not wanted.asks_date:
        return ""
    days = dates_in(first.quote, year=first.issued.year if first.issued else None)
    low, high = first.highlight or (0, 0)
    near_days = dates_in(first.quote[low:high], year=first.issued.year if first.issued else None) or days
    day = max(near_days, default=None)
    if day is None or day >= asking.today or day == first.issued:
        return ""
    return f"提示：{day.isoformat()} 已过（今天是 {asking.today.isoformat()}）。"


def _hides(quotes: Sequence[Quote]) -> bool:
    """Whether a number that is masked stands right beside a quote."""
    return any(
        personal[0] - 3 <= quote.span[1] <= personal[1] + 3 or personal[0] - 3 <= quote.span[0] <= personal[1] + 3
        for quote in quotes
        for personal in quote.document.personal
    )


def _cut(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"
