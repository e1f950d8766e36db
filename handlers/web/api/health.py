"""Whether the process lives, whether it serves, and its figures. Not under /api: monitoring looks for them here."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from bot.bootstrap import Services
from bot.work.condition import Storing
from handlers.web.deps import Wired
from retrieval.errors import RetrievalError

router = APIRouter(tags=["health"])
GLANCE_S = 1.0  # how long the index may take to say how far it is; a busy one is still ready to be asked


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """200 as long as the process can answer at all."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(services: Wired) -> JSONResponse:
    """200 when messages are stored safely: one row was just written. Questions that come while the index still loads wait for it.

    `records` is ready, disk_full or unavailable; `index` ready, indexing (`pending` passages have no vector yet), loading or broken;
    `clock_set_back_s` is how far the machine's clock was set back while this runs.
    """
    state = await asyncio.to_thread(services.engine.storing)
    index = await _index(services)
    ready = state is Storing.READY and index["index"] != "broken"
    facts = {"ready": ready, "records": state.value, **index, "clock_set_back_s": services.engine.set_back_s}
    return JSONResponse(facts, 200 if ready else 503)


async def _index(services: Services) -> dict[str, Any]:
    try:
        return await asyncio.wait_for(asyncio.to_thread(index_state, services), GLANCE_S)
    except TimeoutError:
        return {"index": "loading", "pending": None}
    except RetrievalError:
        return {"index": "broken", "pending": None}


def index_state(services: Services) -> dict[str, Any]:
    """How far the index is."""
    pending = services.library.pending
    return {"index": "indexing" if pending else "ready", "pending": pending}


@router.get("/metrics")
def metrics(request: Request, services: Wired) -> Response:
    """The figures in Prometheus' text format."""
    figures = request.app.state.metrics
    stats = services.library.stats()
    figures.documents.set(stats["documents"])
    figures.passages.set(stats["passages"])
    figures.pending.set(services.library.pending)
    return Response(figures.exposition(), media_type=CONTENT_TYPE_LATEST)
