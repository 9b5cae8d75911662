"""Reading of config objects that refuse what they do not know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from quickwit.node.messages import BadRequestError, NotServedError


def known_only(where: str, given: Mapping[str, Any], known: Collection[str]) -> None:
    """`BadRequestError` for a key that Quickwit does not know either."""
    if unknown := given.keys() - set(known):
        raise BadRequestError(f"{where}: unknown field `{min(unknown)}`")


def not_served(where: str, given: Mapping[str, Any], name: str, *neutral: Any) -> None:
    """`NotServedError` for a key that has an effect in Quickwit and none in the node."""
    if given.get(name) is not None and given[name] not in neutral:
        raise NotServedError(f"{where}: the embedded node does not serve `{name}`")


def an_object(where: str, value: object) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise BadRequestError(f"{where}: expected an object")
    return value


def a_list(where: str, value: object) -> list[Any]:
    """A JSON array."""
    if not isinstance(value, list):
        raise BadRequestError(f"{where}: expected a list")
    return value


def a_flag(where: str, given: Mapping[str, Any], name: str, default: bool) -> bool:
    """A boolean."""
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise BadRequestError(f"{where}: `{name}` has to be true or false")
    return value


def a_choice(where: str, given: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """One of several words; the first where none is given."""
    value = given.get(name, choices[0])
    if value not in choices:
        raise BadRequestError(f"{where}: `{name}` has to be one of {', '.join(choices)}")
    return str(value)
