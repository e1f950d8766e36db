"""Characters folded to one form, and the exact tokens of technical text: codes, models, standards, numbers with units.

Folding is one character to one character (width, case, traditional to simplified), so offsets survive it.
"""

import re
from functools import cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]

_PLANE = 0x20000  # code points below this are folded by table; rarer ones are left as they are
_CJK_RANGES = (
    (0x3005, 0x3007),  # 々〆〇
    (0x3041, 0x30FF),  # kana
    (0x3400, 0x9FFF),
    (0xAC00, 0xD7AF),  # hangul
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_JOINS = r"[-./_,:：－—–·]"
_TOKEN = re.compile(rf"[a-z0-9]+(?:{_JOINS}[a-z0-9]+)*%?")
_PARTS = re.compile(r"[a-z0-9]+")
# A standard or an alarm number, up to its first number: GB/T1804-2000, GB/T 1804, ISO 9001, ALM 401.
_SERIES = re.compile(r"[a-z]{1,6}(?:/[a-z]{1,2}\s{0,2}|\s{1,2})[0-9]+")
# The number of an official document: 〔2026〕187号, [2026] 187 号, (2026)第187号.
_DOCUMENT_NUMBER = re.compile(r"[〔\[(【]((?:19|20)\d\d)[〕\])】]\s?第?\s?(\d{1,5})\s?号")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL = re.compile(r"\d+\.\d+")
_TOKEN_BIT = np.uint64(1 << 63)


@cache
def _fold_table() -> Codes:
    import opencc  # 20 ms; only those who index or search pay it

    table = np.arange(_PLANE, dtype=np.uint32)
    for code in range(0xFF01, 0xFF5F):
        table[code] = code - 0xFEE0
    table[0x3000] = table[0x00A0] = 0x20
    for code in range(0x80, 0x250):  # Latin letters with case
        lower = chr(code).lower()
        if len(lower) == 1:
            table[code] = ord(lower)
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    simple = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    for before, after in zip(han, simple, strict=True):
        if len(after) == 1 and ord(after) < _PLANE:
            table[ord(before)] = ord(after)
    upper = np.arange(ord("A"), ord("Z") + 1)
    return np.where((table >= upper[0]) & (table <= upper[-1]), table + 32, table).astype(np.uint32)


@cache
def _cjk_table() -> NDArray[np.bool_]:
    table = np.zeros(0x110000, dtype=np.bool_)
    for first, last in _CJK_RANGES:
        table[first : last + 1] = True
    return table


def fold(text: str) -> Codes:
    """Code points of the text in half width, lower case and simplified characters, one for each character."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)
    table = _fold_table()
    return np.where(codes < _PLANE, table[np.minimum(codes, _PLANE - 1)], codes).astype(np.uint32)


def folded(text: str) -> str:
    """The text itself in folded form, character for character."""
    return fold(text).tobytes().decode("utf-32-le")


def bigrams(codes: Codes) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Keys of neighbouring Chinese characters and where each starts; a lone character is a key of its own."""
    if not len(codes):
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    is_cjk = _cjk_table()[codes]
    right = np.append(is_cjk[1:], False)
    left = np.append(False, is_cjk[:-1])
    pair = np.flatnonzero(is_cjk & right)
    alone = np.flatnonzero(is_cjk & ~right & ~left)
    wide = codes.astype(np.uint64)
    keys = np.concatenate(
        [wide[pair] << np.uint64(21) | wide[np.minimum(pair + 1, len(codes) - 1)], wide[alone] << np.uint64(21)]
    )
    return keys, np.concatenate([pair, alone])


def characters(codes: Codes) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Keys of single Chinese characters, never equal to those of pairs, and where each stands."""
    places = np.flatnonzero(_cjk_table()[codes])
    return codes[places].astype(np.uint64), places


@cache
def _cached_key(token: str) -> int:
    return int.from_bytes(blake2b(token.encode(), digest_size=8).digest(), "big")


def token_key(token: str) -> np.uint64:
    """The key of an exact token; never equal to that of a bigram."""
    return np.uint64(_cached_key(token)) | _TOKEN_BIT


def tokens(text: str) -> list[tuple[str, int]]:
    """Exact tokens of a folded text with the offset where each starts.

    A code gives its parts and itself without separators (`al.50` -> al, 50, al50), a number also itself with the
    character that follows it (2026年, 187号), a document number year and number joined.
    """
    found: list[tuple[str, int]] = []
    for match in _TOKEN.finditer(text):
        found.extend((token, match.start()) for token in _variants(match.group(), text[match.end() : match.end() + 1]))
    for match in _SERIES.finditer(text):
        found.append((re.sub(r"[^a-z0-9]", "", match.group()), match.start()))
    for match in _DOCUMENT_NUMBER.finditer(text):
        found.append((f"〔{match[1]}〕{match[2]}号", match.start()))
    return found


def _variants(token: str, follower: str) -> list[str]:
    bare = token.removesuffix("%")
    percent = [token] if bare != token else []
    if _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    if _DECIMAL.fullmatch(bare):
        return [bare, *percent]
    parts = _PARTS.findall(bare)
    variants = [*parts, *percent]
    if len(parts) > 1:
        variants.append("".join(parts))
    if parts[-1].isdigit() and follower and _cjk_table()[ord(follower)]:
        variants.append(parts[-1] + follower)
    return variants
