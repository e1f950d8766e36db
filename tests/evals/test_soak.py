"""The short forms of the long runs; `python -m evals soak` are the long ones."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def soak(*words: str) -> Any:
    # in a process of its own: it forks, and this one has threads
    command = [sys.executable, "-m", "evals", "soak", *words, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)[words[0]]


def test_after_a_kill_the_next_start_gives_the_index_that_one_built_from_scratch_gives() -> None:
    outcome = soak("ingests", "--kills", "5")
    assert outcome["kills"] == 5
    assert outcome["wrong"] == []


def test_killed_under_messages_nothing_is_lost_answered_twice_or_half_done() -> None:
    outcome = soak("kills", "--kills", "20", "--messages", "300")
    assert outcome["kills"] == 20
    assert outcome["acknowledged"] >= 300
    assert outcome["wrong"] == []


def test_a_message_sent_five_times_at_once_has_one_effect() -> None:
    outcome = soak("repeats", "--ids", "200")
    assert (outcome["ids"], outcome["posts"], outcome["messages"]) == (200, 1000, 200)
    assert outcome["wrong"] == []


def test_of_eight_engineers_at_once_one_has_the_ticket() -> None:
    outcome = soak("claims", "--tickets", "40")
    assert (outcome["claims"], outcome["won"], outcome["refused"]) == (320, 40, 280)
    assert outcome["wrong"] == []


def test_chats_are_written_to_whole_and_in_order_beside_one_that_must_wait() -> None:
    outcome = soak("sending", "--chats", "20")
    assert (outcome["chats"], outcome["texts"]) == (20, 100)
    assert outcome["messages"] >= 100 and outcome["told_to_wait"] >= 1
    assert outcome["wrong"] == []


def test_updates_from_telegram_leave_the_same_behind_whatever_befalls_them() -> None:
    outcome = soak("receiving", "--updates", "150", "--chats", "12", "--kills", "4")
    assert outcome["came"] > outcome["updates"] == 150
    assert outcome["answers"] == 36
    assert (outcome["polling_kills"], outcome["webhook_kills"]) == (2, 2)
    assert outcome["wrong"] == []
