"""A save is the generation before with what came since: no vector lost, none come back."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from generation_checks import check_holds, opened, view_of
from space_writing import SpaceWriting, clustered_units, random_units
from sqlalchemy import text

from rushes.db.reading import reading
from rushes.db.tables import asset
from rushes.vectors.building.build import build_generation
from rushes.vectors.building.changes import views_since
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.building.save import draft_with, save_generation
from rushes.vectors.generations.manifest import IndexType, Manifest
from rushes.vectors.generations.writing import write_generation
from rushes.vectors.live.base import Base
from tests.integration.indexed_films import IndexedFilms

FLAT = BuildOptions(flat_limit=100_000)
CELLS = BuildOptions(flat_limit=50)
BOTH = pytest.mark.parametrize("options", [FLAT, CELLS], ids=["flat", "ivf"])


@pytest.fixture
def space(films: IndexedFilms) -> SpaceWriting:
    return SpaceWriting.of(films)


def _built(space: SpaceWriting, root: Path, options: BuildOptions) -> Base:
    build_generation(space.films.engine, space.folder(root), options, reason="test")
    return opened(space.folder(root))


def _saved(space: SpaceWriting, root: Path, base: Base, options: BuildOptions) -> Manifest | None:
    folder = space.folder(root)
    return save_generation(space.films.engine, folder, base, options, reason="saved")


@BOTH
def test_a_save_has_what_came_and_keeps_what_went_buried(
    space: SpaceWriting, tmp_path: Path, options: BuildOptions
) -> None:
    ids = space.write(clustered_units(600, 8, 20))
    before = _built(space, tmp_path, options)
    space.write(clustered_units(40, 8, 20, 5))
    space.delete(ids[:9])
    space.write_again(ids[3], random_units(1, 8, 6)[0])
    brief = space.write(random_units(4, 8, 7))
    space.delete(brief)
    manifest = _saved(space, tmp_path, before, options)
    assert manifest is not None
    assert manifest.index_type is before.manifest.index_type
    assert (manifest.count, manifest.tombstones) == (641, 9)
    assert manifest.compacted_seq == before.manifest.compacted_seq < manifest.applied_seq
    assert manifest.first_seq == before.manifest.first_seq
    view = view_of(space.films.engine, opened(space.folder(tmp_path)))
    assert view.delta.count == 0
    check_holds(view, space.truth())
    check_holds(view_of(space.films.engine, before), space.truth())


@BOTH
def test_what_goes_after_it_was_read_is_in_no_save(
    space: SpaceWriting, tmp_path: Path, options: BuildOptions
) -> None:
    ids = space.write(clustered_units(200, 8, 10))
    base = _built(space, tmp_path, options)
    came = space.write(random_units(3, 8, 1))
    with reading(space.films.engine) as connection:
        steps = views_since(connection, base, 2)
        next(steps)
        space.delete([came[0], ids[0]])
        space.write_again(came[0], random_units(1, 8, 2)[0])
        space.delete([came[1]])
        *_, (view, _) = steps
    draft = draft_with(base, view, options, first_seq=1, reason="test")
    folder = space.folder(tmp_path)
    with folder.locked():
        manifest = write_generation(folder, draft)
    assert (manifest.count, manifest.tombstones) == (202, 1)
    check_holds(view_of(space.films.engine, opened(folder)), space.truth())


@BOTH
def test_saves_follow_one_another(
    space: SpaceWriting, tmp_path: Path, options: BuildOptions
) -> None:
    ids = space.write(clustered_units(300, 8, 20))
    base = _built(space, tmp_path, options)
    for step in range(4):
        space.write(clustered_units(10, 8, 20, step))
        space.delete(ids[step : 5 * step])
        space.write_again(ids[step], random_units(1, 8, step)[0]) if step > 1 else None
        assert _saved(space, tmp_path, base, options)
        base = opened(space.folder(tmp_path))
        check_holds(view_of(space.films.engine, base), space.truth())


def test_where_nothing_came_and_nothing_went_nothing_is_saved(
    space: SpaceWriting, tmp_path: Path
) -> None:
    space.write(random_units(5, 8))
    base = _built(space, tmp_path, FLAT)
    SpaceWriting.of(space.films).write(random_units(5, 8))
    assert _saved(space, tmp_path, base, FLAT) is None
    assert space.folder(tmp_path).names() == [base.manifest.name]


def test_what_another_process_published_meanwhile_stays(
    space: SpaceWriting, tmp_path: Path
) -> None:
    space.write(random_units(5, 8))
    mine = _built(space, tmp_path, FLAT)
    theirs = _built(space, tmp_path, FLAT)
    space.write(random_units(5, 8))
    assert _saved(space, tmp_path, mine, FLAT) is None
    assert space.folder(tmp_path).current() == theirs.manifest.name
    assert _saved(space, tmp_path, theirs, FLAT) is not None


def test_a_space_that_passes_the_flat_limit_is_built_anew(
    space: SpaceWriting, tmp_path: Path
) -> None:
    options = BuildOptions(flat_limit=250)
    ids = space.write(clustered_units(200, 8, 10))
    base = _built(space, tmp_path, options)
    space.delete(ids[:20])
    space.write(clustered_units(200, 8, 10, 1))
    manifest = _saved(space, tmp_path, base, options)
    assert manifest is not None
    assert (manifest.index_type, manifest.count) == (IndexType.IVF, 380)
    assert manifest.compacted_seq == manifest.applied_seq


def test_cells_that_were_outgrown_are_made_anew(space: SpaceWriting, tmp_path: Path) -> None:
    space.write(clustered_units(400, 8, 10))
    base = _built(space, tmp_path, CELLS)
    space.write(clustered_units(600, 8, 10, 1))
    manifest = _saved(space, tmp_path, base, CELLS)
    assert manifest is not None
    assert manifest.nlist > base.manifest.nlist


def test_a_save_whose_recall_fell_looks_into_more_cells(
    space: SpaceWriting, tmp_path: Path
) -> None:
    options = CELLS
    space.write(clustered_units(1500, 8, 30))
    base = _built(space, tmp_path, options)
    space.write(random_units(420, 8, 5))  # of another kind than the cells were made for
    manifest = _saved(space, tmp_path, base, options)
    assert manifest is not None
    assert manifest.nlist == base.manifest.nlist
    assert manifest.nprobe > base.manifest.nprobe
    assert manifest.recall_at_10 >= 0.95


def test_where_tombstones_were_pruned_unread_a_save_is_a_build(
    space: SpaceWriting, tmp_path: Path
) -> None:
    ids = space.write(random_units(30, 8))
    base = _built(space, tmp_path, FLAT)
    space.delete(ids[:4])
    with space.films.engine.begin() as connection:
        prune = text(
            "with gone as (delete from embedding_tombstones returning *)"
            " insert into embedding_tombstones"
            " (kind, model, model_version, dimension, embedding_id, horizon)"
            " select kind, model, model_version, dimension, '', max(seq) from gone"
            " group by kind, model, model_version, dimension"
        )
        connection.execute(prune)
    manifest = _saved(space, tmp_path, base, FLAT)
    assert manifest is not None
    assert (manifest.count, manifest.tombstones) == (26, 0)
    check_holds(view_of(space.films.engine, opened(space.folder(tmp_path))), space.truth())
    assert _saved(space, tmp_path, opened(space.folder(tmp_path)), FLAT) is None


@BOTH
def test_saves_while_others_write_lose_nothing(
    space: SpaceWriting, tmp_path: Path, options: BuildOptions
) -> None:
    space.write(clustered_units(300, 8, 20))
    base, doomed = _built(space, tmp_path, options), space.films.film()
    space.write(random_units(20, 8, 9), doomed)
    over = threading.Event()

    def write() -> None:
        film, number = space.films.film(), 0
        while not over.is_set():
            ids = space.write(random_units(3, 8, number), film)
            space.delete(ids[:1])
            if number == 3:
                space.delete_where(asset, asset_id=doomed)
            number += 1
            over.wait(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            over.wait(0.03)
            _saved(space, tmp_path, base, options)
            base = opened(space.folder(tmp_path))
    finally:
        over.set()
        writer.join()
    check_holds(view_of(space.films.engine, base), space.truth())


_SAVE = """
import sys
from pathlib import Path
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.engine import make_engine
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.building.save import save_generation
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.space import EmbeddingSpace

url, root, model, name = sys.argv[1:]
folder = SpaceFolder(Path(root), EmbeddingSpace(EmbeddingKind.TEXT, model, "1", 8))
base = open_generation(folder, name)
print("opened", flush=True)
sys.stdin.readline()
made = save_generation(make_engine(url), folder, base, BuildOptions(), reason="race")
print("nothing" if made is None else made.name)
"""


def test_of_two_processes_that_save_at_once_one_does_and_nothing_is_lost(
    space: SpaceWriting, tmp_path: Path, database_url: str
) -> None:
    space.write(random_units(200, 8))
    base = _built(space, tmp_path, FLAT)
    space.write(random_units(50, 8, 1))
    arguments = [database_url, str(tmp_path), space.space.model, base.manifest.name]
    savers = [
        subprocess.Popen(
            [sys.executable, "-c", _SAVE, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for _ in range(2)
    ]
    for each in savers:
        assert each.stdout is not None
        assert each.stdout.readline() == "opened\n"
    said = [each.communicate("go\n", timeout=120)[0].strip() for each in _told(savers)]
    (name,) = set(said) - {"nothing"}
    assert sorted(said) == sorted([name, "nothing"])
    folder = space.folder(tmp_path)
    assert folder.current() == name
    assert folder.names() == [name, base.manifest.name]
    check_holds(view_of(space.films.engine, opened(folder)), space.truth())


def _told(savers: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """Both may begin before either is waited for."""
    for each in savers:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    return savers


def test_ids_and_runs_of_what_came_stand_by_their_vectors(
    space: SpaceWriting, tmp_path: Path
) -> None:
    space.write(random_units(20, 8))
    base = _built(space, tmp_path, FLAT)
    later = space.write(random_units(5, 8, 1))
    _saved(space, tmp_path, base, FLAT)
    view = view_of(space.films.engine, opened(space.folder(tmp_path)))
    run_id = space.rows[later[0]].run_id
    query = np.frombuffer(space.rows[later[2]].vector, "<f4")
    assert {each.embedding_id for each in view.search(query, 50, [run_id])} == set(later)
    assert view.search(query, 1)[0].embedding_id == later[2]
