"""The verb `triage`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.commands.conftest import Run

KEYS = ["id", "intent", "confidence", "demand", "domain", "urgency", "missing", "ask"]
ROOT = Path(__file__).resolve().parents[3]


def batch(run: Run, place: Path, *lines: str | bytes) -> list[dict[str, Any]]:
    file = place / "batch.jsonl"
    file.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in lines))
    done = run("triage", "--batch", str(file))
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


def test_one_message_as_json_has_the_keys_of_the_contract(run: Run) -> None:
    done = run("triage", "注塑件老缩水，客户要退货", "--json")
    assert done.code == 0
    assert list(done.json) == KEYS
    assert (done.json["intent"], done.json["domain"], done.json["urgency"]) == ("technical", "moulding", "high")
    assert done.json["id"]


def test_one_message_for_people_names_what_applies(run: Run) -> None:
    first, sure, last = run("triage", "转人工").out.splitlines()
    assert (first, sure[:3], last) == ("意图：转人工", "把握：", "紧急程度：一般")
    assert "领域：液压气动" in run("triage", "油缸爬行").out


def test_nothing_is_written_and_no_data_directory_is_needed(run: Run, place: Path) -> None:
    run("triage", "油缸爬行")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("words", [(), ("  ",), ("字" * 4001,), ("文字", "--batch", "x"), ("--batch", "absent.jsonl")])
def test_wrong_input_is_one_sentence_and_exit_code_2(run: Run, words: tuple[str, ...]) -> None:
    done = run("triage", *words)
    assert (done.code, done.out) == (2, "")
    assert done.sentence


def test_four_thousand_characters_are_taken(run: Run) -> None:
    assert run("triage", "油" * 4000, "--json").code == 0


def test_a_batch_answers_every_line_in_order(run: Run, place: Path) -> None:
    done = batch(
        run,
        place,
        '{"id": "a", "text": "转人工", "prev": 7, "other": {}}',
        "",
        '{"text": "谢谢"}',
        "no json",
        '{"id": "d", "text": 5}',
        b'{"id": "e", "text": "\xff"}',
        '{"id": 7, "text": "你好"}',
        "[1]",
    )
    assert [row["id"] for row in done] == ["a", "3", "4", "d", "6", 7, "8"]
    assert [row["intent"] for row in done] == ["human", "chitchat", None, None, None, "chitchat", None]


def test_a_bad_line_is_refused_in_one_sentence_with_empty_keys(run: Run, place: Path) -> None:
    texts = ("字" * 4001, "", "空\x00字符")
    for row in batch(run, place, *(json.dumps({"id": "x", "text": text}) for text in texts)):
        assert row.pop("error").endswith("。")
        assert row == {"outcome": "refused", "missing": [], **dict.fromkeys(set(KEYS) - {"id", "missing"}), "id": "x"}


def test_triage_loads_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['wenzhen', 'triage', '油缸爬行', '--json']\nfrom handlers import cli\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    answer, loaded = out.splitlines()
    assert json.loads(answer)["domain"] == "hydraulics"
    assert not set(loaded.split()) & {"chromadb", "langchain", "langchain_core", "fastapi", "sqlite3", "sqlalchemy"}
