"""Projections of what models see and read, embeddings in commit order, and the embedding cache."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

# A reader asks for `seq` above what it knows, so within a space seq order has to be commit order:
# whoever takes numbers holds the space's lock until the end of its transaction. A sequence that
# hands numbers out in blocks to sessions would break it, hence `cache 1`.
SEQUENCE = "create sequence embedding_seq as bigint cache 1"

SPACE_KEY = """
create function embedding_space_key(kind text, model text, model_version text, dimension integer)
returns bigint language sql immutable parallel safe as $$
    select hashtextextended(concat_ws(chr(31), kind, model, model_version, dimension), 0)
$$
"""

# In the order of their keys, so that two transactions never wait for one another.
LOCK_SPACES = """
create function lock_embedding_spaces(keys bigint[]) returns void language plpgsql as $$
declare
    key bigint;
begin
    for key in select distinct each from unnest(keys) as each order by each loop
        perform pg_advisory_xact_lock(key);
    end loop;
end
$$
"""

BURY_DELETED = """
create function bury_deleted_embeddings() returns trigger language plpgsql as $$
begin
    -- A cascade may come by without having found anything to delete.
    if not exists (select from deleted) then
        return null;
    end if;
    perform lock_embedding_spaces(array(
        select distinct embedding_space_key(kind, model, model_version, dimension) from deleted
    ));
    insert into embedding_tombstones (kind, model, model_version, dimension, embedding_id)
    select kind, model, model_version, dimension, embedding_id from deleted;
    return null;
end
$$
"""

# TRUNCATE holds the whole table alone until its transaction ends, which is lock enough.
BURY_TRUNCATED = """
create function bury_truncated_embeddings() returns trigger language plpgsql as $$
begin
    insert into embedding_tombstones (kind, model, model_version, dimension, embedding_id)
    select kind, model, model_version, dimension, embedding_id from embeddings;
    return null;
end
$$
"""

TRIGGERS = (
    """
    create trigger embeddings_deleted after delete on embeddings
    referencing old table as deleted
    for each statement execute function bury_deleted_embeddings()
    """,
    """
    create trigger embeddings_truncated before truncate on embeddings
    for each statement execute function bury_truncated_embeddings()
    """,
)


def upgrade() -> None:
    _label_projection("object_labels")
    _label_projection("place_labels")
    _ocr_fts()
    _video_locations()
    for statement in (SEQUENCE, SPACE_KEY, LOCK_SPACES):
        op.execute(statement)
    _embeddings()
    _embedding_tombstones()
    for statement in (BURY_DELETED, BURY_TRUNCATED, *TRIGGERS):
        op.execute(statement)
    _embedding_cache()
    op.create_table(
        "embedding_cache_counters",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("hits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("misses", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("model", name=op.f("pk_embedding_cache_counters")),
    )
    # Floats do not shrink, so nothing is spent on trying.
    for table in ("embeddings", "embedding_cache"):
        op.execute(f"alter table {table} alter column vector set storage external")
    _project_what_stands()


def downgrade() -> None:
    for table in (
        *("embedding_cache_counters", "embedding_cache", "embeddings", "embedding_tombstones"),
        *("video_locations", "ocr_fts", "place_labels", "object_labels"),
    ):
        op.drop_table(table)
    for function in (
        "bury_truncated_embeddings",
        "bury_deleted_embeddings",
        "lock_embedding_spaces",
        "embedding_space_key",
    ):
        op.execute(f"drop function {function}")
    op.execute("drop sequence embedding_seq")


def _cascade(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [f"{target}.{column}"],
        name=op.f(f"fk_{table}_{column}"),
        ondelete="CASCADE",
    )


def _projection(name: str, *columns: sa.Column) -> None:
    """A table with what every projection has, and its own columns."""
    op.create_table(
        name,
        sa.Column("artifact_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        *columns,
        _cascade(name, "artifact_id", "artifacts"),
        _cascade(name, "asset_id", "asset"),
        _cascade(name, "run_id", "runs"),
        sa.PrimaryKeyConstraint("artifact_id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_run", name, ["run_id"])


def _label_projection(name: str) -> None:
    _projection(
        name,
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
    )
    op.create_index(f"ix_{name}_asset_label_start", name, ["asset_id", "label", "start_ms"])
    op.create_index(f"ix_{name}_label_asset_start", name, ["label", "asset_id", "start_ms"])
    op.create_index(f"ix_{name}_confidence", name, ["confidence"])


def _ocr_fts() -> None:
    _projection(
        "ocr_fts",
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", postgresql.REGCONFIG(), nullable=False),
        sa.Column(
            "text_tsv",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector(language, text)", persisted=True),
            nullable=True,
        ),
    )
    op.create_index("ix_ocr_fts_asset_start", "ocr_fts", ["asset_id", "start_ms"])
    op.create_index("ix_ocr_fts_language", "ocr_fts", ["language"])
    op.create_index("ix_ocr_fts_text_tsv", "ocr_fts", ["text_tsv"], postgresql_using="gin")
    op.create_index(
        "ix_ocr_fts_trigram",
        "ocr_fts",
        ["text"],
        postgresql_using="gin",
        postgresql_ops={"text": "gin_trgm_ops"},
    )


def _video_locations() -> None:
    _projection(
        "video_locations",
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("altitude", sa.Double(), nullable=True),
    )
    op.create_index("ix_video_locations_asset", "video_locations", ["asset_id"])


def _space_columns() -> list[sa.Column]:
    return [
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
    ]


def _seq() -> sa.Column:
    return sa.Column(
        "seq",
        sa.BigInteger(),
        server_default=sa.text("nextval('embedding_seq')"),
        nullable=False,
    )


def _embeddings() -> None:
    op.create_table(
        "embeddings",
        sa.Column("embedding_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        *_space_columns(),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("artifact_id", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        _seq(),
        sa.CheckConstraint("kind in ('text', 'image', 'face')", name=op.f("ck_embeddings_kind")),
        sa.CheckConstraint(
            "dimension > 0 and octet_length(vector) = 4 * dimension",
            name=op.f("ck_embeddings_vector"),
        ),
        sa.CheckConstraint("0 <= start_ms and start_ms < end_ms", name=op.f("ck_embeddings_span")),
        sa.CheckConstraint(
            "'' not in (embedding_id, model, model_version)", name=op.f("ck_embeddings_not_empty")
        ),
        _cascade("embeddings", "asset_id", "asset"),
        _cascade("embeddings", "run_id", "runs"),
        _cascade("embeddings", "artifact_id", "artifacts"),
        sa.PrimaryKeyConstraint("embedding_id", name=op.f("pk_embeddings")),
        sa.UniqueConstraint("artifact_id", name=op.f("uq_embeddings_artifact_id")),
    )
    op.create_index(
        "ix_embeddings_space_seq",
        "embeddings",
        ["kind", "model", "model_version", "dimension", "seq"],
    )
    op.create_index("ix_embeddings_asset_start", "embeddings", ["asset_id", "start_ms"])
    op.create_index("ix_embeddings_run", "embeddings", ["run_id"])


def _embedding_tombstones() -> None:
    op.create_table(
        "embedding_tombstones",
        _seq(),
        *_space_columns(),
        sa.Column("embedding_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_embedding_tombstones")),
    )
    op.create_index(
        "ix_embedding_tombstones_space_seq",
        "embedding_tombstones",
        ["kind", "model", "model_version", "dimension", "seq"],
    )


def _embedding_cache() -> None:
    op.create_table(
        "embedding_cache",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("input_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column(
            "last_used_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "octet_length(input_sha256) = 32", name=op.f("ck_embedding_cache_input_sha256")
        ),
        sa.CheckConstraint(
            "dimension > 0 and octet_length(vector) = 4 * dimension",
            name=op.f("ck_embedding_cache_vector"),
        ),
        sa.PrimaryKeyConstraint(
            "model",
            "model_version",
            "dimension",
            "input_sha256",
            name=op.f("pk_embedding_cache"),
        ),
    )
    op.create_index("ix_embedding_cache_last_used", "embedding_cache", ["last_used_at", "bytes"])


def _project_what_stands() -> None:
    """The films that were indexed before have places where they were taken already."""
    op.execute(
        """
        insert into video_locations
            (artifact_id, asset_id, run_id, start_ms, end_ms, latitude, longitude, altitude)
        select a.artifact_id, a.asset_id, a.run_id, a.span_start_ms, a.span_end_ms,
               (a.payload ->> 'latitude')::double precision,
               (a.payload ->> 'longitude')::double precision,
               (a.payload ->> 'altitude')::double precision
        from artifacts a
        join runs r using (run_id)
        where a.artifact_type = 'video.metadata'
          and r.status = 'completed'
          and a.payload ->> 'latitude' is not null
          and a.payload ->> 'longitude' is not null
        """
    )
