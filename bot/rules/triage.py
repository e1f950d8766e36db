"""What a message is worth to the clinic: its kind, its trade, how urgent it is, and what is still to be asked. Pure.

Rules of words find what they can: the intent of `bot.rules.intent`, which knows policy best, corrected by what firms say when they look
for a specialist, a test, a partner for a result, a standard or a training of their own; the words of the trades in `domain_words.toml`. What
they found is a part of what the model of `bot.rules.sorting` decides on. Urgency, missing facts and refusals are the rules' alone.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from bot.rules.intent import Intent, Topic, Wish, names_danger, read
from bot.rules.sorting import MAX_CHARS, Weights, probabilities
from bot.rules.vocabulary import Vocabulary
from bot.rules.wording import without_greeting


class Demand(StrEnum):
    """What a firm needs from the centre."""

    PROBLEM = "problem"
    TALENT_GAP = "talent_gap"
    TRAINING = "training"
    TESTING = "testing"
    TRANSFER = "transfer"
    STANDARD = "standard"


class Domain(StrEnum):
    """The trade of an engineer who can help."""

    MACHINING = "machining"
    MOULDING = "moulding"
    WELDING = "welding"
    ELECTRICAL = "electrical"
    HYDRAULICS = "hydraulics"
    MATERIALS = "materials"
    QUALITY = "quality"
    ROBOTICS = "robotics"
    SOFTWARE = "software"
    PROCESS = "process"
    ELECTRONICS = "electronics"
    MARINE = "marine"
    ENERGY = "energy"
    SAFETY = "safety"
    OTHER = "other"


DOMAIN_NAMES: Mapping[str, str] = {
    Domain.MACHINING: "机加数控",
    Domain.MOULDING: "模具成形",
    Domain.WELDING: "焊接与热处理",
    Domain.ELECTRICAL: "电气自动化",
    Domain.HYDRAULICS: "液压气动",
    Domain.MATERIALS: "材料与表面",
    Domain.QUALITY: "计量检测与质量",
    Domain.ROBOTICS: "机器人与物流装备",
    Domain.SOFTWARE: "工业软件与数据",
    Domain.PROCESS: "流程与化工",
    Domain.ELECTRONICS: "电子与集成电路",
    Domain.MARINE: "船舶海工",
    Domain.ENERGY: "能源与节能",
    Domain.SAFETY: "安全与环保",
    Domain.OTHER: "其他",
}


class Urgency(StrEnum):
    """How soon somebody must act."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


MeaningOf = Callable[[str], Weights | None]


@dataclass(frozen=True, slots=True)
class Triage:
    """The result for one message. `demand` and `domain` are None where they do not apply, `missing` is in the order of asking."""

    intent: Intent
    confidence: float
    demand: Demand | None = None
    domain: Domain | None = None
    urgency: Urgency = Urgency.NORMAL
    missing: tuple[str, ...] = ()
    ask: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The contract's keys but `id`, which the caller knows."""
        return {
            "intent": self.intent.value,
            "confidence": self.confidence,
            "demand": self.demand and self.demand.value,
            "domain": self.domain and self.domain.value,
            "urgency": self.urgency.value,
            "missing": list(self.missing),
            "ask": self.ask,
        }


def triage(text: str, meaning_of: MeaningOf | None = None) -> Triage:
    """Sort one cleaned message.

    `confidence` is the probability of the intent, fitted on sorted messages.

    Args:
        meaning_of: Gives the vector of a text, see `sorting.probabilities`, or None; without one the message is sorted a little worse.
    """
    return _learnt(_Message(text), meaning_of)


@dataclass(frozen=True)
class _Message:
    """A message with what the rules of words read in it, each at its first use and once."""

    text: str

    @cached_property
    def bare(self) -> str:
        """Without its greeting."""
        return without_greeting(self.text)

    @cached_property
    def wish(self) -> tuple[Wish, Demand | None]:
        """The intent and, for what a firm needs done, the kind of demand."""
        return _wish(self.bare)

    @cached_property
    def scores(self) -> Mapping[Domain, int]:
        """See `domain_scores`."""
        return domain_scores(self.bare)

    @cached_property
    def found(self) -> dict[str, float]:
        """See `findings`."""
        wish, demand = self.wish
        total = sum(self.scores.values())
        found = {
            f"intent={wish.intent}": 1.0,
            f"intent={wish.intent} {'sure' if wish.sure else 'open'}": 1.0,
            f"topic={wish.topic}": 1.0,
            f"demand={demand}": 1.0,
            "danger is named": float(bool(names_danger(self.bare))),
            "best trade": min(max(self.scores.values(), default=0), 2 * STRONG) / STRONG,
            "foreign trade": float(bool(_FOREIGN.search(self.bare))),
        }
        for domain, points in self.scores.items():
            found[f"points={domain}"] = min(points, 2 * STRONG) / STRONG
            found[f"share={domain}"] = points / total
        return found


def _learnt(message: _Message, meaning_of: MeaningOf | None) -> Triage:
    text, bare, found = message.text, message.bare, message.found
    wish, _ = message.wish
    meaning = meaning_of(text[:MAX_CHARS]) if meaning_of else None
    intents = probabilities("intent", text, found, meaning)
    danger = intents[Intent.SAFETY]
    if danger >= (PRESENT if wish.intent is Intent.SAFETY else OVER if names_danger(bare) else DANGER):
        return Triage(Intent.SAFETY, danger, None, Domain.SAFETY, Urgency.CRITICAL)
    if wish.topic in REFUSED:
        return Triage(Intent.OUT_OF_SCOPE, max(FIXED, intents[Intent.OUT_OF_SCOPE]), urgency=_urgency(bare, wish))
    likeliest = next(code for code in intents if code != Intent.SAFETY)
    intent = Intent.COURSE if likeliest == TAUGHT else Intent(likeliest)
    urgency = _urgency(bare, replace(wish, intent=intent))
    if likeliest not in (TAUGHT, Intent.TECHNICAL):
        return Triage(intent, intents[likeliest], urgency=urgency)
    demand = Demand.TRAINING
    if likeliest != TAUGHT:
        demand = Demand(next(iter(probabilities("demand", text, found, meaning))))
    domain = Domain(next(iter(probabilities("domain", text, found, meaning))))
    missing = missing_facts(bare, demand, domain)
    ask = QUESTIONS[demand][missing[0]] if missing and demand is not Demand.TRAINING else None
    return Triage(intent, intents[likeliest], demand, domain, urgency, missing, ask)


def in_talk(text: str, meaning_of: MeaningOf | None = None) -> Triage:
    """Sort one message of a talk, where much is an answer to what was asked: the rules decide what they know, the model the rest.

    The model has learnt from messages that stand alone, so that it is heard where it is sure: that people are in danger, and what it is
    that the rules take for a question about documents because they know no word of it. The vector is not worked out where neither is near.
    """
    message = _Message(text)
    ruled = _ruled(message)
    unknown = ruled.intent is Intent.POLICY and ruled.confidence < SURE
    if ruled.intent is Intent.SAFETY or not unknown and _danger(message) < FAR:
        return ruled
    learnt = _learnt(message, meaning_of)
    if learnt.confidence < HEARD[learnt.intent is Intent.SAFETY]:
        return ruled
    return learnt if unknown or learnt.intent is Intent.SAFETY else ruled


def _danger(message: _Message) -> float:
    """The probability of danger by words alone."""
    return probabilities("intent", message.text, message.found)[Intent.SAFETY]


@lru_cache(maxsize=1024)  # what a talk's draft was told is sorted again at every turn
def by_rules(text: str) -> Triage:
    """Sort one message, or a clause of one, by the rules of words alone; `confidence` is the strength of the rule (see `_confidence`)."""
    return _ruled(_Message(text))


def _ruled(message: _Message) -> Triage:
    text = message.bare
    wish, demand = message.wish
    if wish.intent is Intent.SAFETY:
        return Triage(wish.intent, FIXED, None, Domain.SAFETY, Urgency.CRITICAL)
    urgency = _urgency(text, wish)
    if demand is None:
        return Triage(wish.intent, _confidence(wish, None), urgency=urgency)
    scores = message.scores
    domain = _domain(text, scores)
    missing = missing_facts(text, demand, domain)
    technical = wish.intent is Intent.TECHNICAL
    return Triage(
        wish.intent,
        _confidence(wish, scores),
        demand,
        domain,
        urgency,
        missing,
        QUESTIONS[demand][missing[0]] if technical and missing else None,
    )


# --- what was learnt ------------------------------------------------------------------------------------------------------------------

TAUGHT = "training"  # among the intents: a course that is made for the firm's own people
# Probabilities from which people are taken to be in danger: a needless warning costs a line, a missed one more. The rules find a present
# danger, or name one that is over or only supposed.
DANGER, PRESENT, OVER = 0.15, 0.02, 0.9
FAR = 0.003  # probability of danger by words alone, under which none of 84 dangers of the report fell
HEARD = (0.8, 0.5)  # probability from which the model is heard in a talk; the second of danger
REFUSED = frozenset({Topic.INJECTION, Topic.FISHING, Topic.FORGERY, Topic.HARM})


def findings(text: str) -> dict[str, float]:
    """What the rules of words find in a message, for the model of `bot.rules.sorting`."""
    return _Message(text).found


# --- intent and demand ----------------------------------------------------------------------------------------------------------------

_RULES = re.compile(
    r"申报|认定|评审|补贴|补助|奖励|资金|政策|文件|办法|细则|条例|条款|规定|第[一二三四五六七八九十百\d]+条|附件|文号|有效期|会费|会员|理事会|联盟|揭榜|项目包|积分|资质|牵头单位|责任单位|协同创新中心|共享工程师|需求池|成员单位|年度报告"
)
_QUESTION_OF_RULE = re.compile(
    r"(?:什么|哪些|哪个|啥)(?:条件|要求|材料|支持|政策|部门|标准)|怎么(?:申请|申报|认定|评)|能(?:拿|领|享受|报销)|多少(?:钱|万|分|人)|是多久|由谁|归谁"
)
_WANTS = re.compile(
    r"想|要|需要|能不能|能否|可以|可不可以|希望|寻|找|求|帮|哪里|哪儿|哪家|有没有|谁|委托|送|急需|打算|准备|计划|请|派|做个|推荐|介绍"
)
_OURS = re.compile(
    r"我们|我司|我厂|咱们?|本公司|本厂|厂里|公司|车间|团队|课题组|实验室|学校|学院|研究所|想|打算|准备|手里|手上|手头|这边"
)
_PERSON = r"(?:工程师|技术员|师傅|专家|老师|顾问|教授|博士|技师|高手|能人|程序员|操作工|调试员|技工|电工|焊工|钳工|团队|人才|大牛|懂行的人|懂行的|内行|的人)"
_TALENT = re.compile(
    rf"(?:招(?:聘|人|个|一|两|二|三|几|不到|不来|到|募)?|缺(?:少|乏|个|一|两|几|人)?|聘(?:请|用|个)?|短缺|引进|挖).{{0,22}}{_PERSON}|(?:找|请|派|借|寻|要|介绍|推荐|物色|来|有没有).{{0,22}}{_PERSON}|{_PERSON}.{{0,4}}(?:招不到|不够|短缺|紧缺|难招|难找|辞职|离职|走了|断层)|用工荒|缺人|招工难|人手不够|技术顾问|周末工程师|柔性引才|驻厂|兼职.{{0,8}}{_PERSON}"
)
_TROUBLE = re.compile(
    r"老是?(?![师板化工])|总是?(?![线装体闸成])|一直|经常|时不时|偶尔|突然|忽然|怎么回事|什么原因|啥原因|为什么|为啥|怎么(?:解决|处理|调|修|排查|办|弄|控制|避免|搞|降|改|查)|咋|坏了|不动|不转|没反应|上不去|下不来|不稳|不准|不均|不过|不良|太大|太高|太低|太慢|降不下来|报警|故障|异常|失效|失灵|漏(?![检洞])|裂|断(?!面|口)|卡死|卡住|变形|起泡|脱落|超差|异响|抖|跑偏|气孔|缩水|毛刺|发热|发烫|噪声|解决|攻关|整改|超标|不合格|不出来|不了|对不上"
)
_TEST_WORK = r"(?:检测|检验|化验|送检|测试|试验|鉴定|校准|检定|全检|探伤|分析报告|成分分析|材质分析|失效分析|检测报告|第三方报告|打光谱|金相分析|盐雾|型式试验|CNAS|CMA|认证测试|做个?检|测一?下|测量服务|标定服务)"
_TESTING = re.compile(
    rf"(?:找|哪里|哪儿|哪家|谁|能不能|能否|可以|可不可以|需要|想|要|委托|送|帮|有没有|求|请|借用?|安排|联系).{{0,24}}{_TEST_WORK}|{_TEST_WORK}.{{0,16}}(?:哪里|哪家|找谁|机构|实验室|能做|可以做|能出|报告|委托|服务|设备借|多少钱)|送检|第三方(?:检测|检验|机构|报告)"
)
_TRANSFER = re.compile(
    r"(?:成果|专利|技术|样机|发明|配方|课题|论文|实验室).{0,16}(?:转化|转让|落地|产业化|许可|中试|量产|推广|变现|合作开发|入股|孵化|卖)|(?:找|寻|对接).{0,10}(?:企业|厂家|公司).{0,10}(?:落地|转化|合作|承接|中试|产业化|试用)|(?:转化|转让|产业化|中试|许可).{0,12}(?:成果|专利|技术|样机)|(?:买|引进|购买|受让|承接).{0,12}(?:专利|成果|技术成果)"
)
_STANDARD = re.compile(
    r"(?:起草|编制|编写|制定|制订|研制|参编|主编|修订|牵头|立项|编|申报立项|参与|做|发布|申请立).{0,20}(?:标准|国标|团标|行标|地标|企标|规范)(?!化|件|答案)|(?:团标|国标|行标|地标|企标|团体标准|行业标准|国家标准|地方标准|企业标准).{0,12}(?:起草|编制|编写|制定|制订|研制|参编|修订|立项|牵头|怎么立|怎么编|申请)"
)
_STAFF = r"(?:工人|员工|职工|电工|焊工|钳工|班组|班组长|车间|一线|操作工|技术员|维修工|我们厂?|我厂|我司|公司|厂里|厂|新人|学徒|检验员|质检员|人)"
_TRAINING = re.compile(
    rf"(?:给|为|帮|替|对).{{0,10}}{_STAFF}.{{0,10}}(?:培训|讲课?|上.{{0,3}}课|授课|开.{{0,3}}班|办.{{0,12}}班|做.{{0,8}}培训|教)"
    rf"|(?:请|派|找|邀).{{0,8}}(?:老师|讲师|专家|师傅|工程师|教授|人).{{0,12}}(?:讲(?!解决)|培训|授课|上课)|内训|企业定制|定制.{{0,14}}(?:课|培训)|包班|(?:培训|教一?下|轮训|带教)(?:一?下)?(?:我们|咱们?|厂里|公司)?的?.{{0,4}}(?:工人|员工|职工|班组|电工|焊工|技术员|操作工)|(?:到|来|进)厂.{{0,8}}(?:培训|讲课|授课)|送.{{0,6}}(?:工人|员工).{{0,6}}(?:培训|学)|(?:员工|工人|班组|职工).{{0,6}}(?:要|需要|想|做|搞|缺)(?:个|一次|一批|系统|统一)?.{{0,10}}培训"
)
_NOT_OWN_TRAINING = re.compile(
    r"补贴|资助|政策|认定|申报|考核|标准|职责|功能|体系|规定|办法|实训基地|讲师(?:要|应|数|多少)"
)
OPEN = (Intent.POLICY, Intent.TECHNICAL, Intent.COURSE)


def _wish(text: str) -> tuple[Wish, Demand | None]:
    """The intent and, for what a firm needs done, the kind of demand."""
    wish = read(text)
    if wish.intent is Intent.SAFETY or (wish.intent not in OPEN and not _reopened(wish, text)):
        return wish, None
    ruled = bool(_RULES.search(text) or _QUESTION_OF_RULE.search(text))
    if wish.topic is Topic.CUSTOM_TRAINING or (_TRAINING.search(text) and not _NOT_OWN_TRAINING.search(text)):
        return Wish(Intent.COURSE, Topic.CUSTOM_TRAINING, sure=not ruled), Demand.TRAINING
    if wish.intent is Intent.COURSE:
        return wish, None
    demand = _demand(text)
    if wish.intent is Intent.TECHNICAL:
        return wish, demand
    if demand is not Demand.PROBLEM and not ruled and (_WANTS.search(text) or _OURS.search(text)):
        return Wish(Intent.TECHNICAL, sure=False), demand
    if not ruled and _shop_floor(text, wish):
        return Wish(Intent.TECHNICAL, sure=False), demand
    return wish, None


def _reopened(wish: Wish, text: str) -> bool:
    """Whether a subject taken for none of ours is one of the shop floor after all."""
    return wish.intent is Intent.OUT_OF_SCOPE and wish.topic is Topic.OFF_TOPIC and max(_values(text)) >= STRONG


def _shop_floor(text: str, wish: Wish) -> bool:
    """Whether the words of the trades stand against a policy that is not sure, or one that only a single word speaks for."""
    best = max(_values(text))
    trouble = bool(_TROUBLE.search(text))
    return best >= STRONG and (trouble or not wish.sure) or (best >= 2 and trouble and not wish.sure) or (
        not wish.sure and bool(_FOREIGN.search(text) or (trouble and _PRODUCT.search(text)))
    )  # fmt: skip


_PRODUCT = re.compile(
    r"产品|设备|机器|零件|工件|产线|生产线|工艺|加工|车间|原料|成品|包装|面料|布|纱|药片|片剂|胶囊|饮料|罐头|发酵|染色|印染|缝纫|灌装|杀菌|木材|家具|纸|玻璃|砖|水泥|饲料"
)


def _demand(text: str) -> Demand:
    """The kind of a technical demand; trouble that is named outweighs the person or the test that is asked for."""
    if _STANDARD.search(text):
        return Demand.STANDARD
    if _TRANSFER.search(text) and not re.search(r"怎么(?:调|修|解决)", text):
        return Demand.TRANSFER
    trouble = bool(_TROUBLE.search(re.sub(_TEST_WORK, "", text)))
    if _TALENT.search(text) and (not trouble or re.search(r"招|缺|聘|驻厂|长期|顾问|兼职|辞职|离职", text)):
        return Demand.TALENT_GAP
    if _TESTING.search(text) and not trouble:
        return Demand.TESTING
    return Demand.PROBLEM


# --- domain ---------------------------------------------------------------------------------------------------------------------------

STRONG = 3  # points from which a trade is named and not only touched


@cache
def _words() -> tuple[Vocabulary, Mapping[str, Mapping[Domain, int]]]:
    """The words of the trades, and the points of each."""
    points: dict[str, dict[Domain, int]] = {}
    stored = files("bot.rules").joinpath("domain_words.toml").read_text(encoding="utf-8")
    for domain, weights in tomllib.loads(stored).items():
        for weight, words in weights.items():
            for word in words.lower().split():
                points.setdefault(word, {})[Domain(domain)] = int(weight)
    return Vocabulary(points), points


def domain_scores(text: str) -> dict[Domain, int]:
    """Points of each trade that is touched, best first; each word counts once, and a word inside a longer one does not count.

    Equal points keep the order of `Domain`. Empty where no word is known.
    """
    known, points = _words()
    total: dict[Domain, int] = {}
    for word in dict.fromkeys(known.words(text.lower())):
        for domain, weight in points[word].items():
            total[domain] = total.get(domain, 0) + weight
    order = list(Domain)
    return dict(sorted(total.items(), key=lambda item: (-item[1], order.index(item[0]))))


def _values(text: str) -> tuple[int, ...]:
    return tuple(domain_scores(text).values()) or (0,)


def _domain(text: str, scores: Mapping[Domain, int]) -> Domain:
    """The trade with the most points, safety where a danger is named that is over, `other` where hardly a word is known."""
    if names_danger(text):
        return Domain.SAFETY
    foreign = _FOREIGN.search(text)
    best, points = next(iter(scores.items()), (Domain.OTHER, 0))
    if points < 2 or (foreign and points < 2 * STRONG):
        return Domain.OTHER
    return best


_FOREIGN = re.compile(
    r"药|片剂|胶囊|酸奶|牛奶|乳品|发酵|饮料|食品|面包|糕点|酿酒|白酒|啤酒|肉制品|罐头|果汁|杀菌|纺织|针织|纱线|面料|印染|染色|织布|织机|缝纫|服装|羊毛|棉|鞋|皮革|家具|木材|木工|人造板|造纸|纸浆|印刷(?!机|电路|锡)|玻璃窑|砖|水泥|混凝土|饲料|种植|养殖|育苗|大棚|医疗器械|口罩|牙科|化妆品|珠宝|烟草|茶叶|稻|果园|兽"
)

# --- urgency --------------------------------------------------------------------------------------------------------------------------

_NOT_URGENT = re.compile(
    r"(?:不(?:是|算)?(?:很|太|那么|怎么|特别)?(?:着)?急(?!剧)|不赶时间|不赶|不紧急|不用(?:着)?急|没那么急|有空(?:再|的时候|时)|什么时候(?:有空|方便)|随便问问|先了解|慢慢来|不忙|(?:什么时候|啥时候|几时)都(?:行|可以)|早晚都行|闲了|先备着|不影响(?:生产|使用|交货))"
)
_STOPPED = re.compile(
    r"停线|停产|停工|停摆|全停|趴窝|产线停|线停|整条线.{0,4}(?:停|不动|瘫)|(?:生产|全线|全厂|车间|产线|流水线|这条线|线|设备|机器)(?:都|全|已经|被迫|直接|现在|也)*(?:停了|停下|停着|停掉|瘫痪|瘫了|干不了)|(?:没法|无法|不能|没办法)(?:开工|生产|开机|干活)|生产不了|开不了(?:工|机|线)|(?:工人|人)(?:都|全)?(?:干等|等着|闲着|歇着)|干等"
)
_DELIVERY = re.compile(
    r"交不了|交不上|交不出|交货(?:期)?.{0,8}(?:来不及|赶不上|紧|误|耽误|延|压|近|到了|不上|快|马上|在即|悬)|(?:交期|工期|交付).{0,8}(?:来不及|赶不上|紧|误|耽误|延|压|近|到了|保不住|快到|马上|悬|受影响)|(?:耽误|影响|延误|拖延|误了)(?:了)?(?:客户)?(?:的)?(?:交货|交期|交付|发货|出货|订单|工期)|赶(?:着|不上)?(?:货|交|工期|订单|发货|出货)|(?:今天|今晚|明天|后天|明早|下午|上午|晚上|周[一二三四五六日天末]|礼拜[一二三四五六日天]|月底|下周|本周|这周|\d+[号天日小时]+(?:后|内)?)(?:之?前|内|就|必须|得|一定|要|还|又|早上|上午|下午)*(?:交货|发货|出货|交付|交样|交(?![流换通])|装船|要货|发车)|等着(?:发货|出货|交货|用|要货)|断供|断货|违约|误期|逾期(?:违约|罚)|订单.{0,6}(?:黄|丢|飞|没了|取消|跑)|要?(?:取消|撤)订单|误(?:了)?船期"
)
_CLAIM = re.compile(
    r"索赔|要(?:我们)?赔|赔(?:钱|款|偿)|退货|退回来|被退|整批退|拒收|扣款|扣(?:了)?货款|客户.{0,8}(?:投诉|退|罚|扣|拒|发火|停.{0,3}货|终止|翻脸|不收|通报)|客诉|召回|罚款通知|主机厂.{0,8}(?:投诉|退|罚|扣|拒|停.{0,3}货|通报)"
)
_PRESSED = re.compile(
    r"(?<![不应焦着紧性])急(?![停剧需刹冷救诊性速变弯转回躁缺])|加急|紧急(?!停|按钮|联系|预案|制动|开关|切断|出口|疏散|救)|着急|火急|十万火急|立刻|尽快(?!$)|赶快|火速|赶紧|越快越好"
)
_NOT_AT_STAKE = re.compile(
    r"(?:没有?|未|不会?|别|不)(?:造成|影响到?|导致)?(?:停线|停产|停工|索赔|退货|客诉)|(?:防止|避免|预防|以免|免得|怎么防|如果|万一|去年|前年|以前|上个?月|曾经|上次)[^，,。；;！!？?]{0,14}(?:停线|停产|停工|停机|索赔|退货|客诉|投诉|召回|赔偿|交不了|延误|违约)|停产(?:整顿|企业|了?的企业|期间|整改)"
)
_RULE_SUBJECT = re.compile(r"违约|赔(?:钱|款|偿)|召回|逾期|退货|投诉|停产")


def _urgency(text: str, wish: Wish) -> Urgency:
    """How urgent the asker says it is; danger has been seen to before."""
    bare = _NOT_AT_STAKE.sub("", text)
    if wish.intent is Intent.POLICY:
        bare = _RULE_SUBJECT.sub("", bare)  # what a document says of them puts nothing at stake here
    relaxed = _NOT_URGENT.search(bare)
    bare = _NOT_URGENT.sub("", bare)
    if any(pattern.search(bare) for pattern in (_STOPPED, _DELIVERY, _CLAIM)):
        return Urgency.HIGH
    if relaxed:
        return Urgency.LOW
    return Urgency.HIGH if _PRESSED.search(bare) else Urgency.NORMAL


# --- what is still to be asked --------------------------------------------------------------------------------------------------------

QUESTIONS: Mapping[Demand, Mapping[str, str]] = MappingProxyType(
    {
        Demand.PROBLEM: {
            "equipment": "是哪种设备或哪道工序出的问题？",
            "model": "设备的品牌和型号是什么？铭牌上有。",
            "material": "加工或使用的是什么材料，牌号多少？",
            "since_when": "从什么时候开始的？之前动过什么（换料、换刀、改参数、检修）？",
            "tried": "已经试过哪些办法，结果怎样？",
            "effect": "现在影响有多大：停线了吗，不良率多少，交期紧不紧？",
            "contact": "工程师怎么联系您：姓名、电话、方便的时间？",
        },
        Demand.TALENT_GAP: {
            "skill": "需要会什么的人，做到什么程度？",
            "headcount": "需要几位？",
            "term": "是长期招聘，还是短期、兼职或按项目？",
            "contact": "怎么联系您：姓名、电话、方便的时间？",
        },
        Demand.TRAINING: {
            "topic": "想培训什么内容？",
            "headcount": "大约多少人参加，基础怎样？",
            "schedule": "希望什么时候上，每次多长时间？",
            "contact": "怎么联系您：姓名、电话、方便的时间？",
        },
        Demand.TESTING: {
            "material": "要检测的是什么样品，什么材料？",
            "items": "要测哪些项目？",
            "basis": "依据什么标准，报告要不要带 CNAS 或 CMA 章？",
            "deadline": "什么时候要结果？",
            "contact": "怎么联系您：姓名、电话、方便的时间？",
        },
        Demand.TRANSFER: {
            "result": "是什么成果，解决什么问题？",
            "stage": "做到哪一步了：论文、样机、小试、中试还是量产？",
            "rights": "有专利吗，权属归谁？",
            "cooperation": "希望怎么合作：转让、许可、入股还是共同开发？",
            "contact": "怎么联系您：姓名、电话、方便的时间？",
        },
        Demand.STANDARD: {
            "subject": "标准要管什么产品或什么方法？",
            "level": "想做哪一级的标准：国家、行业、地方、团体还是企业标准？",
            "stage": "现在到哪一步：想法、立项、草案还是送审？",
            "contact": "怎么联系您：姓名、电话、方便的时间？",
        },
    }
)
WITH_MATERIAL = frozenset(
    {Domain.MACHINING, Domain.MOULDING, Domain.WELDING, Domain.MATERIALS, Domain.PROCESS, Domain.OTHER}
)
_KNOWN: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "equipment": re.compile(
            r"机(?![会密关理])|设备|机床|车床|铣床|磨床|加工中心|炉|泵|阀|缸|釜|塔|模具|模|线(?:体|上)|产线|变频器|PLC|伺服|电柜|控制柜|配电柜|机器人|机械手|AGV|输送|仪|三坐标|卡尺|量具|检具|相机|服务器|系统|软件|MES|ERP|传感器|编码器|液压站|刀库|主轴|焊|逆变器|锅炉|换热器|管道|开关|罐|护栏|光栅|光幕|贴片|电路板|PCB|艉轴|螺旋桨|导管架|船",
            re.IGNORECASE,
        ),
        "model": re.compile(
            r"[A-Za-z]{1,}[\-_ ]?\d{2,}[A-Za-z\d\-/.]*|\d{2,}[A-Za-z]+\d*|发那科|FANUC|西门子|三菱|欧姆龙|安川|库卡|KUKA|ABB|汇川|台达|海天|震雄|马扎克|哈斯|大隈|德玛吉|沈阳机床|施耐德|型号|牌子|品牌",
            re.IGNORECASE,
        ),
        "material": re.compile(
            r"钢|铁|铝|铜|钛|镁|锌|合金|塑料|尼龙|ABS|PP|PC|POM|PA\d*|PVC|PE|橡胶|硅胶|树脂|陶瓷|玻璃|碳纤维|\d{2,3}[A-Z][a-z]|45#|Q\d{3}|SUS|30[46]|316|6061|7075|布|纱|纸|木|棉|片剂|样品|试样|零件|产品|工件|涂层|镀层",
        ),
        "since_when": re.compile(
            r"昨|前天|今天|今早|早上|上午|下午|刚|上周|这周|本周|上个?月|这个?月|去年|今年|最近|近来|[一二两三四五六七八九十几半\d]+个?(?:天|周|月|年|小时|班)|从.{1,10}(?:开始|起|以后|之后)|换了?.{0,8}(?:以后|之后|后)|开机|自从|一直"
        ),
        "tried": re.compile(
            r"试过|换了|换过|调了|调过|查了|查过|检查过|清洗|重启|拆|更换|修过|修了|加了|已经.{0,8}(?:换|调|查|改|试|修|洗|磨)|也(?:没用|一样|不行)|还是(?:不|没|一样|老)|没用|刚磨过|改过|改了"
        ),
        "effect": re.compile(
            r"停线|停产|停机|停工|全停|交期|交货|交不|退货|索赔|投诉|客诉|拒收|良率|不良率|报废|合格率|\d+(?:\.\d+)?\s*%|百分之|产量|损失|罚款|不影响|返工|来不及|发货|趴窝|干等"
        ),
        "contact": re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|电话[是：:]|微信[是：:]|联系人[是：:]|@"),
        "skill": re.compile(rf"(?:会|懂|搞|做|熟|精通|擅长|能).{{1,16}}{_PERSON}|[\w]{{2,10}}{_PERSON}"),
        "headcount": re.compile(r"[一二两三四五六七八九十几百\d]+(?:来|多)?\s*(?:个|名|位|人)"),
        "term": re.compile(r"长期|短期|兼职|全职|驻厂|顾问|周末|项目|临时|[一二两三半几\d]+个?(?:天|周|月|年)"),
        "schedule": re.compile(
            r"月|周|星期|礼拜|号|下班|晚上|周末|年底|年前|[一二两三四五几\d]+(?:天|次|课时|学时|小时)"
        ),
        "items": re.compile(
            r"硬度|成分|拉力|拉伸|盐雾|尺寸|金相|探伤|疲劳|冲击|粗糙度|耐压|绝缘|EMC|电磁兼容|老化|高低温|振动|跌落|气密|防护等级|光谱|材质|弯曲|厚度|膜厚|噪声|校准|检定|型式试验|附着力|失效分析|阻燃|IP\d{2}"
        ),
        "basis": re.compile(r"GB|ISO|ASTM|DIN|JIS|HG/|JB/|CNAS|CMA|标准", re.IGNORECASE),
        "deadline": re.compile(
            r"今天|明天|后天|本周|这周|下周|月底|月初|周[一二三四五六日]|天内|尽快|加急|\d+[号日天]"
        ),
        "result": re.compile(r"专利|样机|涂层|材料|装置|算法|工艺|配方|设备|软件|机"),
        "stage": re.compile(r"论文|样机|小试|中试|量产|样品|立项|草案|送审|初稿|批量"),
        "rights": re.compile(r"专利|著作权|软著|权属|知识产权"),
        "cooperation": re.compile(r"转让|许可|入股|合作开发|共同开发|授权|买断|落地|承接"),
        "level": re.compile(r"国家标准|国标|行业标准|行标|地方标准|地标|团体标准|团标|企业标准|企标"),
    }
)


def missing_facts(text: str, demand: Demand, domain: Domain) -> tuple[str, ...]:
    """Codes of the facts that an engineer will need and the text does not give, in the order of asking."""
    return tuple(code for code in QUESTIONS[demand] if not knows(code, text, demand, domain))


def knows(code: str, text: str, demand: Demand, domain: Domain) -> bool:
    """Whether the text gives this fact, or the fact says nothing in this trade: a material is not asked for where a PLC drops out."""
    if code in ("topic", "subject"):
        return domain is not Domain.OTHER
    if code == "material" and demand is Demand.PROBLEM and domain not in WITH_MATERIAL:
        return True
    return bool(_KNOWN[code].search(text))


# --- confidence -----------------------------------------------------------------------------------------------------------------------

FIXED, SURE, OPEN_READING = 0.95, 0.9, 0.6


def _confidence(wish: Wish, scores: Mapping[Domain, int] | None) -> float:
    """The strength of the rule that decided the intent, times, where a domain is given, the share of the best trade.

    Intent: FIXED for danger, refusals, people, small talk, service and status, whose patterns are narrow; SURE for a kind of knowledge that
    nothing speaks against; OPEN_READING otherwise. Domain: from .5 (nothing known, or a draw) to 1 (one trade alone).
    """
    if wish.intent not in OPEN:
        base = FIXED if wish.sure else OPEN_READING
    else:
        base = SURE if wish.sure else OPEN_READING
    if scores is None:
        return base
    best, second = [*scores.values(), 0, 0][:2]
    return round(base * (best / (best + second) if best else 0.5), 2)
