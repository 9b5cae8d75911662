"""What is derived of whole films: drift is found, named and mended."""

from __future__ import annotations

import pytest
from artifact_making import (
    FILM,
    SEGMENT,
    add_film,
    add_run,
    envelope,
    object_payload,
    segment_payload,
)
from settling import settle
from sqlalchemy import Connection, delete, insert, text

from rushes.artifacts.corrections import CorrectionItem, correct
from rushes.artifacts.derived import (
    DERIVED,
    FILM_ANSWERS,
    checked_names,
    derived_films,
    rebuild,
    verify,
)
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.answer_tables import current_runs, film_vocabulary
from rushes.errors import InvalidRequestError

OBJECT = ArtifactType.OBJECT_DETECTION
TAMPERED = {
    "current_runs": "delete from current_runs where asset_id = 'film' and stage = 'objects'",
    "replaced_artifacts": "update replaced_artifacts set by_artifact_id = 'another'",
    "film_vocabulary": "update film_vocabulary set spans = spans + 1 where label = 'dog'",
    "vocabulary": "update vocabulary set films = 7 where label = 'dog'",
    "film_texts": "update film_texts set words = null where asset_id = 'film'",
    "longest_spans": "update longest_spans set longest_ms = 1 where asset_id = 'film'",
}


@pytest.fixture(autouse=True)
def films(connection: Connection, repository: ArtifactRepository) -> None:
    """Two films with speech and dogs; the first has a correction."""
    add_film(connection, "other")
    for asset_id in (FILM, "other"):
        spoken = add_run(connection, asset_id=asset_id)
        seen = add_run(connection, "objects", asset_id=asset_id)
        add_run(connection, "media_pass", asset_id=asset_id)  # a stage without artifacts
        rows = [
            envelope(spoken, 0, payload=segment_payload("wrong"), asset_id=asset_id),
            envelope(seen, 0, OBJECT, object_payload(), asset_id=asset_id),
        ]
        repository.batch_create(connection, rows)
    settle(connection)
    item = CorrectionItem(0, 1000, {"text": "right"})
    correct(connection, repository, FILM, SEGMENT, [item], "Ada")
    settle(connection)


def drift(connection: Connection, *asset_ids: str) -> dict[str, int]:
    found = verify(connection, asset_ids or (FILM, "other"), FILM_ANSWERS)
    return {name: count for name, count in found.items() if count}


def test_what_stands_equals_a_fresh_derivation(connection: Connection) -> None:
    assert verify(connection, [FILM, "other"]) == dict.fromkeys(DERIVED, 0)


@pytest.mark.parametrize("name", FILM_ANSWERS)
def test_a_tampered_table_is_found_named_and_mended(connection: Connection, name: str) -> None:
    assert connection.execute(text(TAMPERED[name])).rowcount
    assert name in drift(connection)
    rebuild(connection, [FILM, "other"], [name])
    assert drift(connection) == {}


def test_only_the_films_that_are_asked_for_are_compared_and_made_anew(
    connection: Connection,
) -> None:
    connection.execute(delete(film_vocabulary).where(film_vocabulary.c.asset_id == "other"))
    assert drift(connection, FILM) == {"vocabulary": 8}
    rebuild(connection, [FILM], FILM_ANSWERS)
    assert "film_vocabulary" in drift(connection, "other")
    rebuild(connection, ["other"], FILM_ANSWERS)
    assert drift(connection) == {}


def test_what_a_deleted_film_left_behind_is_found_and_goes(connection: Connection) -> None:
    left = {"run_id": "gone", "asset_id": "gone", "stage": "transcript"}
    connection.execute(insert(current_runs).values(left))
    assert derived_films(connection) == [FILM, "gone", "other"]
    assert derived_films(connection, "films") == [FILM, "other"]
    assert drift(connection, "gone") == {"current_runs": 1}
    rebuild(connection, ["gone"])
    assert derived_films(connection) == [FILM, "other"]


def test_a_projection_is_rebuilt_with_its_own_name_alone(connection: Connection) -> None:
    connection.execute(text("update transcript_fts set start_ms = 7"))
    connection.execute(text("update object_labels set start_ms = 7"))
    rebuild(connection, [FILM, "other"], ["transcript_fts"])
    found = verify(connection, [FILM, "other"], ["transcript_fts", "object_labels"])
    assert found == {"transcript_fts": 0, "object_labels": 4}


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    assert checked_names([]) == DERIVED
    with pytest.raises(InvalidRequestError, match="no projection faces") as raised:
        checked_names(["transcript_fts", "faces"])
    assert raised.value.code == "unknown_projection"
    assert "face_clusters" in (raised.value.remedy or "")
