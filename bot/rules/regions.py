"""Places in a question and the region of a document. Pure; the list of places is retrieval's."""

import re
from functools import lru_cache

from corpora.regions import PROVINCES
from retrieval.places import named, provinces

_OFFICIAL = re.compile(r"(?:特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|省|市|新区|区|县|州|地区)$")
_NATIONAL = frozenset({"全国", "中国", "国家"})


def short(name: str) -> str:
    """湖南省 as 湖南, 青岛西海岸新区 as 青岛西海岸."""
    return _OFFICIAL.sub("", name) if len(name) > 2 else name


def places(text: str, known: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The places a text names, in short form, first mention first, each once; of 青岛西海岸 and 青岛 only the longer.

    Args:
        known: Regions of the documents at hand, as printed there; their short names and the part after a city (西海岸) are found too.
    """
    found = [(text.find(name), short(name)) for name in named(text)]
    for region in known:
        own = short(region)
        city = next((short(name) for name in named(region) if own.startswith(short(name))), "")
        tail = own[len(city) :].lstrip("市省")
        if own in text:
            found.append((text.find(own), own))
        elif city != own and len(tail) >= 2 and tail in text:
            found.append((text.find(tail), own))
    names = dict.fromkeys(name for _, name in sorted(found))
    return tuple(name for name in names if not any(name != other and name in other for other in names))


@lru_cache(maxsize=4096)  # asked of every document's region in every question
def covers(region: str | None, place: str) -> bool | None:
    """Whether a document of `region` is about `place`: itself, a place inside it, or a place that holds it. None when the document has no region."""
    if not region or region in _NATIONAL:
        return None
    own = short(region)
    if place in own or own in place:
        return True
    same_province = bool(provinces(place) & provinces(region))
    return same_province and not {own, place}.isdisjoint(PROVINCES)


def without_places(text: str, named_places: tuple[str, ...]) -> str:
    """The text without the places, and without the 省 or 市 behind them; unchanged where nothing else is left."""
    rest = text
    for place in named_places:
        rest = re.sub(rf"{re.escape(place)}(?:省|市|新区|区|县)?的?", "", rest)
    return rest if rest.strip(" 和与跟、，？?") else text
