"""GET /courses: the course catalogue."""

from datetime import date

from fastapi import APIRouter

from corpora.document import Course, Document
from handlers.web.deps import Asker, Wired
from handlers.web.masking import masked_words
from handlers.web.schemas import CourseList, CourseOut
from retrieval.protocols import Principal

router = APIRouter(prefix="/api/v1", tags=["courses"])


@router.get("/courses")
def list_courses(services: Wired, asker: Asker) -> CourseList:
    """All courses, the earliest first; those without a date last."""
    rows = sorted(services.library.courses(asker), key=lambda row: (row[0].start or date.max, row[0].title))
    return CourseList(items=[_shown(course, document, asker) for course, document in rows])


def _shown(course: Course, document: Document, asker: Principal) -> CourseOut:
    row = CourseOut.of(course, document)
    texts = {name: getattr(row, name) for name in ("title", "hours", "place", "level", "summary")}
    return row.model_copy(update={name: masked_words(text, asker) for name, text in texts.items()})
