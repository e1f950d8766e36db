"""Run by Alembic: the connection is handed in by `bot.services.schema`."""

from alembic import context

from bot.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    render_as_batch=True,
    user_module_prefix="bot.db.",
)
with context.begin_transaction():
    context.run_migrations()
