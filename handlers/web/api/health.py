"""Whether the process lives, whether it serves, and its figures. Not under /api: monitoring looks for them here."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from bot.bootstrap import Services
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
    """200 when questions are taken: those that come while the index or the embedder still loads wait for it.

    `index` is ready, indexing (`pending` passages have no vector yet) or loading.
    """
    try:
        state = await asyncio.wait_for(asyncio.to_thread(index_state, services), GLANCE_S)
    except TimeoutError:
        state = {"index": "loading", "pending": None}
    except RetrievalError:
        return JSONResponse({"ready": False, "index": "broken", "pending": None}, 503)
    return JSONResponse({"ready": True, **state})


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
