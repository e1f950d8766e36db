"""No window of time sees more than Telegram bears, and nobody waits for somebody else's limit."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from handlers.telegram_app import pacing
from handlers.telegram_app.pacing import Pace


@dataclass
class Watch:
    at_s: float = 100.0

    def __call__(self) -> float:
        return self.at_s


def most_within(times: Iterable[float], within_s: float) -> int:
    ordered = sorted(times)
    return max(sum(begin <= at < begin + within_s - 1e-9 for at in ordered) for begin in ordered)


def test_no_second_and_no_minute_sees_too_much() -> None:
    rng, watch = random.Random(1), Watch()
    pace = Pace(now_s=watch)
    lanes = [f"{number}" for number in range(40)] + [f"-{number}:{topic}" for number in (1, 2) for topic in (3, 4)]
    went: list[tuple[float, str]] = []
    while watch.at_s < 260:
        lane = rng.choice(lanes)
        if pace.turn_s(lane) == 0:
            went.append((watch.at_s, lane.partition(":")[0]))
        watch.at_s += rng.choice((0.0, 0.001, 0.02))
    assert most_within((at for at, _ in went), 1.0) == 25
    for chat in {chat for _, chat in went}:
        times = [at for at, each in went if each == chat]
        assert most_within(times, 1.0) == 1
        if chat.startswith("-"):
            assert most_within(times, 60.0) == 18


def test_the_wait_it_names_is_enough_and_not_too_long() -> None:
    rng, watch = random.Random(2), Watch()
    pace = Pace(now_s=watch)
    for _ in range(500):
        lane = rng.choice(("1", "2", "-3"))
        wait_s = pace.turn_s(lane)
        if wait_s:
            watch.at_s += wait_s - 0.001
            assert pace.turn_s(lane) > 0
            watch.at_s += 0.002
            assert pace.turn_s(lane) == 0


def test_all_rest_once_all_have_had_enough() -> None:
    watch = Watch()
    pace = Pace(now_s=watch)
    assert pace.rest_s() == 0
    for number in range(5):
        assert pace.turn_s(str(number)) == 0
        watch.at_s += 0.01
    assert pace.rest_s() == pytest.approx(0.15)
    assert pace.turn_s("99") == pytest.approx(0.15)


def test_a_parked_chat_waits_with_all_its_topics_and_alone() -> None:
    watch = Watch()
    pace = Pace(now_s=watch)
    pace.park("-5:7", 30)
    pace.park("-5", 3)
    assert pace.turn_s("-5:8") == 30
    assert pace.turn_s("6") == 0
    watch.at_s += 30
    assert pace.turn_s("-5:8") == 0


def test_an_album_counts_as_its_pictures() -> None:
    watch = Watch()
    pace = Pace(now_s=watch)
    assert pace.turn_s("-5") == 0
    pace.spend("-5", 17)
    watch.at_s += 59
    assert pace.turn_s("-5") == pytest.approx(1)


def test_chats_that_have_long_been_quiet_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "SWEPT_AT", 10)
    watch = Watch()
    pace = Pace(now_s=watch)
    for number in range(100):
        pace.turn_s(str(number))
        pace.park(str(number), 1)
        watch.at_s += 10
    assert len(pace._chats) <= 10
    assert pace.turn_s("99") == 0


def test_what_was_held_up_on_its_way_does_not_go_in_a_bunch() -> None:
    watch, went = Watch(), list[float]()
    pace = Pace(now_s=watch)
    for number in range(300):
        waiting: list[str] = []
        while len(waiting) < 1 + 30 * (number % 10 == 0):  # the disk lets go of thirty at once
            if (wait_s := pace.turn_s(lane := f"{len(went)}-{len(waiting)}")) == 0:
                waiting.append(lane)
            watch.at_s += wait_s
        went += [watch.at_s + pace.depart_s(lane) for lane in waiting]
    assert most_within(went, 1.0) == 25


def test_what_comes_after_in_a_chat_counts_from_when_the_first_really_went() -> None:
    watch = Watch()
    pace = Pace(now_s=watch)
    assert pace.turn_s("1") == 0
    watch.at_s += 0.7
    assert pace.depart_s("1") == 0
    assert pace.turn_s("1") == pytest.approx(1.0)
