"""Whatever the characters are: nothing crashes, nothing is lost, everything fits."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.document import Extract, Table
from corpora.numbering import read_mark
from corpora.passages import MAX_PASSAGE_CHARS, split
from corpora.regulation import structure
from corpora.tree import outline
from tests.corpora.outlines import nodes, overlaps, uncovered

PIECES = st.sampled_from(
    [
        "第一条 甲。", "第二条乙", "第三章 丙", "第一节 丁", "第十二条之一 戊；", "一、", "二、己", "（一）庚：", "(二) 辛", "1.壬", "2、癸", "（1）子", "2.1丑", "①寅",
        "1 范围", "2 寅卯", "A.1 甲", "问：甲？", "答：乙。", "|姓名|单位|", "|张三||",
        "附件", "附件1：卯", "附件：1.辰", "目录", "\t巳", "\t", "\t\t午\n\n\t\t未", "申\t酉\t3", "|戌|亥|", "|---|---|", "# 题", "### 一、题", "**粗**", "---", "***", "— 1 —", "第 2 页",
        "核心职能：", "执行：落实。", "关于举办活动的通知", "各有关单位：", "海川市工信局", "2024年5月6日", "二〇二四年五月六日", "海发〔2024〕1号", "《甲乙丙丁办法》", "关于印发《甲乙丙丁办法》的通知",
        "甲乙丙丁办法", "（责任单位：市工信局）", "（责任单", "位：市科协）", "电话13800000001", "x@example.com", "11010519491231002X", "有效期两年。", "自2024年13月45日起施行", "甲" * 90, "长句，" * 60,
        "句。" * 150, "。", "，", "（", "）", "“", "《", " ", "　", "\r", "\x0c", "\u2028", "\x00", "\ud800", "\U0001f600", "title: 甲", "abc 123",
    ]
)  # fmt: skip
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(["", "\n", "\n\n", "\n\n\n", " "])), max_size=40).map(
    lambda parts: "".join(piece + gap for piece, gap in parts)
)
ANY = st.one_of(TEXTS, st.text(max_size=300))


@st.composite
def extracts(draw: st.DrawFn) -> Extract:
    """A text with noise, pages and tables anywhere, sensible or not."""
    text = draw(ANY)
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(lambda pair: (min(pair), max(pair)))
    noise = tuple(sorted(draw(st.lists(spans, max_size=3))))
    rows = st.lists(st.lists(spans, max_size=3).map(tuple), max_size=3).map(tuple)
    tables = tuple(Table(span=draw(spans), rows=draw(rows)) for _ in range(draw(st.integers(0, 2))))
    pages = tuple(sorted({draw(st.integers(0, len(text))): 1}.items()))
    return Extract(text, pages=pages, noise=noise, tables=tables)


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(extract=extracts())
def test_every_character_lies_in_exactly_one_unit(extract: Extract) -> None:
    documents = structure(extract, source="x.txt")
    for document in documents:
        assert uncovered(document) == ""
        assert overlaps(document) == []
    if documents:
        assert "".join(document.text for document in documents) == extract.text


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(extract=extracts())
def test_passages_fit_and_quote_words_of_the_document(extract: Extract) -> None:
    for document in structure(extract, source="x.txt"):
        outline(document)
        hidden = document.personal
        for passage in split(document):
            assert 0 < len(passage.text) <= MAX_PASSAGE_CHARS
            assert passage.spans
            for (start, end), after in zip(passage.spans, [*passage.spans[1:], None], strict=True):
                assert 0 <= start < end <= len(document.text)
                assert after is None or end <= after[0]
                assert document.text[start:end].strip()
                assert not [span for span in hidden if span[0] < end and start < span[1]]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(extract=extracts())
def test_spans_of_units_lie_inside_their_parents(extract: Extract) -> None:
    for document in structure(extract, source="x.txt"):
        for node in nodes(document):
            for child in node.children:
                assert node.span[0] <= child.span[0] <= child.span[1] <= node.span[1]
            for start, end in node.own:
                assert node.span[0] <= start < end <= node.span[1]


@settings(max_examples=300, derandomize=True)
@given(st.text(max_size=60))
def test_reading_a_number_never_fails(line: str) -> None:
    mark = read_mark(line)
    assert mark is None or mark.value > 0


def test_a_hostile_text_is_read_in_a_time_that_grows_with_its_length() -> None:
    """Counted in depth and passages rather than seconds: quadratic behaviour shows in both."""
    for line in (
        "1. 甲：\n",
        "（1）（1）\n",
        "附件\n",
        "# 甲\n",
        "甲\t乙\n",
        "\t甲\n",
        "|甲|乙|\n",
        "**甲** ",
        "（责任单位：",
        "《甲乙丙丁》",
    ):
        documents = structure(Extract(line * 1000), source="x.txt")
        for document in documents:
            assert depth(document.tree) <= 20
            assert len(split(document)) <= 1000 + 10


def depth(root: object) -> int:
    levels, level = 0, [root]
    while level:
        levels += 1
        level = [child for node in level for child in node.children]  # type: ignore[attr-defined]
    return levels
