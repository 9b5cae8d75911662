"""One database and one server for all tests here; every test has a library of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, make_url, text

from rushes.db.engine import make_engine
from rushes.db.tables import libraries
from rushes.pipeline.context import PipelineContext
from tests.integration.api.media.archive import FRAMES, SECRET, Archive, serve
from tests.integration.media.clip_films import CLOSED, make_grouped


@pytest.fixture(scope="session")
def film_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_grouped(tmp_path_factory.mktemp("film") / "film.mp4", CLOSED, FRAMES).read_bytes()


@pytest.fixture(scope="session")
def shared_engine(
    administration: Engine, server_url: str, template_database: str
) -> Iterator[Engine]:
    """One database for all tests of this folder: every test has a library of its own in it."""
    name = f"test_media_{secrets.token_hex(4)}"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template_database}"'))
    address = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    engine = make_engine(address)
    yield engine
    engine.dispose()
    with administration.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))


@pytest.fixture(scope="session")
def server(
    shared_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> tuple[PipelineContext, TestClient]:
    return serve(shared_engine, tmp_path_factory.mktemp("data"))


@pytest.fixture
def archive(
    server: tuple[PipelineContext, TestClient], tmp_path: Path, film_bytes: bytes
) -> Archive:
    root = tmp_path / "library"
    root.mkdir()
    (root / "film.mp4").write_bytes(film_bytes)
    (tmp_path / "secret.mp4").write_bytes(SECRET)
    archive = Archive(*server, root, f"l{secrets.token_hex(4)}")
    with archive.context.engine.begin() as connection:
        row = {"slug": archive.slug, "root": str(root), "volume_label": "SHELF 3"}
        connection.execute(insert(libraries).values(row))
    archive.film("film.mp4")
    return archive
