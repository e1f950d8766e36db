"""What firms say, played turn by turn. The tables are the same for every channel."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.rules.people import NOBODY
from tests.bot.dialogue.firms import FIRMS
from tests.bot.dialogue.stage import Heard, Stage, emptied, is_system, staged
from tests.bot.dialogue.tables import PUBLIC, TABLES, Begin, Does, Later, Press, Says, Step


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty records, made once."""
    return emptied(tmp_path_factory.mktemp("empty"))


@pytest.fixture
def stage(empty: Path, tmp_path: Path) -> Iterator[Stage]:
    """Records of its own, and people to play."""
    with staged(empty, tmp_path) as made:
        yield made


def check(heard: Heard, expected: Says) -> None:
    if expected.silent:
        assert heard.text == ""
    else:
        assert heard.replies, "nothing came back"
    for words in expected.words:
        assert words in heard.text
    for words in expected.lacks:
        assert words not in heard.text
    assert set(expected.buttons) <= set(heard.buttons)
    if expected.owner is not None:
        assert heard.owner == expected.owner
    if expected.ticket is not None:
        assert heard.ticket == expected.ticket
    if heard.owner == "engineer":
        assert all(is_system(reply) for reply in heard.replies)


def play(stage: Stage, steps: tuple[Step, ...]) -> None:
    for step in steps:
        if isinstance(step, Begin):
            stage.begin(NOBODY if step.who == PUBLIC else getattr(stage, step.who))
        elif isinstance(step, Later):
            stage.later(days=step.days)
        elif isinstance(step, Does):
            getattr(stage, step.what)()
        else:
            said, expected = step
            check(stage.press(said.label) if isinstance(said, Press) else stage.say(said), expected)


@pytest.mark.parametrize("name", TABLES)
def test_the_dialogue_goes_as_the_table_says(stage: Stage, name: str) -> None:
    play(stage, TABLES[name])


@pytest.mark.parametrize("name", FIRMS)
def test_a_firm_is_understood_as_it_types(stage: Stage, name: str) -> None:
    play(stage, FIRMS[name])
