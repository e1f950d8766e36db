"""What kind of thing a passage holds (a telephone number, a day, an amount) and what kind a question wants."""

import re

# Trait, how it looks in a folded passage, how a folded question asks for it.
_TRAITS = (
    ("phone", r"\d{7}|\d{3,4}-\d{4,}|(?<!\d)1\d{4}(?!\d)", r"电话|热线|号码|联系方式|怎么联系|怎样联系|如何联系"),
    ("site", r"www|http|\.c(?:om|n)|网站|网址|公众号|app|小程序|平台", r"网址|网站|公众号|app|小程序|哪里(?:查|报|申)"),
    ("mail", r"@", r"邮箱|邮件"),
    ("day", r"\d月\d+日|\d{4}[-/.]\d", r"何时|什么时候|什么时间|时间是|哪天|哪一天|几月|几号|日期|截止|截至|起止"),
    ("money", r"\d\s*[万亿]?元", r"多少[万亿]?元|多少钱|几[万千百]?块|金额|额度|费用|收费|补贴多少|奖励多少|多少补"),
    ("percent", r"\d%|百分之", r"多少%|百分|比例|幅度|利率|占比|增长|下降|几成"),
    (
        "count",
        r"\d\s*[家个人名条项户吨亩辆台批门次件种套]",
        r"多少[家个人名条项户吨亩辆台批门次件种套]|几[家个人名条项户台次件种套]|数量|人数",
    ),
    (
        "span",
        r"[\d一二两三四五六七八九十]\s*(?:个?工作日|天|日内|个月|年内|年期?|小时|分钟)",
        r"多久|多长|几天|期限|有效期|几年|几个月|多少[天年]|多少个月|多少小时",
    ),
    ("number", r"\d", r"多少|几[^乎]|何时|标准|分值|几分"),
)
_HELD = tuple(re.compile(looks) for _, looks, _ in _TRAITS)
_WANTED = tuple(re.compile(asks) for _, _, asks in _TRAITS)


def held(text: str) -> int:
    """The traits of a folded passage, as bits."""
    return sum(1 << index for index, pattern in enumerate(_HELD) if pattern.search(text))


def wanted(text: str) -> int:
    """The traits that a folded question asks for, as bits; 0 when it wants no particular kind of thing."""
    return sum(1 << index for index, pattern in enumerate(_WANTED) if pattern.search(text))
