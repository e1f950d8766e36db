"""Answers from policy documents: one lead sentence, then the clauses word for word."""

from collections.abc import Sequence
from dataclasses import replace

from bot.assistant import documents
from bot.assistant.asking import Asking
from bot.assistant.evidence import (
    Quote,
    cite,
    distinct,
    near,
    passage_chars,
    quotes_of,
    sources,
    title,
    warning,
    whole_unit,
    within,
)
from bot.assistant.shape import EXTRACTED, MAX_ANSWER_CHARS, Answer, Citation, Outcome
from bot.rules.facts import lacking
from bot.rules.intent import Intent
from bot.rules.questions import Shape, dates_in, parts, shape, title_fit, without_titles
from bot.rules.quoting import inside
from bot.rules.regions import covers, places, short
from corpora.document import Document, Kind
from retrieval.protocols import Found, Hit

MAX_CITATIONS = 4
LEAD_CHARS = 360  # kept for the answer's own words
LIST_CHARS = 700  # a list is shown whole up to this
SHORT_CHARS = 150  # a shorter passage is shown with what surrounds it
CLAUSE_CHARS = 300  # up to this
NAMED_TITLE = 2.0  # how much of a title a comparison must name, see `title_fit`
SCORE_GAP = 0.85  # of the way from the best score to the last: what lies beyond is not cited


def search(asking: Asking, text: str | None = None) -> Found:
    """What the policy documents have on the question: originals before digests, the place that is named before others.

    A follow-up is looked for in the documents its subject was about, unless it changes the place.
    """
    turn = asking.turn
    if text is None and turn.subject and not turn.moved:
        return _follow(asking)
    named = documents.named(asking, text or turn.search)
    if named is not None:
        inside_it = asking.search(without_titles(text or turn.search), Kind.POLICY, documents=frozenset({named.id}))
        if inside_it.answered:
            return inside_it
    return _prefer(asking, asking.search(text or turn.search, Kind.POLICY), text or turn.search)


def answer(asking: Asking, found: Found) -> Answer:
    """The answer from what was found, or an honest no."""
    question = asking.turn.search
    wanted = shape(asking.original)
    chosen, confidence = _choose(asking, found, wanted)
    if not chosen:
        return no_answer(asking, found)
    missing = lacking(asking.turn.text, [*(quote.text for quote in chosen), chosen[0].document.number or ""])
    if missing:
        return no_answer(asking, found, reason=f"找到了相关条款，但里面没有写{missing}。")
    quotes = within(chosen, MAX_ANSWER_CHARS - LEAD_CHARS)
    citations = cite(quotes, question=asking.turn.text, shelf=asking.shelf, today=asking.today)
    responsible = tuple(dict.fromkeys(quote.responsible for quote in quotes[:2] if quote.responsible))
    text = _compose(asking, citations, responsible, wanted, quotes)
    while len(text) + sum(len(c.quote) for c in citations) > MAX_ANSWER_CHARS and len(citations) > 1:
        citations, quotes = citations[:-1], quotes[:-1]
        text = _compose(asking, citations, responsible, wanted, quotes)
    del question
    return Answer(
        asking.id,
        Outcome.ANSWERED,
        Intent.POLICY,
        text,
        EXTRACTED,
        confidence=confidence,
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
            "内容相近、但没有直接回答的条款：" + "；".join(f"{title(p.document)}{p.clause}" for p in pointers) + "。"
        )
    lines.append(f"可以换个说法、写出文件名或地区再问；或{asking.call}，请工作人员核实。")
    return asking.unanswered(Intent.POLICY, "\n".join(lines), confidence=found.confidence, near=pointers)


def _follow(asking: Asking) -> Found:
    """Look for a follow-up in the documents that the turns before were about; its own words weigh most."""
    turn = asking.turn
    before = _prefer(asking, asking.search(turn.subject, Kind.POLICY, top_k=5), turn.subject)
    whole = _prefer(asking, asking.search(turn.search, Kind.POLICY), turn.search)
    if not before.hits:
        return whole
    home = frozenset({before.hits[0].document.id})
    own = asking.search(turn.text, Kind.POLICY, documents=home)
    joint = asking.search(turn.search, Kind.POLICY, documents=home)
    if not own.hits:
        return whole
    merged = _fuse((own.hits, 1.0), (joint.hits, 0.8), (whole.hits, 0.3))
    confidence = max(own.confidence, joint.confidence if before.answered else 0.0)
    return Found(merged, confidence, own.answered or (joint.answered and before.answered), own.near or joint.near)


def _fuse(*rankings: tuple[Sequence[Hit], float]) -> tuple[Hit, ...]:
    """Merge rankings by reciprocal rank; scores become the fused ones."""
    scores: dict[str, float] = {}
    hits: dict[str, Hit] = {}
    for ranking, weight in rankings:
        for rank, hit in enumerate(ranking, start=1):
            scores[hit.passage.id] = scores.get(hit.passage.id, 0.0) + weight / (rank + 3)
            hits.setdefault(hit.passage.id, hit)
    return tuple(
        replace(hits[key], score=score) for key, score in sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    )


def _prefer(asking: Asking, found: Found, text: str) -> Found:
    """Apply what stands above scores: originals over digests, and the place that the question names."""
    found = _originals_first(asking, found, text)
    named = places(text, asking.shelf.regions)
    if not named or not found.hits:
        return found
    fitting = [hit for hit in found.hits if any(_about(hit, place) for place in named)]
    if fitting and (fitting[0] is found.hits[0] or len(named) > 1):
        return replace(
            found,
            hits=tuple(
                [hit for hit in found.hits if hit in fitting or covers(hit.document.region, named[0]) is None]
                or fitting
            ),
        )
    home = frozenset(d.id for d in asking.of_kind(Kind.POLICY) if any(covers(d.region, place) for place in named))
    if home:
        return _originals_first(asking, asking.search(text, Kind.POLICY, documents=home), text)
    if covers(found.hits[0].document.region, named[0]) is None and fitting:
        return found
    # A place that no document is about: what was found elsewhere does not answer for it.
    return replace(found, answered=False, near=found.answered or found.near)


def _about(hit: Hit, place: str) -> bool:
    covered = covers(hit.document.region, place)
    return bool(covered) or place in hit.passage.text or place in hit.document.title


def _originals_first(asking: Asking, found: Found, text: str) -> Found:
    originals = frozenset().union(*(asking.shelf.originals(hit.document) for hit in found.hits))
    if not originals:
        return found
    kept = tuple(hit for hit in found.hits if not asking.shelf.originals(hit.document))
    if asking.shelf.originals(found.hits[0].document) and (not kept or kept[0].document.id not in originals):
        again = asking.search(text, Kind.POLICY, documents=originals)
        return (
            replace(found, hits=tuple(dict.fromkeys((*again.hits[:5], *kept))))
            if again.hits
            else replace(found, hits=kept)
        )
    return replace(found, hits=kept)


def _choose(asking: Asking, found: Found, wanted: Shape) -> tuple[list[Quote], float]:
    """The quotes to show, best first, and the confidence. Empty when nothing answers."""
    hits: list[Hit] = []
    confidence = found.confidence
    limit = MAX_CITATIONS
    if wanted.compares:
        hits, limit = _one_each(asking, found), MAX_CITATIONS
    elif len(pieces := parts(asking.original)) > 1 and not asking.turn.subject:
        limit = MAX_CITATIONS
        for piece in pieces:
            part = search(asking, piece)
            if part.answered and part.hits:
                confidence = max(confidence, part.confidence)
                hits.append(part.hits[0])
    if found.answered:
        hits = [*hits, *_leading(found.hits)] if hits else list(_leading(found.hits))
    if not hits:
        return [], confidence
    quotes: list[Quote] = []
    for at, hit in enumerate(_in_force_first(asking, hits)):
        if len(quotes) >= limit:
            break
        if wanted.wants_list and at < 2:
            unit = whole_unit(asking.finder, hit, asking.principal, LIST_CHARS)
        elif passage_chars(hit.passage) < SHORT_CHARS:
            unit = whole_unit(asking.finder, hit, asking.principal, CLAUSE_CHARS)
        else:
            unit = quotes_of(hit)
        quotes = distinct([*quotes, *unit], grow=wanted.wants_list)
    return quotes[:MAX_CITATIONS], confidence


def _leading(hits: Sequence[Hit]) -> list[Hit]:
    """The hits up to the gap, without passages that only repeat a part of a better one."""
    kept: list[Hit] = []
    top, last = hits[0].score, hits[-1].score
    for hit in hits:
        if kept and top > last and (top - hit.score) / (top - last) > SCORE_GAP:
            break
        if any(
            hit.document.id == other.document.id and inside(hit.passage.spans, other.passage.spans) for other in kept
        ):
            continue
        kept.append(hit)
    return kept


def _in_force_first(asking: Asking, hits: Sequence[Hit]) -> list[Hit]:
    """Hits of superseded documents move behind those of documents that are not."""
    return sorted(hits, key=lambda hit: asking.shelf.superseded(hit.document))


def _one_each(asking: Asking, found: Found) -> list[Hit]:
    """For a comparison: the best hit of each of the documents that the question names, at most three."""
    named = compared(asking)
    hits: list[Hit] = []
    for document in named[:3]:
        part = asking.search(asking.turn.search, Kind.POLICY, documents=frozenset({document.id}))
        if part.hits and (part.answered or part.near or found.answered):
            hits.append(part.hits[0])
    return hits if len(hits) > 1 else []


def compared(asking: Asking) -> list[Document]:
    """The documents that a comparison names, by place or by title, in the order of naming."""
    text = asking.turn.search
    documents = asking.of_kind(Kind.POLICY)
    fits = dict(zip((d.id for d in documents), title_fit(text, [d.title for d in documents]), strict=True))
    found: dict[str, Document] = {}
    for place in places(text, asking.shelf.regions):
        inside_place = [d for d in documents if d.region and (short(d.region) == place or place in short(d.region))]
        if inside_place:
            best = max(inside_place, key=lambda d: fits[d.id])
            found.setdefault(best.id, best)
    for document in sorted(documents, key=lambda d: -fits[d.id]):
        if fits[document.id] >= NAMED_TITLE:
            found.setdefault(document.id, document)
    return list(found.values())


def _compose(
    asking: Asking, citations: Sequence[Citation], responsible: Sequence[str], wanted: Shape, quotes: Sequence[Quote]
) -> str:
    first = citations[0]
    low, high = first.highlight or (0, len(first.quote))
    run = first.quote[low:high].strip()
    run = run if len(run) <= 120 else ""
    lead = f"{title(first.document)}{first.clause}："
    lead += f"“{run}”[1]" if run else "见下方原文[1]。"
    lines = [
        _assumption(asking, first),
        lead,
        *dict.fromkeys(warning(citation) for citation in citations),
        _passed(asking, citations, wanted),
    ]
    if len(responsible) == 1:
        lines.append(f"责任单位：{responsible[0]}。")
    if _hides(quotes):
        lines.append("原文中的个人电话等信息不公开显示。")
    lines.append(
        "依据：\n"
        + sources(citations, lambda key: asking.shelf.by_id[key].example if key in asking.shelf.by_id else False)
    )
    return "\n".join(line for line in lines if line)


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
