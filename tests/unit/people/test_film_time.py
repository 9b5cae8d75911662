"""Places in films as people type them."""

from __future__ import annotations

import pytest

from orchestration.cli.film_time import parse_place, parse_time
from rushes.errors import InvalidRequestError


@pytest.mark.parametrize(
    ("text", "ms"),
    [("0", 0), ("12.5", 12_500), ("1:05", 65_000), ("1:01:02.25", 3_662_250), ("1500ms", 1500)],
)
def test_a_time_is_read_in_every_way_it_is_shown(text: str, ms: int) -> None:
    assert parse_time(text) == ms


def test_a_film_may_have_an_at_in_its_name() -> None:
    assert parse_place("me@home.mp4@1:05-1:20") == ("me@home.mp4", 65_000, 80_000)
    assert parse_place("a.mp4@3") == ("a.mp4", 3000, None)


@pytest.mark.parametrize(
    "text", ["", "a.mp4", "@3", "a.mp4@", "a@x", "a@1:", "a@3-", "a@3-3", "a@-1"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        parse_place(text)
    assert raised.value.code == "invalid_time"
