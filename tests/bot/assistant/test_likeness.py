"""Whether a solved case is the one that is told of."""

from dataclasses import replace

from bot.assistant.likeness import SIGNALS, liken, weighed
from corpora.document import Document
from retrieval.protocols import Found, Hit
from tests.bot.fakes import case

_NEAR = {"dense": 0.8, "familiar": 0.8, "at_home": 0.3, "lexical": 0.2}  # of a passage that the search calls close
PRESSED = case(
    "S-1",
    "冲压件毛刺大、拉深开裂",
    symptom="拉深件圆角开裂，冲出来毛刺扎手",
    cause="间隙大",
    steps="修模",
    equipment="机械压力机",
)
DRIVE = case(
    "S-2",
    "伺服过载报警、电机烫",
    symptom="伺服跑着跳过载，报 AL.050，电机发烫",
    cause="负载大",
    steps="测电流",
    domain="electrical",
)


def found(*cases: tuple[Document, list], **evidence: float) -> Found:  # type: ignore[type-arg]
    hits = [Hit(passages[0], document, 1.0 - rank, _NEAR | evidence) for rank, (document, passages) in enumerate(cases)]
    return Found(tuple(hits), 0.5, answered=True)


def test_the_same_machine_with_the_same_fault_answers():
    assert liken("冲压件拉深老开裂", found(PRESSED)).answered


def test_the_same_fault_of_another_machine_does_not():
    likened = liken("吹塑瓶底总是开裂", found(PRESSED))
    assert not likened.answered
    assert likened.confidence < liken("冲压件拉深老开裂", found(PRESSED)).confidence


def test_a_case_without_the_alarm_that_is_named_never_answers():
    assert liken("伺服过载报AL.50，电机烫", found(DRIVE)).answered
    assert not liken("伺服过载报AL.32，电机烫", found(DRIVE)).answered


def test_the_likeliest_case_comes_first_whatever_the_search_says():
    likened = liken("伺服老是过载，电机发烫", found(PRESSED, DRIVE))
    assert likened.hits[0].document.title == "伺服过载报警、电机烫"
    assert likened.hits[0].score == likened.confidence


def test_a_machine_that_only_does_not_work_is_no_case():
    assert not liken("伺服报警了", found(DRIVE, dense=2.0, familiar=2.0)).answered


def test_without_evidence_the_finder_is_believed_and_near_is_enough():
    bare = Found(tuple(replace(hit, evidence={}) for hit in found(PRESSED).hits), 0.3, near=True)
    assert liken("冲压件开裂", bare).answered
    assert not liken("冲压件开裂", Found()).answered


def test_every_signal_is_given_for_every_case():
    assert all(set(one.signals) == set(SIGNALS) for one in weighed("冲压件开裂", found(PRESSED, DRIVE)))
