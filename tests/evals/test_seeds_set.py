"""The question set over the real documents keeps what its README promises."""

import hashlib
import json
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpora.document import Document, Kind, Node
from corpora.reading import read_file
from evals.answers import lay_share, read

SETS = Path(__file__).resolve().parents[2] / "evals/sets"
PATH = SETS / "seeds.jsonl"
FRESH = SETS / "seeds-fresh.jsonl"
LAY_SHARE = 0.45
FRESH_SHARE = 0.10
BLANKS = re.compile(r"\s+")
LINES: list[dict[str, Any]] = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]
FRESH_LINES: list[dict[str, Any]] = [json.loads(line) for line in FRESH.read_text(encoding="utf-8").splitlines()]
PRESENT = [line for line in LINES if line["kind"] != "none"]
ABSENT = [line for line in LINES if line["kind"] == "none"]
Places = list[tuple[str, str]]


def places(line: dict[str, Any]) -> Places:
    """(file name prefix, clause) of everything that holds the answer."""
    return [tuple(pair) for pair in line.get("clauses") or [[doc, line["clause"]] for doc in line["doc"]]]


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from nodes(child)


@pytest.fixture(scope="module")
def documents(seeds: Path) -> list[Document]:
    return [
        item
        for path in sorted(seeds.glob("*.txt"))
        for item in read_file(path, source=path.name, kind=Kind.POLICY).documents
    ]


def words(documents: list[Document], where: Places) -> str:
    """The text of the clauses, blanks removed; a clause holds all whose name begins with its own."""
    found = []
    for prefix, clause in where:
        wanted = BLANKS.sub("", clause)
        for document in documents:
            if document.source.startswith(prefix):
                for node in nodes(document.tree):
                    if BLANKS.sub("", node.clause).startswith(wanted):
                        found += [document.text[start:end] for start, end in node.own]
    return BLANKS.sub("", "".join(found))


def test_the_runner_reads_the_set() -> None:
    assert [question.id for question in read(PATH)] == [line["id"] for line in LINES]


def test_ids_and_questions_are_unique() -> None:
    asked = [(line["text"], *line.get("prev", ())) for line in LINES]

    assert len({line["id"] for line in LINES}) == len(LINES)
    assert len(set(asked)) == len(asked)


def test_the_set_is_as_large_as_was_asked() -> None:
    kinds = {line["kind"] for line in LINES}

    assert len(LINES) >= 120
    assert len(ABSENT) >= 30
    assert kinds >= {"fact", "number", "list", "procedure", "compare", "validity", "follow", "none"}
    assert sum(line["kind"] in ("compare", "follow") or len(line.get("clauses", ())) > 1 for line in PRESENT) >= 12


def test_most_answerable_questions_are_worded_as_lay_people_would() -> None:
    assert sum(line["lay"] for line in PRESENT) >= 0.6 * len(PRESENT)


def test_the_half_follows_from_the_words() -> None:
    odd = {line["id"]: hashlib.sha256(line["text"].encode()).digest()[0] % 2 for line in LINES}

    assert {line["id"]: line["half"] for line in LINES} == {
        name: "tune" if tuned else "report" for name, tuned in odd.items()
    }


def test_the_halves_are_about_equal_in_every_group() -> None:
    for group in (PRESENT, ABSENT, [line for line in PRESENT if line["lay"]]):
        tuned = sum(line["half"] == "tune" for line in group) / len(group)

        assert 0.4 <= tuned <= 0.6


@pytest.mark.parametrize("line", PRESENT, ids=lambda line: line["id"])
def test_an_answer_stands_in_its_clause(line: dict[str, Any], documents: list[Document]) -> None:
    assert line["must"]
    assert {prefix for prefix, _ in places(line)} == set(line["doc"])
    for place in places(line):
        assert words(documents, [place]), f"no clause is called {place}"
    held = words(documents, places(line))
    for pattern in line["must"]:
        assert re.search(BLANKS.sub("", pattern), held), pattern


@pytest.mark.parametrize("line", [line for line in PRESENT if line["lay"]], ids=lambda line: line["id"])
def test_a_lay_question_shares_few_bigrams_with_its_clause(line: dict[str, Any], documents: list[Document]) -> None:
    assert lay_share(line["text"], words(documents, places(line))) <= LAY_SHARE


def test_unanswerable_questions_name_no_place() -> None:
    held = ("must", "doc", "clause", "clauses", "lay")

    assert [line["id"] for line in ABSENT if any(line.get(name) for name in held)] == []


def test_the_readme_says_the_true_counts_and_shares(documents: list[Document]) -> None:
    page = (SETS / "README.md").read_text(encoding="utf-8")
    shares = [(line, lay_share(line["text"], words(documents, places(line)))) for line in PRESENT]
    lay = [share for line, share in shares if line["lay"]]
    rows = {
        "questions": LINES,
        "answerable": PRESENT,
        "lay": [line for line in PRESENT if line["lay"]],
        **{kind: [line for line in LINES if line["kind"] == kind] for kind in {line["kind"] for line in LINES}},
    }

    for name, lines in rows.items():
        tuned = sum(line["half"] == "tune" for line in lines)
        assert f"| {name} | {len(lines)} | {tuned} | {len(lines) - tuned} |" in page
    assert sum(share <= 0.15 for share in lay) >= 40
    median, of_lay = statistics.median(share for _, share in shares), statistics.median(lay)
    assert f"median lay share {median:.2f} over all answerable questions, {of_lay:.2f} over the lay ones" in page


def test_the_fresh_set_is_for_reporting_only_and_repeats_no_question() -> None:
    others = [path.read_text(encoding="utf-8") for path in SETS.glob("seeds*.jsonl") if path != FRESH]
    known = {json.loads(line)["text"] for text in others for line in text.splitlines()}
    texts = [line["text"] for line in FRESH_LINES]

    assert {line["half"] for line in FRESH_LINES} == {"report"}
    assert len(set(texts)) == len(texts)
    assert known.isdisjoint(texts)


def test_the_fresh_set_has_the_counts_that_the_readme_says() -> None:
    page = " ".join((SETS / "README.md").read_text(encoding="utf-8").split())
    present = [line for line in FRESH_LINES if line["kind"] != "none"]
    lay = [line for line in present if line["lay"]]

    assert f"{len(present)} answerable questions, of which {len(lay)} are worded" in page
    assert f"and {len(FRESH_LINES) - len(present)} that the documents do not answer" in page
    assert 3 * len(lay) >= 2 * len(present)


def test_an_answer_of_the_fresh_set_stands_in_its_clause(documents: list[Document]) -> None:
    wrong = [
        line["id"]
        for line in FRESH_LINES
        if line["kind"] != "none"
        and not all(re.search(BLANKS.sub("", must), words(documents, places(line))) for must in line["must"])
    ]
    loud = [
        line["id"]
        for line in FRESH_LINES
        if line["lay"] and lay_share(line["text"], words(documents, places(line))) > FRESH_SHARE
    ]

    assert (wrong, loud) == ([], [])
