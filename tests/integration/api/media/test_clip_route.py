"""Clips over HTTP: what they are, what bounds them, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import av
import pytest

from tests.integration.api.media.archive import Archive, left_behind, problem, with_settings


def test_a_clip_says_whether_it_was_copied_and_of_what_span(archive: Archive) -> None:
    for span, told, frames in (
        ((1000, 2000), "copied; from_ms=1000; to_ms=2000; frames=25", 25),
        ((990, 2050), "encoded; from_ms=1000; to_ms=2080; frames=27", 27),
    ):
        answer = archive.get(f"clip?from_ms={span[0]}&to_ms={span[1]}")
        assert answer.status_code == 200
        assert answer.headers["X-Rushes-Clip"] == told
        assert answer.headers["content-type"] == "video/mp4"
        with av.open(io.BytesIO(answer.content)) as clip:
            assert len(list(clip.decode(video=0))) == frames
    assert left_behind(archive) == []


def test_a_clip_that_cannot_be_copied_names_where_it_could(archive: Archive) -> None:
    answer = archive.get("clip?from_ms=1040&to_ms=2000&mode=copy")
    assert "1000 or 2000" in problem(answer, 422, "not_exact")["remedy"]
    assert left_behind(archive) == []


def test_a_clip_that_is_known_is_not_made_again(archive: Archive) -> None:
    address = "clip?from_ms=1000&to_ms=2000"
    tag = archive.get(address).headers["etag"]
    assert archive.get(address, If_None_Match=tag).status_code == 304
    assert archive.get(address + "&mode=encode", If_None_Match=tag).status_code == 200


@pytest.mark.parametrize(
    "span",
    ["from_ms=-1&to_ms=5", "from_ms=5&to_ms=5", "from_ms=9&to_ms=5", "from_ms=1.5&to_ms=9",
     "from_ms=1", f"from_ms=0&to_ms={'9' * 30}", "from_ms=0&to_ms=9&mode=%00"],
)  # fmt: skip
def test_a_span_that_is_none_is_refused(archive: Archive, span: str) -> None:
    problem(archive.get(f"clip?{span}"), 422, "invalid_request")


def test_a_clip_has_a_longest_length(archive: Archive, data_dir: Path) -> None:
    archive = with_settings(archive, data_dir, clip_max_seconds=2)
    answer = archive.get("clip?from_ms=0&to_ms=2001")
    problem(answer, 422, "clip_too_long")
    assert archive.get("clip?from_ms=0&to_ms=2000").status_code == 200


def test_a_clip_behind_the_end_is_refused(archive: Archive) -> None:
    problem(archive.get("clip?from_ms=3000&to_ms=4000"), 422, "past_the_end")


def test_a_full_disk_is_said_before_anything_is_made(archive: Archive, data_dir: Path) -> None:
    archive = with_settings(archive, data_dir, min_free_bytes=2**60)
    problem(archive.get("clip?from_ms=0&to_ms=1000"), 503, "disk_full")


def test_no_more_clips_than_allowed_are_made_at_a_time(archive: Archive) -> None:
    """The first is held by its client's connection; the second is told to come back."""

    async def both() -> list[int]:
        first, second = Visit(), Visit()
        held = asyncio.create_task(first.make(archive, "from_ms=0&to_ms=3000&mode=encode"))
        while not left_behind(archive):
            await asyncio.sleep(0.002)
        await second.make(archive, "from_ms=0&to_ms=1000")
        await held
        return [first.status, second.status]

    assert asyncio.run(both()) == [200, 503]


def test_a_client_that_leaves_stops_its_clip(archive: Archive) -> None:
    async def leave() -> Visit:
        visit = Visit()
        work = asyncio.create_task(visit.make(archive, "from_ms=0&to_ms=3000&mode=encode"))
        while not left_behind(archive):
            await asyncio.sleep(0.002)
        visit.left.set()
        await work
        return visit

    visit = asyncio.run(leave())
    assert (visit.status, visit.received) == (499, 0)
    assert left_behind(archive) == []
    answer = archive.get("clip?from_ms=0&to_ms=1000")
    assert answer.status_code == 200  # the place was given back


class Visit:
    """A request as a server would pass it on, whose client may leave."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.status = 0
        self.received = 0
        self._asked = False

    async def make(self, archive: Archive, span: str) -> None:
        path = archive.address("clip")
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": "GET",
            "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": span.encode(), "headers": [(b"host", b"testserver")],
            "scheme": "http", "server": ("testserver", 80), "http_version": "1.1", "state": {},
        }  # fmt: skip
        await archive.client.app(scope, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.received += len(message.get("body", b""))
