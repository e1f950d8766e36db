"""Which documents a question is about where several say the same: those of the place that is meant, and those that are in force."""

from dataclasses import dataclass, fields, replace
from datetime import date

from bot.assistant import documents
from bot.assistant.asking import Asking
from bot.assistant.evidence import Shelf, digits
from bot.rules.moments import asked_moment
from bot.rules.regions import covers, places
from bot.rules.wording import grams
from corpora.document import Document, Kind, Status
from corpora.validity import status_on
from retrieval.protocols import Found

SURE = 0.8  # confidence from which what was found elsewhere answers as well
LEAST_SHARE = 0.3  # of the question's pairs of characters: from which a passage plainly speaks of what is asked
NEARLY = 0.75  # of what the best passage of all says
OUT_OF_FORCE = frozenset({Status.EXPIRED, Status.SUPERSEDED, Status.DRAFT, Status.NOT_YET})
NAMED_TITLE = 2.0  # how much of a title a question must name to be about that document, see `Titles.fits`
MIN_DIGITS = 4  # a year alone is no number of a document


@dataclass(frozen=True, slots=True)
class Home:
    """The place that is meant where the question names none, and who says so."""

    place: str  # 湖南, 青岛西海岸
    why: str  # 您前面说的, 您企业所在地, 中心所在地


@dataclass(frozen=True, slots=True)
class AtHome(Found):
    """What was found of one place, because it was taken to be meant and other places say something, too."""

    home: Home | None = None


def home(asking: Asking) -> Home | None:
    """The place that the talk named last, else where the asker's firm is, else where the centre is; None where the question names one."""
    known = asking.shelf.regions
    if places(asking.turn.search, known):
        return None
    for said in reversed(asking.prev):
        if named := places(said, known):
            return Home(named[-1], "您前面说的")
    for region, why in ((asking.firm_region(), "您企业所在地"), (asking.profile.region, "中心所在地")):
        named = places(region or "", known)
        if named:
            return Home(named[0], why)
    return None


def at_home(asking: Asking, found: Found, text: str) -> Found:
    """Keep to the home where its documents answer; what holds everywhere stays, what only other places say goes."""
    meant = home(asking)
    if meant is None or not found.hits:
        return found
    elsewhere = [hit for hit in found.hits if covers(hit.document.region, meant.place) is False]
    if not elsewhere:
        return found
    if found.hits[0] not in elsewhere:
        return _assumed(replace(found, hits=tuple(hit for hit in found.hits if hit not in elsewhere)), meant)
    own = asking.shelf.about((meant.place,))
    inner = asking.search(text, Kind.POLICY, documents=own, after=found) if own else Found()
    return _assumed(inner, meant) if _says_as_much(asking, inner, found) else found


def _assumed(found: Found, meant: Home) -> "AtHome":
    held = {each.name: getattr(found, each.name) for each in fields(Found)}
    return AtHome(**held, home=meant)


def in_force_first(asking: Asking, found: Found, text: str) -> Found:
    """What is in force (at the time asked for) before what is not, as long as it answers as surely."""
    if not found.hits or not _is_out(asking, found.hits[0].document):
        return found
    regions = {hit.document.region for hit in found.hits if not _is_out(asking, hit.document)}
    first = found.hits[0].document.region
    holding = frozenset(
        document.id
        for document in asking.of_kind(Kind.POLICY)
        if not _is_out(asking, document) and document.region == first
    )
    if not holding or first not in regions:
        return found
    inner = asking.search(text, Kind.POLICY, documents=holding, after=found)
    if not _says_as_much(asking, inner, found):
        return found
    last = inner.hits[-1].score
    behind = tuple(replace(hit, score=last) for hit in found.hits if hit.document.id not in holding)
    return replace(inner, hits=(*inner.hits, *behind))


def _is_out(asking: Asking, document: Document) -> bool:
    moment = asked_moment(asking.original, asking.today)
    if moment is None:
        return asking.shelf.status(document, asking.today) in OUT_OF_FORCE
    return status_on(document, _day(moment.first, moment.last, document)) in OUT_OF_FORCE


def _day(first: date, last: date, document: Document) -> date:
    """Of a span the day on which the document has the best chance to hold."""
    start = document.effective or document.issued
    return max(first, start) if start and first <= start <= last else first


def successor(shelf: Shelf, document: Document) -> Document | None:
    """The document here that says it replaces this one, by number or title."""
    number = digits(document.number or "")
    for other in shelf.documents:
        for name in other.replaces if other.id != document.id else ():
            told = digits(name)
            if len(told) > MIN_DIGITS and len(number) > MIN_DIGITS and told == number or document.title in name:
                return other
    return None


def sides(asking: Asking, found: Found) -> list[Found]:
    """What each region says on a question that several regulate and that names none of them, best first; empty where one alone does.

    Each part holds the hits of one region, and what holds everywhere stays with the first.
    """
    if not found.hits or not found.answered or found.confidence < SURE or home(asking) is not None:
        return []
    if asking.turn.subject or places(asking.turn.search, asking.shelf.regions):
        return []
    if _named(asking) or not (first := found.hits[0].document.region):
        return []
    regions = (hit.document.region for hit in found.hits)
    others = list(dict.fromkeys(region for region in regions if region and not _same(region, first)))
    parts = [replace(found, hits=tuple(hit for hit in found.hits if hit.document.region not in others))]
    for region in others:
        own = frozenset(
            document.id
            for document in asking.of_kind(Kind.POLICY)
            if document.region == region and not _is_out(asking, document)
        )
        inner = asking.search(asking.turn.search, Kind.POLICY, documents=own, after=found) if own else Found()
        if inner.confidence >= SURE and _says_as_much(asking, inner, found, least=LEAST_SHARE):
            parts.append(inner)
    return parts if len(parts) > 1 else []


def _says_as_much(asking: Asking, inner: Found, found: Found, *, least: float = 0.0) -> bool:
    """Whether a search in some documents answers as surely as the one in all, in words as near to the question's.

    The probability alone does not tell: searched by itself, a document about something else has a best passage, too.
    """
    if not inner.hits or not inner.answered or inner.confidence < min(SURE, found.confidence):
        return False
    wanted = grams(asking.turn.search)
    shares = [len(wanted & grams(part.hits[0].passage.text)) / max(1, len(wanted)) for part in (inner, found)]
    return shares[0] >= max(least, NEARLY * shares[1])


def _named(asking: Asking) -> bool:
    """Whether the question names one of the documents, in full or by enough of its title."""
    text = asking.turn.search
    return (
        documents.named(asking, text) is not None
        or max(asking.shelf.titles.fits(text).values(), default=0.0) >= NAMED_TITLE
    )


def _same(region: str, other: str) -> bool:
    return any(covers(region, place) for place in places(other) or (other,))
