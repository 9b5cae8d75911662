"""The index ids of a search's path."""

from __future__ import annotations

from urllib.parse import unquote

from quickwit.node.messages import BadRequestError, NotServedError


def parse_index_list(text: str) -> tuple[str, ...]:
    """Ids separated by commas, each once, in the order given."""
    found = tuple(dict.fromkeys(unquote(text).split(",")))
    if "" in found:
        raise BadRequestError("an index id in the list is empty")
    if any("*" in index_id for index_id in found):
        raise NotServedError("the embedded node does not serve patterns of index ids")
    return found
