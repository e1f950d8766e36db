"""What is shown is cited by its smallest clauses."""

from collections.abc import Sequence

from bot.assistant.evidence import Quote
from bot.assistant.splitting import MAX_PIECES, smallest
from corpora.document import Document, Extract
from corpora.passages import split
from corpora.regulation import structure
from retrieval.protocols import PUBLIC, Hit, Principal

TEXT = """云州市工作站办法

第一条 申请工作站的企业应当具备下列条件：
（一）注册地在云州市，成立满两年；
（二）有三名专职技术人员；
（三）近两年没有安全事故。
第二条 认定分为三步。
1.申报：向市工业局递交材料。
2.评审：由专家组打分。
3.公示：在网站公示七天。
"""
(DOCUMENT,) = structure(Extract(text=TEXT), source="a.txt")


class OneDocument:
    def document(self, document_id: str, principal: Principal) -> Document | None:
        return DOCUMENT if document_id == DOCUMENT.id else None


def whole(clause: str) -> Quote:
    node = next(child for child in DOCUMENT.tree.children if child.clause == clause)
    return Quote(DOCUMENT, clause, node.span, None)


def cut(clause: str, question: str, *, keep_lists: bool, hits: Sequence[Hit] = ()) -> list[Quote]:
    return smallest(OneDocument(), [whole(clause)], hits, question=question, principal=PUBLIC, keep_lists=keep_lists)  # type: ignore[arg-type]


def test_a_fact_is_cited_by_its_item_and_the_others_follow() -> None:
    pieces = cut("第二条", "网站上公示几天", keep_lists=False)
    assert [piece.clause for piece in pieces] == ["第二条3.", "第二条", "第二条1.", "第二条2."]
    assert pieces[0].text == "3.公示：在网站公示七天。"


def test_what_was_found_first_stands_first() -> None:
    passage = next(passage for passage in split(DOCUMENT) if passage.clause == "第二条2.")
    assert cut("第二条", "公示几天", keep_lists=False, hits=[Hit(passage, DOCUMENT, 1.0)])[0].clause == "第二条2."


def test_the_whole_clause_found_first_does_not_put_its_lead_sentence_first() -> None:
    found = [next(p for p in split(DOCUMENT) if p.clause == name) for name in ("第二条", "第二条3.")]
    hits = [Hit(passage, DOCUMENT, 1.0) for passage in found]

    assert cut("第二条", "递交材料", keep_lists=False, hits=hits)[0].clause == "第二条3."


def test_the_items_of_a_list_stay_together_when_all_are_asked_for() -> None:
    assert [quote.clause for quote in cut("第一条", "要哪些条件", keep_lists=True)] == ["第一条"]
    assert len(cut("第一条", "要几名技术人员", keep_lists=False)) == 4


def test_every_piece_is_a_slice_and_none_is_lost() -> None:
    pieces = cut("第一条", "注册地在哪", keep_lists=False)
    shown = sorted(pieces, key=lambda piece: piece.span)
    assert "".join("".join(piece.text.split()) for piece in shown) == "".join(whole("第一条").text.split())


def test_an_answer_has_a_limit_of_citations() -> None:
    finder = OneDocument()
    many = smallest(finder, [whole("第一条")] * 9, [], question="x", principal=PUBLIC, keep_lists=False)  # type: ignore[arg-type]
    assert len(many) == MAX_PIECES
