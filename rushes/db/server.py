"""The Postgres of Rushes: the one of `DATABASE_URL`, else an embedded one."""

from __future__ import annotations

import errno
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import errors, sql
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from rushes.db.embedded.cluster import recorded_port
from rushes.db.embedded.initialise import SUPERUSER
from rushes.db.embedded.joining import join
from rushes.db.embedded.keeper import find_postmaster
from rushes.db.embedded.location import known_location
from rushes.db.embedded.probe import DATABASES, HOST, LOOPBACK_OPTIONS, Answer, probe
from rushes.errors import ConfigurationError, DatabaseError
from rushes.settings import Settings

_RUSHES_DRIVER = "postgresql+psycopg"
# Named in full: without it SQLAlchemy 2.1 takes psycopg 3, which Dagster does not use.
_DAGSTER_DRIVER = "postgresql+psycopg2"
_CONNECT_SECONDS = 10


@dataclass(frozen=True)
class DatabaseUrls:
    """SQLAlchemy addresses, with passwords in clear: of our database and of Dagster's."""

    rushes: str
    dagster: str
    embedded: bool


@dataclass(frozen=True)
class ServerStatus:
    """What `rushes status` shows. `location`: the cluster folder, or the address (no password)."""

    embedded: bool
    running: bool
    location: str
    port: int | None = None
    pid: int | None = None
    version: str | None = None
    reason: str | None = None


def ensure_database(settings: Settings) -> DatabaseUrls:
    """Addresses of a Postgres that answers.

    With `database_url` nothing is started; Dagster's database is made beside ours when it is
    missing. Otherwise the embedded server is started or joined, and stays up until this process
    and all its other users have ended. Raises `DatabaseError` or `ConfigurationError`.
    """
    if settings.database_url:
        return _external(settings.database_url, settings.dagster_database_url)
    try:
        password = settings.secret("postgres_password")
        port = join(settings.postgres_dir.resolve(), password)
    except (OSError, subprocess.SubprocessError) as error:
        raise _unusable(settings.postgres_dir, error) from error
    rushes, dagster = (_embedded_url(port, password, name) for name in DATABASES)
    if settings.dagster_database_url:
        dagster = _parse(settings.dagster_database_url)
    return _urls(rushes, dagster, embedded=True)


def server_status(settings: Settings) -> ServerStatus:
    """How the server is; starts and creates nothing."""
    if settings.database_url:
        return _external_status(_parse(settings.database_url))
    try:
        return _embedded_status(settings, settings.postgres_dir.resolve())
    except OSError as error:
        raise _unusable(settings.postgres_dir, error) from error


def _embedded_status(settings: Settings, folder: Path) -> ServerStatus:
    cluster = known_location(folder).cluster
    port = recorded_port(folder)
    if port is None or not cluster.exists():
        return ServerStatus(True, False, str(cluster), reason="not made yet")
    answer = probe(port, settings.secret("postgres_password"), cluster, complete=False)
    return ServerStatus(
        embedded=True,
        running=answer.alive,
        location=str(cluster),
        port=port,
        pid=find_postmaster(cluster),
        version=answer.version or _cluster_version(cluster),
        reason=answer.reason or None,
    )


def _unusable(folder: Path, error: Exception) -> DatabaseError:
    what = f"The embedded Postgres in {folder} cannot be used: {error}"
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DatabaseError(what, code="disk_full", remedy="free some space and try again")
    return DatabaseError(
        what, remedy="make the data directory writable for this user, or set DATABASE_URL"
    )


def _cluster_version(cluster: Path) -> str | None:
    path = cluster / "PG_VERSION"
    return path.read_text().strip() if path.exists() else None


def _embedded_url(port: int, password: str, database: str) -> URL:
    return URL.create(
        _RUSHES_DRIVER, SUPERUSER, password, HOST, port, database, query=LOOPBACK_OPTIONS
    )


def _urls(rushes: URL, dagster: URL, *, embedded: bool) -> DatabaseUrls:
    def text(url: URL, driver: str) -> str:
        return url.set(drivername=driver).render_as_string(hide_password=False)

    return DatabaseUrls(text(rushes, _RUSHES_DRIVER), text(dagster, _DAGSTER_DRIVER), embedded)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # The text of the address is not repeated: it may hold a password.
        raise ConfigurationError(
            "A database address cannot be read.",
            remedy="write it as postgresql://user:password@host:5432/name",
        ) from error
    if parsed.get_backend_name() not in {"postgresql", "postgres"} or not parsed.database:
        raise ConfigurationError(
            f"Not the address of a Postgres database: {parsed.render_as_string()}",
            remedy="write it as postgresql://user:password@host:5432/name",
        )
    return parsed.set(drivername=_RUSHES_DRIVER)


def _external(url: str, dagster_url: str | None) -> DatabaseUrls:
    rushes = _parse(url)
    if dagster_url:
        return _urls(rushes, _parse(dagster_url), embedded=False)
    dagster = rushes.set(database=f"{rushes.database}_dagster")
    _ensure_beside(rushes, dagster)
    return _urls(rushes, dagster, embedded=False)


def _connect(url: URL) -> psycopg.Connection:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        return psycopg.connect(address, autocommit=True, connect_timeout=_CONNECT_SECONDS)
    except psycopg.OperationalError as error:
        raise DatabaseError(
            f"No connection to {url.render_as_string()}: {str(error).strip()}",
            remedy="start that server, create the database, or correct DATABASE_URL",
        ) from error


def _ensure_beside(rushes: URL, dagster: URL) -> None:
    """Make Dagster's database on the server of ours, unless it is there."""
    name = str(dagster.database)
    with _connect(rushes) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", [name])
        if known.fetchone():
            return
        try:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        except (errors.DuplicateDatabase, errors.UniqueViolation):
            return  # another process was quicker
        except errors.InsufficientPrivilege as error:
            raise ConfigurationError(
                f"Dagster needs the database {name}, and {rushes.username} may not create it.",
                remedy=f"create {name} or set RUSHES_DAGSTER_DATABASE_URL",
            ) from error


def _external_status(url: URL) -> ServerStatus:
    try:
        with _connect(url) as connection:
            version = connection.info.parameter_status("server_version") or ""
            answer = Answer(alive=True, version=version)
    except DatabaseError as error:
        answer = Answer(alive=False, reason=error.message)
    return ServerStatus(
        embedded=False,
        running=answer.alive,
        location=url.render_as_string(),
        port=url.port or 5432,
        version=answer.version or None,
        reason=answer.reason or None,
    )
