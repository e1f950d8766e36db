"""What to take out of a solution or a talk before other firms may read it. Pure; it proposes, a person decides.

Names, firms and telephones of the records are found as people write them; what is not in the records is found by its form. A miss shows a
firm to its rival, a false find spoils a figure that the next reader needs: numbers of the trade (80 MPa, 45 钢, S7-1200, AL.50, 3000 r/min)
are never touched, since every number that is taken out stands behind a word or a sign that says what it is.
"""

import re
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from corpora.personal import find
from retrieval.places import named


class Finding(StrEnum):
    """What was found."""

    NAME = "name"
    PHONE = "phone"
    IDENTITY = "identity"
    EMAIL = "email"
    WECHAT = "wechat"
    FIRM = "firm"
    PRICE = "price"
    ADDRESS = "address"
    ACCOUNT = "account"
    SERIAL = "serial"
    PLATE = "plate"
    WEBSITE = "website"


REPLACEMENTS: dict[Finding, str] = {
    Finding.NAME: "某人",
    Finding.PHONE: "[电话]",
    Finding.IDENTITY: "[证件号]",
    Finding.EMAIL: "[邮箱]",
    Finding.WECHAT: "[微信]",
    Finding.FIRM: "某企业",
    Finding.PRICE: "[金额]",
    Finding.ADDRESS: "[地址]",
    Finding.ACCOUNT: "[账号]",
    Finding.SERIAL: "[编号]",
    Finding.PLATE: "[车牌]",
    Finding.WEBSITE: "[网址]",
}


@dataclass(frozen=True, slots=True)
class Known:
    """Something that the records hold: the full name of a firm or a person, a telephone. `replacement` empty means the usual one."""

    kind: Finding
    text: str
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Characters `start` to `end` of a text, what they are, and what stands there instead."""

    start: int
    end: int
    kind: Finding
    replacement: str


def propose(text: str, *, known: Sequence[Known] = ()) -> tuple[Redaction, ...]:
    """What to take out of the text: ascending and apart.

    Args:
        known: What the records hold. Firms are found with and without region, trade and 有限公司, people also as 张工, 老张, 张经理,
            telephones also with blanks and dashes.
    """
    plain = text.translate(_NARROW)  # character by character, so that every place stays where it was
    found = [*_of_records(plain, known), *_by_form(plain)]
    return tuple(_joined(found))


def apply(text: str, redactions: Sequence[Redaction]) -> str:
    """The text with the replacements in place.

    Raises:
        ValueError: redactions that overlap, are not ascending, or lie outside the text.
    """
    parts: list[str] = []
    at = 0
    for redaction in redactions:
        if not at <= redaction.start < redaction.end <= len(text):
            raise ValueError("要隐去的范围重叠、颠倒或超出了正文。")
        parts += [text[at : redaction.start], redaction.replacement]
        at = redaction.end
    return "".join([*parts, text[at:]])


def _joined(found: Iterable[Redaction]) -> Iterator[Redaction]:
    """Overlapping ones as one, of the kind of the longest: what two patterns hold by halves must not leave a rest."""
    last: Redaction | None = None
    for one in sorted(found, key=lambda each: (each.start, -each.end)):
        if last is None or one.start >= last.end:
            if last:
                yield last
            last = one
            continue
        longer = one if one.end - one.start > last.end - last.start else last
        last = Redaction(last.start, max(last.end, one.end), longer.kind, longer.replacement)
    if last:
        yield last


def _redaction(kind: Finding, start: int, end: int, replacement: str = "") -> Redaction:
    return Redaction(start, end, kind, replacement or REPLACEMENTS[kind])


# Wide digits, letters and the signs within numbers; wide stops stay what they are.
_NARROW = {0xFEE0 + ord(char): char for char in "0123456789:@-./+#%$" + string.ascii_letters} | {
    0x3000: " ",
    0xFFE5: "¥",
}

MIN_PHONE_DIGITS = 5  # a shorter one would hit any figure

# --- what the records hold ------------------------------------------------------------------------------------------------------------

_LEGAL = re.compile(r"(?:股份)?(?:有限)?(?:责任)?(?:集团)?公司$|集团$|\(.{1,6}\)|（.{1,6}）")
_REGION = re.compile(r"^(?:[一-鿿]{2,4}(?:省|自治区))?(?:[一-鿿]{2,4}?(?:市|地区|州))?(?:[一-鿿]{1,4}?(?:新区|区|县))?")
_TRADE = re.compile(
    r"精密|精工|模具|模塑|机械|机电|机器人|智能|自动化|科技|技术|装备|设备|制造|制品|加工|塑料|塑胶|橡塑|橡胶|五金|电子|电气|电器|电力|铸造|锻造|锻压|热处理|材料|新材料|化工|化学|仪器|仪表|轴承|齿轮|阀门|泵业|液压|气动|焊接|金属|钢铁|铝业|铜业|新能源|能源|汽车|零部件|配件|工业|实业|工贸|贸易|商贸|发展|工程|检测|包装|印刷|纺织|服饰|食品|医药|医疗|生物|环保|节能|光电|船舶|海工|重工|科创|信息|软件|数控|机床|工具|刀具|表面|涂装|电镀|喷涂|厂|有限|中心|研究院|研究所|新"
)


def _of_records(text: str, known: Sequence[Known]) -> Iterator[Redaction]:
    for one in known:
        wanted = one.text.translate(_NARROW).strip()
        if not wanted:
            continue
        for pattern in _written(one.kind, wanted):
            for hit in pattern.finditer(text):
                yield _redaction(one.kind, *hit.span(), one.replacement)


def _written(kind: Finding, wanted: str) -> Iterator[re.Pattern[str]]:
    """The ways in which people write it."""
    if kind is Finding.FIRM:
        for name in _firm_names(wanted):
            yield re.compile(re.escape(name) + r"(?:公司|集团|厂)?", re.IGNORECASE)
    elif kind is Finding.NAME:
        yield re.compile(re.escape(wanted) + rf"(?:{_TITLES})?")
        surname = wanted[: 2 if wanted[:2] in _DOUBLE else 1]
        if re.fullmatch(r"[一-鿿]{2,4}", wanted):
            yield re.compile(rf"{_BEFORE_NAME}{surname}(?:{_TITLES}){_AFTER_TITLE}|[老小阿]{surname}{_AFTER_NICK}")
            if len(wanted) - len(surname) == 2:
                yield re.compile(rf"{re.escape(wanted[len(surname) :])}(?:工|师傅|哥|姐|总)(?![作艺件序])")
    elif kind is Finding.PHONE:
        digits = re.sub(r"\D", "", wanted)
        if len(digits) < MIN_PHONE_DIGITS:
            return
        digits = digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
        yield re.compile(r"(?<!\d)(?:\+?86[- ]?)?" + r"[ .()\-－—·]{0,3}".join(digits) + r"(?!\d)")
    else:
        yield re.compile(rf"(?<![A-Za-z0-9]){re.escape(wanted)}(?![A-Za-z0-9])", re.IGNORECASE)


def _firm_names(full: str) -> list[str]:
    """The full name, the name without its legal form, without its region, and the bare brand; nothing that is only a trade."""
    bare = _LEGAL.sub("", full)
    names = [full, bare]
    without = _REGION.sub("", bare)
    for place in named(without):
        without = without.removeprefix(place)
    names.append(without.lstrip("省市区县"))
    brand = _TRADE.sub("", names[-1])
    if names[-1].startswith(brand):
        names.append(brand)
    telling = [name for name in dict.fromkeys(names) if len(name) >= 2 and _TRADE.sub("", name)]
    return sorted(telling, key=len, reverse=True)


# --- names ----------------------------------------------------------------------------------------------------------------------------

_DOUBLE = frozenset(
    {"欧阳", "上官", "司马", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容", "夏侯", "端木"}
)
_SURNAME = r"(?:欧阳|上官|司马|诸葛|司徒|皇甫|令狐|慕容|夏侯|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许邓韩冯曹彭曾肖萧田董袁潘蒋蔡余杜叶程苏魏吕丁沈姚卢姜崔钟谭陆汪范廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺顾毛郝龚邵万覃武钱戴严莫孔汤温康易乔文赖樊兰殷施洪翟安颜倪牛鲁葛毕聂焦向柳邢岳齐梅庄辛管祝左涂谷时舒耿牟卜路詹凌柴覃瞿尤俞冉])"
_LONG_TITLES = r"工程师|师傅|经理|厂长|主任|老师|老板|先生|女士|小姐|主管|科长|部长|班长|组长|队长|院长|所长|教授|博士|总监|董事长|书记|会计|采购"
_TITLES = rf"{_LONG_TITLES}|工|总|哥|姐|叔|董"
_SAFE = r"[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许邓韩冯曹彭曾肖萧董袁潘蒋蔡杜苏魏吕沈姚卢姜崔谭陆汪廖贾邹孟秦邱侯薛闫郝龚邵覃戴聂钱田黎陶康尹江丁钟叶余熊范傅贺顾龙汤易夏史雷严常姚]"
# 一张总图, 紧张工况, 一周工作, 工程工期, 对方经理, 高温师傅, 其余工件, 担任主任 are no people
_BEFORE_NAME = r"(?<![一二两三四五六七八九十几每各这那本上下紧扩主夸对甲乙双三官供需有相高低室恒油水料模工其剩省花正异日经非手阶多担兼出现历由位等处至基大自])"
_AFTER_TITLE = r"(?![作艺件序位具装况程厂时段业资期地步种龄伤友会单是共体成线数量计长部结能觉要想不在算价额重图站闸阀泵开电压之得控轴功管路产分])"
_AFTER_NICK = r"(?![力紧开角合度数期边长序片轮量达孔点刀钢铁铝面病旧板化实家式])"
_GIVEN = r"[一-鿿]{1,2}"
_ACTS = r"(?=[拿问要签发说来去到在把反发检处建换调和告拆测，,。；;：:！!？?、（(\s\d]|的(?:电话|手机|微信|办法|方案)|电话|手机|联系|$)"
_NAMES = (
    re.compile(rf"{_BEFORE_NAME}{_SURNAME}(?:{_GIVEN})?(?:{_LONG_TITLES}){_AFTER_TITLE}"),
    re.compile(rf"{_BEFORE_NAME}{_SAFE}(?:工(?!程)|总|董){_AFTER_TITLE}"),
    re.compile(rf"(?<![大最较很太变减缩过更窄微细])[老小]{_SAFE}(?:师傅|工)?{_AFTER_NICK}(?=[说来去到在把反发检处建换调和告拆测，,。；;：:！!？?、（(\s\d]|[老小和跟与]|一起|都|也|的|帮|给|那|这|电话|$)"),
)  # fmt: skip
_TITLED_NAMES = (
    re.compile(rf"(?:^|(?<=[\n，,。；;]))[^\S\n]{{0,40}}(?P<name>{_SAFE}{_GIVEN})(?=电话|手机|微信|\s?[，,]\s?[男女](?![一-鿿]))"),
    re.compile(rf"(?:^|(?<=\n))[^\S\n]{{0,40}}(?P<name>{_SAFE}{_GIVEN})(?=\s?[:：])"),
    re.compile(rf"(?:联系人|负责人|姓名|经办人|收件人|签字人?|审核人|操作人|报修人|户名|法人代表|法人|法定代表人)\s{{0,40}}[:：是为]?\s{{0,40}}(?P<name>{_SURNAME}{_GIVEN})(?![一-鿿])"),
    re.compile(r"(?:联系人|负责人|姓名|经办人|收件人|签字人?|审核人|操作人|报修人|户名|法定代表人)\s{0,40}[:：是]\s{0,40}(?P<name>[一-鿿]{2,4})(?![一-鿿])"),
    re.compile(rf"(?:我(?:是|叫|姓)|名叫|叫做)\s{{0,40}}(?P<name>{_SURNAME}(?:{_GIVEN})?)(?=[，,。；;！!\s]|$)"),
    re.compile(rf"(?:工程师|师傅|技术员|经理|班长|操作工|老板|厂长|主任|采购|销售|同事|电工|焊工|钳工)\s?(?P<name>{_SAFE}{_GIVEN}?){_ACTS}"),
    re.compile(rf"(?P<name>(?<![一-鿿]){_SAFE}{_GIVEN})(?=\s{{0,40}}[（(:：,，]?\s{{0,40}}(?:电话|手机|tel|微信)?[:：]?\s{{0,40}}(?:\+?86)?1[3-9]\d)"),
)  # fmt: skip


def _names(text: str) -> Iterator[Redaction]:
    for pattern in _NAMES:
        for hit in pattern.finditer(text):
            if hit[0] not in _NO_NAMES and not hit[0].startswith(_NO_NAME_STARTS):
                yield _redaction(Finding.NAME, *hit.span(), _person(hit[0]))
    for pattern in _TITLED_NAMES:
        for hit in pattern.finditer(text):
            if hit["name"] not in _NO_NAMES:
                yield _redaction(Finding.NAME, *hit.span("name"), _person(hit["name"]))


def _person(name: str) -> str:
    if re.search(r"(?:工|师傅|工程师|技术员)$", name):
        return "某工程师"
    if re.search(r"(?:经理|厂长|主任|老板|主管|科长|部长|总监|董事长|总|董|书记|院长|所长)$", name):
        return "某负责人"
    return REPLACEMENTS[Finding.NAME]


_NO_NAMES = frozenset(
    {
        "张力",
        "张开",
        "张紧",
        "张角",
        "周期",
        "周长",
        "周边",
        "周围",
        "周向",
        "黄铜",
        "黄油",
        "黄变",
        "马达",
        "马力",
        "马氏体",
        "王水",
        "徐变",
        "罗纹",
        "罗茨泵",
        "陈化",
        "陈列",
        "余量",
        "余热",
        "余弦",
        "余数",
        "常数",
        "常量",
        "常温",
        "常见",
        "常压",
        "夏季",
        "江苏",
        "龙门",
        "龙门架",
        "汤姆",
        "易损件",
        "史密斯",
        "严重",
        "严格",
        "严禁",
        "顾客",
        "范围",
        "范例",
        "丁腈",
        "丁酮",
        "丁烷",
        "钟罩",
        "钟表",
        "叶轮",
        "叶片",
        "康明斯",
        "钱数",
        "何处",
        "何时",
        "何故",
        "许可",
        "许用",
        "许用值",
        "沈阳",
        "杜绝",
        "苏打",
        "陆续",
        "林业",
        "石墨",
        "田口",
        "田口法",
        "陶瓷",
        "雷达",
        "雷击",
        "宋体",
        "韩国",
        "曾用",
        "谢绝",
        "向老师",
        "向师傅",
        "时老师",
        "安全主任",
        "管工程师",
        "温工程师",
        "方老师",
    }
)
_NO_NAME_STARTS = ("万能", "安全", "管理", "方案", "时间", "温度", "龙门", "石油", "金属", "路由", "左右", "文件", "任", "黄铜", "白班", "孔", "江苏", "武汉", "康复")  # fmt: skip

# --- firms ----------------------------------------------------------------------------------------------------------------------------

_FIRM = re.compile(
    r"[一-鿿A-Za-z0-9()（）·]{2,24}?(?:(?:股份)?有限(?:责任)?公司|股份公司|集团公司|责任公司|集团(?!化|军|内|采购)|合伙企业|个体工商户|经营部|商行)(?:[一-鿿]{2,6}分公司)?"
    r"|[一-鿿]{1,10}?(?:机械|模具|塑料|塑胶|塑业|五金|电子|铸造|锻造|纺织|玻璃|轴承|阀门|电镀|机床|化工|仪表|仪器|标准件|齿轮|电机|印刷|包装|家具|食品|橡胶|铝材|铝业|制药|造船|船舶|修船|水泥|汽配|电器|开关|水泵|电缆|弹簧|紧固件|热处理|钢管|轧钢|制品|加工|制造|配件)+(?:制品|加工|制造|修配|总)?厂(?![家房长区商])"
)
_FIRM_STOPS = re.compile(
    r".*(?:按|满足|符合|经过|还有|或者|我们是|我是|我们|咱们|客户是|客户|供应商|供方|厂家|来自|联系|位于|属于|就职于|服务于|发给|卖给|交给|送到|提供给|是|的|了|在|给|向|跟|与|由|从|被|让|叫|找|请|把|对|比|及|帮|为(?!民|尔)|到|去|某|一家|两家|几家|这家|那家|该|本地|当地|附近|隔壁|外协|外面|其他|别的|同行|国内|国外|上游|下游|对方|专业|各|送|家)"
)
_NO_BRAND = re.compile(r"^(?:[老小大原本我贵]|有限|责任|股份|集团|公司)*$")


def _firms(text: str) -> Iterator[Redaction]:
    for hit in _FIRM.finditer(text):
        stop = _FIRM_STOPS.match(hit[0])
        start = hit.start() + (stop.end() if stop else 0)
        name = text[start : hit.end()]
        brand = _TRADE.sub("", _LEGAL.sub("", name))
        if name and not _NO_BRAND.match(brand):
            yield _redaction(Finding.FIRM, start, hit.end())


# --- money ----------------------------------------------------------------------------------------------------------------------------

_DIGITS = r"\d{1,12}(?:,\d{3}){0,4}(?:\.\d{1,4})?"
_HANZI = r"[一二两三四五六七八九十百千万亿零〇半几]{1,12}"
_RANGE = r"(?:\s{0,2}(?:-|~|—|–|至|到)\s{0,2}"
_MONEY_UNIT = r"(?:元(?![素件器组宝])(?:整|人民币)?|块钱|美元|美金|欧元|日元|港币|人民币|RMB|CNY|USD)"
_AMOUNT = rf"{_DIGITS}\s{{0,2}}(?:多|余|来)?\s?[百千万亿]{{0,2}}(?:多|余|来)?"
_PRICE_WORD = r"(?:报价|询价|价格|单价|总价|售价|造价|要价|成交价|底价|市场价|进价|价|含税|税后|运费|[一-鿿]?费用?|工钱|成本|货款|定金|订金|押金|尾款|预付款?|首付|工资|月薪|年薪|薪水|罚款?|赔偿?了?|赔款|索赔|扣款?|花费?了?|亏了?|损失|收了?|付了?|付款|卖了?|买了?|合同额|合同金额|金额|预算|优惠到|便宜|贵了?|利润|营收|产值|销售额|营业额|奖金|返点|投了|投资|省了?)"
_MONEY = (
    re.compile(r"(?<![\d.第])(?:\d{2,6}|\d{1,6}\.\d{1,2})\s?块(?=\d|钱|多|左右|[，。；！？、\s,;]|$|/|每|一[个件套台])(?:\d{1,2}(?!\d)|钱)?"),
    re.compile(r"(?<![\d.第一二两三四五六七八九十])[一二两三四五六七八九十百]{1,5}块[一二三四五六七八九](?:毛[一二三四五六七八九]?)?(?![一-鿿])|(?<![\d.第])[\d一二两三四五六七八九]{1,2}毛(?:钱|[一二三四五六七八九]|(?=[，。；！？,;\s]|$))"),
    re.compile(r"\d{2,6}(?=(?:元|块)?(?:的)?(?:红包|奖金|工钱|好处费))"),
    re.compile(rf"(?:[￥¥$€]|RMB|人民币|USD)\s{{0,2}}{_AMOUNT}{_RANGE}{_AMOUNT})?(?:\s?{_MONEY_UNIT})?", re.IGNORECASE),
    re.compile(rf"(?<![\d.A-Za-z]){_AMOUNT}{_RANGE}{_AMOUNT})?\s{{0,2}}{_MONEY_UNIT}(?:/[一-鿿a-z]{{1,3}})?", re.IGNORECASE),
    re.compile(rf"(?<![一二两三四五六七八九十百千万亿零〇半几第]){_HANZI}(?:多|余|来)?{_RANGE}{_HANZI})?(?:{_MONEY_UNIT}|(?<=[十百千万])块(?![一-鿿]))(?!乙丙|正极|锂|催化|共聚|合金|系|材料)"),
)  # fmt: skip
_PRICE_FILLER = r"(?:了|是|为|约|大概|大约|:|才|要|到|给|的|在|共|总共|一共|也就|不到|最低|最高|至少|就|将近|差不多|每[一-鿿]|一[件个套台次斤吨米]|\s){0,4}"
_AFTER_PRICE = r"(?=\s{0,40}(?:$|[，,。；;！!？?、)）/]|每|一[件个套台次斤吨米天]|左右|含|不含|包|起步?|的话|多|上下|以内|以上|以下|还|吧|呢|啊|太|,))"
_BARE_MONEY = re.compile(
    rf"{_PRICE_WORD}{_PRICE_FILLER}(?P<money>{_AMOUNT}(?:{_RANGE[3:]}{_AMOUNT})?\s?[wWkK]?块?|{_HANZI}(?:多|余|来)?块?){_AFTER_PRICE}"
)
_WEAK_PRICE = re.compile(r"^(?:省|收|付|卖|买|贵|扣|罚|赔|损失|亏|[一-鿿]?费|价)")


def _prices(text: str) -> Iterator[Redaction]:
    for pattern in _MONEY:
        for hit in pattern.finditer(text):
            yield _redaction(Finding.PRICE, *hit.span())
    for hit in _BARE_MONEY.finditer(text):
        money = hit["money"].strip()
        # 损失 3、收 5 and 价一 are no sums; a thousand, or 万 behind it, is.
        large = bool(re.search(r"[百千万亿块wWk]|\d{3}", money))
        if large or (re.search(r"\d", money) and not _WEAK_PRICE.match(hit[0])):
            yield _redaction(Finding.PRICE, hit.start("money"), hit.start("money") + len(hit["money"].rstrip()))


# --- the rest by form -----------------------------------------------------------------------------------------------------------------

_FORMS: tuple[tuple[Finding, re.Pattern[str]], ...] = (
    (Finding.ACCOUNT, re.compile(r"[一-鿿]{2,10}银行[一-鿿]{2,12}[支分]行(?:[^，。；\n\d]{0,8}\d[\d ]{10,26}\d)?|(?:开户行?|银行|支行|分行)[^，。；\n\d]{0,10}(?P<value>\d[\d ]{10,26}\d)")),
    (Finding.SERIAL, re.compile(r"(?<![A-Za-z])(?:SF|YT|JD|ZTO|STO|YD|EMS)\d{9,15}(?!\d)")),
    (Finding.FIRM, re.compile(r"(?:厂名|公司名|企业名|单位名)称?\s{0,40}(?:叫做?|是|为|:)\s{0,40}(?P<value>[一-鿿]{2,14})|我是(?P<own>[一-鿿]{2,6})的(?=[老小]?[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林])|(?P<brand>[一-鿿]{2}(?:重工|重科|钢铁|石化|株机|航发)(?![业艺程])|比亚迪|三一(?=[要集的公投退客])|中联重科|富士康|宁德时代|特斯拉|中车(?=[的要公集投退株]))")),
    (Finding.WEBSITE, re.compile(r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{3,200}", re.IGNORECASE)),
    (Finding.PHONE, re.compile(r"(?<![\d.])1[3-9]\d([ .\-])\d{4}\1\d{4}(?!\d)|(?<![\d.])1[3-9]\d([ \-])\d{3}\2\d{5}(?!\d)|(?<!\d)[48]00[- ]?\d{3}[- ]?\d{4}(?!\d)|(?<!\d)[48]00[- ]\d{4}[- ]\d{3}(?!\d)")),
    (Finding.PHONE, re.compile(r"(?<![\d一二三四五六七八九零〇幺.])[1一幺][3-9三四五六七八九](?=\d{0,8}[一二三四五六七八九零〇幺])[\d一二三四五六七八九零〇幺]{9}(?![\d一二三四五六七八九零〇幺])|(?<!\d)0\d{2,3}[- ]?\d{4}[- ]\d{4}(?:\s?转\s?\d{1,5})?(?!\d)")),
    (Finding.PHONE, re.compile(r"(?:短号|分机号?|内线)\s{0,40}[:是]?\s{0,40}(?P<value>\d{3,6})")),
    (Finding.IDENTITY, re.compile(r"(?:身份证|证件)(?:号码?)?\s{0,40}[:是为]?\s{0,40}(?P<value>\d{6}[\d\s]{8,13}[\dXx])(?![\dA-Za-z])")),
    (Finding.WECHAT, re.compile(r"(?:微信|威信|weixin|wechat|v信|(?<![A-Za-z])[vw]x|(?<![A-Za-z])QQ群?)(?:号码?|同号)?\s{0,40}[:是为加]{0,2}\s{0,40}(?P<value>[A-Za-z][A-Za-z0-9_\-]{4,19}|\d{5,11})(?![A-Za-z0-9])", re.IGNORECASE)),
    (Finding.ACCOUNT, re.compile(r"(?:账号|帐号|卡号|账户|帐户)\s{0,40}[:是为]?\s{0,40}(?P<value>\d[\d \-]{6,28}\d)")),
    (Finding.ACCOUNT, re.compile(r"(?:信用代码|税号|纳税人识别号|组织机构代码|机构代码)\s{0,40}[:是为]?\s{0,40}(?P<value>[0-9A-Z\-]{8,20})", re.IGNORECASE)),
    (Finding.ACCOUNT, re.compile(r"(?<![0-9A-Za-z\-])(?=[0-9A-Z]{0,17}[A-Z])[159ANY][1239][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z\-])")),
    (Finding.SERIAL, re.compile(r"(?:订单|合同|发票|出厂|序列|机身|资产|设备|采购单?|送货单?|快递单?|运单|物流单?|批次?|炉批?|图纸?|质保书|报告|工单|客户)(?:编号|单号|号码|号)\s{0,40}[:是为]?\s{0,40}(?P<value>(?=[A-Za-z\-/]{0,12}\d)[A-Za-z0-9][A-Za-z0-9\-/]{3,30})", re.IGNORECASE)),
    (Finding.SERIAL, re.compile(r"(?<![A-Za-z])(?:S/N|SN|PO|P/O|P\.O\.)\s?(?:No\.?)?\s?[:#\-]\s?(?P<value>(?=[A-Za-z\-]{0,12}\d)[A-Za-z0-9][A-Za-z0-9\-]{3,30})", re.IGNORECASE)),
    (Finding.SERIAL, re.compile(r"(?<![A-Za-z0-9\-])T-\d{6,9}(?!\d)")),
    (Finding.PLATE, re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·• ]?(?=[A-HJ-NP-Z0-9]{0,3}\d[A-HJ-NP-Z0-9]?\d)[A-HJ-NP-Z0-9]{5,6}(?![A-Za-z0-9])")),
    (Finding.ADDRESS, re.compile(r"(?:地址|住址|厂址|收货地|送到|寄到)\s{0,40}[:：是在]\s{0,40}(?P<value>[^，,。；;！!？?\n（(]{4,60})")),
    (
        Finding.ADDRESS,
        re.compile(
            r"(?P<value>(?:[一-鿿]{2,3}(?:省|自治区))?(?:[一-鿿]{2,4}(?:市|州))?(?:[一-鿿]{2,5}(?:区|县|镇|乡|街道))?[一-鿿]{1,6}(?:(?<![油气电回管线水通短断支流网铁光磁分旁])路|街|大道|巷|弄)\s?(?:[东西南北]段)?\s?\d{1,5}\s?(?:-\d{1,4})?\s?(?:号|弄)(?![阀泵缸管电机线炉位刀轴机])(?:\s?[A-Za-z\d一二三四五六七八九十]{1,4}\s?(?:栋|幢|号楼|座|单元|层|楼|室|号|房|厂房|车间)){0,4})"
        ),
    ),
    (
        Finding.ADDRESS,
        re.compile(
            r"(?P<value>(?:[一-鿿]{2,3}(?:省|自治区))?(?:[一-鿿]{2,4}市)?(?:[一-鿿]{2,5}(?:区|县|镇))?[一-鿿]{2,8}(?:工业园区?|产业园区?|科技园区?|高新区|经开区|开发区|工业区|工业城|创业园|软件园)(?:\s?[A-Za-z]?\d{0,3}\s?(?:栋|区|座|号楼|幢|期|号)(?:\s?\d{1,4}(?:室|号|层|楼))?)?)"
        ),
    ),
)  # fmt: skip
_ADDRESS_STOPS = re.compile(
    r".*(?:我们|厂子|公司|客户|就|在|是|的|位于|送到|寄到|发到|搬到|搬去|到|去|从|于|来|这个|那个|本地|附近|整个|全|各|某|一个|该)"
)


def _by_form(text: str) -> Iterator[Redaction]:
    for kind, pattern in _FORMS:
        for hit in pattern.finditer(text):
            start, end = next((hit.span(group) for group in pattern.groupindex if hit[group]), hit.span())
            if kind is Finding.ADDRESS:
                stop = _ADDRESS_STOPS.match(text[start:end])
                start += stop.end() if stop else 0
                if end - start < 5:
                    continue
            yield _redaction(kind, start, end)
    yield from _districts(text)
    yield from _firms(text)
    yield from _names(text)
    yield from _prices(text)
    for start, end in find(text):  # last: a QQ number is as long, and better known by its word
        yield _redaction(_kind_of_number(text[start:end]), start, end)


def _districts(text: str) -> Iterator[Redaction]:
    """A town or a quarter behind a city: 东莞长安镇. The city alone tells nobody's address."""
    for place in named(text):
        for hit in re.finditer(
            rf"{re.escape(place)}(?:省|市)?(?:(?![各全几个些的内等和])[一-鿿]){{1,4}}?(?:新区|区|县|镇|乡|村|街道)(?![别域间块])",
            text,
        ):
            yield _redaction(Finding.ADDRESS, *hit.span())


def _kind_of_number(number: str) -> Finding:
    """The kind of a span of `corpora.personal`."""
    if "@" in number:
        return Finding.EMAIL
    digits = re.sub(r"[^\dXx]", "", number)
    if len(digits) in (15, 18) and digits == number:
        return Finding.IDENTITY
    return Finding.ACCOUNT if len(digits) >= 15 else Finding.PHONE
