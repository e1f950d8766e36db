"""Whether a firm may apply: which regulation is meant, its conditions as citations, and the answer that lists them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.assistant.asking import Asking
from bot.assistant.evidence import Quote, cite, shown_clause, sources, title, warning, within
from bot.assistant.shape import EXTRACTED, MAX_ANSWER_CHARS, Answer, Citation, Near, Outcome
from bot.rules import conditions
from bot.rules.conditions import Condition, Conditions, Mode
from bot.rules.eligibility import asks_whether_we_may, stated_place, telling_target
from bot.rules.intent import Intent
from bot.rules.regions import covers, places, without_places
from bot.rules.wording import grams
from corpora.document import Document, Kind

SEARCHED = 20  # passages, for the documents that may be meant
LOOKED_INTO = 8  # documents
FITS = 0.6  # of the pairs of characters of what is applied for, in a title or above a list
CLOSE = 0.3  # of the best fit: further documents are not meant
MAX_MEANT = 4
CERTAIN = 0.9  # the conditions are read from the document's structure, not guessed from a search
LEAD_CHARS = 420
_PEOPLE = ("师", "员", "人才", "专家", "个人", "人员")


@dataclass(frozen=True, slots=True)
class Checklist:
    """The conditions of one document, ready to be cited."""

    document: Document
    lists: tuple[Conditions, ...]  # without scored ones
    citations: Mapping[str, Citation]  # by the key of the condition; all numbered 1
    materials: Citation | None = None
    scored: Conditions | None = None
    note: str = ""  # about validity, where there is something to say
    elsewhere: bool = False  # it is of another place than the firm's

    @property
    def name(self) -> str:
        """The title in its marks."""
        return title(self.document.title)

    @property
    def choices(self) -> tuple[str, ...]:
        """Names of the things that can be applied for, each with conditions of its own; empty where there is one."""
        return tuple(one.name for one in self.lists if one.mode is Mode.CHOICE)

    def items(self, chosen: Sequence[str] = ()) -> tuple[tuple[Conditions, Condition], ...]:
        """The conditions in order, each with its list; of the choices only those that are chosen."""
        return tuple(
            (one, item) for one in self.lists if one.mode is not Mode.CHOICE or one.name in chosen for item in one.items
        )


def answer(asking: Asking) -> Answer | None:
    """The conditions as a list where somebody asks whether the own firm may apply; None for any other question."""
    if not asks_whether_we_may(asking.original):
        return None
    found = checklists(asking)
    if not found:
        return None
    return _elsewhere(asking, found[0]) if found[0].elsewhere else _listed(asking, found)


def checklists(asking: Asking) -> tuple[Checklist, ...]:
    """The documents that may be meant, best first: what is applied for stands in the title or above a list of conditions.

    Several are left only where the words do not tell which is meant: they are of different places, or for different things.
    """
    text = asking.original
    target = without_places(telling_target(text), places(text, asking.shelf.regions)).strip()
    if not target and asking.turn.subject:
        target = telling_target(asking.turn.subject)
    ranked: list[tuple[float, int, Checklist]] = []
    home = _home(asking)
    for at, document in enumerate(_candidates(asking, target or text)):
        made = checklist(asking, document)
        if made is None:
            continue
        fit, lists = _fit(target, made)
        if fit < FITS:
            continue
        elsewhere = bool(home) and not any(covers(document.region, place) is not False for place in home)
        made = replace(made, lists=lists, elsewhere=elsewhere)
        ranked.append((fit + 0.5 * (not asking.shelf.superseded(document)) - elsewhere, at, made))
    ranked.sort(key=lambda one: (-one[0], one[1]))
    best = ranked[0][0] if ranked else 0.0
    kept = {(made.name, made.document.region): made for fit, _, made in reversed(ranked) if fit > best - CLOSE}
    return tuple(reversed(kept.values()))[:MAX_MEANT]


def checklist(asking: Asking, document: Document) -> Checklist | None:
    """The conditions of one document; None where it sets none."""
    whole = asking.whole(document)
    lists = conditions.find(whole)
    hard = tuple(one for one in lists if one.mode is not Mode.SCORED)
    scored = next((one for one in lists if one.mode is Mode.SCORED), None)
    if not any(one.mode is not Mode.NONE for one in hard):
        hard = (replace(scored, mode=Mode.ALL), *hard) if scored else ()
        scored = None
    if not hard:
        return None
    cited = {item.key: _cited(asking, whole, item) for one in hard for item in one.items}
    papers = conditions.materials(whole)
    first = next(iter(cited.values()))
    return Checklist(
        document,
        hard,
        cited,
        _cited(asking, whole, papers) if papers else None,
        scored,
        warning(first),
    )


def _cited(asking: Asking, document: Document, item: Condition) -> Citation:
    quote = Quote(document, item.clause, item.spans[0], _page(document, item.spans[0][0]), highlight=(0, 0))
    return cite([quote], question="", shelf=asking.shelf, today=asking.today)[0]


def _page(document: Document, at: int) -> int | None:
    return max((page for start, page in document.pages if start <= at), default=None)


def _home(asking: Asking) -> tuple[str, ...]:
    """Places that the question names, else where the firm said that it is."""
    named = places(asking.original, asking.shelf.regions)
    if named:
        return named
    for words in (*reversed(asking.prev),):
        if place := stated_place(words):
            return (place,)
    return ()


def _candidates(asking: Asking, target: str) -> Iterable[Document]:
    documents = asking.of_kind(Kind.POLICY)
    fits = asking.shelf.titles.fits(target)
    titled = [documents[at] for at in sorted(fits, key=lambda at: (-fits[at], at))[: LOOKED_INTO // 2]]
    found = asking.search(f"{target} 申报条件 应当具备 基本要求", Kind.POLICY, top_k=SEARCHED)
    known = {document.id for document in documents}
    hits = [hit.document for hit in found.hits if hit.document.id in known]
    return list({document.id: document for document in [*titled, *hits]}.values())[:LOOKED_INTO]


def _fit(target: str, made: Checklist) -> tuple[float, tuple[Conditions, ...]]:
    """How far what is applied for is the document's subject, and the lists that are about it."""
    if not target:
        return FITS, made.lists
    wanted = grams(target)
    own = _share(wanted, made.document.title)
    if any(target.endswith(word) for word in _PEOPLE) and not made.document.title.endswith(target):
        own = min(own, FITS / 2)  # an engineer is not the centre of engineers
    of_lists = {at: _share(wanted, one.name) for at, one in enumerate(made.lists)}
    closest = max(of_lists.values(), default=0.0)
    if own >= FITS or closest < FITS:
        return own, made.lists
    lists = tuple(one for at, one in enumerate(made.lists) if of_lists[at] == closest or one.mode is Mode.NONE)
    return 0.9 * closest, lists


def _share(wanted: frozenset[str], text: str) -> float:
    return len(wanted & grams(text)) / len(wanted) if wanted else 0.0


# --- the answer that lists them -------------------------------------------------------------------------------------------------------


def _listed(asking: Asking, found: Sequence[Checklist]) -> Answer:
    first = found[0]
    items = [(one, item) for one, item in first.items() if one.mode is not Mode.NONE] or [
        (one, item) for one, item in first.items(first.choices[:1])
    ]
    grounds = [(one, item) for one, item in first.items() if one.mode is Mode.NONE]
    whole = asking.whole(first.document)
    quotes = [
        Quote(whole, item.clause, item.spans[0], _page(whole, item.spans[0][0]), highlight=(0, 0))
        for _, item in [*items, *grounds]
    ]
    room = MAX_ANSWER_CHARS - LEAD_CHARS
    shown = within(quotes, room)
    if first.materials and sum(len(quote.text) for quote in shown) < room - len(first.materials.quote):
        shown.append(Quote(whole, first.materials.clause, first.materials.span, first.materials.page, highlight=(0, 0)))
    while True:
        citations = cite(shown, question=asking.turn.text, shelf=asking.shelf, today=asking.today)
        text = _words(asking, found, citations, len(items), len(grounds))
        if len(shown) == 1 or len(text) + sum(len(quote.text) for quote in shown) <= MAX_ANSWER_CHARS:
            break
        shown = shown[:-1]
    return Answer(
        asking.id, Outcome.ANSWERED, Intent.POLICY, text, EXTRACTED, confidence=CERTAIN, citations=citations,
        suggestions=("转人工",),
    )  # fmt: skip


def _elsewhere(asking: Asking, made: Checklist) -> Answer:
    """An honest no: conditions of that kind are only known of another place."""
    places_named = "、".join(_home(asking))
    first = made.lists[0]
    text = (
        f"没有收录{places_named}的这方面条件。收录的是{made.document.region}的：{made.name}{shown_clause(first.clause)}，各地不通用。\n"
        f"可以向{places_named}的主管部门问清；或{asking.call}，请工作人员核实。"
    )
    near = (
        Near(
            made.document.title,
            made.document.number,
            first.clause,
            made.document.source,
            made.document.id,
            first.items[0].spans[0],
        ),
    )
    return asking.unanswered(Intent.POLICY, text, confidence=1 - CERTAIN, near=near)


def _words(
    asking: Asking, found: Sequence[Checklist], citations: Sequence[Citation], conditions: int, grounds: int
) -> str:
    first = found[0]
    region = f"（{first.document.region}）" if first.document.region else ""
    any_of = any(one.mode is Mode.ANY for one in first.lists)
    how = "符合其中一条" if any_of else "都符合"
    lines = [f"能不能申报，要看{first.name}{region}的条件是不是{how}，共 {conditions} 条，逐条见下方。"]
    if grounds:
        lines.append("有文件写明的情形会取消资格，也列在下方。")
    if first.choices:
        lines.append(f"按申报的内容还各有要求：{'、'.join(first.choices)}。")
    if first.materials and any(one.span == first.materials.span for one in citations):
        lines.append(f"要准备的材料见{shown_clause(first.materials.clause)}。")
    others = [f"{made.name}（{made.document.region}）" for made in found[1:] if made.document.region]
    if others:
        lines.append(f"别的地方的条件不同：{'、'.join(others[:2])}，请说明在哪里申报。")
    if first.note:
        lines.append(first.note)
    return "\n".join([*lines, "依据：", sources(citations, asking.shelf)])
