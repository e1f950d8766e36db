"""What Telegram makes of a text: HTML read the way its servers read it (core.telegram.org/bots/api#html-style and the open TDLib), and cleaned."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_TEXT = 4096  # UTF-16 units, after the markup was read
MAX_CAPTION = 1024
_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(?P<decimal>\d{1,7})|#x(?P<hex>[0-9A-Fa-f]{1,6})|(?P<name>[A-Za-z]+));?")
_START = re.compile(r"<(?P<name>[A-Za-z][A-Za-z-]*)(?P<rest>(?:\s+[^<>]*)?)>")
_END = re.compile(r"</\s*(?P<name>[A-Za-z-]*)\s*>")
_PLAIN = re.compile("[^&<]*")
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+))""")
_BECOMES_BLANK = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_VANISHES = re.compile("\r|[\u2028-\u202e]|[\u030a\u0333\u033f]")


class CannotParse(ValueError):
    """The markup is refused; the words are those of the description."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A marked span; offset and length in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str = ""

    def as_json(self) -> dict[str, object]:
        """As it stands in a message."""
        found: dict[str, object] = {"type": self.type, "offset": self.offset, "length": self.length}
        return found | ({"url": self.url} if self.url else {})


def units(text: str) -> int:
    """UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cleaned(text: str) -> str:
    """What is left of a text: control characters are blanks, what would turn or cross out the text of others is gone, the ends are trimmed."""
    return _VANISHES.sub("", _BECOMES_BLANK.sub(" ", text)).strip()


def read_html(text: str) -> tuple[str, list[Entity]]:
    """The text without its markup, not cleaned, and what was marked.

    Raises:
        CannotParse: an unknown tag, one that is not closed, or an end without a beginning.
    """
    out: list[str] = []
    open_: list[tuple[str, int, str]] = []
    entities: list[Entity] = []
    place = length = 0

    def put(words: str) -> None:
        nonlocal length
        out.append(words)
        length += units(words)

    while place < len(text):
        char = text[place]
        if char == "&" and (match := _REFERENCE.match(text, place)) and (meant := _meant(match)) is not None:
            put(meant)
            place = match.end()
        elif char != "<":
            end = _PLAIN.match(text, place + 1).end()  # type: ignore[union-attr]
            put(text[place:end])
            place = end
        elif match := _END.match(text, place):
            if not open_:
                raise CannotParse(f"Unexpected end tag at byte offset {_offset(text, place)}")
            tag, begin, url = open_.pop()
            if match["name"] and match["name"].lower() != tag:
                raise CannotParse(
                    f'Unmatched end tag at byte offset {_offset(text, place)}, expected "</{tag}>", found "</{match["name"]}>"'
                )
            if length > begin:
                entities.append(Entity(_TYPES[tag], begin, length - begin, url))
            place = match.end()
        else:
            match = _START.match(text, place)
            tag = match["name"].lower() if match else text[place + 1 : place + 12].split(">")[0]
            if match is None or tag not in _TYPES:
                raise CannotParse(f'Unsupported start tag "{tag}" at byte offset {_offset(text, place)}')
            attributes = {
                found[1].lower(): found[2] or found[3] or found[4] for found in _ATTRIBUTE.finditer(match["rest"])
            }
            if tag == "span" and attributes.get("class") != "tg-spoiler":
                raise CannotParse(f'Tag "span" must have class "tg-spoiler" at byte offset {_offset(text, place)}')
            open_.append((tag, length, attributes.get("href", "")))
            place = match.end()
    if open_:
        raise CannotParse(f'Can\'t find end tag corresponding to start tag "{open_[-1][0]}"')
    return "".join(out), sorted(entities, key=lambda entity: (entity.offset, -entity.length))


def _meant(match: re.Match[str]) -> str | None:
    if match["name"]:
        return _NAMED.get(match["name"])
    code = int(match["decimal"]) if match["decimal"] else int(match["hex"], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else None


def _offset(text: str, place: int) -> int:
    return len(text[:place].encode())
