"""What every page of the console shares: its frame, and where somebody goes who has no business there."""

from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from bot.bootstrap import Services
from bot.rules.people import Caller, check_clerk
from handlers.web.errors import Problem
from handlers.web.pages.desk import frame, sign_in_first
from handlers.web.templating import render
from retrieval.protocols import Role

Json = dict[str, Any]


def console_frame(request: Request, services: Services, who: Caller, at: str, here: str) -> Json:
    """What a page of the console needs.

    Args:
        at: Which of the console's places is marked as the present one.
        here: The address of the page itself.
    """
    return frame(request, services, who, place="控制台", home="/console", here=here) | {"at": at}


def turned_away(request: Request, who: Caller) -> Response | None:
    """Where somebody goes who has no business here; None for clerks.

    Raises:
        NotAllowed: it is a firm.
    """
    if who.role is Role.PUBLIC:
        return sign_in_first(request)
    if who.role is Role.ENGINEER:
        return RedirectResponse("/desk", 303)
    check_clerk(who)
    return None


def console_page(request: Request, template: str, values: Json, problem: Problem | None = None) -> Response:
    """A page of the console, with what went wrong where a form was refused."""
    shown = values | {"problem": problem.message if problem else ""}
    headers = {"Cache-Control": "no-store"}
    return render(request, template, shown, status=problem.status if problem else 200, headers=headers)
