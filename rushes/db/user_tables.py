"""What people did beside naming people and choosing runs. Their making lies in `migrations/`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from rushes.db.tables import metadata

_TIMESTAMP = DateTime(timezone=True)

# By span, so that they outlive a new scene detection: a scene is one if a span covers most of it.
favourite_scenes = Table(
    "favourite_scenes",
    metadata,
    Column("asset_id", ForeignKey("asset.asset_id", ondelete="CASCADE"), primary_key=True),
    Column("content_version", Integer, primary_key=True, autoincrement=False),
    Column("start_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("end_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("created_at", _TIMESTAMP, nullable=False, server_default=func.now()),
    CheckConstraint("0 <= start_ms and start_ms < end_ms", name="span"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("entry_id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", _TIMESTAMP, nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Index("ix_audit_log_subject", "subject", "entry_id"),
)
