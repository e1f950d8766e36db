"""Whatever is altered, missing, reordered or added by hand in the ledger is found, on both databases."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.db import Records
from bot.rules.people import NOBODY, Caller
from bot.services import ledger
from bot.services.ledger import Verdict
from retrieval.protocols import Role

START = datetime(2026, 11, 23, 2, tzinfo=UTC)
COUNT = 7
STAFF = Caller(Role.STAFF, "p_clerk", "王")


def fill(session: Session, count: int = COUNT) -> None:
    for number in range(count):
        ledger.append(
            session,
            at=START + timedelta(seconds=number),
            event="ticket.note" if number % 2 else "ticket.claimed",
            subject=f"T-{number:06d}",
            caller=STAFF if number % 3 else NOBODY,
            data={"number": number, "words": "测试"} if number % 2 else None,
        )


def check(records: Records) -> Verdict:
    with records.read() as session:
        return ledger.verify(session)


def forge(records: Records, *statements: str) -> None:
    with records.write() as session:
        for statement in statements:
            session.execute(text(statement))


@pytest.fixture
def filled(records: Records) -> Records:
    with records.write() as session:
        fill(session)
    return records


def test_a_whole_ledger_is_whole(filled: Records) -> None:
    assert check(filled) == Verdict(COUNT)
    assert check(filled).as_json()["ok"] is True


@pytest.mark.parametrize(
    "change",
    [
        "event = 'ticket.closed'",
        "subject = 'T-999999'",
        "actor = 'somebody'",
        """data = '{"number": 8}'""",
        """data = '{"number": 3, "words": "测试", "more": null}'""",
        "at = '2026-11-23 02:00:03.000001'",
        "hash = 'ab'",
        f"hash = '{'0' * 64}'",
    ],
)
@pytest.mark.parametrize("seq", [1, 4, COUNT])
def test_an_altered_entry_is_found_where_it_stands(filled: Records, change: str, seq: int) -> None:
    forge(filled, f"UPDATE ledger SET {change.replace(':', chr(92) + ':')} WHERE seq = {seq}")
    verdict = check(filled)
    assert (verdict.broken_at, verdict.problem) == (seq, ledger.ALTERED)


@pytest.mark.parametrize("seq", [1, 4, COUNT])
def test_a_missing_entry_is_found(filled: Records, seq: int) -> None:
    forge(filled, f"DELETE FROM ledger WHERE seq = {seq}")
    assert check(filled).broken_at == seq
    assert "缺" in check(filled).problem


def test_an_emptied_ledger_is_found(filled: Records) -> None:
    forge(filled, "DELETE FROM ledger")
    assert check(filled).broken_at == 1


def test_a_gap_that_was_closed_up_is_found(filled: Records) -> None:
    forge(
        filled,
        "DELETE FROM ledger WHERE seq = 3",
        *(f"UPDATE ledger SET seq = {n - 1} WHERE seq = {n}" for n in range(4, 8)),
    )
    assert check(filled).broken_at == 3


def test_two_entries_that_changed_places_are_found(filled: Records) -> None:
    forge(
        filled,
        "UPDATE ledger SET seq = 100 WHERE seq = 2",
        "UPDATE ledger SET seq = 2 WHERE seq = 5",
        "UPDATE ledger SET seq = 5 WHERE seq = 100",
    )
    assert check(filled).broken_at == 2


@pytest.mark.parametrize("seq", [0, -3])
def test_an_entry_before_the_first_is_found(filled: Records, seq: int) -> None:
    forge(filled, f"INSERT INTO ledger SELECT {seq}, at, actor, event, subject, data, hash FROM ledger WHERE seq = 1")
    assert check(filled).broken_at == 1


@pytest.mark.parametrize("own", ["", "0" * 64])
def test_an_entry_added_without_its_hash_is_found(filled: Records, own: str) -> None:
    forge(
        filled,
        f"INSERT INTO ledger SELECT {COUNT + 1}, at, actor, event, subject, data, '{own}' FROM ledger WHERE seq = {COUNT}",
        f"UPDATE ledger_head SET seq = {COUNT + 1}, hash = '{own}'",
    )
    assert check(filled).broken_at == COUNT + 1


def test_an_entry_added_with_its_hash_but_not_registered_is_found(filled: Records) -> None:
    with filled.write() as session:
        head = session.execute(text("SELECT seq, hash FROM ledger_head")).one()
        fill(session, 1)
        session.execute(text("UPDATE ledger_head SET seq = :seq, hash = :hash"), {"seq": head.seq, "hash": head.hash})
    verdict = check(filled)
    assert (verdict.broken_at, verdict.problem) == (COUNT + 1, "末尾多出没有登记的记录")


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_head SET seq = 9", "DELETE FROM ledger_head", "UPDATE ledger_head SET hash = 'x'"]
)
def test_a_head_that_does_not_fit_is_found(filled: Records, statement: str) -> None:
    forge(filled, statement)
    assert check(filled).broken_at is not None


@pytest.mark.parametrize("change", ["data = 'no json'", "at = 'no moment'"])
def test_an_entry_that_cannot_be_read_any_more_is_found(filled: Records, change: str) -> None:
    if not filled.is_sqlite:
        pytest.skip("PostgreSQL does not take such a value")
    forge(filled, f"UPDATE ledger SET {change} WHERE seq = 5")
    assert check(filled).broken_at == 5


def test_the_chain_holds_over_the_edge_of_what_is_read_at_once(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "BATCH", 3)
    with records.write() as session:
        fill(session, 10)
    assert check(records) == Verdict(10)
    forge(records, "UPDATE ledger SET event = 'x' WHERE seq = 7")
    assert check(records).broken_at == 7


def test_writers_beside_each_other_continue_one_chain(records: Records) -> None:
    barrier = Barrier(4)

    def write() -> None:
        barrier.wait()
        for _ in range(5):
            with records.write() as session:
                fill(session, 2)

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert check(records) == Verdict(40)


def test_what_is_not_kept_leaves_no_gap(filled: Records) -> None:
    with pytest.raises(RuntimeError), filled.write() as session:
        fill(session, 2)
        raise RuntimeError
    with filled.write() as session:
        fill(session, 1)
    assert check(filled) == Verdict(COUNT + 1)


def test_a_person_stands_in_the_ledger_only_as_a_digest(filled: Records) -> None:
    with filled.read() as session:
        actors = {entry.actor for entry in ledger.entries(session)}
    assert actors == {ledger.SYSTEM, ledger.digest("p_clerk")}


FIELDS = st.fixed_dictionaries(
    {
        "seq": st.integers(1, 10**6),
        "at": st.datetimes(timezones=st.just(UTC)),
        "actor": st.text(max_size=8),
        "event": st.text(max_size=8),
        "subject": st.text(max_size=8),
        "data": st.dictionaries(
            st.text(max_size=4), st.none() | st.booleans() | st.integers() | st.text(max_size=4), max_size=3
        ),
    }
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(FIELDS, FIELDS)
def test_different_entries_have_different_hashes(one: dict[str, object], other: dict[str, object]) -> None:
    def own(fields: dict[str, object]) -> str:
        return ledger.hash_of(ledger.GENESIS, **fields)  # type: ignore[arg-type]

    same = repr(sorted(one.items())) == repr(sorted(other.items()))
    assert (own(one) == own(other)) == same
    assert ledger.hash_of("1" * 64, **one) != own(one)  # type: ignore[arg-type]
