"""Everything that runs by itself starts, goes on after a kill, and stops in time; and says how it is."""

import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SteadyClock
from bot.db import DiskFull, Records
from bot.models.work import Handling, Inbound, Job, Outbound
from bot.rules.outbox import Delivery
from bot.rules.people import NOBODY
from bot.services import conversations, ledger, outbox
from bot.work.condition import Storing
from bot.work.engine import Engine
from bot.work.hub import Hub
from bot.work.jobs import Jobs
from bot.work.lanes import Lanes
from bot.work.leases import leases
from bot.work.outbox import Outbox
from bot.work.timers import Timers
from tests.bot.clinic import HOURS, MONDAY
from tests.bot.records import sqlite_records
from tests.bot.work.talk import EchoTalk


class House:
    """An engine and its parts."""

    def __init__(self, records: Records, talk: EchoTalk | None = None, wall: list[datetime] | None = None) -> None:
        self.records = records
        self.wall = wall or [MONDAY]
        hub = Hub()
        records.on_commit = hub.tell
        clock = SteadyClock(lambda: self.wall[0], lambda: 0.0)
        held = leases(records, clock)
        self.jobs_done: list[str] = []
        self.lanes = Lanes(records, talk or EchoTalk(), clock, HOURS, hub, held=held)
        self.engine = Engine(
            records,
            clock,
            lanes=self.lanes,
            outbox=Outbox(records, {}, clock, hub, held=held),
            timers=Timers(records, clock, HOURS, held),
            jobs=Jobs(records, clock, {"index": self.jobs_done.append}),
        )

    def begin(self) -> str:
        with self.records.write() as session:
            return conversations.begin(session, MONDAY, channel="web", caller=NOBODY).id


def test_it_goes_on_where_a_killed_process_stopped(records: Records) -> None:
    killed = House(records)
    posted = killed.lanes.post(killed.begin(), "在吗")
    with records.write() as session:
        number = outbox.queue(session, MONDAY, channel="test", lane="a", payload={})
        outbox.move(session, number, Delivery.QUEUED, Delivery.SENDING)
        session.add(Job(kind="index", subject="s_1", created_at=MONDAY))
    house = House(records)
    house.engine.start()
    try:
        assert house.lanes.result(posted.id, 10) is not None
        for _ in range(200):
            if house.jobs_done:
                break
            threading.Event().wait(0.05)
        assert house.jobs_done == ["s_1"]
    finally:
        assert house.engine.stop()
    with records.read() as session:
        assert session.get_one(Outbound, number).state is Delivery.UNKNOWN


def test_stopping_finishes_the_turn_under_way_and_leaves_the_rest(records: Records) -> None:
    begun, gate = threading.Event(), threading.Event()

    def hold(turn: Any) -> None:
        begun.set()
        gate.wait(10)

    house = House(records, EchoTalk(before_deciding=hold))
    conversation = house.begin()
    house.engine.start()
    first = house.lanes.post(conversation, "第一句")
    begun.wait(10)
    second = house.lanes.post(conversation, "第二句")
    stopping = threading.Thread(target=house.engine.stop)
    stopping.start()
    gate.set()
    assert house.lanes.result(second.id, 60) is None  # told at once that nobody will do it here
    stopping.join(10)
    with records.read() as session:
        assert session.get_one(Inbound, first.id).state is Handling.DONE
        assert session.get_one(Inbound, second.id).state is Handling.WAITING


def test_stopping_what_never_started_is_nothing(records: Records) -> None:
    assert House(records).engine.stop()


def test_it_says_that_messages_are_stored(records: Records) -> None:
    assert House(records).engine.storing() is Storing.READY


def test_it_says_that_the_disk_is_full(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise DiskFull("磁盘空间不足")

    monkeypatch.setattr(records, "write", full)
    assert House(records).engine.storing() is Storing.DISK_FULL


def test_while_the_records_are_away_it_waits_and_then_begins(
    records: Records, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(records)
    posted = house.lanes.post(house.begin(), "在吗")
    real, tried = records.write, threading.Event()

    def full() -> None:
        tried.set()
        raise DiskFull("磁盘空间不足")

    with caplog.at_level(logging.CRITICAL), monkeypatch.context() as patch:
        patch.setattr(records, "write", full)
        house.engine.start()
        tried.wait(10)
        assert house.lanes.result(posted.id, 0) is None
        patch.setattr(records, "write", real)
        try:
            assert house.lanes.result(posted.id, 20) is not None
        finally:
            assert house.engine.stop()


def test_it_counts_what_waits_and_what_is_dead(records: Records) -> None:
    house = House(records)
    house.lanes.post(house.begin(), "在吗")
    house.lanes.post("c_gone", "在吗")
    with records.write() as session:
        session.add(Job(kind="x", subject="", state=Handling.DEAD, created_at=MONDAY))
        number = outbox.queue(session, MONDAY, channel="test", lane="a", payload={})
        outbox.move(session, number, Delivery.QUEUED, Delivery.SENDING)
        outbox.move(session, number, Delivery.SENDING, Delivery.UNKNOWN)
    house.lanes.run_waiting()
    found = house.engine.condition()
    assert (found.waiting, found.dead_messages, found.dead_jobs, found.unknown_deliveries) == (0, 1, 1, 1)


def test_a_clock_that_is_set_back_an_hour_is_said_and_deadlines_go_on(records: Records) -> None:
    house = House(records)
    house.wall[0] = MONDAY - timedelta(hours=1)
    assert house.engine.set_back_s == 3600
    house.wall[0] = MONDAY
    assert house.engine.set_back_s == 0


def test_records_of_the_future_are_said(records: Records) -> None:
    with records.write() as session:
        ledger.append(session, at=datetime(2027, 1, 1, tzinfo=UTC), event="x.y", subject="x")
    assert House(records).engine.condition().ahead_s > 0


def test_on_a_full_disk_a_message_is_refused_whole_and_kept_again_once_there_is_room(tmp_path: Path) -> None:
    with sqlite_records(tmp_path) as records:
        house = House(records)
        conversation = house.begin()

        def limit(pages: int) -> None:
            with records.engine.connect() as connection:
                connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        limit(1)  # as many as there are
        with pytest.raises(DiskFull, match="磁盘空间不足"):
            for number in range(100):
                house.lanes.post(conversation, "大" * 15_000, client_id=str(number))
                house.lanes.run_waiting()
        limit(1_000_000)
        kept = house.lanes.post(conversation, "在吗", client_id="last")
        house.lanes.run_waiting()
        assert house.lanes.result(kept.id, 0) is not None
        assert house.engine.storing() is Storing.READY
