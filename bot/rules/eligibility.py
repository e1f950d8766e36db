"""Whether one's own firm may apply: the question, the answers to single conditions, and what was said before that settles one. Pure.

Precise rather than eager: a number settles a condition only where it counts the same thing, a place only where it surely lies
inside or outside, and a part that is met never stands for the whole of a condition.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.rules import phrases
from bot.rules.quantities import Measure, Quantity, quantities, reaches, same_thing, telling
from bot.rules.regions import covers, places, short
from corpora.regions import PROVINCES


class Tick(StrEnum):
    """What is known of a condition."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Heard(StrEnum):
    """What a reply to a condition says, beside a tick."""

    PART = "part"  # one part of the condition is met; of the others nothing is said
    WHICH = "which"  # a bare 没有 to a condition that is itself worded as a no
    ALL = "all"  # this one and all that follow are met


@dataclass(frozen=True, slots=True)
class Settled:
    """What words said before tell about a condition."""

    tick: Tick | None  # None: only a part of it is known
    because: str  # the words that tell it


# --- the question ---------------------------------------------------------------------------------------------------------------------

_WE = re.compile(
    r"我们|我司|我厂|我公司|我这|我单位|咱们?|俺们?|本公司|本厂|本单位|本企业|我家|像我|(?:^|[，。\s])(?:公司|厂里|厂子|小厂|单位)|我(?=能|可以|想|够|符合)"
)
_ABLE = re.compile(
    r"能不能|能否|可不可以|可否|够不够|有没有资格|有无资格|符不符合|是否符合|满不满足|是否满足|够得上|够得着|够资格|够条件|够格|有资格|满足|符合|能(?!力|源|耗)|可以|算不算|行不行"
)
_DO = re.compile(
    r"申报|申请|申评|申办|参评|评(?:上|为|得上|选|定)?(?!价|审|估|分|论)|认定(?:成|为)?|报(?:名)?(?!销|警|价|修|废|错|告|道|工)|当(?:上|得上|得了)?(?!天|时|年|前|地|日|场)|成为|做成?(?!工|法)|建(?:设|个|成)?(?!议|成)|挂牌|挂上|入选|入库|加入|入驻|享受|搞(?:个)?|弄(?:个)?"
)
_BAR = re.compile(
    r"(?:够不够|符不符合|是否符合|符合|满不满足|是否满足|满足|够|达到|达不达得到|达没达到)[^，。？?]{0,12}(?:条件|资格|要求|标准|门槛|格)|够格|够资格|够条件|有没有资格|有资格"
)
_ASKING = re.compile(
    r"[吗么嘛不啵]\s*[？?。!！]*$|[？?]|能不能|能否|可不可以|可否|够不够|有没有|符不符合|是否|满不满足|行不行|想知道|看看|帮.{0,4}(?:看|查|对)"
)
_NO_DIALOGUE = re.compile(
    r"怎么|怎样|如何|哪|什么|啥|多少|多久|几[个家年次天月]|谁|何时|为什么|流程|步骤|材料|区别|有效|课|培训班|还是|取消|撤销|(?<!能)不能(?:申报|申请)"
)
_OTHERS = re.compile(r"^(?:那|请问|就是|这个|那个|这种|现在|今年|明年|还|，|,|\s|哎|嗯)*")
_STRIP = re.compile(
    r"请问|想问一?下|我想知道|想知道|帮我?们?(?:看|查|对)(?:看|一下|下)?|这种|这样的?|们|厂(?=\s|$)|像|一家|小厂|小企业|小公司|公司|厂里|厂子|工厂|企业|单位|的话|条件|资格|要求|标准|门槛|够格|格|你看|看看|不知道|是不是|到底|现在|今年|明年|一下|一个|个(?=\S)|这个|那个|有没有|有无|上|得|来|去|了|呀|啊|呢|吧|吗|么|嘛|不|想|要|还|也|就|能|可以|的|有|行"
)
_GOES_ON = re.compile(
    r"(?:那|我们?|好|嗯|，|,)*(?:接着|继续|再|重新接着|往下)(?:往下|来|刚才的?|上次的?|那个)*(?:对|核对|问|看|查|勾)?(?:一?下)?(?:(?:申报|申请)?(?:条件|资格|条款|清单))?(?:吧|了|啊)?"
)


def asks_whether_we_may(text: str) -> bool:
    """Whether somebody asks if the own firm may apply for something or fulfils the conditions, not how, when or what for."""
    bare = _OTHERS.sub("", text)
    if len(text) > 120 or _NO_DIALOGUE.search(bare) or not _ASKING.search(bare):
        return False
    own = bool(_WE.search(bare))
    able = _ABLE.search(bare)
    if _BAR.search(bare):
        return own or bool(able and len(telling_target(bare[: able.start()])) <= 12)
    if not able:
        return False
    done = _DO.search(bare)
    if done is None:
        return False
    # Without 我们 the subject must be missing: 能申报中心吗 is about the asker, 高校能申报中心吗 is not.
    return own or not bare[: able.start()].strip("，, ") and done.start() >= able.start()


def telling_target(text: str) -> str:
    """What is applied for, as the question names it: 中心, 实践基地; empty where it names nothing."""
    rest = _OTHERS.sub("", text)
    for pattern in (_WE, _ABLE, _DO, _STRIP):
        rest = pattern.sub(" ", rest)
    return re.sub(r"[\s，。？?！!、,.的]+", " ", rest).strip()


def goes_on(text: str) -> bool:
    """Whether a list of conditions that was left is to be gone on with."""
    return bool(_GOES_ON.fullmatch(text.strip(" 。！!")))


# --- a reply to one condition ---------------------------------------------------------------------------------------------------------

_PART = r"(?:吧|啊|呀|哈|的|了|呢|哦|嘛|啦|着)*"
_YES = re.compile(
    rf"(?:嗯+|哦|那|这个|这条|这一条|这点|我们?|咱们?|公司|厂里|基本|完全|肯定|当然|都|全|应该说|早就|已经|是)*(?:是|是的|对|对的|有|都有|符合|满足|具备|够|够了|达到|达标|可以|没问题|能|行|做到|ok|yes|y|必须的|√|✓|👌|👍|✅){_PART}",
    re.IGNORECASE,
)
_NO = re.compile(
    rf"(?:嗯+|这个|这条|这一条|这点|我们?|咱们?|公司|厂里|暂时|目前|现在|还|都|好像|确实|这方面)*(?:不是|不|没|没有|不符合|不够|不满足|不具备|没达到|达不到|不达标|不行|没做到|做不到|缺|差(?:一?点|一?些|得?远|不少)|没有这个|no|n|×|❌){_PART}",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"不(?:太|大|是很)?(?:清楚|确定|知道|晓得|好说|了解|明白)|说不(?:好|准|清)|拿不准|得问|要问|问一?下|回头|可能|也许|大概|应该(?:是|有|符合|可以|够|行|算)|算(?:是|吧)|不好说|难说|待定|看情况|跳过"
)
_ALL = re.compile(
    r"(?:那|我们|这|，|,)*(?:后面|剩下|其他|其余|以下|往下|全部|所有|每一?条|条件)(?:的|几条|这些|条件|各条|条|我们|应该)*(?:全部|都|全都|全|也)?(?:是|有|符合|满足|具备|达到|没问题|可以|够)(?:条件|要求)?(?:的|了|吧|啊)*"
    r"|(?:我们|，)*(?:全部|条件都|条条都)(?:符合|满足|具备|达到)(?:的|了|吧)*"
)
_NEGATED = re.compile(
    r"没有?|不(?!错|少|止|过|仅|但|低于|少于)|缺|差|无(?!人机|锡|线|损|尘|菌)|还在|正在|准备|打算|尚未|未"
)
_CLEAN = re.compile(
    r"无(?:重大|违法|违规|失信|不良|损害)|未(?:发生|受)|没有[^，。；]{0,10}(?:违法|违规|失信|事故|记录|处罚)|不(?:存在|得有)|不良记录"
)
_STAINED = re.compile(r"有过|受过|被罚|被查|处罚过|出过|罚过|上过(?:黑名单|失信)|失信过|违过")
_STAINS = re.compile(r"违法|违规|违章|失信|处罚|罚款|事故|纠纷|不良|记录|黑名单|造假|侵权|案底|污点|问题")
_PIECES = re.compile(r"[，,。；;！!\n]+")
_AFFIRMS = re.compile(r"有|具备|够|达到|符合|满足|是|建了|配了|办了|买了|租了|做了")


def reply_to(text: str, condition: str) -> Tick | Heard | None:
    """What a reply says of the condition that was asked; None where it is about something else.

    A number in it is held against the condition's by `settle`, which the caller asks first.
    """
    plain = text.strip(" 。！!~～")
    first = next((piece for piece in _PIECES.split(plain) if piece.strip()), "").strip()
    if _ALL.fullmatch(plain):
        return Heard.ALL
    if _CLEAN.search(condition) and (told := _of_record(plain, first)) is not None:
        return told
    if phrases.is_skip(plain) or _UNSURE.search(first) and len(first) <= 14:
        return Tick.UNKNOWN
    if _NO.fullmatch(first):
        return Tick.NOT_MET
    if _YES.fullmatch(first):
        return Tick.MET
    if re.search(r"[?？]\s*$|[吗呢]\s*$", plain) or telling(plain).isdisjoint(telling(condition)):
        return None
    if _NEGATED.search(plain):
        return Tick.NOT_MET
    if not _AFFIRMS.search(plain):
        return None
    return Heard.PART if len(demands(condition)) > 1 else Tick.MET


def _of_record(plain: str, first: str) -> Tick | Heard | None:
    """A reply to a condition that wants a clean record."""
    if _STAINED.search(plain) and not re.search(r"没有?|未|不", plain):
        return Tick.NOT_MET
    if re.search(r"没有?|无|未|不", plain) and _STAINS.search(plain):
        return Tick.MET
    return Heard.WHICH if re.fullmatch(rf"(?:我们|都|从来|一直)*没有?{_PART}", first) else None


def reply_to_ground(text: str) -> Tick | None:
    """The same for a ground that turns an application down: met is that it does not hold."""
    plain = text.strip(" 。！!~～")
    first = next((piece for piece in _PIECES.split(plain) if piece.strip()), "").strip()
    if phrases.is_skip(plain) or _UNSURE.search(first) and len(first) <= 14:
        return Tick.UNKNOWN
    if re.fullmatch(
        rf"(?:我们|都|从来|一直|这些|以上|全都?)*(?:没有?|不是|不存在|没出过|没发生过?|无|否|no|n)(?:这些|这种|以上)?(?:情况|情形|问题|事)?{_PART}",
        first,
    ):
        return Tick.MET
    if re.search(r"没有?|无|未|不", plain) and _STAINS.search(plain):
        return Tick.MET
    if _STAINED.search(plain) or re.fullmatch(rf"(?:我们)?(?:有|是|有的|是的|存在|有一?[条项个点]){_PART}", first):
        return Tick.NOT_MET
    return None


# --- what was said before -------------------------------------------------------------------------------------------------------------

_HERE = re.compile(
    r"(?:在|位于|是|注册(?:地|在)?|地址(?:是|在)?|厂在|公司在|搬到|来自|落户)\s*(?:的是)?(?P<place>[^，。；！？\s]{2,12})"
)
_MUST_BE_IN = re.compile(
    r"(?:注册|登记|住所|所在地|纳税|工商|落户|位于|设在|地处)[^，。；]{0,16}|在[^，。；]{2,14}(?:行政区域|辖区|境内|注册|登记)|(?:本市|本省|本区|我市|我省|本县)[^，。；]{0,8}(?:注册|登记|范围|辖区|境内|行政区域)?"
)
_OURS = re.compile(r"本市|本省|本区|我市|我省|本县|本地|辖区")
_FOUNDED = re.compile(
    r"(?P<year>(?:19|20)\d{2})\s*年?(?:的时候|就|才)?(?:成立|注册|开办|设立|创办|开(?:的|始|业)|建的?厂|办的)|(?:成立|注册|开办|设立|创办|开业|建厂)(?:于|在|是)?\s*(?P<later>(?:19|20)\d{2})\s*年?"
)
_OPEN = re.compile(r"(?:开|办|干|做)了?[^，。；]{0,6}?(?=\d|[一二两三四五六七八九十半])")
_LEGAL = re.compile(
    r"有限(?:责任)?公司|股份(?:有限)?公司|集团|(?:我们|我司|本公司)是(?:一家)?(?:独立法人|法人)|独立法人"
)
_SOLE = re.compile(r"个体户|个体工商户|没(?:有)?(?:注册|办)(?:公司|执照)|工作室(?:没注册)?$")
_WANTS_LEGAL = re.compile(r"独立法人|法人资格|企业法人")
_DEMAND = re.compile(r"[^，,。；;\n]+")


def demands(condition: str) -> tuple[str, ...]:
    """The parts of a condition that each ask something of their own."""
    plain = re.sub(
        r"^(?:第[^条]+条|[（(][一二三四五六七八九十\d]+[）)]|\d+[.、]|[一二三四五六七八九十]+、)\s*", "", condition
    )
    return tuple(part for part in (match[0].strip() for match in _DEMAND.finditer(plain)) if len(part) > 3)


def settle(condition: str, said: Sequence[str], *, region: str | None, today: date) -> Settled | None:
    """What earlier words of the firm tell about a condition: not met where one part surely fails, met where all parts are told.

    Args:
        said: The firm's own words, oldest first; what was said last counts.
        region: Of the document, for 本市 and the like.

    Returns:
        None where they tell nothing.
    """
    parts = demands(condition) or (condition,)
    told = [verdict for part in parts if (verdict := _of_part(part, said, region, today)) is not None]
    if not told:
        return None
    for tick, because in told:
        if tick is Tick.NOT_MET:
            return Settled(Tick.NOT_MET, because)
    whole = len(told) == len(parts)
    return Settled(Tick.MET if whole else None, "；".join(dict.fromkeys(because for _, because in told)))


def _of_part(part: str, said: Sequence[str], region: str | None, today: date) -> tuple[Tick, str] | None:
    for words in reversed(said):
        for told in (_place(part, words, region), _legal(part, words), _number(part, words, today)):
            if told is not None:
                return told
    return None


def _place(part: str, words: str, region: str | None) -> tuple[Tick, str] | None:
    if not _MUST_BE_IN.search(part):
        return None
    wanted = next(iter(places(part)), None) or (short(region) if region and _OURS.search(part) else None)
    named = stated_place(words)
    if wanted is None or named is None:
        return None
    if named in PROVINCES and wanted not in PROVINCES and covers(wanted, named):
        return None  # somewhere in the province
    return (Tick.MET if covers(wanted, named) else Tick.NOT_MET), _quoted(words)


def stated_place(words: str) -> str | None:
    """The place where a firm says that it is; None where it names none or only asks about one."""
    for match in _HERE.finditer(words):
        if not re.search(r"不$|不是$|没$", words[: match.start()]):
            found = places(match["place"])
            if found and not re.search(r"[吗？?]", words[match.end() : match.end() + 4]):
                return found[0]
    return None


def _legal(part: str, words: str) -> tuple[Tick, str] | None:
    if not _WANTS_LEGAL.search(part):
        return None
    if _SOLE.search(words):
        return Tick.NOT_MET, _quoted(words)
    return (Tick.MET, _quoted(words)) if _LEGAL.search(words) and len(demands(part)) <= 1 else None


def _number(part: str, words: str, today: date) -> tuple[Tick, str] | None:
    wanted = [one for one in quantities(part)]
    if not wanted:
        return None
    founded = _FOUNDED.search(words)
    if founded and any(one.measure is Measure.DURATION and "成立" in telling(one.near) for one in wanted):
        return _of_age(int(founded["year"] or founded["later"]), wanted, founded[0], today)
    if re.search(r"[吗么？?]\s*$", words) and not re.search(r"[，,。]", words):
        return None  # a question, no statement
    for own in quantities(_OPEN.sub("成立", words)):
        for one in wanted:
            if same_thing(own, one) and (enough := reaches(own, one)) is not None:
                if enough and len(wanted) > 1:
                    return None  # 不少于5名，其中2名 … asks more than the one number
                return (Tick.MET if enough else Tick.NOT_MET), _quoted(words)
    return None


def _of_age(year: int, wanted: Sequence[Quantity], because: str, today: date) -> tuple[Tick, str] | None:
    years = today.year - year
    for one in wanted:
        if one.measure is Measure.DURATION and "成立" in telling(one.near):
            needed = one.value / 365
            if years - 1 >= needed:
                return Tick.MET, because
            if years < needed:
                return Tick.NOT_MET, because
    return None


def _quoted(words: str, chars: int = 30) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= chars else plain[: chars - 1] + "…"
