"""Hard facts that a question asks for, and whether a text holds one of that kind. Pure.

A clause can share every word with 奖励多少万元 and still state no sum. Such a clause is near, not an answer.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_N = r"(?:\d+(?:[,，.]\d+)*|[〇零一二两三四五六七八九十百千万亿半]+)\s*(?:余|多|个)?\s*"
_COUNTED = {
    "名": "人名位个", "人": "人名位个", "位": "人名位个", "家": "家个所户", "所": "家个所户", "个": "个家名项所人门种类条处", "项": "项个件种类",
    "次": "次回遍场", "台": "台套个", "套": "台套个", "场": "场次", "篇": "篇", "门": "门个",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """One kind of fact: how it is asked for, how it is stated, and its name for people."""

    name: str
    asked: re.Pattern[str]
    stated: re.Pattern[str]
    soft: bool = False  # said in too many ways for its absence to refuse an answer; still evidence


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind of fact that a question asks for, and where its words ask for it."""

    wanted: Wanted
    span: tuple[int, int]


_KINDS = (
    Wanted("网址", re.compile(r"网址|官网|网站地址|链接(?:是|发)|哪个网站"), re.compile(r"https?:|www\.|[a-z0-9]\.(?:com|cn|org|net|gov)|“[^”]{2,12}(?:网|平台|小程序|客户端)”", re.IGNORECASE)),
    Wanted("邮箱", re.compile(r"邮箱|电子邮件|e-?mail", re.IGNORECASE), re.compile(r"[\w.]+@[\w.]+")),
    Wanted("电话", re.compile(r"(?:电话|手机|号码|热线)(?:号码?)?(?:是)?(?:多少|几|什么|[？?]?$)|打(?:哪个|什么)电话"), re.compile(r"\d{3,4}-\d{7,8}|\d{7,11}|1[12]\d{3}(?!\d)")),
    Wanted("面积", re.compile(r"平方米|平米|多大面积|面积.{0,8}(?:多少|多大|几)|(?:多少|几)(?:个)?(?:平|亩)"), re.compile(rf"{_N}(?:平方米|平米|㎡|亩|公顷)")),
    Wanted("比例", re.compile(r"百分之(?:几|多少)|(?:比例|占比|投入占比|利率|税率|费率|增长率|折扣)(?:是|为|达|有|不低于|不少于|至少|要)*(?:多少|几|多高|[？?]?$)|(?:几|多少)个?(?:百分点|成(?![果员本立效功品绩为长才交就]))|[几多]少?折"), re.compile(rf"[%％‰]|百分之|{_N}(?:成|折|倍|个百分点)|\d\s*[:：]\s*\d|全额|免息|减半")),
    Wanted(
        "金额",
        re.compile(
            r"多少(?:钱|元|块(?!内容|业务)|万|亿|美元|资金)|几(?:万|千|百|亿)|(?:奖励|补贴|补助|资助|奖金|费用?|租金|安家费|注册资本|年薪|工资|会费|押金|罚款|报销|贷款额度|额度|价格|薪资)(?:的)?(?:标准|金额|额度|上限)?(?:是|要|给|为|有|能|得|收|交|可以|最高|最多|最低|一年|每年|每人)*(?:多少|几)|(?:奖|补|交|付|罚|花|收|给|报销|拿|贷|借|赔|便宜|差|省)(?:多少|几)(?!次|人|家|个|年|天|份|分|项)|(?:多少|几).{0,4}(?:费用?|补贴|奖金|奖励|资金|钱|工资|扶持)(?!单位|部门)|注册资本|(?:补贴|收费|缴费|会费|资助|奖励|租房|安家费?|津贴)(?:的)?标准"
        ),
        re.compile(rf"{_N}(?:元(?!化|素|旦|件)|块|万|亿|美元)|免费|不收(?:取)?|无偿|全额|实报实销|工本费"),
    ),
    Wanted(
        "期限",
        re.compile(r"多久|多长时间|多少(?:天|年|个?月|小时|分钟|个?工作日|日)|几(?:天|年|个月|小时|分钟|个?工作日|个?星期|周|个季度)(?!前开)|(?:期限|周期|时限)(?:是)?(?:多|几|什么)"),
        re.compile(rf"{_N}(?:年|月|日|天|周|小时|分钟|工作日|季度|星期)|每(?:年|月|季度|周|日|半年)|年度|季度|月度|常态化|定期|长期|当天|当日|即时|按期|届满|之前"),
    ),
    Wanted("次数或周期", re.compile(r"(?:每|隔)(?:几|多少|多久)|几(?:年|个?月|天|周)(?:一|审|查|评|开|办|收)"), re.compile(rf"每(?:年|月|季度?|周|日|半年|{_N}(?:年|个?月|天|周))|一年{_N}次|年度|季度|月度|定期|常态化|动态")),
    Wanted("提前多久", re.compile(r"(?:提前|提早)(?:几|多)"), re.compile(rf"提前{_N}|{_N}(?:天|日|小时|分钟|个?月|工作日)(?:以)?前|前{_N}(?:天|日)")),
    Wanted("由谁担任", re.compile(r"(?:由|是)?(?:谁|哪位|哪个人|什么人)(?:来)?(?:担任|当|兼任|出任)|(?:姓名|名字)(?:是|叫)"), re.compile(r"担任|兼任|出任|任(?:组长|主任|主席|院长|理事长|主编)|总经理|秘书长|由.{1,12}(?:主持|负责|牵头)|(?:承担|中枢|运营者)")),
    Wanted("时间", re.compile(r"什么时候|啥时候|何时|几时"), re.compile(rf"\d|{_N}(?:年|月|日|天|周|小时|季度)|(?:后|前|时|期间|期满|之日|当天|定期|每年|每月|每季度|季度|年度)")),
    Wanted(
        "截止日期",
        re.compile(r"截止|最(?:晚|迟).{0,8}(?:什么时候|啥时候|哪天|几号|何时)|deadline"),
        re.compile(r"\d{1,2}\s*月\s*\d{1,2}\s*日|\d{1,2}\s*日前|截止|截至|月底前|年底前"),
    ),
    Wanted(
        "时间",
        re.compile(r"哪(?:天|年|一年|一天|个月)|几(?:号|月份?|点)|(?:截止|申报|报名|提交|开会|会议|召开|举办|发布|成立|评审|公示)(?:的)?(?:日期|时间|期限)(?:是|在|到)?(?:什么|哪|几|多|[？?]?$)|(?:截止|到).{0,6}(?:什么时候|哪天|何时)"),
        re.compile(rf"\d{{1,4}}\s*[年月日]|\d{{1,2}}[:：]\d{{2}}|{_N}(?:年|月|日|天|工作日|小时)|每(?:年|月|季度)|之日起|发布之日|季度|月底|年底|年末"),
    ),
    Wanted(
        "金额",
        re.compile(
            r"(?:奖励|奖补|补贴|补助|资助|扶持|支持|经费|资金|押金|保证金|定金|订金|佣金|年薪|薪酬|薪资|工资|津贴|租金|房租|保费|投资|贷款|违约金|赔偿|收入|原值|产值|合同|会费|学费|门票)(?:的)?(?:最高|最低|总)?(?:标准|金额|额度|规模|上限|下限|总额|预算|数额)|(?:收费|缴费|费用|价格|造价|总投资|总投资额|金额|预算)(?:标准)?(?:的)?[？?]?$|收(?:不收)?(?:钱|费)(?:吗|不|没|么)|(?<![哪这那])几(?:块|多|千块|百块)|什么价|多少资金|工资多少|(?:经费|预算)(?:的)?(?:上限|多少)"
        ),
        re.compile(rf"{_N}(?:元(?!化|素|旦|件)|块|万(?!人)|亿|美元)|免费|不收(?:取)?|无偿|全额|实报实销|工本费"),
        soft=True,
    ),
    Wanted("比例", re.compile(r"(?:比例|占比|份额|增幅|利率|成功率|就业率|合格率|比率|百分比|百分点|权重)(?:要求|上限|下限)?(?:是|为|有)?(?:多少|几|[？?]?$)|(?:几|多少)分之(?:几|多少)|打几折|几成"), re.compile(rf"[%％‰]|百分之|{_N}(?:成|折|倍|个百分点|分)|之[一二三四五六七八九十]|半数"), soft=True),
    Wanted(
        "期限",
        re.compile(r"(?:有效期|任期|聘期|年限|期限|时限|工期|学制|周期|学时|课时)(?:限)?(?:数|要求)?(?:是|为|有)?(?:多|几|什么|[？?]?$)|(?:最|至)(?:长|短|多|少|迟|晚|久)?.{0,4}几(?:年|个?月|天|日|周)|(?:多少|几)(?:个)?(?:学时|课时|工时|星期|礼拜|工作日内)"),
        re.compile(rf"{_N}(?:年|月|日|天|周|小时|分钟|工作日|星期|学时|课时)|长期|当天|当日|即时"),
        soft=True,
    ),
    Wanted("日期", re.compile(r"(?:日期|时间|时间节点|节点)(?:是)?(?:什么|哪|几|[？?]?$)|几月(?:底|份)?(?:前)?|哪(?:年|天|月|一天|一年)|什么时候|啥时候|何时"), re.compile(rf"\d{{1,4}}\s*[年月日]|\d{{1,2}}[:：]\d{{2}}|{_N}(?:年|月|日|天|个月|个?工作日|小时)|每(?:年|月|季度)|季度|年度|之日|期满|当[日天]|随时"), soft=True),
    Wanted("地址", re.compile(r"地址|哪条(?:街|路)|几号路|哪栋|办公地点|建设地点|窗口(?:设)?在|怎么去|在哪个区|坐几路"), re.compile(r"\d+号(?!文)|[路街]\d|\d+室|\d+楼|会议室|大厦|位于"), soft=True),
    Wanted("名称", re.compile(r"(?<![黑赖])名单|名称|叫(?:什么|啥)|(?:是|有)哪(?:几|些)(?:家|所)|编号"), re.compile(r"[“《].{2,20}[”》]|[一-鿿]{2,}(?:大学|学院|公司|集团|研究院|研究所).{0,3}[、等和]|[A-Z]{2,}|〔\d{4}〕"), soft=True),
    Wanted("数量", re.compile(r"(?:人数|数量|数目|家数|名额|批次|台数|篇数|规模)(?:的)?(?:要求|上限|下限|指标)?(?:是|为|有)?(?:多少|几|[？?]?$)|(?:不少于|不低于|至少|最少|最低|最多|至多|最高|不超过|不得超过)(?:要|得|有|能|可)?.{0,4}(?:多少|几)"), re.compile(rf"{_N}[余多]?\s*[名人位家所个项次台套场篇门批期份]"), soft=True),
    Wanted("由谁", re.compile(r"由(?:谁|哪|什么)|谁(?:来)?(?:负责|承担|出|发|管|付|赔|给|定)|(?:哪个|哪家|什么)(?:部门|单位|机构|公司|银行|局)"), re.compile(r"[局厅委院办]|部门|部(?!分)|中心|单位|机构|负责|牵头|会同|专家|企业|秘书处|实体|理事会|高校|联盟"), soft=True),
)  # fmt: skip
_COUNT = re.compile(
    r"(?:多少|(?<![哪这那前后头好])几)(?:个)?([名人位家所个项次台套场篇门])|([名人位家所个项次台套场篇门])数(?:是)?(?:多少|[？?]?$)"
)
_POINTS = re.compile(r"(?:多少|几)分(?!钟|之)|分值|权重")
_SCORES = re.compile(r"评分|打分|加分|得分|计分|算分|分数")
_MONEY = re.compile(r"[钱元块万亿费]|金额")
_ANY_NUMBER = re.compile(_N)
_FORMAL = re.compile(
    r"[一-鿿]{1,2}(?:费|税|率)(?!用|收|先)|注册资本|名额|编制|押金|利息|利率|股权|期权|罚款|发票|保证金|学历|学位|年龄|工龄|户口|保险|社保|公积金|合同|许可证|证书|论文|产值|营收|销售额|纳税|学分|工位|住宿|餐饮|午饭|晚饭|食堂|停车|差旅|退出|退会|申诉|复议|延期|延长|转让|注销|变更|外籍|跨省|异地"
)
_GENERAL = frozenset(
    {"免费", "付费", "收费", "浪费", "消费", "花费", "缴费", "效率", "几率", "频率", "概率", "偷税", "漏税"}
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*年")
_TITLE = re.compile(r"《([^》]{2,})》")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9.+\-]+")
_DISTRICT = re.compile(
    r"(?:^|[，,、\s省市])([一-鿿]{2}[区县])(?<![个的了着过在到们和或是想让给往从外跨扛上评里些每各全本我你他这那哪几两某镇市省园新校辖地小社片战特城街].[区县])(?<![个的了着过在到们和或是想让给往从外跨各全本我这那哪几两某园新校辖地小社片战特城市省街][区县])"
)
_LEVELS = (
    ("国家级", "省级", "市级", "区级", "县级", "校级"),
    ("专职", "兼职"),
    ("初级", "中级", "高级", "正高"),
    ("线上", "线下"),
    ("首次", "再次"),
    ("上半年", "下半年"),
    ("小型", "中型", "大型"),
)
_KNOWN_LATIN = frozenset({"ai", "it", "app", "ok", "ppt", "word", "excel", "pdf", "vs", "hello", "hi", "qq"})


def asked(question: str) -> tuple[Asked, ...]:
    """All kinds of facts that a question asks for, hard ones and soft ones."""
    found = [Asked(kind, match.span()) for kind in _KINDS if (match := _asking(kind, question))]
    if match := _POINTS.search(question):
        found.append(Asked(Wanted("分值", _POINTS, _ANY_NUMBER), match.span()))
    if match := _COUNT.search(question):
        found.append(Asked(Wanted("数量", _COUNT, _counted(match[1] or match[2])), match.span()))
    return tuple(found)


def _asking(kind: Wanted, question: str) -> re.Match[str] | None:
    """Where a kind of fact is asked for. Where scores are spoken of, 给多少 asks for points and not for money."""
    if kind.name == "金额" and _SCORES.search(question) and not _MONEY.search(question):
        return None
    return kind.asked.search(question)


@cache
def _counted(unit: str) -> re.Pattern[str]:
    """A number of what is counted by such a word."""
    return re.compile(rf"{_N}[^\d，,。；]{{0,3}}[{_COUNTED[unit]}]")


def lacking(question: str, texts: Iterable[str]) -> str | None:
    """The name of the first hard fact that the question asks for, or of the name that it holds, that none of the texts states; None when nothing is lacking."""
    shown = "\n".join(texts)
    for kind in _KINDS:
        if not kind.soft and _asking(kind, question) and not kind.stated.search(shown):
            return kind.name
    if _POINTS.search(question) and not _ANY_NUMBER.search(shown):
        return "分值"
    counted = _COUNT.search(question)
    if counted and not _counted(counted[1] or counted[2]).search(shown):
        return "数量"
    return unmentioned(question, shown) or unnamed(question, shown)


def states(question: str, text: str) -> bool:
    """Whether a text states every kind of hard fact that the question asks for; True where it asks for none."""
    asked = [kind for kind in _KINDS if not kind.soft and _asking(kind, question)]
    return all(kind.stated.search(text) for kind in asked) and (
        not _POINTS.search(question) or bool(_ANY_NUMBER.search(text))
    )


def unmentioned(question: str, shown: str) -> str | None:
    """A formal noun of the question (评审费, 注册资本) that the texts do not mention."""
    for noun in _FORMAL.findall(question):
        if noun[-2:] not in _GENERAL and noun[-2:] not in shown:
            return f"“{noun}”"
    return None


def unnamed(question: str, shown: str) -> str | None:
    """A year, a title or a Latin name that the question holds and the texts do not."""
    for year in _YEAR.findall(question):
        if year not in shown:
            return f"{year}年的内容"
    bare = shown.lower().replace(" ", "")
    for name in (*_TITLE.findall(question), *_LATIN.findall(question)):
        if name.lower() not in _KNOWN_LATIN and name.lower() not in bare:
            return f"“{name}”"
    return None


def elsewhere(question: str, shown: str) -> str | None:
    """A district or county that the question names and the texts do not."""
    return next((name for name in _DISTRICT.findall(question) if name[:-1] not in shown), None)


def other_level(question: str, shown: str) -> str | None:
    """A level of the question (省级, 兼职) that the texts do not name, where they name another one (国家级, 专职)."""
    for levels in _LEVELS:
        if any(level in shown for level in levels):
            for level in levels:
                if level in question and level not in shown:
                    return level
    return None


def off_subject(question: str, shown: str) -> str | None:
    """A thing of daily life that the question names and the texts do not."""
    bare = shown.lower()
    return next((noun for noun in _seldom().findall(question.lower()) if noun not in bare), None)


@cache
def _seldom() -> re.Pattern[str]:
    """Things of daily and working life that people ask an office about and that policy documents seldom speak of."""
    words = files("bot.rules").joinpath("seldom_words.txt").read_text(encoding="utf-8").split()
    return re.compile("|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word)))))
