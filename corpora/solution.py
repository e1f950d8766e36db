"""A solved case: a head and its sections (现象, 原因, 处理步骤, 验证, 适用范围与限制) to a Solution, each section citable by its name."""

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from corpora import passages as policy_passages
from corpora import personal
from corpora.document import Document, Extract, Kind, Node, NodeKind, Passage, Solution, Span
from corpora.identity import document_id
from corpora.loaders.markdown import head
from corpora.noise import merge, without

# The sections of a case by the names that engineers give them, best first.
SECTIONS: dict[str, tuple[str, ...]] = {
    "symptom": (
        "现象",
        "故障现象",
        "症状",
        "问题现象",
        "问题描述",
        "故障描述",
        "问题",
        "表现",
        "异常现象",
        "背景",
        "symptom",
    ),
    "cause": ("原因", "原因分析", "故障原因", "根本原因", "根因", "可能原因", "诊断", "分析", "故障分析", "cause"),
    "steps": (
        "处理步骤",
        "步骤",
        "解决步骤",
        "处理方法",
        "处理过程",
        "处理",
        "解决方法",
        "解决方案",
        "解决办法",
        "解决过程",
        "对策",
        "措施",
        "纠正措施",
        "处置",
        "维修过程",
        "steps",
    ),
    "verification": (
        "验证",
        "验证方法",
        "效果验证",
        "验证结果",
        "效果",
        "结果",
        "结果确认",
        "验收",
        "确认",
        "verification",
    ),
    "limits": (
        "适用范围与限制",
        "适用范围",
        "限制",
        "局限",
        "适用条件",
        "适用与限制",
        "注意事项",
        "注意",
        "边界",
        "安全注意",
        "限制条件",
        "limits",
    ),
    "equipment": ("设备与条件", "设备", "适用设备", "设备与工具", "机型", "工具", "工况", "条件", "equipment"),
}
_SECTION_OF = {name: section for section, names in SECTIONS.items() for name in names}

DOMAINS: dict[str, str] = {
    "machining": "机加|数控|车削|铣削|磨削|切削",
    "moulding": "模具|注塑|冲压|压铸",
    "welding": "焊接|热处理|焊",
    "electrical": "电气|自动化|PLC|变频|电机",
    "hydraulics": "液压|气动",
    "materials": "材料|表面|电镀|喷涂|腐蚀",
    "quality": "计量|检测|质量|测量",
    "robotics": "机器人|物流装备|AGV",
    "software": "软件|数据|MES|CAD",
    "process": "流程|化工|挤出",
    "electronics": "电子|集成电路|芯片|SMT",
    "marine": "船舶|海工",
    "energy": "能源|节能",
    "safety": "安全|环保",
}
OTHER = "other"

_HEADING = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]*)?(?:\*\*)?(?:[一二三四五六七八九十]{1,3}[、.．]|\d{1,2}[、.．]|[【\[])?[ \t]*"
    r"(?P<name>[^：:】\]*#]{1,14}?)[ \t]*[】\]]?(?:\*\*)?[ \t]*(?:[：:](?:\*\*)?[ \t]*(?P<rest>.*))?"
)
_TITLE = re.compile(r"^[ \t]*#[ \t]+(?P<title>[^\n]+?)[ \t#]*$", re.MULTILINE)
_FIELD = re.compile(
    r"^[ \t]*(?:[-*][ \t]+)?(?:\*\*)?(?P<key>标题|题目|编号|领域|专业|设备|示例)(?:\*\*)?[ \t]*[：:][ \t]*(?P<value>[^\n]+)$",
    re.MULTILINE,
)
_KEYS = {
    "标题": "title",
    "题目": "title",
    "编号": "id",
    "领域": "domain",
    "专业": "domain",
    "设备": "equipment",
    "示例": "example",
}
_MAX_SYMPTOM_CONTEXT = 240
_MAX_HEADING_CHARS = 4000  # 现象：… may hold its whole section
_FRONT, _WHOLE = "题目", "全文"


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading line and what stands below it, as offsets of the case's text."""

    field: str  # empty for a section that is not one of ours
    name: str
    span: Span
    body: Span


def understand(extract: Extract, *, source: str) -> tuple[Document, ...]:
    """The cases in a file, one document each. A head between `---` lines begins a case; a file may hold several.

    Raises:
        Unreadable: Nothing but a head.
    """
    starts = [*_heads(extract.text), len(extract.text)]
    documents = []
    for at, (begin, end) in enumerate(zip(starts, starts[1:], strict=False)):
        if extract.text[begin:end].strip():
            documents.append(_document(extract, (begin, end), source, notes=extract.notes if at == 0 else ()))
    return tuple(documents)


def passages(document: Document) -> tuple[Passage, ...]:
    """Passages of a case, cited by section. What was seen stands in the context of the symptom, so that lay words find it."""
    if document.solution is None:
        return ()
    symptom = " ".join(document.solution.symptom.split())[:_MAX_SYMPTOM_CONTEXT]
    made: list[Passage] = []
    told: set[str] = set()
    for passage in policy_passages.split(document):
        context = " › ".join(
            part for part in (document.title, passage.clause, document.solution.equipment[:60]) if part
        )
        tells = passage.clause == _WHOLE or field_of(passage.clause) == "symptom"
        first = tells and passage.clause not in told
        told.add(passage.clause)
        made.append(replace(passage, context=f"{context} › {symptom}" if first else context))
    return tuple(made)


def _heads(text: str) -> list[int]:
    """Where cases begin: the text itself, and every later head."""
    starts = [0]
    _, body = head(text)
    for found in re.finditer(r"(?m)^---[ \t]*$", text):
        values, end = head(text, found.start())
        if values and end > found.start() >= body and ("id" in values or "title" in values):
            starts.append(found.start())
    return starts


def _document(extract: Extract, span: Span, source: str, *, notes: Sequence[str]) -> Document:
    begin, end = span
    text = extract.text[begin:end]
    first = max(0, bisect_right(extract.noise, span[0], key=lambda each: each[0]) - 1)
    last = bisect_left(extract.noise, span[1], key=lambda each: each[0])
    near = extract.noise[first:last]
    noise = merge([(max(a, begin) - begin, min(b, end) - begin) for a, b in near if b > begin])
    values, body = head(text)
    if body:
        noise = merge([*noise, (0, body)])
    sections = _sections(text, body, noise)
    opening = text[body : sections[0].span[0] if sections else len(text)]
    values = {_KEYS[found["key"]]: found["value"].strip() for found in _FIELD.finditer(opening)} | values
    title = values.get("title") or _title(opening, source)
    said = _said(text, sections, noise, body)
    complaints = list(notes)
    if not any(section.field for section in sections):
        complaints.append("没有认出“现象、原因、处理步骤”等小节，全文按现象收录。")
    domain = _domain(values.get("domain", ""), title)
    if domain == OTHER and values.get("domain", "").strip() not in ("", OTHER):
        complaints.append(f"不认识的领域“{values['domain'][:20]}”，按其他处理。")
    example = values.get("example", "").lower() in ("true", "yes", "1", "是", "示例")
    identity = document_id(source, Kind.SOLUTION, text)
    equipment = "\n".join(part for part in (values.get("equipment", ""), said.get("equipment", "")) if part)
    return Document(
        id=identity,
        kind=Kind.SOLUTION,
        source=source,
        title=title,
        text=text,
        tree=_tree(text, sections, noise),
        example=example,
        noise=noise,
        personal=personal.find(text),
        solution=Solution(
            id=values.get("id") or "案例-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6],
            title=title,
            domain=domain,
            symptom=said.get("symptom", ""),
            cause=said.get("cause", ""),
            steps=said.get("steps", ""),
            verification=said.get("verification", ""),
            limits=said.get("limits", ""),
            equipment=equipment,
            example=example,
        ),
        notes=tuple(complaints),
    )


def _sections(text: str, body: int, noise: Sequence[Span]) -> list[_Section]:
    """Sections in order. Known names open them; beside Markdown headings of known names, others of the same level do too."""
    lines: list[tuple[int, str]] = []
    begin = body
    for line in text[body:].split("\n"):
        if line.strip() and len(line) <= _MAX_HEADING_CHARS:
            lines.append((begin, line))
        begin += len(line) + 1
    level = min((_level(line) for _, line in lines if _level(line) and _heading(line)), default=0)
    found: list[tuple[int, int, str, str]] = []  # line start, body start, field, name
    for start, line in lines:
        heading = _heading(line)
        if heading is not None and (not level or _level(line)):
            found.append((start, start + heading[2], heading[0], heading[1]))
        elif level and 0 < _level(line) <= level and (found or _level(line) == level):
            found.append((start, start + len(line), "", line.strip("#* \t")))
    edges = [*(start for start, *_ in found), len(text)]
    return [
        _Section(field=field, name=name, span=(start, edges[at + 1]), body=(rest, edges[at + 1]))
        for at, (start, rest, field, name) in enumerate(found)
    ]


def _level(line: str) -> int:
    bare = line.lstrip()
    return len(bare) - len(bare.lstrip("#"))


def _heading(line: str) -> tuple[str, str, int] | None:
    """Field, name and where the body begins, for a line that opens a section under a known name."""
    match = _HEADING.fullmatch(line)
    if match is None:
        return None
    name = match["name"].strip()
    field = field_of(name)
    return (field, name, match.start("rest") if match["rest"] is not None else len(line)) if field else None


def field_of(name: str) -> str:
    """The field of a Solution that a section name means; empty for a name that is not one of ours."""
    return _SECTION_OF.get(re.sub(r"\s+", "", name).lower(), "")


def _title(opening: str, source: str) -> str:
    found = _TITLE.search(opening)
    if found:
        return found["title"].strip("* ")
    first = next((line.strip("#* \t") for line in opening.split("\n") if line.strip("#* \t")), "")
    return first if 0 < len(first) <= 60 else PurePosixPath(source).stem


def _domain(value: str, title: str) -> str:
    """The code of a domain, by its code or its Chinese words; from the title where none is given."""
    code = value.strip().lower()
    if code in DOMAINS or code == OTHER:
        return code
    for words in (value, title if not value.strip() else ""):
        found = next((code for code, pattern in DOMAINS.items() if words and re.search(pattern, words)), None)
        if found is not None:
            return found
    return OTHER


def _said(text: str, sections: Sequence[_Section], noise: Sequence[Span], body: int) -> dict[str, str]:
    """The words of each field, marks left out; a field with several sections has them one below the other."""
    if not any(section.field for section in sections):
        return {"symptom": _clear(text, (body, len(text)), noise)}
    said: dict[str, str] = {}
    for section in sections:
        if section.field and (words := _clear(text, section.body, noise)):
            said[section.field] = f"{said[section.field]}\n{words}" if section.field in said else words
    return said


def _clear(text: str, span: Span, noise: Sequence[Span]) -> str:
    return "".join(text[start:end] for start, end in without(span, noise)).strip()


def _tree(text: str, sections: Sequence[_Section], noise: Sequence[Span]) -> Node:
    first = sections[0].span[0] if sections else len(text)
    children = [*_nodes(text, (0, first), noise, NodeKind.FRONT if sections else NodeKind.PARAGRAPH, _FRONT)]
    if not sections:
        children = [replace(child, clause=_WHOLE) for child in children]
    for section in sections:
        below = tuple(_nodes(text, section.body, noise, NodeKind.PARAGRAPH, section.name))
        heading = (section.span[0], section.body[0])
        for node in _nodes(text, heading, noise, NodeKind.HEADING, section.name):
            end = max(node.span[1], *(child.span[1] for child in below), 0)
            children.append(replace(node, heading=section.name, span=(node.span[0], end), children=below))
    return Node(
        kind=NodeKind.DOCUMENT, label="", heading="", clause="", span=(0, len(text)), own=(), children=tuple(children)
    )


def _nodes(text: str, span: Span, noise: Sequence[Span], kind: NodeKind, clause: str) -> Iterator[Node]:
    """The one node of a span, none where it is blank or all noise."""
    own = tuple(trimmed for left in without(span, noise) if (trimmed := _trimmed(text, left)))
    if own:
        yield Node(kind=kind, label="", heading="", clause=clause, span=(own[0][0], own[-1][1]), own=own)


def _trimmed(text: str, span: Span) -> Span | None:
    inner = text[span[0] : span[1]]
    if not inner.strip():
        return None
    return span[0] + len(inner) - len(inner.lstrip()), span[0] + len(inner.rstrip())
