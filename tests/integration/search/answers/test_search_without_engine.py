"""Where the engine fails, Postgres answers the same, and everybody is told."""

from __future__ import annotations

import logging
import socket

import pytest
from sqlalchemy import Engine

from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.errors import (
    IndexMissingError,
    QuickwitRefusedError,
    QuickwitUnavailableError,
)
from rushes.search.request import SearchAnswer, SearchRequest, SearchSource
from rushes.search.service import SearchService
from tests.integration.indexed_films import IndexedFilms, indexed_films
from tests.integration.search.answers.fake_engine import FakeEngine, answering, failing, use_index

_SECRET = "honeymoon"
_FAILURES = (
    QuickwitUnavailableError("It is away.", was_sent=False),
    QuickwitUnavailableError("It did not answer in time.", was_sent=True),
    QuickwitRefusedError("It refused (400).", reason=f"cannot parse {_SECRET}"),
    IndexMissingError("No such index."),
)


@pytest.fixture
def films(engine: Engine):
    with indexed_films(engine) as films:
        films.said(f"a {_SECRET} by the sea")
        yield films


class Told:
    """What the service tells others."""

    def __init__(self) -> None:
        self.codes: list[str] = []
        self.revivals = 0

    def revive(self) -> None:
        self.revivals += 1


def _ask(films: IndexedFilms, client: QuickwitClient, told: Told | None = None) -> SearchAnswer:
    told = told or Told()
    service = SearchService(films.engine, client, revive=told.revive, on_failure=told.codes.append)
    return service.search(SearchRequest(text=_SECRET, facets=("library",)))


def test_a_failure_is_logged_counted_and_answered_by_postgres(
    films: IndexedFilms, caplog: pytest.LogCaptureFixture
) -> None:
    use_index(films.engine)
    for error in _FAILURES:
        told = Told()
        caplog.clear()
        with caplog.at_level(logging.ERROR, "rushes.search"):
            answer = _ask(films, failing(error).client, told)
        assert answer.search_source is SearchSource.POSTGRES
        assert [hit.evidence[0].text for hit in answer.hits] == [f"a {_SECRET} by the sea"]
        assert [value.value for value in answer.facets["library"]] == ["films"]
        (missing,) = answer.missing
        assert missing.what == "quickwit"
        assert missing.why.startswith(error.code)
        (record,) = caplog.records
        assert (record.levelno, record.exc_info is None) == (logging.ERROR, False)
        assert "Traceback" in caplog.text
        assert _SECRET not in caplog.text
        assert told.codes == [error.code]
        is_away = isinstance(error, QuickwitUnavailableError) and not error.was_sent
        assert told.revivals == int(is_away)


def test_a_closed_port_is_a_failure(films: IndexedFilms, caplog: pytest.LogCaptureFixture) -> None:
    use_index(films.engine)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with QuickwitClient(f"http://127.0.0.1:{port}") as client:
        answer = _ask(films, client)
    assert answer.search_source is SearchSource.POSTGRES
    assert answer.total == 1
    assert "Traceback" in caplog.text


def test_an_index_that_was_not_built_yet_is_none(
    films: IndexedFilms, caplog: pytest.LogCaptureFixture
) -> None:
    engine, told = failing(AssertionError()), Told()
    answer = _ask(films, engine.client, told)
    assert (answer.search_source, answer.total) == (SearchSource.POSTGRES, 1)
    assert (answer.missing, engine.asked, told.codes) == ([], [], [])
    assert caplog.text == ""


def test_a_missing_index_is_asked_for_once_more_by_the_policy_as_it_is_then(
    films: IndexedFilms, caplog: pytest.LogCaptureFixture
) -> None:
    use_index(films.engine)
    asked: list[int] = []

    def dropped_meanwhile():
        asked.append(1)
        if len(asked) == 1:
            use_index(films.engine, "rushes-scenes-fake-2")
            raise IndexMissingError
        return answering().search([])

    engine = FakeEngine(dropped_meanwhile)
    answer = _ask(films, engine.client)
    assert answer.search_source is SearchSource.QUICKWIT
    assert engine.asked[0]["indexes"] != engine.asked[1]["indexes"] == ["rushes-scenes-fake-2"]
    assert caplog.text == ""


def test_where_no_index_is_left_then_postgres_answers_and_nothing_has_failed(
    films: IndexedFilms, caplog: pytest.LogCaptureFixture
) -> None:
    use_index(films.engine)

    def dropped():
        use_index(films.engine, None)
        raise IndexMissingError

    answer = _ask(films, FakeEngine(dropped).client)
    assert (answer.search_source, answer.total) == (SearchSource.POSTGRES, 1)
    assert answer.missing == []
    assert caplog.text == ""


def test_an_answer_that_comes_too_late_is_not_used(
    films: IndexedFilms, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_index(films.engine)
    engine = answering()

    def late():
        monkeypatch.setattr("rushes.search.quickwit_repository.READER_SECONDS", 0.0)
        return engine.search([])

    answer = _ask(films, FakeEngine(late).client)
    assert answer.search_source is SearchSource.POSTGRES
    assert "too late" in answer.missing[0].why
