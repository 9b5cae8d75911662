"""Schema changes: Alembic, run under one lock so that many processes may start at once."""

from __future__ import annotations

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from rushes.settings import PROJECT_ROOT

# Any fixed number: all Rushes processes of one database take the same lock.
_MIGRATION_LOCK = 0x52555348


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT_ROOT / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head_revision() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current_revision(engine: Engine) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`; does nothing when it is there."""
    if revision == "head" and current_revision(engine) == head_revision():
        return
    _run(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema down to `revision` (`base`: empty). Data of dropped tables is lost."""
    _run(engine, lambda config: command.downgrade(config, revision))


def _run(engine: Engine, change: Callable[[Config], None]) -> None:
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        change(_config(connection))
