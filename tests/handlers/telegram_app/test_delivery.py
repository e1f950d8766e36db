"""Outbox, sender and Bot API together: every chat gets all of its own, in order, whatever happens to others. Over real HTTP, with threads."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.clock import SteadyClock
from bot.db import Records
from bot.models.work import Outbound
from bot.rules.outbox import Delivery
from bot.services import outbox as verbs
from bot.work.hub import Hub
from bot.work.outbox import Outbox, Part
from evals.standins.telegram import StandIn, Trouble
from evals.standins.telegram_markup import cleaned
from evals.standins.telegram_texts import random_text
from handlers.telegram_app import botapi
from handlers.telegram_app.pacing import Pace
from handlers.telegram_app.sending import Outgoing, TelegramSender
from tests.bot.records import sqlite_records

FIRST = 1000
LABEL = "内容由AI生成"


def shows(lane: str, payload: Mapping[str, Any]) -> Outgoing:
    return Outgoing(text=payload["text"])


@contextmanager
def sending(telegram: StandIn, records: Records, pace: Pace) -> Iterator[Outbox]:
    hub = Hub()
    records.on_commit = hub.tell
    sender = TelegramSender(shows, lambda: botapi.build(telegram.token, telegram.base), pace)
    outbox = Outbox(records, {"telegram": sender}, SteadyClock(), hub)
    with closing(sender):
        yield outbox
        assert outbox.stop(10)


def queue(records: Records, chats: int, each: int) -> None:
    with records.write() as session:
        for number in range(each):
            for chat in range(chats):
                verbs.queue(
                    session, SteadyClock()(), channel="telegram", lane=f"{FIRST + chat}", payload={"text": f"{number}"}
                )


def left(records: Records) -> dict[str, int]:
    with records.read() as session:
        rows = session.execute(select(Outbound.state, func.count()).group_by(Outbound.state)).all()
    return {state.value: count for state, count in rows}


def test_forty_chats_at_once_are_served_in_order_and_one_that_must_wait_stalls_none(tmp_path: Path) -> None:
    chats, each = 40, 3
    with StandIn() as telegram, sqlite_records(tmp_path) as records:
        for chat in range(chats):
            telegram.user(FIRST + chat, started=True)
        telegram.faults.add(Trouble.TOO_MANY, chat=FIRST, times=None, seconds=600)
        queue(records, chats, each)
        # A tenth of the real times: five in any 20 ms, one in 100 ms to a chat.
        with sending(telegram, records, Pace(overall=(5, 0.02), chat=(1, 0.1))) as outbox:
            outbox.start()
            for chat in range(1, chats):
                telegram.wait(FIRST + chat, each, timeout_s=60)
        calls = [made for made in telegram.calls if made.method == "sendMessage"]
        for chat in range(1, chats):
            assert [shown.text for shown in telegram.sent(FIRST + chat)] == ["0", "1", "2"]
            times = [made.at_s for made in calls if made.chat == FIRST + chat]
            assert len(times) == each  # none went twice
        assert len([made for made in calls if made.chat == FIRST]) == 1
        assert left(records) == {"queued": each, "sent": (chats - 1) * each}


def test_whatever_breaks_nothing_is_lost_silently_nor_sent_twice_by_itself(tmp_path: Path) -> None:
    rng, chats, each = random.Random(7), 12, 6
    troubles = (Trouble.BROKEN, Trouble.BROKEN_AFTER, Trouble.DROPPED, Trouble.DROPPED_AFTER)
    with StandIn() as telegram, sqlite_records(tmp_path) as records:
        for chat in range(chats):
            telegram.user(FIRST + chat, started=True)
        for _ in range(20):
            telegram.faults.add(rng.choice(troubles), after=rng.randrange(3), chat=FIRST + rng.randrange(chats))
        queue(records, chats, each)
        with sending(telegram, records, Pace(overall=(1, 0.0), chat=(1, 0.0))) as outbox:
            outbox.run_due()
        found = left(records)
        assert found.pop("unknown") + found.pop("sent") == chats * each and found == {}
        ends = defaultdict(list)
        with records.read() as session:
            for row in session.scalars(select(Outbound).order_by(Outbound.id)):
                ends[row.lane].append((row.payload["text"], row.state))
        unknown = 0
        for lane, all_ in ends.items():
            texts = [shown.text for shown in telegram.sent(int(lane))]
            assert texts == sorted(set(texts))
            assert {text for text, state in all_ if state is Delivery.SENT} <= set(texts)
            unknown += sum(state is Delivery.UNKNOWN for _, state in all_)
        assert unknown == 20


def test_any_text_is_read_as_it_was_written(tmp_path: Path) -> None:
    rng = random.Random(20261122)
    with StandIn() as telegram:
        telegram.user(FIRST, started=True)
        said: dict[str, Any] = {}
        sender = TelegramSender(
            lambda lane, payload: Outgoing(text=said["text"], header="【甲】", label=LABEL),
            lambda: botapi.build(telegram.token, telegram.base),
            Pace(overall=(1, 0.0), chat=(1, 0.0)),
        )
        with closing(sender):
            for _ in range(150):
                said["text"] = random_text(rng)
                if not said["text"].strip():
                    continue
                before = len(telegram.sent(FIRST))
                sent = sender.send(str(FIRST), {})
                while isinstance(sent, Part):
                    sent = sender.send(str(FIRST), sent.payload)
                shown = [each.text for each in telegram.sent(FIRST)[before:]]
                assert "".join(_body(text) for text in shown) == cleaned(f"|{said['text']}|")[1:-1]


def _body(shown: str) -> str:
    top, _, rest = shown.partition("\n")
    assert top.startswith("【甲】")
    assert rest.endswith(f"\n\n{LABEL}")
    return rest.removesuffix(f"\n\n{LABEL}")
