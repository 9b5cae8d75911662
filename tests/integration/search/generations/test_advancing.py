"""What happens to indexes by itself, and what does not."""

from __future__ import annotations

import copy

import pytest
from sqlalchemy import text

from rushes.search.generations import ensuring, index_generations
from rushes.search.generations.advancing import advance
from rushes.search.generations.errors import (
    PolicyLockedError,
)
from rushes.search.generations.locking import lock, unlock
from rushes.search.generations.progress import progress
from tests.integration.search.generations.searched_archive import Archive
from tests.integration.search.generations.steps import (
    BOTH,
    assert_all_is_found,
    begin,
    go_back,
    take_over,
)


def changed_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an update of the code: the template's indexes have another commit time-out."""
    template = copy.deepcopy(ensuring.load_template())
    template["indexing_settings"]["commit_timeout_secs"] = 7
    monkeypatch.setattr(ensuring, "load_template", lambda: template)
    monkeypatch.setattr(
        index_generations, "compile_template", lambda name: {**template, "index_id": name}
    )


def test_progress_counts_films_and_failures(indexed: Archive) -> None:
    shadow = begin(indexed, "hills")
    indexed.later(seconds=10)
    (before,) = progress(indexed.engine, indexed.now)
    assert (before.films, before.done, before.to_do, before.percent) == (2, 0, 2, 0.0)
    indexed.sync()
    advance(indexed.engine, indexed.client, indexed.now)
    (after,) = progress(indexed.engine, indexed.now)
    assert (after.generation, after.done, after.percent) == (shadow, 2, 100.0)
    assert after.is_complete
    assert after.rate == pytest.approx(0.2)
    assert indexed.policy("hills").promotion_progress["done"] == 2


def test_a_film_that_only_the_old_index_has_holds_the_shadow_up(indexed: Archive) -> None:
    shadow = begin(indexed, "hills", promote_when_ready=True)
    film = indexed.wanted("hills")[0]
    with indexed.engine.begin() as connection:
        connection.execute(text("delete from search_sync_queue where asset_id = :f"), {"f": film})
        connection.execute(
            text(
                "insert into search_sync_failures (index_name, asset_id, attempts, error_code,"
                " error_text, is_dead) values (:index, :film, 6, 'x', 'x', true)"
            ),
            {"index": shadow, "film": film},
        )
    indexed.sync()
    assert advance(indexed.engine, indexed.client, indexed.now).promoted == ()
    (now,) = progress(indexed.engine)
    assert (now.done, now.failed, now.blocking, now.is_complete) == (1, 1, 1, False)
    assert_all_is_found(indexed)


def test_one_begun_by_hand_waits_for_its_promotion(indexed: Archive) -> None:
    begin(indexed, "hills")
    shadow = begin(indexed, "coast", promote_when_ready=True)
    assert advance(indexed.engine, indexed.client, indexed.now).promoted == ()
    indexed.sync()
    promoted = advance(indexed.engine, indexed.client, indexed.now).promoted
    assert [each.library for each in promoted] == ["coast"]
    assert indexed.policy("coast").active_index_name == shadow
    assert indexed.policy("hills").shadow_index_name is not None


def test_a_changed_template_is_built_and_takes_over_by_itself(
    indexed: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = indexed.policy("hills").active_index_name
    changed_template(monkeypatch)
    begun = indexed.ensure().begun
    assert indexed.ensure().begun is None
    assert indexed.policy("hills").active_index_name == first
    indexed.sync()
    advance(indexed.engine, indexed.client, indexed.now)
    assert {indexed.policy(each).active_index_name for each in BOTH} == {begun}
    assert_all_is_found(indexed)


def test_what_an_operator_took_back_does_not_come_again_by_itself(
    indexed: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed_template(monkeypatch)
    indexed.ensure()
    indexed.sync()
    advance(indexed.engine, indexed.client, indexed.now)
    go_back(indexed, "hills")
    assert indexed.ensure().begun is None


def test_a_shadow_of_an_older_template_is_begun_again(
    indexed: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = begin(indexed, "hills")
    changed_template(monkeypatch)
    begun = indexed.ensure().begun
    assert {indexed.policy(each).shadow_index_name for each in BOTH} == {begun}
    assert not indexed.generations()[older].is_written


def test_too_many_unpurged_revs_begin_a_rebuild(indexed: Archive) -> None:
    indexed.say(indexed.wanted("hills")[0], "a cat purrs")
    indexed.sync()
    begun = advance(indexed.engine, indexed.client, indexed.now, unpurged_bound=0).begun
    assert begun is not None
    assert indexed.policy("coast").shadow_index_name == begun
    indexed.sync()
    advance(indexed.engine, indexed.client, indexed.now, unpurged_bound=10)
    assert indexed.policy("coast").active_index_name == begun
    assert_all_is_found(indexed)


def test_a_locked_library_stays_as_it_is(indexed: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(indexed, "hills", promote_when_ready=True)
    indexed.sync()
    assert lock(indexed.engine, "hills", now=indexed.now, actor="ann").locked_since == indexed.now
    for act in (begin, take_over, go_back):
        with pytest.raises(PolicyLockedError, match="hills"):
            act(indexed, "hills")
    assert advance(indexed.engine, indexed.client, indexed.now).promoted == ()
    changed_template(monkeypatch)
    indexed.ensure()
    assert indexed.policy("coast").shadow_index_name != indexed.policy("hills").shadow_index_name
    unlock(indexed.engine, "hills", actor="ann")
    take_over(indexed, "hills")
