"""Films by what a person calls them, by page and by flag."""

from __future__ import annotations

from pathlib import Path

import pytest
from library_under_test import LibraryUnderTest
from sqlalchemy import Engine

from rushes.errors import InvalidRequestError, NotFoundError
from rushes.library.repository import (
    count_videos,
    get_video,
    get_videos,
    list_videos,
    resolve_video,
    set_favorite,
    set_ready,
)


@pytest.fixture
def ids(library: LibraryUnderTest) -> dict[str, str]:
    library.write({"a.mp4": "1", "x/a.mp4": "2", "x/b.mp4": "3", "100%_'o\".mp4": "4"})
    library.scan()
    return library.present()


@pytest.mark.usefixtures("ids")
def test_a_film_is_found_by_id_path_or_name(
    library: LibraryUnderTest, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for text, path in [
        (ids["x/b.mp4"], "x/b.mp4"),
        (str(library.root / "x/b.mp4"), "x/b.mp4"),
        ("x/b.mp4", "x/b.mp4"),
        ("b.mp4", "x/b.mp4"),
        ("x/a.mp4", "x/a.mp4"),
        ("a.mp4", "a.mp4"),
        ("100%_'o\".mp4", "100%_'o\".mp4"),
    ]:
        assert resolve_video(library.engine, text).path == path
    monkeypatch.chdir(library.root / "x")
    assert resolve_video(library.engine, "a.mp4").path == "x/a.mp4"
    assert resolve_video(library.engine, "../a.mp4").path == "a.mp4"


def test_a_film_is_found_through_a_link_to_its_folder(
    library: LibraryUnderTest, ids: dict[str, str]
) -> None:
    link = library.root.with_name("link")
    link.symlink_to(library.root)
    assert resolve_video(library.engine, str(link / "a.mp4")).asset_id == ids["a.mp4"]


@pytest.mark.parametrize("text", ["", "nope.mp4", "%", "_.mp4", "p4", "a\0", "\udcff", "~x/a.mp4"])
def test_what_nothing_is_called_is_not_found(
    library: LibraryUnderTest, ids: dict[str, str], text: str
) -> None:
    assert ids
    with pytest.raises(NotFoundError) as caught:
        resolve_video(library.engine, text)
    assert caught.value.code == "video_not_found"


def test_a_name_of_several_films_lists_them(library: LibraryUnderTest) -> None:
    library.write({"x/c.mp4": "1", "y/c.mp4": "2"})
    library.scan()
    with pytest.raises(InvalidRequestError) as caught:
        resolve_video(library.engine, "c.mp4")
    assert caught.value.code == "ambiguous_video"
    for path, asset_id in library.present().items():
        assert path in caught.value.message
        assert asset_id in caught.value.message


def test_a_film_that_is_there_is_meant_before_a_missing_one(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A", "b.mp4": "BB"})
    library.scan()
    mover = library.present()["a.mp4"]
    (library.root / "a.mp4").replace(library.root / "b.mp4")
    library.scan()
    assert resolve_video(library.engine, "b.mp4").asset_id == mover


def test_a_film_knows_its_volume_and_whether_that_is_there(
    library: LibraryUnderTest, ids: dict[str, str], tmp_path: Path
) -> None:
    library.root.rename(tmp_path / "away")
    library.scan()
    video = get_video(library.engine, ids["a.mp4"])
    assert (video.library_status, video.state) == ("offline", "present")
    assert video.source_path == library.root / "a.mp4"


def test_films_come_in_pages(library: LibraryUnderTest, ids: dict[str, str]) -> None:
    everything = list_videos(library.engine)
    assert [video.asset_id for video in everything] == sorted(ids.values())
    page = list_videos(library.engine, library="films", state="present", limit=2, offset=1)
    assert page == everything[1:3]
    assert count_videos(library.engine, library="films") == 4
    assert list_videos(library.engine, library="none") == []
    assert count_videos(library.engine, state="missing") == 0
    for wrong in ({"state": "gone"}, {"limit": 0}, {"offset": -1}):
        with pytest.raises(InvalidRequestError):
            list_videos(library.engine, **wrong)  # type: ignore[arg-type]


def test_flags_and_favourites_are_set_on_one_film(
    library: LibraryUnderTest, ids: dict[str, str]
) -> None:
    set_favorite(library.engine, ids["a.mp4"], True)
    set_ready(library.engine, ids["a.mp4"], playable=True, searchable=True)
    videos = get_videos(library.engine, ids.values())
    marked = videos[ids["a.mp4"]]
    assert (marked.is_favorite, marked.playable, marked.searchable) == (True, True, True)
    assert not videos[ids["x/a.mp4"]].playable
    with pytest.raises(InvalidRequestError):
        set_ready(library.engine, ids["a.mp4"], state=True)


def test_a_film_that_is_not_there_has_no_flags(engine: Engine) -> None:
    with pytest.raises(NotFoundError):
        set_favorite(engine, "v0", True)
