"""People: whose a face is, what people said about that, and the projection of both."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from rushes.db.tables import metadata, projection_columns

_TIMESTAMP = DateTime(timezone=True)

people = Table(
    "people",
    metadata,
    # One row a cluster; what follows from the log stands beside it, changed together with the log.
    Column("cluster_id", Text, primary_key=True),
    Column(
        "library_slug",
        ForeignKey("libraries.slug", onupdate="CASCADE", ondelete="CASCADE"),
        nullable=False,
    ),
    # The cluster that it was split from by hand; null for one that the machine founded.
    Column("split_from", Text),
    # Whose it is after all merges; equal to cluster_id for a person of its own.
    Column("effective_id", Text, nullable=False),
    Column("name", Text),
    Column("hidden", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", _TIMESTAMP, nullable=False, server_default=func.now()),
    CheckConstraint("cluster_id <> '' and effective_id <> ''", name="not_empty"),
    Index("ix_people_library", "library_slug", "effective_id"),
    Index("ix_people_effective", "effective_id"),
    Index(
        "ix_people_by_name",
        text("((name is null)::int)"),
        text("coalesce(lower(name), '')"),
        "cluster_id",
    ),
)

people_log = Table(
    "people_log",
    metadata,
    Column("entry_id", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "library_slug",
        ForeignKey("libraries.slug", onupdate="CASCADE", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("action", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", _TIMESTAMP, nullable=False, server_default=func.now()),
    CheckConstraint(
        "action in ('name', 'merge', 'split', 'hide', 'unhide', 'cannot_link', 'undo', 'erase')",
        name="action",
    ),
    CheckConstraint("jsonb_typeof(payload) = 'object'", name="payload"),
    Index("ix_people_log_library", "library_slug", "entry_id"),
)

face_assignments = Table(
    "face_assignments",
    metadata,
    Column(
        "artifact_id", ForeignKey("artifacts.artifact_id", ondelete="CASCADE"), primary_key=True
    ),
    Column("asset_id", ForeignKey("asset.asset_id", ondelete="CASCADE"), nullable=False),
    Column("run_id", ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    # What the machine found; only a re-clustering changes it.
    Column("cluster_id", ForeignKey("people.cluster_id"), nullable=False),
    # What a split by hand says in its place; follows from the log.
    Column("split_id", ForeignKey("people.cluster_id")),
    # Cosine similarity with the person, 0..1.
    Column("confidence", Double, nullable=False),
    # One of the few faces that later films are compared with.
    Column("is_exemplar", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("confidence between 0 and 1", name="confidence"),
    Index("ix_face_assignments_cluster", "cluster_id"),
    Index("ix_face_assignments_split", "split_id", postgresql_where=text("split_id is not null")),
    Index("ix_face_assignments_run", "run_id"),
    Index("ix_face_assignments_asset", "asset_id"),
    Index("ix_face_assignments_exemplar", "cluster_id", postgresql_where=text("is_exemplar")),
)

face_clusters = Table(
    "face_clusters",
    metadata,
    *projection_columns(),
    # The person after merges and splits; hidden people have no rows.
    Column("cluster_id", Text, nullable=False),
    Column("confidence", Double, nullable=False),
    Index(
        "ix_face_clusters_asset_cluster_start", "asset_id", "cluster_id", "start_ms", "artifact_id"
    ),
    Index("ix_face_clusters_cluster_asset_start", "cluster_id", "asset_id", "start_ms"),
    Index("ix_face_clusters_asset_start", "asset_id", "start_ms", "artifact_id"),
    Index("ix_face_clusters_run", "run_id"),
)
