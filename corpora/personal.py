"""Personal numbers in a text: telephone, identity card, bank card, e-mail. Finds them; who may see them is decided elsewhere."""

import re

from corpora.document import Span
from corpora.noise import merge

_MOBILE = re.compile(r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\d.]\d|\d)")
_AREA_PHONE = re.compile(r"(?<!\d)[（(]?0\d{2,3}[）)]?\s?[-－—]?\s?[2-9]\d{6,7}(?:\s?[-转]\s?\d{1,5})?(?!\d)")
_LOCAL_PHONE = re.compile(r"(?<![\d.〕\]第])[2-9]\d{6,7}(?![\d.年号元万亿个人条项]|\s*[元万亿])")
_CALLS = re.compile(r"电话|联系|咨询|传真|手机|热线|致电|座机|[Tt]el|微信|QQ")
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_OLD_IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{15}(?![0-9A-Za-z])")
_CARD = re.compile(r"(?<![0-9A-Za-z])(?:\d{4}[ -]?){3,4}\d{1,4}(?![0-9A-Za-z])")
_CARD_CONTEXT = re.compile(r"账号|帐号|卡号|银行|开户")
_CONTEXT_CHARS = 30


def find(text: str) -> tuple[Span, ...]:
    """Spans of personal numbers in `text`, ascending and apart.

    Mobile numbers, telephone numbers with an area code, bare seven or eight digits only where a call is spoken of just before, identity
    cards with a right check digit, bank cards that pass Luhn's rule or stand behind 账号, e-mail addresses. The credit code of an
    organisation is public and is not one.
    """
    spans: list[Span] = []
    if any(char.isdigit() for char in text):
        spans += [found.span() for found in _MOBILE.finditer(text)]
        spans += [found.span() for found in _AREA_PHONE.finditer(text)]
        spans += [found.span() for found in _LOCAL_PHONE.finditer(text) if _near(text, found.start(), _CALLS)]
        spans += [found.span() for found in _IDENTITY.finditer(text) if _is_identity(found[0])]
        spans += [
            found.span() for found in _OLD_IDENTITY.finditer(text) if _near(text, found.start(), re.compile("身份证"))
        ]
        spans += [found.span() for found in _CARD.finditer(text) if _is_card(text, found)]
    if "@" in text:
        spans += [found.span() for found in _EMAIL.finditer(text)]
    return merge(spans)


def _near(text: str, at: int, context: re.Pattern[str]) -> bool:
    return bool(context.search(text, max(0, at - _CONTEXT_CHARS), at))


def _is_identity(number: str) -> bool:
    from stdnum.cn import ric

    return bool(ric.is_valid(number.upper()))


def _is_card(text: str, found: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", found[0])
    if not 15 <= len(digits) <= 19 or len(set(digits)) < 3:
        return False
    return _near(text, found.start(), _CARD_CONTEXT) or (
        digits[0] in "3456" and len(digits) in (16, 19) and _passes_luhn(digits)
    )


def _passes_luhn(digits: str) -> bool:
    """Source: ISO/IEC 7812-1 annex B."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if at % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
