"""What is derived of a whole film, so that a question visits little more than its answer.

Nothing in Python writes these tables: the database brings them up to date at the commit of
whatever changes them, through `refresh_film`. Their making lies in `migrations/`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Double,
    Index,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from rushes.db.tables import metadata

_TIMESTAMP = DateTime(timezone=True)

# The runs that answer by each film's stored policy, those of people's corrections among them.
current_runs = Table(
    "current_runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("asset_id", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Index("ix_current_runs_asset_stage", "asset_id", "stage"),
)

# Artifacts that a person's correction stands in for, whichever run is selected.
replaced_artifacts = Table(
    "replaced_artifacts",
    metadata,
    Column("artifact_id", Text, primary_key=True),
    Column("by_artifact_id", Text, primary_key=True),
    Column("asset_id", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Index("ix_replaced_artifacts_asset_stage", "asset_id", "stage"),
)

# What is to be found in a film. Kinds: scene, transcript, ocr, language, object, place, person (its
# label the cluster); label '' stands for all of a kind. Undated films are captured at `infinity`.
film_vocabulary = Table(
    "film_vocabulary",
    metadata,
    Column("asset_id", Text, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("kind", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("library_slug", Text, nullable=False),
    Column("captured_at", _TIMESTAMP, nullable=False),
    Column("spans", BigInteger, nullable=False),
    Column("best_confidence", Double),
    Index("ix_film_vocabulary_label", "kind", "label", "captured_at", "asset_id"),
)

# Its totals a library.
vocabulary = Table(
    "vocabulary",
    metadata,
    Column("library_slug", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("films", BigInteger, nullable=False),
    Column("spans", BigInteger, nullable=False),
    Index("ix_vocabulary_kind", "kind", "label"),
    Index("ix_vocabulary_gone", "library_slug", postgresql_where=text("films <= 0")),
)

# All words that were said or stand on screen in a film, without their places; null: too many.
film_texts = Table(
    "film_texts",
    metadata,
    Column("asset_id", Text, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("kind", Text, primary_key=True),
    Column("captured_at", _TIMESTAMP, nullable=False),
    Column("words", TSVECTOR),
    Index("ix_film_texts_words", "words", postgresql_using="gin"),
    Index("ix_film_texts_order", "kind", "captured_at", "asset_id"),
    Index(
        "ix_film_texts_too_many",
        "kind",
        "captured_at",
        "asset_id",
        postgresql_where=text("words is null"),
    ),
)

# No span of that type in that film, of whichever run, was ever longer: what lets a search for
# overlaps begin where the first that can overlap begins.
longest_spans = Table(
    "longest_spans",
    metadata,
    Column("asset_id", Text, primary_key=True),
    Column("artifact_type", Text, primary_key=True),
    Column("longest_ms", BigInteger, nullable=False),
)

# What changed in this transaction; emptied at its commit.
film_changes = Table(
    "film_changes",
    metadata,
    Column("asset_id", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Index("ix_film_changes_asset_stage", "asset_id", "stage"),
    prefixes=["UNLOGGED"],
)
