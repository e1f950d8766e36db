"""What is said in a conversation beside questions: a wish for a person, a withdrawal, yes and no, thanks, a rating. Pure.

Every function takes one message as it was typed and looks at nothing else: what a yes is an answer to, and whether a ticket is open, is the
caller's to know. What `bot.rules.intent` already reads is asked there. The words are wide where a miss would leave a firm without a person,
narrow where a hit would end something.
"""

import re
import unicodedata
from collections.abc import Iterator

from bot.rules.intent import Intent, Topic, read

_SIMPLE = str.maketrans(
    "轉師專請個來給聯繫換話單嗎還沒這謝開關問題對幫說誰電為麼進處結嘍號優務員機壞過後點",
    "转师专请个来给联系换话单吗还没这谢开关问题对帮说谁电为么进处结喽号优务员机坏过后点",
)
_TYPOS = re.compile(
    r"[转砖专][人仁入][公攻共エ工]|[转砖专]工人(?!员)|人エ|zhuan\s*ren\s*gong|ren\s*gong|ke\s*fu|^zrg$", re.IGNORECASE
)
_GAP = re.compile(r"(?<=[一-鿿])\s+(?=[一-鿿])")
_CLAUSE = re.compile(r"[，,。；;！!？?\n~～…]+")
_MAX_CLAUSES = (
    200  # a message in a conversation holds 20,000 characters; a wish stands among the first or the last clauses
)
_END = r"(?:[吧啊呀哦了啦呢嘛的哈么吗]|(?:谢谢|多谢|麻烦|辛苦)(?:了|你|您|你们|师傅|老师)*)*"


def wants_person(text: str) -> bool:
    """Whether a person is asked for: 转人工 and its sisters, also misspelt, spaced out, in English, or beside another matter.

    Asking what a person costs, what 人工智能 is, or not to be handed over is no such wish.
    """
    whole = _plain(text)
    squeezed = re.sub(r"[\W_]+", "", whole)
    if len(squeezed) <= 24 and (_BARE_CALL.fullmatch(squeezed) or _ENGLISH_CALL.fullmatch(" ".join(whole.split()))):
        return True
    return any(_calls(clause) for clause in _clauses(whole))


def wants_withdrawal(text: str) -> bool:
    """Whether one's own demand is taken back: 算了, 不用了, 撤回, 取消工单, 我们自己弄好了.

    A message that goes on about the trouble takes nothing back, nor does one about orders, certificates or pins that are withdrawn.
    """
    plain = _plain(text)
    if _KEEPS.search(plain):
        return False
    if read(plain[:400]).topic is Topic.WITHDRAW:
        return True
    return any(_WITHDRAWAL.fullmatch(re.sub(r"[\s.]+", "", clause)) for clause in _clauses(plain))


def asks_status(text: str) -> bool:
    """Whether the firm asks how far its ticket is, hurries it, or only names it."""
    plain = _plain(text)
    if _OTHER_TICKET.search(plain):
        return False
    if (
        ticket_ref(plain)
        and not wants_withdrawal(plain)
        and re.search(r"^\W*\S+\W*$|到哪|怎么样|进|呢|吗|没|查|看|催", plain)
    ):
        return True
    wish = read(plain[:400])
    if wish.intent is Intent.STATUS:
        return wish.topic is not Topic.WITHDRAW
    return any(_STATUS.search(clause) for clause in _clauses(plain))


def ticket_ref(text: str) -> str | None:
    """The first reference of a ticket in the text as T-000123, or None.

    T-000123 counts anywhere; fewer digits only where tickets are spoken of or nothing else is said, since T8 and T10 are steels and T651 is a
    temper.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[—–−]+", "-", plain)
    for pattern in (_FULL_REF, _SPOKEN_REF):
        found = pattern.search(plain)
        if found:
            return _ref(next(group for group in found.groups() if group))
    found = _SHORT_REF.fullmatch(plain.strip()) or (_OF_TICKETS.search(plain) and _SHORT_REF.search(plain))
    return _ref(found[1]) if found else None


def comes_back(text: str) -> bool:
    """Whether the trouble is said to be there again or still: 又坏了, 还是不行, 老毛病又犯了, 没解决."""
    return any(
        _BACK.search(clause) and not re.search(r"会不会|怕|防止|避免|以免|如果|万一|要是", clause)
        for clause in _clauses(_plain(text))
    )


def is_solved(text: str) -> bool:
    """Whether it is said to work now: 好了, 解决了, 可以用了; not 好了吗, 准备好了, and not when it came back since."""
    if comes_back(text) or re.search(r"[吗么没][？?\s]*$|还是|(?<![没有])[又再]", text.strip()):
        return False
    return any(_SOLVED.search(clause) and not _NOT_SOLVED.search(clause) for clause in _clauses(_plain(text)))


def is_thanks(text: str) -> bool:
    """Whether nothing but thanks is said."""
    return len(text) <= 100 and read(_plain(text)).topic is Topic.THANKS


def is_yes(text: str) -> bool:
    """Whether the whole message agrees: 好, 行, 可以, 对, 嗯, 确认, 提交吧."""
    if re.search(r"[?？]\s*$", text):
        return False
    return bool(_YES.fullmatch(_bare(text))) or text.strip() in ("👌", "👍", "✅", "✔")


def is_no(text: str) -> bool:
    """Whether the message refuses or wants a change: 不用, 不对, 先不, 改一下; what follows after a comma is left to the caller."""
    first = next(_clauses(_plain(text)), "")
    return bool(_NO.fullmatch(_bare(text)) or _NO.fullmatch(_bare(first)))


def is_skip(text: str) -> bool:
    """Whether a question is passed over: 不知道, 不清楚, 跳过, 先不说."""
    first, *rest = [_bare(clause) for clause in _clauses(_plain(text))] or [""]
    return bool(_SKIP.fullmatch(first)) and all(_LATER.fullmatch(clause) or _SKIP.fullmatch(clause) for clause in rest)


def rating(text: str) -> int | None:
    """From 1 to 5 where the message clearly is a rating, else None.

    A bare number, stars, or 分 and 星 behind a number; 非常满意 5, 满意 4, 一般 3, 不满意 2, 很差 1. A comment may follow stars and words.
    """
    stars = re.fullmatch(r"[★⭐🌟️]{1,10}☆*", text.strip())
    if stars:
        count = len(re.findall("[★⭐🌟]", text))
        return count if count <= 5 else None
    plain = _plain(text).strip(" 。!！.~")
    found = _RATING.match(plain)
    if found:
        digit = found[1] or found[2]
        return "一二三四五".find(digit.replace("两", "二")) + 1 or int(digit)
    first = next(_clauses(plain), "")
    return next((value for value, words in _RATING_WORDS if words.fullmatch(first.strip())), None)


def scolds(text: str) -> bool:
    """Whether it is the bot that is complained of: 你这机器人什么都不懂, 答非所问."""
    return any(_SCOLDING.search(clause) for clause in _clauses(_plain(text)[:200]))


def asks_visit(text: str) -> bool:
    """Whether it asks if somebody comes to the plant."""
    return bool(_VISIT.search(_plain(text)[:200]))


# --- the text -------------------------------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Narrow forms, simple characters, lower case, no gaps between Chinese characters; 专人工 and the like put right."""
    narrow = unicodedata.normalize("NFKC", text).lower().translate(_SIMPLE)
    return _TYPOS.sub(
        _corrected, _GAP.sub("", re.sub(r"[。.](?=[一-鿿][。.])|(?<=^[一-鿿])[。.](?=[一-鿿]$)", "", narrow))
    )


def _corrected(found: re.Match[str]) -> str:
    word = re.sub(r"\s", "", found[0])
    return {"kefu": "客服", "rengong": "人工", "人エ": "人工"}.get(word, "转人工")


def _clauses(text: str) -> Iterator[str]:
    clauses = [clause for piece in _CLAUSE.split(text) if (clause := piece.strip())]
    if len(clauses) > 2 * _MAX_CLAUSES:
        clauses = clauses[:_MAX_CLAUSES] + clauses[-_MAX_CLAUSES:]
    return iter(clauses)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", _plain(text[:100])) if len(text) <= 100 else ""


_SCOLDING = re.compile(
    r"(?:你|这)(?:们|这|这个|个|什么)*(?:机器人|客服|ai|人工智能|系统|助手|程序|东西|破玩意|玩意)?[^，。]{0,4}(?:什么都不懂|啥都不懂|不懂(?:技术|行)|听不懂|太笨|好笨|真笨|傻|智障|废物|垃圾|太蠢|没用的东西|不智能)"
    r"|^(?:答非所问|牛头不对马嘴|文不对题|胡说八道|说的什么(?:玩意|东西)?|你说的都不对|看不懂你说的)"
)
_VISIT = re.compile(
    r"(?:能不能|能否|可不可以|可以|会不会|能)(?:派人|安排人?|请人)?(?:上门|来厂里?|到厂里?|到现场|来现场|过来)(?:看|修|服务|检查|调|一趟)?[^，。]{0,6}(?:吗|么|不|呢|$)"
)

# --- a person -------------------------------------------------------------------------------------------------------------------------

_WHO = r"(?:人工(?:客服|服务|坐席|座席|专员)?|真人(?:客服)?|活人|客服(?:人员)?|工程师|技术员|师傅|专家|工作人员|老师|human|agent)"
_LEAD = r"(?:你好|您好|喂|请|麻烦|帮忙?|快|赶紧|直接|马上|给|我|想|要|需要|可以|可不可以|能|能不能|能否|不能|让|有没有|有|在不在|没有|还是|怎么|为什么|才|都|就|别废话)*"
_MOVE = r"(?:转接?|接|找|叫|换|来|喊|派|联系|呼叫|请|要|跟|和|给我|一下|下|到|个|一个|位|一位|你们的?|那个?|的)*"
_BARE_CALL = re.compile(
    rf"{_LEAD}(?:{_MOVE}(?:人工(?:客服|服务|坐席)?|真人(?:客服)?|活人|客服|human|agent)(?:在不在|在吗|呢)?)+{_END}|转接一?下?{_END}|(?:人工)+"
)
_ENGLISH_CALL = re.compile(
    r"(?:(?:i|we)\s+(?:want|need|would like|wanna)\s+(?:to\s+)?|(?:can|could|may)\s+(?:i|you)\s+|please\s+|(?:i\s+)?need\s+help\s+from\s+|let me\s+|get me\s+|give me\s+)*"
    r"(?:(?:talk|speak|chat|transfer|connect|switch)\s+(?:me\s+)?(?:to|with)\s+)?"
    r"(?:an?\s+|the\s+|some\s+)?(?:real\s+|live\s+|actual\s+|customer\s+)?(?:human|agent|person|people|engineer|operator|representative|someone|somebody|staff|support|service)(?:\s+(?:being|agent|help|service|support|please|pls|now|help))*[.!?]*"
)
_NO_WISH = re.compile(
    r"(?:不用|不要|先不|别|不想|不需要|无需|用不着|没必要|不必|暂时不|先别)(?:再|给我|着急|急着|马上|叫|派|麻烦)*(?:转|找|叫|派|让|联系|请|喊|要)*(?:你们的?|一?个|一?位)*(?:人工|真人|工程师|师傅|客服|技术员|专家|人(?:来|过来)?(?:了|$))"
)
_OTHER_MANUAL = re.compile(
    r"机器人工|人工(?:费|成本|智能|焊|上料|下料|上下料|打磨|抛光|检|测|操作|搬|换|装|分拣|码垛|喷|作业|干预|复核|目检|目视|调|送|拆|铸|成形|成型|岗|工位|工时|干活|单价|效率|消耗|写|录入|统计|记录|计算|识别|巡检|清洗|清理|去毛刺|代替|替代|补焊|合成|关节|湖|降雨|时效)|(?:由|从|自动|全部|工序|工位|产线|节拍|手动).{0,6}转人工"
)
_ABOUT_PEOPLE = re.compile(
    r"收费|要钱|多少钱|电话(?:是)?多少|几点|上班|下班|费用|条件|怎么成为|什么是|是什么|指哪|职称|补贴|政策|资格|认定|定金|押金|干嘛|干什么用|挂出去|揭榜|挂名"
)
_SUMMONS = re.compile(
    rf"(?:让|叫|派|请|喊|安排|找|要|来|帮我|联系)(?:一?下)?(?:你们的?|一?个|一?位|专业的?|懂行的?|那个)*(?:{_WHO}|人)(?:来|过来|上门|到现场|到厂|联系我|跟我|给我|打电话|回电|回我|处理|看看|看一?下|帮|问|说|聊|谈|解答|接待)(?!.{{0,8}}(?:培训|讲课|授课|上课))"
    rf"|(?:跟|和|同|与)(?:你们的?)?(?:{_WHO}|真?人)(?:直接)?(?:说|聊|谈|沟通|通话|讲|对话)"
    r"|(?:我|我们)(?:要|想|得)找(?:一?个|一?位)?(?:人|真人)(?:$|问|说|聊|谈|帮|看|处理|解决|咨询|吧|啊)|^找人$"
    r"|(?:给|跟)我们?(?:回|打)(?:一?个)?电话|(?:回|打)(?:一?个)?电话给我|电话联系我|回我?一?个电话|^(?:尽快|赶紧|请|麻烦)?联系我(?:一?下)?$"
    r"|(?:有没有|有)(?:真人|活人|人工(?!智能)|客服)|^(?:有没有人|到底有没有人|没有人吗|就没有?人|没人吗)(?:在|啊|呀|吗|呢|管|理|回|能?帮|能?看|看|处理|值班|懂行|接待|$)"
    r"|^(?:在线)?(?:人工(?:客服|服务)?|真人|客服)(?:在吗|在不在|在哪里?|呢|快|来|回复|介入|接入|在线吗|什么时候在)?$|(?:接入|接通|呼叫|需要|请求)(?:一下)?(?:人工(?:服务|客服|介入)?|真人|客服)$|^(?:快|赶紧|直接|我要|请|那)*(?:来|换|叫|派|喊)(?:一?个|一?位)?真?人(?:吧|啊|呀|来|过来)?$"
    r"|^(?:你们)?(?:有|有没有)?(?:工程师|技术员|师傅|专家)(?:在吗|在不在|在线吗|有吗|有没有)$|^(?:你们)?(?:有|有没有)(?:工程师|技术员|师傅|专家)(?:在|吗|在吗|在线)?$"
    r"|(?:找|叫|让|联系|喊)(?:一下)?(?:你们?的?)?(?:领导|负责人|主管|管理员)(?:来|$|说|出来|接|谈)|(?:找|叫|派|来|请)(?:一?个|一?位)?(?:懂行|专业|内行|懂技术)的?(?:人|师傅)?$"
    r"|给我(?:来|打|回)个?电话|^请?(?:尽快)?回电$|^转(?:到)?(?:技术(?:支持|员)?|工程师|专家)$|不(?:要|想|爱)(?:再)?(?:跟|和|用)?ai(?:说|聊|回答|客服|$)|有没有活的"
    r"|^(?:别(?:再)?(?:问|啰嗦|废话)了?|少废话|不说了|我?不想打字了?)?(?:就|直接|赶紧|快|马上|给我|帮我|请|麻烦)+(?:找|叫|来|派|喊|换|转|安排)(?:一?个|一?位|你们的?)?(?:真?人|师傅|工程师)(?:来|过来|看看|吧|啊|呀|说)*$"
    r"|转不了人工|不(?:给|让|能)?(?:我)?转人工|(?:不想|别|不要|不爱)(?:再)?(?:跟|和|用|拿)?(?:你这)?(?:个)?机器人(?!工作站|工具|焊)"
)


def _calls(clause: str) -> bool:
    if _NO_WISH.search(clause) and not re.search(r"转不了|不(?:给|让|能)", clause):
        return False
    if _OTHER_MANUAL.search(clause) or _ABOUT_PEOPLE.search(clause):
        return False
    return bool(_SUMMONS.search(clause)) or read(clause[:400]).intent is Intent.HUMAN


# --- one's own demand -----------------------------------------------------------------------------------------------------------------

_TICKET = r"(?:(?:这个?|那个?|该|我们?的?|咱们?的?|刚才的?|上次的?|之前的?|昨天的?|提交?的?|报的?|发的?)*(?:工单|单子|单|需求|问诊单|问诊|申请|预约|请求|问题|事儿?|t-?\d{2,9})的?)"
_DROP = r"(?:撤回|撤销|撤掉|撤单|撤|取消|作废|关掉|关闭|关|结束|删掉|删除|终止)"
_WITHDRAWAL = re.compile(
    rf"(?:好|行|嗯|那|那就|还是|就|先|你好|师傅|老师|谢谢|麻烦|请|我们?|咱们?|想|要|可以|能|能不能|可不可以|帮我?|给我|已经|暂时|现在|目前|先)*(?:"
    rf"算[了啦](?:吧|算了)?(?:我们?|咱们?|就|也|先|都)?(?:不(?:弄|问|修|找|用|麻烦|要|需要|提|搞|说|等|报|整)(?:你们|您|他们)?了?|自己(?:来|弄|修|搞|解决|想办法|处理)(?:好|吧|了|定)*|$)?"
    rf"|{_TICKET}?(?:不用|不需要|用不着|不必|不要|不麻烦|不劳烦)(?:你们|您|师傅|工程师|人)?(?:处理|管|弄|修|来|看|派人|派|麻烦|再来|过来|跟进|联系|解决|帮忙|找|找人|叫人)?(?:你们|您|师傅|工程师|人|我们?)?[了啦喽]"
    rf"|(?:(?:已经|都)?(?:搞定|弄好|修好|解决|好)了)?(?:别|不用)(?:来|派人|派人来|过来|处理|管|弄|找人|找)了|(?:我们?)?不(?:打扰|咨询)(?:你们|您)?了|放弃(?:了|吧)?|当我没说"
    rf"|(?:把|将)?{_TICKET}?{_DROP}(?:掉|了|一下|下)*(?:{_TICKET})?"
    rf"|(?:把|将)?{_TICKET}(?:给|都|可以|就)*(?:{_DROP}(?:掉|了|一下|下)*|不要了|不用了|不弄了|不找了)"
    rf"|(?:已经|现在|后来)?(?:找别人|请别人|别人|厂家来?|找人|请人|找别的(?:师傅|人))(?:给|帮)?(?:我们?)?(?:弄|修|搞|解决|处理|调)(?:好|定)?了"
    rf"|(?:已经|现在|后来|就|我们?|咱们?)*自己(?:已经|就|都|人)?(?:给)?(?:弄|修|搞|解决|处理|调|整|找到原因)(?:好|定|明白|出来|掉)?了"
    rf"|不(?:找|修|弄|问|等)了(?:算了)?"
    rf"){_END}"
)
_KEEPS = re.compile(
    r"(?:别|不要|先不|先别|不用|不想|没有?|不是要?)(?:给我|急着)?(?:撤|取消)|取消(?:资格|认定|订单|半径|补偿|刀补|定位)|撤销(?:认定|资格)|怎么算了|不用了(?:吗|会|以后|行)"
)

# --- the state of a ticket ------------------------------------------------------------------------------------------------------------

_STATUS = re.compile(
    r"^(?:现在)?(?:处理|弄|办)?[得的]?怎么样了$|(?:我们?的|^)单子?(?:现在)?(?:到哪|怎么样|怎样)|^我们?的(?:工单|单子|单)呢?$|^(?:现在)?(?:处理|看|派人|派单|接|接单|安排|有人看)了(?:吗|没|没有)$|谁接(?:的单|了单|的我)|接单没|^(?:人|师傅|工程师|专家|负责人)呢$|^现在(?:到哪一步|什么情况|啥情况|处理到哪)了?$|等了(?:好久|半天|.{1,3}(?:天|小时|分钟|个钟))了?"
    r"|(?:什么时候|多久|啥时候|几时|几点)(?:才|能|会|可以|给)*(?:回我|回复我?$|联系我|有人(?:来|联系|回|处理)|来人|派人|安排人|处理$|到$)|(?:师傅|工程师|专家)(?:几点|什么时候|啥时候)"
    r"|(?:上次|昨天|前天|刚才|之前|上周)(?:我们?)?(?:报|提|说|问|发|那个)?的?.{0,10}(?:问题|故障|事儿?|单子|需求)(?:怎么样了?|有结果了?|有消息了?|处理了|解决了)[吗没]?$"
    r"|(?:刚才|刚刚|上次|之前|昨天|前天|那个|我们?的|这个)(?:那个|的|提的|报的|发的|说的|问的)*(?:工单|单子|单|问题|需求|事儿?)?(?:现在|到底|怎么还)?(?:怎么样了|怎样了|咋样了|如何了|处理了|有人接|有人管|有人看|到哪[了儿]|啥情况|什么情况|接了[吗没]|弄了[吗没])"
    r"|(?:那个|我们?的|刚才的|上次的|这个)(?:工单|单子|需求)呢"
    r"|有人接(?:单|了|吗|没|手)(?!线)|有人接单|有没有人接|接单了[吗没]|(?:工单|单子|处理)的?(?:进度|进展|状态|情况)|^办理进度|^(?:现在)?(?:进度|进展)(?:怎么样|如何|呢|到哪)|^查?(?:一下)?(?:进度|进展)$"
    r"|催(?:一下|一催|催|个单|单)(?!化)|(?:还没|怎么没|一直没|都没|没)(?:有)?人(?:联系|回|理|接|管|处理|来)|怎么还没人"
    r"|(?:工程师|师傅|专家|人)(?:到哪[了儿]|什么时候来|啥时候来|几点来|还来不来|怎么还不来|还没来)|^(?:大概|那|我们?)*(?:还要|还得|得|要)(?:等)?(?:多久|多长时间)(?:才有人|才能?回|能?联系|才来|$)|(?:^|单子|工单|问题)有(?:消息|结果|回复|进展|眉目)(?:了)?[吗没了]|(?:有没有|有)(?:消息|结果|回复|进展)了?$"
)
_OTHER_TICKET = re.compile(
    r"(?:mes|erp|wms|plm|生产|系统里?)\s*(?:里的?|中的?|的)?\s*(?:工单|单子)|工单.{0,4}(?:报工|排产|下发|同步|不更新)"
)

# --- references -----------------------------------------------------------------------------------------------------------------------

_ALONE = r"(?<![A-Za-z0-9/\-])"
_FULL_REF = re.compile(rf"{_ALONE}[Tt]\s?-\s?(\d{{6,9}})(?![A-Za-z0-9])|{_ALONE}[Tt]\s?(0\d{{5}})(?![A-Za-z0-9])")
_SPOKEN_REF = re.compile(
    r"(?<![\d.])(\d{1,9})\s*号(?:的)?\s*(?:工单|问诊单|单子|单(?![元边机片位件根台独相轴孔双据]))"
    r"|(?<![快递物流运订货])(?:工单|单子)\s*(?:编?号|号码)?\s*(?:是|为|[:#])?\s*#?\s*(?:[Tt]\s?-?\s?)?(\d{1,9})(?![A-Za-z0-9])(?!\s*[个天次条张号])"
    r"|(?<!快递)(?<!物流)(?<![运订货])(?:单号|编号)\s*(?:是|为|[:#])?\s*#?\s*(?:[Tt]\s?-?\s?)?(\d{1,9})(?![A-Za-z0-9])"
    r"|^\s*#\s*(\d{1,9})\s*$"
)
_SHORT_REF = re.compile(
    rf"{_ALONE}[Tt](?:\s?-\s?(?=\d)|(?=\d{{3}})|(?=\d{{2}}\s*(?:号|这个|那个)))(\d{{1,9}})(?![A-Za-z0-9.])"
)
_OF_TICKETS = re.compile(r"工单|单子|单号|问诊单|[这那]单|进度|到哪|处理|催|撤|取消|怎么样|接了")


def _ref(digits: str) -> str:
    return f"T-{int(digits):06}"


# --- better, worse, again -------------------------------------------------------------------------------------------------------------

_BACK = re.compile(
    r"又(?:开始)?(?:坏|不行|出(?:现|问题|毛病|故障|来)|犯|来了|报警|停了|停机|卡|漏|响|缩水|跳|断|裂|抖|烧|堵|不动|不转|跑偏|变形|热|烫|超差|有毛刺|掉|这样|那样|老样子|复发|死机)"
    r"|又[^，,]{1,6}了$(?<!麻烦您了)(?<!麻烦你了)(?<!麻烦了)(?<!好了)(?<!能用了)(?<!转了)(?<!动了)(?<!学到了)(?<!有活了)(?<!正常了)"
    r"|(?:还是|依旧|依然|照样|仍然|还在|还会)(?:会|老|总|在)?(?:漏|缩水|响|跳|报警|抖|卡|裂|断|变形|跑偏|热|烫|停|堵|超差|掉|坏|不良)|^(?:一点|根本|完全|还是|都|也)*(?:没用|不管用|没效果|不起作用|没改善|没(?:有)?好转|没变化|用没有)(?:啊|呀|呢|的|了)*$|(?:问题|故障)依旧|依然如此|^不行.{0,2}还是$"
    r"|(?:还是|依然|仍然|照样|依旧)(?:不(?:行|好|动|转|准|稳|对)|没(?:好|用|解决|修好|效果|变化|反应)|一样|老样子|那样|这样|有问题|坏的)"
    r"|(?:还|并|根本|问题|毛病|都|也|完全|^)没有?(?:好(?:$|[啊呢])|解决(?!办法|方案|的)|修好|弄好|搞定|处理好|治好)"
    r"|老毛病|复发|跟(?:上次|之前|原来)一(?:样|模一样)|毛病又|故障重现|再次(?:出现|发生|报警)"
)
_SOLVED = re.compile(
    r"^(?:现在|已经?|都|终于|总算|好像|应该|我们?|机器|设备|问题|故障|毛病|全|就|基本|[按照][您你].{1,8}?|试了一?下|[换清擦吹洗紧]了.{1,8}?|目前|今天|自己|完美|一切|可算)*(?:弄|修|搞|调|处理|整|治|换|装)?(?:好(?:了|啦|咯|喽)|解决(?:了|啦|掉了)|搞定(?:了|啦)?|恢复(?:了|正常了?|生产了?)|正常了?|搞掂了?|好使了|成了|可以了|好了好了|解决|正常(?:生产|运行|使用)了|没问题了|没事了|没毛病了|ok了|(?:可以|能)(?:正常)?(?:用|使用|运行|生产|干活|开机?|工作|动|转)了|(?:没|没有)再(?:出现|发生|犯|报)(?:过|了)?)(?:[啊呀哈哦呢的]|谢谢.{0,6}|感谢.{0,6}|多谢.{0,4})*$"
    r"|^(?:现在|已经|终于|也|机器|设备)*不(?:报警|缩水|漏油?|响|抖|跳闸?|卡|热|烫|裂|断|变形|跑偏|堵)了$"
)
_NOT_SOLVED = re.compile(r"^(?:就|机器|设备)?(?:解决|正常|好|成)$|不能|没能|准备|约|说好|等|要是|如果|什么时候|怎么")

# --- answers --------------------------------------------------------------------------------------------------------------------------

_AGREE = r"(?:好|好的|好[滴哒勒]|可|没意见|是这样|就是这样|信息正确|需要的|要转|转|(?:那就?|麻烦)?(?:提交|转|转吧)(?:给工程师|一下)?|好吧|好呀|好啊|好嘞|行|行的|行吧|行啊|可以|可以的|对|对的|对对|嗯+|恩+|是|是的|是啊|确认|确定|没错|没问题|同意|需要|要|要的|ok的?|okay|yes|y|提交|确认提交|发|发送|发吧|提|就这样|就这么办|没毛病|正确|都对|无误|确认无误|中|得|成|来吧|麻烦了?|帮我?提交|请提交|谢谢)"
_YES = re.compile(rf"{_AGREE}(?:(?:吧|啊|呀|哈|的|了)?{_AGREE}){{0,3}}(?:吧|啊|呀|哈|哦|呢)?")
_NO = re.compile(
    r"(?:不+|不用了?|不对|不是|不是的|先不|先不用了?|先不(?:提交|提|发|说)|先别|先等等|先别(?:提交|发)|(?:先|再)?(?:看看|等等|想想)|还没想好|别急|暂不|暂时不要|(?:不用|不要|先不|别)转(?:了|人工了?)?|不转(?!了)(?:人工)?|(?:电话|型号|材料|内容|信息|写的?|填的?)?(?:有?错的?了?|不对)|等一等|算了不用了?|我?要?(?:改|修改|更正|重写|重填)(?:一下|下|个|点)?(?:电话|型号|材料|内容|信息)?|改改|等等|等一?下|等会儿?|不行|不要了?|不要提交|别|别提交|别发|no|n|nope|不同意|不可以|取消|错了|写错了|有误|有错|不正确|暂时不用?了?|不需要了?|还不行|不确认|算了|没有|否)(?:吧|啊|呀|哈|谢谢|的|了)*"
)
_SKIP = re.compile(
    r"(?:我|我们|这个|那个|型号|牌号|材料|时间|也|真的?|还|暂时|现在|目前|具体|确实|都|就|是)*(?:不(?:太|大|是很|怎么)?(?:知道|清楚|晓得|记得|确定|了解|好说|方便说|方便|想说|明白|懂)(?:这个|哎|了|型号|牌号|具体|时间)?|[说讲看]不(?:上来|清楚?|好|准)|没(?:有)?(?:看过|记录|记过|铭牌)|(?:先)?空着|先空|暂无|无可奉告|以后再说|(?:这个)?(?:要|得)问(?:别人|一?下)?.{0,4}|记不(?:清|得|住)(?:楚)?|没(?:有)?(?:注意|留意|印象|记)|忘了|忘记了?|(?:先)?跳过(?:吧|这个|这题|此题)?|先不说(?:了|这个)?|不说了?|略过?|pass|skip|下一(?:个|题|项|问)|没数|不详|无|(?:回头|稍后|我问问|问问|等下)再?(?:说|补充?|告诉你们?|问))(?:师傅|老师|了|啊|呀|哎|诶|吧|呢|的)*"
)
_LATER = re.compile(
    r"(?:回头|以后|之后|晚点|待会儿?|等会儿?|后面|我?再)?(?:再)?(?:补|说|问问|查一?下|看看|告诉你们?|补充)(?:吧|上)?|抱歉|不好意思|谢谢"
)

# --- ratings --------------------------------------------------------------------------------------------------------------------------

_RATING = re.compile(
    r"(?:我|给|必须|服务|打|评|评分|就|你|您|个|:|\s)*(?:([1-5一二两三四五])\s*(?:颗|个)?(?:星|分)(?![级钟之析值别的])(?:好评|吧)?(?=$|[\s，,。!！;；~])|([1-5])(?:/5)?$)"
)
_RATING_WORDS = (
    (
        5,
        re.compile(
            r"(?:非常|很|十分|特别|超级?|相当|挺)满意了?|(?:给|打|必须)?(?:个)?(?:满分|好评)|五星好评|(?:非常|特别|超级?)(?:好|棒)|全五星"
        ),
    ),
    (4, re.compile(r"(?:还|比较|基本)?满意")),
    (3, re.compile(r"一般|一般般|凑合|马马虎虎|中等")),
    (2, re.compile(r"不(?:太|怎么|是很|大)?满意|较差|比较差")),
    (
        1,
        re.compile(
            r"(?:很|非常|十分|特别|极其?|太)不满意了?|(?:很|太|非常|特别|极)差了?|差评|极差|差劲|太差劲了?|一星差评"
        ),
    ),
)
