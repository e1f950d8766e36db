"""Eight engineers claim the same tickets at once, over the API: one wins each, the others hear who."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from evals.soak import audit, world
from evals.soak.given import Given, Report
from evals.soak.nursery import Door, Nursery, free_port, until_there
from evals.soak.world import World

TICKETS = 1250


def run(folder: Path, given: Given) -> Report:
    """So many tickets, each claimed eight times."""
    nursery = Nursery()
    try:
        # nothing is asked here, so that the embedder is never called
        clinic = world.make(folder, embedding="http://127.0.0.1:9/v1", tickets=given.tickets or TICKETS, empty=True)
        port = free_port()
        serving = nursery.serve(clinic.data, folder / "serve.log", port=port, **clinic.settings)
        serving.wait_ready()
        try:
            began = time.monotonic()
            results = _claim_all(clinic, port)
            took_s = time.monotonic() - began
        finally:
            serving.kill(15)
        wrong = _judge(clinic, results) + audit.check(clinic.records, ())
    finally:
        nursery.close()
    answers = [status for of_ticket in results for status, _ in of_ticket]
    figures = {
        "claims": len(answers),
        "won": answers.count(200),
        "refused": answers.count(409),
        "seconds": round(took_s),
    }
    return Report(figures, wrong)


Answer = tuple[int, Any]


def _claim_all(clinic: World, port: int) -> list[list[Answer]]:
    """For each ticket, what each engineer was answered."""
    results: list[list[Answer]] = [[(0, None)] * len(clinic.engineers) for _ in clinic.tickets]
    together = threading.Barrier(len(clinic.engineers))

    def claim(number: int) -> None:
        door = Door(port, clinic.engineers[number])
        for place, ref in enumerate(clinic.tickets):
            together.wait()
            results[place][number] = until_there(
                lambda ref=ref: door.call("POST", f"/api/v1/tickets/{ref}/claim", {}),  # type: ignore[misc]
                over=lambda: False,
            )
        door.close()

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(len(clinic.engineers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _judge(clinic: World, results: list[list[Answer]]) -> list[str]:
    wrong = []
    for ref, answers in zip(clinic.tickets, results, strict=True):
        winners = [clinic.names[number] for number, (status, _) in enumerate(answers) if status == 200]
        told = [(body["error"].get("state"), body["error"].get("owner")) for status, body in answers if status == 409]
        if len(winners) != 1 or told != [("claimed", winners[0])] * (len(answers) - 1):
            wrong.append(f"{ref}: won by {winners}, the others heard {told[:3]}")
    return wrong
