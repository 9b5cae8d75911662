"""Which runs answer, kept as a table; corrections, vocabulary, favourites, and who changed what.

What is derived of a whole film is brought up to date at the commit of whatever changes it, by
deferred triggers over `film_changes`; the functions lie in `migrations/sql/0004`.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

SQL = Path(__file__).parents[1] / "sql" / "0004"
FUNCTIONS = {
    "stage_of_type": "stage_of_type(text)",
    "types_of_stage": "types_of_stage(text)",
    "answering_runs": "answering_runs(text, text, text, text, text)",
    "replacements": "replacements(text, text)",
    "film_entries": "film_entries(text, text)",
    "film_words": "film_words(text, text)",
    "film_spans": "film_spans(text, text)",
    "refresh_film": "refresh_film(text, text)",
    "changed_films": "refresh_changed_film()",
    "note_runs": "note_changed_runs()",
    "note_policies": "note_changed_policies()",
    "note_faces": "note_changed_faces()",
    "note_films": "note_changed_films()",
}
TRIGGERS = (
    ("runs", "note_changed_runs", ("insert", "update", "delete")),
    ("artifact_selections", "note_changed_policies", ("insert", "update", "delete")),
    ("face_clusters", "note_changed_faces", ("insert", "update", "delete")),
    ("asset", "note_changed_films", ("update",)),
)
ROWS = {"insert": ("new",), "update": ("old", "new"), "delete": ("old",)}
TEXTS = ("transcript_fts", "ocr_fts")
LABELS = ("object_labels", "place_labels")
# Ended with artifact_id: the whole order of an answer comes from the index.
ORDERED = (
    *(
        (f"ix_{each}_asset_start", each, ("asset_id", "start_ms"))
        for each in ("scene_ranges", *TEXTS)
    ),
    *((f"ix_{each}_asset_label_start", each, ("asset_id", "label", "start_ms")) for each in LABELS),
    (
        "ix_face_clusters_asset_cluster_start",
        "face_clusters",
        ("asset_id", "cluster_id", "start_ms"),
    ),
    (
        "ix_artifacts_asset_type_start",
        "artifacts",
        ("asset_id", "artifact_type", "span_start_ms"),
    ),
    ("ix_artifacts_producer", "artifacts", ("producer", "producer_version")),
    ("ix_artifacts_config_hash", "artifacts", ("config_hash",)),
)
DERIVED = (
    "longest_spans",
    "film_texts",
    "film_vocabulary",
    "vocabulary",
    "replaced_artifacts",
    "current_runs",
)


def upgrade() -> None:
    op.execute("create extension if not exists btree_gin")
    op.add_column("runs", sa.Column("language", sa.Text(), nullable=True))
    _execute("stage_of_type")
    op.add_column(
        "artifact_selections",
        sa.Column("stage", sa.Text(), sa.Computed("stage_of_type(artifact_type)", persisted=True)),
    )
    # A policy that pins a run is gone with the run; without one it would answer with nothing.
    op.execute("delete from artifact_selections where mode = 'pinned' and pinned_run_id is null")
    _pin("CASCADE")
    _derived_tables()
    _users_tables()
    _indexes()
    for name in FUNCTIONS:
        if name != "stage_of_type":
            _execute(name)
    _triggers()
    _execute("refresh_all")


def downgrade() -> None:
    for table, function, events in TRIGGERS:
        for event in events:
            op.execute(f"drop trigger {function}_{event} on {table}")
    op.drop_table("film_changes")
    for name, signature in reversed(FUNCTIONS.items()):
        if name != "stage_of_type":
            op.execute(f"drop function {signature}")
    _old_indexes()
    for table in ("audit_log", "favourite_scenes", *DERIVED):
        op.drop_table(table)
    _pin("SET NULL")
    op.drop_column("artifact_selections", "stage")
    op.execute(f"drop function {FUNCTIONS['stage_of_type']}")
    op.drop_column("runs", "language")
    op.execute("drop extension btree_gin")


def _pin(ondelete: str) -> None:
    table, name = "artifact_selections", op.f("fk_artifact_selections_pinned_run_id")
    op.drop_constraint(name, table, type_="foreignkey")
    op.create_foreign_key(name, table, "runs", ["pinned_run_id"], ["run_id"], ondelete=ondelete)


def _execute(name: str) -> None:
    op.execute(sa.text((SQL / f"{name}.sql").read_text().replace(":", "\\:")))


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _time(name: str, *, now: bool = False) -> sa.Column:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=default)


def _cascade(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _derived_tables() -> None:
    # No foreign keys: each is corrected at the commit of what changes it, and waits for nobody.
    table = "current_runs"
    op.create_table(
        table, _text("run_id"), _text("asset_id"), _text("stage"), _key(table, "run_id")
    )
    op.create_index("ix_current_runs_asset_stage", table, ["asset_id", "stage"])

    table = "replaced_artifacts"
    columns = ("artifact_id", "by_artifact_id", "asset_id", "stage")
    op.create_table(table, *map(_text, columns), _key(table, "artifact_id", "by_artifact_id"))
    op.create_index("ix_replaced_artifacts_asset_stage", table, ["asset_id", "stage"])

    table = "film_vocabulary"
    op.create_table(
        table,
        *map(_text, ("asset_id", "stage", "kind", "label", "library_slug")),
        _time("captured_at"),
        _number("spans"),
        sa.Column("best_confidence", sa.Double(), nullable=True),
        _key(table, "asset_id", "kind", "label"),
    )
    op.create_index("ix_film_vocabulary_label", table, ["kind", "label", "captured_at", "asset_id"])

    table = "vocabulary"
    op.create_table(
        table,
        *map(_text, ("library_slug", "kind", "label")),
        _number("films"),
        _number("spans"),
        _key(table, "library_slug", "kind", "label"),
    )
    op.create_index("ix_vocabulary_kind", table, ["kind", "label"])
    op.create_index(
        "ix_vocabulary_gone", table, ["library_slug"], postgresql_where=sa.text("films <= 0")
    )

    table = "film_texts"
    op.create_table(
        table,
        *map(_text, ("asset_id", "stage", "kind")),
        _time("captured_at"),
        sa.Column("words", postgresql.TSVECTOR(), nullable=True),
        _key(table, "asset_id", "kind"),
    )
    op.create_index("ix_film_texts_words", table, ["words"], postgresql_using="gin")
    op.create_index("ix_film_texts_order", table, ["kind", "captured_at", "asset_id"])
    op.create_index(
        "ix_film_texts_too_many",
        table,
        ["kind", "captured_at", "asset_id"],
        postgresql_where=sa.text("words is null"),
    )

    table = "longest_spans"
    op.create_table(
        table,
        *map(_text, ("asset_id", "artifact_type")),
        _number("longest_ms"),
        _key(table, "asset_id", "artifact_type"),
    )

    # Rows live within one transaction only.
    table = "film_changes"
    op.create_table(table, *map(_text, ("asset_id", "stage")), prefixes=["UNLOGGED"])
    op.create_index("ix_film_changes_asset_stage", table, ["asset_id", "stage"])


def _users_tables() -> None:
    table = "favourite_scenes"
    op.create_table(
        table,
        _text("asset_id"),
        sa.Column("content_version", sa.Integer(), nullable=False),
        _number("start_ms"),
        _number("end_ms"),
        _time("created_at", now=True),
        _cascade(table, "asset_id", "asset.asset_id"),
        _key(table, "asset_id", "content_version", "start_ms", "end_ms"),
        sa.CheckConstraint("0 <= start_ms and start_ms < end_ms", name=op.f(f"ck_{table}_span")),
    )
    table = "audit_log"
    op.create_table(
        table,
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _time("at", now=True),
        *map(_text, ("actor", "action", "subject")),
        sa.Column(
            "details", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        _key(table, "entry_id"),
    )
    op.create_index("ix_audit_log_subject", table, ["subject", "entry_id"])


def _indexes() -> None:
    """In a film by time whatever the label; words of one film without those of all others."""
    for table in TEXTS:
        op.drop_index(f"ix_{table}_text_tsv", table)
        op.create_index(
            f"ix_{table}_asset_text_tsv",
            table,
            ["asset_id", "text_tsv"],
            postgresql_using="gin",
        )
    for table in LABELS:
        op.drop_index(f"ix_{table}_confidence", table)
    for table in (*LABELS, "face_clusters"):
        op.create_index(f"ix_{table}_asset_start", table, ["asset_id", "start_ms", "artifact_id"])
    for name, table, columns in ORDERED:
        op.drop_index(name, table)
        op.create_index(name, table, [*columns, "artifact_id"])
    op.create_index(
        "ix_people_by_name",
        "people",
        [
            sa.text("((name is null)::int)"),
            sa.text("coalesce(lower(name), '')"),
            "cluster_id",
        ],
    )
    op.create_index(
        "ix_asset_captured",
        "asset",
        [sa.text("coalesce(capture_time, 'infinity'::timestamptz)"), "asset_id"],
    )


def _old_indexes() -> None:
    op.drop_index("ix_asset_captured", "asset")
    op.drop_index("ix_people_by_name", "people")
    for table in (*LABELS, "face_clusters"):
        op.drop_index(f"ix_{table}_asset_start", table)
    for name, table, columns in ORDERED:
        op.drop_index(name, table)
        op.create_index(name, table, list(columns))
    for table in LABELS:
        op.create_index(f"ix_{table}_confidence", table, ["confidence"])
    for table in TEXTS:
        op.drop_index(f"ix_{table}_asset_text_tsv", table)
        op.create_index(f"ix_{table}_text_tsv", table, ["text_tsv"], postgresql_using="gin")


def _triggers() -> None:
    for table, function, events in TRIGGERS:
        for event in events:
            rows = " ".join(f"{each} table as {each}_rows" for each in ROWS[event])
            op.execute(
                f"create trigger {function}_{event} after {event} on {table}"
                f" referencing {rows} for each statement execute function {function}()"
            )
    op.execute(
        "create constraint trigger refresh_changed_film after insert on film_changes"
        " deferrable initially deferred for each row execute function refresh_changed_film()"
    )
