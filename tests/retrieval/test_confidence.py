from pathlib import Path

import numpy as np
import pytest

from retrieval.confidence import SIGNALS, judge, signals
from retrieval.lexical import Entry, Keywords, build
from retrieval.ranking import Ranked, merged, rank, take_apart
from retrieval.vectors import VectorTable, save

TEXTS = (
    "中心认定后设立为期一年的培育期，培育期满后对培育成效进行评估，评估不合格的给予一年整改期。",
    "省财政厅负责统筹省级相关专项资金的预算安排、资金下达和监督管理。",
    "申报单位应当具备固定的办公场所，拥有专职运营团队。",
    "鼓励市州在运营经费、场地租金、活动组织等方面给予中心支持。",
    "本细则自2026年5月15日起施行，有效期两年。",
    "伺服驱动器出现 AL.50 报警时检查负载是否过大。",
)


@pytest.fixture
def keywords(tmp_path: Path) -> Keywords:
    build(tmp_path / "keywords", [Entry(number, "", text, number) for number, text in enumerate(TEXTS)])
    return Keywords.open(tmp_path / "keywords")


@pytest.fixture
def table(tmp_path: Path) -> VectorTable:
    save(tmp_path / "vectors", range(len(TEXTS)), np.eye(len(TEXTS), 16, dtype=np.float32))
    return VectorTable.open(tmp_path / "vectors")


def ask(text: str, keywords: Keywords, table: VectorTable, like: int | None = None) -> Ranked:
    vector = np.full(16, 0.25, np.float32) if like is None else np.eye(16, dtype=np.float32)[like]
    return rank(take_apart(text), keywords, vector=vector, table=table)


def test_nothing_found_is_certainly_no_answer() -> None:
    verdict = judge(merged([]))
    assert (verdict.confidence, verdict.answered, verdict.near) == (0.0, False, False)


def test_a_question_in_the_words_of_a_passage_is_answered(keywords: Keywords, table: VectorTable) -> None:
    verdict = judge(ask("中心认定后的培育期满评估不合格怎么办", keywords, table, like=0))
    assert verdict.answered
    assert 0.5 < verdict.confidence <= 1


def test_a_stranger_is_refused(keywords: Keywords, table: VectorTable) -> None:
    verdict = judge(ask("食堂周末有没有红烧排骨", keywords, table))
    assert not verdict.answered


@pytest.mark.parametrize(
    ("held", "lacked"),
    [
        ("AL.50报警检查什么", "AL.99报警检查什么"),
        ("2026年施行的细则有效期", "2019年施行的细则有效期"),
        ("中心认定后设立培育期", "广东中心认定后设立培育期"),
    ],
)
def test_a_hard_fact_that_is_lacking_lowers_confidence(
    held: str, lacked: str, keywords: Keywords, table: VectorTable
) -> None:
    assert judge(ask(held, keywords, table)).confidence > judge(ask(lacked, keywords, table)).confidence


def test_the_lead_is_taken_over_other_documents(keywords: Keywords, table: VectorTable) -> None:
    ranked = ask("培育期评估 资金", keywords, table, like=0)
    assert signals(ranked)[SIGNALS.index("gap")] == pytest.approx(min(ranked.scores[0] - ranked.scores[1], 2.0))


def test_a_single_document_has_the_widest_lead(tmp_path: Path) -> None:
    build(tmp_path / "one", [Entry(1, "", TEXTS[0], 7), Entry(2, "", TEXTS[1], 7)])
    ranked = rank(take_apart("培育期评估 资金"), Keywords.open(tmp_path / "one"))
    assert signals(ranked)[SIGNALS.index("gap")] == 2.0
