"""Empty to head equals the models; every step from the one before; a copy first; what a newer program made is not touched."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.db import Records, sqlite_url
from bot.errors import Unavailable
from bot.models import Base
from bot.services import archive, ledger, portable, schema
from tests.bot.records import postgres_records, sqlite_records
from tests.bot.services.test_solutions import solve

STEP = '''"""Add a colour to people."""

import sqlalchemy as sa
from alembic import op

revision = "ffff00000001"
down_revision = "{head}"


def upgrade() -> None:
    with op.batch_alter_table("people") as people:
        people.add_column(sa.Column("colour", sa.String(), nullable=True))
    {then}
'''
NEXT = "ffff00000001"
FOLDERS = schema.FOLDERS


@pytest.fixture(params=["sqlite", "postgres"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    """A database in which nothing is yet."""
    if request.param == "sqlite":
        records = Records(sqlite_url(tmp_path / "records.sqlite"))
        yield records
        records.close()
    else:
        with postgres_records(request.getfixturevalue("postgres"), upgraded=False) as records:
            yield records


@pytest.fixture
def next_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.MonkeyPatch]:
    """Makes this the program of tomorrow, which has one revision more; undoing the patch makes it today's again."""
    plain = schema.config

    def become(then: str = "pass") -> pytest.MonkeyPatch:
        folder = tmp_path / "versions"
        folder.mkdir(exist_ok=True)
        (folder / "step.py").write_text(STEP.format(head=schema.head(), then=then), encoding="utf-8")

        def config() -> Config:
            settings = plain()
            settings.set_main_option("version_locations", os.pathsep.join(map(str, (*FOLDERS, folder))))
            return settings

        monkeypatch.setattr(schema, "config", config)
        monkeypatch.setattr(schema, "FOLDERS", (*FOLDERS, folder))
        return monkeypatch

    return become


def revisions() -> list[str]:
    """From the first to the newest."""
    script = ScriptDirectory.from_config(schema.config())
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


def differences(records: Records) -> list[Any]:
    with records.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def contents(records: Records) -> dict[str, portable.Content]:
    with records.read() as session:
        return portable.content(session)


def test_from_nothing_to_the_newest_equals_the_models(bare: Records) -> None:
    assert schema.current(bare) is None
    schema.upgrade(bare)
    assert schema.current(bare) == schema.head()
    assert differences(bare) == []
    with bare.read() as session:
        assert ledger.verify(session) == ledger.Verdict(0)


def test_every_revision_follows_from_the_one_before(bare: Records) -> None:
    for revision in revisions():
        schema.upgrade(bare, to=revision)
        assert schema.current(bare) == revision
    assert schema.current(bare) == schema.head()
    assert differences(bare) == []


def test_revisions_stand_in_one_line() -> None:
    script = ScriptDirectory.from_config(schema.config())
    assert script.get_heads() == [schema.head()]
    assert script.get_bases() == [revisions()[0]]
    assert schema.revisions() == {step.revision: step.down_revision for step in script.walk_revisions()}


def test_an_upgrade_keeps_what_is_there_and_copies_it_first(
    records: Records, tmp_path: Path, next_program: Callable[..., object]
) -> None:
    solve(records)
    before, today = contents(records), schema.head()
    next_program()
    made = schema.upgrade(records, backups=tmp_path / "backups")
    after = contents(records)
    assert schema.current(records) == NEXT
    assert [after[name] for name in after if name != "people"] == [before[name] for name in before if name != "people"]
    assert after["people"].rows == before["people"].rows
    assert made is not None and today in made.name and made.stat().st_mode & 0o777 == 0o600
    if records.is_sqlite:
        copy = Records(sqlite_url(made))
        assert (contents(copy), schema.current(copy)) == (before, today)
        copy.close()
    else:
        with archive.reading(made) as read:
            read.check()
            assert (read.manifest.content, read.manifest.revision) == (before, today)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [made.name]


def test_an_upgrade_that_fails_changes_nothing_and_keeps_the_copy(
    records: Records, tmp_path: Path, next_program: Callable[..., object]
) -> None:
    solve(records)
    before, today = contents(records), schema.head()
    next_program(then='raise RuntimeError("half way")')
    for _ in range(2):
        with pytest.raises(RuntimeError, match="half way"):
            schema.upgrade(records, backups=tmp_path / "backups")
    assert (contents(records), schema.current(records)) == (before, today)
    assert len(list((tmp_path / "backups").iterdir())) == 2


def test_an_upgrade_without_a_copy_does_not_begin(
    records: Records, tmp_path: Path, next_program: Callable[..., object]
) -> None:
    solve(records)
    today = schema.head()
    next_program()
    (tmp_path / "backups").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(Unavailable, match="没有升级"):
        schema.upgrade(records, backups=tmp_path / "backups")
    assert schema.current(records) == today


def test_a_copy_that_is_not_the_same_stops_the_upgrade(
    tmp_path: Path, next_program: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy_nothing(source: Path, target: Path) -> None:
        other = Records(sqlite_url(target))
        schema.upgrade(other)
        other.close()

    with sqlite_records(tmp_path) as records:
        solve(records)
        today = schema.head()
        next_program()
        monkeypatch.setattr(schema, "copy_database", copy_nothing)
        with pytest.raises(Unavailable, match="没有升级"):
            schema.upgrade(records, backups=tmp_path / "backups")
        assert schema.current(records) == today
        assert list((tmp_path / "backups").glob("*.sqlite")) == []


def test_empty_records_are_upgraded_without_a_copy(
    records: Records, tmp_path: Path, next_program: Callable[..., object]
) -> None:
    next_program()
    assert schema.upgrade(records, backups=tmp_path / "backups") is None
    assert schema.current(records) == NEXT
    assert not (tmp_path / "backups").exists()


def test_records_that_are_up_to_date_are_left_alone(records: Records, tmp_path: Path) -> None:
    solve(records)
    before = contents(records)
    assert schema.upgrade(records, backups=tmp_path / "backups") is None
    assert contents(records) == before
    assert not (tmp_path / "backups").exists()


def test_alembic_is_loaded_only_where_there_is_something_to_do(tmp_path: Path) -> None:
    start = (
        "import sys; from bot.db import Records, sqlite_url; from bot.services import schema; from pathlib import Path; "
        f"schema.upgrade(Records(sqlite_url(Path({str(tmp_path / 'records.sqlite')!r})))); print('alembic' in sys.modules)"
    )
    told = [subprocess.run([sys.executable, "-c", start], check=True, capture_output=True, text=True) for _ in range(2)]
    assert [one.stdout for one in told] == ["True\n", "False\n"]


def test_records_of_a_newer_program_are_refused_in_one_sentence(
    records: Records, tmp_path: Path, next_program: Callable[..., pytest.MonkeyPatch]
) -> None:
    solve(records)
    patch = next_program()
    schema.upgrade(records)
    before = contents(records)
    patch.undo()
    with pytest.raises(Unavailable, match="更新版本的程序") as refusal:
        schema.upgrade(records, backups=tmp_path / "backups")
    assert "\n" not in str(refusal.value) and str(refusal.value).count("。") == 1
    assert contents(records) == before
