"""What is known of the vector indexes beside their files: events, erasures, pruned tombstones."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

EVENTS = ("built", "saved", "damaged", "recovered", "failed")


def upgrade() -> None:
    op.add_column("embedding_tombstones", sa.Column("horizon", sa.BigInteger()))
    _events()
    _purges()


def downgrade() -> None:
    op.drop_table("vector_purges")
    op.drop_table("vector_index_events")
    op.execute("delete from embedding_tombstones where horizon is not null")
    op.drop_column("embedding_tombstones", "horizon")


def _events() -> None:
    allowed = ", ".join(f"'{each}'" for each in EVENTS)
    op.create_table(
        "vector_index_events",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("space_key", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("generation", sa.Text()),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        _now("happened_at"),
        sa.CheckConstraint(f"event in ({allowed})", name=op.f("ck_vector_index_events_event")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_vector_index_events")),
    )
    op.create_index(
        "ix_vector_index_events_space", "vector_index_events", ["space_key", "event_id"]
    )


def _purges() -> None:
    op.create_table(
        "vector_purges",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        _now("asked_at"),
        sa.PrimaryKeyConstraint(
            "kind", "model", "model_version", "dimension", name=op.f("pk_vector_purges")
        ),
    )


def _now(name: str) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")
    )
