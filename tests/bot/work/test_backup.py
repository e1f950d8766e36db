"""Everything into one file while the clinic runs, and back: all equal, or nothing done and one sentence."""

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from bot import directory
from bot.db import Records, sqlite_url
from bot.errors import BotError, Conflict, Invalid, Unavailable
from bot.services import conversations, ledger, portable, schema, solutions
from bot.settings import load
from bot.work import backup
from bot.work.indexing import Indexing
from bot.work.shelf import ClinicLibrary, Shown
from corpora.document import Kind
from evals.standins.embedder import BigramEmbedder
from retrieval.protocols import PUBLIC, Query, Role
from tests.bot.clinic import make_person, make_ticket, moment
from tests.bot.records import postgres_records, sqlite_records
from tests.bot.services.test_solutions import agree, approve, solve

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
QUESTION = Query("薄壁件缩水 保压不足", kinds=frozenset({Kind.SOLUTION, Kind.POLICY}))
Fresh = Callable[[], Records]


def tell_nobody(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def contents(records: Records) -> dict[str, portable.Content]:
    with records.read() as session:
        return portable.content(session)


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which nothing is yet."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "restored" / "records.sqlite")
    else:
        with postgres_records(request.getfixturevalue("postgres"), upgraded=False) as records:
            yield records.url.render_as_string(hide_password=False)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Records]:
    """Records of one case in a file, for what does not depend on the database."""
    with sqlite_records(tmp_path / "small") as records:
        solve(records)
        yield records


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a profile, a secret and a file of somebody's."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "profile.toml").write_text('name = "中心"\n', encoding="utf-8")
    (folder / "secret").write_text("not to leave this machine", encoding="utf-8")
    (folder / "files").mkdir()
    (folder / "files" / "照片.bin").write_bytes(bytes(range(256)) * 10)
    return folder


@pytest.fixture
def indexed(tmp_path: Path, records: Records, data: Path) -> Path:
    """The same with an index, in which a case of the clinic stands."""
    case = solve(records)
    agree(records, case)
    approve(records, case)
    own = tmp_path / "own"
    own.mkdir()
    (own / "rules.txt").write_text("第一条 保压不足的，应当加保压。\n", encoding="utf-8")
    library = open_library(data, records)
    library.ingest([own])
    Indexing(records, library, data / "solutions", lambda: moment(hours=4)).refresh()
    library.close()
    return data


def open_library(folder: Path, records: Records) -> ClinicLibrary:
    library = ClinicLibrary.open(folder / "index", embedder=BigramEmbedder())
    assert isinstance(library, ClinicLibrary)
    library.shown = Shown(records)
    return library


def found_in(folder: Path, records: Records) -> list[tuple[str, str, float]]:
    library = open_library(folder, records)
    try:
        library.catch_up()
        found = library.search(QUESTION, PUBLIC)
        return [(hit.document.source, hit.passage.text, round(found.confidence, 6)) for hit in found.hits]
    finally:
        library.close()


def make(records: Records, data: Path, path: Path) -> Path:
    backup.backup(records, data, path, now=NOW, progress=tell_nobody)
    return path


def bring_back(path: Path, folder: Path, url: str) -> dict[str, object]:
    with directory.own(folder, verb=directory.RESTORE):
        return backup.restore(path, folder, url, progress=tell_nobody)


def test_everything_comes_back_equal_on_either_database(
    records: Records, indexed: Path, tmp_path: Path, fresh: str
) -> None:
    data = indexed
    path = make(records, data, tmp_path / "all.zip")
    restored = tmp_path / "restored"
    told = bring_back(path, restored, fresh)
    again = Records(fresh)
    try:
        assert contents(again) == contents(records)
        assert told["rows"] == {name: held.rows for name, held in contents(records).items()}
        with again.read() as session:
            assert ledger.verify(session).broken_at is None
        assert found_in(restored, again) == found_in(data, records) != []
    finally:
        again.close()
    for name in ("profile.toml", "files/照片.bin"):
        assert (restored / name).read_bytes() == (data / name).read_bytes()
    assert [file.name for file in (restored / "solutions").iterdir()] == [
        file.name for file in (data / "solutions").iterdir()
    ]
    assert not (restored / directory.RESTORING).exists()


def test_work_goes_on_after_a_restore(small: Records, data: Path, tmp_path: Path, fresh: str) -> None:
    bring_back(make(small, data, tmp_path / "all.zip"), tmp_path / "restored", fresh)
    again = Records(fresh)
    try:
        with again.write() as session:
            firm = make_person(session, Role.SME, organisation="丙厂")
            case = make_ticket(session, firm)
            assert case.ticket.ref == "T-000002"
            assert ledger.verify(session).broken_at is None
    finally:
        again.close()


def test_the_secret_stays_on_the_machine(small: Records, data: Path, tmp_path: Path) -> None:
    path = make(small, data, tmp_path / "all.zip")
    with ZipFile(path) as zipped:
        assert "secret" not in zipped.namelist()
        assert not any(b"not to leave" in zipped.read(name) for name in zipped.namelist())
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_backup_beside_writers_is_of_one_moment(records: Records, data: Path, tmp_path: Path) -> None:
    with records.write() as session:
        firm = make_person(session, Role.SME, organisation="乙厂")
        conversation = conversations.begin(session, NOW, channel="web", caller=firm).id
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with records.write() as session:
                conversations.tell(session, NOW, conversation, "一句")
                ledger.append(session, at=NOW, event="test.said", subject=conversation)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        paths = [make(records, data, tmp_path / f"{number}.zip") for number in range(3)]
    finally:
        stop.set()
        writer.join()
    for number, path in enumerate(paths):
        folder = tmp_path / f"restored-{number}"
        url = sqlite_url(folder / "records.sqlite")
        bring_back(path, folder, url)
        again = Records(url)
        try:
            with again.read() as session:
                verdict = ledger.verify(session)
                said = len(conversations.history(session, conversation, limit=100_000))
                told = sum(entry.event == "test.said" for entry in ledger.entries(session, limit=100_000))
            assert (verdict.broken_at, said) == (None, told)
        finally:
            again.close()


def test_nothing_is_overwritten_but_a_backup(small: Records, data: Path, tmp_path: Path) -> None:
    other = tmp_path / "thesis.txt"
    other.write_text("years of work", encoding="utf-8")
    with pytest.raises(Conflict, match="没有覆盖"):
        make(small, data, other)
    assert other.read_text(encoding="utf-8") == "years of work"
    path = make(small, data, tmp_path / "all.zip")
    assert make(small, data, path) == path
    assert [file.name for file in tmp_path.glob(".*")] == []


def test_a_backup_that_cannot_be_written_leaves_nothing(small: Records, data: Path, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        make(small, data, tmp_path / "no such folder" / "all.zip")


def everything(folder: Path) -> set[str]:
    return (
        {str(path.relative_to(folder)) for path in folder.rglob("*")} - {directory.LOCK} if folder.exists() else set()
    )


@pytest.mark.parametrize("there", ["profile.toml", "records.sqlite", "note.txt"])
def test_a_directory_with_something_in_it_is_refused(small: Records, data: Path, tmp_path: Path, there: str) -> None:
    path = make(small, data, tmp_path / "all.zip")
    folder = tmp_path / "restored"
    folder.mkdir()
    (folder / there).write_text("mine", encoding="utf-8")
    with pytest.raises(Conflict, match="空目录"):
        bring_back(path, folder, sqlite_url(folder / "records.sqlite"))
    assert everything(folder) == {there}
    assert (folder / there).read_text(encoding="utf-8") == "mine"


def test_a_database_with_something_in_it_is_refused(records: Records, data: Path, tmp_path: Path) -> None:
    solve(records)
    path = make(records, data, tmp_path / "all.zip")
    before = contents(records)
    with pytest.raises(Conflict, match="空数据库"):
        bring_back(path, tmp_path / "restored", records.url.render_as_string(hide_password=False))
    assert contents(records) == before
    assert everything(tmp_path / "restored") == set()


def test_a_file_of_single_wrong_bytes_is_refused_or_comes_back_equal(
    small: Records, data: Path, tmp_path: Path
) -> None:
    whole = make(small, data, tmp_path / "all.zip").read_bytes()
    wanted = contents(small)
    chance, refused = random.Random(7), 0
    for number in range(36):
        damaged = bytearray(whole)
        at = chance.randrange(len(damaged))
        damaged[at] ^= 1 << chance.randrange(8)
        path = tmp_path / "damaged.zip"
        path.write_bytes(bytes(damaged) if number % 3 else whole[:at])
        folder = tmp_path / f"restored-{number}"
        url = sqlite_url(folder / "records.sqlite")
        try:
            bring_back(path, folder, url)
        except Invalid:
            refused += 1
            assert everything(folder) == set()
        else:
            again = Records(url)
            assert contents(again) == wanted
            again.close()
    assert refused > 24


@pytest.mark.parametrize("change", ["another row", "a part more", "a part less", "outside", "newer", "newer tables"])
def test_a_file_that_was_changed_is_refused(small: Records, data: Path, tmp_path: Path, change: str) -> None:
    path = make(small, data, tmp_path / "all.zip")
    with ZipFile(path) as zipped:
        parts = {name: zipped.read(name) for name in zipped.namelist()}
    manifest = parts["manifest.json"].decode()
    if change == "another row":
        parts["records/people.jsonl"] = parts["records/people.jsonl"].replace("李四".encode(), "李五".encode())
    elif change == "a part more":
        parts["files/more"] = b"x"
    elif change == "a part less":
        del parts["records/people.jsonl"]
    elif change == "outside":
        parts["../outside"] = b""
        empty = '"../outside": {"size": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "rows": null}, '
        parts["manifest.json"] = manifest.replace('"parts": {', '"parts": {' + empty).encode()
    elif change == "newer":
        parts["manifest.json"] = manifest.replace('"format": 1', '"format": 2').encode()
    else:
        parts["manifest.json"] = manifest.replace(schema.head(), "ffffffffffff").encode()
    with ZipFile(path, "w", ZIP_DEFLATED) as zipped:
        for name, words in parts.items():
            zipped.writestr(name, words)
    folder = tmp_path / "restored"
    with pytest.raises(Invalid, match="更新版本" if "newer" in change else "损坏") as refusal:
        bring_back(path, folder, sqlite_url(folder / "records.sqlite"))
    assert "\n" not in str(refusal.value)
    assert everything(folder) == set()


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("hello", encoding="utf-8")
    for name in ("note.txt", "absent.zip"):
        with pytest.raises(Invalid):
            bring_back(tmp_path / name, tmp_path / "restored", sqlite_url(tmp_path / "restored" / "records.sqlite"))


class Killed(BaseException):
    """Not caught by anyone, as a kill is not."""


@pytest.mark.parametrize("step", ["_put_back", "_load", "upgrade", "_sync"])
def test_a_restore_that_fails_anywhere_leaves_nothing(
    small: Records, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = make(small, data, tmp_path / "all.zip")
    folder = tmp_path / "restored"

    def fail(*args: object, **named: object) -> None:
        raise Unavailable("no")

    with monkeypatch.context() as patched:
        patched.setattr(schema if step == "upgrade" else backup, step, fail)
        with pytest.raises(BotError):
            bring_back(path, folder, sqlite_url(folder / "records.sqlite"))
    assert everything(folder) - {directory.RESTORING} == set()
    bring_back(path, folder, sqlite_url(folder / "records.sqlite"))


@pytest.mark.parametrize("step", ["_put_back", "_load", "upgrade"])
def test_a_killed_restore_is_begun_anew_and_nothing_else_starts_there(
    small: Records, data: Path, tmp_path: Path, fresh: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = make(small, data, tmp_path / "all.zip")
    folder = tmp_path / "restored"

    def kill(*args: object, **named: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(schema if step == "upgrade" else backup, step, kill)
        patched.setattr(backup, "_clear", lambda folder: None)
        patched.setattr(Path, "unlink", lambda self, missing_ok=False: None)
        with pytest.raises(Killed):
            bring_back(path, folder, fresh)
    with pytest.raises(Unavailable, match="恢复"), directory.own(folder, verb="serve"):
        pass
    bring_back(path, folder, fresh)
    again = Records(fresh)
    try:
        assert contents(again) == contents(small)
    finally:
        again.close()
    with directory.own(folder, verb="serve"):
        pass


def test_records_move_to_the_other_database_and_back(records: Records, tmp_path: Path, postgres: str) -> None:
    solve(records)
    before = contents(records)
    with postgres_records(postgres, upgraded=False) as there:
        told = backup.migrate(records, there.url.render_as_string(hide_password=False), progress=tell_nobody)
        assert contents(there) == before == contents(records)
        assert told["rows"] == {name: held.rows for name, held in before.items()}
        back = sqlite_url(tmp_path / "back.sqlite")
        backup.migrate(there, back, progress=tell_nobody)
    again = Records(back)
    try:
        assert contents(again) == before
        with again.write() as session:
            agree_later = make_person(session, Role.SME, organisation="丙厂")
            assert make_ticket(session, agree_later).ticket.ref == "T-000002"
            assert ledger.verify(session).broken_at is None
    finally:
        again.close()


def test_records_move_only_into_an_empty_database(records: Records, tmp_path: Path) -> None:
    solve(records)
    with sqlite_records(tmp_path / "other") as other:
        solve(other)
        before = contents(other)
        with pytest.raises(Conflict, match="空数据库"):
            backup.migrate(records, other.url.render_as_string(), progress=tell_nobody)
        assert contents(other) == before


def test_a_broken_ledger_does_not_move(records: Records, tmp_path: Path) -> None:
    solve(records)
    with records.write() as session:
        session.connection().exec_driver_sql("UPDATE ledger SET event = 'forged' WHERE seq = 3")
    with pytest.raises(Conflict, match="第 3 条"):
        backup.migrate(records, sqlite_url(tmp_path / "new.sqlite"), progress=tell_nobody)
    assert not (tmp_path / "new.sqlite").exists()


def test_a_migration_that_loses_a_row_is_refused(
    records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve(records)
    load = portable.load

    def lose(session: object, sources: dict[str, Iterator[bytes]]) -> None:
        lost = {"messages"}  # what nothing else points to
        load(session, {name: () if name in lost else lines for name, lines in sources.items()})  # type: ignore[arg-type]

    monkeypatch.setattr(portable, "load", lose)
    with pytest.raises(Invalid, match="核对不符"):
        backup.migrate(records, sqlite_url(tmp_path / "new.sqlite"), progress=tell_nobody)
    assert not (tmp_path / "new.sqlite").exists()


def test_the_catalogue_of_a_restored_directory_knows_its_new_place(
    records: Records, indexed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "restored"
    bring_back(make(records, indexed, tmp_path / "all.zip"), folder, sqlite_url(folder / "records.sqlite"))
    db = sqlite3.connect(folder / "index" / "catalogue.sqlite")
    paths = [Path(path.decode()) for (path,) in db.execute("SELECT path FROM files ORDER BY path")]
    db.close()
    assert {path.parent for path in paths} == {tmp_path / "own", folder / "solutions"}
    with records.read() as session:
        assert {path.stem for path in paths if path.parent.name == "solutions"} == solutions.found(session)


def test_what_the_settings_name_is_in_a_backup() -> None:
    settings = load(data=Path("data"))
    assert {settings.profile_file.name, settings.cases_folder.name, settings.shipped_folder.name} <= set(backup.KEPT)
    assert settings.index_folder.name == backup.INDEX
