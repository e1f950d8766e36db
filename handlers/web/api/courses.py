"""GET /courses: the course catalogue."""

from datetime import date

from fastapi import APIRouter

from handlers.web.deps import Asker, Wired
from handlers.web.schemas import CourseList, CourseOut

router = APIRouter(prefix="/api/v1", tags=["courses"])


@router.get("/courses")
def list_courses(services: Wired, asker: Asker) -> CourseList:
    """All courses, the earliest first; those without a date last."""
    rows = sorted(services.library.courses(asker), key=lambda row: (row[0].start or date.max, row[0].title))
    return CourseList(items=[CourseOut.of(course, document) for course, document in rows])
