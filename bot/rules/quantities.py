"""Numbers with what they count, as official texts and people say them: 不少于3名专职讲师, 成立满三年, 两年培育期. Pure.

Two numbers are compared only where they measure the same (years with years, people with people) and count the same thing:
some telling word stands beside both of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Measure(StrEnum):
    """What kind of amount a number is."""

    DURATION = "duration"  # in days
    WORKDAYS = "workdays"
    MONEY = "money"  # in yuan
    AREA = "area"  # in square metres
    SHARE = "share"  # in per cent
    PEOPLE = "people"
    THINGS = "things"


class Bound(StrEnum):
    """How a number limits."""

    EXACT = "exact"
    LEAST = "least"
    MOST = "most"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number in a text."""

    value: float  # in the unit of its measure
    measure: Measure
    bound: Bound
    words: str  # as it was printed: 两年
    span: tuple[int, int]  # of the text it stands in
    beside: str  # the piece of the sentence around it, without the number
    before: str  # the nearest words before it: what lasts, costs or is had
    after: str  # and behind it: what is counted

    @property
    def near(self) -> str:
        """The nearest words on both sides."""
        return f"{self.before} {self.after}"

    @property
    def subject(self) -> frozenset[str]:
        """Telling pairs of the very thing: of what stands behind the number, else the last one before it."""
        return telling(self.after) or telling(_last_words(self.before))

    @property
    def things(self) -> frozenset[str]:
        """The telling pairs of characters beside it."""
        return telling(self.beside)


_CHINESE = "〇零一二两三四五六七八九十百千"
_NUMBER = rf"(?P<number>\d+(?:[,，]\d{{3}})*(?:\.\d+)?|[{_CHINESE}]+|半)\s*(?P<scale>[万亿千百]*)\s*(?:多|余|来|几)?\s*"
_DAYS = {"年": 365.0, "周年": 365.0, "月": 30.0, "个月": 30.0, "天": 1.0, "日": 1.0, "周": 7.0, "星期": 7.0, "个星期": 7.0,
         "小时": 1 / 24, "个小时": 1 / 24, "分钟": 1 / 1440}  # fmt: skip
_UNITS: tuple[tuple[Measure, str], ...] = (
    (Measure.WORKDAYS, r"个?工作日"),
    (Measure.DURATION, r"周年|年(?!度|级|轻|代|龄|报|薪|[初末底中])|个月|天|日(?!常|均|报)|个?星期|周(?!围|边|末|[一二三四五六日])|个?小时|分钟"),
    (Measure.MONEY, r"元(?!素|旦|件|化)|块(?:钱)?(?!状)|人民币|(?<=[万亿])(?=$|[，,。；！!？?吗了的左以多吧])"),
    (Measure.AREA, r"平方米|平米|平方|平(?!台|均|行|衡|时|安)|㎡|亩"),
    (Measure.SHARE, r"[%％]|个百分点"),
    (Measure.PEOPLE, r"名(?!单|称|额)|位(?!置|于)|人(?!才|工|员|力|次|社|均)|个(?=[^，。；]{0,6}(?:师|员|人|工|专家|博士|硕士|教授|技师|骨干|学生))"),
    (Measure.THINGS, r"家|所(?!有|在|属)|个|项(?!目)|台|套|次|场(?!地|所|景)|门|件|倍|批|期|分(?!钟|之|析|工|别|公司)|条|种|间|张|篇|轮"),
)  # fmt: skip
_QUANTITY = re.compile(_NUMBER + "(?:" + "|".join(f"(?P<{measure.value}>{unit})" for measure, unit in _UNITS) + ")")
_LEAST = re.compile(
    r"(?:不少于|不低于|不小于|至少|最少|最低|达到|满|(?<!不)(?<!不得)超过|(?<!不)大于|(?<!不)高于|≥|不得少于|不得低于)[为有]?\s*$"
)
_MOST = re.compile(r"(?:不超过|不多于|不高于|不大于|最多|至多|最高|不得超过|少于|低于|小于|≤|限)[为有]?\s*$")
_OR_MORE = re.compile(r"^(?:及|或)?以上|^起")
_OR_LESS = re.compile(r"^(?:及|或)?(?:以下|以内|之内|内)")
_WINDOW = re.compile(r"(?:近|最近|过去|前|连续|第|每)\s*$")
_OF_MONEY = re.compile(r"营收|收入|产值|销售|资本|资金|投入|投资|经费|补贴|奖励|补助|费用|利润|流水")
_OF_PEOPLE = re.compile(r"(?:师|人员|员工|职工|专家|博士|硕士|教授|技师|骨干|学员|学生)[^，。；]{0,4}$")
_BREAK = re.compile(r"[，,。；;：:！!？?、\n（）()]")
_CLAUSE_BREAK = re.compile(r"[，,。；;：:！!？?\n]")
_SEPARATE = re.compile(r"(?:和|与|及|以及|或|或者|其中|而|但)(?=.)")
_ALIKE = (
    (re.compile(r"成立|设立|开办|创办|开业|注册(?!资[本金])|登记|工商注册|存续"), "成立"),
    (re.compile(r"营业收入|销售收入|销售额|营业额|营收|年产值|产值|流水"), "营收"),
    (re.compile(r"注册资金|注册资本"), "注资"),
    (re.compile(r"研发费用|研发投入|研究开发费用?|研发经费"), "研费"),
    (re.compile(r"工程师|工程技术人[员才]"), "工程师"),
    (re.compile(r"员工|职工|从业人员|人手"), "员工"),
    (re.compile(r"讲师|老师|教师"), "讲师"),
    (re.compile(r"学员|学生"), "学员"),
)  # fmt: skip
_PLAIN = re.compile(
    r"我们?|咱们?|你们?|公司|企业|单位|申报|申请|主体|具备|拥有|具有|应当?|须|需要?|必须|不少于|不低于|不小于|不超过|不多于|至少|最少|最多|至多|达到|超过|以上|以下|以内|左右|大概|大约|差不多|现在|目前|已经|一共|总共"
    r"|是不是|是吧|对吧|对吗|是吗|没错|吗|吧|呢|啊|的|了|有|是|为|在|要|满|和|与|及|或|其中|有个|配备|配置|设有|设立为期|设为|为期|期限|时间|长达|共|多少|相应|一定|专职|兼职|全职|文件|规定|里面|说|写|给|能|可以|会|不|就|都|才|只"
)
_QUALIFIERS = re.compile(
    r"专职|全职|兼职|高级|中级|正高|副高|博士|硕士|本科|持证|全日制|社保|缴纳|在岗|注册(?=工程师|会计)"
)
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NEAR_CHARS = 10


def quantities(text: str) -> tuple[Quantity, ...]:
    """The numbers of a text in order. Dates, ordinals and windows of time (近三年, 第二年) are none."""
    return tuple(_found(text))


def _found(text: str) -> Iterator[Quantity]:
    for match in _QUANTITY.finditer(text):
        measure = next(m for m, _ in _UNITS if match[m.value] is not None)
        unit = match[measure.value]
        before, after = text[: match.start()], text[match.end() :]
        number = _value(match["number"])
        if number is None or _WINDOW.search(before) or _is_date(match["number"], unit, before, after):
            continue
        low, high = _piece(text, match.span())
        if not unit and not _OF_MONEY.search(text[low:high]):
            continue
        if unit == "个" and measure is Measure.THINGS and _OF_PEOPLE.search(text[low : match.start()]):
            measure = Measure.PEOPLE
        if number == 1 and measure is Measure.THINGS and not _LEAST.search(before):
            continue  # 一个 counts nothing
        scale = 1.0
        for char in match["scale"]:
            scale *= {"百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8}[char]
        factor = _DAYS.get(unit, 1.0) if measure is Measure.DURATION else 666.7 if unit == "亩" else 1.0
        left, right = _near(text[low : match.start()], text[match.end() : high])
        yield Quantity(
            number * scale * factor, measure, _bound(before, after), match[0].strip(), match.span(),
            text[low : match.start()] + " " + text[match.end() : high], left,
            right,
        )  # fmt: skip


def _piece(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """The piece of the sentence between commas that holds the span."""
    low = max((m.end() for m in _CLAUSE_BREAK.finditer(text, 0, span[0])), default=0)
    after = _CLAUSE_BREAK.search(text, span[1])
    return low, after.start() if after else len(text)


def _near(left: str, right: str) -> tuple[str, str]:
    left, right = _BREAK.split(left)[-1], _BREAK.split(right)[0]
    return _SEPARATE.split(left)[-1][-_NEAR_CHARS:], _SEPARATE.split(right)[0][:_NEAR_CHARS]


def _is_date(number: str, unit: str, before: str, after: str) -> bool:
    if unit == "年":
        return number.isdigit() and len(number) == 4 or bool(re.match(r"\s*\d{1,2}\s*月", after))
    if unit in ("日", "天"):
        return bool(re.search(r"月\s*$", before))
    return False


def _bound(before: str, after: str) -> Bound:
    if _MOST.search(before) and not _LEAST.search(before) or _OR_LESS.search(after):
        return Bound.MOST
    return Bound.LEAST if _LEAST.search(before) or _OR_MORE.search(after) else Bound.EXACT


def _value(words: str) -> float | None:
    if words == "半":
        return 0.5
    if words[0].isdigit():
        return float(re.sub(r"[,，]", "", words))
    total, digit = 0, 0
    for char in words:
        if char in _DIGITS:
            digit = digit * 10 + _DIGITS[char] if digit and "十" not in words else _DIGITS[char]
        else:
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
    return float(total + digit) or None


def _last_words(text: str) -> str:
    """The last three telling characters of a text: 公示 of 中心认定后公示."""
    plain = _PLAIN.sub(" ", text).split()
    return plain[-1][-3:] if plain else ""


def telling(text: str) -> frozenset[str]:
    """Pairs of characters that tell what is meant, of words for the same thing the same ones."""
    for words, name in _ALIKE:
        text = words.sub(f" {name} ", text)
    pairs: set[str] = set()
    for piece in re.findall(r"[A-Za-z0-9]+|[一-鿿]+", _PLAIN.sub(" ", text)):
        pairs.update([piece] if piece[0] < "\u3400" else (piece[at : at + 2] for at in range(len(piece) - 1)))
    return frozenset(pairs)


def same_thing(one: Quantity, other: Quantity) -> bool:
    """Whether both numbers measure the same and some telling word stands near both."""
    if one.measure is not other.measure:
        return False
    if one.measure is Measure.AREA and re.search(r"场地|面积|厂房|办公", one.beside + other.beside):
        return True
    return not telling(one.near).isdisjoint(telling(other.near))


def qualified(quantity: Quantity) -> frozenset[str]:
    """Words that narrow what is counted: 专职, 高级, 本科."""
    return frozenset(_QUALIFIERS.findall(quantity.beside))


def reaches(said: Quantity, wanted: Quantity) -> bool | None:
    """Whether what is said meets what a condition wants of the same thing; None where that cannot be told.

    Enough of them says nothing where the condition counts only some (专职) and the statement does not say which.
    """
    enough = said.value <= wanted.value if wanted.bound is Bound.MOST else said.value >= wanted.value
    if wanted.bound is Bound.MOST or not enough:
        return None if wanted.bound is Bound.MOST and not enough and qualified(wanted) - qualified(said) else enough
    if "兼职" in qualified(said) and "专职" in qualified(wanted) or qualified(wanted) - qualified(said):
        return None
    return True
