"""Names of indexes, as Quickwit allows them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rushes.search.quickwit.errors import QuickwitRefusedError

_INDEX_ID = re.compile(r"[a-zA-Z][a-zA-Z0-9_.-]{2,254}")


def checked_index_id(name: str) -> str:
    """`name` itself. Raises `QuickwitRefusedError` where no index can be called that."""
    if _INDEX_ID.fullmatch(name) is None:
        raise QuickwitRefusedError(
            f"{name!r} cannot be the name of an index.",
            remedy="take 3 to 255 letters, digits, hyphens, underscores or dots; a letter first",
        )
    return name


def index_list(names: Sequence[str]) -> str:
    """Names as they stand in an address, by comma. At least one."""
    if not names:
        raise QuickwitRefusedError("No index was named to search in.")
    return ",".join(map(checked_index_id, names))
