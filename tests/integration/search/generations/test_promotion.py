"""A new index takes over, and the old one takes back, without a reader missing a film."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from rushes.audit import entries
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.search.generations.errors import (
    GenerationIncompleteError,
    LibraryNotIndexedError,
    NothingToGoBackToError,
    NothingToPromoteError,
    ShadowUnderWayError,
)
from rushes.search.generations.index_generations import GenerationState
from rushes.search.generations.promotion import Takeover
from rushes.search.generations.verify import verify_shadow
from tests.integration.search.generations.searched_archive import Archive
from tests.integration.search.generations.steps import (
    BOTH,
    assert_all_is_found,
    begin,
    go_back,
    take_over,
)


def test_a_complete_shadow_takes_over_for_all_libraries(indexed: Archive) -> None:
    first = indexed.policy("hills").active_index_name
    shadow = begin(indexed, actor="ann")
    indexed.sync()
    assert verify_shadow(indexed.engine, indexed.client, shadow).is_good
    assert take_over(indexed, *BOTH) == [Takeover(each, shadow, first) for each in BOTH]
    assert_all_is_found(indexed)
    states = {name: each.state for name, each in indexed.generations().items()}
    assert states == {first: GenerationState.DRAINING, shadow: GenerationState.ACTIVE}
    with indexed.engine.connect() as connection:
        done = [each.action for each in entries(connection)]
    assert done == ["search.promote", "search.promote", "search.begin_shadow"]


def test_libraries_may_end_in_different_generations(indexed: Archive) -> None:
    first = indexed.policy("coast").active_index_name
    shadow = begin(indexed, "hills")
    indexed.sync()
    take_over(indexed, "hills")
    assert indexed.policy("hills").active_index_name == shadow
    assert indexed.policy("coast").active_index_name == first
    assert indexed.generations()[str(first)].state is GenerationState.ACTIVE
    assert_all_is_found(indexed)


def test_a_shadow_that_lacks_a_film_does_not_take_over(indexed: Archive) -> None:
    begin(indexed)
    before = indexed.policy("hills")
    with pytest.raises(GenerationIncompleteError, match="2 of hills"):
        take_over(indexed, "hills")
    assert indexed.policy("hills") == before


def test_a_shadow_with_an_older_version_does_not_take_over(indexed: Archive) -> None:
    film = indexed.add("hills")
    shadow = begin(indexed)
    indexed.sync()
    with indexed.engine.begin() as connection:
        connection.execute(
            text(
                "update search_ledger set content_hash = 'newer', live_rev = live_rev + 100"
                " where index_name <> :shadow and asset_id = :film"
            ),
            {"shadow": shadow, "film": film},
        )
    with pytest.raises(GenerationIncompleteError, match=film):
        take_over(indexed, "hills")


def test_a_shadow_that_lost_documents_does_not_take_over(indexed: Archive) -> None:
    shadow = begin(indexed)
    indexed.sync()
    indexed.client.clear_index(shadow)
    report = verify_shadow(indexed.engine, indexed.client, shadow)
    assert (report.in_ledger, report.found) == (3, 0)
    with pytest.raises(GenerationIncompleteError, match="0 documents of 3"):
        take_over(indexed, "hills")


def test_changes_reach_all_generations_so_that_nothing_is_lost_by_going_back(
    indexed: Archive,
) -> None:
    first = indexed.policy("hills").active_index_name
    shadow = begin(indexed)
    indexed.sync()
    take_over(indexed, *BOTH)
    film = indexed.add("hills", "a zebra runs")
    indexed.delete(indexed.wanted("hills")[0])
    indexed.sync()
    assert go_back(indexed, "hills") == [Takeover("hills", str(first), shadow)]
    assert indexed.found("hills", "zebra") == [film]
    assert_all_is_found(indexed)
    go_back(indexed, "hills")
    assert indexed.policy("hills").active_index_name == shadow
    assert_all_is_found(indexed)


def test_nothing_goes_back_to_an_index_that_misses_a_change(indexed: Archive) -> None:
    begin(indexed)
    indexed.sync()
    take_over(indexed, *BOTH)
    previous = indexed.policy("hills").previous_index_name
    with indexed.engine.begin() as connection:
        connection.execute(
            text("delete from search_ledger where index_name = :previous"), {"previous": previous}
        )
    with pytest.raises(GenerationIncompleteError, match="2 of hills"):
        go_back(indexed, "hills")


def test_an_older_previous_index_is_given_up_by_the_next_promotion(indexed: Archive) -> None:
    first = str(indexed.policy("hills").active_index_name)
    names = [first]
    for _ in range(2):
        names.append(begin(indexed))
        indexed.sync()
        take_over(indexed, *BOTH)
    assert indexed.policy("hills").previous_index_name == names[1]
    assert not indexed.generations()[first].is_written
    assert indexed.generations()[names[1]].is_written
    assert indexed.waiting() == 0


def test_libraries_that_leave_a_shared_index_leave_no_documents_in_it(indexed: Archive) -> None:
    shared = str(indexed.policy("hills").active_index_name)
    for _ in range(2):
        begin(indexed, "hills")
        indexed.sync()
        take_over(indexed, "hills")
    indexed.sync()
    with indexed.engine.connect() as connection:
        query = "select count(*) from search_ledger where index_name = :shared"
        kept = connection.execute(text(query), {"shared": shared}).scalar_one()
    assert kept == len(indexed.wanted("coast"))
    assert_all_is_found(indexed)


def test_a_second_shadow_is_refused_unless_the_first_is_given_up(indexed: Archive) -> None:
    older = begin(indexed, "hills")
    with pytest.raises(ShadowUnderWayError, match="hills"):
        begin(indexed)
    newer = begin(indexed, "hills", restart=True)
    assert indexed.policy("hills").shadow_index_name == newer
    assert indexed.generations()[older].state is GenerationState.DRAINING


def test_what_cannot_be_done_is_refused_with_its_reason(archive: Archive) -> None:
    with pytest.raises(LibraryNotIndexedError):
        begin(archive)
    archive.ensure()
    with pytest.raises(GenerationIncompleteError, match="2 of hills"):
        take_over(archive, "hills")
    with pytest.raises(ShadowUnderWayError):
        begin(archive)
    archive.sync()
    take_over(archive, *BOTH)
    with pytest.raises(NothingToPromoteError):
        take_over(archive, "hills")
    with pytest.raises(NothingToGoBackToError):
        go_back(archive, "hills")
    for name in ("nowhere", "nul\0", "\ud800"):
        with pytest.raises(NotFoundError):
            take_over(archive, name)
        with pytest.raises(NotFoundError):
            begin(archive, name)
    with pytest.raises(InvalidRequestError):
        take_over(archive)
