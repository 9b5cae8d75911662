"""The partition sets of Rushes: every film is a key, and every space of vectors."""

from collections.abc import Sequence

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

VIDEOS = dg.DynamicPartitionsDefinition(name="videos")
"""Key = asset_id. A key stands for a film today; no code may count on one key being one film."""

VECTOR_SPACES = dg.DynamicPartitionsDefinition(name="vector_spaces")
"""Key = `EmbeddingSpace.key`: a kind and a model."""


def register_videos(instance: dg.DagsterInstance, asset_ids: Sequence[str]) -> int:
    """Add the films that are not registered yet, in one call. Returns how many those were."""
    return len(_register(instance, VIDEOS, asset_ids))


def register_spaces(instance: dg.DagsterInstance, keys: Sequence[str]) -> list[str]:
    """Add the spaces that are not registered yet, and name them. What is gone stays: it is a
    person who removes a partition.
    """
    return _register(instance, VECTOR_SPACES, keys)


def _register(
    instance: dg.DagsterInstance, partitions: dg.DynamicPartitionsDefinition, keys: Sequence[str]
) -> list[str]:
    name = partitions.name or ""
    known = set(instance.get_dynamic_partitions(name))
    new = [key for key in keys if key not in known]
    if new:
        instance.add_dynamic_partitions(name, new)
    return new


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


def films_in_flight(instance: dg.DagsterInstance, all_keys: Sequence[str]) -> list[str]:
    """Films of runs that are queued, running, or still being cancelled."""
    position = {key: index for index, key in enumerate(all_keys)}
    busy: list[str] = []
    for run in instance.get_runs(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES)):
        first = run.tags.get(ASSET_PARTITION_RANGE_START_TAG, run.tags.get("dagster/partition"))
        last = run.tags.get(ASSET_PARTITION_RANGE_END_TAG, first)
        if first in position and last in position:
            busy.extend(all_keys[position[first] : position[last] + 1])
    return busy
