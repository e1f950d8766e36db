"""What people say of answers: the buttons of the chat, and the console's list of answers that were wrong with their replay."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from bot.assistant.shape import STATUS_WORDS
from bot.bootstrap import Services
from bot.clinic import answers
from bot.errors import BotError, Invalid
from bot.rules.people import Caller, check_clerk
from corpora.document import Status
from handlers.web.deps import Who, Wired
from handlers.web.errors import problem_of
from handlers.web.pages.cases import moment_words
from handlers.web.pages.clerks import console_frame, console_page, turned_away

router = APIRouter(include_in_schema=False)
Json = dict[str, Any]
Words = Annotated[str, Form()]
OUTCOMES = {"answered": "答了", "clarify": "反问", "no_answer": "没有答案", "handoff": "转人工", "refused": "拒答"}
ROLES = {"public": "没有登录的访客", "sme": "企业", "engineer": "工程师", "staff": "工作人员", "admin": "管理员"}
PARTS = {
    "outcome": "结果", "answer": "文字", "citations": "引用", "near": "相近条款", "courses": "课程", "similar": "案例",
}  # fmt: skip
USEFUL = {"yes": True, "no": False}


@router.post("/talk/{talk}/answers/{answer}")
def rate(
    talk: str,
    answer: str,
    request: Request,
    services: Wired,
    who: Who,
    useful: Words = "",
    comment: Annotated[str | None, Form()] = None,
) -> Response:
    """有用 or 没用, beside an answer of a talk: back to the talk without a script, JSON for one."""
    if useful not in USEFUL:
        raise Invalid("请选有用或没用。")
    told = answers.rate(services.clinic, who, answer, useful=USEFUL[useful], comment=comment)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse(told)
    return RedirectResponse(f"/talk/{talk}#latest", 303)


@router.api_route("/console/answers", methods=["GET", "HEAD"])
def show_wrong(
    request: Request, services: Wired, who: Who, after: Annotated[int | None, Query(ge=1, lt=2**31)] = None
) -> Response:
    """The answers that were rated as no use."""
    if (away := turned_away(request, who)) is not None:
        return away
    return _page(request, services, who, after=after)


@router.post("/console/answers/{answer}/replay")
def replay(answer: str, request: Request, services: Wired, who: Who) -> Response:
    """Ask it again, and show both answers."""
    check_clerk(who)
    try:
        both = answers.replay(services.clinic, who, answer, services.assistant.ask)
    except BotError as error:
        return _page(request, services, who, error=error)
    return _page(request, services, who, both=both)


def _page(
    request: Request,
    services: Services,
    who: Caller,
    *,
    after: int | None = None,
    both: Json | None = None,
    error: BotError | None = None,
) -> Response:
    listed = answers.wrong(services.clinic, who, after=after)
    values = console_frame(request, services, who, "answers", "/console/answers") | {
        "items": [_item(item) for item in listed["items"]],
        "next": listed["next"],
        "useful": listed["useful"],
        "useless": listed["useless"],
        "both": _both(both) if both else None,
    }
    return console_page(request, "console_answers.html", values, problem_of(error) if error else None)


def _item(item: Json) -> Json:
    return item | {
        "time": moment_words(item["rated"]),
        "asker": ROLES[item["role"]],
        "given": _given(item["answer"]) if item["answer"] else None,
    }


def _both(both: Json) -> Json:
    return {
        "question": both["question"],
        "prev": both["prev"],
        "comment": both["comment"],
        "asker": ROLES[both["role"]],
        "changed": "、".join(PARTS[part] for part in both["changed"]),
        "sides": [
            {"name": "当时", "given": _given(both["before"]) if both["before"] else None},
            {"name": "现在", "given": _given(both["after"])},
        ],
    }


def _given(answer: Json) -> Json:
    return {
        "outcome": OUTCOMES[answer["outcome"]],
        "confidence": f"{answer['confidence']:.2f}",
        "words": answer["answer"],
        "label": answer["label"],
        "citations": [cited | {"status_words": STATUS_WORDS[Status(cited["status"])]} for cited in answer["citations"]],
        "near": answer["near"],
    }
