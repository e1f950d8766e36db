"""Templates: HTML with everything escaped, and the words that every page shows."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.profile import Profile

HERE = Path(__file__).parent
CENTRE = "工程师协同创新中心"  # shown until the operator has named the centre


def chinese_date(day: date | None) -> str:
    """2026年5月15日; empty for None."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def phone_link(telephone: str) -> str:
    """A tel: address of the digits that a telephone dials; empty when there are none."""
    dialled = "".join(char for char in telephone.split("（")[0].split("、")[0] if char in "+0123456789")
    return f"tel:{dialled}" if dialled else ""


@cache
def environment() -> Environment:
    """The one environment. Autoescape is on for every template: what people and documents wrote is text."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["chinese_date"] = chinese_date
    made.filters["phone_link"] = phone_link
    return made


def piece(template: str, macro: str, value: Any) -> str:
    """One macro of a template, for what arrives while a page is looked at."""
    made: str = getattr(environment().get_template(template).module, macro)(value)
    return str(made)


def render(
    request: Request, template: str, values: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None
) -> HTMLResponse:
    """A page from its template, with the centre's name and telephone at hand."""
    profile: Profile = request.app.state.services.profile
    shared = {"centre": profile.name or CENTRE, "telephone": profile.telephone or ""}
    words = environment().get_template(template).render({**shared, **values})
    return HTMLResponse(words, status_code=status, headers=headers)
