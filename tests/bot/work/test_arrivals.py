"""Updates: kept once, handled in order, whatever is repeated, out of order, broken, or full."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db import Records
from bot.errors import Busy
from bot.models.channels import Address, Update
from bot.models.work import Handling
from tests.bot.chats import World
from tests.bot.records import sqlite_records


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Chats over SQLite."""
    with sqlite_records(tmp_path) as records:
        yield World(records)


def states(records: Records) -> list[Handling]:
    with records.read() as session:
        return list(session.scalars(select(Update.state).order_by(Update.id)))


def test_five_short_messages_are_one_turn(records: Records) -> None:
    world = World(records)
    for text in ("你好", "我们厂", "注塑机", "老缩水", "怎么办"):
        world.comes(world.raw(7, text=text))
        world.later(0.7)
    assert world.turns.kept == []
    world.later(1.0)
    assert [text for _, text, _ in world.turns.kept] == ["你好\n我们厂\n注塑机\n老缩水\n怎么办"]


def test_an_update_that_comes_again_is_handled_once(records: Records) -> None:
    world = World(records)
    update = world.raw(7, text="有课吗")
    assert world.comes(update, update) == 1
    world.later(2)
    assert world.comes(update) == 0
    world.later(2)
    assert len(world.turns.kept) == 1


def test_what_was_said_stands_in_no_update_once_it_is_handled(world: World) -> None:
    world.says(7, "我叫王强，13800138000")
    with world.records.read() as session:
        assert [row.payload for row in session.scalars(select(Update))] == [{}]


def test_out_of_order_deliveries_are_handled_in_order(world: World) -> None:
    updates = [world.raw(7, text=f"/ask 第{number}问") for number in range(6)]
    world.comes(*updates[3:])
    world.comes(*updates[:3])
    world.later(0)
    assert [text for _, text, _ in world.turns.kept] == [f"第{number}问" for number in range(6)]


def test_in_random_order_with_repeats_the_end_is_as_in_order(tmp_path: Path) -> None:
    def play(folder: str, seed: int | None) -> dict[str, list[str]]:
        (tmp_path / folder).mkdir()
        with sqlite_records(tmp_path / folder) as records:
            world = World(records)
            updates = [world.raw(number % 20, text=f"/ask 问{number}") for number in range(300)]
            if seed is not None:
                rng = random.Random(seed)
                updates = updates + rng.sample(updates, 60)
                rng.shuffle(updates)
            for start in range(0, len(updates), 100):
                world.comes(*updates[start : start + 100])
            world.later(0)
            with records.read() as session:
                chats = {address.conversation_id: address.chat for address in session.scalars(select(Address))}
            said: dict[str, list[str]] = {}
            for conversation, text, _ in world.turns.kept:
                said.setdefault(chats[conversation], []).append(text)
            return said

    in_order = play("ordered", None)
    assert sum(map(len, in_order.values())) == 300
    assert play("shuffled", 1) == in_order


def test_an_album_is_one_thing_however_its_parts_come(world: World) -> None:
    for number in range(3):
        world.comes(world.raw(7, media="photo", album="a", text="缩水的样子" if number == 0 else ""))
        world.later(0.5)
    world.later(2)
    assert [text for _, text, _ in world.turns.kept] == ["缩水的样子"]


def test_where_no_more_may_wait_an_update_waits_and_is_not_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    full = True
    put = world.turns.put

    def refuse(session: Session, conversation: str, text: str, **more: Any) -> bool:
        if full:
            raise Busy("voll")
        return put(session, conversation, text, **more)

    monkeypatch.setattr(world.turns, "put", refuse)
    world.says(7, "有课吗")
    assert states(world.records) == [Handling.WAITING]
    full = False
    world.later(1)
    assert [text for _, text, _ in world.turns.kept] == ["有课吗"]


def test_what_cannot_be_read_is_dead_and_holds_nobody_up(world: World) -> None:
    broken = world.raw(7)
    broken = type(broken)(broken.key, broken.chat, broken.number, {"broken": True})
    world.comes(broken)
    world.says(7, "有课吗")
    assert states(world.records) == [Handling.DEAD, Handling.DONE]
    assert len(world.turns.kept) == 1


def test_what_fails_again_and_again_is_dead_and_said_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.says(7, "/start")
    world.deliver()

    def fail(*given: Any, **more: Any) -> bool:
        raise RuntimeError("broken")

    monkeypatch.setattr(world.turns, "put", fail)
    world.says(7, "有课吗")
    assert states(world.records)[-1] is Handling.DEAD
    assert "没能处理" in world.sees(7)
