"""The films of the navigation benchmark: the same each time, and as real ones are."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from rushes.artifacts.registry import default_registry
from rushes.artifacts.vocabulary import ArtifactType
from scripts.benchmarks.navigation_films import FilmRows, Role, Size, film
from scripts.benchmarks.navigation_payloads import RARE_WORD, VERY_COMMON_WORD, Payloads
from scripts.benchmarks.navigation_requests import FILMS, REQUESTS

FILM_COUNT = 1_000
SIZE = Size()


@pytest.fixture(scope="module")
def payloads() -> Payloads:
    return Payloads(SIZE.scale)


def _film(number: int, payloads: Payloads) -> FilmRows:
    return film(Role(number, FILM_COUNT), payloads)


def _labels(rows: FilmRows) -> Counter[str]:
    return Counter(json.loads(row[6]).get("label") for row in rows.artifacts)


def test_every_payload_fits_its_schema_and_every_span_has_a_length(payloads: Payloads) -> None:
    registry = default_registry()
    for row in _film(2, payloads).artifacts:
        registry.checked_json(ArtifactType(row[2]), row[3], json.loads(row[6]))
        assert 0 <= row[4] < row[5]


def test_a_film_is_the_same_whenever_it_is_made(payloads: Payloads) -> None:
    assert _film(7, payloads).artifacts == _film(7, Payloads(SIZE.scale)).artifacts


def test_a_film_has_about_a_thousand_artifacts_and_one_with_older_runs_twice_as_many(
    payloads: Payloads,
) -> None:
    assert 850 <= len(_film(0, payloads).artifacts) <= 1_100
    assert 1_700 <= len(_film(3, payloads).artifacts) <= 2_200


def test_three_films_alone_have_what_is_rare(payloads: Payloads) -> None:
    rare = [number for number in range(FILM_COUNT) if Role(number, FILM_COUNT).is_rare]
    assert len(rare) == 3
    assert _labels(_film(rare[0], payloads))["zebra"] > 0
    assert _labels(_film(rare[0] + 1, payloads))["zebra"] == 0
    said = [json.loads(row[6])["text"] for row in _film(rare[0], payloads).artifacts
            if row[2] == ArtifactType.TRANSCRIPT_SEGMENT]  # fmt: skip
    assert sum(RARE_WORD in text.split() for text in said) == 1
    assert 0.2 < sum(VERY_COMMON_WORD in text.split() for text in said) / len(said) < 0.5


def test_corrections_come_last_and_by_hand(payloads: Payloads) -> None:
    runs = _film(5, payloads).runs
    assert {run["stage"] for run in runs if run["origin"] == "human"} == {"objects", "transcript"}
    newest = max(runs, key=lambda run: run["finished_at"])
    assert (newest["origin"], newest["model_profile"]) == ("human", "none")


def test_every_request_finds_a_film_to_ask_in_also_among_few(payloads: Payloads) -> None:
    roles = [Role(number, 20) for number in range(20)]
    for request in REQUESTS:
        asked = request.make(random.Random(1), roles, payloads.duration_ms)
        role = next(each for each in roles if each.asset_id == asked.values["film"])
        assert FILMS[request.films](role)
        assert "{" not in asked.path + str(asked.params.values())
