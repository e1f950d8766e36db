"""A stage for every test of the dialogue."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.dialogue.stage import Stage, emptied, staged


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty records, made once."""
    return emptied(tmp_path_factory.mktemp("empty"))


@pytest.fixture
def stage(empty: Path, tmp_path: Path) -> Iterator[Stage]:
    """Records of its own, and people to play."""
    with staged(empty, tmp_path) as made:
        yield made
