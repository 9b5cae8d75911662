"""A backup's people in a database where people were spoken of too: nothing here is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from rushes.db.people_tables import people_log
from rushes.documents import DocumentIndex
from rushes.errors import InvalidRequestError
from rushes.people.erasure import erase
from rushes.people.listing import find_person
from rushes.people.separation import FilmSpan
from rushes.people.service import PeopleService
from tests.integration.export.world import (
    CAST,
    analyse,
    backed_up,
    cluster_at,
    empty_all,
    everything,
    names,
    persons,
    restored,
)
from tests.integration.people.people_making import LIBRARY


@pytest.mark.parametrize(("overwrite", "stands"), [(False, "Anna"), (True, "Ann")])
def test_a_name_given_here_wins_unless_told_otherwise(
    empty: Engine, service: PeopleService, tmp_path: Path, overwrite: bool, stands: str
) -> None:
    service.name(cluster_at(empty, "one", 0), "Ann")
    service.name(cluster_at(empty, "one", 8), "Eve")
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    analyse(empty, CAST)
    service.name(cluster_at(empty, "one", 0), "Anna")
    report = restored(empty, file, overwrite=overwrite)
    assert names(empty) == {stands: 8, "Eve": 6}
    told = [(each.what, each.here, each.backup, each.kept) for each in report.conflicts]
    assert told == [("name", "Anna", "Ann", stands)]
    once = everything(empty)
    restored(empty, file, overwrite=overwrite)
    assert everything(empty) == once


def test_what_was_said_here_after_the_backup_stays(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    ann = cluster_at(empty, "one", 0)
    service.name(ann, "Ann")
    file = backed_up(empty, tmp_path)
    service.name(ann, "Anna")
    service.split("Anna", spans=[FilmSpan("two", 6000, 8000)])
    service.merge(cluster_at(empty, "one", 8), [cluster_at(empty, "one", 2, place=2)])
    own = everything(empty)
    restored(empty, file)
    assert everything(empty) == own


def test_a_cannot_link_of_the_backup_does_not_break_a_merge_made_here(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    ann, eve = cluster_at(empty, "one", 0), cluster_at(empty, "one", 8)
    service.name(ann, "Ann")
    service.name(eve, "Eve")
    old = backed_up(empty, tmp_path)
    service.cannot_link(ann, eve)
    (tmp_path / "more").mkdir()
    file = backed_up(empty, tmp_path / "more")
    empty_all(empty)
    analyse(empty, CAST)
    restored(empty, old)
    service.merge("Ann", ["Eve"])
    before = persons(empty)
    report = restored(empty, file)
    assert persons(empty) == before
    assert [each.what for each in report.conflicts if each.what != "name"] == ["cannot_link"]


def test_nobody_who_was_erased_gets_a_name_back(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    ann = cluster_at(empty, "one", 0)
    service.name(ann, "Ann")
    service.name(cluster_at(empty, "one", 8), "Eve")
    old = backed_up(empty, tmp_path)
    erase(empty, DocumentIndex(tmp_path / "documents"), "Ann", "ann")
    restored(empty, old, overwrite=True)
    assert names(empty) == {"Eve": 6}
    (tmp_path / "more").mkdir()
    late = backed_up(empty, tmp_path / "more")
    assert "Ann" not in late.read_text()
    empty_all(empty)
    analyse(empty, CAST)
    restored(empty, late)
    restored(empty, old)
    assert names(empty) == {"Eve": 6}
    with empty.connect() as connection:
        assert "Ann" not in str(connection.execute(select(people_log.c.payload)).all())


def test_people_of_a_library_that_is_called_otherwise_here(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    service.name(cluster_at(empty, "one", 0), "Ann")
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    analyse(empty, CAST)
    with empty.begin() as connection:
        connection.exec_driver_sql("update libraries set slug = 'tapes', root = '/tapes'")
    restored(empty, file, libraries={LIBRARY: "tapes"})
    with empty.connect() as connection:
        assert find_person(connection, "Ann", "tapes").name == "Ann"
        assert len(connection.exec_driver_sql("select from libraries").all()) == 1
    with pytest.raises(InvalidRequestError, match="no library 'nosuch'"):
        restored(empty, file, libraries={"nosuch": "tapes"})
