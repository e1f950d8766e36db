"""The document page: the whole text as it was read, at the cited clause. Courses and cases are documents too."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from bot.assistant.shape import STATUS_WORDS
from bot.errors import NotFound
from corpora.document import Document, Kind, Node, Span, Status
from corpora.validity import status_on
from handlers.web.deps import Asker, Wired
from handlers.web.masking import masked_words
from handlers.web.pages.layout import Reader
from handlers.web.pages.view import course_card, document_address
from handlers.web.templating import render
from retrieval.protocols import Principal

router = APIRouter(include_in_schema=False)
AT = re.compile(r"(\d{1,9})-(\d{1,9})")
MAX_MARKS = 20
MIN_CONTENTS = 4  # headings; fewer are seen at a glance
KIND_LABELS = {Kind.POLICY: "政策文件", Kind.COURSE: "课程目录", Kind.SOLUTION: "已解决案例"}


@router.api_route("/documents/{document_id}", methods=["GET", "HEAD"])
def show(
    document_id: str,
    request: Request,
    services: Wired,
    asker: Asker,
    at: Annotated[list[str] | None, Query()] = None,
    clause: str = "",
) -> Response:
    """The document with `at=start-end` (characters, repeatable) or a clause by its name marked; `#cited` is the first mark."""
    document = services.library.document(document_id, asker)
    if document is None:
        raise NotFound("没有这个文件，或您还不能查看它。")
    marks = [*parse_marks(at or (), len(document.text)), *named_clause(document.tree, clause)]
    reader = Reader(document, asker, marks=sorted(marks))
    status = status_on(document, services.today())
    silent = document.kind is not Kind.POLICY and status is Status.UNKNOWN
    courses = tuple(_catalogue(document, reader, asker))
    blocks = () if courses else tuple(reader.blocks(document.tree))
    contents = tuple(block for block in blocks if block.title)
    values = {
        "document": document,
        "kind_label": KIND_LABELS[document.kind],
        "status": status.value,
        "status_label": "" if silent else STATUS_WORDS[status],
        "blocks": blocks,
        "courses": courses,
        "contents": contents if len(contents) >= MIN_CONTENTS else (),
        "cited": bool(marks),
    }
    return render(request, "document.html", values)


def _catalogue(document: Document, reader: Reader, asker: Principal) -> Iterator[dict[str, Any]]:
    """The cards of a course catalogue, each with its row as printed."""
    for course in document.courses:
        card = {
            name: masked_words(value, asker) if isinstance(value, str) else value
            for name, value in course_card(course).items()
        }
        yield {
            **card,
            "summary": masked_words(course.summary, asker),
            "cited": reader.is_cited(course.span),
            "row": reader.run(course.span),
        }


@router.api_route("/courses/{course_id}", methods=["GET", "HEAD"])
def show_course(course_id: str, services: Wired, asker: Asker) -> Response:
    """To the row of this course in its catalogue."""
    for course, document in services.library.courses(asker):
        if course.id == course_id:
            return RedirectResponse(document_address(document.id, course.span), 303)
    raise NotFound("没有这门课程，它可能已经下架。")


@router.api_route("/solutions/{solution_id}", methods=["GET", "HEAD"])
def show_solution(solution_id: str, services: Wired, asker: Asker) -> Response:
    """To the page of this solved case."""
    for solution, document in services.library.solutions(asker):
        if solution.id == solution_id:
            return RedirectResponse(f"/documents/{quote(document.id, safe='')}", 303)
    raise NotFound("没有这个案例，它可能已经撤下。")


def parse_marks(given: Sequence[str], length: int) -> list[Span]:
    """Spans within the text; whatever is not one is left out, as an old link should still open its document."""
    found = [(int(match[1]), int(match[2])) for match in map(AT.fullmatch, given[:MAX_MARKS]) if match]
    return [(start, min(end, length)) for start, end in found if start < min(end, length)]


def named_clause(tree: Node, clause: str) -> list[Span]:
    """The first unit with exactly this name; empty when there is none."""
    if not clause:
        return []
    return [node.span for node in _walk(tree) if node.clause == clause][:1]


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)
