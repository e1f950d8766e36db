"""Invite in waves, keep why, and know when and where engineers work."""

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "d41f7b9c2e60"
down_revision = "e41f7c20b6d9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step up."""
    op.create_table(
        "blocks",
        sa.Column("organisation_id", sa.String(length=40), nullable=False),
        sa.Column("against", sa.String(length=40), nullable=False),
        sa.Column("created_at", bot.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_blocks_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "against", name=op.f("pk_blocks")),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("first", sa.String(length=10), nullable=False),
        sa.Column("last", sa.String(length=10), nullable=False),
        sa.Column("shifts", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", bot.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_plans_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plans_person_id"), ["person_id"], unique=False)
    op.create_table(
        "timetables",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("week", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("busy_until", bot.db.Instant(timezone=True), nullable=True),
        sa.Column("updated_at", bot.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_timetables_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_timetables")),
    )
    op.create_table(
        "rounds",
        sa.Column("ticket_ref", sa.String(length=16), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("since", bot.db.Instant(timezone=True), nullable=False),
        sa.Column("widen_at", bot.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket_ref"], ["tickets.ref"], name=op.f("fk_rounds_ticket_ref")),
        sa.PrimaryKeyConstraint("ticket_ref", name=op.f("pk_rounds")),
    )
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rounds_widen_at"), ["widen_at"], unique=False)
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("figures", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "declined_for",
                sa.Enum(
                    "not_my_trade",
                    "too_far",
                    "too_busy",
                    "other",
                    name="declinereason",
                    native_enum=False,
                    length=32,
                ),
                nullable=True,
            )
        )
