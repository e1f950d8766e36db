"""What may be asked, and the pieces of a Chinese sentence. Pure."""

import re
import unicodedata
from functools import lru_cache

from bot.errors import Invalid, TooLong

MAX_QUESTION_CHARS = 4000
MAX_WORDS_CHARS = 20_000  # of one message, note, reason or field of a solution

_POLITE = re.compile(
    r"^(?:(?:各位|老师|师傅|领导|亲|你好|您好|请问一下|请问|请教一下|请教|想问一下|想问下|问一下|问下|咨询一下|咨询下|麻烦问下|麻烦|打扰一下|打扰了|打扰|hello|hi|嗨|在吗|在不在|早上好|上午好|下午好|晚上好)"
    r"(?:啊|呀|哈|吗|了)?[\s，,。.！!？?~～:：、]*)+",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[？?；;。！!\n]+")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-/]*|[\u3400-\u9fff]")
_EMPTY_WORDS = re.compile(
    r"什么时候|多长时间|怎么样|怎么办|是什么|为什么|有没有|能不能|可不可以|是不是|要不要|请问|哪些|哪个|哪里|哪儿|什么|怎么|怎样|如何|多少|多久|多大|几个|为啥|啥|咋|吗|呢|吧|啊|呀|的|了|是|有|在|要|和|与|或|也|都|就|还|我们|你们|我|你|咱|这个|那个|这|那|它|一下|到底|究竟|需要|可以|能|会|应该|应当"
)


def clean(text: str) -> str:
    """The question as it is searched: surrounding blanks and invisible characters gone, the rest untouched.

    Raises:
        TooLong: more than MAX_QUESTION_CHARS characters, before cleaning.
        Invalid: nothing is left, or it holds a NUL or half a surrogate pair.
    """
    _check_whole(text, "问题")
    if len(text) > MAX_QUESTION_CHARS:
        raise TooLong(f"问题太长（{len(text)} 字），请压缩到 {MAX_QUESTION_CHARS} 字以内再问。")
    kept = _visible(text)
    if not kept:
        raise Invalid("问题是空的，请写一句话再问。")
    return kept


def clean_words(text: str, *, what: str, max_chars: int = MAX_WORDS_CHARS, required: bool = True) -> str:
    """What a person writes in a talk or a form, cleaned like a question; `what` names it in the refusal.

    Raises:
        TooLong: more than `max_chars` characters, before cleaning.
        Invalid: it holds a NUL or half a surrogate pair, or nothing is left of what is required.
    """
    _check_whole(text, what)
    if len(text) > max_chars:
        raise TooLong(f"{what}太长（{len(text)} 字），请压缩到 {max_chars} 字以内再发。")
    kept = _visible(text)
    if required and not kept:
        raise Invalid(f"{what}是空的，请写上再发。")
    return kept


def _check_whole(text: str, what: str) -> None:
    if "\x00" in text:
        raise Invalid(f"{what}里有空字符（NUL），无法处理，请删掉后重新输入。")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise Invalid(f"{what}里有不完整的字符（编码损坏），请重新输入。")


def _visible(text: str) -> str:
    return "".join(
        char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cn")
    ).strip()


def without_greeting(text: str) -> str:
    """The text after 你好, 请问 and the like; unchanged when nothing else is there."""
    rest = _POLITE.sub("", text.strip())
    return rest or text.strip()


def sentences(text: str) -> tuple[str, ...]:
    """The parts between full stops, question marks, semicolons and line ends, stripped, none empty."""
    return tuple(part for piece in _BREAK.split(text) if (part := piece.strip(" \t，,、～~")))


@lru_cache(maxsize=8192)  # the sentences of a clause that is asked for often are taken apart once
def grams(text: str) -> frozenset[str]:
    """Pairs of neighbouring Chinese characters, and Latin words or codes whole, lower case."""
    found: set[str] = set()
    previous, ended = "", -1
    for match in _WORD.finditer(unicodedata.normalize("NFKC", text)):
        word = match.group().lower()
        if word[0] < "\u3400":
            found.add(word)
            previous = ""
            continue
        if previous and match.start() == ended:
            found.add(previous + word)
        previous, ended = word, match.end()
    return frozenset(found)


def codes(text: str) -> tuple[str, ...]:
    """Models, alarms and standards: Latin words that hold a digit, lower case, in order."""
    words = (match.group().lower() for match in _WORD.finditer(unicodedata.normalize("NFKC", text)))
    return tuple(word for word in words if len(word) > 2 and re.search(r"[a-z]", word) and re.search(r"\d", word))


def content(text: str) -> str:
    """The text without question words, pronouns and particles, each gap a blank: what is left names the subject."""
    return re.sub(r"\s+", " ", _EMPTY_WORDS.sub(" ", re.sub(r"[^\w\u3400-\u9fff.\-/]+", " ", text))).strip()
