"""Fixtures for every room."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real documents and data beside the checkout; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not beside this checkout: the real documents and data sets are read from there")
    return SHARED.resolve()


@pytest.fixture(scope="session")
def seeds(shared: Path) -> Path:
    """The five real policy documents."""
    return shared / "seeds"
