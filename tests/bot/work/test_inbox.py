"""What comes in is kept once, or refused before anything is kept."""

from datetime import timedelta
from typing import Any

import pytest

from bot.db import Records
from bot.errors import Busy, Invalid, TooLong
from bot.models.work import Handling, Inbound
from bot.rules.turns import Spoken
from bot.work import inbox
from tests.bot.clinic import MONDAY
from tests.bot.services.test_tickets import at_once


def keep(records: Records, update_id: str, *, lane: str = "c_1", room: int = 100, **payload: Any) -> inbox.Received:
    return inbox.receive(records, channel="web", update_id=update_id, lane=lane, payload=payload, now=MONDAY, room=room)


def rows(records: Records) -> int:
    with records.read() as session:
        return session.query(Inbound).count()


def test_the_same_update_twice_is_one_row(records: Records) -> None:
    first = keep(records, "1", text="在吗")
    again = keep(records, "1", text="别的话")
    assert (first.is_new, again.is_new, again.id) == (True, False, first.id)
    assert rows(records) == 1


def test_the_same_update_from_many_at_once_is_one_row(records: Records) -> None:
    kept: list[inbox.Received] = []
    at_once(*[lambda: kept.append(keep(records, "1", text="在吗"))] * 12)
    assert len(kept) == 12
    assert sum(received.is_new for received in kept) == 1
    assert len({received.id for received in kept}) == 1
    assert rows(records) == 1


def test_another_channel_has_ids_of_its_own(records: Records) -> None:
    first = keep(records, "1")
    other = inbox.receive(records, channel="telegram", update_id="1", lane="c", payload={}, now=MONDAY, room=10)
    assert other.is_new
    assert other.id != first.id


def test_a_full_room_refuses_and_keeps_nothing_but_knows_what_it_kept(records: Records) -> None:
    for number in range(3):
        keep(records, str(number), lane=f"c_{number}", room=3)
    with pytest.raises(Busy):
        keep(records, "3", lane="c_3", room=3)
    assert rows(records) == 3
    assert not keep(records, "2", lane="c_2", room=3).is_new


def test_one_lane_does_not_fill_the_room(records: Records) -> None:
    for number in range(10):
        keep(records, str(number), room=40)
    with pytest.raises(Busy):
        keep(records, "10", room=40)
    assert keep(records, "11", lane="c_2", room=40).is_new


def test_what_is_done_makes_room(records: Records) -> None:
    kept = keep(records, "1", room=1)
    with records.write() as session:
        assert inbox.finish(session, MONDAY + timedelta(seconds=1), kept.id, Spoken("m_1", ("m_2",)))
    assert keep(records, "2", room=1).is_new
    with records.read() as session:
        assert inbox.outcome(session, kept.id) == inbox.Outcome(Handling.DONE, "m_1", ("m_2",))


def test_a_row_ends_once_and_its_words_are_not_kept_twice(records: Records) -> None:
    kept = keep(records, "1", text="我姓王")
    with records.write() as session:
        assert inbox.finish(session, MONDAY, kept.id, Spoken("m_1"))
        assert not inbox.finish(session, MONDAY, kept.id, Spoken("m_9"))
    with records.read() as session:
        row = session.get_one(Inbound, kept.id)
        assert (row.payload, row.result) == ({}, {"message": "m_1", "replies": []})


@pytest.mark.parametrize("update_id", ["", "x" * 201, "a\x00b", "a\nb"])
def test_an_id_that_cannot_be_kept_is_refused(tmp_path: Any, update_id: str) -> None:
    from tests.bot.records import sqlite_records

    with sqlite_records(tmp_path) as records, pytest.raises(Invalid):
        keep(records, update_id)


def test_a_huge_update_is_refused(records: Records) -> None:
    with pytest.raises(TooLong):
        keep(records, "1", text="大" * 100_000)
    assert rows(records) == 0
