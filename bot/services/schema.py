"""The shape of the tables: brought up to the present one, never by hand."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.db import Records


def config() -> Config:
    """Alembic, configured in code: there is no ini file to lose."""
    settings = Config()
    settings.set_main_option("script_location", "bot:migrations")
    settings.set_main_option("path_separator", "os")
    return settings


def head() -> str:
    """The newest revision that this program knows."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    assert revision is not None
    return revision


def current(records: Records) -> str | None:
    """The revision of these records; None when they are empty."""
    with records.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(records: Records, *, to: str = "head") -> None:
    """Bring the tables up; all steps in one transaction, or none."""
    settings = config()
    with records.engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, to)
