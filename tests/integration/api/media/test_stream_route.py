"""Films over HTTP: whole and in ranges, and nothing but the library's own files."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.integration.api.media.archive import SECRET, Archive, problem


def test_a_film_is_sent_as_it_is(archive: Archive, film_bytes: bytes) -> None:
    answer = archive.get("stream")
    assert (answer.status_code, answer.content) == (200, film_bytes)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(film_bytes))


def test_a_film_of_a_kind_that_browsers_do_not_know_is_not_packed(archive: Archive) -> None:
    (archive.root / "tape.mxf").write_bytes(SECRET * 20)
    name = archive.film("tape.mxf")
    answer = archive.get(f"/v1/videos/{name}/stream", Accept_Encoding="gzip")
    assert answer.headers["content-type"] == "application/mxf"
    assert answer.headers["content-length"] == str(len(SECRET * 20))


def test_head_tells_the_same_without_the_film(archive: Archive, film_bytes: bytes) -> None:
    answer = archive.client.head(archive.address("stream"), headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(film_bytes))


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=5-99", slice(5, 100)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=-99999999999999999999999", slice(0, None)),
        ("bytes=3-99999999999999999999999", slice(3, None)),
        ("BYTES= 5-9", slice(5, 10)),
    ],
)
def test_a_range_is_a_part(archive: Archive, film_bytes: bytes, asked: str, part: slice) -> None:
    answer = archive.get("stream", Range=asked)
    assert (answer.status_code, answer.content) == (206, film_bytes[part])
    start, end, _ = part.indices(len(film_bytes))
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(film_bytes)}"


@pytest.mark.parametrize(
    "asked", ["bytes=9-5", "bytes=a-b", "bytes=", "bytes=-", "lines=1-2", "bytes=0-1,5-6", "²-³"]
)
def test_what_is_no_single_range_is_answered_with_the_whole(archive: Archive, asked: str) -> None:
    answer = archive.client.get(archive.address("stream"), headers={"Range": asked.encode()})
    assert answer.status_code == 200


@pytest.mark.parametrize("asked", ["bytes=9999999-", "bytes=-0", f"bytes={'9' * 6000}-"])
def test_a_range_behind_the_end_is_refused(archive: Archive, film_bytes: bytes, asked: str) -> None:
    answer = archive.get("stream", Range=asked)
    problem(answer, 416, "bad_range")
    assert answer.headers["content-range"] == f"bytes */{len(film_bytes)}"


def test_a_range_is_only_of_the_film_that_is_known(archive: Archive) -> None:
    headers = archive.get("stream", Range="bytes=0-9").headers
    for known, status in (
        (headers["etag"], 206), (headers["last-modified"], 206),
        (f'W/{headers["etag"]}', 200), ('"other"', 200),
    ):  # fmt: skip
        answer = archive.get("stream", Range="bytes=0-9", If_Range=known)
        assert answer.status_code == status
    again = archive.get("stream", If_None_Match=headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


def test_a_drive_that_is_away_is_named(archive: Archive) -> None:
    archive.unplug()
    for route in ("stream", "clip?from_ms=0&to_ms=1000"):
        body = problem(archive.get(f"{route}"), 503, "source_offline")
        assert "SHELF 3" in body["detail"]


def test_a_film_that_is_gone_is_missing(archive: Archive) -> None:
    (archive.root / "film.mp4").unlink()
    for route in ("stream", "clip?from_ms=0&to_ms=1000"):
        problem(archive.get(f"{route}"), 404, "source_missing")


def test_a_film_that_was_changed_is_not_passed_off_as_the_old_one(archive: Archive) -> None:
    with (archive.root / "film.mp4").open("ab") as file:
        file.write(b"more")
    for route in ("stream", "clip?from_ms=0&to_ms=1000"):
        problem(archive.get(f"{route}"), 409, "still_copying")


@pytest.mark.parametrize("path", ["../secret.mp4", "a/../../secret.mp4", "{secret}", "film.mp4/x"])
def test_a_stored_path_that_climbs_out_leads_nowhere(archive: Archive, path: str) -> None:
    secret = archive.root.parent / "secret.mp4"
    name = archive.film(path.format(secret=secret), stat=secret)
    for route in ("stream", "clip?from_ms=0&to_ms=1000"):
        answer = archive.get(f"/v1/videos/{name}/{route}")
        problem(answer, 404, "source_missing")
        assert SECRET[:20] not in answer.content


def _link_to_file(archive: Archive) -> str:
    (archive.root / "link.mp4").symlink_to(archive.root.parent / "secret.mp4")
    return "link.mp4"


def _link_to_folder(archive: Archive) -> str:
    (archive.root / "out").symlink_to(archive.root.parent)
    return "out/secret.mp4"


def _folder(archive: Archive) -> str:
    (archive.root / "folder.mp4").mkdir()
    return "folder.mp4"


def _pipe(archive: Archive) -> str:
    os.mkfifo(archive.root / "pipe.mp4")
    return "pipe.mp4"


def _device(archive: Archive) -> str:
    (archive.root / "zero.mp4").symlink_to("/dev/zero")
    return "zero.mp4"


def _loop(archive: Archive) -> str:
    (archive.root / "loop.mp4").symlink_to("loop.mp4")
    return "loop.mp4"


@pytest.mark.parametrize("trap", [_link_to_file, _link_to_folder, _folder, _pipe, _device, _loop])
def test_what_is_no_plain_file_of_the_library_is_not_read(
    archive: Archive, trap: Callable[[Archive], str]
) -> None:
    name = archive.film(trap(archive), stat=archive.root.parent / "secret.mp4")
    for route in ("stream", "clip?from_ms=0&to_ms=1000"):
        answer = archive.get(f"/v1/videos/{name}/{route}")
        problem(answer, 404, "source_missing")
        assert SECRET[:20] not in answer.content


def test_a_link_within_the_library_is_followed(archive: Archive, film_bytes: bytes) -> None:
    (archive.root / "again.mp4").symlink_to("film.mp4")
    name = archive.film("again.mp4")
    assert archive.get(f"/v1/videos/{name}/stream").content == film_bytes


@pytest.mark.parametrize("video_id", ["nobody", "%00", "..%2fv1", "%2e%2e", "v1%2f..%2fv1", "%ff"])
@pytest.mark.parametrize("route", ["stream", "thumbnails/1", "clip?from_ms=0&to_ms=9"])
def test_an_unknown_film_is_not_found(archive: Archive, video_id: str, route: str) -> None:
    assert archive.get(f"/v1/videos/{video_id}/{route}").status_code == 404
