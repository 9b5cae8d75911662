"""The index template: what every index of scenes is made from."""

from __future__ import annotations

import json
from typing import Any

from rushes.artifacts.hashing import sha256_of
from rushes.search.quickwit.names import checked_index_id
from rushes.settings import PROJECT_ROOT

TEMPLATE_PATH = PROJECT_ROOT / "quickwit" / "media_scenes_index_template.json"
# A server answers in the newest version that it knows.
_UNCOMPARED = frozenset({"version"})


def load_template() -> dict[str, Any]:
    """The template as it lies in the project; its `index_id` is a placeholder."""
    template = json.loads(TEMPLATE_PATH.read_text(encoding="utf-8"))
    assert isinstance(template, dict)
    return template


def compile_template(index_id: str) -> dict[str, Any]:
    """The configuration of the index `index_id`, ready to be sent.

    Raises `QuickwitRefusedError` where no index can be called that.
    """
    return load_template() | {"index_id": checked_index_id(index_id)}


def config_hash(config: dict[str, Any]) -> str:
    """The same for two configurations that differ in their `index_id` alone."""
    return sha256_of({name: value for name, value in config.items() if name != "index_id"})


def differences(wanted: dict[str, Any], read_back: dict[str, Any]) -> list[str]:
    """Where the index is not what was asked for, one line each; empty where it is.

    Whatever the server adds as a default is allowed. Fields and tokenizers are told apart by
    name, in any order; one that nobody asked for is a difference.
    """
    compared = {name: value for name, value in wanted.items() if name not in _UNCOMPARED}
    return _compare("", compared, read_back)


def _compare(place: str, wanted: Any, found: Any) -> list[str]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [
            line
            for name, value in wanted.items()
            for line in _compare_key(f"{place}.{name}".lstrip("."), value, name, found)
        ]
    if _is_named(wanted) and _is_named(found):
        return _compare_named(place, wanted, found)
    if wanted == found or (wanted is True and found == {"normalizer": "raw"}):
        return []  # the second is how Quickwit writes out a plain `fast` text field
    return [f"{place}: {_shown(wanted)} was asked for, {_shown(found)} is there"]


def _compare_key(place: str, value: Any, name: str, found: dict[str, Any]) -> list[str]:
    if name not in found:
        return [f"{place}: is missing"]
    return _compare(place, value, found[name])


def _compare_named(place: str, wanted: list[Any], found: list[Any]) -> list[str]:
    there = {each["name"]: each for each in found}
    lines = [
        line
        for each in wanted
        for line in _compare_key(f"{place}[{each['name']}]", each, each["name"], there)
    ]
    asked = {each["name"] for each in wanted}
    return lines + [f"{place}[{name}]: was not asked for" for name in there if name not in asked]


def _is_named(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict) and "name" in each for each in value
    )


def _shown(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
