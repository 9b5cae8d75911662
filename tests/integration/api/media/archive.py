"""A library of real files behind the HTTP API, each test with one of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, update

from rushes.api.app import make_app
from rushes.artifacts.hashing import config_hash
from rushes.db.tables import asset, libraries
from rushes.media.cache import cache_key
from rushes.media.media_pass import run_media_pass
from rushes.pipeline.context import PipelineContext
from rushes.settings import Settings

SECRET = b"nobody may read this " * 50
FRAMES, LENGTH_MS = 75, 3000


@dataclass(frozen=True)
class Archive:
    """A library of its own with one film, `video`, and a client of the API."""

    context: PipelineContext
    client: TestClient
    root: Path
    slug: str

    @property
    def video(self) -> str:
        """The id of `film.mp4`."""
        return f"{self.slug}-film.mp4"

    def film(self, path: str, *, stat: Path | None = None) -> str:
        """The id of a known film; `stat` is the file whose size and time it was taken with."""
        found = (stat or self.root / path).stat()
        with self.context.engine.begin() as connection:
            connection.execute(
                insert(asset).values(
                    asset_id=f"{self.slug}-{path.replace('/', '_')}",
                    library_slug=self.slug,
                    path=path,
                    content_hash=f"hash of {self.slug} {path}",
                    size_bytes=found.st_size,
                    mtime_ns=found.st_mtime_ns,
                )
            )
        return f"{self.slug}-{path.replace('/', '_')}"

    def unplug(self) -> None:
        """The drive is away."""
        self.root.rename(self.root.with_name("unplugged"))
        mine = libraries.c.slug == self.slug
        with self.context.engine.begin() as connection:
            connection.execute(update(libraries).where(mine).values(status="offline"))

    def address(self, path: str) -> str:
        """Of what belongs to `film.mp4`, unless the path is whole."""
        return path if path.startswith("/") else f"/v1/videos/{self.video}/{path}"

    def get(self, path: str, **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(self.address(path), headers=sent)


def serve(engine: Engine, data_dir: Path, **settings: Any) -> tuple[PipelineContext, TestClient]:
    chosen = {"cpu_threads": 1, "min_free_bytes": 0, "api_key": "k", **settings}
    context = PipelineContext(Settings(data_dir=data_dir, **chosen), engine)
    return context, TestClient(make_app(context), raise_server_exceptions=False)


def with_settings(archive: Archive, data_dir: Path, **settings: Any) -> Archive:
    """The same archive, served with settings of its own."""
    context, client = serve(archive.context.engine, data_dir, **settings)
    return replace(archive, context=context, client=client)


def remember_pictures(archive: Archive) -> None:
    """What indexing leaves of `film.mp4` in the cache."""

    def build(folder: Path) -> Any:
        return run_media_pass(
            archive.root / "film.mp4", folder, archive.context.media_pass,
            progress=lambda done, whole: None, deadline=None, threads=1,
        )  # fmt: skip

    digest = config_hash(archive.context.media_pass)
    archive.context.cache.build(content_of(archive), digest, build).close()


def content_of(archive: Archive) -> str:
    return f"hash of {archive.slug} film.mp4"


def entry_of(archive: Archive) -> Path:
    """The folder of the film in the cache."""
    key = cache_key(content_of(archive), config_hash(archive.context.media_pass))
    return archive.context.cache.root / key[:2] / key


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    return body


def picture_size(data: bytes) -> tuple[int, int]:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return pixels.shape[1], pixels.shape[0]


def left_behind(archive: Archive) -> list[Path]:
    return list((archive.context.settings.data_dir / "scratch").rglob("*.mp4"))
