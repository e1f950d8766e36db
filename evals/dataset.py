"""A retrieval set on disk: corpus, questions, judgements, and questions that the corpus does not answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class BadSet(Exception):
    """The folder is not a retrieval set; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of the corpus."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `answer` is the span to be found, empty when the set gives none."""

    id: str
    text: str
    answer: str = ""
    about: str = ""  # the document it was made from, else its own id: questions about one document stay in one half


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Everything that a folder holds. `relevant` maps a question to its documents."""

    corpus: Sequence[Entry]
    questions: Sequence[Question]
    unanswerable: Sequence[Question]
    relevant: Mapping[str, frozenset[str]]


def read(folder: Path, *, qrels: Path | None = None) -> RetrievalSet:
    """Read `corpus.jsonl`, `queries.jsonl`, `qrels.tsv` (or `qrels`) and, if there, `queries_unanswerable.jsonl`.

    Questions without a judgement are left out: nothing could be said about them.

    Raises:
        BadSet: A file is missing or a line cannot be read.
    """
    relevant = _judgements(qrels or folder / "qrels.tsv")
    corpus = [
        Entry(str(row["_id"]), str(row.get("title") or ""), str(row.get("text") or ""))
        for row in _rows(folder / "corpus.jsonl")
    ]
    questions = [question for question in _questions(folder / "queries.jsonl") if question.id in relevant]
    unanswerable = folder / "queries_unanswerable.jsonl"
    return RetrievalSet(corpus, questions, _questions(unanswerable) if unanswerable.exists() else [], relevant)


def _questions(path: Path) -> list[Question]:
    return [
        Question(
            id=str(row["_id"]),
            text=str(row.get("text") or ""),
            answer=str(row.get("answer") or ""),
            about=str(row.get("docid") or row["_id"]),
        )
        for row in _rows(path)
    ]


def _rows(path: Path) -> list[dict[str, object]]:
    rows = []
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadSet(f"{path.name} line {number} is not JSON") from error
        if not isinstance(row, dict) or "_id" not in row:
            raise BadSet(f"{path.name} line {number} has no _id")
        rows.append(row)
    return rows


def _judgements(path: Path) -> dict[str, frozenset[str]]:
    relevant: dict[str, set[str]] = {}
    for number, line in enumerate(_lines(path), 1):
        fields = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or (number == 1 and not _is_judgement(fields)):
            continue
        if not _is_judgement(fields):
            raise BadSet(f"{path.name} line {number} is not question, document, score")
        if len(fields) == 2 or float(fields[-1]) > 0:
            # TREC's form has a run number between question and document.
            relevant.setdefault(fields[0], set()).add(fields[2] if len(fields) == 4 else fields[1])
    return {question: frozenset(documents) for question, documents in relevant.items()}


def _is_judgement(fields: Sequence[str]) -> bool:
    if len(fields) not in (2, 3, 4):
        return False
    try:
        return len(fields) == 2 and fields[0] != "query-id" or float(fields[-1]) >= 0
    except ValueError:
        return False


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").split("\n")
    except FileNotFoundError as error:
        raise BadSet(f"{path} does not exist") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadSet(f"{path} cannot be read: {error}") from error
