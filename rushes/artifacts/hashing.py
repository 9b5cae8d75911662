"""Hashes that name configurations, inputs and artifacts. All are sha256 over canonical JSON."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256_of(value: Any) -> str:
    """Hex sha256 of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def config_hash(configuration: BaseModel) -> str:
    """The hash of a stage's whole configuration, sampling included."""
    return sha256_of(configuration.model_dump(mode="json"))


def input_hash(content_hash: str, sampling: Any) -> str:
    """The hash of what a stage reads: the film's content and how it is sampled, no cached bytes."""
    return sha256_of({"content": content_hash, "sampling": sampling})


def artifact_id(run_id: str, artifact_type: str, ordinal: int) -> str:
    """Deterministic, so that a retried insert is the same row."""
    return hashlib.sha256(f"{run_id}\x00{artifact_type}\x00{ordinal}".encode()).hexdigest()[:32]
