"""What was kept is counted once, by codes of the house alone."""

import pytest

from bot.clinic import tickets
from bot.db import Records
from bot.dialogue.decision import Decision, Open, Relay, Say
from bot.dialogue.dialogue import ending
from bot.dialogue.memory import Draft, Memory
from bot.errors import BotError
from bot.rules.conversations import ReplyKind
from bot.rules.turns import Reply
from bot.services import ledger
from bot.work.tally import Tally
from tests.bot.clinic import MONDAY
from tests.handlers.web.house import LINES
from tests.handlers.web.world import World, open_world

ANSWER = Reply("答", ReplyKind.ANSWER, answer=LINES["培育期"].as_json())
NOTICE = Reply("好", ReplyKind.NOTICE)


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ((Say(ANSWER),), "answered:policy"),
        ((Say(NOTICE), Say(ANSWER)), "answered:policy"),
        ((Open(Draft(()), "题", "文", {}), Say(NOTICE)), "open"),
        ((Relay(),), "relay"),
        ((Say(NOTICE),), "notice"),
        ((), "silent"),
    ],
)
def test_a_turn_ends_in_one_way(actions: tuple[object, ...], words: str) -> None:
    assert ending(Decision("说", Memory(), actions)) == words  # type: ignore[arg-type]


def test_what_is_thrown_away_is_not_counted(records: Records) -> None:
    tally = Tally()
    records.on_commit = tally.count
    with pytest.raises(BotError), records.write() as session:
        ledger.append(session, at=MONDAY, event="ticket.claimed", subject="T-1")
        raise BotError
    assert tally.moves() == {}
    with records.write() as session:
        for subject in ("T-1", "T-2"):
            ledger.append(session, at=MONDAY, event="ticket.claimed", subject=subject)
        ledger.append(session, at=MONDAY, event="ticket.read", subject="T-1")
        ledger.append(session, at=MONDAY, event="ticket.名字", subject="T-1")
    assert tally.moves() == {("ticket", "claimed"): 2}


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    with open_world(tmp_path_factory.mktemp("tally")) as made:
        yield made


def figure(world: World, name: str) -> float:
    lines = world.client.get("/metrics").text.splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)


def test_turns_answers_and_moves_stand_in_the_figures(world: World) -> None:
    answers = 'wenzhen_answers_total{intent="policy",outcome="answered"}'
    turns = 'wenzhen_turns_total{outcome="answered"}'
    talk = world.talk("A")
    body = {"text": "培育期多久", "client_id": "x"}
    for _ in range(3):  # the same message
        world.post(f"/conversations/{talk}/messages", world.firm["A"], body)
    assert (figure(world, answers), figure(world, turns)) == (1, 1)
    world.post("/ask", body={"text": "培育期多久"})
    assert (figure(world, answers), figure(world, turns)) == (2, 1)
    ref = world.ticket("A", "claimed")
    with pytest.raises(BotError):
        tickets.claim(world.clinic, world.engineer["B"].caller, ref)
    assert figure(world, 'wenzhen_moves_total{machine="ticket",to="claimed"}') == 1
    assert figure(world, 'wenzhen_moves_total{machine="demand",to="matched"}') == 1


def test_labels_hold_no_word_of_anyone(world: World) -> None:
    world.post(f"/conversations/{world.talk('A')}/messages", world.firm["A"], {"text": "只有我知道的事"})
    world.post(f"/conversations/{world.talk('A')}/messages", world.firm["A"], {"text": "#unknown:x"})
    figures = world.client.get("/metrics").text
    assert "只有我" not in figures and "A厂" not in figures and world.firm["A"].caller.person not in figures
    assert figures.isascii()


def test_depths_stand_in_the_figures_and_are_left_out_while_the_records_are_away() -> None:
    from fastapi.testclient import TestClient

    from bot.errors import Unavailable
    from handlers.web.app import create_app
    from tests.handlers.web.house import build

    house = build()
    with TestClient(create_app(house.services)) as client:
        figures = client.get("/metrics").text
        for line in (
            'wenzhen_outbox{state="queued"} 4.0',
            'wenzhen_tickets{state="offered"} 5.0',
            "wenzhen_messages_waiting 3.0",
            "wenzhen_turns_under_way 2.0",
            "wenzhen_streams_open 0.0",
        ):
            assert line in figures
        house.services.engine.failure = Unavailable("away")  # type: ignore[attr-defined]
        figures = client.get("/metrics").text
        assert "wenzhen_outbox{" not in figures and "wenzhen_turns_under_way 2.0" in figures
