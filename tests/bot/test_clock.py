"""The clock never goes back."""

from datetime import UTC, datetime, timedelta

from bot.clock import SLACK, SteadyClock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Machine:
    """A wall clock that may be set, and a monotonic one that may not."""

    def __init__(self) -> None:
        self.wall_at = NOON
        self.ticks_s = 100.0

    def wall(self) -> datetime:
        return self.wall_at

    def monotonic_s(self) -> float:
        return self.ticks_s

    def live(self, seconds: float) -> None:
        self.wall_at += timedelta(seconds=seconds)
        self.ticks_s += seconds


def test_it_follows_the_wall() -> None:
    machine = Machine()
    clock = SteadyClock(machine.wall, machine.monotonic_s)
    machine.live(60)
    assert clock() == NOON + timedelta(seconds=60)
    assert clock.behind == timedelta()


def test_set_back_an_hour_it_goes_on_at_the_same_pace_and_says_so() -> None:
    machine = Machine()
    clock = SteadyClock(machine.wall, machine.monotonic_s)
    before = clock()
    machine.wall_at -= timedelta(hours=1)
    for _ in range(600):
        machine.live(1)
        after = clock()
    assert after == before + timedelta(seconds=600)
    assert clock.behind > timedelta(minutes=59)


def test_once_the_wall_is_right_again_it_follows() -> None:
    machine = Machine()
    clock = SteadyClock(machine.wall, machine.monotonic_s)
    machine.wall_at -= timedelta(hours=1)
    clock()
    machine.live(1)
    machine.wall_at += timedelta(hours=2)
    assert clock() == machine.wall_at
    assert clock.behind <= SLACK


def test_set_forward_it_jumps() -> None:
    machine = Machine()
    clock = SteadyClock(machine.wall, machine.monotonic_s)
    machine.wall_at += timedelta(hours=1)
    assert clock() == NOON + timedelta(hours=1)
