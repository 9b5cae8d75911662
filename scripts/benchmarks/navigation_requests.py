"""What is asked of made films: each request beside the SQL that one would write by hand for it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.benchmarks.navigation_films import Role, cluster_id
from scripts.benchmarks.navigation_payloads import (
    COMMON_WORD,
    RARE_WORD,
    VERY_COMMON_WORD,
)

_STATEMENTS = Path(__file__).parent / "sql" / "navigation"
JUMP, FIND = "/v1/videos/{film}/jump", "/v1/videos/{film}/find"
SPAN = "/v1/videos/{film}/artifacts"
MOMENTS = "/v1/moments"
VOCABULARY, LIBRARY_JUMP = "/v1/vocabulary", "/v1/jump"
WINDOW_MS = 10_000
PAGE = 20

FILMS: Mapping[str, Callable[[Role], bool]] = {
    "any": lambda _: True,
    "rare": lambda role: role.is_rare,
    "dog": lambda role: role.has_dog,
    "people": lambda role: role.has_people,
}
"""Which films a request is about: those that have what it asks for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: what is sent, and the parameters of the SQL beside it."""

    method: str
    path: str
    params: dict[str, Any]
    body: Any
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One kind of call. In `path`, `params` and `body`, {film} and its like are filled in."""

    name: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    films: str = "any"
    promise: float | None = None
    """At most so many times as long as /healthz."""
    body: Any = None
    bare: str | None = None
    """The name of the statement in `sql/navigation/`."""
    known: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of that statement which the call itself does not have."""
    service_promise: float = 3.0
    """The Python call: at most so many times as long as that statement."""

    def make(self, chance: random.Random, roles: Sequence[Role], duration_ms: int) -> Asked:
        """A call about a film that has what is asked for, from somewhere in its middle."""
        fitting = [role for role in roles if FILMS[self.films](role)]
        role, half = chance.choice(fitting), duration_ms // 2
        onwards = self.params.get("direction") != "prev"
        from_ms = chance.randrange(half) if onwards else half + chance.randrange(half)
        values = {
            "film": role.asset_id,
            "from_ms": from_ms,
            "to_ms": from_ms + WINDOW_MS,
            "person": cluster_id(role.library, 0),
            "rare_person": cluster_id(role.library, 1),
        }
        params = {name: _filled(value, values) for name, value in self.params.items()}
        body = _filled(self.body, values)
        return Asked(
            "GET" if body is None else "POST",
            _filled(self.path, values),
            params,
            body,
            {**values, **params, **self.known, "body": body},
        )

    @property
    def statement(self) -> str | None:
        """The SQL by hand, with psycopg's `%(name)s`."""
        return None if self.bare is None else (_STATEMENTS / f"{self.bare}.sql").read_text()


def is_answer(status: int, text: str) -> bool:
    """Nothing further on in this film is an answer too; no such route or film is none."""
    return status < 300 or (status == 404 and '"no_match"' in text)


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        whole = value[1:-1] if value.startswith("{") and value.endswith("}") else ""
        return values[whole] if whole in values else value.format(**values)
    if isinstance(value, Mapping):
        return {name: _filled(each, values) for name, each in value.items()}
    return [_filled(each, values) for each in value] if isinstance(value, list) else value


def _jump(
    name: str, kind: str, films: str = "any", *, bare: str, direction: str = "next", **params: Any
) -> Request:
    asked = {"kind": kind, "direction": direction, "from_ms": "{from_ms}", **params}
    return Request(f"jump {name}", JUMP, asked, films, 3.0, bare=f"jump_{bare}")


def _find(name: str, word: str, films: str = "any") -> Request:
    asked = {"q": word, "limit": PAGE}
    return Request(f"find {name}", FIND, asked, films, 3.0, bare="find")


def _moments(name: str, rarest: str) -> Request:
    leaves = [{"object": rarest}, {"object": "person"}, {"said": VERY_COMMON_WORD}]
    return Request(
        f"moments, {name}", MOMENTS,
        body={"expression": {"all": leaves, "within_ms": 5_000}, "limit": PAGE},
        bare="library_object", known={"kind": "object", "label": rarest, "limit": PAGE},
        service_promise=10.0,
    )  # fmt: skip


# Across the library what is in every film has no bare side: by hand it is a sort of everything.
REQUESTS: tuple[Request, ...] = (
    _jump("scene", "scene", bare="scene"),
    _jump("scene, prev", "scene", bare="scene_prev", direction="prev"),
    _jump("rare object", "object", "rare", bare="object", label="zebra"),
    _jump("common object", "object", "dog", bare="object", label="dog"),
    _jump("very common object", "object", "people", bare="object", label="person"),
    _jump("very common object, prev", "object", "people", bare="object_prev", direction="prev",
          label="person"),
    _jump("person", "person", "people", bare="person", person="{person}"),
    _jump("rare word", "transcript", "rare", bare="text", text=RARE_WORD),
    _jump("common word", "transcript", bare="text", text=COMMON_WORD),
    _jump("very common word", "transcript", bare="text", text=VERY_COMMON_WORD),
    _find("rare word", RARE_WORD, "rare"),
    _find("common word", COMMON_WORD),
    _find("very common word", VERY_COMMON_WORD),
    Request("span", SPAN, {"from_ms": "{from_ms}", "to_ms": "{to_ms}"}, promise=3.0, bare="span"),
    Request("appearance", JUMP, {"kind": "object", "label": "person", "direction": "next",
            "from_ms": "{from_ms}", "group": "appearance"}, "people", bare="appearance"),
    Request("library, rare object", LIBRARY_JUMP, {"kind": "object", "label": "zebra",
            "limit": PAGE}, bare="library_object"),
    Request("library, common object", LIBRARY_JUMP, {"kind": "object", "label": "dog",
            "limit": PAGE}, bare="library_object"),
    Request("library, very common object", LIBRARY_JUMP, {"kind": "object", "label": "person",
            "limit": PAGE}),
    Request("library, rare word", LIBRARY_JUMP, {"kind": "transcript", "text": RARE_WORD,
            "limit": PAGE}, bare="library_text"),
    Request("library, very common word", LIBRARY_JUMP, {"kind": "transcript",
            "text": VERY_COMMON_WORD, "limit": PAGE}),
    Request("vocabulary", VOCABULARY, {"kind": "object"}, bare="vocabulary"),
    _moments("a rare leaf of three", "zebra"),
    _moments("a common leaf of three", "dog"),
)  # fmt: skip
