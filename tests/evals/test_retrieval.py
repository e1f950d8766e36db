import json
from pathlib import Path

import pytest

from evals.dataset import Question, RetrievalSet
from evals.report import table
from evals.retrieval import Outcome, figures, half_of, run


def outcome(question: str, *documents: str, passage: str = "", confidence: float = 0.5, answer: str = "") -> Outcome:
    return Outcome(Question(question, question, answer), documents, passage, confidence, confidence >= 0.5, 10.0)


def test_figures_are_those_of_hand_worked_outcomes() -> None:
    relevant = {"q1": frozenset({"a"}), "q2": frozenset({"b"}), "q3": frozenset({"c"})}
    outcomes = [
        outcome("q1", "a", "b", passage="期限为 两年。", confidence=0.9, answer="两年"),
        outcome("q2", "a", "b", passage="期限为两年。", confidence=0.6, answer="三年"),
        outcome("q3", "a", confidence=0.2, answer="不在任何一段里"),
    ]
    refusable = [outcome("u1", "a", confidence=0.1), outcome("u2", "a", confidence=0.7)]
    texts = {"a": ["期限为两年"], "b": ["改为三年"]}
    values = figures(RetrievalSet([], [], [], relevant), outcomes, refusable, texts)
    assert values["n"] == 3
    assert values["hit@1"] == pytest.approx(1 / 3, abs=1e-4)
    assert values["hit@10"] == pytest.approx(2 / 3, abs=1e-4)
    assert values["mrr@10"] == 0.5
    assert (values["answer@1"], values["answer_n"]) == (0.5, 2)
    assert values["auroc"] == pytest.approx(4 / 6, abs=1e-4)
    assert values["fpr@95"] == 0.5
    assert values["refused"] == 0.5
    assert values["wrongly_refused"] == pytest.approx(1 / 3, abs=1e-4)
    assert values["ms_p50"] == 10.0


def test_a_set_without_answers_or_absent_questions_has_fewer_figures() -> None:
    values = figures(RetrievalSet([], [], [], {"q1": frozenset({"a"})}), [outcome("q1", "a")], [], {})
    assert "answer@1" not in values
    assert "auroc" not in values
    assert figures(RetrievalSet([], [], [], {}), [], [], {}) == {"n": 0}


def test_questions_about_one_document_stay_in_one_half() -> None:
    assert {half_of(f"d{number}") for number in range(50)} == {"tune", "report"}
    assert half_of("d1") == half_of("d1")


def test_a_table_aligns_names() -> None:
    assert (
        table({"n": 3, "hit@1": 0.5, "interval": [0.1, 0.9]})
        == "n         3\nhit@1     0.500\ninterval  [0.100, 0.900]"
    )


def test_a_folder_goes_through_the_product(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = {
        "d1": "中心管理办法\n第一条 中心认定后设一年培育期。\n第二条 评估不合格的给予整改期。",
        "d2": "基地标准\n一、场地可同时容纳不少于50名学员开展实训。",
        "d3": "座谈会通知\n会议定于2月9日上午在909会议室召开。",
    }
    write(tmp_path / "corpus.jsonl", *({"_id": key, "title": "", "text": text} for key, text in texts.items()))
    write(
        tmp_path / "queries.jsonl",
        {"_id": "q1", "text": "培育期多久", "answer": "一年培育期"},
        {"_id": "q2", "text": "实训场地容纳多少学员", "answer": "50名学员"},
    )
    write(tmp_path / "queries_unanswerable.jsonl", {"_id": "u1", "text": "食堂周末有没有红烧排骨"})
    (tmp_path / "qrels.tsv").write_text("q1\td1\t1\nq2\td2\t1\n")
    arguments = [str(tmp_path), "--json", "--run", str(tmp_path / "run.jsonl"), "--cache", str(tmp_path / "cache")]
    assert run(arguments) == 0
    values = json.loads(capsys.readouterr().out)
    assert (values["n"], values["hit@1"], values["mrr@10"], values["answer@1"]) == (2, 1.0, 1.0, 1.0)
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["q1", "q2", "u1"]
    assert all(set(line) == {"id", "documents", "passage", "confidence"} for line in lines)
    assert lines[0]["documents"][0] == "d1"
    assert "一年培育期" in lines[0]["passage"]
    assert lines[2]["confidence"] < min(lines[0]["confidence"], lines[1]["confidence"])


def test_a_folder_that_is_no_set_is_refused_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def write(path: Path, *rows: dict[str, str]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
