"""The catalogue: one change is one transaction, and what is stored comes back."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from corpora.document import Kind, Reading
from retrieval.catalogue import Catalogue, KnownFile
from retrieval.errors import IndexBroken
from tests.retrieval.fakes import make_document, make_passage


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    catalogue = Catalogue(tmp_path / "catalogue.sqlite", embedder="e")
    yield catalogue
    catalogue.close()


def _file(name: str, digest: bytes = b"1") -> KnownFile:
    return KnownFile(Path("/in") / name, name, Kind.POLICY, digest, size=3, mtime_ns=1, checked_ns=2, reader="r")


def _reading(name: str, *lines: str) -> Reading:
    document = make_document(name, Kind.POLICY, "\n".join(lines))
    passages = tuple(make_passage(document, line, order) for order, line in enumerate(lines))
    return Reading(name, (document,), passages=passages)


def test_a_file_comes_back_as_it_was(catalogue: Catalogue) -> None:
    catalogue.put(_file("a.txt"), _reading("a.txt", "甲", "乙"))
    (known,) = catalogue.files_under(Path("/in"))
    assert (known.path, known.source, known.digest) == (Path("/in/a.txt"), "a.txt", b"1")
    assert catalogue.totals() == (1, 1, 2)
    assert catalogue.counts_of([known.number]) == (1, 2)


def test_a_file_name_that_is_no_text_is_kept(catalogue: Catalogue) -> None:
    odd = Path("/in/\udce4\n.txt")
    catalogue.put(KnownFile(odd, "a", Kind.POLICY, b"1", 1, 1, 2, "r"), _reading("a", "甲"))
    assert [file.path for file in catalogue.files_under(Path("/in"))] == [odd]
    number = catalogue.begin_job([odd], Kind.POLICY)
    assert catalogue.jobs()[0].paths == (odd,)
    catalogue.end_job(number)
    assert catalogue.jobs() == []


def test_only_what_lies_below_a_folder_is_under_it(catalogue: Catalogue) -> None:
    for name in ("x/a.txt", "x/y/b.txt", "x-other/c.txt", "x.txt"):
        catalogue.put(_file(name, name.encode()), _reading(name, name))
    assert [file.source for file in catalogue.files_under(Path("/in/x"))] == ["x/a.txt", "x/y/b.txt"]
    assert [file.source for file in catalogue.files_under(Path("/in/x.txt"))] == ["x.txt"]


def test_a_failure_half_way_keeps_what_was_there(catalogue: Catalogue) -> None:
    catalogue.put(_file("a.txt"), _reading("a.txt", "甲"))
    before = catalogue.collections()
    broken = _reading("a.txt", "乙", "丙")
    bad = Reading("a.txt", broken.documents, passages=(broken.passages[0], None))  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        catalogue.put(_file("a.txt", b"2"), bad)
    assert catalogue.collections() == before
    assert [passage.text for passage in catalogue.passages_of(1)] == ["甲"]


def test_every_change_of_a_collection_raises_its_generation(catalogue: Catalogue) -> None:
    def generation() -> int:
        return catalogue.collections()[0].generation

    catalogue.put(_file("a.txt"), _reading("a.txt", "甲"))
    first = generation()
    catalogue.put(_file("b.txt", b"2"), _reading("b.txt", "乙"))
    second = generation()
    catalogue.remove(Path("/in/a.txt"))
    assert first < second < generation()
    third = generation()
    catalogue.remove(Path("/in/never.txt"))
    assert generation() == third


def test_passage_numbers_are_never_used_twice(catalogue: Catalogue) -> None:
    catalogue.put(_file("a.txt"), _reading("a.txt", "甲", "乙"))
    (first, *_), (second, *_) = catalogue.entries(1)
    catalogue.put(_file("a.txt", b"2"), _reading("a.txt", "丙"))
    ((third, *_),) = catalogue.entries(1)
    assert third > second > first


def test_a_vector_once_computed_serves_every_passage_of_the_same_words(catalogue: Catalogue) -> None:
    catalogue.put(_file("a.txt"), _reading("a.txt", "甲"))
    (waiting,) = catalogue.waiting(10)
    catalogue.put_vectors({waiting.digest: np.array([0.6, 0.8], np.float32)}, [waiting.number])
    assert catalogue.waiting_count() == 0
    catalogue.remove(Path("/in/a.txt"))
    catalogue.put(_file("a.txt", b"3"), _reading("a.txt", "甲"))
    ((number, *_),) = catalogue.entries(1)
    assert catalogue.waiting_count() == 0
    numbers, rows = catalogue.vectors([number, 999])
    assert numbers == [number]
    assert np.allclose(rows, [[0.6, 0.8]], atol=1e-3)


def test_the_shortest_wait_first(catalogue: Catalogue) -> None:
    catalogue.put(_file("a.txt"), _reading("a.txt", "三个字", "一", "二二"))
    assert [each.text for each in catalogue.waiting(2)] == ["a\n一", "a\n二二"]


def test_a_catalogue_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(IndexBroken, match="另一个版本"):
        Catalogue(path, embedder="e")
