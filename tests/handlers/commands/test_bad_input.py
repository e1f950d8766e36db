"""Bad input: each with one clear sentence, the right exit code, and nothing lost or half-done."""

import json
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from bot import directory
from tests.handlers.commands.conftest import Run


def test_an_empty_question_is_refused(run: Run) -> None:
    for text in ("", "  \n　"):
        outcome = run("ask", text)
        assert (outcome.code, outcome.out) == (2, "")
        assert "空" in outcome.sentence


@pytest.mark.parametrize("text", ["带\x00的问题有吗", "带\ud800的问题有吗"])
def test_a_nul_or_lone_surrogate_gets_one_sentence_or_an_answer(run: Run, text: str) -> None:
    outcome = run("ask", text, "--json")
    if outcome.code == 0:
        assert outcome.json["outcome"] in {"no_answer", "clarify", "refused"}
    else:
        assert (outcome.code, len(outcome.sentence) > 0) == (2, True)


def test_a_question_of_4001_characters_is_refused_and_one_of_4000_is_not(run: Run) -> None:
    assert run("ask", "问" * 4000).code == 0
    outcome = run("ask", "问" * 4001)
    assert outcome.code == 2
    assert "4" in outcome.sentence


def test_a_bad_batch_line_gets_its_own_object_and_stops_nothing(run: Run, place: Path) -> None:
    batch = place / "batch.jsonl"
    lines = [
        '{"id":"a","text":"工作站的建设期多久"}',
        "{oops",
        '{"id":7,"text":"太' + "长" * 4001 + '"}',
        '["x"]',
        '{"id":"b"}',
        '{"id":"c","text":"在吗","extra":1}',
        '{"id":"d","text":"那个呢","prev":"工作站的建设期多久"}',
        '{"id":"e","text":"x","prev":[1]}',
        '{"id":"f","text":"\\ud800"}',
    ]
    batch.write_bytes("\n".join(lines).encode() + b"\n\xff\xfe\n")
    outcome = run("ask", "--batch", str(batch))
    assert outcome.code == 0
    answers = [json.loads(line) for line in outcome.out.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", "2", 7, "4", "b", "c", "d", "e", "f", "10"]
    refused = {answer["id"] for answer in answers if answer["outcome"] == "refused"}
    assert {"2", 7, "4", "b", "e", "10"} <= refused
    keys = set(answers[0])
    assert all(set(answer) == keys for answer in answers)


def test_a_batch_file_that_is_not_there(run: Run) -> None:
    outcome = run("ask", "--batch", "nowhere.jsonl")
    assert outcome.code == 2
    assert "nowhere.jsonl" in outcome.sentence


def test_a_path_that_is_not_there(run: Run) -> None:
    outcome = run("ingest", "nowhere")
    assert outcome.code == 2
    assert "nowhere" in outcome.sentence


def test_a_wrong_option_and_a_wrong_verb(run: Run) -> None:
    for words in (
        ("ask", "--colour", "red", "x"),
        ("sing",),
        ("ask", "x", "--as", "king"),
        ("ingest", "--kind", "poem", "."),
    ):
        outcome = run(*words)
        assert outcome.code == 2
        assert outcome.sentence


BAD_FILES = {
    "empty.txt": b"",
    "binary.txt": bytes(range(256)) * 40,
    "picture.txt": b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "broken.pdf": b"%PDF-1.7\n1 0 obj\n<<garbage",
    "broken.docx": b"PK\x03\x04not really a zip",
    "text.docx": "这其实是文本".encode(),
    "sheet.xlsx": b"not a workbook",
    "tool.exe": b"MZ\x00\x00",
}


def test_bad_files_stop_nothing_else(run: Run, regulation: Path) -> None:
    folder = regulation.parent / "folder"
    folder.mkdir()
    for name, data in BAD_FILES.items():
        (folder / name).write_bytes(data)
    regulation.rename(folder / "good.txt")
    (folder / "好 文件\n名😀.txt").write_text("第一条 名字古怪的文件也能读。", encoding="utf-8")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "again.txt").write_bytes((folder / "good.txt").read_bytes())
    outcome = run("ingest", str(folder), "--json")
    assert outcome.code == 0
    report = outcome.json
    skipped = {item["source"]: item["reason"] for item in report["skipped"]}
    assert set(BAD_FILES) <= set(skipped)
    assert all(reason and "\n" not in reason for reason in skipped.values())
    assert any("相同" in item["note"] for item in report["notes"])
    assert report["documents"] == 2


def test_a_file_of_200_mb_is_refused_without_being_read(run: Run, place: Path) -> None:
    path = place / "huge.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    outcome = run("ingest", str(path), "--json")
    assert outcome.code == 1
    assert "上限" in outcome.json["skipped"][0]["reason"]


def test_a_wrong_encoding_says_so(run: Run, place: Path) -> None:
    path = place / "odd.txt"
    path.write_bytes("第一条 编码混乱的文件".encode()[:-1] + b"\xff\xfe\x00\xd8" * 30)
    outcome = run("ingest", str(path), "--json")
    assert outcome.json["skipped"] or outcome.json["notes"]


def test_a_second_owner_is_named_and_refused(run: Run, place: Path) -> None:
    with directory.own(place / "data", verb="ingest"):
        outcome = run("ask", "建设期多久")
    assert outcome.code == 1
    assert f"进程号 {os.getpid()}" in outcome.sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere: a read-only directory cannot be made")
def test_a_read_only_directory_is_one_sentence(run: Run, place: Path) -> None:
    (place / "data").mkdir(mode=0o500)
    outcome = run("ask", "建设期多久")
    assert outcome.code == 1
    assert "写" in outcome.sentence


def test_a_data_directory_that_is_a_file_is_one_sentence(run: Run, place: Path) -> None:
    (place / "data").write_text("x")
    outcome = run("ask", "建设期多久")
    assert outcome.code == 1
    assert "数据目录" in outcome.sentence


def test_a_full_disk_is_one_sentence_and_leaves_the_index_whole(
    run: Run, regulation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from retrieval.catalogue import Catalogue

    assert run("ingest", str(regulation)).code == 0
    more = regulation.with_name("more.txt")
    more.write_text("第一条 磁盘满的时候读入的文件。", encoding="utf-8")

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Catalogue, "put", _translated(full))
        outcome = run("ingest", str(more))
    assert outcome.code == 1
    assert outcome.sentence
    listed = run("document", "list", "--json").json["items"]
    assert [item["source"] for item in listed] == ["rules.txt"]
    assert run("ingest", str(more)).code == 0


def _translated(failing):  # type: ignore[no-untyped-def]
    from retrieval.errors import NotWritable

    def put(*args: object, **values: object) -> None:
        try:
            failing(*args, **values)
        except sqlite3.OperationalError as error:
            raise NotWritable(f"磁盘写不进去（{error}），请腾出空间后再试。") from error

    return put


def test_an_unknown_document_is_one_sentence(run: Run) -> None:
    outcome = run("document", "show", "nothing")
    assert outcome.code == 1
    assert "nothing" in outcome.sentence


def test_a_bad_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENZHEN_THREADS", "no")
    outcome = run("ask", "建设期多久")
    assert outcome.code == 2
    assert "WENZHEN_THREADS" in outcome.sentence


def test_errors_can_be_written_to_any_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run("ingest", "缺\udcff失")
    assert outcome.code == 2
    assert sys.stderr is not None
