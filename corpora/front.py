"""What stands around the body of a document: cover, title, addressee, contents, signature, list of attachments.

Gives every block a role. What the facts in these blocks are is read in metadata; how the body nests in nesting.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from corpora.dates import is_signed_date
from corpora.flat_tables import RawTable
from corpora.lines import Line
from corpora.numbering import ABSOLUTE, Style

Block = Line | RawTable


class Role(StrEnum):
    """What a block is for."""

    BODY = "body"
    COVER = "cover"  # the notice that issues a regulation
    TITLE = "title"  # title, number, issuer, addressee
    CONTENTS = "contents"  # a table of contents
    SIGNATURE = "signature"
    MENTION = "mention"  # 附件：… as a list of what is attached
    ATTACHMENT = "attachment"  # the line that opens an attachment
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Frame:
    """Roles of all blocks of one document, and its title lines."""

    roles: tuple[Role, ...]
    title: str  # empty when no line looks like one
    cover_title: str = ""  # the notice's own title, where it issues another text
    transparent: frozenset[int] = frozenset()  # attachment lines that open the issued text itself


NOUNS = (
    "办法|细则|规定|条例|意见|方案|通知|通告|公告|通报|决定|决议|标准|规范|指南|指引|规则|规程|章程|准则|制度|规划|计划|措施|政策|"
    "清单|目录|批复|复函|函|请示|报告|纲要|要点|协议|倡议书|公约|守则|简章|须知|说明|解读|问答|手册|大纲|(?<!方)法"
)
_TITLE_END = re.compile(rf"({NOUNS})(?:[（(〔\[【][^（）()]{{1,20}}[）)〕\]】])*$")
_ORGAN_END = re.compile(
    r"(局|厅|委|会|办|部|院|中心|小组|政府|公司|协会|学会|联盟|集团|大学|学院|学校|研究所|银行|法院|检察院|总队|支队|署|司|处|室|站|馆|党组|工委|管委|所|社|联合会|基地|园区)(文件|公报)?(?:[（(][^（）()]{1,12}[）)])?$"
)
NUMBER = re.compile(
    r"[一-鿿A-Za-z（）()]{1,16}[〔\[［（(【]\s*(?:19|20)\d{2}\s*[〕\]］）)】]\s*(?:第\s*)?\d{1,5}\s*号|[一-鿿]{1,12}(?:令|公告|通告)?\s*(?:(?:19|20)\d{2}\s*年\s*)?第\s*[\d〇零一二三四五六七八九十百]{1,6}\s*号"
)
_ADDRESSEE = re.compile(
    r"(各|有关|全[市省区县体]|本[市省区]|[^，。；]{1,30}(局|委|厅|办|会|单位|企业|政府|公司|部门|院|学校|中心|同志|朋友|们)).{0,160}[：:]$"
)
# 第一条 企业应当具备下列条件： ends like an addressee and opens a list.
_LABELLED = re.compile(
    r"\s*(?:第\s*[\d〇零一二三四五六七八九十百]{1,6}\s*[编章节条]|[一二三四五六七八九十]+、|[（(][\d一二三四五六七八九十]+[）)]|\d+\s*[.．、])"
)
_META = re.compile(
    r"(发文机[关构]|发文字号|文号|索引号|来源|作者|发布(日期|时间|机构|单位)|成文日期|印发日期|发布人|主题分类|有效性|信息来源|公开方式|公开属性|签发人|密级|紧急程度|编号|文章来源|施行日期|生效日期|发文单位|起草单位)\s*[：:]"
)
_SIGNATURE = re.compile(r"([^\d，。；：]{3,60}?)\s*((?:19|20)\d{2}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日)")
_BRACKETED = re.compile(r"[（(【\[〔].{1,120}[）)】\]〕]")
_ATTACHMENT = re.compile(
    r"附\s*(件|录|表|图)?\s*([0-9０-９]{1,2}(?:[-－][0-9]{1,2})?|[一二三四五六七八九十]{1,3}|[A-Z](?![A-Za-z]))?\s*([:：.、．]|\s|$)\s*(.*)"
)
# 附件2申报表: without a blank only where what follows names a form or a text, for 附件2所列材料 begins a sentence.
_GLUED_ATTACHMENT = re.compile(
    rf"(附\s*[件录表]\s*[0-9０-９]{{1,2}})([一-鿿《][^。；]{{1,60}}(?:表|书|名单|模板|汇总|图|{NOUNS})(?:[（(][^（）()]{{1,12}}[）)])?)"
)
_CONTENTS = re.compile(r"目\s*[录次]")
_LEADER = re.compile(r"(?:[.．…·]{2,}|\s{2,}|\t)\s*[（(]?\d{1,3}[)）]?$")
_TAIL = re.compile(
    r"(抄\s*[送报]\s*[:：]|主\s*送\s*[:：]|[（(]此件|[（(]依?申请公开|主题词\s*[:：]|[（(]?信息公开|.{2,40}(20\d\d|二[〇○零]..)年.{2,8}日\s*印发)"
)
_CONTACT = re.compile(
    r"[（(【]?\s*(联\s*系\s*人|联系(电话|方式|单位|地址|邮箱)|咨询(电话|方式|热线)|电\s*话|电子邮箱|邮\s*箱|传\s*真|监督电话|举报电话|报名电话|报送邮箱)\s*[及和与、（(]?.{0,12}?[：:]"
)
_ISSUES = re.compile(r"印发|发布|公布|下发|颁布|颁发|转发|征求|通过")
_TOP = (*ABSOLUTE, Style.HAN_COMMA)
_DECREE_NUMBER = re.compile(r"第\s*[\d〇零一二三四五六七八九十百]{1,6}\s*号")
_LAST_WORDS = ("通知", "公告", "通告", "通报", "决定", "公示")  # a title's last line, printed apart: 通  知
_MAX_TITLE_CHARS = 80
_MAX_HEAD_LINES = 14
_MAX_FIRST_LINE_CHARS = 40  # of a title over two lines
_BODY_CHARS = 30  # a sentence of this length is body text, not part of the head


def bare(words: str) -> str:
    """Words without blanks, brackets and stops, to compare two printings of one title."""
    return re.sub(r"[\s《》〈〉“”\"'（）()〔〕\[\]*#，、。：:·-]+", "", words)


def is_title_like(words: str) -> bool:
    """Whether a line ends as titles of official texts do: …办法, …通知, …细则（试行）."""
    if "".join(words.split()) in _LAST_WORDS:
        return True
    return 5 <= len(words) <= _MAX_TITLE_CHARS and bool(_TITLE_END.search(re.sub(r"\s+", "", words)))


def is_organ(words: str) -> bool:
    """Whether a short line names an issuing body (several, parted by blanks, too)."""
    parts = words.split()
    return (
        0 < len(words) <= 60
        and not re.search(r"[，。；：:、！？《》\d]", words)
        and (
            all(_ORGAN_END.search(part) and len(part) >= 3 for part in parts)
            or bool(_ORGAN_END.search(words) and len(words) <= 30)
        )
    )


def signer(words: str) -> str:
    """The body in a line that holds a whole signature (市工信局 2024年5月6日); empty for any other line."""
    found = _SIGNATURE.fullmatch(words) if len(words) <= 80 else None
    return found[1].strip() if found and is_organ(found[1].strip()) else ""


def is_number(words: str) -> bool:
    """Whether a line is a document number and nothing else."""
    return bool(NUMBER.fullmatch(words.strip(" （()）")))


def is_addressee(words: str) -> bool:
    """Whether a line names whom a notice is sent to: 各有关单位："""
    return len(words) <= 200 and "。" not in words and bool(_ADDRESSEE.fullmatch(words)) and not _LABELLED.match(words)


def attachment_label(words: str) -> tuple[str, str] | None:
    """Label and rest of a line that begins with 附件, 附录 or 附：; None for any other line."""
    if len(words) > 120:
        return None
    if glued := _GLUED_ATTACHMENT.fullmatch(words):
        return re.sub(r"\s+", "", glued[1]), glued[2]
    found = _ATTACHMENT.fullmatch(words)
    if not found:
        return None
    if not found[1] and not (found[3].strip() and not found[2]):
        return None
    label = "附" + (found[1] or "") + (found[2] or "")
    return re.sub(r"\s+", "", label), found[4].strip()


def is_contact(words: str) -> bool:
    """Whether a line says whom to ask."""
    return bool(contact_label(words))


def contact_label(words: str) -> str:
    """The word that a line which says whom to ask is printed with: 联系人, 咨询电话; empty for any other line."""
    found = _CONTACT.match(words) if len(words) <= 200 else None
    return re.sub(r"\s+", "", found[1]) if found else ""


def read_frame(blocks: Sequence[Block]) -> Frame:
    """Roles and title of one document."""
    roles = [Role.BODY] * len(blocks)
    head = _head_length(blocks)
    for at in range(head):
        roles[at] = Role.TITLE
    title = _title_of([block.words for block in blocks[:head] if isinstance(block, Line)])
    cover_title, transparent = "", frozenset[int]()
    if found := _issued_text(blocks, head):
        issued, first, last = found
        opener = _attachment_above(blocks, first)
        for at in range(first):
            roles[at] = Role.COVER
        for at in range(first, last):
            roles[at] = Role.TITLE
        if opener is not None:
            transparent = frozenset({opener})
        cover_title, title = title, issued
        head = last
    _mark_contents(blocks, roles, head)
    _mark_attachments(blocks, roles, head, transparent)
    _mark_signatures(blocks, roles)
    _mark_contacts(blocks, roles)
    return Frame(tuple(roles), title, cover_title, transparent)


def _head_length(blocks: Sequence[Block]) -> int:
    """How many blocks at the top are head: issuer, number, title, addressee."""
    titled = False
    for at, block in enumerate(blocks[:_MAX_HEAD_LINES]):
        if isinstance(block, RawTable) or not _is_head_line(block, blocks, at, titled):
            return at
        titled = titled or is_title_like(block.words)
        if is_addressee(block.words):
            return at + 1
    return min(len(blocks), _MAX_HEAD_LINES)


def _is_head_line(line: Line, blocks: Sequence[Block], at: int, titled: bool) -> bool:
    words = line.words
    if (
        _META.match(words)
        or is_number(words)
        or _DECREE_NUMBER.fullmatch(words)
        or is_signed_date(words)
        or is_addressee(words)
    ):
        return True
    if at == 0 and (attached := attachment_label(words)):
        return not attached[1] or len(attached[1]) <= _MAX_TITLE_CHARS
    if line.mark and not (line.hashes == 1 and at == 0):
        return False
    if len(words) > _MAX_TITLE_CHARS or (line.is_sentence and not _BRACKETED.fullmatch(words)) or line.is_open:
        return False
    if line.hashes > 1 and titled:
        return False
    if at == 0 or is_organ(words) or _BRACKETED.fullmatch(words) or line.hashes == 1:
        return True
    if titled:
        return False
    before, after = blocks[at - 1], blocks[at + 1] if at + 1 < len(blocks) else None
    continues = isinstance(before, Line) and before.words.endswith(("的", "关于", "和", "及", "与"))
    leads_to_title = isinstance(after, Line) and not after.mark and is_title_like(after.words)
    return is_title_like(words) or continues or (leads_to_title and len(words) <= _MAX_FIRST_LINE_CHARS)


def _title_of(lines: Sequence[str]) -> str:
    """The title among the head lines: without issuer, number, date and addressee lines."""
    kept = [
        words
        for words in lines
        if not (is_number(words) or is_signed_date(words) or is_addressee(words) or _META.match(words))
        and not (attachment_label(words) and not attachment_label(words)[1])  # type: ignore[index]
        and not (_BRACKETED.fullmatch(words) and not _TITLE_END.search(words) and len(words) > 12)
    ]
    named = [words for words in kept if not is_organ(words)] or kept
    if not named:
        return ""
    last = next((at for at in range(len(named) - 1, -1, -1) if is_title_like(named[at])), 0)
    first = next((at for at in range(last + 1) if "关于" in named[at] or "《" in named[at]), None)
    if first is None:
        first = last
        while first > 0 and not is_title_like(named[first - 1]) and len(named[first]) <= 30:
            first -= 1
    title = "".join(re.sub(r"\s+", "", words) if _is_wide(words) else words for words in named[first : last + 1])
    found = re.search(r"关于", title)
    if found and found.start() and re.search(r"\s关于|\n关于", " ".join(named[first : last + 1])):
        title = title[found.start() :]
    return title.strip()


def _is_wide(words: str) -> bool:
    return sum(1 for c in words if c > "\u2e7f") * 2 > len("".join(words.split()))


def _issued_text(blocks: Sequence[Block], head: int) -> tuple[str, int, int] | None:
    """What a cover issues (关于印发《X》的通知, 《X》已经…通过，现予公布): its title, and the blocks that print it again below.

    None where the cover has numbered points of its own: then it is the document, and the other text is attached to it.
    """
    for at, block in enumerate(blocks[:_MAX_HEAD_LINES]):
        if isinstance(block, RawTable) or (block.mark and block.mark.style in _TOP):
            return None
        if at >= head and not _ISSUES.search(block.words):
            continue
        for named in re.finditer(r"《([^《》]{4,100})》", block.words):
            title = re.sub(r"\s+", "", named[1])
            found = _find_title(blocks, title, at + 1)
            if found and not _has_points(blocks[: found[0]]):
                return title, *found
    return None


def _has_points(blocks: Sequence[Block]) -> bool:
    return any(isinstance(block, Line) and block.mark is not None and block.mark.style in _TOP for block in blocks)


def _find_title(blocks: Sequence[Block], title: str, start: int) -> tuple[int, int] | None:
    """The blocks that print `title` again, as one to four short lines, with the bracketed line below them (…会议通过)."""
    wanted = bare(title)
    for at in range(start, len(blocks)):
        got = ""
        for end in range(at, min(at + 4, len(blocks))):
            block = blocks[end]
            if isinstance(block, RawTable) or len(block.words) > len(title) + 20:
                break
            got += bare(block.words)
            if _is_same_title(got, wanted, block.words):
                return at, _after_brackets(blocks, end + 1)
            if not wanted.startswith(got):
                break
    return None


def _is_same_title(got: str, wanted: str, last_words: str) -> bool:
    if got == wanted:
        return True
    if got.startswith(wanted):  # （征求意见稿） or （试行） stand only in one of them
        return len(got) <= len(wanted) + 8
    return wanted.startswith(got) and len(got) >= max(6, 0.8 * len(wanted)) and is_title_like(last_words)


def _after_brackets(blocks: Sequence[Block], at: int) -> int:
    while (
        at < len(blocks)
        and isinstance(block := blocks[at], Line)
        and not block.mark
        and _BRACKETED.fullmatch(block.words)
    ):
        at += 1
    return at


def _attachment_above(blocks: Sequence[Block], at: int) -> int | None:
    """The bare 附件 line within two blocks above `at`."""
    for above in range(at - 1, max(-1, at - 3), -1):
        block = blocks[above]
        if isinstance(block, Line) and (label := attachment_label(block.words)) and not label[1]:
            return above
    return None


def _mark_contents(blocks: Sequence[Block], roles: list[Role], start: int) -> None:
    """A table of contents: from 目录 to where its first entry is printed again."""
    for at in range(start, min(len(blocks), start + 6)):
        block = blocks[at]
        if isinstance(block, Line) and _CONTENTS.fullmatch(block.words):
            end = _contents_end(blocks, at + 1)
            for entry in range(at, end):
                roles[entry] = Role.CONTENTS
            return


def _contents_end(blocks: Sequence[Block], first: int) -> int:
    if first >= len(blocks) or not isinstance(blocks[first], Line):
        return first
    key = _entry(blocks[first])
    for at in range(first + 1, min(len(blocks), first + 120)):
        if key and _entry(blocks[at]) == key:
            return at
    at = first
    while at < len(blocks) and isinstance(line := blocks[at], Line) and _LEADER.search(line.words):
        at += 1
    return at


def _entry(block: Block) -> str:
    return bare(_LEADER.sub("", block.words)) if isinstance(block, Line) else ""


def _mark_attachments(blocks: Sequence[Block], roles: list[Role], start: int, transparent: frozenset[int]) -> None:
    labels = {
        at: label
        for at, block in enumerate(blocks)
        if isinstance(block, Line) and roles[at] is Role.BODY and (label := attachment_label(block.words))
    }
    alone = {label[0] for label in labels.values() if not label[1]}
    in_list = False
    for at in range(start, len(blocks)):
        if at in labels:
            name, rest = labels[at]
            is_numbered = rest[:1].isdigit()
            mentions = bool(rest) and (is_numbered or name in alone or in_list or not _opens(blocks, at))
            roles[at] = Role.MENTION if mentions else Role.ATTACHMENT
            in_list = mentions
        elif in_list and roles[at] is Role.BODY and _is_list_entry(blocks[at]):
            roles[at] = Role.MENTION
        else:
            in_list = False


def _opens(blocks: Sequence[Block], at: int) -> bool:
    """Whether an attachment follows the line, rather than a signature, another mention, or the end."""
    if at + 1 >= len(blocks):
        return False
    after = blocks[at + 1]
    if isinstance(after, RawTable):
        return True
    later = [block for block in blocks[at + 1 : at + 4] if isinstance(block, Line)]
    return not (
        any(is_signed_date(line.words) or is_contact(line.words) for line in later) or attachment_label(after.words)
    )


def _is_list_entry(block: Block) -> bool:
    """2.汇总表 below 附件：1.申报书."""
    return (
        isinstance(block, Line)
        and block.mark is not None
        and block.mark.style not in ABSOLUTE
        and len(block.words) <= 60
        and not block.is_sentence
    )


def _mark_signatures(blocks: Sequence[Block], roles: list[Role]) -> None:
    for at, block in enumerate(blocks):
        if roles[at] is not Role.BODY or isinstance(block, RawTable):
            continue
        if _TAIL.match(block.words) and len(block.words) <= 200 or signer(block.words):
            roles[at] = Role.SIGNATURE
        elif is_signed_date(block.words):
            organs = _organs_above(blocks, roles, at)
            following = blocks[at + 1] if at + 1 < len(blocks) else None
            if organs or at >= len(blocks) - 3 or (isinstance(following, Line) and _TAIL.match(following.words)):
                for each in (*organs, at):
                    roles[each] = Role.SIGNATURE


def _organs_above(blocks: Sequence[Block], roles: Sequence[Role], at: int) -> list[int]:
    organs: list[int] = []
    for above in range(at - 1, max(-1, at - 7), -1):
        block = blocks[above]
        if roles[above] is not Role.BODY or not isinstance(block, Line) or block.mark or not is_organ(block.words):
            break
        organs.append(above)
    return organs


def _mark_contacts(blocks: Sequence[Block], roles: list[Role]) -> None:
    """A line that says whom to ask, where nothing but the end matter follows."""
    for at, block in enumerate(blocks):
        if roles[at] is Role.BODY and isinstance(block, Line) and not block.mark and is_contact(block.words):
            rest = roles[at + 1 : at + 5]
            following = [b for b in blocks[at + 1 : at + 5] if isinstance(b, Line)]
            ends = not rest or any(role in (Role.SIGNATURE, Role.ATTACHMENT, Role.MENTION) for role in rest)
            if ends or all(is_contact(line.words) for line in following):
                roles[at] = Role.CONTACT
