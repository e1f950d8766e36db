"""Answers from the course catalogue: the rows that fit what was asked, each cited; or which condition nothing fits."""

from collections.abc import Sequence

from bot.assistant.asking import Asking
from bot.assistant.evidence import Quote, cite, standing
from bot.assistant.shape import EXTRACTED, MAX_ANSWER_CHARS, Answer, CourseRow, Near, Outcome
from bot.rules.courses import CourseWish, carry, conditions, is_full, is_past, order, parse, topic_fit
from bot.rules.intent import Intent, Topic
from corpora.document import Course, Document, Kind

MAX_COURSES = 5
GOOD_FIT = 0.5  # of the topic's pairs of characters found in title or summary
NAMES = {
    "time": "时间",
    "evening": "晚上",
    "place": "地点",
    "price": "价格",
    "level": "级别",
    "online": "方式",
    "seats": "名额",
    "topic": "主题",
}
WEEKDAYS = "一二三四五六日"

Rows = Sequence[tuple[Course, Document]]


def answer(asking: Asking) -> Answer:
    """Up to five courses that fit, the best first, or why none does and what comes closest."""
    rows = asking.finder.courses(asking.principal)
    if not rows:
        text = f"还没有收录任何课程，所以答不了。请让管理员先导入课程目录；也可以{asking.call}。"
        return asking.unanswered(Intent.COURSE, text, confidence=0.0)
    wish = _wish(asking, rows)
    fits = _on_topic(asking, wish, rows)
    if not fits:
        return _off_topic(asking, wish, rows)
    tests = conditions(wish)
    fitting = [(course, fit) for course, fit in fits if all(test(course) for test in tests.values())]
    usable = [
        (course, fit) for course, fit in fitting if wish.past or not (is_past(course, asking.today) or is_full(course))
    ]
    if usable:
        return _found(asking, wish, order(usable, wish)[:MAX_COURSES], rows, total=len(usable))
    return _none(asking, wish, fits, fitting, rows)


def _wish(asking: Asking, rows: Rows) -> CourseWish:
    known = sorted({course.place for course, _ in rows if course.place})
    now = parse(asking.turn.text if asking.turn.subject else asking.original, today=asking.today, known_places=known)
    if not asking.turn.subject:
        return now
    return carry(parse(asking.turn.subject, today=asking.today, known_places=known), now)


def _on_topic(asking: Asking, wish: CourseWish, rows: Rows) -> list[tuple[Course, float]]:
    """The courses on the topic with how well they fit it: by words first, by meaning where no word fits."""
    if not wish.topic:
        return [(course, 1.0) for course, _ in rows]
    fits = [(course, topic_fit(wish.topic, course)) for course, _ in rows]
    best = max((fit for _, fit in fits), default=0.0)
    if best >= GOOD_FIT:
        return [(course, fit) for course, fit in fits if fit >= max(GOOD_FIT, 0.75 * best)]
    found = asking.search(wish.topic, Kind.COURSE)
    if not found.answered:
        return []
    meant: dict[str, float] = {}
    for hit in found.hits[:MAX_COURSES]:
        for course, document in rows:
            if document.id == hit.document.id and any(
                start < course.span[1] and end > course.span[0] for start, end in hit.passage.spans
            ):
                meant.setdefault(course.id, 1.0 / (1 + len(meant)))
    return [(course, meant[course.id]) for course, _ in rows if course.id in meant]


def _found(asking: Asking, wish: CourseWish, chosen: Sequence[Course], rows: Rows, *, total: int) -> Answer:
    wanted = {course.id for course in chosen}
    whole: dict[str, Document] = {}
    for course, document in rows:
        if course.id in wanted and document.id not in whole:
            whole[document.id] = asking.whole(document)
    home = {course.id: whole[document.id] for course, document in rows if document.id in whole}
    quotes = [_quote(course, home[course.id]) for course in chosen]
    while True:
        citations = cite(quotes, question=wish.topic or asking.original, shelf=asking.shelf, today=asking.today)
        lines = [_heading(wish, total, len(quotes))]
        lines += [f"{n}. {_line(course, asking)}[{n}]" for n, course in enumerate(chosen[: len(quotes)], start=1)]
        if asking.wish.topic is Topic.CUSTOM_TRAINING:
            lines.append(f"想给自己厂里定制培训（上门、包班），请{asking.call}，说明人数、主题和希望的时间。")
        lines.append(
            f"来源：《{citations[0].document}》{standing(citations[0], home[chosen[0].id])}，名额和日期以报名时为准。"
        )
        text = "\n".join(lines)
        if len(text) + sum(len(citation.quote) for citation in citations) <= MAX_ANSWER_CHARS or len(quotes) == 1:
            break
        quotes = quotes[:-1]
    shown = tuple(CourseRow(course) for course in chosen[: len(quotes)])
    return Answer(
        asking.id, Outcome.ANSWERED, Intent.COURSE, text, EXTRACTED, confidence=0.95, citations=citations, courses=shown
    )


def _quote(course: Course, document: Document) -> Quote:
    """The row, its title marked."""
    at = document.text.find(course.title, *course.span)
    mark = (at - course.span[0], at - course.span[0] + len(course.title)) if at >= 0 else None
    return Quote(document, f"{course.id} {course.title}".strip(), course.span, None, highlight=mark)


def _heading(wish: CourseWish, total: int, shown: int) -> str:
    said = "、".join(dict.fromkeys(word for key, word in wish.words.items() if key != "topic"))
    about = f"“{wish.topic}”" if wish.topic else ""
    asked = f"（{said}）" if said else ""
    more = f"，先列最合适的 {shown} 门" if total > shown else ""
    return f"符合条件的{about}课程{asked}有 {total} 门{more}："


def _line(course: Course, asking: Asking) -> str:
    start = f"{course.start.isoformat()}（周{WEEKDAYS[course.start.weekday()]}）" if course.start else "日期待定"
    price = "费用待定" if course.price is None else "免费" if course.price == 0 else f"{course.price} 元"
    seats = "" if course.seats is None else f"余 {course.seats} 席" if course.seats > 0 else "已满"
    facts = [f"{start}开课", course.hours, "线上" if course.online else course.place, price, seats, course.level]
    marks = ("，已开课" if is_past(course, asking.today) else "") + ("，示例" if course.example else "")
    return f"{course.title}：{'，'.join(fact for fact in facts if fact)}{marks}"


def _off_topic(asking: Asking, wish: CourseWish, rows: Rows) -> Answer:
    upcoming = [course for course, _ in rows if not is_past(course, asking.today) and not is_full(course)]
    text = f"已查 {len(rows)} 门课程，没有“{wish.topic}”方面的课。"
    if upcoming:
        text += f"近期可报的有 {len(upcoming)} 门，可以问“最近有什么课”。"
    text += f"想开这方面的课，请{asking.call}。"
    return asking.unanswered(Intent.COURSE, text, confidence=0.1)


def _none(
    asking: Asking, wish: CourseWish, fits: list[tuple[Course, float]], fitting: list[tuple[Course, float]], rows: Rows
) -> Answer:
    """Which condition nothing fits, and what comes closest without it."""
    topic = f"“{wish.topic}”" if wish.topic else ""
    if fitting:
        gone = [course for course, _ in fitting if is_past(course, asking.today)]
        reason = "已经开课" if len(gone) == len(fitting) else "名额已满" if not gone else "不是已开课就是已满"
        closest = [course for course, _ in fits if not is_past(course, asking.today) and not is_full(course)] or [
            course for course, _ in fitting
        ]
        lines = [
            f"有 {len(fitting)} 门{topic}课符合条件，但{reason}："
            + "；".join(course.title for course, _ in fitting[:3])
            + "。"
        ]
    else:
        blame, closest = _blame(asking, wish, fits)
        said = "、".join(f"{NAMES[key]}“{wish.words.get(key, NAMES[key])}”" for key in blame)
        lines = [f"已查 {len(rows)} 门课程，{topic}课里没有符合{said}的。"]
    ordered = order([(course, 1.0) for course in closest], wish)[:3]
    if ordered:
        lines.append("最接近的：\n" + "\n".join(f"- {_line(course, asking)}" for course in ordered))
    lines.append(f"可以放宽条件再问；或{asking.call}。")
    return asking.unanswered(Intent.COURSE, "\n".join(lines), confidence=0.3, near=_pointers(ordered, rows))


def _blame(asking: Asking, wish: CourseWish, fits: list[tuple[Course, float]]) -> tuple[list[str], list[Course]]:
    """The fewest conditions that must go so that a course is left, and what is then left."""
    tests = conditions(wish)
    open_now = [course for course, _ in fits if not is_past(course, asking.today) and not is_full(course)]
    failing = {course.id: [key for key, test in tests.items() if not test(course)] for course in open_now}
    fewest = min((len(keys) for keys in failing.values()), default=0)
    closest = [course for course in open_now if len(failing[course.id]) == fewest]
    blame = list(dict.fromkeys(key for course in closest for key in failing[course.id])) or list(tests)
    return blame, closest


def _pointers(courses: Sequence[Course], rows: Rows) -> tuple[Near, ...]:
    home = {course.id: document for course, document in rows}
    return tuple(
        Near(home[c.id].title, home[c.id].number, f"{c.id} {c.title}".strip(), home[c.id].source, home[c.id].id, c.span)
        for c in courses
    )
