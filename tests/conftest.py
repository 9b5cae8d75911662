"""Fixtures for all tests: a real Postgres, one fresh database a test."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from rushes.db.engine import make_engine
from rushes.db.migrate import upgrade
from rushes.settings import Settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of `scripts/test`."""
    group = parser.getgroup("rushes")
    group.addoption("--all", action="store_true", help="also the tests that need torch")
    group.addoption("--deep", action="store_true", help="also the long ones")
    group.addoption("--faults", type=int, default=5, help="how many random kills")
    group.addoption("--fault-seed", type=int, help="repeats the random kills of a run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what was not asked for."""
    for marker, option in (("torch", "--all"), ("deep", "--deep")):
        if not config.getoption(option):
            skip = pytest.mark.skip(reason=f"only with {option}")
            for item in items:
                if item.get_closest_marker(marker):
                    item.add_marker(skip)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The address of a running server: an embedded one, or RUSHES_TEST_SERVER_URL.

    Its folder is open to all, so that as root too the cluster lies in it and goes with it.
    """
    if given := os.environ.get("RUSHES_TEST_SERVER_URL"):
        yield given
        return
    from rushes.db.server import ensure_database

    folder = Path(tempfile.mkdtemp(prefix="rushes-tests-"))
    folder.chmod(0o755)
    urls = ensure_database(Settings(data_dir=folder))
    if urls.embedded:
        _forgo_durability(urls.rushes)
    yield urls.rushes
    shutil.rmtree(folder, ignore_errors=True)  # the server is ended by its keeper right after


def _forgo_durability(url: str) -> None:
    """The tests' own server need not survive a power cut; the tests of durability start others."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"alter system set {setting} = off"))
        connection.execute(text("select pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(scope="session")
def administration(server_url: str) -> Iterator[Engine]:
    """An autocommit engine on the server, for making and dropping databases."""
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def template_database(administration: Engine, server_url: str) -> str:
    """A migrated, empty database that each test's own is copied from."""
    name = f"template_{secrets.token_hex(4)}"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}"'))
    engine = make_engine(_database_url(server_url, name))
    upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture
def database_url(administration: Engine, server_url: str, template_database: str) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    name = f"test_{secrets.token_hex(6)}"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template_database}"'))
    yield _database_url(server_url, name)
    with administration.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh, migrated database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A fresh data directory."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def _database_url(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)
