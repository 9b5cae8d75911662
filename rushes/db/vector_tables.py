"""What is known of the vector indexes beside their files. The making of the tables lies in
`migrations/`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
)

from rushes.db.tables import metadata

_TIMESTAMP = DateTime(timezone=True)

# What happened to the generations of a space, for people: what the files hold is said by them.
vector_index_events = Table(
    "vector_index_events",
    metadata,
    Column("event_id", BigInteger, Identity(always=True), primary_key=True),
    Column("space_key", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("generation", Text),
    # The machine and folder that it happened on: each has files of its own.
    Column("place", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("happened_at", _TIMESTAMP, nullable=False, server_default=func.now()),
    CheckConstraint("event in ('built', 'saved', 'damaged', 'recovered', 'failed')", name="event"),
    Index("ix_vector_index_events_space", "space_key", "event_id"),
)

# Vectors that were erased for good up to `seq`: generations not built from Postgres since then may
# hold them and have to go.
vector_purges = Table(
    "vector_purges",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("model_version", Text, primary_key=True),
    Column("dimension", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("asked_at", _TIMESTAMP, nullable=False, server_default=func.now()),
)
