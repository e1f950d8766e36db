"""/courses: the course catalogue; staff put courses in, one by one or as a table."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from bot.clinic import documents
from bot.errors import Invalid
from bot.rules.people import check_clerk
from corpora.document import Course, Document, Kind
from handlers.web.deps import Asker, Who, Wired
from handlers.web.masking import masked_words
from handlers.web.schemas import CourseIn, CourseList, CourseOut, UploadedOut
from retrieval.protocols import Principal

router = APIRouter(prefix="/api/v1", tags=["courses"])
BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": CourseIn.model_json_schema()},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        },
    },
}


@router.get("/courses")
def list_courses(services: Wired, asker: Asker) -> CourseList:
    """All courses, the earliest first; those without a date last."""
    rows = sorted(services.library.courses(asker), key=lambda row: (row[0].start or date.max, row[0].title))
    return CourseList(items=[_shown(course, document, asker) for course, document in rows])


@router.post("/courses", status_code=201, response_model=UploadedOut, openapi_extra={"requestBody": BODY})
async def add_courses(request: Request, services: Wired, who: Who) -> dict[str, Any]:
    """Staff: one course as JSON, or a table (CSV, XLSX, Markdown …) as `file` of a form, with the ingest's report."""
    check_clerk(who)
    clinic, shelf, folder = services.clinic, services.library, services.settings.uploads_folder
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        row = await _row(request)
        return await run_in_threadpool(documents.add_course, clinic, who, shelf, folder, row)
    async with request.form() as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Invalid("请在表单的 file 里放一个课程表文件，或用 JSON 写一门课。")
        name, data = file.filename or "", await file.read()
    return await run_in_threadpool(
        lambda: documents.upload(clinic, who, shelf, folder, name=name, data=data, kind=Kind.COURSE)
    )


async def _row(request: Request) -> dict[str, Any]:
    try:
        return CourseIn.model_validate_json(await request.body()).model_dump(mode="json")
    except ValidationError as error:
        wrong = [
            {**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False, include_context=False)
        ]
        broken = wrong[0]["type"] == "json_invalid"
        raise RequestValidationError([{**wrong[0], "loc": ("body", 0)}] if broken else wrong) from None


def _shown(course: Course, document: Document, asker: Principal) -> CourseOut:
    row = CourseOut.of(course, document)
    texts = {name: getattr(row, name) for name in ("title", "hours", "place", "level", "summary")}
    return row.model_copy(update={name: masked_words(text, asker) for name, text in texts.items()})
