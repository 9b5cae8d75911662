"""Small files of an index: its config, how far it is committed, its delete tasks."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import asdict
from pathlib import Path

from quickwit.node.engine import DeleteTask, IndexMetadata
from quickwit.node.log.files import write_whole
from quickwit.node.mapping.config import IndexConfig, parse_index_config

_METADATA, _CHECKPOINT, _TASKS = "index.json", "checkpoint.json", "delete_tasks.json"


def write_metadata(folder: Path, config: IndexConfig) -> IndexMetadata:
    """Give an index its unique id and keep its config."""
    uid = f"{config.index_id}:{secrets.token_hex(13).upper()}"
    body = {"index_uid": uid, "created_at": int(time.time()), "config": dict(config.read_back)}
    write_whole(folder / _METADATA, json.dumps(body).encode())
    return read_metadata(folder)


def read_metadata(folder: Path) -> IndexMetadata:
    """An index's metadata as they were kept."""
    body = json.loads((folder / _METADATA).read_bytes())
    return IndexMetadata(parse_index_config(body["config"]), body["index_uid"], body["created_at"])


def is_index(folder: Path) -> bool:
    """Whether a folder holds a whole index."""
    return (folder / _METADATA).is_file()


def write_checkpoint(folder: Path, sequence: int) -> None:
    """Keep that everything up to here is committed."""
    write_whole(folder / _CHECKPOINT, json.dumps({"sequence": sequence}).encode())


def read_checkpoint(folder: Path) -> int:
    """A lower bound of what is committed; 0 where nothing is known."""
    try:
        return int(json.loads((folder / _CHECKPOINT).read_bytes())["sequence"])
    except FileNotFoundError:
        return 0


def write_tasks(folder: Path, tasks: list[DeleteTask]) -> None:
    """Keep the list of delete tasks."""
    write_whole(folder / _TASKS, json.dumps([asdict(task) for task in tasks]).encode())


def read_tasks(folder: Path) -> list[DeleteTask]:
    """Every delete task that is kept, oldest first."""
    try:
        found = json.loads((folder / _TASKS).read_bytes())
    except FileNotFoundError:
        return []
    return [DeleteTask(**{**one, "search_fields": tuple(one["search_fields"])}) for one in found]
