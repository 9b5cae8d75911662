"""Scans of a real folder into a real database."""

from __future__ import annotations

import errno
import os
import resource
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from library_under_test import LibraryUnderTest
from sqlalchemy import Engine, event, select, update

from rushes.db.tables import asset, asset_versions, library_files
from rushes.errors import InvalidRequestError, MediaError
from rushes.library.content_hash import BLOCK_BYTES, WHOLE_FILE_BYTES, sampled_offsets
from rushes.library.listing import Disk
from rushes.library.repository import get_video
from rushes.library.scan_store import library_lock
from rushes.library.sources import source_path


def test_new_films_become_assets_in_the_order_of_their_paths(library: LibraryUnderTest) -> None:
    library.write({"b.mp4": "B", "a/x.mov": "X", "notes.txt": "no"})
    report = library.scan()
    assert sorted(library.present()) == ["a/x.mov", "b.mp4"]
    assert report.new == report.asset_ids == [library.present()[p] for p in ("a/x.mov", "b.mp4")]
    assert report.to_analyse == report.asset_ids


def test_a_second_scan_changes_nothing_and_reads_no_film(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A", "b.mp4": "B"})
    first, before = library.scan(), library.rows()
    counted: list[tuple[int, int]] = []
    report = library.scan(progress=lambda done, total: counted.append((done, total)))
    assert report.unchanged == 2
    assert report.to_analyse == []
    assert report.asset_ids == first.asset_ids
    assert library.rows() == before
    assert counted == []


def test_a_moved_film_keeps_its_id_and_needs_no_analysis(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A", "b.mp4": "B"})
    library.scan()
    ids = library.present()
    (library.root / "deep").mkdir()
    (library.root / "a.mp4").rename(library.root / "deep/renamed.mp4")
    report = library.scan()
    assert [(m.asset_id, m.old_path, m.new_path) for m in report.moved] == [
        (ids["a.mp4"], "a.mp4", "deep/renamed.mp4")
    ]
    assert library.present() == {"deep/renamed.mp4": ids["a.mp4"], "b.mp4": ids["b.mp4"]}
    assert report.to_analyse == report.missing == []


def test_a_swap_of_two_films_keeps_both_with_their_content(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A", "b.mp4": "BB"})
    library.scan()
    ids = library.present()
    spare = library.root / "spare"
    (library.root / "a.mp4").rename(spare)
    (library.root / "b.mp4").rename(library.root / "a.mp4")
    spare.rename(library.root / "b.mp4")
    library.scan()
    assert library.present() == {"a.mp4": ids["b.mp4"], "b.mp4": ids["a.mp4"]}


def test_a_film_moved_over_another_stays_itself_and_the_other_is_missing(
    library: LibraryUnderTest,
) -> None:
    library.write({"a.mp4": "A", "b.mp4": "BB"})
    library.scan()
    ids = library.present()
    (library.root / "a.mp4").replace(library.root / "b.mp4")
    report = library.scan()
    assert library.present() == {"b.mp4": ids["a.mp4"]}
    assert report.missing == [ids["b.mp4"]]


def test_a_copy_is_a_duplicate_with_an_id_of_its_own(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A"})
    library.scan()
    shutil.copy(library.root / "a.mp4", library.root / "copy.mp4")
    (copy,) = library.scan().duplicates
    assert (copy.path, copy.original_path) == ("copy.mp4", "a.mp4")
    hashes = {row["content_hash"] for row in library.rows().values()}
    assert len(hashes) == 1
    assert len(library.present()) == 2


def test_new_content_is_the_next_version_of_the_same_film(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A"})
    (asset_id,) = library.scan().new
    with library.engine.begin() as connection:
        connection.execute(
            update(asset).values(playable=True, preview_ready=True, is_favorite=True, duration_ms=5)
        )
    library.write({"a.mp4": "other"})
    report = library.scan()
    assert report.changed == report.to_analyse == [asset_id]
    row = library.rows()[asset_id]
    assert row["content_version"] == 2
    assert (row["playable"], row["preview_ready"], row["duration_ms"]) == (False, False, None)
    assert row["is_favorite"] is True
    with library.engine.connect() as connection:
        query = select(asset_versions.c.content_version, asset_versions.c.content_hash)
        versions = {row.content_version: row.content_hash for row in connection.execute(query)}
    assert set(versions) == {1, 2}
    assert versions[2] == row["content_hash"] != versions[1]


def test_a_touched_film_gets_no_new_version(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A"})
    (asset_id,) = library.scan().new
    os.utime(library.root / "a.mp4", ns=(1, 1))
    report = library.scan()
    assert (report.unchanged, report.changed) == (1, [])
    row = library.rows()[asset_id]
    assert (row["content_version"], row["mtime_ns"]) == (1, 1)


def test_a_deleted_film_is_missing_and_returns_as_itself(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A", "b.mp4": "B"})
    library.scan()
    ids = library.present()
    (library.root / "a.mp4").unlink()
    assert library.scan().missing == [ids["a.mp4"]]
    assert library.states() == {ids["a.mp4"]: "missing", ids["b.mp4"]: "present"}
    assert library.scan().missing == []
    library.write({"back/again.mp4": "A"})
    report = library.scan()
    assert report.returned == [ids["a.mp4"]]
    assert library.present()["back/again.mp4"] == ids["a.mp4"]
    assert library.rows()[ids["a.mp4"]]["missing_since"] is None


def test_a_root_that_went_away_is_offline_and_nothing_else_changes(
    library: LibraryUnderTest,
) -> None:
    library.write({"a.mp4": "A"})
    library.scan()
    before = library.rows()
    library.root.rename(library.root.with_name("elsewhere"))
    report = library.scan()
    assert (report.status, report.missing) == ("offline", [])
    assert report.status_reason
    assert library.rows() == before
    assert library.service.get("films").status == "offline"
    library.root.with_name("elsewhere").rename(library.root)
    assert library.scan().unchanged == 1
    assert library.service.get("films").status == "online"


def test_an_empty_mount_point_is_offline(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A"})
    library.scan()
    before = library.rows()
    library.root.rename(library.root.with_name("volume"))
    library.root.mkdir()
    assert library.scan().status == "offline"
    assert library.rows() == before


def test_an_emptied_folder_is_not_offline(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A"})
    (asset_id,) = library.scan().new
    (library.root / "a.mp4").unlink()
    report = library.scan()
    assert (report.status, report.missing) == ("online", [asset_id])


def test_a_library_that_never_had_films_is_online(library: LibraryUnderTest) -> None:
    library.root.rmdir()
    library.root.mkdir()
    assert library.scan().status == "online"


def failing(path: Path, entries_of: Disk) -> Disk:
    """A drive on which the folder `path` cannot be listed."""

    def entries(folder: str) -> list[os.DirEntry[str]]:
        if folder == str(path):
            raise OSError(errno.EIO, "Input/output error")
        return entries_of.entries(folder)

    return replace(entries_of, entries=entries)


def test_films_in_a_folder_that_cannot_be_listed_are_not_missing(
    library: LibraryUnderTest,
) -> None:
    library.write({"bad/a.mp4": "A", "b.mp4": "B"})
    library.scan()
    ids = library.present()
    (library.root / "b.mp4").unlink()
    report = library.scan_with(failing(library.root / "bad", Disk()))
    assert report.unlisted == {"bad": "Input/output error"}
    assert report.missing == [ids["b.mp4"]]
    assert library.present() == {"bad/a.mp4": ids["bad/a.mp4"]}
    assert library.scan().unchanged == 1


def test_a_drive_that_is_pulled_while_it_is_listed_is_offline(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A", "x/b.mp4": "B"})
    library.scan()
    before = library.rows()

    def entries(folder: str) -> list[os.DirEntry[str]]:
        if folder.endswith("/x"):
            library.root.rename(library.root.with_name("volume"))
            library.root.mkdir()  # what the mount point shows once the volume is gone
        return Disk().entries(folder)

    assert library.scan_with(replace(Disk(), entries=entries)).status == "offline"
    assert library.rows() == before


def test_a_bad_film_is_reported_and_its_neighbours_are_taken(library: LibraryUnderTest) -> None:
    library.write({"good.mp4": "A", "empty.mp4": ""})
    (library.root / "broken.mp4").symlink_to("nowhere.mp4")
    (library.root / os.fsdecode(b"caf\xe9.mp4")).write_bytes(b"x")
    report = library.scan()
    assert {file.path: file.code for file in report.rejected} == {
        "broken.mp4": "broken_link",
        "caf\\xe9.mp4": "name_not_utf8",
        "empty.mp4": "empty_file",
    }
    assert list(library.present()) == ["good.mp4"]
    assert library.service.status("films").rejected == 3
    assert library.scan().rejected == report.rejected
    library.write({"empty.mp4": "no more"})
    assert len(library.scan().new) == 1


def test_a_name_that_looks_like_the_escape_of_another_is_a_film_still(
    library: LibraryUnderTest,
) -> None:
    (library.root / os.fsdecode(b"a\xe9.mp4")).write_bytes(b"x")
    library.write({"a\\xe9.mp4": "real"})
    library.scan()
    assert list(library.present()) == ["a\\xe9.mp4"]
    assert library.scan().unchanged == 1


def test_a_known_film_that_cannot_be_read_now_is_not_missing(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A"})
    library.scan()
    denied = replace(Disk(), access=lambda path, mode: False)
    report = library.scan_with(denied)
    assert [file.code for file in report.rejected] == ["unreadable"]
    assert set(library.states().values()) == {"present"}
    assert library.scan().unchanged == 1


@pytest.mark.parametrize(
    "name", ["with space.mp4", 'o\'brien "x".mp4', "new\nline.mp4", "🎬.mp4", "{a},%s;--.mp4"]
)
def test_odd_names_survive_the_database(library: LibraryUnderTest, name: str) -> None:
    library.write({name: "A"})
    (asset_id,) = library.scan().new
    assert library.present() == {name: asset_id}
    assert library.scan().unchanged == 1


def test_a_film_is_taken_once_it_stayed_the_same(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A"})
    assert library.scan(stability_seconds=60).settling == ["a.mp4"]
    library.write({"a.mp4": "A and more"})
    assert library.scan(stability_seconds=60).settling == ["a.mp4"]
    assert library.service.status("films").settling == 1
    assert len(library.scan(stability_seconds=60).new) == 1
    assert library.service.status("films").settling == 0


def test_a_film_that_grows_for_ever_is_never_taken(library: LibraryUnderTest) -> None:
    for size in range(1, 5):
        library.write({"a.mp4": b"x" * size})
        assert library.scan(stability_seconds=60).settling == ["a.mp4"]
    assert library.rows() == {}


def test_a_known_film_that_is_being_replaced_stays_until_it_settles(
    library: LibraryUnderTest,
) -> None:
    library.write({"a.mp4": "A"})
    (asset_id,) = library.scan().new
    library.write({"a.mp4": "half of the ne"})
    report = library.scan(stability_seconds=60)
    assert (report.settling, report.missing) == (["a.mp4"], [])
    assert library.rows()[asset_id]["content_version"] == 1
    assert library.scan(stability_seconds=60).changed == [asset_id]


def test_a_moved_film_is_never_missing_while_it_settles(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A"})
    (asset_id,) = library.scan().new
    (library.root / "a.mp4").rename(library.root / "b.mp4")
    report = library.scan(stability_seconds=60)
    assert [move.asset_id for move in report.moved] == [asset_id]
    assert report.missing == report.settling == []


def test_a_scan_of_a_part_leaves_the_rest_alone(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A", "x/b.mp4": "B"})
    library.scan()
    ids = library.present()
    (library.root / "a.mp4").unlink()
    library.write({"x/c.mp4": "C"})
    report = library.scan(only="x")
    assert report.missing == []
    assert report.asset_ids == [ids["x/b.mp4"], *report.new]
    assert library.states()[ids["a.mp4"]] == "present"
    assert library.scan().missing == [ids["a.mp4"]]


def test_a_scan_of_a_part_tells_a_copy_from_a_move(library: LibraryUnderTest) -> None:
    library.write({"copied.mp4": "C", "moved.mp4": "M"})
    library.scan()
    ids = library.present()
    (library.root / "x").mkdir()
    shutil.copy(library.root / "copied.mp4", library.root / "x/copied.mp4")
    (library.root / "moved.mp4").rename(library.root / "x/moved.mp4")
    report = library.scan(only="x")
    assert [copy.original_path for copy in report.duplicates] == ["copied.mp4"]
    assert [move.asset_id for move in report.moved] == [ids["moved.mp4"]]


def large(path: Path, mark: bytes) -> None:
    """A film whose `mark` lies between the sampled blocks."""
    size = WHOLE_FILE_BYTES + 20 * BLOCK_BYTES
    with path.open("wb") as out:
        out.truncate(size)
        out.seek(sampled_offsets(size)[5] + BLOCK_BYTES + 100)
        out.write(mark)


def test_films_that_only_look_equal_are_not_duplicates(library: LibraryUnderTest) -> None:
    large(library.root / "a.mp4", b"1")
    large(library.root / "b.mp4", b"2")
    large(library.root / "c.mp4", b"1")
    report = library.scan()
    assert [copy.path for copy in report.duplicates] == ["c.mp4"]
    assert len(report.new) == 2
    assert library.scan().unchanged == 3
    hashes = {path: library.rows()[i]["content_hash"] for path, i in library.present().items()}
    assert hashes["a.mp4"] == hashes["c.mp4"] != hashes["b.mp4"]
    (library.root / "b.mp4").rename(library.root / "d.mp4")
    os.utime(library.root / "a.mp4")
    report = library.scan()
    assert [move.new_path for move in report.moved] == ["d.mp4"]
    assert (report.unchanged, report.changed) == (2, [])


def test_a_lookalike_that_came_later_is_compared_with_all_bytes(library: LibraryUnderTest) -> None:
    large(library.root / "a.mp4", b"1")
    library.scan()
    large(library.root / "b.mp4", b"2")
    assert len(library.scan().new) == 1
    large(library.root / "c.mp4", b"1")
    assert len(library.scan().duplicates) == 1


def test_a_scan_says_that_another_is_at_work(library: LibraryUnderTest) -> None:
    with library_lock(library.engine, "films", 0), pytest.raises(InvalidRequestError) as caught:
        library.scan(wait_seconds=0.2)
    assert caught.value.code == "library_busy"
    assert caught.value.retryable
    assert library.scan().status == "online"


def test_the_lock_is_free_again_after_a_failure(library: LibraryUnderTest) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        library_lock(library.engine, "films", 0) as connection,
        connection.begin(),
    ):
        raise ZeroDivisionError
    assert library.scan(wait_seconds=0).status == "online"


def test_a_scan_writes_nothing_into_the_library(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A", "x/b.mp4": "B"})
    everything = [library.root, *library.root.rglob("*")]
    before = {path: path.stat().st_mtime_ns for path in everything}
    library.scan()
    assert {path: path.stat().st_mtime_ns for path in [library.root, *library.root.rglob("*")]} == (
        before
    )


def test_the_data_of_rushes_inside_a_library_is_not_indexed(engine: Engine, tmp_path: Path) -> None:
    library = LibraryUnderTest(engine, tmp_path, tmp_path / "rushes-data")
    library.write({"a.mp4": "A", "rushes-data/cache/proxy.mp4": "P"})
    library.service.add(tmp_path, "films")
    library.scan()
    assert list(library.present()) == ["a.mp4"]


def test_a_source_is_found_again_or_says_what_is_wrong(library: LibraryUnderTest) -> None:
    library.write({"a.mp4": "A"})
    (asset_id,) = library.scan().new
    video = get_video(library.engine, asset_id)
    assert source_path(video) == library.root / "a.mp4"

    def code() -> str:
        with pytest.raises(MediaError) as caught:
            source_path(video)
        return caught.value.code

    library.write({"a.mp4": "longer"})
    assert code() == "still_copying"
    (library.root / "a.mp4").unlink()
    assert code() == "source_missing"
    library.root.rmdir()
    assert code() == "source_offline"


def test_ten_thousand_films_are_scanned_in_few_statements(library: LibraryUnderTest) -> None:
    for number in range(10_000):
        folder = library.root / f"{number // 500}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.mp4").write_bytes(number.to_bytes(4, "big"))
    statements: list[str] = []
    event.listen(
        library.engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *rest: statements.append(statement),
    )
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(library.scan().new) == 10_000
    first = len(statements)
    assert library.scan().unchanged == 10_000
    assert first < 60
    assert len(statements) - first < 15
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 150 * 1024


def test_a_killed_import_does_not_hash_again_what_it_kept(library: LibraryUnderTest) -> None:
    library.write({f"{number}.mp4": str(number) for number in range(600)})

    def killed(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.scan(progress=killed)
    totals: list[int] = []
    assert len(library.scan(progress=lambda done, total: totals.append(total)).new) == 600
    assert totals == [100]
    with library.engine.connect() as connection:
        states = connection.scalars(select(library_files.c.state).distinct()).all()
    assert states == ["taken"]
