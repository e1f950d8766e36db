"""Messages are handled in order, once, whatever breaks on the way. On both databases."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.db import Records
from bot.errors import Busy, Unavailable
from bot.models.conversations import Conversation, Message
from bot.models.tickets import Ticket
from bot.models.work import Handling, Inbound
from bot.rules.conversations import Owner, Sender
from bot.rules.people import NOBODY, Caller
from bot.rules.turns import Turn
from bot.services import conversations, tickets
from bot.work.hub import Hub
from bot.work.lanes import ATTEMPTS, STARTS, Lanes, Talks
from bot.work.leases import TableLeases
from retrieval.protocols import Role
from tests.bot.clinic import HOURS, MONDAY, make_person, make_ticket, moment
from tests.bot.work.now import Now
from tests.bot.work.talk import EchoTalk


def lanes_of(records: Records, talk: Talks, now: Now | None = None, **more: object) -> Lanes:
    hub = Hub()
    records.on_commit = hub.tell
    return Lanes(records, talk, now or Now(), HOURS, hub, telephone="0731-1", **more)  # type: ignore[arg-type]


def begin(records: Records, caller: Caller = NOBODY) -> str:
    with records.write() as session:
        return conversations.begin(session, MONDAY, channel="web", caller=caller).id


def said(records: Records, conversation: str) -> list[tuple[str, str]]:
    with records.read() as session:
        return [(message.sender.value, message.text) for message in conversations.history(session, conversation)]


def running(lanes: Lanes, work: Callable[[], None]) -> None:
    lanes.start()
    try:
        work()
    finally:
        assert lanes.stop(10)


def test_a_message_is_answered_and_the_waiting_door_told(records: Records) -> None:
    lanes = lanes_of(records, EchoTalk())
    conversation = begin(records)

    def work() -> None:
        posted = lanes.post(conversation, "在吗", client_id="1")
        outcome = lanes.result(posted.id, 10)
        assert outcome is not None
        assert (outcome.state, len(outcome.replies)) == (Handling.DONE, 1)
        assert asyncio.run(lanes.answered(posted.id, 10)) == outcome

    running(lanes, work)
    assert said(records, conversation) == [("sme", "在吗"), ("bot", "您说：在吗")]


def test_a_message_posted_five_times_is_one_turn(records: Records) -> None:
    lanes = lanes_of(records, EchoTalk())
    conversation = begin(records)
    posted = {lanes.post(conversation, "在吗", client_id="1").id for _ in range(5)}
    assert len(posted) == 1
    assert lanes.run_waiting() == 1
    assert lanes.post(conversation, "在吗", client_id="1").id in posted
    assert lanes.run_waiting() == 0
    assert len(said(records, conversation)) == 2


def test_the_same_client_id_elsewhere_is_another_message(records: Records) -> None:
    lanes = lanes_of(records, EchoTalk())
    first, second = begin(records), begin(records)
    assert lanes.post(first, "在吗", client_id="1").id != lanes.post(second, "在吗", client_id="1").id


def test_one_conversation_keeps_its_order_while_others_go_on(records: Records) -> None:
    gate = threading.Event()
    others_done = threading.Event()
    talk = EchoTalk(before_deciding=lambda turn: None if turn.text != "慢" else _pass(gate.wait(10)))
    lanes = lanes_of(records, talk)
    slow, quick = begin(records), begin(records)

    def work() -> None:
        held = lanes.post(slow, "慢")
        after = lanes.post(slow, "后面一句")
        for number in range(3):
            done = lanes.result(lanes.post(quick, f"快{number}").id, 10)
            assert done is not None
        others_done.set()
        assert lanes.result(after.id, 0) is None
        gate.set()
        assert lanes.result(held.id, 10) is not None
        assert lanes.result(after.id, 10) is not None

    running(lanes, work)
    assert others_done.is_set()
    assert [text for sender, text in said(records, slow) if sender == "sme"] == ["慢", "后面一句"]


def _pass(result: bool) -> None:
    del result


def test_who_decided_on_an_old_view_looks_again(records: Records) -> None:
    conversation = begin(records)
    interruptions = [2]

    def interrupt(turn: Turn) -> None:
        del turn
        if interruptions[0]:
            interruptions[0] -= 1
            with records.write() as session:
                conversations.tell(session, MONDAY, conversation, "有事")

    talk = EchoTalk(before_deciding=interrupt)
    lanes = lanes_of(records, talk)
    lanes.post(conversation, "在吗")
    assert lanes.run_waiting() == 1
    assert talk.decided == ["在吗"] * 3
    assert said(records, conversation) == [("system", "有事")] * 2 + [("sme", "在吗"), ("bot", "您说：在吗")]


def test_a_talk_that_never_stands_still_is_answered_all_the_same(records: Records) -> None:
    conversation = begin(records)

    def interrupt(turn: Turn) -> None:
        del turn
        with records.write() as session:
            conversations.tell(session, MONDAY, conversation, "有事")

    lanes = lanes_of(records, EchoTalk(before_deciding=interrupt))
    lanes.post(conversation, "在吗")
    assert lanes.run_waiting() == 1
    assert said(records, conversation)[-2:] == [("sme", "在吗"), ("bot", "您说：在吗")]


def test_the_bot_is_silent_when_an_engineer_takes_over_while_it_thinks(records: Records) -> None:
    with records.write() as session:
        firm = make_person(session, Role.SME, organisation="甲厂")
        engineer = make_person(session, Role.ENGINEER, "张工")
        case = make_ticket(session, firm)
        conversation, ref = case.conversation.id, case.ticket.ref

    def claim(turn: Turn) -> None:
        del turn
        with records.write() as session:
            tickets.claim(session, moment(), ref, engineer=engineer.person or "", caller=engineer)

    lanes = lanes_of(records, EchoTalk(before_deciding=claim))
    lanes.post(conversation, "在吗", caller=firm)
    assert lanes.run_waiting() == 1
    assert "bot" not in [sender for sender, _ in said(records, conversation)]
    assert said(records, conversation)[-1] == ("sme", "在吗")


@pytest.mark.parametrize("late", [False, True])
def test_a_message_that_cannot_be_handled_is_kept_and_said_so(records: Records, late: bool) -> None:
    talk = EchoTalk(failure=ValueError("boom"), fails_in_perform=late)
    lanes = lanes_of(records, talk)
    conversation = begin(records)
    posted = lanes.post(conversation, "注塑件老缩水")
    lanes.run_waiting()
    assert len(talk.decided) == ATTEMPTS
    outcome = lanes.result(posted.id, 0)
    assert outcome is not None
    assert (outcome.state, len(outcome.replies)) == (Handling.DONE, 1)
    (first, second) = said(records, conversation)
    assert first == ("sme", "注塑件老缩水")
    assert second[0] == "system"
    assert "没有处理成功" in second[1]
    assert "0731-1" in second[1]


def test_a_person_can_be_had_with_the_dialogue_broken(records: Records) -> None:
    with records.write() as session:
        firm = make_person(session, Role.SME, organisation="甲厂")
    lanes = lanes_of(records, EchoTalk(failure=RuntimeError("index missing")))
    conversation = begin(records, firm)
    for _ in range(2):
        lanes.post(conversation, "转人工", caller=firm)
    lanes.run_waiting()
    with records.read() as session:
        (ticket,) = session.query(Ticket).all()
        assert ticket.state == "offered"
        assert session.get_one(Conversation, conversation).owner is Owner.POOL
        words = [message.text for message in conversations.history(session, conversation)]
        assert sum(ticket.ref in text for text in words) == 2


def test_without_an_account_the_broken_dialogue_names_the_telephone(records: Records) -> None:
    lanes = lanes_of(records, EchoTalk(failure=RuntimeError("boom")))
    conversation = begin(records)
    lanes.post(conversation, "转人工")
    lanes.run_waiting()
    assert "0731-1" in said(records, conversation)[-1][1]


def test_what_cannot_even_be_kept_is_dead_and_the_next_goes_on(records: Records) -> None:
    lanes = lanes_of(records, EchoTalk())
    good = begin(records)
    lost = lanes.post("c_gone", "在吗")
    after = lanes.post(good, "在吗")
    lanes.run_waiting()
    outcome = lanes.result(lost.id, 0)
    assert outcome is not None
    assert outcome.state is Handling.DEAD
    assert lanes.result(after.id, 0) is not None


def test_while_the_records_are_away_a_message_waits_and_nothing_is_said(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = EchoTalk()
    lanes = lanes_of(records, talk)
    conversation = begin(records)
    posted = lanes.post(conversation, "在吗")

    def full(*given: object, **more: object) -> None:
        raise Unavailable("磁盘空间不足")

    with monkeypatch.context() as patch:
        patch.setattr(records, "write", full)
        lanes.run_waiting()
    assert lanes.result(posted.id, 0) is None
    assert said(records, conversation) == []


def test_a_message_that_outlives_many_starts_is_not_tried_again(records: Records) -> None:
    talk = EchoTalk()
    lanes = lanes_of(records, talk)
    conversation = begin(records)
    lanes.post(conversation, "致命的一句")
    for _ in range(STARTS):
        lanes.recover()
    lanes.run_waiting()
    assert talk.decided == []
    assert "没有处理成功" in said(records, conversation)[-1][1]


def test_what_a_killed_process_left_is_worked_off_by_the_next(records: Records) -> None:
    conversation = begin(records)
    for number in range(3):
        lanes_of(records, EchoTalk()).post(conversation, f"第{number}句")
    lanes = lanes_of(records, EchoTalk())
    lanes.recover()
    assert lanes.run_waiting() == 3
    assert [text for sender, text in said(records, conversation) if sender == "sme"] == ["第0句", "第1句", "第2句"]


def test_a_full_room_refuses_with_a_sentence(records: Records) -> None:
    lanes = lanes_of(records, EchoTalk(), room=2)
    for _ in range(2):
        lanes.post(begin(records), "在吗")
    with pytest.raises(Busy, match="没有收下"):
        lanes.post(begin(records), "在吗")


def test_two_processes_share_the_work_and_answer_once(postgres: str) -> None:
    from tests.bot.records import postgres_records

    with postgres_records(postgres) as records:
        hub = Hub()
        records.on_commit = hub.tell
        pair = [lanes_of(records, EchoTalk(), held=TableLeases(records, Now())) for _ in range(2)]
        talks = [begin(records) for _ in range(6)]
        for lanes in pair:
            lanes.start()
        posted = [pair[number % 2].post(talks[number % 6], f"第{number}句") for number in range(60)]
        assert all(pair[0].result(one.id, 30) is not None for one in posted)
        assert all(lanes.stop(10) for lanes in pair)
        for number, conversation in enumerate(talks):
            heard = [text for sender, text in said(records, conversation) if sender == "sme"]
            assert heard == [f"第{turn}句" for turn in range(number, 60, 6)]
        with records.read() as session:
            assert session.query(Message).filter_by(sender=Sender.BOT).count() == 60


def test_a_lease_that_ran_out_is_taken_over_and_the_late_one_keeps_nothing(postgres: str) -> None:
    from tests.bot.records import postgres_records

    with postgres_records(postgres) as records:
        now = Now()
        conversation = begin(records)
        quick = lanes_of(records, EchoTalk(), now)

        def overtaken(turn: Turn) -> None:
            if not slow_talk.decided:
                assert quick.run_waiting() == 0
                now.at += timedelta(seconds=31)
                assert quick.run_waiting() == 1

        slow_talk = EchoTalk(before_deciding=overtaken)
        slow = lanes_of(records, slow_talk, now)
        slow.post(conversation, "在吗")
        slow.run_waiting()
        assert said(records, conversation) == [("sme", "在吗"), ("bot", "您说：在吗")]
        with records.read() as session:
            assert session.query(Inbound).filter_by(state=Handling.DONE).count() == 1
