"""The one partition set of Rushes: every film is a key."""

from collections.abc import Sequence

import dagster as dg

VIDEOS = dg.DynamicPartitionsDefinition(name="videos")
"""Key = asset_id. A key stands for a film today; no code may count on one key being one film."""


def register_videos(instance: dg.DagsterInstance, asset_ids: Sequence[str]) -> int:
    """Add the films that are not registered yet, in one call. Returns how many those were."""
    known = set(instance.get_dynamic_partitions("videos"))
    new = [asset_id for asset_id in asset_ids if asset_id not in known]
    if new:
        instance.add_dynamic_partitions("videos", new)
    return len(new)


def contiguous_ranges(
    all_keys: Sequence[str], wanted: Sequence[str], limit: int
) -> list[tuple[str, str]]:
    """The wanted keys as (first, last) ranges of `all_keys`, none longer than `limit`.

    A ranged run takes every key between its ends, so a range never spans an unwanted one.
    """
    asked = set(wanted)
    ranges: list[list[str]] = []
    previous_was_wanted = False
    for key in all_keys:
        if key in asked:
            if previous_was_wanted and len(ranges[-1]) < limit:
                ranges[-1].append(key)
            else:
                ranges.append([key])
        previous_was_wanted = key in asked
    return [(keys[0], keys[-1]) for keys in ranges]
