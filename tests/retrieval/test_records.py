"""Documents and passages survive being stored."""

from dataclasses import replace
from datetime import date

from corpora.document import Course, Document, Kind, Node, NodeKind, Passage, Solution, Visibility
from retrieval.records import (
    document_from_json,
    document_to_json,
    passage_from_json,
    passage_to_json,
    tree_to_json,
    with_tree,
)

ITEM = Node(
    NodeKind.ROW,
    "（一）",
    "标题",
    "第七条（一）",
    (3, 9),
    ((3, 5), (6, 9)),
    page=2,
    responsible="市工信局",
    lead="应同时具备：",
    header=("指标", "分值"),
)
TREE = Node(NodeKind.DOCUMENT, "", "", "", (0, 9), ((0, 3),), (ITEM,))
COURSE = Course("c1", "PLC 入门", date(2026, 3, 7), None, "周六", "三楼", 1800, 12, "入门", "", (0, 4), example=True)
SOLUTION = Solution("s1", "缩水", "moulding", "凹陷", "保压不足", "加保压", "量尺寸", "薄壁件不适用", "注塑机")
DOCUMENT = Document(
    id="d1",
    kind=Kind.COURSE,
    source="夹/名.txt",
    title="题",
    text="全文共九个字啊啊",
    tree=TREE,
    number="湘〔2026〕1号",
    issued=date(2026, 5, 15),
    valid_until=date(2028, 5, 14),
    replaces=("旧办法",),
    visibility=Visibility.MEMBERS,
    pages=((0, 1), (5, 2)),
    personal=((1, 2),),
    courses=(COURSE,),
    solution=SOLUTION,
    notes=("注",),
)


def test_a_document_comes_back_as_it_was() -> None:
    bare = document_from_json(document_to_json(DOCUMENT), text=DOCUMENT.text)
    assert bare == replace(DOCUMENT, tree=bare.tree)
    assert with_tree(bare, tree_to_json(TREE)) == DOCUMENT


def test_a_document_without_anything_optional_comes_back() -> None:
    plain = Document(id="d", kind=Kind.POLICY, source="s", title="t", text="", tree=TREE)
    again = document_from_json(document_to_json(plain))
    assert with_tree(again, tree_to_json(TREE)) == plain


def test_a_passage_comes_back_as_it_was() -> None:
    passage = Passage("p", "d", Kind.POLICY, "第一条", "文字", "题 > 章", ((1, 2), (4, 9)), 3, page=2, responsible="甲")
    again = passage_from_json(
        passage_to_json(passage), document_id="d", kind=Kind.POLICY, text="文字", context="题 > 章", order=3
    )
    assert again == passage


def test_a_tree_stored_before_a_field_was_added_can_be_read() -> None:
    short = tree_to_json(replace(TREE, children=())).rsplit(",", 1)[0] + "]"
    assert with_tree(DOCUMENT, short).tree.header == ()
