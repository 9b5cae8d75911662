"""Filters of a request as nodes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from rushes.errors import InvalidRequestError
from rushes.search.query.filters import filter_node
from rushes.search.query.serialising import to_quickwit
from rushes.search.query.tree import All, Field, Range
from rushes.search.request import Filters, Span


def test_no_filter_lets_everything_through() -> None:
    assert filter_node(Filters(), {}) == All(())


def test_each_filter_has_to_hold() -> None:
    filters = Filters(
        libraries=("a", "b"),
        languages=("de",),
        people=("Anna", "c9"),
        has_speech=True,
        playable=False,
        width=Span(1920, None),
        scene_duration_ms=Span(-5, 10),
    )
    assert filter_node(filters, {"Anna": ["c1", "c2"]}) == All(
        (
            Field("library_slug", ("a", "b")),
            Field("languages", ("de",)),
            Field("people", ("Anna", "c1", "c2", "c9")),
            Field("has_speech", (True,)),
            Field("playable", (False,)),
            Range("scene_duration_ms", 0, 10),
            Range("width", 1920, None),
        )
    )


def test_times_are_cut_to_what_documents_have() -> None:
    since = datetime(2020, 1, 1, 2, microsecond=1, tzinfo=timezone(timedelta(hours=2)))
    until = datetime(2021, 1, 1, microsecond=999_999, tzinfo=UTC)
    assert filter_node(Filters(captured_from=since, captured_to=until), {}) == Range(
        "captured_at", "2020-01-01T00:00:00.001Z", "2021-01-01T00:00:00.999Z"
    )


@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=9))]
)
def test_the_first_and_the_last_day_of_all_can_be_asked_for(zone: timezone) -> None:
    first = datetime.min.replace(tzinfo=zone)
    last = datetime.max.replace(tzinfo=zone)
    assert filter_node(Filters(captured_from=first, captured_to=last), {}) == Range(
        "captured_at", "1678-01-01T00:00:00.000Z", "2262-01-01T00:00:00.000Z"
    )


@pytest.mark.parametrize(
    "filters",
    [
        Filters(width=Span(2, 1)),
        Filters(width=Span(None, -1)),
        Filters(width=Span(2**63)),
        Filters(width=Span(-(2**70), 1)),
        Filters(height=Span(float("nan"))),  # type: ignore[arg-type]
        Filters(height=Span(None, float("inf"))),  # type: ignore[arg-type]
        Filters(height=Span(1.5)),  # type: ignore[arg-type]
        Filters(captured_from=datetime(2020, 1, 1)),  # noqa: DTZ001
        Filters(
            captured_from=datetime(2021, 1, 1, tzinfo=UTC),
            captured_to=datetime(2020, 1, 1, tzinfo=UTC),
        ),
        Filters(asset_ids=("x",) * 5001),
    ],
)
def test_a_filter_that_is_none_is_refused(filters: Filters) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        filter_node(filters, {})
    assert caught.value.code == "bad_filter"
    assert caught.value.remedy


@pytest.mark.parametrize("value", ["", "\0", "\ud800", 'a"b', "*"])
def test_any_value_can_be_asked_for(value: str) -> None:
    to_quickwit(filter_node(Filters(libraries=(value,), people=(value,)), {})).encode()
