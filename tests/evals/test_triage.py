"""The measure of triage, against figures worked out by hand."""

import json
from pathlib import Path

import pytest

from evals.triage import Labelled, read, run, sort, summarise

WANTED = {"intent": "technical", "domain": "welding", "urgency": "normal"}


def test_each_label_is_judged_over_the_lines_that_give_it() -> None:
    messages = [
        Labelled("1", "a", WANTED),
        Labelled("2", "b", {"intent": "policy", "domain": None}),
        Labelled("3", "c", {"intent": "technical"}),
    ]
    figures = summarise(sort(messages, lambda text: WANTED))
    assert figures.pop("ms_p50") >= 0
    assert figures == {"n": 3, "intent": 2 / 3, "domain": 1 / 2, "urgency": 1.0}


def test_an_empty_set_has_no_figures() -> None:
    assert summarise([]) == {"n": 0, "ms_p50": None}


def test_a_line_that_is_no_message_is_named(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text('{"id": "1", "text": "a", "intent": "policy"}\n\nno\n', encoding="utf-8")
    with pytest.raises(ValueError, match="line 3"):
        read(file)


def test_a_run_prints_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"id": "1", "text": "转人工", "intent": "human", "domain": None, "urgency": "normal"},
        {"id": "2", "text": "油缸爬行", "intent": "technical", "domain": "marine", "urgency": "normal"},
    ]
    file = tmp_path / "set.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    assert run([str(file), "--json", "--failures"]) == 0
    captured = capsys.readouterr()
    figures = json.loads(captured.out)
    assert (figures["n"], figures["intent"], figures["domain"], figures["urgency"]) == (2, 1.0, 0.5, 1.0)
    assert json.loads(captured.err) == {"text": "油缸爬行", "domain": ["marine", "hydraulics"]}


def test_a_set_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(tmp_path / "absent.jsonl")]) == 2
    assert "cannot read" in capsys.readouterr().err
