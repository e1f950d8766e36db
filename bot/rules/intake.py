"""From free talk to a structured demand: what was said, what is still worth asking, and how it is shown. Pure.

A fact is always a slice of the message that it came from, so that a person can look it up. The codes are those of `triage.QUESTIONS`, and
`symptom`, what is wrong, for a technical problem. Rules of words; a model may later do the same behind the same functions.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from types import MappingProxyType

from bot.rules import phrases
from bot.rules.intent import Intent, read
from bot.rules.triage import DOMAIN_NAMES, QUESTIONS, WITH_MATERIAL, Demand, Domain, Urgency, domain_scores, knows
from bot.rules.troubles import told
from bot.rules.wording import content, without_greeting
from corpora.personal import find

SYMPTOM = "symptom"
ATTACHED = "attachments"  # how many photos and files were sent; counted, not asked for
MAX_TITLE_CHARS = 30
MAX_VALUE_CHARS = 300
_MAX_SYMPTOM_CHARS = 60  # of several troubles told in one breath
MAX_READ_CHARS = 4000  # of a message; what is longer is a log or a paste and stands in the talk
UNKNOWN = "不清楚"  # shown where a question was passed over

DEMAND_NAMES: Mapping[str, str] = MappingProxyType(
    {
        Demand.PROBLEM: "技术难题",
        Demand.TALENT_GAP: "人才缺口",
        Demand.TRAINING: "定制培训",
        Demand.TESTING: "检测检验",
        Demand.TRANSFER: "成果转化",
        Demand.STANDARD: "标准研制",
    }
)
URGENCY_NAMES: Mapping[str, str] = MappingProxyType(
    {Urgency.CRITICAL: "危险，立即处理", Urgency.HIGH: "紧急", Urgency.NORMAL: "一般", Urgency.LOW: "不急"}
)
LABELS: Mapping[str, str] = MappingProxyType(
    {
        SYMPTOM: "现象",
        "equipment": "设备",
        "model": "型号",
        "material": "材料",
        "since_when": "何时开始",
        "tried": "试过",
        "effect": "影响",
        "skill": "需要的人",
        "headcount": "人数",
        "term": "合作期限",
        "topic": "培训内容",
        "schedule": "希望的时间",
        "items": "检测项目",
        "basis": "依据",
        "deadline": "何时要结果",
        "result": "成果",
        "stage": "进展",
        "rights": "权属",
        "cooperation": "合作方式",
        "subject": "标准对象",
        "level": "标准级别",
        "contact": "联系方式",
        ATTACHED: "照片/附件",
    }
)
SYMPTOM_QUESTION = "请用一两句话说说：什么东西出了什么问题？"
# Equipment and model tell which engineer can help at all, the beginning and what changed then narrow the causes most, what was tried spares
# a useless first visit; effect often shows in the talk, and a telephone is mostly known from the account.
_ORDER = (SYMPTOM, "equipment", "model", "since_when", "tried", "material", "effect")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was said. `value` is a slice of the message with the id `message`; empty where the firm passed the question over."""

    code: str
    value: str
    message: str

    @property
    def skipped(self) -> bool:
        """Whether it was asked and the firm does not know or will not say."""
        return not self.value


def codes(demand: Demand, domain: Domain) -> tuple[str, ...]:
    """The facts that matter for such a demand, in the order in which they are shown."""
    asked = tuple(code for code in QUESTIONS[demand] if not _needless(code, demand, domain))
    return (SYMPTOM, *asked) if demand is Demand.PROBLEM else asked


def shown(facts: Collection[str], demand: Demand, domain: Domain) -> tuple[str, ...]:
    """The facts that matter, and a material that was told though nobody asks for it in this trade; in the order in which they are shown."""
    wanted = codes(demand, domain)
    return wanted if "material" in wanted or "material" not in facts else (*wanted[:-1], "material", *wanted[-1:])


_BLANKS = re.compile(r"[^\S\n]{2,}")  # a pasted table; the patterns would try each of them as a beginning


def extract(
    messages: Sequence[tuple[str, str]],
    demand: Demand,
    domain: Domain,
    *,
    answering: Mapping[str, str | Sequence[str]] = MappingProxyType({}),
) -> dict[str, Fact]:
    """The facts that the firm's messages give, by code.

    A later statement replaces an earlier one where it is more exact (MA1600 after 海天), or where it answers the question. What answers a
    question counts for it even when no word is known, except small talk and calls for a person; 不知道 marks the code as passed over.

    Args:
        messages: Id and text, oldest first; the firm's own only.
        answering: The code, or the codes, that were asked just before a message, by its id.
    """
    facts: dict[str, Fact] = {}
    ranks: dict[str, _Rank] = {}
    for message, text in messages:
        text = _BLANKS.sub(" ", text[:MAX_READ_CHARS])
        asked = answering.get(message, ())
        asked = (asked,) if isinstance(asked, str) else tuple(asked)
        if asked and phrases.is_skip(text):
            facts.update({code: Fact(code, "", message) for code in asked if code not in facts})
            continue
        correction, rest = _correction(facts, message, text, demand, domain), text
        if correction:
            fact, end = correction
            facts[fact.code], ranks[fact.code] = fact, _Rank.ANSWER
            asked, rest = (), text[end:]
        for code, (rank, value) in _read(rest, demand, domain, asked).items():
            if code in asked and rank is _Rank.EXACT:
                rank = _Rank.ANSWER
            if rank is _Rank.GUESS and ((asked and code not in asked) or correction):
                continue  # what answers another question is no symptom
            if code not in facts or rank > ranks.get(code, _Rank.NONE):
                facts[code], ranks[code] = Fact(code, value, message), rank
    return facts


def correct(facts: Mapping[str, Fact], message_id: str, text: str, demand: Demand, domain: Domain) -> dict[str, Fact]:
    """The facts after a correction such as 材料不是 PP 是 ABS or 型号写错了，是 MA1600; unchanged where the text corrects none.

    Which fact is meant is told by its name, else by the old value, else by what kind of thing the new value is.
    """
    correction = _correction(facts, message_id, text, demand, domain)
    return {**facts, correction[0].code: correction[0]} if correction else dict(facts)


def next_questions(
    facts: Mapping[str, Fact],
    demand: Demand,
    domain: Domain,
    *,
    asked: Collection[str] = (),
    known: Collection[str] = (),
    limit: int = 2,
) -> tuple[tuple[str, str], ...]:
    """What to ask now: code and question, the most useful first, at most `limit`.

    Args:
        facts: What was said; what was passed over is not asked again.
        asked: Codes that were asked before, answered or not.
        known: Codes that are known from elsewhere: `contact` where the account holds a telephone.
    """
    open_codes = [
        code for code in codes(demand, domain) if code not in facts and code not in asked and code not in known
    ]
    if demand is Demand.PROBLEM:
        open_codes.sort(key=lambda code: _ORDER.index(code) if code in _ORDER else len(_ORDER))
    questions = {SYMPTOM: SYMPTOM_QUESTION, **QUESTIONS[demand]}
    return tuple((code, questions[code]) for code in open_codes[:limit])


def summary(facts: Mapping[str, Fact], demand: Demand, domain: Domain, urgency: Urgency) -> tuple[tuple[str, str], ...]:
    """Label and value for people, in the order of `codes`, closed by trade and urgency; what was passed over is 不清楚, what was not said is left out."""
    lines = [(LABELS[code], facts[code].value or UNKNOWN) for code in shown(facts, demand, domain) if code in facts]
    return (
        *lines,
        ("类别", f"{DEMAND_NAMES[demand]} · {DOMAIN_NAMES[domain]}"),
        ("紧急程度", URGENCY_NAMES[urgency]),
    )


def completeness(facts: Mapping[str, Fact], demand: Demand, domain: Domain) -> float:
    """The share, 0 to 1, of the facts that matter and are given; what was passed over is not given."""
    wanted = codes(demand, domain)
    return sum(code in facts and not facts[code].skipped for code in wanted) / len(wanted)


def title(text: str) -> str:
    """What it is about in at most MAX_TITLE_CHARS characters, for lists: the first clause that tells of the trouble, without personal numbers."""
    spans = [
        clause
        for clause in _clauses(text[:MAX_READ_CHARS])
        if not find(clause) and not _NAME.search(clause) and not _chatter(clause)
    ]
    troubles = [clause for clause in dict.fromkeys(spans) if _states_trouble(clause)]
    others = [clause for clause in troubles[1:] if _is_whole(clause)]
    fitting = "；".join([*troubles[:1], *others[:1]])
    told = fitting if len(fitting) <= MAX_TITLE_CHARS else next(iter(troubles), None)
    chosen = re.sub(r"\s+", " ", told or next(iter(spans), "")).strip()
    if not chosen:
        return "（未说明）"
    return chosen if len(chosen) <= MAX_TITLE_CHARS else chosen[: MAX_TITLE_CHARS - 1] + "…"


# --- reading one message --------------------------------------------------------------------------------------------------------------


class _Rank(IntEnum):
    """How well a statement is founded; the higher replaces the lower."""

    NONE = 0
    GUESS = 1  # the first thing that was said at all
    VAGUE = 2  # a word of its kind
    TAKEN = 3  # an answer in which nothing exact is known
    EXACT = 4  # a name, a grade, a number, a time
    ANSWER = 5  # exact, and asked for


@lru_cache(maxsize=4096)  # a draft's earlier messages are read again at every turn
def _read(text: str, demand: Demand, domain: Domain, asked: tuple[str, ...]) -> Mapping[str, tuple[_Rank, str]]:
    idle = read(text[:400]).intent in _NO_STATEMENT
    if idle and not asked and not find(text):
        return MappingProxyType({})
    clauses = [clause for clause in _clauses(text) if not _chatter(clause)]
    found: dict[str, tuple[_Rank, str]] = {}
    for code in codes(demand, domain):
        if code == SYMPTOM:
            statement = _symptom(text, clauses)
        else:
            statement = _statement(code, text, clauses, demand, domain)
        if statement:
            found[code] = statement
    answer = next((code for code in asked if code not in found or found[code][0] <= _Rank.VAGUE), None)
    if (
        answer
        and clauses
        and not idle
        and not _asks_back(text)
        and not all(_other_fact(clause, answer, found) for clause in clauses)
        and _could_answer(answer, _span(text, clauses[0], clauses[-1]))
    ):
        found[answer] = (_Rank.TAKEN, _span(text, clauses[0], clauses[-1]))
    return MappingProxyType({code: (rank, value[:MAX_VALUE_CHARS]) for code, (rank, value) in found.items()})


def _could_answer(code: str, words: str) -> bool:
    """Whether words in which nothing exact is known may still be what was asked: a beginning is a time or something that was done, a model
    has letters, a number or a maker, or is none at all."""
    if code == "since_when":
        return bool(_LIKE_A_BEGINNING.search(words))
    return code != "model" or bool(_LIKE_A_MODEL.search(words) or _POWER.search(words))


_NO_STATEMENT = (Intent.CHITCHAT, Intent.SERVICE, Intent.STATUS, Intent.OUT_OF_SCOPE)
_RUNS = frozenset(
    {"since_when", "tried", "effect", "contact", "skill", "items", "result"}
)  # several clauses in a row say it together


def _statement(
    code: str, text: str, clauses: Sequence[str], demand: Demand, domain: Domain
) -> tuple[_Rank, str] | None:
    """The best slice that states the fact: an exact one anywhere before a vague one anywhere."""
    for clause in clauses:
        exact = _exact(code, clause)
        if exact and code not in _RUNS:
            return _Rank.EXACT, exact
    maker = next((found[0] for clause in clauses if (found := re.search(_BRAND, clause, re.IGNORECASE))), "")
    if code == "model" and maker:
        return _Rank.VAGUE, maker
    said = [clause for clause in clauses if _says(code, clause, demand, domain)]
    if not said:
        return None
    last = said[0]
    if code in _RUNS:
        for before, after in zip(clauses, clauses[1:], strict=False):
            if before is last and any(after is one for one in said):
                last = after
    value = _span(text, said[0], last)
    certain = bool(_exact(code, value)) or (code == "effect" and bool(re.search(r"\d", value)))
    return (_Rank.EXACT if certain else _Rank.VAGUE), value


def _says(code: str, clause: str, demand: Demand, domain: Domain) -> bool:
    if code in ("topic", "subject"):
        return bool(domain_scores(clause))
    if code == "since_when" and _DUE.search(clause):
        return False
    if (code == "contact" and _NAME.search(clause)) or (code == "effect" and _RATE.search(clause)):
        return True
    if code == "tried" and _DONE.search(clause):
        return True
    bare = _masked(clause) if code == "model" else clause
    if code in _NOT_SAYING:
        bare = _NOT_SAYING[code].sub("", bare)
    return bool(_exact(code, clause)) or knows(code, bare, demand, domain)


def _symptom(text: str, clauses: Sequence[str]) -> tuple[_Rank, str] | None:
    """What is wrong: the clause that says so, or the stretch from the first such one to the last where there are several."""
    troubles = [clause for clause in clauses if _states_trouble(clause) and not _NAME.search(clause)]
    if troubles:
        clear = [clause for clause in troubles if len(_substance(clause)) > 2 or _is_whole(clause)]
        if not clear:
            return _Rank.VAGUE, troubles[0]
        whole = _span(text, clear[0], clear[-1])
        several = len(clear) > 1 and _is_whole(clear[0]) and _is_whole(clear[-1]) and len(whole) <= _MAX_SYMPTOM_CHARS
        return _Rank.EXACT, whole if several else clear[0]
    guesses = (clause for clause in clauses if not _TRIED.search(clause))
    first = next((clause for clause in guesses if len(_substance(clause)) > 3 and not _only_a_fact(clause)), None)
    again = next((clause for clause in clauses if _TRIED.search(clause) and told(clause).faults), None)
    return (_Rank.GUESS, first or again or "") if first or again else None


def _states_trouble(clause: str) -> bool:
    if _TRIED.search(clause) or _wholly("since_when", clause) or _RATE.fullmatch(clause):
        return False
    return bool(_TROUBLE.search(_masked(clause)) or told(clause).faults)


def _is_whole(clause: str) -> bool:
    """Whether a clause names both the thing and what is wrong with it."""
    known = told(clause)
    return bool(known.faults and (known.things or _exact("equipment", clause)))


def _wholly(code: str, clause: str) -> bool:
    """Whether a clause says nothing but this fact."""
    exact = _exact(code, clause)
    found = _WHEN.search(clause) if code == "since_when" and exact else None
    rest = clause.replace(found[0] if found else exact, "") if exact else clause
    return bool(exact) and len(_EMPTY.sub("", content(rest).replace(" ", ""))) <= 1


def _substance(clause: str) -> str:
    return content(_GENERIC.sub(" ", clause)).replace(" ", "")


def _only_a_fact(clause: str) -> bool:
    """Whether it names a maker, a machine, a grade, a time or a telephone and nothing else."""
    rest = re.sub(_BRAND, "", _NAME.sub("", clause), flags=re.IGNORECASE)
    for code in ("contact", "model", "material", "equipment", "since_when"):
        exact = _exact(code, rest)
        rest = rest.replace(exact, "") if exact else rest
    return len(content(rest).replace(" ", "")) <= 2


def _other_fact(clause: str, code: str, found: Mapping[str, tuple[_Rank, str]]) -> bool:
    """Whether the clause plainly says something else than what was asked: a telephone, a time, what it costs, or nothing but a grade."""
    said = any(
        other in found and found[other][0] is _Rank.EXACT and clause in found[other][1]
        for other in ("contact", "since_when", "effect")
        if other != code
    )
    return (
        said
        or _RATE.search(clause) is not None
        or any(_wholly(other, clause) for other in ("material", "since_when", "model") if other != code)
        or (code != "effect" and bool(_SIZE.fullmatch(clause)) and not (code == "model" and _POWER.search(clause)))
        or (code == "since_when" and bool(_AGE.search(clause)))
        or (code != "model" and bool(_MAKER_ALONE.fullmatch(clause)))
        or (code in ("model", "equipment", "material", "since_when") and bool(_DUE.search(clause)))
    )


def _chatter(clause: str) -> bool:
    if phrases.wants_person(clause) and not domain_scores(clause):
        return True
    if phrases.is_thanks(clause) or phrases.is_yes(clause) or phrases.is_skip(clause):
        return True
    return bool(_CHATTER.fullmatch(clause)) or not re.search(r"\w", clause)


def _asks_back(text: str) -> bool:
    return bool(re.search(r"[?？吗么]\s*$|问这个|为(?:什么|啥)要|是不是|要不要|能不能|会不会|可不可以|多少钱", text))


def _needless(code: str, demand: Demand, domain: Domain) -> bool:
    return code == "material" and demand is Demand.PROBLEM and domain not in WITH_MATERIAL


# --- clauses --------------------------------------------------------------------------------------------------------------------------

_CUT = re.compile(
    r"[，。；！？;!?\n]+|(?<!\d),|,(?!\d)|(?:但是|可是|而且|并且|然后|所以|另外|同时|不过(?=[我设这那现]))|(?<=[一-鿿])\s{1,4}(?=[一-鿿]{3})"
)
_HEAD = re.compile(
    r"^(?:(?:有|这|那|一)[台条套](?=.{3})|[\s、:：\-—~～.]|嗯+|呃|啊|哦|噢|那个|就是说|就是|其实|反正|主要是|主要|好的?(?=[,，\s])|还有|因为|对了|对|(?:我们这边|我们这里|我们厂里?|我们公司|我们车间|我司|我厂|咱们?厂)的?|我们的?|咱们?的?|(?:我|俺)(?=这|那|用|的)|请问|想问(?:一下|下)?|麻烦|帮忙|帮我(?:看看|看一?下)?|师傅|老师|您好|你好)+"
)
_TAIL = re.compile(
    r"(?:[\s、:：\-—~～.]|谢谢|怎么办|咋办|咋整|怎么回事|是什么原因|什么原因|怎么解决|怎么处理|麻烦看看|帮忙看看|求助|请教|(?<=[了的])(?:啊|呀|呢|吧|哦|嘛|哈)|[啊呀呢哦嘛])+$"
)


def _clauses(text: str) -> Iterator[str]:
    """The clauses of a text, trimmed of greetings and filler, none empty; each is a slice of it."""
    for piece in _CUT.split(without_greeting(text)):
        trimmed = _trimmed(piece[:MAX_VALUE_CHARS])  # a longer run without a stop is no statement
        if trimmed:
            yield trimmed


def _trimmed(piece: str) -> str:
    piece = piece.strip()
    core = _TAIL.sub("", _HEAD.sub("", without_greeting(piece)))
    return core.strip()


def _span(text: str, first: str, last: str) -> str:
    """The slice of the text from one clause to another."""
    begin = text.find(first)
    return text[begin : text.find(last, begin) + len(last)]


# --- exact words ----------------------------------------------------------------------------------------------------------------------

_BRAND = r"(?:发那科|法那科|FANUC|西门子|SIEMENS|三菱|欧姆龙|安川|松下|库卡|KUKA|ABB|汇川|台达|海天|震雄|伊之密|博创|力劲|马扎克|MAZAK|哈斯|HAAS|大隈|OKUMA|德玛吉|DMG|兄弟|斗山|沈阳机床|大连机床|宝鸡机床|北京精雕|广数|华中数控|凯恩帝|施耐德|丹佛斯|英威腾|力士乐|派克|油研|SMC|费斯托|FESTO|埃斯顿|新松|发格|海德汉|麦格米特|松正|罗克韦尔|倍福|基恩士|海克斯康|蔡司|奥林巴斯|东芝|京瓷|山特维克|肯纳|阿特拉斯|英格索兰|复盛|博莱特|汉钟|格力|美的|大金|开利|麦克维尔|通快|TRUMPF|大族|百超|华工激光|邦德|宏山|迅镭|林肯|麦格米特|奥太|时代焊机|OTC|福尼斯|Fronius|欧地希|川崎|爱普生|EPSON|史陶比尔|那智|不二越|雅马哈|YAMAHA|新代|宝元|维宏|信捷|永宏|和利时|中控|浙大中控|正泰|德力西|伟创|禾川|雷赛|研控|埃夫特|珞石|节卡|遨博|海康|大华|康耐视|COGNEX|邦纳|图尔克|倍加福|SICK|亿和|仁兴|金鹰|长城汽车模具|恩格尔|ENGEL|阿博格|ARBURG|克劳斯玛菲|住友|日精|发那科机器人|富士|松德|台中精机|友佳|永进|程泰|丽驰|北一|济南二机床|扬力|金丰|沃得|协易|小松|AIDA|会田|亚威|百德|东洋)"
_GRADE = (
    r"(?:PA\s?\d{1,2}(?:\s?\+\s?(?:\d{1,2}\s?%?\s?)?GF\s?\d{0,2}%?)?|(?:PP|PC|ABS|POM|PE|HDPE|LDPE|PVC|PBT|PET|PMMA|PPS|PEEK|TPU|TPE|EVA|PS|HIPS|AS)(?:[+/](?:PP|PC|ABS|GF|PET|PBT|\d{1,2}\s?%?\s?GF|玻纤)\d{0,2}%?)?(?![A-Za-z0-9\-])"
    r"|SUS\s?\d{3}L?|(?:LCP|PPA|PPO|PEI|PES|PSU|SAN|TPEE|PA6T|PAI|PVDF|PTFE|ASA)(?![A-Za-z0-9\-])|AlSi\d+\w*|ZAMAK\s?\d|(?<![A-Za-z])A3[568]\d(?!\d)|YL\s?\d{3}|AZ\d{2}[A-E]?|AM60B?|(?<![A-Za-z])H(?:62|65|68|70|80|90|96)(?!\d)|C(?:2680|3604|1100|17200)|QSn\S{0,6}|S136H?|718H?(?=\s?(?:料|钢|模|的|$))|2738H?|(?<![A-Za-z])(?:GH|K|DD)\d{3,4}(?!\d)|17-4\s?PH|904L|2205(?=\s?(?:双相|不锈钢|的|料|$))|Inconel\s?\d{3}|Q345R|16Mn\w*|(?:30[1-4]|316|430|420|410|201)L?(?=\s?(?:不锈钢|的?料|材|$|的|板|管))|\d{2}\s?#(?:\s?钢)?|\d{2}\s?号钢|\d{2}\s?钢|Q\d{3}[A-E]?|(?:HT|QT|ZL|ZG)\s?\d{2,4}(?:-\d+)?|ADC\s?\d{1,2}|(?:SKD|SKH|DC|SCM|SNCM|NAK|P)\s?\d{2,3}|H13|W18Cr4V"
    r"|\d{1,2}(?:Cr|Mn|CrMo|CrMnTi|CrNiMo|CrNi|SiMn|Si2Mn|MnB|CrMnSi)[A-Za-z0-9]*|Cr12(?:MoV)?|GCr15|[2-8]\d{3}(?:-T\d{1,3})(?!\d)|(?:[1-7]0[0-9]{2}|7075|6061|6063|5052|2024)(?=\s?(?:铝|系|合金|的料|材|$))|TC4|TA\d|T[78]A?\s?钢|T1[02]A?\s?钢|65Mn|60Si2Mn)"
)
_STUFF = r"(?:(?:不锈|碳素|碳|弹簧|模具|合金|高速|低碳|中碳|高碳|结构|镀锌|冷轧|热轧|轴承|硅)钢|(?:球墨|灰|可锻)?铸铁|铸铝|铸钢|铝合金|镁合金|钛合金|锌合金|硬质合金|高温合金|黄铜|紫铜|青铜|铍铜|铝型材|纯铝|尼龙|聚丙烯|聚乙烯|聚碳酸酯|聚氨酯|聚酯|亚克力|赛钢|电木|橡胶|丁腈胶?|氟橡胶|硅胶|树脂|陶瓷|玻璃纤维|玻纤|碳纤维|玻璃钢?|铝板|钢板|铜排|铸件|锻件|塑料|铝|铜|铁(?!路|丝网)|钢(?!管厂|厂|瓶)|木材|面料|棉纱)"
_MATERIAL = re.compile(rf"{_GRADE}(?:\s?(?:{_STUFF}|料|粒子|板|棒))?|{_STUFF}")
_QUANTITY = re.compile(
    r"(?<![A-Za-z\d.\-])\d+(?:\.\d+)?\s*(?:MPa|KPa|bar|kg|kN|N·?m|mm|cm|μm|um|nm|min|ms|s|h|℃|°C?|r/?min|rpm|吨|千瓦|公斤|毫米|升|匹|伏|安培|Hz|kHz|MHz|kW·?h?|W|V|A|mA|kA|T|t|k|m|L|ml|g|%)(?![A-Za-z0-9\-])|\bM\d{1,2}(?![\d\-A-Za-z])|\bRa\s?\d|HR[CB]\s?\d+|HV\s?\d+|\bIP\d{2}|DN\d+|\bPT100|24V|220V|380V|\b[XYZABC]\d轴|\b[GM]\d{1,3}(?=代码|指令)",
    re.IGNORECASE,
)
_ALARM = re.compile(
    r"(?:报警?了?|故障码?|代码|报错|显示|错误|提示)(?:代码|号|码|是|为|出|[:：\s])*[A-Za-z]{1,5}[.\-\s]?\d[\w.]*|\bAL\.?\s?\w+|(?:SV|SP|PS|EX|OT|IO)\s?\d{3,4}(?=\s?报警|号报警)",
    re.IGNORECASE,
)
_STANDARD_CODE = re.compile(r"(?:GB|ISO|ASTM|DIN|JIS|HG|JB|IEC|EN|T/[A-Z]+)(?:/[TZ])?\s?\d[\d.\-]*", re.IGNORECASE)
_MODEL_CODE = r"(?:[A-Za-z]{1,8}(?:-[A-Za-z]{1,4}){0,2}[-_ ]?\d[A-Za-z\d]*(?:[-/.][A-Za-z\d]+)*|\d{2,}[A-Za-z]{1,6}[A-Za-z\d]*(?:[-/.][A-Za-z\d]+)*)"
_MODEL = re.compile(
    rf"{_BRAND}\s?的?\s?(?:{_MODEL_CODE}|\d[A-Za-z\d]*(?:-[A-Za-z\d]+)*)|(?<![A-Za-z\d.]){_MODEL_CODE}(?![A-Za-z\d])",
    re.IGNORECASE,
)
_HAS_TWO_DIGITS = re.compile(r"\d.*\d")
_KIND = r"(?:非标|定制|自制|国产|进口|二手|台式|手持|便携|多轴|双头|单头|双面|数控|普通|立式|卧式|龙门|五轴|四轴|三轴|六轴|液压|油压|气动|电动|伺服|高速|精密|半自动|全自动|自动|双工位|大型|小型|新|老|旧|\d+(?:\.\d+)?\s?(?:吨|T|t|kW|KW|轴)的?)"
_MACHINE = re.compile(
    rf"{_KIND}*(?:加工中心|车铣复合|车床|铣床|磨床|镗床|钻床|刨床|机床|冲床|剪板机|折弯机|锯床|线切割|电火花|注塑机|注射机|压铸机|挤出机|吹塑机|吸塑机|硫化机|焊机|焊接机器人|机器人|机械手|机械臂|AGV|AMR|PLC|变频器|伺服驱动器|伺服电机|驱动器|触摸屏|配电柜|电控柜|控制柜|电柜|接触器|断路器|传感器|编码器|接近开关|液压站|液压机|油压机|液压缸|油缸|气缸|柱塞泵|齿轮泵|油泵|水泵|真空泵|溢流阀|换向阀|比例阀|电磁阀|空压机|冷水机|冷却塔|锅炉|换热器|反应釜|搅拌釜|蒸馏塔|精馏塔|热处理炉|淬火炉|回火炉|渗碳炉|氮化炉|加热炉|回流焊|波峰焊|贴片机|印刷机|输送线|输送带|皮带线|流水线|产线|生产线|码垛机|包装机|灌装机|三坐标|影像仪|光谱仪|硬度计|卡尺|检具|模具|夹具|主轴|丝杠|导轨|刀库|减速机|电机|风机|离心机|除尘器|光栅|MES|ERP|SCADA|WMS|PLM|服务器|上位机|工控机|艉轴|螺旋桨|逆变器|变压器|点焊|焊缝|焊接|电镀|喷涂|喷漆|喷粉|电泳|淬火|渗碳|氮化|攻丝|冲压|注塑|压铸|锻造|激光切割|激光打标|激光焊|水刀|等离子切割|火焰切割|氩弧焊|二保焊|气保焊|埋弧焊|钎焊|超声波焊接?|吹塑|吹瓶|吸塑|滚塑|吹膜|流延|造粒|挤出|挤塑|硫化|发泡|绕线|点胶|贴标|灌装|包装|封口|丝印|移印|烫金|热转印|模切|喷砂|抛丸|抛光|打磨|折弯|剪板|滚齿|插齿|拉削|珩磨|车外圆|车削|铣削|磨削|镗孔|钻孔|热处理|磷化|阳极氧化|酸洗|烘箱|烘房|冷却塔|冷水机组|中央空调|冷库|粉碎|球磨|振动筛|压滤|干燥|离心|蒸发|结晶|搅拌)(?:机床|机|线|设备|工序|生产线|炉)?"
    rf"|{_KIND}*[^\W\d_A-Za-z的了在把用是我们台个这那和与给从到时候换修开停关有没就也又都天午早晚周月年老坏很太让被叫买咱俺什么怎为]{{1,5}}机(?![会密关理制构械能油])",
    re.IGNORECASE,
)
_NO_MACHINE = re.compile(
    r"手机号?|司机|随机|有机|危机|时机|动机|契机|待机|停机|开机|关机|死机|机会|主机厂|(?<![灌包组封])装机|上机|人机"
)
_WHEN = re.compile(
    r"昨[天晚]|前天|大前天|今天|今早|今晚|上午|早上|刚(?:刚|才|开始)|上上?(?:周|星期|礼拜|个?月)[一二三四五六日天初中底]?|这(?:两|几)[天周]|这周|本周|去年|今年|前年|年初|年底|月初|月底|最近|近来|近期|春节[前后]?|国庆[前后]?|节后|大修[后前]|[一二两三四五六七八九十几半\d]+个?(?:多)?(?:天|周|星期|月|年|小时|班)(?:多|来)?(?:前|了|以来|之前)?|\d{1,2}月(?:\d{1,2}[日号])?|(?:从|自从?).{1,16}(?:开始|起|以来|以后|之后|后)|(?:换|改|修|搬|加|装|调|停|大修|检修|保养)了?[^，。]{0,10}(?:以后|之后|后)(?!面|来)|(?:一)?(?:买|装|用|新机|投产)(?:来|上|回来)?(?:就|起)"
)
_SPAN = r"[一二两三四五六七八九十几半\d]+\s?个?多?(?:天|周|星期|礼拜|月|年|小时|班)"
_NOT_BEGINNING = re.compile(
    rf"一直|开机|刚(?!刚|开始)|下午|\d+\s?(?:小时|天|个月|年)(?:一次|换|内|就)|(?:用|干|做|买|跑|使|装|投产)了?(?:快|有|大概|差不多|将近)?{_SPAN}(?:多)?了"
    # A bare span is a rate (一天坏两台) or a length; a beginning is told by 前, 了, 以来, or 近, 这, 有 before it.
    rf"|每{_SPAN}?|(?<![近这过已都有才快第前头上\d一二两三四五六七八九十几半])(?:每\s*)?{_SPAN}(?!(?:多|来)?(?:前|了|以来|之前))"
)
_MAKER_ALONE = re.compile(rf"(?:是|用的?)?{_BRAND}(?:的|牌|机器|机子|设备|系统)*", re.IGNORECASE)
_AGE = re.compile(rf"(?:用|干|做|买|跑|使|开)了?(?:快|有|大概|差不多|将近)?{_SPAN}(?:多)?了")
_POWER = re.compile(r"吨|千瓦|kw|匹", re.IGNORECASE)  # by which machines are named
_RATE = re.compile(
    r"(?:每|一|\d+)个?(?:天|班|月|周|星期|年|小时|批|模)(?:要|得|就|能|都|会|才|就要)?[^，。\d一二两三四五六七八九十几]{0,6}[一二两三四五六七八九十几半百\d]+(?:来|多|、|到|[一二两三四五六七八九十])*(?:个|台|件|次|把|根|条|片|只|回|趟|箱|套|支|张|吨)"
)
_SIZE = re.compile(
    r"(?:大概|差不多|有)?[\d.一二两三四五六七八九十几]+\s?(?:个|mm|毫米|丝|公分|厘米|米|吨|千瓦|kw|匹|寸|公斤|kg|度)(?:左右)?(?:厚|长|宽|深|粗|高)?的?",
    re.IGNORECASE,
)
_LIKE_A_MODEL = re.compile(
    rf"[A-Za-z]|^\W*\d{{2,6}}(?:型|系列|的)?\W*$|{_BRAND}|型|牌|非标|自制|自己|改装|国产|进口|组装|老式|定[做制]|厂家|铭牌|德国|日本|台湾|意大利|韩国|美国"
)
_LIKE_A_BEGINNING = re.compile(
    r"[一二两三四五六七八九十几半\d今昨前那当每]个?[天周月年日号]|星期|礼拜|[早午晚]|时候|[以之]?后|刚|一直|开始|从|换|改|修|搬|新(?!产品)|动过|没(?:动|换|改|调)|突然|不久|好久|很久|最近|节"
)
_EMPTY = re.compile(
    r"大概|差不多|应该|好像|可能|左右|就|都|用的|用|是|做的|的|了|板|件|料|材料|材质|牌号|型号|开始|吧|那|从|在|才|也|以来|坏"
)
_NOT_SAYING: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "since_when": _NOT_BEGINNING,
        "equipment": _NO_MACHINE,
        "tried": re.compile(r"(?:换|改|修|搬|加|装|调|停|检修|保养)了?[^，。]{0,10}(?:以后|之后|后)(?!面|来)"),
    }
)
_DUE = re.compile(
    r"交货|发货|出货|要货|交付|交样|之?前(?:要|必须|得)|必须|过来|上门|方便|打电话|联系|培训|急用|要用|装船"
)
_PHONE = re.compile(
    r"(?<!\d)1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)|(?<!\d)0\d{2,3}-?\s?\d{7,8}(?!\d)|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:微信|QQ|qq)\s?号?[是：:]?\s?[A-Za-z0-9_\-]{5,20}"
)
_NAME = re.compile(
    r"^(?:我?(?:姓|叫)|联系人)[是:：]?\s*[一-鿿]{1,4}|^(?:找|联系)?[一-鿿](?:先生|女士|工|师傅|经理|总|主任|厂长)$|^(?:[上下]午|白天|晚上|随时|工作日|下班后?).{0,6}(?:方便|打|联系|都行|在)"
)
_COUNT = re.compile(
    r"(?:\d+|[一二两三四五六七八九十百]+|几)(?:来|多|几)?\s*(?:个|名|位|人)(?:人|左右|以上)?(?!月|星期|小时|项目)"
)
_ITEM = re.compile(
    r"(?:盐雾|拉伸|拉力|冲击|弯曲|疲劳|金相|探伤|射线探伤|超声探伤|成分分析|材质分析|失效分析|光谱|硬度|粗糙度|尺寸|膜厚|厚度|气密|绝缘|耐压|EMC|高低温|振动|跌落|老化|附着力|阻燃|噪声|校准|检定|型式试验|防护等级|IP\d{2})(?:试验|测试|检测|分析)?",
    re.IGNORECASE,
)
_LEVEL = re.compile(r"国家标准|国标|行业标准|行标|地方标准|地标|团体标准|团标|企业标准|企标")
_STAGE = re.compile(r"论文|样机|小试|中试|量产|样品|立项|草案|送审稿?|初稿|小批量?|想法")
_COOPERATION = re.compile(r"转让|许可|入股|合作开发|共同开发|授权|买断")
_TERM = re.compile(r"长期|短期|兼职|全职|驻厂|周末|按项目|临时|[一二两三半几\d]+个?(?:天|周|月|年)")
_DONE = re.compile(r"[加降升减擦洗磨紧焊补垫]过(?:了|$)")
_TRIED = re.compile(
    r"试过|试了|[加降升减擦洗磨紧焊补垫]过(?:了|$)|换[了过](?!.{0,10}(?:以后|之后|后))|调[了过]|查[了过]|检查过|清洗过?|重启|拆[了过开]|更换|修[过了]|加[了过]|已经.{0,8}(?:换|调|查|改|试|修|洗|磨)|也(?:没用|一样|不行)|还是(?:不|没|一样|老)|没用|磨过|改[过了]"
)
_TROUBLE = re.compile(
    r"老是?(?![师板化工旧])|总是?(?![线装体闸成])|经常|时不时|偶尔|突然|忽然|坏了|不动|不转|没反应|上不去|下不来|不稳|不准|不均|不过|不良|太大|太高|太低|太慢|大|偏|差|报警|报|故障|异常|失效|失灵|漏|裂|断|崩|卡|变形|起泡|脱落|掉|超差|(?<!影)响|不住|压不|不足|不够|打滑|磨损|死机|黑屏|中断|连不上|锥度|爬行|抖|跑|气孔|缩|毛刺|飞边|热|烫|噪|超标|不合格|不出来|不了|对不上|椭圆|振纹|拉伤|粘|锈|堵|冷隔|击穿|跳|干扰|错位|色差|杂质|黑点|问题|毛病|难"
)
_GENERIC = re.compile(r"机器|设备|东西|产品|问题|毛病|故障|坏|出|个|点|很|老|总|又|急|不行|一直|这台|一台|我们|厂|难")
_CHATTER = re.compile(
    r"(?:很|非常|特别|比较|挺)?(?:急|着急|紧急|加急)(?:死了|啊|了|的)?|(?:快|赶紧|赶快|尽快)(?:点|来|处理|解决|一点)*|帮(?:我们?|忙)?(?:看看|看一?下|解决|处理)(?:一?下)?|求(?:助|救|帮忙)|(?:请|谢|麻烦|辛苦).{0,4}|在吗|你好|您好|哈+|嗯+|哦+|ok|收到",
    re.IGNORECASE,
)
_EXACT: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "equipment": _MACHINE,
        "material": _MATERIAL,
        "since_when": _WHEN,
        "contact": _PHONE,
        "headcount": _COUNT,
        "level": _LEVEL,
    }
)


def _exact(code: str, clause: str) -> str:
    """The exact words for a fact within a clause: the model, the grade, the machine, the count as typed, the clause of a time; empty where there are none."""
    if code == "model":
        masked = _masked(clause)
        found = next(
            (
                hit
                for hit in _MODEL.finditer(masked)
                if _HAS_TWO_DIGITS.search(hit[0]) or re.match(_BRAND, hit[0], re.I)
            ),
            None,
        )
        return found[0].strip() if found else ""
    pattern = _EXACT.get(code)
    if pattern is None:
        return ""
    hit = pattern.search(_blanked(_NO_MACHINE, clause) if code == "equipment" else clause)
    if hit is None or (
        code == "since_when" and (_DUE.search(clause) or not _WHEN.search(_NOT_BEGINNING.sub("", clause)))
    ):
        return ""
    return clause if code in ("since_when", "contact") else clause[hit.start() : hit.end()]


def _masked(clause: str) -> str:
    """The clause, equally long, without alarms, quantities, grades, standards and telephones: what is left in Latin is a model."""
    for pattern in (_PHONE, _STANDARD_CODE, _ALARM, _QUANTITY, re.compile(_GRADE)):
        clause = _blanked(pattern, clause)
    return clause


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: "，" * len(found[0]), text)


# --- corrections ----------------------------------------------------------------------------------------------------------------------

_NEW = r"(?P<new>[^，。；！？;!?\n]{1,60})"
_CORRECTIONS = (
    re.compile(
        rf"(?P<name>[一-鿿]{{0,6}}?)(?<![是要])(?:不是|并非)\s*(?P<old>[^，。；！？;!?\n]{{1,30}}?)\s*[，,、；;\s]*(?:而是|应该是|应当是|是)\s*{_NEW}"
    ),
    re.compile(
        r"(?P<name>[一-鿿]{0,6}?)(?:应该|应当)?(?<!不)是(?!不是)\s*(?P<new>[^，。；！？;!?\n]{1,30}?)\s*[，,]?\s*不是\s*(?P<old>[^，。；！？;!?\n]{1,30})"
    ),
    re.compile(
        rf"(?P<name>[一-鿿]{{0,8}}?)(?P<old>)(?:[写说填打报记发]错了?|错了|不对)[，,。\s]*(?:应该|应当)?(?:是|改成|改为)?\s*{_NEW}"
    ),
    re.compile(
        rf"(?:把|将)?\s*(?P<name>[一-鿿]{{0,8}}?)(?P<old>[^，。；！？;!?\n]{{0,30}}?)\s*(?:改成|改为|更正为|换成是)\s*{_NEW}(?<![试样后])"
    ),
    re.compile(
        rf"(?:更正|纠正|修改)(?:一下)?[：:，,\s]*(?P<name>[一-鿿]{{0,6}}?)(?P<old>)(?:应该|应当)?[是：:]\s*{_NEW}"
    ),
    re.compile(rf"(?P<name>[一-鿿]{{2,6}}?)(?P<old>)(?:应该|应当)是\s*{_NEW}"),
)
_NAMED: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("model", re.compile(r"型号|机型|牌子|品牌")),
    ("material", re.compile(r"材料|材质|牌号|料")),
    ("contact", re.compile(r"电话|手机|号码|联系|微信|姓名|名字|邮箱")),
    ("headcount", re.compile(r"人数|几个人|几位")),
    ("since_when", re.compile(r"开始|时间|时候|日期")),
    ("equipment", re.compile(r"设备|机器|机床|工序")),
    ("effect", re.compile(r"影响|不良率|良率|交期")),
    ("tried", re.compile(r"试过|办法")),
    ("items", re.compile(r"项目")),
    ("schedule", re.compile(r"时间|时候")),
    ("deadline", re.compile(r"时间|时候")),
    ("topic", re.compile(r"内容")),
    (SYMPTOM, re.compile(r"现象|问题|毛病")),
)


def _correction(
    facts: Mapping[str, Fact], message: str, text: str, demand: Demand, domain: Domain
) -> tuple[Fact, int] | None:
    """The corrected fact and where in the text the correction ends."""
    for found in _corrections(text[:MAX_VALUE_CHARS]):
        new = _trimmed(found["new"])
        code = _corrected_code(facts, found, demand, domain) if new else None
        if code is not None:
            value = (_kind_of(code, new) or new.removesuffix("的"))[:MAX_VALUE_CHARS]
            return Fact(code, value, message), max(found.end("new"), found.end("old"))
    return None


@lru_cache(maxsize=4096)  # as for `_read`
def _corrections(text: str) -> tuple[re.Match[str], ...]:
    """What reads like a correction, whatever it corrects."""
    return tuple(found for pattern in _CORRECTIONS if (found := pattern.search(text)))


def _corrected_code(facts: Mapping[str, Fact], found: re.Match[str], demand: Demand, domain: Domain) -> str | None:
    wanted = codes(demand, domain)
    name, old, new = found["name"], found["old"].strip(), found["new"]
    for code, words in _NAMED:
        if code in wanted and words.search(name):
            return code
    # Two things of one kind (不是铜线是铝线): that kind, though the old one also stands in what was said of the trouble.
    for code in ("contact", "model", "material", "equipment", "since_when"):
        if old and code in LABELS and _kind_of(code, old) and _kind_of(code, new):
            return code
    for code in wanted:
        known = facts[code].value if code != SYMPTOM and code in facts else ""
        if old and known and (old in known or known in old):
            return code
    kinds = (code for code in ("contact", "model", "material", "since_when") if code in facts and _exact(code, new))
    return next(kinds, SYMPTOM if SYMPTOM in facts and old and old in facts[SYMPTOM].value else None)


def _kind_of(code: str, words: str) -> str:
    """The exact words for a fact, of a model the maker's name too; empty where there are none."""
    maker = re.search(_BRAND, words, re.IGNORECASE) if code == "model" else None
    return _exact(code, words) or (maker[0] if maker else "")
