"""A small house to stand behind the web door in tests: two documents, a catalogue, a case, and an assistant that knows its lines."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, cast

from bot.assistant.shape import EXTRACTED, Answer, Citation, CourseRow, Near, Outcome, SimilarCase
from bot.bootstrap import Services
from bot.errors import Unavailable
from bot.profile import Profile
from bot.rules.intent import Intent
from bot.settings import Settings
from bot.work.condition import Condition, Depths, Storing
from bot.work.tally import Tally
from corpora.document import Course, Document, Kind, Node, NodeKind, Passage, Solution, Span, Status, Visibility
from retrieval.library import IngestReport
from retrieval.protocols import Principal

SECRET = "the-secret-of-this-directory"
TODAY = date(2026, 11, 21)
EVIL = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"

RULES = f"""创新中心管理办法（试行）
第一章 总则
第一条 为规范管理，制定本办法。{EVIL}
第二章 认定
第二条 申请认定应当具备以下条件：
（一）有固定场所，面积不少于三百平方米；
（二）共享工程师不少于二十名。
— 1 —
第三条 培育期为两年，期满验收不合格的，
限期整改六个月。
附表
指标	内容	分值
场所	面积达标	10
人员	工程师达标	20
联系人：王工，电话13800138000。
"""


def span_of(text: str, words: str) -> Span:
    """Where these words first stand in the text."""
    start = text.index(words)
    return start, start + len(words)


def node(
    kind: NodeKind,
    own: Sequence[str],
    *,
    label: str = "",
    heading: str = "",
    clause: str = "",
    children: Sequence[Node] = (),
    **more: Any,
) -> Node:
    """A node over words of RULES."""
    spans = tuple(span_of(RULES, words) for words in own)
    edges = [*spans, *(child.span for child in children)]
    whole = (min(start for start, _ in edges), max(end for _, end in edges))
    return Node(kind, label, heading, clause, whole, spans, tuple(children), **more)


def rules() -> Document:
    """A regulation with chapters, items, a table, a page mark, a telephone number and hostile markup in its text."""
    first = RULES.splitlines()[2]
    items = [
        node(NodeKind.SUBHEADING, ["（一）有固定场所，面积不少于三百平方米；"], label="（一）", clause="第二条（一）"),
        node(NodeKind.SUBHEADING, ["（二）共享工程师不少于二十名。"], label="（二）", clause="第二条（二）"),
    ]
    header = ("指标", "内容", "分值")
    rows = [
        node(NodeKind.ROW, ["场所\t面积达标\t10"], clause="附表 · 场所", header=header),
        node(NodeKind.ROW, ["人员\t工程师达标\t20"], clause="附表 · 人员", header=header),
    ]
    table_own = (span_of(RULES, "附表"), span_of(RULES, "指标\t内容\t分值"))
    table = Node(NodeKind.TABLE, "", "附表", "附表", (table_own[0][0], rows[1].span[1]), table_own, tuple(rows))
    tree = node(
        NodeKind.DOCUMENT,
        [],
        children=[
            node(NodeKind.FRONT, ["创新中心管理办法（试行）"], page=1),
            node(NodeKind.CHAPTER, ["第一章 总则"], label="第一章", heading="总则", clause="第一章", page=1,
                 children=[node(NodeKind.ARTICLE, [first], label="第一条", clause="第一条", page=1)]),
            node(NodeKind.CHAPTER, ["第二章 认定"], label="第二章", heading="认定", clause="第二章", page=1, children=[
                node(NodeKind.ARTICLE, ["第二条 申请认定应当具备以下条件："], label="第二条", clause="第二条", page=1, children=items),
                node(NodeKind.ARTICLE, ["第三条 培育期为两年，期满验收不合格的，", "限期整改六个月。"], label="第三条", clause="第三条", page=2, responsible="市工信局"),
                table,
                node(NodeKind.PARAGRAPH, ["联系人：王工，电话13800138000。"], page=2),
            ]),
        ],
    )  # fmt: skip
    return Document(
        id="rules", kind=Kind.POLICY, source="办法.txt", title="创新中心管理办法（试行）", text=RULES, tree=tree, number="工信〔2026〕7号",
        issuer="市工信局", region="湖南省", issued=date(2026, 5, 15), valid_until=date(2028, 5, 14), noise=(span_of(RULES, "— 1 —"),),
        personal=(span_of(RULES, "13800138000"),), pages=((0, 1), (RULES.index("第三条"), 2)),
    )  # fmt: skip


def plain(document_id: str, text: str, kind: Kind = Kind.POLICY, **more: Any) -> Document:
    """A document of one paragraph."""
    whole = (0, len(text))
    leaf = Node(NodeKind.PARAGRAPH, "", "", "", whole, (whole,))
    tree = Node(NodeKind.DOCUMENT, "", "", "", whole, (), (leaf,))
    return Document(
        id=document_id, kind=kind, source=f"{document_id}.txt", title=text[:12], text=text, tree=tree, **more
    )


COURSE = Course(
    "c1", f"PLC 入门{EVIL}", date(2026, 12, 5), date(2026, 12, 6), "9:00-17:00", "一号实训室", 1800, 6, "入门", "从零开始", (0, 10), example=True
)  # fmt: skip
SOLUTION = Solution(
    "s1",
    "铝件振纹",
    "machining",
    "精铣后表面有振纹",
    "刀具悬伸过长",
    "缩短悬伸",
    "复测粗糙度",
    "仅限铝合金",
    "三轴立加",
    example=True,
)
HIDDEN = "内部口径：不对外"


@dataclass
class FakeLibrary:
    """Holds what it is given."""

    held: Sequence[Document] = ()
    pending: int = 0
    closed: bool = False

    def _seen(self, principal: Principal) -> list[Document]:
        return [document for document in self.held if document.visibility in principal.sees]

    def documents(self, principal: Principal) -> Sequence[Document]:
        return self._seen(principal)

    def document(self, document_id: str, principal: Principal) -> Document | None:
        return next((document for document in self._seen(principal) if document.id == document_id), None)

    def passages(self, document_id: str, principal: Principal) -> Sequence[Passage]:
        del document_id, principal
        return ()

    def courses(self, principal: Principal) -> Sequence[tuple[Course, Document]]:
        return [(course, document) for document in self._seen(principal) for course in document.courses]

    def solutions(self, principal: Principal) -> Sequence[tuple[Solution, Document]]:
        return [(document.solution, document) for document in self._seen(principal) if document.solution]

    def ingest(self, paths: Sequence[Path], *, kind: Kind) -> IngestReport:
        del kind
        return IngestReport(read=len(paths))

    def stats(self) -> dict[str, int]:
        return {"documents": len(self.held), "passages": 3 * len(self.held)}

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeAssistant:
    """Answers by the first words it knows; `failure` is raised instead when set. A closed `gate` holds every question back."""

    lines: dict[str, Answer] = field(default_factory=dict)
    failure: Exception | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    heard: list[tuple[str, Principal, tuple[str, ...]]] = field(default_factory=list)
    explained: bool = False  # whether the evidence was asked for the last time

    def __post_init__(self) -> None:
        self.gate.set()

    def ask(
        self,
        question: str,
        *,
        principal: Principal,
        prev: Sequence[str] = (),
        id: str | None = None,
        explain: bool = False,
        trouble: bool = False,
    ) -> Answer:
        del id, trouble
        self.explained = explain
        self.heard.append((question, principal, tuple(prev)))
        self.gate.wait(10)
        if self.failure:
            raise self.failure
        return next((answer for words, answer in self.lines.items() if words in question), NOTHING)


def cite(words: str, clause: str, n: int = 1) -> Citation:
    """A citation of RULES."""
    start, end = span_of(RULES, words)
    return Citation(
        n, "创新中心管理办法（试行）", "工信〔2026〕7号", clause, words, "办法.txt", 2, "湖南省", date(2026, 5, 15), date(2028, 5, 14),
        Status.IN_FORCE, document_id="rules", span=(start, end), highlight=(0, 6),
    )  # fmt: skip


NOTHING = Answer("n1", Outcome.NO_ANSWER, Intent.POLICY, "查了 2 份文件，没有找到直接回答。可以打电话问中心。", EXTRACTED, 0.1,
                 near=(Near("创新中心管理办法（试行）", "工信〔2026〕7号", "第一条", "办法.txt", "rules", span_of(RULES, "制定本办法")),))  # fmt: skip
LINES = {
    "培育期": Answer("a1", Outcome.ANSWERED, Intent.POLICY, "培育期为两年。[1]\n不合格的要整改，见 [1]。", EXTRACTED, 0.93,
                  citations=(cite("培育期为两年，期满验收不合格的，", "第三条"),), suggestions=("认定要什么条件",)),
    "script": Answer("a2", Outcome.ANSWERED, Intent.POLICY, f"原文写着 {EVIL}[1]", EXTRACTED, 0.8, citations=(cite(EVIL, "第一条"),)),
    "课": Answer("a3", Outcome.ANSWERED, Intent.COURSE, "找到 1 门课程（示例）。[1]", EXTRACTED, 0.9, citations=(cite("工程师达标", "附表 · 人员"),), courses=(CourseRow(COURSE),)),
    "振纹": Answer("a4", Outcome.ANSWERED, Intent.TECHNICAL, "先缩短刀具悬伸。[1]", EXTRACTED, 0.9, citations=(cite("有固定场所", "第二条（一）"),),
                 similar=(SimilarCase("s1", "铝件振纹", "machining", "精铣后表面有振纹", True),)),
    "着火": Answer("a5", Outcome.ANSWERED, Intent.SAFETY, "先离开危险区域，再打电话。", EXTRACTED, 1.0),
}  # fmt: skip


@dataclass
class FakeEngine:
    """Says how the records are; runs nothing."""

    state: Storing = Storing.READY
    set_back_s: float = 0.0
    under_way: int = 2
    failure: Exception | None = None

    def storing(self) -> Storing:
        return self.state

    def condition(self) -> Condition:
        return Condition(3, 0, 0, 1, 0, 2, 0, 0.0)

    def depths(self) -> Depths:
        if self.failure:
            raise self.failure
        return Depths(outbox={"queued": 4}, tickets={"offered": 5})


class ClosedClinic:
    """A clinic whose records cannot be opened: questions are answered all the same."""

    def writing(self, caller: object) -> Any:
        raise Unavailable("记录暂时打不开。")


@dataclass
class House:
    """The services and the fakes they are made of."""

    services: Services
    library: FakeLibrary
    assistant: FakeAssistant


def build(*, max_waiting: int = 64, today: Callable[[], date] = lambda: TODAY) -> House:
    """A house with everything in it."""
    library = FakeLibrary(
        (
            rules(),
            plain("catalogue", "PLC 入门课程 十二月 一千八百元", Kind.COURSE, courses=(COURSE,), example=True),
            plain("case", "铝件振纹：缩短悬伸。", Kind.SOLUTION, solution=SOLUTION, example=True),
            plain("inside", HIDDEN, visibility=Visibility.STAFF),
        )
    )
    assistant = FakeAssistant(dict(LINES))
    settings = Settings(_env_file=None, max_waiting=max_waiting)  # type: ignore[call-arg]
    profile = Profile(name="测试工程师协同创新中心", telephone="0731-8888 0000")
    records = cast(Any, None)  # what needs them stands in `world`
    clinic = cast(Any, ClosedClinic())
    services = Services(
        settings,
        cast(Any, library),
        cast(Any, assistant),
        profile,
        today,
        SECRET,
        clinic,
        records,
        cast(Any, FakeEngine()),
        Tally(),
    )
    return House(services, library, assistant)
