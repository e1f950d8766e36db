"""POST /internal/{verb}: what the commands of this machine's operator ask of the process that owns the data directory.

Values go in as one JSON object; out come JSON lines: any number of `{"progress":[what, done, total]}`, then one
`{"result":…}` or `{"error":{"kind","message"}}`. Not part of the public API.
"""

import json
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.responses import StreamingResponse

from bot.bootstrap import Services
from bot.errors import BotError
from handlers.web.deps import Wired, require_secret
from handlers.web.errors import UNEXPECTED, log_unexpected, problem_of
from retrieval.errors import RetrievalError

Progress = Callable[[str, int, int], None]
RunVerb = Callable[[Services, str, Mapping[str, Any], Progress], dict[str, Any]]
LINES = "application/x-ndjson"


def internal_router(run: RunVerb) -> APIRouter:
    """The route, over whatever runs the verbs."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(require_secret)])

    @router.post("/internal/{verb}")
    def call(verb: str, values: Annotated[dict[str, Any], Body()], services: Wired) -> StreamingResponse:
        return StreamingResponse(_lines(run, services, verb, values), media_type=LINES)

    return router


def _lines(run: RunVerb, services: Services, verb: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Run the verb on a thread of its own, a line for each report. An abandoned request does not stop the verb half way."""
    reports: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def report(what: str, done: int, total: int) -> None:
        reports.put({"progress": [what, done, total]})

    def work() -> None:
        try:
            reports.put({"result": run(services, verb, values, report)})
        except (BotError, RetrievalError) as error:
            reports.put(problem_of(error).as_json())
        except Exception as error:
            log_unexpected(error)
            reports.put(UNEXPECTED.as_json())

    threading.Thread(target=work, name=f"verb-{verb}", daemon=True).start()
    while True:
        line = reports.get()
        yield json.dumps(line, ensure_ascii=False) + "\n"
        if "progress" not in line:
            return
