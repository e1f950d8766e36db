"""An approved case is in the index within one run of its job; a case taken back is gone at its commit, in every process."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.db import Records
from bot.errors import BotError, Unavailable
from bot.rules.solutions import SolutionState
from bot.services import ledger, solutions
from bot.work import indexing
from bot.work.indexing import Indexing
from bot.work.shelf import ClinicLibrary, Shown
from corpora.document import Kind
from evals.standins.embedder import BigramEmbedder
from retrieval.protocols import PUBLIC, Principal, Query, Role
from tests.bot.clinic import moment
from tests.bot.services.test_solutions import Solved, agree, approve, solve, state_of

STAFF = Principal(Role.STAFF)
QUESTION = Query("薄壁件缩水 保压不足", kinds=frozenset({Kind.SOLUTION}))


def open_library(folder: Path, records: Records) -> ClinicLibrary:
    library = ClinicLibrary.open(folder, embedder=BigramEmbedder())
    assert isinstance(library, ClinicLibrary)
    library.shown = Shown(records)
    return library


@pytest.fixture
def library(tmp_path: Path, records: Records) -> Iterator[ClinicLibrary]:
    opened = open_library(tmp_path / "index", records)
    yield opened
    opened.close()


def indexing_of(records: Records, library: ClinicLibrary, folder: Path) -> Indexing:
    return Indexing(records, library, folder / "solutions", lambda: moment(hours=4))


def approved(records: Records) -> Solved:
    case = solve(records)
    agree(records, case)
    approve(records, case)
    return case


def retract(records: Records, case: Solved) -> None:
    with records.write() as session:
        solutions.retract(session, moment(hours=5), case.solution, caller=case.clerk)


def found_by(library: ClinicLibrary) -> list[str]:
    return [hit.document.solution.id for hit in library.search(QUESTION, PUBLIC).hits if hit.document.solution]


def test_an_approved_case_is_found_under_its_own_id(records: Records, library: ClinicLibrary, tmp_path: Path) -> None:
    case = approved(records)
    indexing_of(records, library, tmp_path).refresh(case.solution)
    assert state_of(records, case) is SolutionState.INDEXED
    assert set(found_by(library)) == {case.solution}
    [(solution, document)] = library.solutions(PUBLIC)
    assert (solution.title, solution.domain, solution.cause) == ("注塑件缩水", "moulding", "保压不足")
    assert "海沧精密厂" not in document.text and "13800138000" not in document.text
    with records.read() as session:
        assert ledger.verify(session).broken_at is None


def test_a_retracted_case_is_gone_before_its_job_runs(records: Records, library: ClinicLibrary, tmp_path: Path) -> None:
    case = approved(records)
    work = indexing_of(records, library, tmp_path)
    work.refresh(case.solution)
    document = library.documents(PUBLIC)[0].id
    assert library.passages(document, PUBLIC)
    retract(records, case)
    assert library.search(QUESTION, PUBLIC).hits == ()
    assert library.search(QUESTION, PUBLIC).confidence == 0
    assert library.document(document, STAFF) is None
    assert (list(library.documents(STAFF)), library.solutions(STAFF), library.passages(document, STAFF)) == ([], [], [])
    work.refresh(case.solution)
    assert list((tmp_path / "solutions").iterdir()) == []
    assert library.stats()["documents"] == 0


def test_a_retracted_case_is_gone_in_another_process_and_after_a_restart(records: Records, tmp_path: Path) -> None:
    case = approved(records)
    for process in ("first", "second"):
        library = open_library(tmp_path / process / "index", records)
        indexing_of(records, library, tmp_path / process).refresh()
        assert found_by(library)
        library.close()
    retract(records, case)
    second = open_library(tmp_path / "second" / "index", records)
    assert found_by(second) == [] and list(second.documents(STAFF)) == []
    indexing_of(records, second, tmp_path / "second").catch_up()
    assert second.stats()["documents"] == 0
    second.close()


def test_other_cases_are_still_found_while_one_is_withheld(
    records: Records, library: ClinicLibrary, tmp_path: Path
) -> None:
    kept, gone = approved(records), approved(records)
    own = tmp_path / "own"
    own.mkdir()
    (own / "mould.md").write_text("# 缩水\n\n## 现象\n薄壁件缩水\n\n## 原因\n保压不足\n", encoding="utf-8")
    library.ingest([own], kind=Kind.SOLUTION)
    indexing_of(records, library, tmp_path).refresh()
    before = library.search(QUESTION, PUBLIC)
    retract(records, gone)
    after = library.search(QUESTION, PUBLIC)
    assert {hit.document.source for hit in before.hits} - {hit.document.source for hit in after.hits} == {
        f"{gone.solution}.md"
    }
    assert {hit.document.source for hit in after.hits} == {f"{kept.solution}.md", "mould.md"}
    assert after.confidence > 0
    policies = Query(QUESTION.text, kinds=QUESTION.kinds, documents=frozenset({"none of these"}))
    assert library.search(policies, PUBLIC).hits == ()


def test_no_case_is_shown_while_the_records_cannot_be_read(
    records: Records, library: ClinicLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(records)
    indexing_of(records, library, tmp_path).refresh()
    assert found_by(library)

    def fail(session: object) -> tuple[int, int]:
        raise Unavailable("gone")

    monkeypatch.setattr(solutions, "stamp", fail)
    assert found_by(library) == []


def test_lists_are_the_same_object_until_something_changes(
    records: Records, library: ClinicLibrary, tmp_path: Path
) -> None:
    first, second = approved(records), approved(records)
    indexing_of(records, library, tmp_path).refresh()
    assert library.documents(PUBLIC) is library.documents(PUBLIC)
    retract(records, first)
    assert library.documents(PUBLIC) is library.documents(PUBLIC)
    assert [document.source for document in library.documents(PUBLIC)] == [f"{second.solution}.md"]


@pytest.mark.parametrize("step", ["read", "written", "half written", "ingested", "moved"])
def test_a_job_that_is_killed_anywhere_is_done_again(
    records: Records, library: ClinicLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        """Not caught by anyone, as a kill is not."""

    def kill(*args: object, **named: object) -> None:
        raise Killed

    def write_half(path: Path, content: bytes) -> None:
        path.with_name(f".{path.name}").write_bytes(content[:10])
        raise Killed

    case = approved(records)
    with monkeypatch.context() as patched:
        if step == "read":
            patched.setattr(indexing, "_write", kill)
        elif step == "written":
            patched.setattr(library, "ingest", kill)
        elif step == "half written":
            patched.setattr(indexing, "_put", write_half)
        elif step == "ingested":
            patched.setattr(solutions, "indexed", kill)
        else:
            patched.setattr(ledger, "append", kill)
        with pytest.raises(Killed):
            indexing_of(records, library, tmp_path).refresh(case.solution)
    assert state_of(records, case) is SolutionState.APPROVED
    indexing_of(records, library, tmp_path).refresh(case.solution)
    assert state_of(records, case) is SolutionState.INDEXED
    assert set(found_by(library)) == {case.solution}
    assert [path.name for path in (tmp_path / "solutions").iterdir()] == [f"{case.solution}.md"]
    with records.read() as session:
        assert ledger.verify(session).broken_at is None


def test_a_case_that_does_not_get_in_stays_approved_and_the_job_fails(
    records: Records, library: ClinicLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = approved(records)
    monkeypatch.setattr(indexing, "_write", lambda folder, wanted: folder.mkdir())
    with pytest.raises(BotError):
        indexing_of(records, library, tmp_path).refresh(case.solution)
    assert state_of(records, case) is SolutionState.APPROVED


def test_a_case_retracted_between_reading_and_indexing_is_not_brought_back(
    records: Records, library: ClinicLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = approved(records)
    ingest = library.ingest

    def retract_first(*args: object, **named: object) -> object:
        retract(records, case)
        return ingest(*args, **named)  # type: ignore[arg-type]

    work = indexing_of(records, library, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(library, "ingest", retract_first)
        work.refresh(case.solution)
    assert state_of(records, case) is SolutionState.RETRACTED
    assert found_by(library) == []
    work.catch_up()
    assert library.stats()["documents"] == 0


def test_the_shipped_cases_stay_as_they_are(records: Records, library: ClinicLibrary, tmp_path: Path) -> None:
    import corpora

    shipped = Path(corpora.__file__).parent / "solutions"
    library.ingest([shipped], kind=Kind.SOLUTION, embed=False)
    count = len(library.documents(PUBLIC))
    case = approved(records)
    indexing_of(records, library, tmp_path).refresh(case.solution)
    assert len(library.documents(PUBLIC)) == count + 1
    retract(records, case)
    indexing_of(records, library, tmp_path).refresh(case.solution)
    assert len(library.documents(PUBLIC)) == count


def test_nothing_is_read_again_where_the_records_have_not_moved(
    records: Records, library: ClinicLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = indexing_of(records, library, tmp_path)
    work.refresh(approved(records).solution)
    monkeypatch.setattr(work, "refresh", lambda subject="": pytest.fail("nothing has moved"))
    work.catch_up()


def test_after_a_failure_it_rests_before_it_tries_again_by_itself(
    records: Records, library: ClinicLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(records)
    now, tried = [moment(hours=4)], []

    def fail(*args: object, **named: object) -> None:
        tried.append(now[0])
        raise Unavailable("no room")

    work = Indexing(records, library, tmp_path / "solutions", lambda: now[0])
    monkeypatch.setattr(library, "ingest", fail)
    for later in (0, 1, 9, 11, 12):
        now[0] = moment(hours=4, seconds=later)
        with contextlib.suppress(Unavailable):
            work.catch_up()
    assert tried == [moment(hours=4), moment(hours=4, seconds=11)]


def test_a_case_waits_for_no_vectors_of_others(
    records: Records, library: ClinicLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "rules.txt").write_text("第一条 应当登记。\n", encoding="utf-8")
    library.ingest([own], embed=False)
    waiting = library.pending
    case = approved(records)
    indexing_of(records, library, tmp_path).refresh()
    assert library.pending > waiting > 0
    assert found_by(library)[0] == case.solution
    assert state_of(records, case) is SolutionState.INDEXED


def test_a_job_of_the_system_is_its_own_actor(records: Records, library: ClinicLibrary, tmp_path: Path) -> None:
    case = approved(records)
    indexing_of(records, library, tmp_path).refresh(case.solution)
    with records.read() as session:
        last = ledger.entries(session, subject=case.solution)[-1]
        assert (last.event, last.actor) == ("solution.indexed", ledger.SYSTEM)
