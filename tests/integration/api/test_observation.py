"""Request ids, the access log, and the numbers for Prometheus."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from rushes.audit import entries
from tests.integration.api.conftest import KEY
from tests.integration.indexed_films import IndexedFilms


def _lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    records = [each for each in caplog.records if each.name == "rushes.api.access"]
    return [json.loads(each.getMessage()) for each in records]


def _samples(client: TestClient) -> list[Any]:
    text = client.get("/metrics").text
    return [each for family in text_string_to_metric_families(text) for each in family.samples]


def test_a_request_id_that_was_sent_is_answered(away: TestClient) -> None:
    answer = away.get("/healthz", headers={"X-Request-ID": "job-17.a_b"})
    assert answer.headers["x-request-id"] == "job-17.a_b"


@pytest.mark.parametrize("given", [b"", b"two words", b"x" * 65, b"\xff", b'"}{', b"a\tb"])
def test_a_request_id_that_could_confuse_a_log_is_replaced(away: TestClient, given: bytes) -> None:
    made = away.get("/healthz", headers=[(b"X-Request-ID", given)]).headers["x-request-id"]
    assert made.isalnum()
    assert made.encode() != given


def test_every_request_has_an_id_of_its_own(away: TestClient) -> None:
    assert len({away.get("/healthz").headers["x-request-id"] for _ in range(5)}) == 5


def test_a_problem_names_its_request(away: TestClient) -> None:
    for path in ("/v1/nowhere", "/v1/videos", "/v1/videos?limit=0"):
        answer = away.get(path, headers={"X-Request-ID": "r1"})
        assert answer.json()["request_id"] == answer.headers["x-request-id"] == "r1"


def test_a_change_is_noted_with_its_request_and_who_asked(
    writer: TestClient, films: IndexedFilms, engine: Engine
) -> None:
    film = films.film()
    headers = {"X-Request-ID": "r7", "X-Rushes-Actor": "Ada"}
    writer.put(f"/v1/videos/{film}/favorite", headers=headers)
    with engine.connect() as connection:
        (entry,) = entries(connection, subject=film)
    assert (entry.actor, entry.action) == ("Ada", "favourite.set")
    assert entry.details == {"kind": "film", "request_id": "r7"}


def test_a_fault_of_ours_has_an_id_too(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("alter table asset rename to gone")
    answer = client.get("/v1/videos", headers={"X-Request-ID": "r9"})
    assert (answer.status_code, answer.json()["request_id"]) == (500, "r9")
    assert answer.headers["x-request-id"] == "r9"


def test_the_log_has_a_line_a_request_without_what_was_asked(
    away: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "rushes.api.access")
    away.get("/v1/search?q=secret-words&library=mine", headers={"X-Request-ID": "r1"})
    away.put("/v1/videos/v77/favorite", headers={"X-API-Key": KEY, "X-Rushes-Actor": "Ada"})
    away.get("/somewhere/private")
    searched, written, lost = _lines(caplog)
    assert (searched["method"], searched["route"], searched["status"]) == ("GET", "/v1/search", 503)
    assert searched["request_id"] == "r1"
    assert searched["ms"] >= 0
    assert "actor" not in searched
    assert (written["route"], written["actor"]) == ("/v1/videos/{video_id}/favorite", "Ada")
    assert (lost["route"], lost["status"]) == ("no route", 404)
    assert not any(
        word in caplog.text for word in ("secret-words", "mine", KEY, "v77", "/somewhere")
    )


def test_requests_are_counted_by_template_method_and_status(away: TestClient) -> None:
    for number in range(3):
        away.get(f"/v1/videos/v{number}")
    away.get("/v1/nowhere/17")
    away.request("BREW", "/healthz")
    counted = {
        (each.labels["method"], each.labels["route"], each.labels["status"]): each.value
        for each in _samples(away)
        if each.name == "rushes_http_requests_total"
    }
    assert counted == {
        ("GET", "/v1/videos/{video_id}", "503"): 3,
        ("GET", "no route", "404"): 1,
        ("other", "/healthz", "405"): 1,
    }


def test_times_problems_and_the_pool_have_numbers(client: TestClient, films: IndexedFilms) -> None:
    client.get("/v1/videos")
    client.get("/v1/videos/unknown")
    found = {(each.name, *sorted(each.labels.values())): each.value for each in _samples(client)}
    assert found["rushes_http_request_seconds_count", "/v1/videos", "200", "GET"] == 1
    assert found["rushes_http_problems_total", "video_not_found"] == 1
    # The worker of `films` holds one.
    assert found["rushes_db_connections_in_use",] == 1


def test_what_hostile_clients_send_makes_no_new_numbers(away: TestClient) -> None:
    names = {(each.name, *sorted(each.labels.values())) for each in _samples(away)}
    for number in range(20):
        away.get(f"/v1/unknown/{number}")
        away.request(f"M{number}", f"/x{number}")
    later = {(each.name, *sorted(each.labels.values())) for each in _samples(away)}
    routes = {each[1] for each in later - names if len(each) > 1}
    assert len(later - names) < 80, routes
