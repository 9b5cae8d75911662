"""What keeps the search index equal to Postgres. The making of the tables lies in `migrations/`.

A rev is one publication of one film into one index: a number that is never used twice, carried by
all documents of the film. What the index holds counts only as far as `search_revs` says so.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Sequence,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from rushes.db.tables import metadata

_TIMESTAMP = DateTime(timezone=True)

search_rev_seq = Sequence("search_rev_seq", metadata=metadata)

# Append-only: written by triggers, deleted by id once what was asked for is searchable.
search_sync_queue = Table(
    "search_sync_queue",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("asset_id", Text, nullable=False),
    # A hint only: what is to be done is seen from the source when it is done.
    Column("action", Text, nullable=False),
    Column("created_at", _TIMESTAMP, nullable=False, server_default=func.now()),
    CheckConstraint("action in ('UPSERT', 'DELETE')", name="action"),
    Index("ix_search_sync_queue_asset", "asset_id"),
)

# Who works on a film now; the lease of a worker whose advisory lock is free is void.
search_sync_claims = Table(
    "search_sync_claims",
    metadata,
    Column("asset_id", Text, primary_key=True),
    Column("worker_key", BigInteger, nullable=False),
    Column("claimed_at", _TIMESTAMP, nullable=False, server_default=func.now()),
    Index("ix_search_sync_claims_worker", "worker_key"),
)

# An index of the engine, made from one state of the template; its name is never used again.
index_generation = Table(
    "index_generation",
    metadata,
    Column("name", Text, primary_key=True),
    Column("config_hash", Text, nullable=False),
    Column("config", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="building"),
    # Whether changes of its libraries go into it.
    Column("is_written", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", _TIMESTAMP, nullable=False, server_default=func.now()),
    Column("changed_at", _TIMESTAMP, nullable=False, server_default=func.now()),
    CheckConstraint("state in ('building', 'active', 'draining', 'dropped')", name="state"),
)

# Which index answers for a library. A reader joins each index with its libraries.
library_model_policy = Table(
    "library_model_policy",
    metadata,
    Column(
        "library_slug",
        ForeignKey("libraries.slug", onupdate="CASCADE", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("active_index_name", ForeignKey("index_generation.name")),
    Column("shadow_index_name", ForeignKey("index_generation.name")),
    # What was active before; still written, so that it can be gone back to.
    Column("previous_index_name", ForeignKey("index_generation.name")),
    Column("locked", Boolean, nullable=False, server_default=text("false")),
    Column("locked_since", _TIMESTAMP),
    Column("promotion_progress", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("promoted_at", _TIMESTAMP),
)

# What each index holds of each film.
search_ledger = Table(
    "search_ledger",
    metadata,
    Column("index_name", ForeignKey("index_generation.name"), primary_key=True),
    Column("asset_id", Text, primary_key=True),
    Column("live_rev", BigInteger),
    Column("pending_rev", BigInteger),
    # Of the live documents.
    Column("content_hash", Text),
    Column("doc_count", Integer, nullable=False, server_default=text("0")),
    Column("updated_at", _TIMESTAMP, nullable=False, server_default=func.now()),
    Index("ix_search_ledger_asset", "asset_id"),
)

search_revs = Table(
    "search_revs",
    metadata,
    Column("rev", BigInteger, primary_key=True, autoincrement=False),
    Column("index_name", ForeignKey("index_generation.name"), nullable=False),
    Column("asset_id", Text, nullable=False),
    Column("doc_count", Integer, nullable=False),
    Column("state", Text, nullable=False),
    # Serials: live at s if live_from <= s and not live_to <= s.
    Column("live_from", BigInteger),
    Column("live_to", BigInteger),
    # Whether all its documents were seen in the index; if not, some may still arrive.
    Column("is_published", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", _TIMESTAMP, nullable=False, server_default=func.now()),
    Column("retired_at", _TIMESTAMP),
    Column("task_opstamp", BigInteger),
    Column("task_at", _TIMESTAMP),
    CheckConstraint("state in ('pending', 'live', 'retired', 'purged')", name="state"),
    Index("ix_search_revs_index_state", "index_name", "state"),
    Index(
        "ix_search_revs_excluded",
        "index_name",
        "rev",
        postgresql_where=text("state in ('pending', 'retired')"),
    ),
    Index("ix_search_revs_asset", "asset_id"),
)

# One row: the number of the ledger's state, and the greatest rev given out. Who changes the ledger
# holds the row until its commit, so that both go up in the order of commits.
search_ledger_serial = Table(
    "search_ledger_serial",
    metadata,
    Column("is_only", Boolean, primary_key=True, server_default=text("true")),
    Column("serial", BigInteger, nullable=False, server_default=text("0")),
    Column("max_rev", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("is_only", name="is_only"),
)

# A film that could not be published. It blocks nobody; it is tried again later, unless dead.
search_sync_failures = Table(
    "search_sync_failures",
    metadata,
    Column("index_name", Text, primary_key=True),
    Column("asset_id", Text, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", _TIMESTAMP),
    Column("error_code", Text, nullable=False),
    Column("error_text", Text, nullable=False),
    Column("is_dead", Boolean, nullable=False, server_default=text("false")),
    Column("first_failed_at", _TIMESTAMP, nullable=False, server_default=func.now()),
    Column("last_failed_at", _TIMESTAMP, nullable=False, server_default=func.now()),
    Index("ix_search_sync_failures_due", "next_attempt_at"),
)

# What each comparison of index and Postgres found; the last one is the drift that is shown.
search_reconciliations = Table(
    "search_reconciliations",
    metadata,
    Column("at", _TIMESTAMP, primary_key=True, server_default=func.now()),
    Column("films", BigInteger, nullable=False),
    Column("stale", BigInteger, nullable=False),
    Column("damaged", BigInteger, nullable=False),
    Column("strange", BigInteger, nullable=False),
)
