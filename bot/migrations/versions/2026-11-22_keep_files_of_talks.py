"""Keep the files that are sent in talks, and the trade of a firm."""

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "d3b8f21c6e47"
down_revision = "c7d04e5a91b2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step up."""
    op.create_table(
        "files",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=240), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=True),
        sa.Column("ticket_ref", sa.String(length=16), nullable=True),
        sa.Column(
            "sender",
            sa.Enum("sme", "bot", "engineer", "staff", "system", name="sender", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("photo", "voice", "document", "other", name="mediakind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("far_id", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "kept", "refused", name="filestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("created_at", bot.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_files_conversation_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_files_message_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_files_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.create_index("ix_files_conversation_id_key", ["conversation_id", "key"], unique=False)
        batch_op.create_index(batch_op.f("ix_files_message_id"), ["message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_files_ticket_ref"), ["ticket_ref"], unique=False)
        batch_op.create_index(batch_op.f("ix_files_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_files_sha256"), ["sha256"], unique=False)
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("trade", sa.String(), nullable=True))
