"""Libraries, films, runs, artifacts and their first projections."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

# ISO 639-1 code of a text's language -> text search configuration; `simple` where unknown.
TEXT_SEARCH_CONFIG = """
create function text_search_config(language text) returns regconfig
language sql immutable parallel safe as $$
    select case lower(language)
        when 'ar' then 'arabic' when 'hy' then 'armenian' when 'eu' then 'basque'
        when 'ca' then 'catalan' when 'da' then 'danish' when 'nl' then 'dutch'
        when 'en' then 'english' when 'fi' then 'finnish' when 'fr' then 'french'
        when 'de' then 'german' when 'el' then 'greek' when 'hi' then 'hindi'
        when 'hu' then 'hungarian' when 'id' then 'indonesian' when 'ga' then 'irish'
        when 'it' then 'italian' when 'lt' then 'lithuanian' when 'ne' then 'nepali'
        when 'no' then 'norwegian' when 'pt' then 'portuguese' when 'ro' then 'romanian'
        when 'ru' then 'russian' when 'sr' then 'serbian' when 'es' then 'spanish'
        when 'sv' then 'swedish' when 'ta' then 'tamil' when 'tr' then 'turkish'
        when 'yi' then 'yiddish' else 'simple'
    end::regconfig
$$
"""


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    op.execute(TEXT_SEARCH_CONFIG)
    op.create_table(
        "libraries",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column(
            "include",
            postgresql.JSONB(),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "exclude",
            postgresql.JSONB(),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "settings",
            postgresql.JSONB(),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("volume_label", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="online", nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("root_device", sa.BigInteger(), nullable=True),
        sa.Column("root_inode", sa.BigInteger(), nullable=True),
        sa.Column("last_scan_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("slug ~ '^[a-z0-9][a-z0-9_-]{0,62}$'", name=op.f("ck_libraries_slug")),
        sa.CheckConstraint("status in ('online', 'offline')", name=op.f("ck_libraries_status")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_libraries")),
        sa.UniqueConstraint("root", name=op.f("uq_libraries_root")),
    )
    op.create_table(
        "asset",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("library_slug", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("content_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="present", nullable=False),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("capture_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("preview_ready", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("playable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("searchable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("offline_ready", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_favorite", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("library_slug"), "="),
            (sa.column("path"), "="),
            where=sa.text("state = 'present'"),
            deferrable=True,
            initially="DEFERRED",
            using="btree",
            name="ex_asset_path",
        ),
        sa.CheckConstraint("state in ('present', 'missing')", name=op.f("ck_asset_state")),
        sa.CheckConstraint("content_version >= 1", name=op.f("ck_asset_content_version")),
        sa.ForeignKeyConstraint(
            ["library_slug"],
            ["libraries.slug"],
            name=op.f("fk_asset_library_slug"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_asset")),
    )
    op.create_index(op.f("ix_asset_content_hash"), "asset", ["content_hash"], unique=False)
    op.create_index(op.f("ix_asset_library_slug"), "asset", ["library_slug"], unique=False)
    op.create_table(
        "asset_versions",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("full_hash", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["asset.asset_id"],
            name=op.f("fk_asset_versions_asset_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("asset_id", "content_version", name=op.f("pk_asset_versions")),
    )
    op.create_table(
        "library_files",
        sa.Column("library_slug", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("asset_id", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_text", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('settling', 'taken', 'rejected')", name=op.f("ck_library_files_state")
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["asset.asset_id"],
            name=op.f("fk_library_files_asset_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["library_slug"],
            ["libraries.slug"],
            name=op.f("fk_library_files_library_slug"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("library_slug", "path", name=op.f("pk_library_files")),
    )
    op.create_index(op.f("ix_library_files_asset_id"), "library_files", ["asset_id"], unique=False)
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), server_default="analysed", nullable=False),
        sa.Column("model_profile", sa.Text(), nullable=False),
        sa.Column("config_hash", sa.Text(), nullable=False),
        sa.Column("input_hash", sa.Text(), nullable=False),
        sa.Column("producer", sa.Text(), nullable=False),
        sa.Column("producer_version", sa.Text(), nullable=False),
        sa.Column("doc_id", sa.Text(), nullable=True),
        sa.Column("dagster_run_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("worker_key", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_text", sa.Text(), nullable=True),
        sa.Column("error_retryable", sa.Boolean(), nullable=True),
        sa.Column(
            "counts",
            postgresql.JSONB(),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "timings",
            postgresql.JSONB(),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "model_profile in ('fast', 'balanced', 'high_quality', 'none')",
            name=op.f("ck_runs_model_profile"),
        ),
        sa.CheckConstraint(
            "origin in ('analysed', 'imported', 'human')", name=op.f("ck_runs_origin")
        ),
        sa.CheckConstraint(
            "status in ('running', 'completed', 'failed')", name=op.f("ck_runs_status")
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.asset_id"], name=op.f("fk_runs_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
    )
    op.create_index(
        "ix_runs_running",
        "runs",
        ["status"],
        unique=False,
        postgresql_where=sa.text("status = 'running'"),
    )
    op.create_index(
        "ix_runs_selection",
        "runs",
        ["asset_id", "stage", "content_version", "status", "finished_at"],
        unique=False,
    )
    op.create_table(
        "artifact_selections",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("artifact_type", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("preferred_profile", sa.Text(), nullable=True),
        sa.Column("pinned_run_id", sa.Text(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "mode in ('default', 'latest', 'profile', 'pinned', 'best_quality')",
            name=op.f("ck_artifact_selections_mode"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["asset.asset_id"],
            name=op.f("fk_artifact_selections_asset_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pinned_run_id"],
            ["runs.run_id"],
            name=op.f("fk_artifact_selections_pinned_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("asset_id", "artifact_type", name=op.f("pk_artifact_selections")),
    )
    op.create_table(
        "artifacts",
        sa.Column("artifact_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("artifact_type", sa.Text(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("span_start_ms", sa.BigInteger(), nullable=False),
        sa.Column("span_end_ms", sa.BigInteger(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("producer", sa.Text(), nullable=False),
        sa.Column("producer_version", sa.Text(), nullable=False),
        sa.Column("model_profile", sa.Text(), nullable=False),
        sa.Column("config_hash", sa.Text(), nullable=False),
        sa.Column("input_hash", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "'' not in (artifact_id, asset_id, artifact_type, producer, producer_version,"
            " config_hash, input_hash, run_id)",
            name=op.f("ck_artifacts_not_empty"),
        ),
        sa.CheckConstraint("jsonb_typeof(payload) = 'object'", name=op.f("ck_artifacts_payload")),
        sa.CheckConstraint(
            "model_profile in ('fast', 'balanced', 'high_quality', 'none')",
            name=op.f("ck_artifacts_model_profile"),
        ),
        sa.CheckConstraint(
            "0 <= span_start_ms and span_start_ms < span_end_ms", name=op.f("ck_artifacts_span")
        ),
        sa.CheckConstraint("schema_version >= 1", name=op.f("ck_artifacts_schema_version")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.asset_id"], name=op.f("fk_artifacts_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_artifacts_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("artifact_id", name=op.f("pk_artifacts")),
    )
    op.create_index(
        "ix_artifacts_asset_type_profile_start",
        "artifacts",
        ["asset_id", "artifact_type", "model_profile", "span_start_ms"],
        unique=False,
    )
    op.create_index(
        "ix_artifacts_asset_type_start",
        "artifacts",
        ["asset_id", "artifact_type", "span_start_ms"],
        unique=False,
    )
    op.create_index("ix_artifacts_config_hash", "artifacts", ["config_hash"], unique=False)
    op.create_index(
        "ix_artifacts_payload",
        "artifacts",
        [sa.literal_column("(payload - 'words')").label("payload_without_words")],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"payload_without_words": "jsonb_path_ops"},
    )
    op.create_index(
        "ix_artifacts_producer", "artifacts", ["producer", "producer_version"], unique=False
    )
    op.create_index("ix_artifacts_run", "artifacts", ["run_id"], unique=False)
    op.create_index(
        "ix_artifacts_type_created", "artifacts", ["artifact_type", "created_at"], unique=False
    )
    op.create_table(
        "scene_ranges",
        sa.Column("artifact_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("scene_index", sa.Integer(), nullable=False),
        sa.Column("keyframe_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id"],
            ["artifacts.artifact_id"],
            name=op.f("fk_scene_ranges_artifact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["asset.asset_id"],
            name=op.f("fk_scene_ranges_asset_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_scene_ranges_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("artifact_id", name=op.f("pk_scene_ranges")),
    )
    op.create_index(
        "ix_scene_ranges_asset_scene", "scene_ranges", ["asset_id", "scene_index"], unique=False
    )
    op.create_index(
        "ix_scene_ranges_asset_start", "scene_ranges", ["asset_id", "start_ms"], unique=False
    )
    op.create_index("ix_scene_ranges_run", "scene_ranges", ["run_id"], unique=False)
    op.create_table(
        "transcript_fts",
        sa.Column("artifact_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", postgresql.REGCONFIG(), nullable=False),
        sa.Column(
            "text_tsv",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector(language, text)", persisted=True),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["artifact_id"],
            ["artifacts.artifact_id"],
            name=op.f("fk_transcript_fts_artifact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["asset.asset_id"],
            name=op.f("fk_transcript_fts_asset_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_transcript_fts_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("artifact_id", name=op.f("pk_transcript_fts")),
    )
    op.create_index(
        "ix_transcript_fts_asset_start", "transcript_fts", ["asset_id", "start_ms"], unique=False
    )
    op.create_index("ix_transcript_fts_run", "transcript_fts", ["run_id"], unique=False)
    op.create_index("ix_transcript_fts_language", "transcript_fts", ["language"], unique=False)
    op.create_index(
        "ix_transcript_fts_text_tsv",
        "transcript_fts",
        ["text_tsv"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_transcript_fts_trigram",
        "transcript_fts",
        ["text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"text": "gin_trgm_ops"},
    )


def downgrade() -> None:
    op.drop_table("scene_ranges")
    op.drop_table("transcript_fts")
    op.drop_table("artifact_selections")
    op.drop_table("artifacts")
    op.drop_table("runs")
    op.drop_table("library_files")
    op.drop_table("asset_versions")
    op.drop_table("asset")
    op.drop_table("libraries")
    op.execute("drop function text_search_config")
