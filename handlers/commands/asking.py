"""Asks the clinic for one of its verbs in the name of who holds a token, and prints what it gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from handlers.commands import console

Values = dict[str, Any]
Show = Callable[[Values], None]


def run(
    name: str,
    values: Values,
    *,
    data: Path | None,
    json: bool,
    show: Show,
    token: str | None = None,
    operator: bool = False,
) -> Values:
    """Do the verb and print its result, then give it back.

    Args:
        show: Prints the result for people.
        operator: Whether the operator of the directory calls where no token is given; then the token of the environment is not used.
    """
    from bot.settings import load
    from handlers.commands.house import reach

    with console.exits():
        settings = load(data=data)
        given = token or ("" if operator else settings.token.get_secret_value())
        with reach(settings, verb=name.replace("-", " ")) as house:
            result = house.run(name, {**values, "token": given or None}, lambda what, done, total: None)
        console.say_json(result) if json else show(result)
    return result
