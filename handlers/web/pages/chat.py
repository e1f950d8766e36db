"""The chat page. With JavaScript the talk streams; without it the same page answers one question a time."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.assistant.shape import Answer
from bot.bootstrap import Services
from bot.errors import BotError
from bot.rules.wording import clean
from corpora.document import Document
from handlers.web.api.ask import stream
from handlers.web.deps import AskDesk, Asker, Wired
from handlers.web.errors import problem_of
from handlers.web.pages.view import turn_view
from handlers.web.schemas import QuestionIn
from handlers.web.templating import render
from retrieval.errors import RetrievalError
from retrieval.protocols import Principal

router = APIRouter(include_in_schema=False)
EXAMPLES = (
    ("政策", "中心考核不合格会怎样"),
    ("课程", "最近有哪些适合新手的课程"),
    ("技术", "焊缝有气孔怎么办"),
    ("服务", "怎么联系你们"),
)


@router.api_route("/", methods=["GET", "HEAD"])
async def show(request: Request) -> Response:
    """The empty chat."""
    return render(request, "chat.html", {"examples": EXAMPLES, "asked": "", "turn": None, "failure": ""})


@router.post("/")
async def answer_plainly(
    request: Request, services: Wired, desk: AskDesk, asker: Asker, text: Annotated[str, Form()] = ""
) -> Response:
    """The page with one question answered, for browsers without JavaScript."""
    turn: dict[str, Any] | None = None
    failure, status = "", 200
    try:
        answer = await desk.ask(clean(text), principal=asker)
        turn = view_for(services, answer, asker)
    except (BotError, RetrievalError) as error:
        problem = problem_of(error)
        failure, status = problem.message, problem.status
    values = {"examples": EXAMPLES, "asked": text if turn else "", "turn": turn, "failure": failure}
    return render(request, "chat.html", values, status=status)


@router.post("/turns")
async def stream_turn(question: QuestionIn, request: Request, services: Wired, desk: AskDesk, asker: Asker) -> Response:
    """Like `POST /api/v1/ask` as a stream, with what only a page needs: links, marks and labels."""
    text, prev = question.checked()
    answer = await desk.ask(text, principal=asker, prev=prev)
    request.app.state.metrics.answers.labels(answer.outcome.value, answer.intent.value).inc()
    return stream(answer, view_for(services, answer, asker))


def view_for(services: Services, answer: Answer, asker: Principal) -> dict[str, Any]:
    """The page's view of an answer, documents looked up as this asker sees them."""

    def look_up(document_id: str) -> Document | None:
        return services.library.document(document_id, asker) if document_id else None

    return turn_view(answer, telephone=services.profile.telephone or "", look_up=look_up)
