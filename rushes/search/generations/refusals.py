"""What an operator's lock keeps from happening."""

from __future__ import annotations

from collections.abc import Sequence

from rushes.search.generations.errors import PolicyLockedError
from rushes.search.generations.policies import LibraryModelPolicy


def refuse_locked(policies: Sequence[LibraryModelPolicy]) -> None:
    """Raises PolicyLockedError that names the locked ones. Where none answers, none is kept."""
    locked = [each.library_slug for each in policies if each.locked and each.active_index_name]
    if locked:
        raise PolicyLockedError(
            f"which index answers is locked for {', '.join(locked)}",
            remedy=f"rushes search-index unlock --library {locked[0]}",
        )
