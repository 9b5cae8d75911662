"""Projections: one statement that writes, rebuilds and verifies."""

from __future__ import annotations

import pytest
from artifact_making import FILM, SCENE, add_film, add_run, envelope, segment_payload
from sqlalchemy import Connection, delete, select, update

from rushes.artifacts.projections import PROJECTIONS, Projection, projection, rebuild, verify
from rushes.artifacts.repository import ArtifactRepository
from rushes.db.tables import scene_ranges, transcript_fts

BY_NAME = pytest.mark.parametrize("each", PROJECTIONS, ids=lambda each: each.name)


@pytest.fixture(autouse=True)
def written(connection: Connection, repository: ArtifactRepository) -> None:
    """Three segments and three scenes of one film."""
    spoken, seen = add_run(connection), add_run(connection, "scenes")
    rows = [envelope(spoken, number) for number in range(3)]
    rows += [envelope(seen, number, SCENE) for number in range(3)]
    repository.batch_create(connection, rows)


def stored(connection: Connection, each: Projection) -> set[object]:
    return set(connection.execute(select(each.table)).all())


@BY_NAME
def test_what_was_written_equals_a_fresh_derivation(
    connection: Connection, each: Projection
) -> None:
    before = stored(connection, each)
    assert len(before) == 3
    assert verify(connection, each, [FILM]) == 0
    assert rebuild(connection, each, [FILM]) == 3
    assert stored(connection, each) == before


@BY_NAME
def test_a_tampered_row_is_found_and_mended(connection: Connection, each: Projection) -> None:
    before = stored(connection, each)
    connection.execute(
        update(each.table).where(each.table.c.start_ms == 1000).values(start_ms=1001)
    )
    assert verify(connection, each, [FILM]) == 2  # the wrong row, and the right one
    assert stored(connection, each) != before, "verifying must change nothing"
    rebuild(connection, each, [FILM])
    assert verify(connection, each, [FILM]) == 0
    assert stored(connection, each) == before


@BY_NAME
def test_a_missing_row_is_found(connection: Connection, each: Projection) -> None:
    connection.execute(delete(each.table).where(each.table.c.start_ms == 0))
    assert verify(connection, each, [FILM]) == 1


def test_only_the_films_asked_for_are_rebuilt(
    connection: Connection, repository: ArtifactRepository
) -> None:
    add_film(connection, "other")
    theirs = add_run(connection, "scenes", asset_id="other")
    repository.batch_create(connection, [envelope(theirs, 0, SCENE, asset_id="other")])
    connection.execute(update(scene_ranges).values(scene_index=99))
    each = projection("scene_ranges")
    assert rebuild(connection, each, [FILM]) == 3
    assert verify(connection, each, [FILM]) == 0
    assert verify(connection, each, ["other"]) == 2


def test_words_are_indexed_in_the_segments_own_language(
    connection: Connection, repository: ArtifactRepository
) -> None:
    connection.execute(delete(transcript_fts))
    run_id = add_run(connection)
    spoken = {"en": "she was running", "de": "sie sind gelaufen", "und": "she was running"}
    rows = [
        envelope(run_id, number, payload={**segment_payload(text), "language": language})
        for number, (language, text) in enumerate(spoken.items())
    ]
    repository.batch_create(connection, rows)
    query = select(transcript_fts.c.language, transcript_fts.c.text_tsv)
    found = dict(map(tuple, connection.execute(query.where(transcript_fts.c.run_id == run_id))))
    assert found == {
        "english": "'run':3",
        "german": "'gelauf':3",
        "simple": "'running':3 'she':1 'was':2",
    }
