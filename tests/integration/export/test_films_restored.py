"""Favourites, corrections, choices of runs and libraries come back on films of the same content."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from rushes import audit
from rushes.artifacts.corrections import CorrectionItem, correct, withdraw
from rushes.artifacts.policies import set_policy
from rushes.artifacts.registry import default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.selection import Selection, SelectionMode, stands
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import artifact_selections, artifacts, asset, asset_versions, libraries, runs
from rushes.db.user_tables import audit_log, favourite_scenes
from rushes.export.restore_report import WaitsFor
from rushes.library.repository import get_library, set_favorite
from rushes.people.recognition import set_recognition
from tests.integration.artifacts.artifact_making import SCENE, SEGMENT, add_run, envelope
from tests.integration.export.world import backed_up, empty_all, everything, restored
from tests.integration.people.people_making import LIBRARY, add_film

REPOSITORY = ArtifactRepository(default_registry())


def films(engine: Engine, *names: str, content: str = "hash-one", profile: str = "fast") -> None:
    """Films of one content, each with a transcript of three segments."""
    with engine.begin() as connection:
        for name in names:
            add_film(connection, name)
            for table in (asset, asset_versions):
                here = table.c.asset_id == name
                connection.execute(update(table).where(here).values(content_hash=content))
            run = add_run(connection, asset_id=name, profile=profile)
            rows = [envelope(run, number, asset_id=name) for number in range(3)]
            REPOSITORY.batch_create(connection, rows)


def correction(engine: Engine, film: str, text: str = "by hand", second: int = 1) -> str:
    """Somebody says what is said in that second."""
    item = CorrectionItem(1000 * second, 1000 * second + 1000, {"text": text})
    with engine.begin() as connection:
        return correct(connection, REPOSITORY, film, SEGMENT, [item], "ann")


def texts(engine: Engine, film: str) -> list[str]:
    """What answers for the film's transcript."""
    query = (
        select(artifacts.c.payload["text"].astext)
        .where(artifacts.c.asset_id == film, stands(artifacts, film, "transcript"))
        .order_by(artifacts.c.span_start_ms)
    )
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


def policies(engine: Engine, film: str) -> list[tuple[str, str | None, str | None]]:
    """Mode, profile and pinned run of the film's choices."""
    table = artifact_selections.c
    query = select(table.mode, table.preferred_profile, table.pinned_run_id)
    with engine.connect() as connection:
        return [(*row,) for row in connection.execute(query.where(table.asset_id == film))]


@pytest.fixture
def said(empty: Engine) -> Engine:
    """A film that was corrected and marked, in a library without recognition."""
    films(empty, "one")
    correction(empty, "one")
    set_favorite(empty, "one", True)
    with empty.begin() as connection:
        set_recognition(connection, LIBRARY, on=False)
        connection.execute(
            insert(favourite_scenes).values(
                asset_id="one", content_version=1, start_ms=0, end_ms=2000
            )
        )
        chosen = Selection(SelectionMode.PROFILE, ModelProfile.FAST)
        set_policy(connection, ["one"], [SEGMENT], chosen)
        audit.record(connection, "ann", "favourite.set", "one", {"kind": "film"})
    return empty


def test_all_is_back_on_every_film_of_the_content(said: Engine, tmp_path: Path) -> None:
    file = backed_up(said, tmp_path)
    empty_all(said)
    films(said, "copy", "other copy")
    films(said, "stranger", content="another")
    report = restored(said, file)
    for film in ("copy", "other copy"):
        assert texts(said, film) == ["hello there", "by hand", "hello there"]
        assert policies(said, film) == [("profile", "fast", None)]
    assert texts(said, "stranger") == ["hello there"] * 3
    assert policies(said, "stranger") == []
    with said.connect() as connection:
        liked = connection.execute(select(asset.c.asset_id).where(asset.c.is_favorite)).scalars()
        assert set(liked) == {"copy", "other copy"}
        scenes = connection.execute(select(favourite_scenes.c.asset_id, favourite_scenes.c.end_ms))
        assert set(map(tuple, scenes)) == {("copy", 2000), ("other copy", 2000)}
        assert get_library(connection, LIBRARY).settings == {"face_recognition": False}
        told = connection.execute(select(audit_log.c.actor, audit_log.c.action)).all()
    assert ("ann", "favourite.set") in told
    assert report.pending == []


def test_films_restored_twice_are_restored_once(said: Engine, tmp_path: Path) -> None:
    file = backed_up(said, tmp_path)
    own = everything(said)
    restored(said, file)
    assert everything(said) == own
    empty_all(said)
    films(said, "copy")
    restored(said, file)
    once = everything(said)
    assert restored(said, file).restored == {}
    assert everything(said) == once


def test_a_dry_run_tells_the_same_and_writes_nothing(said: Engine, tmp_path: Path) -> None:
    file = backed_up(said, tmp_path)
    empty_all(said)
    films(said, "copy")
    before = everything(said)
    told = restored(said, file, dry_run=True)
    assert everything(said) == before
    done = restored(said, file)
    assert (told.restored, told.pending, told.conflicts) == (
        done.restored,
        done.pending,
        done.conflicts,
    )


def test_a_new_machine_has_the_library_and_waits_for_its_films(
    said: Engine, tmp_path: Path
) -> None:
    file = backed_up(said, tmp_path)
    empty_all(said)
    report = restored(said, file)
    assert [(each.what, each.subject, each.waits_for) for each in report.pending] == [
        ("film", "films/one.mp4", WaitsFor.INDEXING)
    ]
    with said.connect() as connection:
        library = get_library(connection, LIBRARY)
    assert (str(library.root), library.status) == ("/films", "offline")
    assert library.settings == {"face_recognition": False}
    films(said, "copy")
    assert restored(said, file).pending == []
    assert texts(said, "copy")[1] == "by hand"


def test_a_pinned_run_is_found_by_what_it_is(empty: Engine, tmp_path: Path) -> None:
    films(empty, "one", profile="fast")
    with empty.begin() as connection:
        run = connection.execute(select(runs.c.run_id)).scalar_one()
        pinned = Selection(SelectionMode.PINNED, None, run)
        set_policy(connection, ["one"], [SEGMENT], pinned)
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    films(empty, "copy", profile="balanced")
    (waiting,) = restored(empty, file).pending
    assert (waiting.what, waiting.waits_for) == ("policy", WaitsFor.A_RUN)
    assert policies(empty, "copy") == []
    with empty.begin() as connection:
        again = add_run(connection, asset_id="copy", profile="fast")
    assert restored(empty, file).pending == []
    assert policies(empty, "copy") == [("pinned", None, again)]


@pytest.mark.parametrize(("overwrite", "stands_now"), [(False, "latest"), (True, "profile")])
def test_a_choice_made_here_wins_unless_told_otherwise(
    said: Engine, tmp_path: Path, overwrite: bool, stands_now: str
) -> None:
    file = backed_up(said, tmp_path)
    with said.begin() as connection:
        set_policy(connection, ["one"], [SEGMENT], Selection(SelectionMode.LATEST))
        set_recognition(connection, LIBRARY, on=True)
    report = restored(said, file, overwrite=overwrite)
    assert policies(said, "one")[0][0] == stands_now
    with said.connect() as connection:
        settings = get_library(connection, LIBRARY).settings
    assert settings == {"face_recognition": not overwrite}
    assert {each.what for each in report.conflicts} == {"policy", "setting"}


def test_a_correction_withdrawn_here_stays_withdrawn(empty: Engine, tmp_path: Path) -> None:
    films(empty, "one")
    run = correction(empty, "one")
    file = backed_up(empty, tmp_path)

    def take_back(run_id: str) -> None:
        with empty.begin() as connection:
            withdraw(connection, run_id, "ann")

    take_back(run)
    report = restored(empty, file)
    assert texts(empty, "one") == ["hello there"] * 3
    assert [each.kept for each in report.conflicts] == ["withdrawn"]
    restored(empty, file, overwrite=True)
    assert texts(empty, "one")[1] == "by hand"


def test_of_two_corrections_the_later_one_holds_here_too(empty: Engine, tmp_path: Path) -> None:
    films(empty, "one")
    correction(empty, "one", "first")
    correction(empty, "one", "second")
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    films(empty, "copy")
    correction(empty, "copy", "third", second=2)
    restored(empty, file)
    assert texts(empty, "copy") == ["hello there", "second", "third"]


def test_what_was_said_of_a_former_content_goes_to_the_film_that_has_it(
    empty: Engine, tmp_path: Path
) -> None:
    films(empty, "one")
    correction(empty, "one")
    with empty.begin() as connection:
        values = {"content_version": 2, "content_hash": "hash-later"}
        connection.execute(update(asset).values(values))
        row = {"asset_id": "one", "size_bytes": 1, **values}
        connection.execute(insert(asset_versions).values(row))
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    films(empty, "former")
    films(empty, "later", content="hash-later")
    restored(empty, file)
    assert texts(empty, "former")[1] == "by hand"
    assert texts(empty, "later")[1] == "hello there"


def test_two_contents_of_one_sampled_hash_are_told_apart(said: Engine, tmp_path: Path) -> None:
    with said.begin() as connection:
        connection.execute(update(asset_versions).values(full_hash="aa"))
    file = backed_up(said, tmp_path)
    empty_all(said)
    films(said, "copy")
    with said.begin() as connection:
        connection.execute(update(asset_versions).values(full_hash="bb"))
    report = restored(said, file)
    assert texts(said, "copy")[1] == "hello there"
    assert [each.what for each in report.pending] == ["film"]


def test_scenes_are_corrected_as_well(empty: Engine, tmp_path: Path) -> None:
    films(empty, "one")
    with empty.begin() as connection:
        item = CorrectionItem(0, 4000, {"start_frame": 0, "end_frame": 100})
        correct(connection, REPOSITORY, "one", SCENE, [item], "ann")
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    films(empty, "copy")
    restored(empty, file)
    with empty.connect() as connection:
        chosen = artifacts.c.artifact_type == SCENE.value
        found = connection.execute(
            select(artifacts.c.asset_id, artifacts.c.span_end_ms).where(chosen)
        )
        assert [(*row,) for row in found] == [("copy", 4000)]
        assert connection.execute(select(libraries.c.slug)).scalars().all() == [LIBRARY]
