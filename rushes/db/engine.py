"""Engines. One unit of work is one `with engine.begin()`: none is shared between threads."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine


def make_engine(url: str, *, pool_size: int = 4) -> Engine:
    """An engine on `url` with a small pool; a broken connection is replaced when it is taken."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=4,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "application_name": "rushes"},
    )
