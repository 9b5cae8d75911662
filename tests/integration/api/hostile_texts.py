"""Texts that people, programs and attackers send, and what an answer to each must be."""

from __future__ import annotations

import random
from collections.abc import Iterable
from urllib.parse import quote

from fastapi.testclient import TestClient

PIECES = (
    *('"', "'", "\\", "%", "_", "(", ")", "!", "&", "|", "<->", "<2>", ":", ":*", "*", "-", "--"),
    *(" ", "\t", "\n", "\r", "\0", "\x1b", "\x7f", ";", "/*", "$1", "%s", "%(x)s", ":x", "{}"),
    *(" OR ", " or ", " AND ", " NOT ", "-OR", "<b>", "</script>", "&amp;", "a.b@c.de", "^2", "~1"),
    *("http://x.y/z?a=b&c=d", "/usr/bin", "1e400", "-1.5e-9", "0x1f", "'); drop table runs; --"),
    *("dog", "dogs", "the", "to be", "Hund", "do*", "said:", "library:there", "rev:[1 TO *]"),
    *(
        "generation:",
        "library_slug:there",
        "asset_id:*",
        "language:en",
        "-library:here",
        "IN [a b]",
    ),
    *("שלום", "\u202e", "日本", "🎬", "👨‍👩‍👧", "e\u0301", "İ", "ß", "ſ", "K", "ﬀ", "\u200d"),
    *("\ud800", "\udfff", "\ue000", "\ue001", "\uffff", "\U0010ffff"),
)
NASTY = (
    *(piece * 200 for piece in PIECES),
    *('"' * 1999, "(" * 2000, "-" * 2000, '-"' * 1000, "a " * 1000, "OR " * 666, "🎬" * 2000),
    *("- " * 999, "-(" * 999, "-:" * 999, "-🎬" * 999, "-a " * 600, "-a" * 999, '-"a"' * 500),
    *("x" * 2000, "x-" * 1000, "a.b" * 600, "a@b." * 500, "1." * 1000, "http://" + "a/" * 900),
    *("the of and", "the", "OR", "-", '""', '"the"', "-the", "dog -dog", "or or or", "a OR"),
    *('dog" OR library_slug:"there', "dog) OR (library_slug:there", "dog OR library:there"),
    *("NOT (library:here)", "(((dog)))", "a" * 2001, '"' + "日" * 1900 + '"', "d* e* s* t* a* b*"),
)  # fmt: skip


def random_text(source: random.Random) -> str:
    """Of pieces with a meaning somewhere, and any characters."""

    def character() -> str:
        return chr(source.choice((source.randrange(0x80), source.randrange(0x110000))))

    count = source.choice((1, 2, 3, 5, 8, 30))
    return "".join(
        source.choice(PIECES) if source.random() < 0.7 else character() for _ in range(count)
    )


def ask_all(client: TestClient, texts: Iterable[str], engine: str) -> int:
    """How many hits there were in library `here`, sure that all is answered well or refused."""
    count = 0
    for text in texts:
        encoded = quote(text.encode("utf-8", "surrogatepass"))
        answer = client.get(f"/v1/search?library=here&q={encoded}")
        assert answer.status_code in (200, 422), (text, answer.text)
        if answer.status_code == 200:
            body = answer.json()
            assert (body["search_source"], body["missing"]) == (engine, []), text
            assert len(body["hits"]) == min(body["total"], 20), text
            for hit in body["hits"]:
                assert hit["library"] == "here", text
                assert hit["scene_start_ms"] <= hit["start_ms"] < hit["end_ms"], text
                for each in hit["evidence"]:
                    assert each["segment_start_ms"] <= each["start_ms"], text
                    assert each["start_ms"] < each["end_ms"] <= each["segment_end_ms"], text
                    snippet = each["snippet"].replace("<mark>", "").replace("</mark>", "")
                    assert not {"<", ">"} & {*snippet}, text
            count += body["total"]
    return count
