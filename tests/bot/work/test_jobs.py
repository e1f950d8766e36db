"""Jobs are done at least once each, in order, and the hopeless ones are shown. On both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.db import Records
from bot.models.work import Handling, Job
from bot.work.jobs import ATTEMPTS, HELD, Jobs
from tests.bot.clinic import MONDAY
from tests.bot.work.now import Now


def order(records: Records, *subjects: str, kind: str = "index") -> None:
    with records.write() as session:
        session.add_all(Job(kind=kind, subject=subject, created_at=MONDAY) for subject in subjects)


def states(records: Records) -> list[tuple[str, int]]:
    with records.read() as session:
        rows = session.execute(select(Job.state, Job.attempts).order_by(Job.id))
        return [(row.state.value, row.attempts) for row in rows]


def test_jobs_are_done_in_order_and_once(records: Records) -> None:
    done: list[str] = []
    jobs = Jobs(records, Now(), {"index": done.append})
    order(records, "s_1", "s_2")
    assert jobs.run_due() == 2
    assert jobs.run_due() == 0
    assert done == ["s_1", "s_2"]
    assert states(records) == [("done", 1)] * 2


def test_a_job_that_fails_is_tried_again_later_and_the_others_go_on(records: Records) -> None:
    now, done = Now(), list[str]()
    trouble = [OSError("disk")]

    def index(subject: str) -> None:
        if subject == "s_1" and trouble:
            raise trouble.pop()
        done.append(subject)

    jobs = Jobs(records, now, {"index": index})
    order(records, "s_1", "s_2")
    jobs.run_due()
    assert done == ["s_2"]
    now.at += timedelta(seconds=1)
    jobs.run_due()
    assert done == ["s_2", "s_1"]


def test_a_hopeless_job_is_dead_and_says_why(records: Records) -> None:
    now = Now()

    def index(subject: str) -> None:
        raise OSError(subject)

    jobs = Jobs(records, now, {"index": index})
    order(records, "s_1")
    for _ in range(ATTEMPTS + 1):
        jobs.run_due()
        now.at += timedelta(hours=1)
    assert states(records) == [("dead", ATTEMPTS)]
    with records.read() as session:
        assert session.scalars(select(Job.problem)).one() == "OSError"


def test_what_a_killed_process_had_begun_is_begun_again(records: Records) -> None:
    now, done = Now(), list[str]()
    order(records, "s_1")

    class Killed(BaseException):
        pass

    def die(subject: str) -> None:
        raise Killed(subject)

    with pytest.raises(Killed):
        Jobs(records, now, {"index": die}).run_due()
    jobs = Jobs(records, now, {"index": done.append})
    jobs.recover()
    if not records.is_sqlite:  # the other process may live: its time must run out
        assert jobs.run_due() == 0
        now.at += HELD
    assert jobs.run_due() == 1
    assert done == ["s_1"]
    assert states(records) == [("done", 2)]


def test_a_kind_that_nobody_handles_is_left_alone(records: Records) -> None:
    jobs = Jobs(records, Now(), {"index": lambda subject: None})
    order(records, "x", kind="other")
    assert jobs.run_due() == 0
    assert states(records) == [(Handling.WAITING.value, 0)]
