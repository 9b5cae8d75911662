"""Old indexes go once nobody can be reading them, and never one that is in use."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from rushes.search.generations.dropping import ROLLBACK_GRACE, DropReport, drop
from rushes.search.generations.errors import GenerationInUseError, GenerationNotFoundError
from rushes.search.generations.index_generations import GenerationState
from rushes.search.generations.promotion import promote
from rushes.search.generations.shadow import begin_shadow
from rushes.search.sync.limits import PURGE_GRACE
from tests.integration.search.generations.searched_archive import Archive


@pytest.fixture
def promoted(indexed: Archive) -> Archive:
    """With a previous generation that can be gone back to."""
    begin_shadow(indexed.engine, indexed.client, None, reason="a test", now=indexed.now)
    indexed.sync()
    promote(indexed.engine, indexed.client, ["coast", "hills"], now=indexed.now)
    return indexed


def dropped(archive: Archive, name: str | None = None, **more: bool) -> DropReport:
    return drop(archive.engine, archive.client, name, archive.now, **more)


def test_the_previous_index_goes_after_the_grace_and_when_its_readers_are_gone(
    promoted: Archive,
) -> None:
    previous = str(promoted.policy("hills").previous_index_name)
    promoted.later(seconds=(ROLLBACK_GRACE - timedelta(minutes=1)).total_seconds())
    assert dropped(promoted) == DropReport((), (), ())
    promoted.later(minutes=2)
    assert dropped(promoted) == DropReport(("coast", "hills"), (previous,), ())
    assert previous in promoted.node.indexes()
    promoted.later(seconds=PURGE_GRACE.total_seconds())
    assert dropped(promoted).dropped == (previous,)
    assert promoted.node.indexes() == {promoted.policy("hills").active_index_name}
    with promoted.engine.connect() as connection:
        query = text("select count(*) from search_revs where index_name = :name")
        assert connection.execute(query, {"name": previous}).scalar_one() == 0
    assert dropped(promoted) == DropReport((), (), ())


def test_force_gives_up_the_previous_index_at_once(promoted: Archive) -> None:
    previous = str(promoted.policy("hills").previous_index_name)
    assert dropped(promoted, previous, force=True).draining == (previous,)
    promoted.later(minutes=5)
    assert dropped(promoted, previous).dropped == (previous,)


def test_what_is_in_use_is_never_dropped(promoted: Archive) -> None:
    shadow = begin_shadow(promoted.engine, promoted.client, ["hills"], reason="", now=promoted.now)
    policy = promoted.policy("hills")
    before = promoted.node.indexes()
    for name in (policy.active_index_name, shadow.name):
        with pytest.raises(GenerationInUseError):
            dropped(promoted, name, force=True)
    with pytest.raises(GenerationInUseError, match="can be gone back to"):
        dropped(promoted, policy.previous_index_name)
    assert promoted.policy("hills") == policy
    promoted.later(days=30)
    dropped(promoted)
    promoted.later(days=30)
    dropped(promoted)
    assert promoted.node.indexes() == before - {policy.previous_index_name}


def test_an_unknown_generation_is_not_found(indexed: Archive) -> None:
    for name in ("rushes-scenes-00000000-1", "nul\0", "\ud800"):
        with pytest.raises(GenerationNotFoundError):
            dropped(indexed, name)


def test_names_are_never_used_again_and_a_dropped_index_stays_gone(promoted: Archive) -> None:
    previous = str(promoted.policy("hills").previous_index_name)
    config = promoted.generations()[previous].config
    dropped(promoted, previous, force=True)
    promoted.later(minutes=5)
    dropped(promoted)
    assert promoted.generations()[previous].state is GenerationState.DROPPED
    promoted.client.create_index(config)  # as a restored volume brings it back
    assert promoted.ensure().deleted == (previous,)
    assert previous not in promoted.node.indexes()
    newer = begin_shadow(promoted.engine, promoted.client, ["hills"], reason="", now=promoted.now)
    assert newer.name not in {previous, promoted.policy("hills").active_index_name}
