"""The conditions that a regulation sets for those who apply: found by structure and a few words, never by a document's name. Pure.

A list of conditions is a heading or a lead sentence that speaks of conditions over points, the rows of a table under such a
heading, or, where there is neither, an article that says what an applicant must be. Points may be alternatives, of which one is
chosen, or grounds for turning an application down.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.rules.quoting import trim, without
from corpora.document import Document, Node, NodeKind, Span


class Mode(StrEnum):
    """How the points of a list work together."""

    ALL = "all"
    ANY = "any"  # one of them is enough
    NONE = "none"  # not one of them may hold
    CHOICE = "choice"  # the list belongs to one of several things to apply for
    SCORED = "scored"  # points that a jury gives; no hard conditions


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition with its place."""

    clause: str
    spans: tuple[Span, ...]  # slices of Document.text that may be quoted, in order
    text: str  # the same for reading, blanks as one

    @property
    def key(self) -> str:
        """Names it within its document."""
        return f"{self.clause}@{self.spans[0][0]}"


@dataclass(frozen=True, slots=True)
class Conditions:
    """One list of conditions."""

    name: str  # its heading or lead sentence
    clause: str
    mode: Mode
    items: tuple[Condition, ...]


_MUST = r"(?:应当?|须|需|必须|要|均)"
_LEAD = re.compile(
    rf"{_MUST}(?:同时|全部|分别|均)?(?:具备|符合|满足|达到)|(?:具备|符合|满足|达到)(?:下列|以下|如下|相应)|(?:同时|全部)(?:具备|符合|满足)"
    r"|(?:条件|资格|资质|门槛)(?:如下|包括|为|是)?(?:[（(][^）)]*[）)])?[：:；;]?$"
)
_NO_LEAD = re.compile(
    r"流程|程序|步骤|任务|职责|职能|材料|资料|措施|内容包括|原则|权利|义务|议程|撤销认定|给予(?:支持|奖励|补助)"
)
_STRONG = re.compile(r"条件|资格|资质|门槛|准入")
_WEAK = re.compile(r"要求|标准|规范")
_ELSEWHERE = re.compile(
    r"运行|管理(?!办法|条例)|考核|评估|监督|有关|验收|纪律|材料|总体|组织|保障措施|时间|报送|格式|填报|支持|扶持|奖励|附则|总则|工作|服务内容|退出|撤销|变更|权利|义务|职责|任务"
)
_DEMANDS = re.compile(r"具备|拥有|配备|具有|应当?|须|必须|不少于|不低于|不得|至少|建立|符合|注册|满\d|达到|无|有")
_CHOICE = re.compile(
    r"(?:选择|任选|可选|选报)[^。；]{0,16}[一1几两](?:项|个|种|类)?(?:或(?:者)?多|以上|及以上)?(?:项|个|种|类)?"
)
_ANY = re.compile(
    r"(?:条件|情形|要求|下列|以下)[^。；]{0,6}之一|任意?[一1](?:项|条)|其中[一1](?:项|条)|至少(?:符合|满足|具备)?[一1](?:项|条|个)"
)
_BARRED = re.compile(
    r"(?:取消|丧失)[^。；]{0,8}(?:申报|申请|参评|评审)[^。；]{0,4}资格|不得(?:申报|申请|参评|推荐|参加申报)|不予(?:受理|认定|推荐|申报)|不能(?:申报|申请)"
)
_APPLICANT = re.compile(
    rf"(?:申报|申请|认定|入驻|参评|推荐)[^。；，]{{0,16}}(?:单位|企业|机构|人|主体|人员|对象|中心|基地|项目)[^。；，]{{0,10}}{_MUST}(?:同时)?(?:具备|符合|满足|是|为|在|具有|拥有)"
    rf"|(?:申报|申请|入驻)(?:单位|企业|机构|人|主体|对象)(?:{_MUST}|具备)"
)
_HEADER = re.compile(r"条件|要求|标准|资格|指标(?:内容|说明|要求)|认定内容|评审内容")
_SCORES = re.compile(r"分值|权重|得分|评分|分数|满分|计分")
_MATERIALS = re.compile(
    r"(?:提交|提供|报送|准备|填写|填报|编制|递交|上传)[^。；]{0,16}(?:材料|资料|申报书|申请书|申请表|申报表|方案|报告|证明|复印件|承诺书)|(?:申报|申请)材料[^。；]{0,10}(?:包括|如下|有|：)|材料清单"
)
_APPLYING = re.compile(
    r"申报(?:单位|企业|人|主体|材料|书|表)|申请(?:单位|企业|人|主体|材料|书|表)|建设方案|申报推荐|材料清单"
)
_PAPERS = re.compile(r"(?:申报|申请|承诺|计划|委托)书|申请表|申报表|方案|证明|复印件|执照|报表|审计报告|名册|协议")
_AFTER = re.compile(r"年度|总结|运行报告|考核|评估|验收|回执|参会")
_WHOLE_CHARS = 260  # a point with points of its own is one condition up to this
_LEAST_CHARS = 6
_MAX_ITEMS = 40
_ABOVE = frozenset({NodeKind.DOCUMENT, NodeKind.ATTACHMENT, NodeKind.PART, NodeKind.CHAPTER, NodeKind.SECTION})


def find(document: Document) -> tuple[Conditions, ...]:
    """The lists of conditions in order; scored ones last. Empty where the document sets none."""
    found = list(_lists(document, document.tree))
    if not any(one.mode in (Mode.ALL, Mode.ANY, Mode.CHOICE) for one in found):
        found = [*_articles(document, document.tree), *found]
    return tuple(sorted(found, key=lambda one: one.mode is Mode.SCORED))


def materials(document: Document) -> Condition | None:
    """The clause that says what to hand in; None where the document does not."""
    best: tuple[int, Node] | None = None
    for node in _nodes(document.tree):
        if node.kind is NodeKind.FRONT or not node.clause or node.kind in _ABOVE:
            continue
        words = _own(document, node)
        if not _MATERIALS.search(words) or _AFTER.search(words) and not _APPLYING.search(words):
            continue
        fit = (
            1
            + bool(_APPLYING.search(words))
            + bool(re.search(r"材料", node.heading))
            + len(set(_PAPERS.findall(words)))
        )
        if best is None or fit > best[0]:
            best = (fit, node)
    return _condition(document, best[1]) if best else None


def _lists(document: Document, node: Node) -> Iterator[Conditions]:
    if node.kind is NodeKind.FRONT:
        return
    if node.kind is NodeKind.TABLE:
        yield from _table(document, node)
        return
    if node.children:
        lead, strong = _lead(document, node)
        barred = bool(lead and _BARRED.search(lead))
        if barred or (lead and _sets_conditions(document, node, lead, strong=strong)):
            inner = () if strong or barred else tuple(one for child in node.children for one in _lists(document, child))
            yield from _around(document, node, lead, inner) if inner else _list(document, node, lead, barred=barred)
            return
    elif _BARRED.search(words := _own(document, node)) and not re.search(r"撤销(?:认定|资格)", words):
        yield Conditions(_first(words), node.clause, Mode.NONE, _items_of([node], document))
        return
    if (
        node.heading
        and _ELSEWHERE.search(node.heading)
        and not _STRONG.search(node.heading)
        and node.kind not in _ABOVE
    ):
        return
    for child in node.children:
        yield from _lists(document, child)


def _lead(document: Document, node: Node) -> tuple[str, bool]:
    """The words that govern a node's children, and whether they are a sentence that sets conditions."""
    own = _own(document, node, before=node.children[0].span[0])
    sentences = [part for part in re.split(r"[。\n]", own) if part.strip()]
    inherited = next((child.lead for child in node.children if child.lead), "")
    introduced = next(
        (_own(document, child) for child in node.children[:1] if child.kind is NodeKind.PARAGRAPH and not child.label),
        "",
    )
    for words in (inherited, introduced if introduced.rstrip().endswith(("：", ":")) else "", *sentences[-1:]):
        plain = re.sub(r"\s", "", words)
        if (
            plain
            and plain != re.sub(r"\s", "", node.label + node.heading)
            and (_LEAD.search(plain) or _BARRED.search(plain))
            and not _NO_LEAD.search(plain)
        ):
            return plain, True
    return re.sub(r"\s", "", node.heading), False


def _sets_conditions(document: Document, node: Node, lead: str, *, strong: bool) -> bool:
    if strong:
        return not re.search(r"运行|管理要求|验收|考核", node.heading)
    if not node.heading or node.kind in (NodeKind.DOCUMENT, NodeKind.TABLE):
        return False
    if _STRONG.search(lead) and not re.search(r"材料|程序|流程|撤销|取消", lead):
        return True
    if not _WEAK.search(lead) or _ELSEWHERE.search(lead):
        return False
    leaves = list(_leaves(document, node))
    demanding = sum(bool(_DEMANDS.search(_own_all(document, leaf))) for leaf in leaves)
    return bool(leaves) and 2 * demanding >= len(leaves)


def _list(document: Document, node: Node, lead: str, *, barred: bool) -> Iterator[Conditions]:
    if _CHOICE.search(lead) and not barred:
        for child in node.children:
            if child.children and child.heading and (items := _items_of(_leaves(document, child), document)):
                yield Conditions(child.heading.strip("：: "), child.clause, Mode.CHOICE, items)
        return
    mode = Mode.NONE if barred else Mode.ANY if _ANY.search(lead) else Mode.ALL
    if items := _items_of(_leaves(document, node), document):
        yield Conditions(lead, node.clause, mode, items)


def _around(document: Document, node: Node, lead: str, inner: tuple[Conditions, ...]) -> Iterator[Conditions]:
    """Points under a heading some of which are lists of their own: 申请条件 with an article of alternatives among others."""
    held = {span for one in inner for item in one.items for span in item.spans}
    outside = [
        leaf
        for leaf in _leaves(document, node)
        if not any(leaf.span[0] <= low and high <= leaf.span[1] for low, high in held)
    ]
    if node.kind not in _ABOVE and (items := _items_of(outside, document)):
        yield Conditions(lead, node.clause, Mode.ALL, items)
    yield from inner


def _table(document: Document, table: Node) -> Iterator[Conditions]:
    rows = [node for node in _nodes(table) if node.kind is NodeKind.ROW]
    header = next((row.header for row in rows if row.header), table.header)
    scored = any(_SCORES.search(name) for name in header)
    if not rows or not (scored or any(_HEADER.search(name) for name in header)):
        return
    heading = re.sub(r"\s", "", table.heading) or "、".join(header)
    if scored or not _ELSEWHERE.search(heading):
        items = _items_of(rows, document)
        if items:
            yield Conditions(heading, table.clause, Mode.SCORED if scored else Mode.ALL, items)


def _articles(document: Document, node: Node) -> Iterator[Conditions]:
    """Articles without points that say what an applicant must be."""
    for leaf in _nodes(node):
        if leaf.children or leaf.kind in (NodeKind.FRONT, NodeKind.ROW) or not leaf.clause:
            continue
        words = _own(document, leaf)
        if _APPLICANT.search(re.sub(r"\s", "", words)) and not _BARRED.search(words):
            items = _items_of([leaf], document)
            if items:
                yield Conditions(_first(words), leaf.clause, Mode.ALL, items)


def _leaves(document: Document, node: Node) -> Iterator[Node]:
    labelled = any(child.label for child in node.children)
    for child in node.children:
        if child.kind is NodeKind.TABLE:
            yield from (row for row in _nodes(child) if row.kind is NodeKind.ROW)
            continue
        if labelled and not child.label and not child.children:
            continue  # a sentence before or behind the points
        own = re.sub(r"\s", "", _own(document, child))
        only_heading = own == re.sub(r"\s", "", child.label + child.heading)
        if child.children and (only_heading or child.span[1] - child.span[0] > _WHOLE_CHARS):
            yield from _leaves(document, child)
        else:
            yield child


def _items_of(nodes: Iterator[Node] | list[Node], document: Document) -> tuple[Condition, ...]:
    made = (_condition(document, node) for node in nodes)
    return tuple(item for item in made if item is not None and not item.text.endswith(("：", ":")))[:_MAX_ITEMS]


def _condition(document: Document, node: Node) -> Condition | None:
    pieces = without(node.span, (*document.noise, *document.personal))
    spans = tuple(
        span for span in (trim(document.text, piece) for piece in pieces) if span[1] - span[0] >= _LEAST_CHARS
    )
    if not spans:
        return None
    return Condition(node.clause, spans, " ".join(" ".join(document.text[low:high].split()) for low, high in spans))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _own(document: Document, node: Node, *, before: int | None = None) -> str:
    return "\n".join(document.text[low:high] for low, high in node.own if before is None or low < before).strip()


def _own_all(document: Document, node: Node) -> str:
    return document.text[slice(*node.span)]


def _first(words: str) -> str:
    return re.split(r"[。；\n]", words.strip(), maxsplit=1)[0]
