"""What a trouble is told of, what is wrong with it, and the alarm that is named: families of shop-floor words. Pure.

Two tellings of one trouble share a thing and a fault even where they share no word; tellings of two troubles often share a word (裂) and
neither machine nor part. The words stand in `trouble_words.toml`.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from bot.rules.vocabulary import Vocabulary
from bot.rules.wording import content


@dataclass(frozen=True, slots=True)
class Trouble:
    """The families of words that a text holds."""

    things: frozenset[str]  # machines, parts, processes
    faults: frozenset[str]


@lru_cache(maxsize=4096)  # the heads of the cases are read again for every question
def told(text: str) -> Trouble:
    """The things and the faults that a text tells of; empty where no word is known."""
    return Trouble(_families("things", text), _families("faults", text))


def tells(text: str) -> bool:
    """Whether a machine, a part or a process is named and what is wrong with it: a complaint of the shop floor, whatever else its words are."""
    known = told(text)
    thing = known.things or _ANY_MACHINE.search(_NO_MACHINE.sub("", text))
    return bool(thing and (known.faults or _AMISS.search(text)))


def is_vague(text: str) -> bool:
    """Whether nothing is told but that some machine does not work: 机床报警了, 设备坏了."""
    if told(text).faults or alarms(text) or not _WORKS_NOT.search(text):
        return False
    rest = content(_words()["things"][0].without(_ANY_MACHINE.sub(" ", _WORKS_NOT.sub(" ", text.lower()))))
    return len(_NO_DETAIL.sub("", rest.replace(" ", ""))) <= 1


def unmentioned(text: str, case: str) -> tuple[str, ...]:
    """The machines, parts and processes that a text names and a case nowhere mentions, in the text's words."""
    vocabulary, families = _words()["things"]
    known = told(case).things
    words = vocabulary.words(unicodedata.normalize("NFKC", text).lower())
    nouns = (word for word in words if families[word] and not re.search(r"[的完到]|出来|[上下]去", word))
    return tuple(dict.fromkeys(word for word in nouns if not known.intersection(families[word])))


def alarms(text: str) -> tuple[str, ...]:
    """The alarm codes that a text names (AL.50, E.OC1, SV0401, 报警 414), each in one form, in order; models are none."""
    plain = unicodedata.normalize("NFKC", text)
    found = (match[1] or match[2] for match in _ALARM.finditer(plain))
    return tuple(dict.fromkeys(code for code in map(_normal, found) if code and code not in _NO_ALARM))


def knows_alarm(text: str, alarm: str) -> bool:
    """Whether a case names the alarm itself, or the letters that are its meaning on every make (OC in E.OC1).

    Args:
        text: The case.
        alarm: As `alarms` gives it.
    """
    named = _codes(text)
    letters = re.findall(r"[a-z]{2,}", alarm)
    return alarm in named or any(word.endswith(meaning) and meaning in named for word in letters for meaning in _MEANT)


_WORKS_NOT = re.compile(
    r"(?:老是?|总是?|又|一直|突然)*(?:报警|报错|坏|出(?:了)?(?:问题|毛病|故障)|有(?:问题|毛病|故障)|故障|不行|不正常|停了|动不了|不动|用不了|不好用|异常)了?"
)
_NO_DETAIL = re.compile(
    r"设备|机器|机床|机子|产线|东西|产品|这台|那台|一台|厂里|车间|今天|昨天|现在|帮忙|看看|急|老|什么|都|师傅|老师|怎么办|咋办"
)
_ANY_MACHINE = re.compile(r"[一-鿿]{1,4}机(?![会密关理制构械能油遇])")
_NO_MACHINE = re.compile(
    r"手机号?|司机|随机|有机|危机|时机|动机|契机|待机|停机|开机|关机|死机|机会|主机厂|装机|上机|人机|投机|转机|飞机|拍照"
)
_AMISS = re.compile(
    r"老是?(?![师板化工旧])|总是?(?![线装体闸成])|经常|时不时|偶尔|突然|忽然|坏了|不动|不转|没反应|不稳|不准|报警|故障|异响|不出来|断断续续|三天两头|一直(?=[^是在])"
)
_CODE = r"(?:[A-Za-z]{1,5}[.\-\s]{0,2}\d[A-Za-z0-9]*(?:[.\-][A-Za-z0-9]+)?|[A-Za-z]{1,2}\.[A-Za-z]{1,3}\d{0,2}|[A-Z]{2,4}(?![A-Za-z])|\d{3,6}(?![\d.]))"
_ALARM = re.compile(
    rf"(?:报警?|故障码?|代码|报错|错误|提示|跳出?|显示)(?:代码|号|码|是|为|出|了|个|的|[:：\s])*({_CODE})"
    r"|(?<![A-Za-z0-9])((?:AL|E|Er|Err|SV|SP|PS|EX|OT|SRVO|MOTN|Alarm)[.\-]\s?[A-Za-z]{0,3}\d{1,4}|(?:SV|SP|PS|EX|OT)\s?\d{3,4}(?=\s?(?:号|报)))"
)
_NOTHING = "nothing"  # words that only hold a word of some family: 影响 is no noise
_NO_ALARM = frozenset({"ng", "ok", "plc", "mes", "erp", "cpk", "hmi", "agv", "cad"})
# Abbreviations that drives of every make use for the same thing: over current, over load, over voltage, under voltage, over heat.
_MEANT = frozenset({"oc", "ol", "ov", "uv", "lu", "oh"})


def _normal(code: str) -> str:
    """One form for AL.050, AL-50 and al 50."""
    bare = re.sub(r"[^a-z0-9]", "", code.lower())
    return re.sub(r"(?<!\d)0+(?=\d)", "", bare)


@lru_cache(maxsize=1024)
def _codes(text: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKC", text)
    return frozenset(_normal(code) for code in re.findall(r"[A-Za-z0-9]+(?:[.\-][A-Za-z0-9]+)*", plain))


@cache
def _words() -> Mapping[str, tuple[Vocabulary, Mapping[str, tuple[str, ...]]]]:
    """For things and for faults: the words, and the families of each."""
    stored = tomllib.loads(files("bot.rules").joinpath("trouble_words.toml").read_text(encoding="utf-8"))
    read = {}
    for sort, families in stored.items():
        of_word: dict[str, tuple[str, ...]] = {}
        for family, words in families.items():
            for word in unicodedata.normalize("NFKC", words).lower().split():
                of_word[word] = (*of_word.get(word, ()), *(() if family == _NOTHING else (family,)))
        read[sort] = (Vocabulary(of_word), of_word)
    return read


def _families(sort: str, text: str) -> frozenset[str]:
    vocabulary, families = _words()[sort]
    plain = unicodedata.normalize("NFKC", text).lower()
    return frozenset(family for word in vocabulary.words(plain) for family in families[word])
