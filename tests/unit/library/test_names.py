"""Names that Rushes gives: asset ids and slugs; and names that it takes: relative paths."""

import os
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.errors import InvalidRequestError
from rushes.library.asset_ids import new_asset_ids
from rushes.library.paths import displayed, is_under, is_utf8, normalised_prefix
from rushes.library.slugs import checked_slug, slug_from_name

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_asset_ids_are_distinct_url_safe_and_ascend_with_time() -> None:
    earlier = new_asset_ids(5000, NOON)
    later = new_asset_ids(10, NOON + timedelta(milliseconds=1))
    together = earlier + later
    assert together == sorted(set(together))
    assert all(re.fullmatch("v[0-9a-z]{16}", asset_id) for asset_id in together)


@given(st.text(max_size=90), st.integers(0, 3))
def test_every_folder_name_gives_a_valid_slug_of_its_own(name: str, others: int) -> None:
    taken: list[str] = []
    for _ in range(others + 1):
        slug = checked_slug(slug_from_name(name, taken))
        assert slug not in taken
        taken.append(slug)


def test_a_slug_reads_like_the_folder() -> None:
    assert slug_from_name("Café Shoot (2024)", []) == "cafe-shoot-2024"
    assert slug_from_name("映画", []) == "library"
    assert slug_from_name("shoot", ["shoot", "shoot-2"]) == "shoot-3"


@pytest.mark.parametrize("slug", ["", "A", "-a", "a b", "a" * 64, "a\n"])
def test_a_slug_that_no_table_takes_is_refused(slug: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        checked_slug(slug)
    assert caught.value.code == "invalid_slug"


def test_a_prefix_is_made_plain_and_may_not_climb_out() -> None:
    assert normalised_prefix("./a//b/") == "a/b"
    assert normalised_prefix(".") == ""
    for bad in ("../a", "a/../../b", "/a"):
        with pytest.raises(InvalidRequestError):
            normalised_prefix(bad)


def test_a_path_is_under_a_folder_and_not_under_the_start_of_a_name() -> None:
    assert is_under("a/b", "a")
    assert is_under("a", "a")
    assert is_under("a", "")
    assert not is_under("ab", "a")


@given(st.binary(min_size=1, max_size=3000))
def test_any_name_can_be_shown_and_stored(name: bytes) -> None:
    shown = displayed(os.fsdecode(name))
    assert is_utf8(shown)
    assert len(shown.encode()) <= 2000
