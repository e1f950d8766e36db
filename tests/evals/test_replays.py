"""The comparison of updates in order with the same ones late and twice: it finds what is handled twice or out of order."""

import random
from dataclasses import replace
from pathlib import Path

from evals.soak import replays
from evals.soak.replays import House, State, differences


def left(folder: Path, windows: list[list[replays.Raw]]) -> State:
    """What these windows leave behind."""
    house = House(folder)
    try:
        for window in windows:
            house.take(window)
        return house.state()
    finally:
        house.records.close()


def test_a_house_that_minds_neither_order_nor_repeats_is_found(tmp_path: Path) -> None:
    made = replays.updates(random.Random(3), 40)
    expected = left(tmp_path / "expected", [made])
    shuffled = replays.troubled(random.Random(3), made)[0]
    assert len(shuffled) > len(made)
    assert differences(expected, left(tmp_path / "right", [shuffled])) == []
    by_arrival = [replace(update, number=place) for place, update in enumerate(shuffled)]
    assert differences(expected, left(tmp_path / "unordered", [by_arrival]))
    each_is_new = [replace(update, key=f"{place}") for place, update in enumerate(shuffled)]
    assert differences(expected, left(tmp_path / "twice", [each_is_new]))
