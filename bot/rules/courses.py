"""What kind of course a person wants, and which rows of the catalogue fit. Pure; the day is an argument."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bot.rules.regions import places, short
from bot.rules.wording import content, grams
from corpora.document import Course

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_AMOUNT = r"(\d+(?:\.\d+)?\s*[千万kKwW]?|[零〇一二两三四五六七八九十百千万]+)"
_YUAN = r"\s*(?:块钱|块|元钱|元|RMB|人民币)?"
_RANGE = re.compile(rf"{_AMOUNT}{_YUAN}\s*(?:到|至|-|~|—|～)\s*{_AMOUNT}\s*(?:块钱|块|元)?(?!月|日|号|点|天|周|年)")
_AT_MOST = re.compile(
    rf"(?:不超过|不高于|低于|最多|至多|少于|小于|控制在|预算(?:只有|是|在|大概|差不多)?|只有){_YUAN}{_AMOUNT}{_YUAN}|{_AMOUNT}{_YUAN}(?:以内|以下|之内|内|封顶|左右(?:以内)?|不到)"
)
_AT_LEAST = re.compile(rf"{_AMOUNT}{_YUAN}(?:以上|起步|往上)|(?:高于|超过|不低于|至少){_AMOUNT}(?:块钱|块|元)")
_FREE = re.compile(r"免费|不要钱|不收费|不花钱|公益|0元|零元|白听")
_CHEAP = re.compile(r"便宜|实惠|划算|省钱|最低价|价格低")
_SEATS = re.compile(
    r"名额|有位(?:置|子)|没报?满|满了(?:吗|没)|还能报|可以报名|能报(?:名|上)|报得上|余位|空位|剩(?:几|多少)|有座"
)
_ONLINE = re.compile(r"线上|网上|网课|直播|远程|在线(?:课|上|学|培训)|在家")
_ONSITE = re.compile(r"线下|面授|现场(?:课|上|教)|到场")
_LEVELS = (
    (re.compile(r"零基础|没(?:有)?基础|入门|小白|新手|刚(?:入行|接触|开始)|从头学|初学|完全不懂|不懂"), "入门"),
    (re.compile(r"初级|基础班"), "初级"),
    (re.compile(r"中级|进阶|提高班|提升班|有(?:一定|点)基础"), "中级"),
    (re.compile(r"高级|资深|精通|高阶|专家级"), "高级"),
)
_PAST = re.compile(r"往期|以前|过去|办过|开过|上个?月|上周|去年|之前(?:的|办|开)|历史")
_FULL = re.compile(r"满员|报满|已满|额满")
_WEEKDAY = re.compile(r"(这|本|下下|下)?个?(?:周|星期|礼拜)([一二三四五六日天])")
_MONTH = re.compile(
    r"(明年|今年)?\s*(1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])\s*月(?:份|(?:\s*(\d{1,2})\s*[日号]))?"
)
_NOT_TOPIC = re.compile(
    r"课程|培训班|培训课|训练营|研修班|公开课|讲座|培训|网课|上课|开课|开班|报名|班次|课|班|学费|费用|价格|价位|预算|收费|多少钱|要钱|贵|时间|地点|地址|日期|安排|推荐|介绍|适合|想学|想上|想报|想要|想|学习|学会|学|上|开|报|找|看|参加|听|来|去|最近|近期|现在|目前|接下来|这阵子|马上|最快|最早|以后|之后|周末|周内|工作日|平时|晚上|晚间|夜里|下班后|白天|上午|下午|今天|明天|后天|这周|本周|下周|下下周|这个月|本月|下个?月|月底|月初|年底|年内|今年|明年|星期|礼拜|厂里|员工|工人|师傅|老师|别|太|些|便宜|实惠|划算|块钱|块|元|以内|以下|以上|左右|不超过|之内|名额|位置|满|剩|还|吗|能|好|合适|相关|方面|方向|类|门|节|种|技术(?=课|$)|知识|的话|帮|查|给|大概|可能|只|只有|一定|有空|休息|放假|年轻人|新人|新来|刚|做|搞|关于|线上|线下|面授|直播|网上|现场|附近|就近|不|没|过|了|得|个|本地|随便|什么样|其他|其它|别的|再|呢|嘛|么|哈"
)


@dataclass(frozen=True, slots=True)
class CourseWish:
    """What is asked of a course; None and False mean that it does not matter."""

    topic: str = ""  # what is left when times, prices and the like are taken out
    window: tuple[date, date] | None = None
    weekdays: frozenset[int] = frozenset()  # 0 Monday
    evening: bool = False
    place: tuple[str, ...] = ()
    min_price: int | None = None
    max_price: int | None = None
    level: str = ""
    seats: bool = False
    online: bool | None = None
    past: bool = False
    cheapest: bool = False
    words: dict[str, str] = field(default_factory=dict)  # condition to how it was said


def parse(text: str, *, today: date, known_places: Iterable[str] = ()) -> CourseWish:
    """The conditions in colloquial words, relative to `today`.

    Args:
        known_places: The place column of the catalogue.
    """
    words: dict[str, str] = {}
    rest = text
    low, high, rest = _price(rest, words)
    window, weekdays, rest = _when(rest, today, words)
    evening = _hit(r"晚上|晚间|夜校|夜里|下班后|晚班|夜班课", rest, "晚上", words)
    level = next((name for pattern, name in _LEVELS if pattern.search(rest)), "")
    if level:
        words["level"] = level
    place = _places(rest, known_places)
    if place:
        words["place"] = "、".join(place)
    online = True if _ONLINE.search(rest) else False if _ONSITE.search(rest) else None
    if online is not None:
        words["online"] = "线上" if online else "线下"
    seats = bool(_SEATS.search(rest))
    topic = rest
    for pattern, _ in _LEVELS:
        topic = pattern.sub(" ", topic)
    for pattern in (_FREE, _CHEAP, _SEATS, _ONLINE, _ONSITE, _PAST, _FULL):
        topic = pattern.sub(" ", topic)
    for name in place:
        topic = topic.replace(name, " ")
    topic = content(_NOT_TOPIC.sub(" ", content(topic)))
    topic = " ".join(word for word in topic.split() if len(word) > 1 or word in "焊钳铣磨车电镗")
    topic = re.sub(r"(?<![\u3400-\u9fffA-Za-z])[省市区县](?![\u3400-\u9fff])", " ", topic).strip()
    if topic:
        words["topic"] = topic
    return CourseWish(
        topic,
        window,
        weekdays,
        evening,
        place,
        low,
        high,
        level,
        seats,
        online,
        bool(_PAST.search(text)),
        bool(_CHEAP.search(text)),
        words,
    )


def carry(before: CourseWish, now: CourseWish) -> CourseWish:
    """A follow-up wish: what it says itself wins, the rest stays as it was."""
    same_time = now.window is None and not now.weekdays and not now.evening
    return CourseWish(
        now.topic or before.topic,
        before.window if same_time else now.window,
        before.weekdays if same_time else now.weekdays,
        now.evening or before.evening,
        now.place or before.place,
        before.min_price if now.max_price is None and now.min_price is None else now.min_price,
        before.max_price if now.max_price is None and now.min_price is None else now.max_price,
        now.level or before.level,
        now.seats or before.seats,
        before.online if now.online is None else now.online,
        now.past,
        now.cheapest,
        {**{key: word for key, word in before.words.items() if not (key == "time" and not same_time)}, **now.words},
    )


def topic_fit(topic: str, course: Course) -> float:
    """How much of the topic a course is about, 0 to 1; a word in its title counts more than one in its summary."""
    wanted = grams(topic)
    if not wanted:
        return 1.0 if not topic or topic in course.title else 0.5 if topic in course.summary else 0.0
    title, summary = grams(course.title), grams(course.summary)
    return sum(1.0 if gram in title else 0.6 if gram in summary else 0.0 for gram in wanted) / len(wanted)


def conditions(wish: CourseWish) -> dict[str, Callable[[Course], bool]]:
    """Each condition of the wish but the topic as a test of a course, by the name under which `wish.words` says it."""
    tests: dict[str, Callable[[Course], bool]] = {}
    if wish.window or wish.weekdays:
        tests["time"] = lambda course: _in_time(wish, course)
    if wish.evening:
        tests["evening"] = _is_evening
    if wish.place:
        tests["place"] = lambda course: any(name in course.place or short(name) in course.place for name in wish.place)
    if wish.min_price is not None or wish.max_price is not None:
        tests["price"] = lambda course: (
            course.price is not None
            and (wish.min_price is None or course.price >= wish.min_price)
            and (wish.max_price is None or course.price <= wish.max_price)
        )
    if wish.level:
        tests["level"] = lambda course: _level_fits(wish.level, course.level)
    if wish.online is not None:
        tests["online"] = lambda course: course.online == wish.online
    return tests


def is_past(course: Course, today: date) -> bool:
    """Whether it has begun, so that nobody can join any more."""
    return course.start is not None and course.start < today


def is_full(course: Course) -> bool:
    """Whether no seat is free."""
    return course.seats is not None and course.seats <= 0


def order(courses: Sequence[tuple[Course, float]], wish: CourseWish) -> list[Course]:
    """Best first: those that fit the topic best, then the earliest, then the cheapest; the cheapest before the earliest where asked."""
    far = date.max

    def key(pair: tuple[Course, float]) -> tuple[float, ...]:
        course, fit = pair
        day = float((course.start or far).toordinal())
        price = float(course.price if course.price is not None else 10**9)
        return (-round(fit, 1), price, day) if wish.cheapest else (-round(fit, 1), day, price)

    return [course for course, _ in sorted(courses, key=lambda pair: (*key(pair), pair[0].id))]


def yuan(text: str) -> int | None:
    """两千 as 2000, 一千五 as 1500, 2k as 2000, 1.5万 as 15000; None when it is no number."""
    text = text.strip()
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([千万kKwW]?)", text)
    if match:
        return round(float(match[1]) * {"": 1, "千": 1000, "k": 1000, "万": 10000, "w": 10000}[match[2].lower()])
    total, part, last = 0, 0, 1
    for char in text:
        if char in _DIGITS:
            part = _DIGITS[char]
        elif char in _UNITS:
            last = _UNITS[char]
            total = (total + part) * last if last == 10000 else total + (part or 1) * last
            part = 0
        else:
            return None
    if part:
        total += part * (last // 10 if last >= 100 and text[-2:-1] not in ("零", "〇") else 1)
    return total if text else None


def _price(text: str, words: dict[str, str]) -> tuple[int | None, int | None, str]:
    low: int | None = None
    high: int | None = None
    match = _RANGE.search(text)
    if match and (yuan(match[1]) or 0) >= 50 or match and re.search(r"块|元", match.group()):
        low, high = yuan(match[1]), yuan(match[2])
    elif (match := _AT_MOST.search(text)) and not re.match(r"\s*(?:天|周|月|个|人|名|公里|小时)", text[match.end() :]):
        high = yuan(next(group for group in match.groups() if group))
    elif match := _AT_LEAST.search(text):
        low = yuan(next(group for group in match.groups() if group))
    elif match := _FREE.search(text):
        high = 0
    if match and (low is not None or high is not None):
        words["price"] = match.group().strip()
        text = text.replace(match.group(), " ")
    return low, high, text


def _when(text: str, today: date, words: dict[str, str]) -> tuple[tuple[date, date] | None, frozenset[int], str]:
    monday = today - timedelta(days=today.weekday())
    window: tuple[date, date] | None = None
    weekdays: frozenset[int] = frozenset()
    said: list[str] = []

    def take(pattern: str) -> bool:
        nonlocal text
        match = re.search(pattern, text)
        if not match:
            return False
        said.append(match.group())
        text = text.replace(match.group(), " ", 1)
        return True

    if take(r"(?:下下)个?(?:周末|星期末|礼拜末)"):
        window = (monday + timedelta(days=19), monday + timedelta(days=20))
    elif take(r"下个?(?:周末|星期末|礼拜末)|下周的周末"):
        window = (monday + timedelta(days=12), monday + timedelta(days=13))
    elif take(r"(?:这个?|本)(?:周末|星期末|礼拜末)"):
        window = (max(today, monday + timedelta(days=5)), monday + timedelta(days=6))
    elif take(r"周末|双休日?|休息日"):
        weekdays = frozenset({5, 6})
    elif take(r"工作日|平日|周内"):
        weekdays = frozenset(range(5))
    for match in _WEEKDAY.finditer(text):
        day = "一二三四五六日".find(match[2].replace("天", "日"))
        said.append(match.group())
        ahead = {"这": 0, "本": 0, "下": 7, "下下": 14}.get(match[1] or "")
        if ahead is None:
            weekdays |= {day}
        else:
            exact = monday + timedelta(days=ahead + day)
            window = (exact, exact)
        text = text.replace(match.group(), " ", 1)
    if window is None:
        window, text = _span(text, today, monday, said)
    if said:
        words["time"] = "".join(dict.fromkeys(said))
    return window, weekdays, text


def _span(text: str, today: date, monday: date, said: list[str]) -> tuple[tuple[date, date] | None, str]:
    month_start = today.replace(day=1)
    next_month = (month_start + timedelta(days=32)).replace(day=1)
    plain: tuple[tuple[str, tuple[date, date]], ...] = (
        (r"今天|今晚", (today, today)),
        (r"明天|明晚", (today + timedelta(days=1), today + timedelta(days=1))),
        (r"后天", (today + timedelta(days=2), today + timedelta(days=2))),
        (r"下下(?:周|星期|礼拜)", (monday + timedelta(days=14), monday + timedelta(days=20))),
        (r"下个?(?:周|星期|礼拜)", (monday + timedelta(days=7), monday + timedelta(days=13))),
        (r"上个?(?:周|星期|礼拜)", (monday - timedelta(days=7), monday - timedelta(days=1))),
        (r"(?:这个?|本)(?:周|星期|礼拜)", (today, monday + timedelta(days=6))),
        (r"(?:这个?|本)月(?:底|内)?|月底", (today, _month_end(month_start))),
        (
            r"下下个?月",
            (
                (next_month + timedelta(days=32)).replace(day=1),
                _month_end((next_month + timedelta(days=32)).replace(day=1)),
            ),
        ),
        (r"下个?月", (next_month, _month_end(next_month))),
        (r"上个?月", ((month_start - timedelta(days=1)).replace(day=1), month_start - timedelta(days=1))),
        (r"(?:今年)?(?:年底|年内|年前)", (today, date(today.year, 12, 31))),
        (r"(?:一|1)(?:个)?(?:星期|周|礼拜)(?:以)?内", (today, today + timedelta(days=7))),
        (r"(?:一|1)个月(?:以|之)?内", (today, today + timedelta(days=30))),
        (r"(?:两|2)个月(?:以|之)?内", (today, today + timedelta(days=61))),
        (r"(?:三|3)个月(?:以|之)?内|三个月里", (today, today + timedelta(days=92))),
        (r"半年(?:以|之)?内", (today, today + timedelta(days=183))),
    )
    for pattern, window in plain:
        match = re.search(pattern, text)
        if match:
            said.append(match.group())
            return window, text.replace(match.group(), " ", 1)
    match = _MONTH.search(text)
    if match:
        month = yuan(match[2]) or 1
        year = (
            today.year + 1
            if match[1] == "明年"
            else today.year
            if match[1] == "今年" or month >= today.month
            else today.year + 1
        )
        said.append(match.group().strip())
        rest = text.replace(match.group(), " ", 1)
        if match[3] and 1 <= int(match[3]) <= monthrange(year, month)[1]:
            day = date(year, month, int(match[3]))
            return (day, day), rest
        return (date(year, month, 1), _month_end(date(year, month, 1))), rest
    match = re.search(r"明年", text)
    if match:
        said.append("明年")
        return (date(today.year + 1, 1, 1), date(today.year + 1, 12, 31)), text.replace("明年", " ", 1)
    return None, text


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _places(text: str, known: Iterable[str]) -> tuple[str, ...]:
    found = list(places(text))
    for place in known:
        for part in re.split(r"[\s·・,，、/（）()]+", place):
            name = re.sub(r"(?:市|区|县)$", "", part)
            if len(name) >= 2 and name in text and name not in found and not _ONLINE.search(name):
                found.append(name)
    return tuple(name for name in found if not any(name != other and name in other for other in found))


def _in_time(wish: CourseWish, course: Course) -> bool:
    if course.start is None:
        return False
    if wish.window and not (wish.window[0] <= course.start <= wish.window[1]):
        return False
    return not wish.weekdays or bool(_days(course) & wish.weekdays)


def _days(course: Course) -> frozenset[int]:
    """The weekdays it takes place on: those its hours name, else the day it starts."""
    hours = course.hours
    days: set[int] = set()
    for first, last in re.findall(
        r"(?:周|星期)([一二三四五六日天])\s*(?:至|到|-|—|~|～)\s*(?:周|星期)?([一二三四五六日天])", hours
    ):
        low, high = ("一二三四五六日".find(char.replace("天", "日")) for char in (first, last))
        days.update(range(low, high + 1))
    days.update(
        "一二三四五六日".find(char.replace("天", "日"))
        for char in re.findall(r"(?:周|星期|、|和)([一二三四五六日天])(?!天)", hours)
    )
    if "周末" in hours or "双休" in hours:
        days.update({5, 6})
    if "工作日" in hours:
        days.update(range(5))
    if not days and course.start:
        days.add(course.start.weekday())
    return frozenset(days)


def _is_evening(course: Course) -> bool:
    if re.search(r"晚|夜", course.hours):
        return True
    times = [int(hour) for hour in re.findall(r"(\d{1,2})[:：]\d{2}", course.hours)]
    return bool(times) and times[0] >= 17


def _level_fits(wanted: str, level: str) -> bool:
    if not level:
        return False
    if wanted == "入门":
        return bool(re.search(r"入门|零基础|初级|基础", level))
    return wanted in level


def _hit(pattern: str, text: str, said: str, words: dict[str, str]) -> bool:
    if not re.search(pattern, text):
        return False
    words["evening"] = said
    return True


__all__ = ["CourseWish", "carry", "conditions", "is_full", "is_past", "order", "parse", "replace", "topic_fit", "yuan"]
