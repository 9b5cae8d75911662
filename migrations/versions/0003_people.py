"""People: clusters of faces, the log over them, and the projection of both."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

ACTIONS = "'name', 'merge', 'split', 'hide', 'unhide', 'cannot_link', 'undo', 'erase'"


def upgrade() -> None:
    _people()
    _people_log()
    _face_assignments()
    _face_clusters()


def downgrade() -> None:
    for table in ("face_clusters", "face_assignments", "people_log", "people"):
        op.drop_table(table)


def _now() -> sa.Column:
    return sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("now()"),
        nullable=False,
    )


def _library(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["library_slug"],
        ["libraries.slug"],
        name=op.f(f"fk_{table}_library_slug"),
        onupdate="CASCADE",
        ondelete="CASCADE",
    )


def _cascade(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [f"{target}.{column}"],
        name=op.f(f"fk_{table}_{column}"),
        ondelete="CASCADE",
    )


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("cluster_id", sa.Text(), nullable=False),
        sa.Column("library_slug", sa.Text(), nullable=False),
        sa.Column("split_from", sa.Text(), nullable=True),
        sa.Column("effective_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _now(),
        sa.CheckConstraint(
            "cluster_id <> '' and effective_id <> ''", name=op.f("ck_people_not_empty")
        ),
        _library("people"),
        sa.PrimaryKeyConstraint("cluster_id", name=op.f("pk_people")),
    )
    op.create_index("ix_people_library", "people", ["library_slug", "effective_id"])
    op.create_index("ix_people_effective", "people", ["effective_id"])


def _people_log() -> None:
    op.create_table(
        "people_log",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("library_slug", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        _now(),
        sa.CheckConstraint(f"action in ({ACTIONS})", name=op.f("ck_people_log_action")),
        sa.CheckConstraint("jsonb_typeof(payload) = 'object'", name=op.f("ck_people_log_payload")),
        _library("people_log"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_people_log")),
    )
    op.create_index("ix_people_log_library", "people_log", ["library_slug", "entry_id"])


def _face_assignments() -> None:
    table = "face_assignments"
    op.create_table(
        table,
        sa.Column("artifact_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("cluster_id", sa.Text(), nullable=False),
        sa.Column("split_id", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("is_exemplar", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "confidence between 0 and 1", name=op.f("ck_face_assignments_confidence")
        ),
        _cascade(table, "artifact_id", "artifacts"),
        _cascade(table, "asset_id", "asset"),
        _cascade(table, "run_id", "runs"),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["people.cluster_id"], name=op.f(f"fk_{table}_cluster_id")
        ),
        sa.ForeignKeyConstraint(
            ["split_id"], ["people.cluster_id"], name=op.f(f"fk_{table}_split_id")
        ),
        sa.PrimaryKeyConstraint("artifact_id", name=op.f(f"pk_{table}")),
    )
    op.create_index("ix_face_assignments_cluster", table, ["cluster_id"])
    op.create_index(
        "ix_face_assignments_split",
        table,
        ["split_id"],
        postgresql_where=sa.text("split_id is not null"),
    )
    op.create_index("ix_face_assignments_run", table, ["run_id"])
    op.create_index("ix_face_assignments_asset", table, ["asset_id"])
    op.create_index(
        "ix_face_assignments_exemplar",
        table,
        ["cluster_id"],
        postgresql_where=sa.text("is_exemplar"),
    )


def _face_clusters() -> None:
    table = "face_clusters"
    op.create_table(
        table,
        sa.Column("artifact_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("cluster_id", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        _cascade(table, "artifact_id", "artifacts"),
        _cascade(table, "asset_id", "asset"),
        _cascade(table, "run_id", "runs"),
        sa.PrimaryKeyConstraint("artifact_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(
        "ix_face_clusters_asset_cluster_start", table, ["asset_id", "cluster_id", "start_ms"]
    )
    op.create_index(
        "ix_face_clusters_cluster_asset_start", table, ["cluster_id", "asset_id", "start_ms"]
    )
    op.create_index("ix_face_clusters_run", table, ["run_id"])
