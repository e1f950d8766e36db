"""Know how complete a demand is and what it is worth, what firms have in common, and packages."""

import sqlalchemy as sa
from alembic import op

import bot.db

revision = "e41f7c20b6d9"
down_revision = "e3b91c5d7a40"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step up."""
    with op.batch_alter_table("demands", schema=None) as batch_op:
        batch_op.add_column(sa.Column("completeness", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("marks", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("value", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("town", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("cluster_ref", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("package_ref", sa.String(length=16), nullable=True))
        for column in ("completeness", "value", "town", "cluster_ref", "package_ref"):
            batch_op.create_index(batch_op.f(f"ix_demands_{column}"), [column], unique=False)
    op.create_table(
        "demand_vectors",
        sa.Column("demand_ref", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("values", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("demand_ref", name=op.f("pk_demand_vectors")),
    )
    op.create_table(
        "twins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_ref", sa.String(length=16), nullable=False),
        sa.Column("second_ref", sa.String(length=16), nullable=False),
        sa.Column("likeness", sa.Integer(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("created_at", bot.db.Instant(timezone=True), nullable=False),
        sa.Column("dismissed_at", bot.db.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_twins")),
        sa.UniqueConstraint("first_ref", "second_ref", name=op.f("uq_twins_first_ref_second_ref")),
    )
    with op.batch_alter_table("twins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_twins_first_ref"), ["first_ref"], unique=False)
        batch_op.create_index(batch_op.f("ix_twins_second_ref"), ["second_ref"], unique=False)
    op.create_table(
        "clusters",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "merged", "dissolved", name="clusterstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("representative", sa.String(length=16), nullable=True),
        sa.Column("merged_into", sa.String(length=16), nullable=True),
        sa.Column("package_ref", sa.String(length=16), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", bot.db.Instant(timezone=True), nullable=False),
        sa.Column("updated_at", bot.db.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_clusters")),
        sa.UniqueConstraint("ref", name=op.f("uq_clusters_ref")),
    )
    with op.batch_alter_table("clusters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clusters_state"), ["state"], unique=False)
    op.create_table(
        "cluster_aparts",
        sa.Column("demand_ref", sa.String(length=16), nullable=False),
        sa.Column("cluster_ref", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("demand_ref", "cluster_ref", name=op.f("pk_cluster_aparts")),
    )
    op.create_table(
        "views",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("created_at", bot.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_views_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_views_person_id_name")),
    )
    with op.batch_alter_table("views", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_views_person_id"), ["person_id"], unique=False)
    op.create_table(
        "packages",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "published", "closed", "dropped", name="packagestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("goal", sa.String(), nullable=False),
        sa.Column("metrics", sa.String(), nullable=False),
        sa.Column("deadline", sa.String(length=10), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("budget", sa.String(), nullable=False),
        sa.Column("rights", sa.String(), nullable=False),
        sa.Column("reach", sa.Enum("alliance", "open", name="reach", native_enum=False, length=32), nullable=False),
        sa.Column("cluster_ref", sa.String(length=16), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", bot.db.Instant(timezone=True), nullable=False),
        sa.Column("published_at", bot.db.Instant(timezone=True), nullable=True),
        sa.Column("closed_at", bot.db.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_packages")),
        sa.UniqueConstraint("ref", name=op.f("uq_packages_ref")),
    )
    with op.batch_alter_table("packages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_packages_state"), ["state"], unique=False)
    op.create_table(
        "applications",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("package_ref", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("proposal", sa.String(), nullable=False),
        sa.Column("price", sa.String(), nullable=False),
        sa.Column("time", sa.String(), nullable=False),
        sa.Column("consented_at", bot.db.Instant(timezone=True), nullable=False),
        sa.Column("created_at", bot.db.Instant(timezone=True), nullable=False),
        sa.Column("emptied_at", bot.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["package_ref"], ["packages.ref"], name=op.f("fk_applications_package_ref")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_applications_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
    )
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_applications_package_ref"), ["package_ref"], unique=False)
        batch_op.create_index(batch_op.f("ix_applications_person_id"), ["person_id"], unique=False)
