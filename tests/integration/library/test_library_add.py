"""Which library a path gets, and how a library moves."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from library_under_test import LibraryUnderTest
from sqlalchemy import Engine

from rushes.errors import InvalidRequestError, NotFoundError, UserError
from rushes.library.service import LibraryService
from rushes.settings import Settings


@pytest.fixture
def service(engine: Engine, data_dir: Path) -> LibraryService:
    return LibraryService(engine, Settings(data_dir=data_dir))


def film(path: Path, content: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content or path.name)
    return path


def paths(service: LibraryService, slug: str, only: str = "") -> list[str]:
    """The films that a scan of a library holds now, newest scan included."""
    report = service.scan(slug, stability_seconds=0, only=only or None)
    assert report.is_online
    from rushes.library.repository import get_videos

    videos = get_videos(service._engine, report.asset_ids)
    return sorted(video.path for video in videos.values())


def test_a_folder_becomes_a_library_named_after_it(service: LibraryService, tmp_path: Path) -> None:
    film(tmp_path / "My Shoot/a.mp4")
    added = service.add(tmp_path / "My Shoot")
    assert (added.library.slug, added.only, added.created) == ("my-shoot", "", True)
    assert added.library.root == tmp_path / "My Shoot"
    again = service.add(tmp_path / "My Shoot/")
    assert (again.library.slug, again.created) == ("my-shoot", False)


def test_a_folder_in_a_library_limits_the_scan_to_it(
    service: LibraryService, tmp_path: Path
) -> None:
    film(tmp_path / "all/x/a.mp4")
    service.add(tmp_path / "all")
    added = service.add(tmp_path / "all/x")
    assert (added.library.slug, added.only, added.created) == ("all", "x", False)
    assert paths(service, "all", added.only) == ["x/a.mp4"]


def test_one_film_is_a_library_of_its_own_until_more_is_added(
    service: LibraryService, tmp_path: Path
) -> None:
    one, two = film(tmp_path / "box/one.mp4"), film(tmp_path / "box/two.mp4")
    film(tmp_path / "box/three.mp4")
    added = service.add(one)
    assert (added.library.slug, added.only) == ("box", "one.mp4")
    assert paths(service, "box") == ["one.mp4"]
    assert service.add(two).library.slug == "box"
    assert paths(service, "box") == ["one.mp4", "two.mp4"]
    whole = service.add(tmp_path / "box")
    assert whole.library.is_whole
    assert paths(service, "box") == ["one.mp4", "three.mp4", "two.mp4"]


def test_a_library_of_one_film_does_not_swallow_the_folders_beside_it(
    service: LibraryService, tmp_path: Path
) -> None:
    film(tmp_path / "home/clip.mp4")
    film(tmp_path / "home/movies/a.mp4")
    service.add(tmp_path / "home/clip.mp4")
    assert service.add(tmp_path / "home/movies").library.slug == "movies"


def test_a_library_around_another_leaves_its_films_to_it(
    service: LibraryService, tmp_path: Path
) -> None:
    film(tmp_path / "outer/inner/a.mp4")
    film(tmp_path / "outer/b.mp4")
    service.add(tmp_path / "outer/inner")
    service.add(tmp_path / "outer")
    assert paths(service, "inner") == ["a.mp4"]
    assert paths(service, "outer") == ["b.mp4"]
    assert service.add(tmp_path / "outer/inner/a.mp4").library.slug == "inner"


def test_two_folders_of_one_name_get_two_slugs(service: LibraryService, tmp_path: Path) -> None:
    film(tmp_path / "x/day/a.mp4")
    film(tmp_path / "y/day/a.mp4")
    assert service.add(tmp_path / "x/day").library.slug == "day"
    assert service.add(tmp_path / "y/day").library.slug == "day-2"
    assert [library.slug for library in service.list()] == ["day", "day-2"]


def test_a_link_to_a_folder_is_the_folder_and_a_link_to_a_film_is_itself(
    service: LibraryService, tmp_path: Path
) -> None:
    real = film(tmp_path / "real/a.mp4")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/linked.mp4").symlink_to(real)
    assert service.add(tmp_path / "link").library.root == tmp_path / "real"
    added = service.add(tmp_path / "lib/linked.mp4")
    assert (added.library.root, added.only) == (tmp_path / "lib", "linked.mp4")
    assert paths(service, "lib") == ["linked.mp4"]


def test_what_cannot_be_added_says_why(service: LibraryService, tmp_path: Path) -> None:
    film(tmp_path / "a/x.mp4")
    film(tmp_path / "a/notes.txt")
    film(tmp_path / "a/.hidden/y.mp4")
    (tmp_path / "b").mkdir()
    service.add(tmp_path / "a", "films")

    def code(path: str, slug: str | None = None) -> str:
        with pytest.raises(UserError) as caught:
            service.add(tmp_path / path, slug)
        assert caught.value.remedy
        return caught.value.code

    assert code("gone") == "path_not_found"
    assert code("b", "films") == "slug_taken"
    assert code("b", "Not A Slug") == "invalid_slug"
    assert code("a", "other") == "library_exists"
    assert code("a/notes.txt") == "not_a_film"
    assert code("a/.hidden/y.mp4") == "path_excluded"
    assert [library.slug for library in service.list()] == ["films"]


def test_a_film_that_cannot_be_taken_makes_no_library(
    service: LibraryService, tmp_path: Path
) -> None:
    with pytest.raises(InvalidRequestError):
        service.add(film(tmp_path / "a/notes.txt"))
    assert service.list() == []


def test_many_who_add_one_folder_get_one_library(service: LibraryService, tmp_path: Path) -> None:
    film(tmp_path / "a/x.mp4")
    with ThreadPoolExecutor(2) as pool:
        added = list(pool.map(lambda _: service.add(tmp_path / "a"), range(6)))
    assert {one.library.slug for one in added} == {"a"}
    assert sum(one.created for one in added) == 1


def test_globs_of_a_library_are_kept(service: LibraryService, tmp_path: Path) -> None:
    film(tmp_path / "a/x.mp4")
    film(tmp_path / "a/y.mov")
    film(tmp_path / "a/proxies/z.mov")
    service.add(tmp_path / "a", include=["*.mov"], exclude=["proxies/"], settings={"note": 1})
    assert paths(service, "a") == ["y.mov"]
    assert service.get("a").settings == {"note": 1}


def test_an_unknown_library_is_named_with_the_known(service: LibraryService) -> None:
    with pytest.raises(NotFoundError) as caught:
        service.scan("nope")
    assert caught.value.code == "library_not_found"


def test_a_relocated_library_keeps_its_films(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A", "x/b.mp4": "B"})
    library.scan()
    ids = library.present()
    copy = library.root.with_name("new drive")
    shutil.copytree(library.root, copy)
    shutil.rmtree(library.root)
    assert library.scan().status == "offline"
    moved = library.service.relocate("films", copy)
    assert (moved.root, moved.status) == (copy, "online")
    report = library.scan()
    assert (report.unchanged, report.to_analyse, report.missing) == (2, [], [])
    assert library.present() == ids


def test_a_library_is_not_relocated_to_where_nothing_of_it_lies(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A"})
    library.scan()
    other = library.root.with_name("other")
    film(other / "else.mp4")
    with pytest.raises(InvalidRequestError) as caught:
        library.service.relocate("films", other)
    assert caught.value.code == "nothing_known_there"
    assert library.service.relocate("films", other, force=True).root == other


def test_a_library_is_not_relocated_onto_another(library: LibraryUnderTest) -> None:
    other = library.root.with_name("other")
    film(other / "else.mp4")
    library.service.add(other)
    with pytest.raises(InvalidRequestError) as caught:
        library.service.relocate("films", other)
    assert caught.value.code == "root_taken"
