"""What of which revs can be found in an index now."""

from __future__ import annotations

from collections.abc import Sequence

from rushes.search.quickwit.client import QuickwitClient

_REVS_A_QUERY = 5_000


def searchable_counts(client: QuickwitClient, index: str, revs: Sequence[int]) -> dict[int, int]:
    """Rev -> how many documents of it a search finds; those without any are left out.

    Raises the client's errors.
    """
    counts: dict[int, int] = {}
    ordered = sorted(revs)
    for start in range(0, len(ordered), _REVS_A_QUERY):
        part = ordered[start : start + _REVS_A_QUERY]
        named = " ".join(map(str, part))
        query = f"rev:IN [{named}]" if len(part) > 1 else f"rev:{named}"
        counts |= counted(client, index, query, len(part))
    return counts


def counted(client: QuickwitClient, index: str, query: str, at_most: int) -> dict[int, int]:
    """Rev -> documents of what a query finds, of so many revs at most."""
    terms = {"field": "rev", "size": at_most}
    answer = client.search(
        [index], query=query, search_fields=["doc_id"], max_hits=0, aggs={"revs": {"terms": terms}}
    )
    buckets = answer.aggregations.get("revs", {}).get("buckets", [])
    return {int(each["key"]): int(each["doc_count"]) for each in buckets}
