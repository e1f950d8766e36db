"""The web application: a table of contents. Everything it needs is handed in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware import Middleware

from bot.bootstrap import Services
from bot.verbs import run as run_verb
from bot.work.lanes import WORKERS as TURNS_AT_ONCE
from handlers.web import errors
from handlers.web.api import (
    answers,
    ask,
    clusters,
    complaints,
    conversations,
    courses,
    demands,
    documents,
    files,
    health,
    hours,
    ledger,
    offers,
    packages,
    people,
    solutions,
    tickets,
)
from handlers.web.api.internal import RunVerb, internal_router
from handlers.web.api.telegram_hook import Hook, hook_router
from handlers.web.desk import Desk
from handlers.web.guards import BodyLimit, Readable, SafeHeaders
from handlers.web.limits import Buckets, RateLimit
from handlers.web.live import Streams
from handlers.web.metrics import Measured, Metrics
from handlers.web.pages import answers as rated
from handlers.web.pages import chat, console, document, pool, signin
from handlers.web.pages import clusters as common
from handlers.web.pages import complaints as complaining
from handlers.web.pages import documents as shelving
from handlers.web.pages import hours as working
from handlers.web.pages import packages as put_out
from handlers.web.pages.desk import router as desk_router
from handlers.web.schemas import ErrorOut
from handlers.web.shedding import Shedding
from handlers.web.templating import HERE

WORKERS = 4  # an answer is mostly numpy and onnxruntime, which leave the interpreter while they count
PATIENCE_S = 20.0  # loading the embedder and opening the index on a slow disk, with room
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorOut} for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
}


def create_app(
    services: Services,
    *,
    internal: RunVerb | None = run_verb,
    patience_s: float = PATIENCE_S,
    buckets: Buckets | None = None,
    hook: Hook | None = None,
) -> FastAPI:
    """The application over these services; closing the services is the caller's.

    Args:
        internal: Runs the verbs of `POST /internal/{verb}` for who holds the directory's secret; None leaves the route out.
        patience_s: How long a question may take, its wait for the index included.
        buckets: How often each address and each person asked; None counts from now, by the machine's clock.
        hook: Takes updates of Telegram at its path; None leaves the route out.
    """
    desk = Desk(
        services.assistant.ask, workers=WORKERS, max_waiting=services.settings.max_waiting, patience_s=patience_s
    )
    streams = Streams()
    metrics = Metrics(desk, streams, services)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(
        title="问诊",
        version="1",
        description="工程师协同创新中心的问答接口：回答都带条款出处。",
        openapi_url="/openapi.json",
        docs_url=None,  # the framework's pages fetch their scripts from outside this machine
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[
            Middleware(SafeHeaders),
            Middleware(Measured, metrics=metrics),
            Middleware(Shedding, most=services.settings.max_waiting + TURNS_AT_ONCE),
            Middleware(errors.LastResort),
            Middleware(RateLimit, buckets=buckets or Buckets()),
            Middleware(BodyLimit),
            Middleware(Readable),
        ],
    )
    app.state.services = services
    app.state.desk = desk
    app.state.metrics = metrics
    app.state.streams = streams
    errors.install(app)
    for part in (
        ask,
        answers,
        complaints,
        documents,
        courses,
        conversations,
        files,
        tickets,
        offers,
        demands,
        clusters,
        packages,
        solutions,
        ledger,
        people,
        hours,
    ):
        app.include_router(part.router, responses=REFUSALS)
    app.include_router(health.router)
    app.include_router(chat.router)
    app.include_router(document.router)
    app.include_router(signin.router)
    app.include_router(desk_router)
    app.include_router(console.router)
    app.include_router(working.router)
    app.include_router(pool.router)
    app.include_router(common.router)
    app.include_router(put_out.router)
    app.include_router(shelving.router)
    app.include_router(rated.router)
    app.include_router(complaining.router)
    if internal is not None:
        app.include_router(internal_router(internal))
    if hook is not None:
        app.include_router(hook_router(hook))
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    return app
