"""What goes wrong with the search engine is an error of its own class, and tells no secret."""

from __future__ import annotations

import httpx
import pytest

from rushes.search.quickwit.errors import (
    DocumentTooLargeError,
    IndexMissingError,
    QuickwitError,
    QuickwitRefusedError,
    QuickwitUnavailableError,
)
from tests.unit.search.scripted_engine import (
    CALLS,
    FOUND,
    PRIVATE,
    SECRET,
    Setting,
    ingest,
    said,
    search,
)


def test_an_answer_in_part_is_a_failure_of_the_engine():
    setting = Setting(said(200, FOUND | {"errors": ["split 7 is gone"]}))
    with pytest.raises(QuickwitUnavailableError) as caught:
        search(setting)
    assert caught.value.reason == "split 7 is gone"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, QuickwitRefusedError, "search_engine_refused"),
        (501, QuickwitRefusedError, "search_engine_refused"),
        (404, IndexMissingError, "search_index_missing"),
        (408, QuickwitUnavailableError, "search_engine_unavailable"),
        (429, QuickwitUnavailableError, "search_engine_unavailable"),
        (500, QuickwitUnavailableError, "search_engine_unavailable"),
        (503, QuickwitUnavailableError, "search_engine_unavailable"),
    ],
)
def test_each_status_is_an_error_of_its_own(call, status, kind, code):
    with pytest.raises(QuickwitError) as caught:
        call(Setting(said(status)))
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert caught.value.retryable is (kind is QuickwitUnavailableError)
    assert caught.value.reason == "it says why"
    if isinstance(caught.value, QuickwitUnavailableError):
        assert caught.value.was_sent is (status != 429)


def test_a_body_that_is_too_large_is_the_documents_fault_and_a_query_that_is_so_is_refused():
    with pytest.raises(DocumentTooLargeError):
        ingest(Setting(said(413)))
    with pytest.raises(QuickwitRefusedError):
        search(Setting(said(413)))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b"[]"),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(200),
        httpx.Response(302, content=b"elsewhere"),
        httpx.Response(404, content=b"<html>not found"),
        httpx.Response(502, content=b"<html>bad gateway"),
    ],
)
def test_what_no_engine_says_is_an_outage_that_names_no_content(call, reply):
    with pytest.raises(QuickwitUnavailableError) as caught:
        call(Setting(reply))
    assert caught.value.was_sent is True
    assert "html" not in str(caught.value)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("step", [said(400), said(500), httpx.ReadError("reset"), said(429)])
def test_no_error_repeats_a_password_or_what_a_person_searched_for(call, step):
    if isinstance(step, httpx.Response) and call is search:
        step = said(step.status_code, {"message": f"cannot read {PRIVATE}"})
    setting = Setting(step, address=f"http://me:{SECRET}@engine.example:7280")
    with pytest.raises(QuickwitError) as caught:
        call(setting)
    assert SECRET not in f"{caught.value} {caught.value.reason}"
    assert PRIVATE not in str(caught.value)
