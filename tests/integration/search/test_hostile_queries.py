"""No text that a person can send breaks the search: it answers, or says what is wrong."""

from __future__ import annotations

import random

import pytest

from rushes.errors import InvalidRequestError
from rushes.search.fallback import PostgresSearch
from tests.integration.indexed_films import IndexedFilms, on_screen

_COUNT, _DEEP_COUNT = 200, 2000
_PIECES = (
    *('"', "'", "\\", "%", "_", "(", ")", "!", "&", "|", "<->", "<2>", ":", ":*", "*", "-", "--"),
    *(" ", "\t", "\n", "\r", "\0", "\x1b", "\x7f", ";", "/*", "$1", "%s", "%(x)s", ":x", "{}"),
    *(" OR ", " or ", " AND ", " NOT ", "-OR", "<b>", "</script>", "&amp;", "a.b@c.de"),
    *("http://x.y/z?a=b&c=d", "/usr/bin", "1e400", "-1.5e-9", "0x1f", "'); drop table runs; --"),
    *("dog", "dogs", "the", "to be", "Hund", "שלום", "\u202e", "日本", "🎬", "👨‍👩‍👧", "e\u0301"),
    *("\ud800", "\udfff", "\ue000", "\ue001", "\uffff", "\U0010ffff", "İ", "ß", "ſ", "K"),
)

_NASTY = (
    *(piece * 200 for piece in _PIECES),
    *('"' * 1999, "(" * 2000, "-" * 2000, '-"' * 1000, "a " * 1000, "OR " * 666, "🎬" * 2000),
    *("- " * 999, "-(" * 999, "-:" * 999, "-🎬" * 999, "-a " * 600, "-a" * 999, '-"a"' * 500),
    *("x" * 2000, "x-" * 1000, "a.b" * 600, "a@b." * 500, "1." * 1000, "http://" + "a/" * 900),
    *("the of and", "the", "OR", "-", '""', '"the"', "-the", "dog -dog", "or or or", "a OR"),
)


@pytest.fixture
def filled(films: IndexedFilms) -> PostgresSearch:
    films.said("The dogs said to be or not to be; 100%_\\ \ue000 <b> 🎬", "e\u0301 İ ß")
    films.said("Die Hunde liefen.", language="de")
    films.said("שלום 日本語 dog", language="und")
    films.run(films.film(), [on_screen("The dog & 100%_\\ \ue001 <b> 🎬 שלום")])
    return PostgresSearch(films.engine)


def _random_text(source: random.Random) -> str:
    def character() -> str:
        return chr(source.choice((source.randrange(0x80), source.randrange(0x110000))))

    count = source.choice((1, 2, 3, 5, 8, 30))
    return "".join(
        source.choice(_PIECES) if source.random() < 0.7 else character() for _ in range(count)
    )


def _breakages(search: PostgresSearch, texts: list[str]) -> list[tuple[str, Exception]]:
    """What ended in anything but an answer whose hits lie in their segments, or a refusal."""
    broken: list[tuple[str, Exception]] = []
    for text in texts:
        try:
            for hit in search.search(text).hits:
                assert hit.segment_start_ms <= hit.start_ms < hit.end_ms <= hit.segment_end_ms
                assert hit.snippet.count("<mark>") == hit.snippet.count("</mark>")
        except InvalidRequestError:
            continue
        except Exception as error:
            broken.append((text, error))
    return broken


def test_every_nasty_text_is_answered_or_refused(filled: PostgresSearch) -> None:
    assert _breakages(filled, list(_NASTY)) == []


def test_random_texts_are_answered_or_refused(
    filled: PostgresSearch, request: pytest.FixtureRequest
) -> None:
    count = _DEEP_COUNT if request.config.getoption("--deep") else _COUNT
    source = random.Random(20240501)
    assert _breakages(filled, [_random_text(source) for _ in range(count)]) == []
