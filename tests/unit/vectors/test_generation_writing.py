"""What is written is what is opened; what cannot be written leaves all as it was."""

from __future__ import annotations

import errno
import os
import resource
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generation_making import (
    SPACE,
    assert_holds,
    boundaries,
    draft,
    publish,
    recover,
    two_generations,
    vectors_of,
)

from rushes.errors import InvalidRequestError, NotFoundError, StorageError
from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import FILES, MANIFEST, IndexType
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.live.bits import packed, unpacked
from rushes.vectors.live.view import View
from tests.integration.documents.document_writing import exit_status, in_process

KINDS = list(IndexType)


@pytest.fixture
def folder(tmp_path: Path) -> SpaceFolder:
    return SpaceFolder(tmp_path, SPACE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 300])
def test_what_is_opened_is_what_was_written(
    folder: SpaceFolder, kind: IndexType, count: int
) -> None:
    made = draft(5, count=count, kind=kind)
    manifest = publish(folder, made)
    base = open_generation(folder, manifest.name)
    assert_holds(base, made)
    assert base.manifest == manifest
    assert manifest.tombstones == unpacked(made.buried, count).sum()
    assert folder.current() == manifest.name
    assert folder.names() == [manifest.name]
    assert {each.name for each in folder.generation(manifest.name).iterdir()} == {*FILES, MANIFEST}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mapped_generation_finds_what_comparing_all_finds(
    folder: SpaceFolder, kind: IndexType
) -> None:
    made = draft(5, kind=kind)
    view = View.of(open_generation(folder, publish(folder, made).name))
    vectors, is_buried = vectors_of(5), unpacked(made.buried, len(made.ids))
    for query in vectors_of(6, 20):
        scores = np.where(is_buried, -2, vectors @ query)
        best = [made.ids[position] for position in np.argsort(-scores)[:10]]
        assert [each.embedding_id for each in view.search(query, 10)] == best
        of_a_run = np.where(made.run_of == 1, scores, -2)
        best = [made.ids[position] for position in np.argsort(-of_a_run)[:10]]
        found = view.search(query, 10, [made.run_ids[1]])
        assert [each.embedding_id for each in found] == best


@pytest.mark.parametrize("kind", KINDS)
def test_threads_that_share_a_mapped_generation_get_the_same_answers_as_one(
    folder: SpaceFolder, kind: IndexType
) -> None:
    base = open_generation(folder, publish(folder, draft(5, kind=kind)).name)
    queries = vectors_of(6, 50)
    places = [np.random.default_rng(each).integers(0, base.count, 30) for each in range(50)]
    alone = [base.search(each, 10, base.buried) for each in queries]
    wrong: list[int] = []

    def ask() -> None:
        for number in list(range(50)) * 4:
            scores, found = base.search(queries[number], 10, base.buried)
            is_same = np.array_equal(found, alone[number][1])
            is_same &= np.array_equal(scores, alone[number][0])
            rows = base.vectors_at(places[number])
            if not is_same or not np.array_equal(rows, vectors_of(5)[places[number]]):
                wrong.append(number)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_generation_that_is_removed_while_it_is_open_can_be_read_to_the_end(
    folder: SpaceFolder, kind: IndexType
) -> None:
    made = draft(5, kind=kind)
    name = publish(folder, made).name
    base = open_generation(folder, name)
    before = base.search(vectors_of(6)[0], 10, base.buried)
    with folder.locked():
        folder.remove([name])
    maps = Path("/proc/self/maps")
    if maps.exists():  # so it is no copy in memory that answers
        assert name in maps.read_text()
    assert folder.names() == []
    assert folder.size() == len(f"{name}\n")
    assert_holds(base, made)
    after = base.search(vectors_of(6)[0], 10, base.buried)
    assert all(np.array_equal(*pair) for pair in zip(before, after, strict=True))


def test_an_opened_index_can_be_written_again(folder: SpaceFolder) -> None:
    for kind in KINDS:
        first = open_generation(folder, publish(folder, draft(5, kind=kind)).name)
        made = draft(5, kind=kind, index=first.index)
        assert_holds(open_generation(folder, publish(folder, made).name), made)


def test_the_generation_before_is_kept_and_older_ones_and_leftovers_go(
    folder: SpaceFolder,
) -> None:
    names = [publish(folder, draft(seq)).name for seq in range(1, 4)]
    assert folder.names() == [names[2], names[1]]
    for leftover in (".new-g1", ".gone-g1"):
        (folder.path / leftover).mkdir()
        (folder.path / leftover / "file").write_text("of the dead")
    for leftover in (".CURRENT.0.tmp", f"..verified-{names[0]}.json.0.tmp"):
        (folder.path / leftover).write_text("of the dead")
    folder.stamp(names[0]).write_text("of one that is no more")
    folder.stamp(names[2]).write_text("of one that is kept")
    (folder.path / "notes.txt").write_text("not ours")
    last = publish(folder, draft(4)).name
    expected = {last, names[2], "CURRENT", ".lock", folder.stamp(names[2]).name, "notes.txt"}
    assert {each.name for each in folder.path.iterdir()} == expected


def test_one_that_could_never_be_used_is_not_kept_as_the_one_before(tmp_path: Path) -> None:
    folder, old, bad = two_generations(tmp_path)
    os.truncate(folder.generation(bad) / FILES[0], 10)
    new = publish(folder, draft(3)).name
    assert folder.names() == [new, old]
    other = publish(folder, draft(2, database="another")).name
    assert folder.names() == [other]


@pytest.mark.parametrize("bad", ["", "größe", "a\x00", "\ud800"])
def test_an_id_that_no_file_can_hold_is_named_before_anything_is_written(
    folder: SpaceFolder, bad: str
) -> None:
    ids = [*draft(1).ids[:-1], bad]
    with pytest.raises(InvalidRequestError, match="embedding id") as caught:
        publish(folder, draft(1, ids=ids))
    assert caught.value.code == "bad_embedding_id"
    assert folder.names() == []


def test_an_id_stands_at_several_positions_only_if_all_but_one_are_buried(
    folder: SpaceFolder,
) -> None:
    ids = ["same", "other", "same", "same"]
    buried = packed(np.array([True, False, True, False]))
    parts: dict[str, Any] = {"ids": ids, "count": 4}
    base = open_generation(folder, publish(folder, draft(1, buried=buried, **parts)).name)
    assert base.positions(["same"]).tolist() == [3]
    with pytest.raises(InvalidRequestError, match="'same' stands there twice"):
        publish(folder, draft(2, buried=packed(np.zeros(4, np.bool_)), **parts))


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"ids": ["one"]}, "1 ids, 300 vectors"),
        ({"run_of": np.zeros(1, np.int32)}, "1 places of runs"),
        ({"run_of": np.full(300, 3, np.int32)}, "outside of the 3 runs"),
        ({"run_of": np.full(300, -1, np.int32)}, "outside of the 3 runs"),
        ({"buried": np.zeros(1, np.uint8)}, "1 bytes of tombstones"),
        ({"index": faiss_library().IndexFlatIP(8)}, "in the folder of"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(
    folder: SpaceFolder, parts: dict[str, Any], what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        publish(folder, draft(1, **parts))
    assert folder.names() == []


def test_a_full_disk_at_any_moment_leaves_the_one_before(tmp_path: Path) -> None:
    passed = boundaries(lambda at: publish(SpaceFolder(tmp_path / "0", SPACE), draft(1), at))
    for boundary in passed[: passed.index("CURRENT replaced")]:
        folder, old, current = two_generations(tmp_path / boundary)
        entries = sorted(folder.path.iterdir())

        def fail(reached: str, at: str = boundary) -> None:
            if reached == at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with pytest.raises(StorageError) as caught:
            publish(folder, draft(3), fail)
        assert caught.value.code == "disk_full"
        with folder.locked():
            folder.remove_leftovers()
        assert sorted(folder.path.iterdir()) == entries
        assert (folder.current(), folder.names()) == (current, [current, old])


def test_an_index_that_does_not_fit_on_the_disk_is_a_storage_error(folder: SpaceFolder) -> None:
    def write_little() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))
        with pytest.raises(StorageError, match=r"index\.faiss|File too large"):
            publish(folder, draft(1))
        assert [each.name for each in folder.path.iterdir()] == [".lock"]

    assert exit_status(in_process(write_little)) == 0


def test_an_index_that_faiss_cannot_write_is_a_storage_error(folder: SpaceFolder) -> None:
    faiss = faiss_library()
    shards = faiss.IndexShards(SPACE.dimension)
    with pytest.raises(StorageError, match="FAISS could not write"):
        publish(folder, draft(1, count=0, index=shards))
    assert [each.name for each in folder.path.iterdir()] == [".lock"]


def test_old_ones_that_cannot_be_removed_do_not_undo_the_publishing(
    folder: SpaceFolder, caplog: pytest.LogCaptureFixture
) -> None:
    for seq in (1, 2):
        publish(folder, draft(seq))

    def fail(reached: str) -> None:
        if reached == "old generation without a name":
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    made = draft(3)
    assert publish(folder, made, fail).name == folder.current()
    assert "old generations are still there" in caplog.text
    base, told = recover(folder)
    assert_holds(base, made)
    assert told == []


def test_one_writer_at_a_time(folder: SpaceFolder) -> None:
    with folder.try_locked() as is_ours:
        assert is_ours
        with SpaceFolder(folder.path.parent, SPACE).try_locked() as is_mine:
            assert not is_mine
    with folder.try_locked() as is_ours:
        assert is_ours


def test_a_name_that_is_none_is_refused(folder: SpaceFolder) -> None:
    for name in ("..", "", "g1", "CURRENT", "../" + folder.new_name(1)):
        with pytest.raises(NotFoundError):
            folder.generation(name)


def test_names_sort_by_their_seq(folder: SpaceFolder) -> None:
    names = [folder.new_name(seq) for seq in (0, 9, 10, 2**63 - 1)]
    assert sorted(names) == names
    assert all(folder.generation(name).name == name for name in names)
