"""No text that anybody can send breaks the search: it answers, or says what is wrong."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from tests.integration.api.hostile_texts import NASTY, PIECES, ask_all, random_text
from tests.integration.indexed_films import IndexedFilms, on_screen

_COUNT, _DEEP_COUNT = 300, 100_000


@pytest.fixture
def filled(client: TestClient, films: IndexedFilms) -> TestClient:
    for library in ("here", "there"):
        films.said(
            *("The dogs said to be or not to be; 100%_\\ \ue000 <b> 🎬", "e\u0301 İ ß"),
            library=library,
        )
        films.said("Die Hunde liefen.", language="de", library=library)
        films.said("שלום 日本語 dog", language="und", library=library)
        written = films.film(library=library)
        films.run(written, [on_screen("The dog & 100%_\\ \ue001 <b> 🎬 שלום")])
    return client


def test_every_nasty_text_is_answered_or_refused(filled: TestClient) -> None:
    assert ask_all(filled, NASTY, "postgres") > 0


def test_random_texts_are_answered_or_refused(
    filled: TestClient, request: pytest.FixtureRequest
) -> None:
    count = _DEEP_COUNT if request.config.getoption("--deep") else _COUNT
    source = random.Random(20240501)
    texts = (random_text(source) for _ in range(count))
    assert ask_all(filled, texts, "postgres") > count / 10


def test_every_nasty_value_of_a_filter_is_answered_or_refused(filled: TestClient) -> None:
    names = ("library", "video_id", "language", "object", "place", "person", "profile", "producer")
    for number, piece in enumerate(PIECES):
        name = names[number % len(names)]
        encoded = quote(piece.encode("utf-8", "surrogatepass"))
        answer = filled.get(f"/v1/scenes?{name}={encoded}&facets=person,library")
        assert answer.status_code in (200, 404), (name, piece, answer.text)
        if answer.status_code == 200:
            assert answer.json()["total"] == 0 or piece in ("here", "there"), (name, piece)
