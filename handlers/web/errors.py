"""The one place that turns errors into HTTP: kind to status by class hierarchy, one shape for every failure."""

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import errors
from bot.rules.tickets import IllegalMove
from handlers.web.templating import render
from retrieval.errors import EmbedderUnavailable, IndexMissing, RetrievalError

logger = logging.getLogger(__name__)

KINDS: dict[type[Exception], tuple[str, int]] = {
    errors.NotFound: ("not_found", 404),
    errors.Conflict: ("conflict", 409),
    errors.NotAllowed: ("not_allowed", 403),
    errors.Unauthenticated: ("unauthenticated", 401),
    errors.Invalid: ("invalid", 422),
    errors.TooLong: ("invalid", 413),
    errors.Unavailable: ("unavailable", 503),
    errors.Busy: ("busy", 429),
}
RETRY_AFTER_S = 5  # a full queue of answers of some ten milliseconds each is empty long before


@dataclass(frozen=True, slots=True)
class Problem:
    """What a failed request is told. `message` is one sentence for a person and never repeats the input."""

    status: int
    kind: str
    message: str
    allow: str = ""  # methods, where the path exists and the method does not
    facts: Mapping[str, str | None] = field(default_factory=dict)  # state and owner of a ticket that has moved on
    retry_after_s: int = RETRY_AFTER_S

    def as_json(self) -> dict[str, Any]:
        """The body of every error."""
        return {"error": {"kind": self.kind, "message": self.message, **self.facts}}

    @property
    def headers(self) -> dict[str, str]:
        """What belongs to the status in HTTP itself."""
        if self.status == 401:
            return {"WWW-Authenticate": "Bearer"}
        if self.status in (429, 503):
            return {"Retry-After": str(self.retry_after_s)}
        return {"Allow": self.allow} if self.allow else {}


UNEXPECTED = Problem(503, "unavailable", "系统内部出了意外，这次没有完成；已记入日志，请稍后再试。")


def problem_of(error: Exception) -> Problem:
    """What to say for an error of the house; the nearest class in its hierarchy decides."""
    if isinstance(error, RetrievalError):
        return Problem(503, "unavailable", _retrieval_sentence(error))
    for ancestor in type(error).__mro__:
        if ancestor in KINDS:
            kind, status = KINDS[ancestor]
            return Problem(status, kind, str(error), facts=_facts(error))
    return UNEXPECTED


def _facts(error: Exception) -> dict[str, str | None]:
    return {"state": error.state.value, "owner": error.owner} if isinstance(error, IllegalMove) else {}


def _retrieval_sentence(error: RetrievalError) -> str:
    # The messages of retrieval name folders of this machine: they are for the operator's log, not for who asks.
    if isinstance(error, IndexMissing):
        return "资料库里还没有收录任何文件，请管理员先导入资料。"
    if isinstance(error, EmbedderUnavailable):
        return "检索模型还没有准备好，请稍后再试。"
    return "资料库暂时打不开，请稍后再试，或请管理员运行 wenzhen doctor 检查。"


def problem_of_http(error: HTTPException) -> Problem:
    """What to say for what the framework itself refuses."""
    allow = (error.headers or {}).get("Allow", "")
    if error.status_code == 405:
        # A call is a method on a path: one that does not exist is not found, like any other.
        return Problem(404, "not_found", f"这个地址没有这种操作，可用的是 {allow}。", allow=allow)
    if error.status_code == 404:
        return Problem(404, "not_found", "没有这个地址，请检查路径。")
    if error.status_code >= 500:
        return UNEXPECTED
    return Problem(400, "invalid", "请求读不懂，请检查格式。")


def problem_of_validation(error: RequestValidationError) -> Problem:
    """Broken JSON is 400, JSON of the wrong shape 422. Only the place is named: the input may hold anything."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return Problem(400, "invalid", "请求体不是合法的 JSON，请检查格式。")
    place = ".".join(str(part) for part in first["loc"][1:] if str(part).isprintable() and str(part).isascii())
    if not place:
        return Problem(422, "invalid", "请求体应为 JSON 对象，并带上 Content-Type: application/json。")
    if first["type"] == "missing":
        return Problem(422, "invalid", f"缺少字段 {place}。")
    return Problem(422, "invalid", f"字段 {place} 的内容不合要求，请检查类型和文字编码。")


def answer_problem(request: Request, problem: Problem) -> Response:
    """A page for who came with a browser, JSON for everyone else."""
    if _is_page(request.url.path, request.headers.get("accept", "")):
        values = {"problem": problem, "back": _way_back(request, problem.status)}
        return render(request, "error.html", values, status=problem.status, headers=problem.headers)
    return JSONResponse(problem.as_json(), problem.status, headers=problem.headers)


def _way_back(request: Request, status: int) -> tuple[str, str]:
    """Where to go on from a page that cannot be shown, and in what words."""
    path = request.url.path
    if status == 401 or (status == 403 and request.method == "GET"):
        return "/sign-in", "去登录"
    if path.startswith("/desk/"):
        return "/desk", "回到工作台"
    return ("/console", "回到控制台") if path.startswith("/console/") else ("/", "回到问答")


def _is_page(path: str, accept: str) -> bool:
    return not path.startswith(("/api/", "/internal/")) and "text/html" in accept


def install(app: FastAPI) -> None:
    """Register every translation."""

    async def on_house(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem.status >= 500:
            logger.warning("unavailable: %s", type(error).__name__)
        return answer_problem(request, problem)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return answer_problem(request, problem_of_http(error))

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answer_problem(request, problem_of_validation(error))

    app.add_exception_handler(errors.BotError, on_house)
    app.add_exception_handler(RetrievalError, on_house)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)


class LastResort:
    """Catches what nothing below expected, logs where it happened, and answers with one honest sentence."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            log_unexpected(error)
            if started:
                raise
            await answer_problem(Request(scope), UNEXPECTED)(scope, receive, send)


def log_unexpected(error: BaseException) -> None:
    """Write type and place of an error nobody expected. Its message is left out: it may quote what a person wrote."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("unexpected %s\n%s", type(error).__name__, frames)
