"""Whether the server of a cluster lives: asked of the server, with the password."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from rushes.db.embedded.initialise import SUPERUSER, start_failure

HOST = "127.0.0.1"
DATABASES = ("rushes", "dagster")
# Encryption is not on offer on loopback: asking for it costs two round trips a connection.
LOOPBACK_OPTIONS = {"sslmode": "disable", "gssencmode": "disable"}
_CONNECT_SECONDS = 5


@dataclass(frozen=True)
class Answer:
    """`alive` with a `version`, or the reason why not."""

    alive: bool
    version: str = ""
    reason: str = ""

    @property
    def password_refused(self) -> bool:
        return "password authentication failed" in self.reason


def probe(port: int, password: str, cluster: Path, *, complete: bool = True) -> Answer:
    """Ask the server on `port`; with `complete` make those of our databases that are missing.

    A server that knows the password and yet serves another folder is the one of a copied data
    directory: not ours.
    """
    try:
        with psycopg.connect(
            host=HOST,
            hostaddr=HOST,
            port=port,
            user=SUPERUSER,
            password=password,
            dbname="postgres",
            connect_timeout=_CONNECT_SECONDS,
            application_name="rushes-probe",
            autocommit=True,
            sslmode="disable",
            gssencmode="disable",
        ) as connection:
            return _examine(connection, cluster, complete=complete)
    except psycopg.errors.DiskFull as error:
        raise start_failure("Postgres could not make its databases", str(error)) from error
    except psycopg.Error as error:
        return Answer(alive=False, reason=str(error).strip())


def _examine(connection: psycopg.Connection, cluster: Path, *, complete: bool) -> Answer:
    row = connection.execute(
        "select current_setting('data_directory'), current_setting('server_version'),"
        " array(select datname::text from pg_database)"
    ).fetchone()
    folder, version, present = row or ("", "", [])
    if Path(folder) != cluster:
        return Answer(alive=False, reason=f"the server on that port serves {folder}")
    for name in DATABASES:
        if complete and name not in present:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    return Answer(alive=True, version=version)
