"""A database that was put back from a copy: it has the same identity and goes back in its numbers,
and no generation of what was lost answers for what came since.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_making import (
    BY_HAND,
    MANY,
    SPACE,
    add_vectors,
    assert_holds_what_stands,
    events_of,
    opened_indexes,
)
from sqlalchemy import Engine, delete, insert, select, text

from rushes.db.analysis_tables import embedding_tombstones, embeddings
from rushes.db.reading import reading
from rushes.vectors.anchors import holds, plant
from rushes.vectors.building.save import save_generation
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.generations.reading import read_manifest
from rushes.vectors.pruning import prune_tombstones
from rushes.vectors.purging import generations_holding, request_purge
from rushes.vectors.rebuilding import rebuild
from rushes.vectors.status import RebuildReason, read_status
from rushes.vectors.store import changes_since
from tests.integration.indexed_films import IndexedFilms

_TABLES = (embeddings, embedding_tombstones)
_CHANGED = ("write", "write", "delete", "prune")
_MADE = (*_CHANGED, "rebuild", "save")
_Steps = list[tuple[str, int]]


@dataclass
class _Copy:
    """All that a copy of the database's files has of the vectors."""

    rows: list[list[dict[str, Any]]]
    seq: int

    @classmethod
    def of(cls, engine: Engine) -> _Copy:
        with engine.begin() as connection:
            rows = [
                [dict(row) for row in connection.execute(select(each)).mappings()]
                for each in _TABLES
            ]
            (seq,) = connection.execute(text("select last_value from embedding_seq")).one()
        return cls(rows, seq)

    def put_back(self, engine: Engine) -> None:
        """As if nothing had happened since: no trigger, no new number."""
        with engine.begin() as connection:
            connection.execute(text("set local session_replication_role = replica"))
            for table, rows in zip(_TABLES, self.rows, strict=True):
                connection.execute(delete(table))
                if rows:
                    connection.execute(insert(table), rows)
            connection.execute(text("select setval('embedding_seq', :seq)"), {"seq": self.seq})


@dataclass
class _Installation:
    """A database and the files of one machine, through what happens to both."""

    films: IndexedFilms
    root: Path

    @property
    def folder(self) -> SpaceFolder:
        return SpaceFolder(self.root, SPACE)

    def step(self, what: str, number: int) -> None:
        engine = self.films.engine
        if what == "write":
            add_vectors(self.films, 1 + number % 5)
        elif what == "delete":
            self._delete(number)
        elif what == "prune":
            prune_tombstones(engine, SPACE, number)
        elif what == "rebuild":
            rebuild(engine, self.folder, BY_HAND, reason="step")
        elif what == "save":
            self._save()

    def go(self, steps: _Steps) -> None:
        for what, number in steps:
            self.step(what, number)

    def _delete(self, number: int) -> None:
        with self.films.engine.begin() as connection:
            standing = select(embeddings.c.embedding_id).where(embeddings.c.model == SPACE.model)
            names = sorted(connection.execute(standing).scalars())
            some = names[number % 3 :: 2]
            connection.execute(delete(embeddings).where(embeddings.c.embedding_id.in_(some)))

    def _save(self) -> None:
        if (name := self.folder.current()) is not None:
            base = open_generation(self.folder, name)
            save_generation(self.films.engine, self.folder, base, BY_HAND.build, reason="step")


def test_a_generation_of_what_was_lost_is_not_used_though_the_numbers_passed_it(
    films: IndexedFilms, tmp_path: Path
) -> None:
    engine, folder = films.engine, SpaceFolder(tmp_path, SPACE)
    add_vectors(films, MANY)
    copy = _Copy.of(engine)
    add_vectors(films, 20)
    lost = rebuild(engine, folder, BY_HAND, reason="after the copy")
    copy.put_back(engine)
    add_vectors(films, 25)
    (status,) = read_status(engine, tmp_path, BY_HAND)
    assert status.needs_rebuild is RebuildReason.OTHER_DATABASE
    with opened_indexes(engine, tmp_path) as indexes:
        view = indexes.of(SPACE).caught_up()
        assert view.base is not None
        assert view.base.manifest.name != lost.name
        assert_holds_what_stands(view, engine)
    assert lost.name in [each.generation for each in events_of(engine)]
    (status,) = read_status(engine, tmp_path, BY_HAND)
    assert status.needs_rebuild is None


def test_a_save_goes_on_from_no_lost_past(films: IndexedFilms, tmp_path: Path) -> None:
    engine, folder = films.engine, SpaceFolder(tmp_path, SPACE)
    add_vectors(films, 10)
    copy = _Copy.of(engine)
    add_vectors(films, 5)
    lost = rebuild(engine, folder, BY_HAND, reason="after the copy")
    base = open_generation(folder, lost.name)
    copy.put_back(engine)
    add_vectors(films, 8)
    made = save_generation(engine, folder, base, BY_HAND.build, reason="test")
    assert made is not None
    assert made.count == 18
    assert made.compacted_seq == made.applied_seq  # a build


def test_what_was_made_before_the_copy_is_used_after_it(
    films: IndexedFilms, tmp_path: Path
) -> None:
    engine, folder = films.engine, SpaceFolder(tmp_path, SPACE)
    add_vectors(films, MANY)
    made = rebuild(engine, folder, BY_HAND, reason="before the copy")
    add_vectors(films, 3)
    copy = _Copy.of(engine)
    add_vectors(films, 5)
    copy.put_back(engine)
    add_vectors(films, 7)
    with opened_indexes(engine, tmp_path) as indexes:
        view = indexes.of(SPACE).view
        assert view.base is not None
        assert view.base.manifest.name == made.name
        assert_holds_what_stands(view, engine)


def test_a_generation_of_what_was_lost_may_hold_what_was_erased_since(
    films: IndexedFilms, tmp_path: Path
) -> None:
    engine, folder = films.engine, SpaceFolder(tmp_path, SPACE)
    doomed = add_vectors(films, 4)
    copy = _Copy.of(engine)
    add_vectors(films, 20)
    lost = rebuild(engine, folder, BY_HAND, reason="after the copy")
    copy.put_back(engine)
    with engine.begin() as connection:
        connection.execute(delete(embeddings).where(embeddings.c.asset_id == doomed))
        request_purge(connection, [SPACE])
    assert generations_holding(tmp_path, engine) == [f"{SPACE.key}/{lost.name}"]
    made = rebuild(engine, folder, BY_HAND, reason="test")
    assert folder.names() == [made.name]
    assert generations_holding(tmp_path, engine) == []


def test_a_mark_is_no_change_and_waits_for_no_writer(films: IndexedFilms) -> None:
    add_vectors(films, 2)
    with films.engine.connect() as reader:
        before = changes_since(reader, SPACE, 0)
        reader.execute(text("select lock_embedding_spaces(array[0])"))
        marks = {plant(films.engine, SPACE, 2) for _ in range(2)}
        assert changes_since(reader, SPACE, 0) == before
    assert len(marks) == 2
    assert max(marks) < 0
    with reading(films.engine) as connection:
        assert all(holds(connection, SPACE, each) for each in marks)
        assert not holds(connection, SPACE, min(marks) - 1)
        assert holds(connection, SPACE, None)


def test_marks_go_with_the_tombstones_that_their_generations_have_not_applied(
    films: IndexedFilms, tmp_path: Path
) -> None:
    installation, marks = _Installation(films, tmp_path), []
    add_vectors(films, 9)
    for _ in range(4):
        installation.step("delete", 0)
        made = rebuild(films.engine, installation.folder, BY_HAND, reason="test")
        marks.append(made.anchor)
    with reading(films.engine) as connection:
        standing = [holds(connection, SPACE, each) for each in marks]
    assert standing == [False, False, True, True]
    kept = [read_manifest(installation.folder, each) for each in installation.folder.names()]
    assert [each.manifest.anchor for each in kept] == marks[:1:-1]


def _histories(steps: tuple[str, ...]) -> st.SearchStrategy[_Steps]:
    return st.lists(st.tuples(st.sampled_from(steps), st.integers(0, 40)), max_size=6)


def test_after_any_history_with_copies_put_back_a_start_finds_what_stands(
    films: IndexedFilms,
) -> None:
    @settings(
        max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(
        _histories(_MADE), st.lists(st.tuples(_histories(_MADE), _histories(_CHANGED)), max_size=2)
    )
    def holds_what_stands(before: _Steps, pasts: list[tuple[_Steps, _Steps]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            installation = _Installation(films, Path(folder))
            _Copy([[], []], 1).put_back(films.engine)
            add_vectors(films, 4)
            installation.go(before)
            for lost, since in pasts:
                copy = _Copy.of(films.engine)
                installation.go([*lost, ("rebuild", 0)])
                copy.put_back(films.engine)
                installation.go([*since, ("write", 4)])
            with opened_indexes(films.engine, installation.root) as indexes:
                assert_holds_what_stands(indexes.of(SPACE).caught_up(), films.engine)

    holds_what_stands()
