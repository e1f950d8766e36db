"""Facts about a document that its own words state: number, issuer, region, dates, validity, draft, what it replaces."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from corpora.dates import find_dates, is_signed_date, last_day, read_date, read_months
from corpora.front import NUMBER, Block, Frame, Role, is_organ, signer
from corpora.lines import Line
from corpora.numbering import han_value
from corpora.regions import read_region


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text or its head states; None and empty mean that it does not."""

    title: str = ""
    number: str | None = None
    issuer: str | None = None
    region: str | None = None
    issued: date | None = None
    effective: date | None = None
    valid_until: date | None = None
    event: date | None = None
    draft: bool = False
    digest: bool = False
    example: bool = False
    replaces: tuple[str, ...] = ()


_DRAFT = re.compile(r"征求意见稿|（草案|\(草案|草案）|草案$|送审稿|讨论稿|公开征求.{0,80}意见")
_IN_FORCE = re.compile(
    r"自\s*(?P<when>.{2,30}?)\s*(?:之日)?(?:起\s*(?:满)?\s*(?P<days>\d{1,3}|[一二三四五六七八九十]{1,3})\s*(?:日|天|个工作日)(?:后|起)?)?"
    r"\s*起?\s*(?:正式)?(?:施行|实施|执行|生效|试行)"
)
_VALID = re.compile(r"有效期(?:限)?\s*(?:为|是|至|到|自|：|:|暂定)?")
_OWN_VALIDITY = re.compile(
    r"施行|实施|执行|生效|试行|本(?:办法|细则|规定|条例|意见|方案|通知|通告|公告|标准|规范|指南|规则|规程|制度|政策|措施|实施|文件|计划)"
)
_UNTIL = re.compile(r"(?:至|到|截至|截止)\s*(?:(?:19|20)\d{2}|二[〇○零])")
_REPEAL = re.compile(r"废止|停止执行|不再执行|失效")
_QUOTED = re.compile(r"《([^《》]{2,100})》")
_EVENT_LINE = re.compile(r"(?:会议|活动|培训|举办|召开|报到|开班|比赛|路演|座谈|考试|截止|报名)\s*时\s*间")
_EVENT_TITLE = re.compile(r"(召开|举办|举行|参加|组织参加|报名|开展.{0,12}活动|座谈会|培训班|路演|论坛|大赛|会议)")
_RANGE = re.compile(r"(?:[（(][^（()）]{1,6}[）)])?\s*(?:至|到|[-—–~～])\s*(?:(\d{1,2})月)?(\d{1,2})日")
_DECREE = re.compile(r"第\s*[\d〇零一二三四五六七八九十百]{1,6}\s*号")
_STATED_BY = re.compile(
    r"(?:发文机关|发文机构|发文单位|发布机构|发布单位|来源|信息来源)\s*[：:]\s*([^\s：:]{2,40}?[局厅委府办部院心会司])(?=\s|$)"
)
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")


def read_facts(blocks: Sequence[Block], frame: Frame, source_title: str) -> Facts:
    """Everything stated in the text of one document.

    Args:
        blocks: Its paragraphs and tables.
        frame: Their roles.
        source_title: The file's own name, as title of a text that has none.
    """
    lines = [block for block in blocks if isinstance(block, Line)]
    around = [
        block.words
        for block, role in zip(blocks, frame.roles, strict=True)
        if isinstance(block, Line) and role in _AROUND
    ]
    body = [
        block.words
        for block, role in zip(blocks, frame.roles, strict=True)
        if isinstance(block, Line) and role not in _AROUND
    ]
    title = frame.title or _fallback_title(lines, source_title)
    number = _number(around, frame)
    if not number and (leading := NUMBER.match(title)):  # run together with the title in a text without lines
        number, title = leading[0], title[leading.end() :] or title
    issued = _issued(blocks, frame, around)
    issuer = _issuer(blocks, frame)
    effective, valid_until = _validity([line.words for line in lines], issued)
    return Facts(
        title=title,
        number=number,
        issuer=issuer,
        region=read_region(issuer or "", title, "\n".join([frame.cover_title, *body])),
        issued=issued,
        effective=effective,
        valid_until=valid_until,
        event=_event(lines, title, issued),
        draft=bool(_DRAFT.search("\n".join([title, frame.cover_title, *_head_lines(blocks, frame)]))),
        replaces=_replaces([line.words for line in lines]),
    )


def _head_lines(blocks: Sequence[Block], frame: Frame) -> list[str]:
    """Title lines; （征求意见稿） often stands on one of its own."""
    return [
        block.words
        for block, role in zip(blocks, frame.roles, strict=True)
        if isinstance(block, Line) and role is Role.TITLE
    ]


def read_head(head: Mapping[str, str]) -> Facts:
    """Facts that a head between `---` lines states."""
    digest = head.get("status", "").lower() == "digest"
    return Facts(
        title=head.get("title", ""),
        number=head.get("number") or None,
        issuer=head.get("issuer") or None,
        region=head.get("region") or None,
        issued=read_date(head.get("issued", "")),
        effective=read_date(head.get("effective", "")),
        valid_until=read_date(head.get("valid_until", "")),
        event=read_date(head.get("event", "")),
        draft=head.get("status", "").lower() == "draft",
        digest=digest,
        example=head.get("example", "").lower() in ("true", "yes", "1", "是"),
    )


def overridden(facts: Facts, head: Facts) -> Facts:
    """`facts` with everything that `head` states in its place."""
    return Facts(
        title=head.title or facts.title,
        number=head.number or facts.number,
        issuer=head.issuer or facts.issuer,
        region=head.region or facts.region,
        issued=head.issued or facts.issued,
        effective=head.effective or facts.effective,
        valid_until=head.valid_until or facts.valid_until,
        event=head.event or facts.event,
        draft=head.draft or facts.draft,
        digest=head.digest or facts.digest,
        example=head.example or facts.example,
        replaces=facts.replaces,
    )


_AROUND = (Role.COVER, Role.TITLE, Role.SIGNATURE)
_MAX_TITLE_CHARS = 60


def _fallback_title(lines: Sequence[Line], source_title: str) -> str:
    """The first words of a text without a title line: up to the first blank of a line that runs on, else its first sentence."""
    if not lines:
        return source_title
    words = lines[0].words
    first = re.match(r"\S{4,60}(?=\s)", words)
    if first and not re.search(r"[。；]", first[0]):
        return first[0]
    if len(words) <= _MAX_TITLE_CHARS and not lines[0].mark:
        return words.rstrip("。")
    sentence = re.match(r"[^。！？；]{4,60}", words)
    return source_title or (sentence[0] if sentence else words[:_MAX_TITLE_CHARS])


def _number(around: Sequence[str], frame: Frame) -> str | None:
    for before, words in zip(("", *around), around, strict=False):
        if _DECREE.fullmatch(words) and before.endswith(("令", "公告", "通告")):
            return re.sub(r"\s+", "", before.split()[-1] + words)
        if len(words) <= 60 and (found := NUMBER.fullmatch(words.strip(" （()）")) or NUMBER.search(words)):
            lead = re.sub(r"[ （(：:]|发文字号|文号", "", words[: found.start()])
            if not lead or found.end() == len(words.strip(" ）)")):
                return re.sub(r"\s+", "", found[0])
    return None


def _issued(blocks: Sequence[Block], frame: Frame, around: Sequence[str]) -> date | None:
    """The date under the signature; else one that the head states."""
    cover = [
        block.words
        for block, role in zip(blocks, frame.roles, strict=True)
        if isinstance(block, Line) and role in _AROUND and (is_signed_date(block.words) or signer(block.words))
    ]
    if cover:
        return read_date(cover[0])
    for words in around:
        if len(words) <= 120 and (day := read_date(words)):
            return day
    return None


def _issuer(blocks: Sequence[Block], frame: Frame) -> str | None:
    """Who signed; else who stands at the head."""
    signed: list[str] = []
    for at, block in enumerate(blocks):
        if not isinstance(block, Line) or frame.roles[at] not in _AROUND:
            continue
        if organ := signer(block.words):
            signed = [organ]
            break
        if is_signed_date(block.words):
            above = at - 1
            while (
                above >= 0
                and isinstance(line := blocks[above], Line)
                and frame.roles[above] in _AROUND
                and is_organ(line.words)
            ):
                signed.insert(0, line.words)
                above -= 1
            break
    head = [
        block.words
        for block, role in zip(blocks, frame.roles, strict=True)
        if isinstance(block, Line)
        and role in (Role.COVER, Role.TITLE)
        and is_organ(block.words)
        and block.words != frame.title
    ]
    stated = [found[1] for block in blocks[:8] if isinstance(block, Line) and (found := _STATED_BY.search(block.words))]
    decreed = [re.sub(r"令$", "", words) for words in (frame.cover_title,) if words.endswith("令")]
    named = signed or head[:1] or decreed or stated[:1]
    organs = [re.sub(r"文件$", "", part) for words in named for part in words.split()]
    return "、".join(dict.fromkeys(organs)) or None


def _validity(lines: Sequence[str], issued: date | None) -> tuple[date | None, date | None]:
    """First and last day in force, as the text's own closing provisions state them."""
    effective: date | None = None
    valid_until: date | None = None
    for words in lines:
        if (
            "施行" not in words
            and "有效期" not in words
            and "实施" not in words
            and "执行" not in words
            and "试行" not in words
        ):
            continue
        for sentence in _SENTENCE.findall(words):
            if effective is None:
                effective = _effective(sentence, issued)
            if valid_until is None:
                valid_until = _valid_until(sentence, effective or issued)
    return effective, valid_until


def _effective(sentence: str, issued: date | None) -> date | None:
    found = _IN_FORCE.search(sentence)
    if not found:
        return None
    if day := read_date(found["when"]):
        return day
    if not re.search(r"(发布|印发|公布|下发|颁布|签发|通过|本)", found["when"]) or issued is None:
        return None
    return issued + timedelta(days=han_value(found["days"] or "") or 0)


def _valid_until(sentence: str, start: date | None) -> date | None:
    found = _VALID.search(sentence)
    if found and _OWN_VALIDITY.search(sentence):
        tail = sentence[found.end() : found.end() + 40]
        whole = sentence[found.start() : found.end() + 40]
        if _UNTIL.search(whole):
            days = [day for _, day in find_dates(whole)]
            return days[-1] if days else None
        months = read_months(tail)
        return last_day(start, months) if months and start else None
    if re.search(r"(施行|实施|执行)\s*至", sentence) and (until := _UNTIL.search(sentence)):
        return read_date(sentence[until.start() :])
    trial = re.search(
        r"(试行期|试行)\s*(?:为|：)?\s*((?:\d{1,2}|[一二三四五六七八九十两半]{1,3})\s*个?(?:年|月))", sentence
    )
    if trial and start:
        months = read_months(trial[2])
        return last_day(start, months) if months else None
    return None


def _replaces(lines: Sequence[str]) -> tuple[str, ...]:
    """Titles, and numbers behind them, that a sentence repeals."""
    found: list[str] = []
    for words in lines:
        if not _REPEAL.search(words):
            continue
        for sentence in _SENTENCE.findall(words):
            at = _REPEAL.search(sentence)
            if not at or re.search(r"(不得|是否|可以|应当)\s*(?:予以)?$", sentence[: at.start()]):
                continue
            for title in _QUOTED.finditer(sentence[: at.start()]):
                found.append(re.sub(r"\s+", "", title[1]))
                if number := NUMBER.match(sentence[title.end() :].lstrip(" （(")):
                    found.append(re.sub(r"\s+", "", number[0]))
    return tuple(dict.fromkeys(found))


def _event(lines: Sequence[Line], title: str, issued: date | None) -> date | None:
    """The last day of a meeting or course that a notice calls people to; None for anything else."""
    if not _EVENT_TITLE.search(title) or not re.search(r"通知|公告|邀请|简章|函$", title):
        return None
    for at, line in enumerate(lines):
        if _EVENT_LINE.search(line.words[:20]):
            near = " ".join(each.words for each in lines[at : at + 2])
            days = [_end_of_range(near, span[1], day) for span, day in find_dates(near)]
            if days:
                return max(days)
    return None


def _end_of_range(text: str, at: int, first: date) -> date:
    """The last day of 2025年3月15日至16日, whose first day ends at `at`; the first day where no range follows."""
    found = _RANGE.match(text, at)
    if not found:
        return first
    try:
        return first.replace(month=int(found[1] or first.month), day=int(found[2]))
    except ValueError:
        return first
