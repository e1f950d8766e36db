"""Files from a far chat are fetched by a job: tried again, refused in words, forgotten with their author."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db import Records, sqlite_url
from bot.errors import Invalid, Unavailable
from bot.models.conversations import Message
from bot.models.files import File, FileState
from bot.models.work import Job
from bot.rules.arrivals import Media, MediaKind
from bot.rules.conversations import Sender
from bot.services import conversations, files
from bot.services.files import FETCH
from bot.work.backup import backup, restore
from bot.work.files import PATIENCE, PAUSE, Fetching, Files
from bot.work.jobs import Jobs
from retrieval.protocols import Role
from tests.bot.clinic import MONDAY, make_person, make_ticket
from tests.bot.pictures import PDF
from tests.bot.records import sqlite_records


class World:
    """A case whose firm has sent a document from its chat; time passes as the test wants."""

    def __init__(self, records: Records, folder: Path, fetch: Callable[[str, int], bytes]) -> None:
        self.records = records
        self.now = MONDAY
        self.kept = Files(records, folder / "files")
        self.jobs = Jobs(
            records, lambda: self.now, {FETCH: Fetching(records, lambda: self.now, self.kept, fetch).bring}
        )
        with records.write() as session:
            firm = make_person(session, Role.SME, "王强", organisation="甲厂")
            self.talk = make_ticket(session, firm).conversation.id
            message = conversations.add_message(
                session, MONDAY, self.talk, sender=Sender.SME, text="［文件 1 个］", person=firm.person
            )
            media = Media(MediaKind.DOCUMENT, "far-1", "../\x00报\u202e价.pdf")
            files.await_far(
                session,
                MONDAY,
                self.talk,
                [media],
                key="k",
                sender=Sender.SME,
                person=firm.person,
                message=message.id,
            )

    def file(self) -> File:
        with self.records.read() as session:
            found = session.scalars(select(File)).one()
            session.expunge(found)
            return found

    def told(self) -> list[str]:
        with self.records.read() as session:
            return list(session.scalars(select(Message.text).where(Message.sender == Sender.SYSTEM)))


def test_a_file_that_cannot_be_had_now_is_tried_again_until_it_is_there(records: Records, tmp_path: Path) -> None:
    answers: list[bytes | Exception] = [Unavailable("away"), Unavailable("away"), PDF]

    def fetch(far_id: str, most: int) -> bytes:
        assert far_id == "far-1" and most > len(PDF)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    world = World(records, tmp_path, fetch)
    for left in (2, 1, 0):
        world.jobs.run_due()
        assert len(answers) == left
        world.now += PAUSE
    file = world.file()
    assert (file.state, file.media_type, file.name) == (FileState.KEPT, "application/pdf", "报价.pdf")
    assert file.sha256 is not None and world.kept.read(file.sha256) == PDF
    world.jobs.run_due()
    assert answers == []


def test_after_an_hour_its_sender_is_told(records: Records, tmp_path: Path) -> None:
    def fetch(far_id: str, most: int) -> bytes:
        raise Unavailable("away")

    world = World(records, tmp_path, fetch)
    world.jobs.run_due()
    world.now += PATIENCE + timedelta(seconds=1)
    world.jobs.run_due()
    assert world.file().state is FileState.REFUSED
    assert any("报价.pdf" in words and "再发一次" in words for words in world.told())


def test_a_kill_between_fetching_and_keeping_fetches_it_once_more(records: Records, tmp_path: Path) -> None:
    fetched = []

    class Killed(BaseException):
        """The process ends here."""

    def fetch(far_id: str, most: int) -> bytes:
        fetched.append(far_id)
        if len(fetched) == 1:
            raise Killed
        return PDF

    world = World(records, tmp_path, fetch)
    with pytest.raises(Killed):
        world.jobs.run_due()
    world.now += timedelta(minutes=11)  # where another process may still be at it
    world.jobs.run_due()
    assert world.file().state is FileState.KEPT and len(fetched) == 2


def test_what_is_refused_is_said_once(records: Records, tmp_path: Path) -> None:
    def fetch(far_id: str, most: int) -> bytes:
        raise Invalid("太大了。")

    world = World(records, tmp_path, fetch)
    world.jobs.run_due()
    with records.write() as session:
        session.add(Job(kind=FETCH, subject=world.file().id, created_at=MONDAY))
    world.jobs.run_due()
    assert [words for words in world.told() if "太大了" in words] == ["“报价.pdf”没有收下：太大了。"]


def test_bytes_that_no_file_has_are_swept_and_others_stay(records: Records, tmp_path: Path) -> None:
    world = World(records, tmp_path, lambda far_id, most: PDF)
    world.jobs.run_due()
    used, unused = str(world.file().sha256), world.kept.put(b"nobody has me")
    for sha256 in (used, unused):
        world.kept.sweep(sha256)
    assert world.kept.path(used).exists() and not world.kept.path(unused).exists()


def test_a_backup_brings_the_bytes_back(tmp_path: Path) -> None:
    with sqlite_records(tmp_path) as records:
        world = World(records, tmp_path, lambda far_id, most: PDF)
        world.jobs.run_due()
        sha256 = str(world.file().sha256)
        backup(records, tmp_path, tmp_path / "backup.zip", now=MONDAY, progress=lambda what, done, total: None)
    empty = tmp_path / "empty"
    empty.mkdir()
    restore(
        tmp_path / "backup.zip",
        empty,
        sqlite_url(empty / "records.sqlite"),
        progress=lambda what, done, total: None,
    )
    again = Records(sqlite_url(empty / "records.sqlite"))
    try:
        assert Files(again, empty / "files").read(sha256) == PDF
        with again.read() as session:
            assert session.scalars(select(File.sha256)).one() == sha256
    finally:
        again.close()
