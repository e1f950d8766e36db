"""The same messages sent five times each, in parallel and shuffled: one effect each, and the same replies to all five."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any

from evals.soak import audit, world
from evals.soak.given import Given, Report
from evals.soak.kills import SAID
from evals.soak.nursery import Door, Nursery, free_port, until_there
from evals.standins.endpoint import embedding_endpoint

IDS = 1000
TIMES = 5
AT_ONCE = 16
TALK_HOLDS = 10  # different ids of one talk
PATIENCE_S = 60.0


def run(folder: Path, given: Given) -> Report:
    """So many client ids."""
    nursery = Nursery()
    try:
        with embedding_endpoint() as embedding:
            clinic = world.make(folder, embedding=embedding)
            port = free_port()
            serving = nursery.serve(clinic.data, folder / "serve.log", port=port, **clinic.settings)
            serving.wait_ready()
            try:
                posts = _posts(Door(port, clinic.firms[0]), given.ids or IDS, random.Random(given.seed))
                began = time.monotonic()
                answers, wrong = _send(posts, port, clinic.firms[0])
                took_s = time.monotonic() - began
            finally:
                serving.kill(15)
            wrong += audit.check(clinic.records, (f"{talk}:{client_id}" for talk, client_id, _ in posts))
            wrong += _unequal(answers)
            messages = audit.count(clinic.records, "SELECT count(*) FROM messages WHERE client_key IS NOT NULL")
    finally:
        nursery.close()
    figures = {
        "ids": len(answers),
        "posts": len(posts),
        "messages": messages,
        "at_once": AT_ONCE,
        "seconds": round(took_s),
    }
    return Report(figures, wrong + [f"{messages} messages of {len(answers)} ids"] * (messages != len(answers)))


Post = tuple[str, str, str]  # talk, client id, text


def _posts(door: Door, ids: int, rng: random.Random) -> list[Post]:
    talks = []
    for _ in range(-(-ids // TALK_HOLDS)):
        talks.append(until_there(lambda: door.call("POST", "/api/v1/conversations"), over=lambda: False)[1]["id"])
    posts = [(talks[number // TALK_HOLDS], f"id-{number}", rng.choice(SAID)) for number in range(ids)] * TIMES
    rng.shuffle(posts)
    return posts


Answers = dict[str, list[Any]]  # client id to the replies that each post of it got


def _send(posts: list[Post], port: int, token: str) -> tuple[Answers, list[str]]:
    left, lock = list(posts), threading.Lock()
    answers: Answers = {}
    wrong: list[str] = []

    def send() -> None:
        door = Door(port, token)
        while True:
            with lock:
                if not left:
                    break
                post = left.pop()
            replies = _replies(door, post)
            with lock:
                if replies is None:
                    wrong.append(f"no reply to {post[1]}")
                answers.setdefault(post[1], []).append(replies)
        door.close()

    threads = [threading.Thread(target=send) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, wrong


def _replies(door: Door, post: Post) -> Any:
    """The replies to one post; who is told to come later asks with the same id again."""
    talk, client_id, text = post
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        status, body = until_there(
            lambda: door.call("POST", f"/api/v1/conversations/{talk}/messages", {"text": text, "client_id": client_id}),
            over=lambda: time.monotonic() > deadline,
        )
        if status == 200:
            return body["replies"]
    return None


def _unequal(answers: Answers) -> list[str]:
    return [f"different replies to {key}" for key, given in answers.items() if any(one != given[0] for one in given)]
