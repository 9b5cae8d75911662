"""The outbox of search, the ledger of what each index holds, generations and who reads which.

What a search document is made of has a trigger each that writes the queue; the functions lie in
`migrations/sql/0005`.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

SQL = Path(__file__).parents[1] / "sql" / "0005"
FUNCTIONS = {
    "lies_in": "lies_in(bigint, bigint, bigint, bigint)",
    "lies_in_no_scene": "lies_in_no_scene(text, text[], bigint, bigint, bigint)",
    "note_rows": "search_note_rows()",
    "note_films": "search_note_films()",
    "note_runs": "search_note_runs()",
    "note_artifacts": "search_note_artifacts()",
    "note_people": "search_note_people()",
    "note_libraries": "search_note_libraries()",
    "note_all": "search_note_all()",
    "retire_deleted": "search_retire_deleted()",
}
ANY = ("insert", "update", "delete")
OF_FILMS = (
    "current_runs",
    "replaced_artifacts",
    "longest_spans",
    "scene_ranges",
    "transcript_fts",
    "ocr_fts",
    "object_labels",
    "place_labels",
    "face_clusters",
    "artifact_selections",
    "favourite_scenes",
)
TRIGGERS = {
    **dict.fromkeys(OF_FILMS, ("search_note_rows", ANY)),
    "asset": ("search_note_films", ANY),
    "runs": ("search_note_runs", ("update", "delete")),
    "artifacts": ("search_note_artifacts", ("update",)),
    "people": ("search_note_people", ANY),
    "libraries": ("search_note_libraries", ("insert", "update")),
}
ROWS = {"insert": ("new",), "update": ("old", "new"), "delete": ("old",)}
TABLES = (
    "search_reconciliations",
    "search_sync_failures",
    "search_ledger_serial",
    "search_revs",
    "search_ledger",
    "library_model_policy",
    "index_generation",
    "search_sync_claims",
    "search_sync_queue",
)


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("search_rev_seq")))
    _outbox()
    _generations()
    _ledger()
    for name in FUNCTIONS:
        op.execute(sa.text((SQL / f"{name}.sql").read_text().replace(":", "\\:")))
    _triggers()
    op.execute("insert into search_ledger_serial default values")
    op.execute("insert into library_model_policy (library_slug) select slug from libraries")
    op.execute(
        "insert into search_sync_queue (asset_id, action) select asset_id, 'UPSERT' from asset"
    )


def downgrade() -> None:
    for table, (function, events) in TRIGGERS.items():
        for event in events:
            op.execute(f"drop trigger {function}_{event} on {table}")
        op.execute(f"drop trigger search_note_all_truncate on {table}")
    op.execute("drop trigger search_retire_deleted on asset")
    for signature in reversed(FUNCTIONS.values()):
        op.execute(f"drop function {signature}")
    for table in TABLES:
        op.drop_table(table)
    op.execute(sa.schema.DropSequence(sa.Sequence("search_rev_seq")))


def _triggers() -> None:
    for table, (function, events) in TRIGGERS.items():
        for event in events:
            rows = " ".join(f"{each} table as {each}_rows" for each in ROWS[event])
            op.execute(
                f"create trigger {function}_{event} after {event} on {table}"
                f" referencing {rows} for each statement execute function {function}()"
            )
        op.execute(
            f"create trigger search_note_all_truncate after truncate on {table}"
            " for each statement execute function search_note_all()"
        )
    op.execute(
        "create constraint trigger search_retire_deleted after delete on asset"
        " deferrable initially deferred for each row execute function search_retire_deleted()"
    )


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def _number(name: str, *, nullable: bool = False, default: int | None = None) -> sa.Column:
    server_default = None if default is None else sa.text(str(default))
    return sa.Column(name, sa.BigInteger(), nullable=nullable, server_default=server_default)


def _flag(name: str, default: bool) -> sa.Column:
    return sa.Column(
        name, sa.Boolean(), nullable=False, server_default=sa.text(str(default).lower())
    )


def _time(name: str, *, now: bool = True) -> sa.Column:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not now, server_default=default)


def _json(name: str, *, default: str | None = None) -> sa.Column:
    server_default = None if default is None else sa.text(default)
    return sa.Column(name, postgresql.JSONB(), nullable=False, server_default=server_default)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _foreign(table: str, column: str, target: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), **more)


def _outbox() -> None:
    table = "search_sync_queue"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("asset_id"),
        _text("action"),
        _time("created_at"),
        _key(table, "id"),
        _check(table, "action", "action in ('UPSERT', 'DELETE')"),
    )
    op.create_index(f"ix_{table}_asset", table, ["asset_id"])
    # Rows come and go all the time: dead ones are cleared by their number, not by their share.
    op.execute(
        f"alter table {table} set (autovacuum_vacuum_scale_factor = 0,"
        " autovacuum_vacuum_threshold = 5000)"
    )
    table = "search_sync_claims"
    op.create_table(
        table,
        _text("asset_id"),
        _number("worker_key"),
        _time("claimed_at"),
        _key(table, "asset_id"),
    )
    op.create_index(f"ix_{table}_worker", table, ["worker_key"])
    table = "search_sync_failures"
    op.create_table(
        table,
        _text("index_name"),
        _text("asset_id"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _time("next_attempt_at", now=False),
        _text("error_code"),
        _text("error_text"),
        _flag("is_dead", False),
        _time("first_failed_at"),
        _time("last_failed_at"),
        _key(table, "index_name", "asset_id"),
    )
    op.create_index(f"ix_{table}_due", table, ["next_attempt_at"])

    table = "search_reconciliations"
    counts = ("films", "stale", "damaged", "strange")
    op.create_table(table, _time("at"), *map(_number, counts), _key(table, "at"))


def _generations() -> None:
    table = "index_generation"
    op.create_table(
        table,
        _text("name"),
        _text("config_hash"),
        _json("config"),
        _text("state", default="building"),
        _flag("is_written", True),
        _time("created_at"),
        _time("changed_at"),
        _key(table, "name"),
        _check(table, "state", "state in ('building', 'active', 'draining', 'dropped')"),
    )
    table = "library_model_policy"
    names = ("active_index_name", "shadow_index_name", "previous_index_name")
    op.create_table(
        table,
        _text("library_slug"),
        *(_text(name, nullable=True) for name in names),
        _flag("locked", False),
        _time("locked_since", now=False),
        _json("promotion_progress", default="'{}'::jsonb"),
        _time("promoted_at", now=False),
        _foreign(table, "library_slug", "libraries.slug", onupdate="CASCADE", ondelete="CASCADE"),
        *(_foreign(table, name, "index_generation.name") for name in names),
        _key(table, "library_slug"),
    )


def _ledger() -> None:
    table = "search_ledger"
    op.create_table(
        table,
        _text("index_name"),
        _text("asset_id"),
        _number("live_rev", nullable=True),
        _number("pending_rev", nullable=True),
        _text("content_hash", nullable=True),
        sa.Column("doc_count", sa.Integer(), nullable=False, server_default=sa.text("0")),
        _time("updated_at"),
        _foreign(table, "index_name", "index_generation.name"),
        _key(table, "index_name", "asset_id"),
    )
    op.create_index(f"ix_{table}_asset", table, ["asset_id"])
    table = "search_revs"
    op.create_table(
        table,
        sa.Column("rev", sa.BigInteger(), nullable=False, autoincrement=False),
        _text("index_name"),
        _text("asset_id"),
        sa.Column("doc_count", sa.Integer(), nullable=False),
        _text("state"),
        _number("live_from", nullable=True),
        _number("live_to", nullable=True),
        _flag("is_published", False),
        _time("created_at"),
        _time("retired_at", now=False),
        _number("task_opstamp", nullable=True),
        _time("task_at", now=False),
        _foreign(table, "index_name", "index_generation.name"),
        _key(table, "rev"),
        _check(table, "state", "state in ('pending', 'live', 'retired', 'purged')"),
    )
    op.create_index(f"ix_{table}_index_state", table, ["index_name", "state"])
    op.create_index(f"ix_{table}_asset", table, ["asset_id"])
    op.create_index(
        f"ix_{table}_excluded",
        table,
        ["index_name", "rev"],
        postgresql_where=sa.text("state in ('pending', 'retired')"),
    )
    table = "search_ledger_serial"
    op.create_table(
        table,
        _flag("is_only", True),
        _number("serial", default=0),
        _number("max_rev", default=0),
        _key(table, "is_only"),
        _check(table, "is_only", "is_only"),
    )
