import json
from pathlib import Path

import pytest

from evals.dataset import BadSet, Entry, Question, read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "corpus.jsonl", {"_id": "d1", "title": "", "text": "甲"}, {"_id": 2, "text": "乙"})
    write(tmp_path / "queries.jsonl", {"_id": "q1", "text": "甲？", "answer": "甲"}, {"_id": "q2", "text": "乙？"})
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\t2\t0\n")
    return tmp_path


def write(path: Path, *rows: dict[str, object]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def test_a_folder_without_unanswerable_questions_is_whole(folder: Path) -> None:
    data = read(folder)
    assert data.corpus == [Entry("d1", "", "甲"), Entry("2", "", "乙")]
    assert data.unanswerable == []


def test_only_judged_questions_are_asked(folder: Path) -> None:
    assert read(folder).questions == [Question("q1", "甲？", "甲", about="q1")]


@pytest.mark.parametrize(
    "judgements",
    [
        "q1\td1\t1\n",
        "query-id\tcorpus-id\tscore\nq1\td1\t1\n",
        "q1 0 d1 1\n",
        "q1\td1\n",
        "query-id\tcorpus-id\nq1\td1",
    ],
)
def test_judgements_are_read_in_every_usual_form(folder: Path, judgements: str) -> None:
    (folder / "other.tsv").write_text(judgements)
    assert read(folder, qrels=folder / "other.tsv").relevant == {"q1": frozenset({"d1"})}


@pytest.mark.parametrize(
    ("name", "content"),
    [("corpus.jsonl", "{"), ("corpus.jsonl", '{"text": 1}'), ("qrels.tsv", "a\tb\t1\nonly"), ("queries.jsonl", "[]")],
)
def test_a_bad_line_is_named(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(BadSet, match=f"{name} line"):
        read(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "qrels.tsv").unlink()
    with pytest.raises(BadSet, match=r"qrels\.tsv does not exist"):
        read(folder)
