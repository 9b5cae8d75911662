"""What the client sends twice, and what never."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from rushes.search.quickwit.errors import (
    QuickwitUnavailableError,
)
from tests.unit.search.scripted_engine import (
    FOUND,
    TAKEN,
    Setting,
    delete_task,
    describe,
    ingest,
    said,
    search,
)


@pytest.mark.parametrize("call", [search, describe])
def test_what_changes_nothing_is_sent_once_more_over_a_broken_connection(call):
    body = FOUND if call is search else {"index_config": {}}
    broken = httpx.RemoteProtocolError("Server disconnected")
    setting = Setting(broken, said(200, body))
    call(setting)
    assert len(setting.server.requests) == 2
    setting = Setting(broken)
    with pytest.raises(QuickwitUnavailableError):
        call(setting)
    assert len(setting.server.requests) == 2


@pytest.mark.parametrize("call", [ingest, delete_task])
@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadError("reset"),
        httpx.WriteError("broken pipe"),
        httpx.RemoteProtocolError("disconnected"),
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        said(500),
        said(503),
        said(408),
    ],
)
def test_what_may_have_been_accepted_is_never_sent_twice(call, error):
    setting = Setting(error)
    with pytest.raises(QuickwitUnavailableError) as caught:
        call(setting)
    assert caught.value.was_sent is True
    assert len(setting.server.requests) == 1
    assert setting.waits == []


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), said(429)]
)
def test_documents_of_which_none_was_accepted_are_sent_again_after_growing_waits(error):
    setting = Setting(error, error, said(200, TAKEN))
    assert ingest(setting).num_ingested == 2
    assert len(setting.waits) == 2
    setting = Setting(error)
    with pytest.raises(QuickwitUnavailableError) as caught:
        ingest(setting)
    assert caught.value.was_sent is False
    assert len(setting.server.requests) == 5
    for wait, longest in zip(setting.waits, (0.25, 0.5, 1.0, 2.0), strict=True):
        assert 0.5 * longest <= wait <= 1.5 * longest


def test_documents_refused_first_and_lost_then_count_as_sent():
    setting = Setting(said(429), httpx.ReadTimeout("slow"))
    with pytest.raises(QuickwitUnavailableError) as caught:
        ingest(setting)
    assert caught.value.was_sent is True
    assert len(setting.server.requests) == 2


@pytest.mark.parametrize("call", [search, delete_task])
def test_a_refused_connection_is_no_reason_to_wait(call):
    setting = Setting(httpx.ConnectError("refused"))
    with pytest.raises(QuickwitUnavailableError) as caught:
        call(setting)
    assert caught.value.was_sent is False
    assert len(setting.server.requests) == 1


def test_a_search_follows_an_engine_that_has_moved():
    addresses: Iterator[str] = iter(["http://a:1"] * 2 + ["http://a:2"] * 9)
    refused = httpx.ConnectError("refused")
    setting = Setting(refused, said(200, FOUND), address=lambda: next(addresses))
    assert search(setting).num_hits == 2
    assert [request.url.port for request in setting.server.requests] == [1, 2]


def test_a_search_that_takes_too_long_is_given_up_and_not_asked_again():
    setting = Setting(httpx.ReadTimeout("slow"))
    with pytest.raises(QuickwitUnavailableError):
        search(setting, timeout_seconds=3)
    limits = setting.sent.extensions["timeout"]
    assert 2.9 < limits["read"] <= 3
    assert limits["connect"] == 2
