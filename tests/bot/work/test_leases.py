"""Leases in the table, when a clock is set back."""

from datetime import timedelta

from bot.work.leases import LEASE, TableLeases
from tests.bot.records import postgres_records
from tests.bot.work.now import Now


def test_a_clock_set_back_does_not_keep_a_dead_processs_lanes(postgres: str) -> None:
    with postgres_records(postgres) as records:
        now = Now()
        dead, next_one = TableLeases(records, now), TableLeases(records, now)
        assert dead.take("c_1") and dead.take("c_2")
        assert not next_one.take("c_1")
        with records.read() as session:
            assert next_one.elsewhere(session) == {"c_1", "c_2"}
        now.at -= timedelta(hours=1)
        with records.read() as session:
            assert next_one.elsewhere(session) == frozenset()
        assert next_one.take("c_1")


def test_clocks_that_differ_by_less_than_a_lease_keep_them(postgres: str) -> None:
    with postgres_records(postgres) as records:
        early, late = Now(), Now()
        late.at += LEASE * 0.9
        assert TableLeases(records, late).take("c_1")
        assert not TableLeases(records, early).take("c_1")
