"""Keep answers with what was said of them, and complaints."""

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "e3b91c5d7a40"
down_revision = "d3b8f21c6e47"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step up."""
    op.create_table(
        "answers",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("at", bot.db.Instant(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=True),
        sa.Column("conversation_id", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column(
            "role",
            sa.Enum("public", "sme", "engineer", "staff", "admin", name="role", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("prev", sa.JSON(), nullable=False),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("useful", sa.Boolean(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("rated_at", bot.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_answers_message_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_answers_conversation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_answers_person_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_answers")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        for column in ("id", "at", "conversation_id", "person_id", "rated_at"):
            batch_op.create_index(batch_op.f(f"ix_answers_{column}"), [column], unique=False)
    op.create_table(
        "complaints",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("at", bot.db.Instant(timezone=True), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("handled_at", bot.db.Instant(timezone=True), nullable=True),
        sa.Column("handled_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_complaints_person_id")),
        sa.ForeignKeyConstraint(["handled_by"], ["people.id"], name=op.f("fk_complaints_handled_by")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_complaints")),
        sa.UniqueConstraint("id", name=op.f("uq_complaints_id")),
    )
    with op.batch_alter_table("complaints", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaints_person_id"), ["person_id"], unique=False)
