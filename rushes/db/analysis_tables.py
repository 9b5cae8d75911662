"""The tables of what models see, read and embed. Their making lies in `migrations/`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import REGCONFIG, TSVECTOR

from rushes.db.tables import metadata, projection_columns

_NEXT_SEQ = text("nextval('embedding_seq')")


def _label_projection(name: str) -> Table:
    """A projection that is asked for a label, in one film or in all."""
    return Table(
        name,
        metadata,
        *projection_columns(),
        Column("label", Text, nullable=False),
        Column("confidence", Double, nullable=False),
        Index(f"ix_{name}_asset_label_start", "asset_id", "label", "start_ms", "artifact_id"),
        Index(f"ix_{name}_label_asset_start", "label", "asset_id", "start_ms"),
        Index(f"ix_{name}_asset_start", "asset_id", "start_ms", "artifact_id"),
        Index(f"ix_{name}_run", "run_id"),
    )


object_labels = _label_projection("object_labels")
place_labels = _label_projection("place_labels")

ocr_fts = Table(
    "ocr_fts",
    metadata,
    *projection_columns(),
    Column("text", Text, nullable=False),
    Column("language", REGCONFIG, nullable=False),
    Column("text_tsv", TSVECTOR, Computed("to_tsvector(language, text)", persisted=True)),
    Index("ix_ocr_fts_asset_text_tsv", "asset_id", "text_tsv", postgresql_using="gin"),
    Index("ix_ocr_fts_asset_start", "asset_id", "start_ms", "artifact_id"),
    Index("ix_ocr_fts_run", "run_id"),
    Index("ix_ocr_fts_language", "language"),
    Index(
        "ix_ocr_fts_trigram",
        "text",
        postgresql_using="gin",
        postgresql_ops={"text": "gin_trgm_ops"},
    ),
)

video_locations = Table(
    "video_locations",
    metadata,
    *projection_columns(),
    Column("latitude", Double, nullable=False),
    Column("longitude", Double, nullable=False),
    Column("altitude", Double),
    Index("ix_video_locations_asset", "asset_id"),
    Index("ix_video_locations_run", "run_id"),
)


def _space_columns() -> list[Column[object]]:
    """What makes two vectors comparable."""
    return [
        Column("kind", Text, nullable=False),
        Column("model", Text, nullable=False),
        Column("model_version", Text, nullable=False),
        Column("dimension", Integer, nullable=False),
    ]


_SPACE = ("kind", "model", "model_version", "dimension")

# `seq` is written by `rushes.vectors.store` and by nobody else: it has to be in commit order.
embeddings = Table(
    "embeddings",
    metadata,
    Column("embedding_id", Text, primary_key=True),
    Column("asset_id", ForeignKey("asset.asset_id", ondelete="CASCADE"), nullable=False),
    Column("run_id", ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    *_space_columns(),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column(
        "artifact_id",
        ForeignKey("artifacts.artifact_id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    Column("vector", LargeBinary, nullable=False),
    Column("seq", BigInteger, nullable=False, server_default=_NEXT_SEQ),
    CheckConstraint("kind in ('text', 'image', 'face')", name="kind"),
    CheckConstraint("dimension > 0 and octet_length(vector) = 4 * dimension", name="vector"),
    CheckConstraint("0 <= start_ms and start_ms < end_ms", name="span"),
    CheckConstraint("'' not in (embedding_id, model, model_version)", name="not_empty"),
    Index("ix_embeddings_space_seq", *_SPACE, "seq"),
    Index("ix_embeddings_asset_start", "asset_id", "start_ms"),
    Index("ix_embeddings_run", "run_id"),
)

# Filled by triggers of `embeddings`; refers to nothing, since what it names is gone.
embedding_tombstones = Table(
    "embedding_tombstones",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False, server_default=_NEXT_SEQ),
    *_space_columns(),
    Column("embedding_id", Text, nullable=False),
    # Of a marker: all tombstones of the space up to there were pruned. It buries nothing itself.
    Column("horizon", BigInteger),
    Index("ix_embedding_tombstones_space_seq", *_SPACE, "seq"),
)

embedding_cache = Table(
    "embedding_cache",
    metadata,
    Column("model", Text, primary_key=True),
    Column("model_version", Text, primary_key=True),
    Column("dimension", Integer, primary_key=True, autoincrement=False),
    Column("input_sha256", LargeBinary, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
    # What the entry counts against the cache's budget.
    Column("bytes", Integer, nullable=False),
    Column("last_used_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("octet_length(input_sha256) = 32", name="input_sha256"),
    CheckConstraint("dimension > 0 and octet_length(vector) = 4 * dimension", name="vector"),
    # Holds all that the budget needs, so that adding up and pruning read no vectors.
    Index("ix_embedding_cache_last_used", "last_used_at", "bytes"),
)

embedding_cache_counters = Table(
    "embedding_cache_counters",
    metadata,
    Column("model", Text, primary_key=True),
    Column("hits", BigInteger, nullable=False, server_default="0"),
    Column("misses", BigInteger, nullable=False, server_default="0"),
)
