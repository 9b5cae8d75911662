"""The tables of Rushes as SQLAlchemy Core, for queries. Their making lies in `migrations/`.

A migration test compares the two, so neither can drift from the other.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import (
    JSONB,
    REGCONFIG,
    TSVECTOR,
    ExcludeConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_TIMESTAMP = DateTime(timezone=True)


def _now(name: str) -> Column[object]:
    return Column(name, _TIMESTAMP, nullable=False, server_default=func.now())


libraries = Table(
    "libraries",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("root", Text, nullable=False, unique=True),
    Column("include", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("exclude", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("settings", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("volume_label", Text),
    Column("status", Text, nullable=False, server_default="online"),
    Column("status_reason", Text),
    Column("root_device", BigInteger),
    Column("root_inode", BigInteger),
    Column("last_scan_at", _TIMESTAMP),
    _now("created_at"),
    CheckConstraint("slug ~ '^[a-z0-9][a-z0-9_-]{0,62}$'", name="slug"),
    CheckConstraint("status in ('online', 'offline')", name="status"),
)

asset = Table(
    "asset",
    metadata,
    Column("asset_id", Text, primary_key=True),
    Column(
        "library_slug", ForeignKey("libraries.slug", onupdate="CASCADE"), nullable=False, index=True
    ),
    Column("path", Text, nullable=False),
    Column("content_hash", Text, nullable=False, index=True),
    Column("content_version", Integer, nullable=False, server_default="1"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default="present"),
    Column("missing_since", _TIMESTAMP),
    Column("duration_ms", BigInteger),
    Column("capture_time", _TIMESTAMP),
    Column("preview_ready", Boolean, nullable=False, server_default=text("false")),
    Column("playable", Boolean, nullable=False, server_default=text("false")),
    Column("searchable", Boolean, nullable=False, server_default=text("false")),
    Column("offline_ready", Boolean, nullable=False, server_default=text("false")),
    Column("is_favorite", Boolean, nullable=False, server_default=text("false")),
    _now("created_at"),
    _now("updated_at"),
    CheckConstraint("state in ('present', 'missing')", name="state"),
    CheckConstraint("content_version >= 1", name="content_version"),
    # The order of films across libraries: undated ones last.
    Index("ix_asset_captured", text("coalesce(capture_time, 'infinity'::timestamptz)"), "asset_id"),
    # Two films never lie at one path. Deferred: a scan may swap two paths in one transaction.
    ExcludeConstraint(
        ("library_slug", "="),
        ("path", "="),
        name="ex_asset_path",
        using="btree",
        where=text("state = 'present'"),
        deferrable=True,
        initially="DEFERRED",
    ),
)

asset_versions = Table(
    "asset_versions",
    metadata,
    Column("asset_id", ForeignKey("asset.asset_id", ondelete="CASCADE"), primary_key=True),
    Column("content_version", Integer, primary_key=True),
    Column("content_hash", Text, nullable=False),
    # Known once two files collided in their sampled hash; verifies later collisions.
    Column("full_hash", Text),
    Column("size_bytes", BigInteger, nullable=False),
    _now("created_at"),
)

library_files = Table(
    "library_files",
    metadata,
    Column(
        "library_slug",
        ForeignKey("libraries.slug", onupdate="CASCADE", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("path", Text, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    # When this size and mtime were first seen: the start of the stability guard.
    Column("first_seen_at", _TIMESTAMP, nullable=False),
    Column("seen_at", _TIMESTAMP, nullable=False),
    Column("state", Text, nullable=False),
    Column("content_hash", Text),
    Column("asset_id", ForeignKey("asset.asset_id", ondelete="SET NULL"), index=True),
    Column("error_code", Text),
    Column("error_text", Text),
    CheckConstraint("state in ('settling', 'taken', 'rejected')", name="state"),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("asset_id", ForeignKey("asset.asset_id", ondelete="CASCADE"), nullable=False),
    Column("content_version", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("origin", Text, nullable=False, server_default="analysed"),
    Column("model_profile", Text, nullable=False),
    Column("config_hash", Text, nullable=False),
    Column("input_hash", Text, nullable=False),
    Column("producer", Text, nullable=False),
    Column("producer_version", Text, nullable=False),
    Column("doc_id", Text),
    Column("dagster_run_id", Text),
    # ISO 639-1, of a run that speaks for one language only; it stands beside those of others.
    Column("language", Text),
    Column("status", Text, nullable=False),
    # A session-level advisory lock that the worker holds while it lives.
    Column("worker_key", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False, server_default="1"),
    _now("started_at"),
    Column("finished_at", _TIMESTAMP),
    # When Dagster's event log was told; until then a repeat tells it without working again.
    Column("reported_at", _TIMESTAMP),
    Column("error_code", Text),
    Column("error_text", Text),
    Column("error_retryable", Boolean),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("timings", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    CheckConstraint("status in ('running', 'completed', 'failed')", name="status"),
    CheckConstraint("origin in ('analysed', 'imported', 'human')", name="origin"),
    CheckConstraint(
        "model_profile in ('fast', 'balanced', 'high_quality', 'none')", name="model_profile"
    ),
    Index("ix_runs_selection", "asset_id", "stage", "content_version", "status", "finished_at"),
    Index("ix_runs_running", "status", postgresql_where=text("status = 'running'")),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("artifact_id", Text, primary_key=True),
    Column("asset_id", ForeignKey("asset.asset_id", ondelete="CASCADE"), nullable=False),
    Column("artifact_type", Text, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("span_start_ms", BigInteger, nullable=False),
    Column("span_end_ms", BigInteger, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("producer", Text, nullable=False),
    Column("producer_version", Text, nullable=False),
    Column("model_profile", Text, nullable=False),
    Column("config_hash", Text, nullable=False),
    Column("input_hash", Text, nullable=False),
    Column("run_id", ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    _now("created_at"),
    CheckConstraint("schema_version >= 1", name="schema_version"),
    CheckConstraint("0 <= span_start_ms and span_start_ms < span_end_ms", name="span"),
    CheckConstraint("jsonb_typeof(payload) = 'object'", name="payload"),
    CheckConstraint(
        "model_profile in ('fast', 'balanced', 'high_quality', 'none')", name="model_profile"
    ),
    CheckConstraint(
        "'' not in (artifact_id, asset_id, artifact_type, producer, producer_version,"
        " config_hash, input_hash, run_id)",
        name="not_empty",
    ),
    Index(
        "ix_artifacts_asset_type_start", "asset_id", "artifact_type", "span_start_ms", "artifact_id"
    ),
    Index(
        "ix_artifacts_asset_type_profile_start",
        "asset_id",
        "artifact_type",
        "model_profile",
        "span_start_ms",
    ),
    Index("ix_artifacts_type_created", "artifact_type", "created_at"),
    Index("ix_artifacts_run", "run_id"),
    Index("ix_artifacts_producer", "producer", "producer_version", "artifact_id"),
    Index("ix_artifacts_config_hash", "config_hash", "artifact_id"),
    Index(
        "ix_artifacts_payload",
        literal_column("(payload - 'words')").label("payload_without_words"),
        postgresql_using="gin",
        postgresql_ops={"payload_without_words": "jsonb_path_ops"},
    ),
)

artifact_selections = Table(
    "artifact_selections",
    metadata,
    Column("asset_id", ForeignKey("asset.asset_id", ondelete="CASCADE"), primary_key=True),
    Column("artifact_type", Text, primary_key=True),
    Column("stage", Text, Computed("stage_of_type(artifact_type)", persisted=True)),
    Column("mode", Text, nullable=False),
    Column("preferred_profile", Text),
    Column("pinned_run_id", ForeignKey("runs.run_id", ondelete="CASCADE")),
    _now("updated_at"),
    CheckConstraint(
        "mode in ('default', 'latest', 'profile', 'pinned', 'best_quality')", name="mode"
    ),
)


def projection_columns() -> list[Column[object]]:
    """What every projection has: its artifact, film, run and span."""
    return [
        Column(
            "artifact_id", ForeignKey("artifacts.artifact_id", ondelete="CASCADE"), primary_key=True
        ),
        Column("asset_id", ForeignKey("asset.asset_id", ondelete="CASCADE"), nullable=False),
        Column("run_id", ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
        Column("start_ms", BigInteger, nullable=False),
        Column("end_ms", BigInteger, nullable=False),
    ]


transcript_fts = Table(
    "transcript_fts",
    metadata,
    *projection_columns(),
    Column("text", Text, nullable=False),
    Column("language", REGCONFIG, nullable=False),
    Column("text_tsv", TSVECTOR, Computed("to_tsvector(language, text)", persisted=True)),
    Index("ix_transcript_fts_asset_text_tsv", "asset_id", "text_tsv", postgresql_using="gin"),
    Index("ix_transcript_fts_asset_start", "asset_id", "start_ms", "artifact_id"),
    Index("ix_transcript_fts_run", "run_id"),
    Index("ix_transcript_fts_language", "language"),
    Index(
        "ix_transcript_fts_trigram",
        "text",
        postgresql_using="gin",
        postgresql_ops={"text": "gin_trgm_ops"},
    ),
)

scene_ranges = Table(
    "scene_ranges",
    metadata,
    *projection_columns(),
    Column("scene_index", Integer, nullable=False),
    Column("keyframe_ms", BigInteger, nullable=False),
    Index("ix_scene_ranges_asset_scene", "asset_id", "scene_index"),
    Index("ix_scene_ranges_asset_start", "asset_id", "start_ms", "artifact_id"),
    Index("ix_scene_ranges_run", "run_id"),
)
