"""The commands, as an operator would type them."""

import json
from pathlib import Path

from tests.handlers.commands.conftest import REGULATION, Run

SHAPE = {
    "id",
    "outcome",
    "intent",
    "answer",
    "label",
    "confidence",
    "citations",
    "near",
    "similar",
    "courses",
    "ticket",
    "mode",
}
CITED = {"n", "document", "number", "clause", "quote", "source", "page", "region", "issued", "valid_until", "status"}


def test_a_clause_is_quoted_word_for_word(run: Run, regulation: Path) -> None:
    report = run("ingest", str(regulation), "--json").json
    assert (report["read"], report["documents"]) == (1, 1)
    answer = run("ask", "工作站的建设期是多久，验收不合格怎么办", "--json").json
    assert set(answer) == SHAPE
    assert answer["outcome"] == "answered"
    cited = answer["citations"][0]
    assert set(cited) == CITED
    assert cited["clause"] == "第四条"
    assert cited["quote"] in REGULATION
    assert (cited["number"], cited["source"], cited["issued"]) == ("云工〔2026〕12号", "rules.txt", "2026-02-10")
    assert (cited["valid_until"], cited["status"]) == ("2029-02-28", "in_force")
    assert answer["label"] == "AI摘录，以原文为准"
    assert answer["label"] not in answer["answer"]


def test_what_the_documents_do_not_say_is_not_answered(run: Run, regulation: Path) -> None:
    run("ingest", str(regulation))
    answer = run("ask", "火星基地的氧气配额怎么分配", "--json").json
    assert answer["outcome"] in {"no_answer", "refused"}
    assert answer["citations"] == []


def test_words_for_people_carry_source_and_label(run: Run, regulation: Path) -> None:
    run("ingest", str(regulation))
    words = run("ask", "工作站的建设期是多久").out
    assert "第四条" in words
    assert "云工〔2026〕12号" in words
    assert "AI摘录，以原文为准" in words


def test_an_unchanged_folder_is_read_once_and_what_left_it_leaves(run: Run, regulation: Path) -> None:
    folder = regulation.parent / "folder"
    folder.mkdir()
    regulation.rename(folder / "a.txt")
    (folder / "b.txt").write_text("第一条 第二个文件说的是另一件事。", encoding="utf-8")
    assert run("ingest", str(folder), "--json").json["read"] == 2
    assert run("ingest", str(folder), "--json").json["read"] == 0
    (folder / "b.txt").unlink()
    assert run("ingest", str(folder), "--json").json["removed"] == 1
    assert [item["source"] for item in run("document", "list", "--json").json["items"]] == ["a.txt"]


def test_the_tree_shows_how_a_file_was_read(run: Run, regulation: Path) -> None:
    run("ingest", str(regulation))
    shown = run("document", "show", "rules.txt", "--tree").out
    for words in ("第三条", "（二）", "云州市工业局", "2029-02-28"):
        assert words in shown
    first = run("document", "list", "--json").json["items"][0]["id"]
    assert run("document", "show", first[:8], "--json").json["id"] == first


def test_the_batch_remembers_what_was_said(run: Run, regulation: Path, place: Path) -> None:
    run("ingest", str(regulation))
    batch = place / "batch.jsonl"
    asked = [{"id": "1", "text": "工作站建设期多久"}, {"id": "2", "text": "那不合格呢", "prev": ["工作站建设期多久"]}]
    batch.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in asked), encoding="utf-8")
    answers = [json.loads(line) for line in run("ask", "--batch", str(batch)).out.splitlines()]
    assert [answer["id"] for answer in answers] == ["1", "2"]
    assert all(answer["citations"][0]["clause"] == "第四条" for answer in answers)


def test_an_empty_directory_answers_honestly(run: Run) -> None:
    answer = run("ask", "工作站建设期多久", "--json").json
    assert (answer["outcome"], answer["confidence"]) == ("no_answer", 0.0)


def test_doctor_says_what_is_missing(run: Run) -> None:
    outcome = run("doctor", "--json")
    checks = {check["name"]: check for check in outcome.json["checks"]}
    assert outcome.code == 0
    assert checks["中心档案"]["state"] == "warn"
