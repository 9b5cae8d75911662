"""Pictures over HTTP: the right one, from the cache, and nothing else."""

from __future__ import annotations

import pytest

from tests.integration.api.media.archive import (
    LENGTH_MS,
    Archive,
    content_of,
    entry_of,
    picture_size,
    problem,
    remember_pictures,
)


def test_a_moment_has_the_picture_that_stands_for_it(archive: Archive) -> None:
    remember_pictures(archive)
    for ms, shown in ((0, 0), (999, 0), (1000, 1000), (1730, 1000), (LENGTH_MS - 1, 2000)):
        answer = archive.get(f"thumbnails/{ms}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["X-Rushes-Frame-Ms"] == str(shown)
        assert picture_size(answer.content) == (160, 96)


def test_a_picture_is_as_wide_as_asked_but_never_blown_up(archive: Archive) -> None:
    remember_pictures(archive)
    sizes = {
        width: picture_size(archive.get(f"thumbnails/5?width={width}").content)
        for width in (16, 80, 1280)
    }
    assert sizes == {16: (16, 10), 80: (80, 48), 1280: (160, 96)}


def test_a_picture_that_is_known_is_not_sent_again(archive: Archive) -> None:
    remember_pictures(archive)
    first = archive.get("thumbnails/10")
    assert "immutable" in first.headers["cache-control"]
    again = archive.get("thumbnails/20", If_None_Match=f'"x", {first.headers["etag"]}')
    assert (again.status_code, again.content) == (304, b"")
    tags = {
        archive.get(f"thumbnails/{each}").headers["etag"] for each in ("10", "1000", "10?width=80")
    }
    assert len(tags) == 3


def test_only_an_address_with_the_content_in_it_holds_for_a_year(archive: Archive) -> None:
    remember_pictures(archive)
    for content, seconds in ((content_of(archive), "31536000"), ("another", "3600")):
        answer = archive.get(f"thumbnails/10?content={content}")
        assert f"max-age={seconds}," in answer.headers["cache-control"]


def test_pictures_are_there_while_the_drive_is_away(archive: Archive) -> None:
    remember_pictures(archive)
    archive.unplug()
    assert archive.get("thumbnails/10").status_code == 200


def test_a_film_that_was_never_indexed_has_no_pictures(archive: Archive) -> None:
    body = problem(archive.get("thumbnails/10"), 404, "no_thumbnail")
    assert "rushes index" in body["remedy"]


def test_there_is_no_picture_behind_the_end(archive: Archive) -> None:
    remember_pictures(archive)
    for ms in (LENGTH_MS, 2**53 - 1):
        problem(archive.get(f"thumbnails/{ms}"), 404, "no_thumbnail")


@pytest.mark.parametrize(
    "ms", ["-1", "1.5", "1e3", "9" * 30, "9" * 5000, "%00", "%2e%2e", "NaN", "", "1%2f2", "0x10"]
)
def test_what_is_no_moment_is_refused(archive: Archive, ms: str) -> None:
    assert archive.get(f"thumbnails/{ms}").status_code in (404, 422)


@pytest.mark.parametrize("width", ["0", "15", "1281", "-80", "1.5", "wide", "9" * 40])
def test_a_width_out_of_bounds_is_refused(archive: Archive, width: str) -> None:
    answer = archive.get(f"thumbnails/1?width={width}")
    problem(answer, 422, "invalid_request")


def test_a_damaged_picture_is_none(archive: Archive) -> None:
    remember_pictures(archive)
    for path in entry_of(archive).glob("frames/*.jpg"):
        path.write_bytes(b"x")
    problem(archive.get("thumbnails/10"), 404, "no_thumbnail")


def test_an_entry_that_names_a_file_elsewhere_is_not_followed(archive: Archive) -> None:
    remember_pictures(archive)
    manifest = entry_of(archive) / "manifest.json"
    outside = archive.root.parent / "outside.jpg"
    outside.write_bytes(next(manifest.parent.glob("frames/*.jpg")).read_bytes())
    told = manifest.read_text().replace("frames/000000000.jpg", str(outside))
    manifest.write_text(told)
    problem(archive.get("thumbnails/10"), 404, "no_thumbnail")
