"""The documents say what is so: settings, commands, routes, links and the README's two commands."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.routing import iter_route_contexts

from bot.settings import Settings
from handlers.web.app import create_app
from tests.handlers.web.house import build

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    rows = re.findall(r"^\| `WENZHEN_(\w+)` \| (.*?) \| (.*) \|$", read("docs/settings.md"), re.MULTILINE)
    documented = {name: (default.strip("`"), meaning) for name, default, meaning in rows}
    expected = {}
    for name, field in Settings.model_fields.items():
        default: Any = field.default
        plain = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        shown = "true" if plain is True else str(plain) if plain not in (None, "") else "空"
        expected[name.upper()] = (shown, field.description)
    assert documented == expected


def commands(group: Any, before: str = "wenzhen") -> Iterator[tuple[str, set[str]]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before} {name}")
        else:
            options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
            yield f"{before} {name}", options - {"--data", "--json", "--help"}


def test_every_command_and_option_is_documented_and_no_other() -> None:
    from handlers.cli import app

    text = read("docs/cli.md")
    real = dict(commands(typer.main.get_command(app)))
    documented: dict[str, set[str]] = {}
    for row in re.findall(r"^\| `(wenzhen [^`]*)` \|", text, re.MULTILINE):
        name = next(name for name in sorted(real, key=len, reverse=True) if row.startswith(name))
        documented.setdefault(name, set()).update(re.findall(r"--[a-z]+", row))
    assert documented == real


def test_every_route_is_documented_and_no_other() -> None:
    text = read("docs/api.md")
    documented = set(re.findall(r"^\| `((?:GET|POST|PUT|DELETE) /\S*)`", text, re.MULTILINE))
    assert documented == set(routes())


def routes() -> Iterator[str]:
    for route in iter_route_contexts(create_app(build().services).routes):
        for method in sorted((route.methods or {"GET"}) - {"HEAD", "OPTIONS"}):
            yield f"{method} {route.path}"


def markdown() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")), ROOT / "scripts" / "README.md"]


@pytest.mark.parametrize("page", markdown(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []


def test_the_readme_gives_the_two_commands_and_they_exist() -> None:
    text = read("README.md")
    for script in ("scripts/run", "scripts/test", "scripts/install"):
        assert (ROOT / script).stat().st_mode & 0o111
    assert "./scripts/run" in text
    assert "./scripts/test" in text
    assert "./scripts/test" in read(".ci/run")


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
