"""A generation is built of all that Postgres holds, whatever is written meanwhile."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from generation_checks import check_answers, check_holds, opened, view_of
from space_writing import SpaceWriting, clustered_units, random_units
from sqlalchemy import text

from rushes.db.tables import asset
from rushes.errors import RushesError
from rushes.vectors.building.build import build_generation
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.building.recall import measured_recall
from rushes.vectors.generations.manifest import INDEX, IndexType
from rushes.vectors.store import latest_change, write_embeddings
from tests.integration.indexed_films import IndexedFilms

FLAT = BuildOptions(flat_limit=100_000)
CELLS = BuildOptions(flat_limit=50)


@pytest.fixture
def space(films: IndexedFilms) -> SpaceWriting:
    return SpaceWriting.of(films)


@pytest.mark.parametrize("options", [FLAT, CELLS])
def test_a_built_generation_has_all_vectors_of_its_space_and_no_others(
    space: SpaceWriting, tmp_path: Path, options: BuildOptions
) -> None:
    ids = space.write(clustered_units(400, 8, 20))
    SpaceWriting.of(space.films).write(random_units(30, 8))
    space.delete(ids[::7])
    engine, folder = space.films.engine, space.folder(tmp_path)
    manifest = build_generation(engine, folder, options, reason="test")
    base, truth = opened(folder), space.truth()
    assert (manifest.count, manifest.tombstones, manifest.reason) == (len(truth), 0, "test")
    assert base.manifest == manifest
    view = view_of(engine, base)
    assert view.delta.count == 0
    check_holds(view, truth)
    if manifest.index_type is IndexType.FLAT:
        check_answers(view, truth, random_units(1, 8, 9)[0], 25)
        measured = measured_recall(base, 20)
        assert (measured.recall_at_10, measured.queries) == (1.0, 20)


def test_its_numbers_say_which_changes_are_in_it(space: SpaceWriting, tmp_path: Path) -> None:
    first = space.write(random_units(5, 8))
    space.write(random_units(5, 8))
    space.delete(first)
    engine, folder = space.films.engine, space.folder(tmp_path)
    manifest = build_generation(engine, folder, FLAT, reason="test")
    with engine.connect() as connection:
        assert manifest.applied_seq == latest_change(connection, space.space, 0)
        lowest = text("select min(seq) from embeddings where model = :model")
        (lowest_seq,) = connection.execute(lowest, {"model": space.space.model}).one()
    assert manifest.compacted_seq == manifest.applied_seq
    assert manifest.first_seq == lowest_seq


@pytest.mark.parametrize("written", [0, 3])
def test_a_space_without_vectors_has_a_generation_too(
    space: SpaceWriting, tmp_path: Path, written: int
) -> None:
    space.delete(space.write(random_units(written, 8)) if written else [])
    engine, folder = space.films.engine, space.folder(tmp_path)
    manifest = build_generation(engine, folder, CELLS, reason="test")
    assert (manifest.count, manifest.index_type) == (0, IndexType.FLAT)
    check_holds(view_of(engine, opened(folder)), {})


def test_equal_vectors_by_the_hundred_are_no_trouble(space: SpaceWriting, tmp_path: Path) -> None:
    space.write(np.repeat(random_units(3, 8), 100, axis=0))
    engine, folder = space.films.engine, space.folder(tmp_path)
    build_generation(engine, folder, CELLS, reason="test")
    check_holds(view_of(engine, opened(folder)), space.truth())


def test_the_same_vectors_and_seed_make_the_same_bytes(space: SpaceWriting, tmp_path: Path) -> None:
    space.write(clustered_units(1500, 8, 40))
    engine, made = space.films.engine, []
    for name, threads in (("a", 1), ("b", 2)):
        folder = space.folder(tmp_path / name)
        options = BuildOptions(flat_limit=50, threads=threads)
        manifest = build_generation(engine, folder, options, reason="test")
        assert manifest.index_type is IndexType.IVF
        index = folder.generation(manifest.name) / INDEX
        made.append(hashlib.sha256(index.read_bytes()).hexdigest())
    assert made[0] == made[1]


def test_cells_reach_the_recall_that_was_asked_for(space: SpaceWriting, tmp_path: Path) -> None:
    space.write(random_units(4000, 8))
    engine, folder = space.films.engine, space.folder(tmp_path)
    options = BuildOptions(flat_limit=1000, recall_target=0.9)
    manifest = build_generation(engine, folder, options, reason="test")
    assert manifest.index_type is IndexType.IVF
    assert 1 < manifest.nprobe < manifest.nlist
    curve = {point.nprobe: point.recall for point in manifest.recall_curve}
    assert manifest.recall_at_10 == curve[manifest.nprobe] >= 0.91
    assert all(curve[n] < 0.91 for n in curve if n < manifest.nprobe)
    measured = measured_recall(opened(folder), 200, seed=5)
    assert measured.recall_at_10 >= 0.9
    assert measured.queries == 200


def test_what_writers_commit_during_a_build_is_found_after_it(
    space: SpaceWriting, tmp_path: Path
) -> None:
    """Between any two pages there are new vectors, deletes of read and unread ones, and an open
    transaction that took its numbers before the build's last page.
    """
    film = space.films.film()
    ids = space.write(random_units(200, 8), film)
    doomed = space.films.film()
    space.write(random_units(30, 8, 1), doomed)
    engine, folder = space.films.engine, space.folder(tmp_path)
    options = replace(FLAT, page_bytes=40 * 8 * 4)
    pages: list[tuple[int, int]] = []
    open_one = engine.connect()

    def between(done: int, total: int) -> None:
        pages.append((done, total))
        step = len(pages)
        if step == 1:
            space.delete_where(asset, asset_id=doomed)
        if step == 4:
            write_embeddings(open_one, space.rows_of_a_run(open_one, film, random_units(3, 8, 77)))
            return
        if step < 4:
            space.write(random_units(4, 8, 100 + step), film)
            space.delete([ids[step], ids[-step]])
            space.write_again(ids[step], random_units(1, 8, 200 + step)[0])

    manifest = build_generation(engine, folder, options, reason="test", progress=between)
    open_one.commit()
    open_one.close()
    base = opened(folder)
    assert len(pages) >= 5
    assert pages[0] == (40, 230)
    assert manifest.count < 230
    check_holds(view_of(engine, base), space.truth())


def test_threads_that_write_during_a_build_lose_nothing(
    space: SpaceWriting, tmp_path: Path
) -> None:
    space.write(random_units(1500, 8))
    engine, folder = space.films.engine, space.folder(tmp_path)
    films = [space.films.film() for _ in range(2)]
    over = threading.Event()

    def write(film: str, seed: int) -> None:
        number = 0
        while not over.is_set() or number < 5:
            ids = space.write(random_units(3, 8, 1000 * seed + number), film)
            space.delete(ids[:1])
            number += 1
            over.wait(0.02)

    writers = [
        threading.Thread(target=write, args=(film, seed)) for seed, film in enumerate(films, 1)
    ]
    for each in writers:
        each.start()
    try:
        for options in (CELLS, FLAT):
            build_generation(engine, folder, options, reason="test")
    finally:
        over.set()
        for each in writers:
            each.join()
    check_holds(view_of(engine, opened(folder)), space.truth())


def test_after_an_erasure_no_other_generation_is_left(space: SpaceWriting, tmp_path: Path) -> None:
    ids = space.write(random_units(20, 8))
    engine, folder = space.films.engine, space.folder(tmp_path)
    build_generation(engine, folder, FLAT, reason="test")
    space.delete(ids[:5])
    build_generation(engine, folder, FLAT, reason="test")
    assert len(folder.names()) == 2
    manifest = build_generation(engine, folder, FLAT, reason="erased", keep_previous=False)
    assert folder.names() == [manifest.name] == [folder.current()]


def test_vectors_that_are_no_numbers_fail_with_a_code_and_leave_what_stands(
    space: SpaceWriting, tmp_path: Path
) -> None:
    ids = space.write(random_units(100, 8))
    engine, folder = space.films.engine, space.folder(tmp_path)
    standing = build_generation(engine, folder, FLAT, reason="test")
    with engine.begin() as connection:
        nan = np.full(8, np.nan, "<f4").tobytes()
        statement = text("update embeddings set vector = :nan where embedding_id = any(:ids)")
        connection.execute(statement, {"nan": nan, "ids": ids[:90]})
    with pytest.raises(RushesError) as failed:
        build_generation(engine, folder, CELLS, reason="test")
    assert failed.value.code == "vector_build_failed"
    assert folder.names() == [standing.name]
