"""/console/documents: what is known, and the forms by which staff put a file or a course in, with the ingest's report."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import Response
from pydantic import ValidationError

from bot.assistant.shape import STATUS_WORDS
from bot.bootstrap import Services
from bot.clinic import documents
from bot.errors import BotError, Invalid
from bot.rules.people import Caller, check_clerk
from corpora.document import Kind
from corpora.validity import status_on
from handlers.web.deps import Who, Wired
from handlers.web.errors import problem_of
from handlers.web.pages.clerks import console_frame, console_page, turned_away
from handlers.web.schemas import CourseIn
from handlers.web.templating import render

router = APIRouter(prefix="/console", include_in_schema=False)
Words = Annotated[str, Form()]
Json = dict[str, Any]
KINDS = {Kind.POLICY: "政策文件", Kind.COURSE: "课程目录", Kind.SOLUTION: "案例"}
COURSE_FIELDS = (
    ("title", "课程名称", "text"), ("start", "开课日期", "date"), ("end", "结束日期", "date"), ("hours", "上课时间", "text"),
    ("place", "地点", "text"), ("price", "价格（元）", "number"), ("seats", "余位", "number"), ("level", "级别", "text"),
    ("summary", "简介", "text"),
)  # fmt: skip


@router.api_route("/documents", methods=["GET", "HEAD"])
def show(request: Request, services: Wired, who: Who) -> Response:
    """All documents."""
    if (away := turned_away(request, who)) is not None:
        return away
    return _page(request, services, who)


@router.post("/documents")
def upload(
    request: Request,
    services: Wired,
    who: Who,
    file: Annotated[UploadFile | None, File()] = None,
    kind: Words = Kind.POLICY.value,
) -> Response:
    """Keep a file and read it in."""
    check_clerk(who)
    folder = services.settings.uploads_folder
    try:
        if file is None or not file.filename:
            raise Invalid("请先选一个文件。")
        made = documents.upload(
            services.clinic, who, services.library, folder, name=file.filename, data=file.file.read(), kind=kind
        )
    except BotError as error:
        return _page(request, services, who, error=error)
    return _page(request, services, who, made=made)


@router.post("/courses")
def add_course(
    request: Request,
    services: Wired,
    who: Who,
    title: Words = "",
    start: Words = "",
    end: Words = "",
    hours: Words = "",
    place: Words = "",
    price: Words = "",
    seats: Words = "",
    level: Words = "",
    summary: Words = "",
) -> Response:
    """One course."""
    check_clerk(who)
    typed = {
        "title": title, "start": start, "end": end, "hours": hours, "place": place, "price": price, "seats": seats,
        "level": level, "summary": summary,
    }  # fmt: skip
    try:
        row = CourseIn.model_validate(
            {key: words.strip() for key, words in typed.items() if words.strip()} | {"title": title}
        )
        folder = services.settings.uploads_folder
        made = documents.add_course(services.clinic, who, services.library, folder, row.model_dump(mode="json"))
    except ValidationError as error:
        wrong = str(error.errors()[0]["loc"][0])
        name = next(label for key, label, _ in COURSE_FIELDS if key == wrong)
        return _page(request, services, who, error=Invalid(f"{name}写得不对，请改正后再提交。"), typed=typed)
    except BotError as error:
        return _page(request, services, who, error=error, typed=typed)
    return _page(request, services, who, made=made)


def _page(
    request: Request,
    services: Services,
    who: Caller,
    *,
    made: Json | None = None,
    error: BotError | None = None,
    typed: Json | None = None,
) -> Response:
    today = services.today()
    held = services.library.documents(who.principal)
    values = console_frame(request, services, who, "documents", "/console/documents") | {
        "items": [
            {
                "id": one.id,
                "title": one.title,
                "number": one.number or "",
                "region": one.region or "",
                "kind": KINDS.get(one.kind, one.kind.value),
                "status": status_on(one, today).value,
                "status_words": STATUS_WORDS[status_on(one, today)],
                "source": one.source,
                "example": one.example,
                "notes": list(one.notes),
            }
            for one in held
        ],
        "kinds": [(kind.value, name) for kind, name in KINDS.items()],
        "fields": COURSE_FIELDS,
        "typed": typed or {},
        "made": made,
    }
    if made is None:
        return console_page(request, "console_documents.html", values, problem_of(error) if error else None)
    return render(request, "console_documents.html", values, status=201, headers={"Cache-Control": "no-store"})
