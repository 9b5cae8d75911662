"""Models that a service runs: none of their files lie here, and what they read leaves the machine.

They are no rows of the catalogue: there is nothing to fetch or to verify. A profile names one in
`models` like any other.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from rushes.models.entry import ModelEntry, ModelKind

TITAN_TEXT_V2: Final = "amazon.titan-embed-text-v2:0"

_TITAN: Final = ModelEntry(
    name=TITAN_TEXT_V2,
    purpose="text embedding",
    kind=ModelKind.REMOTE,
    origin="AWS Bedrock",
    licence="AWS service terms",
    languages="multilingual",
    module="boto3",
    extra="bedrock",
    size_bytes=0,
)

REMOTE_MODELS: Final = {_TITAN.name: _TITAN}


def is_callable(entry: ModelEntry, *, offline: bool) -> bool:
    """Whether this machine may and can call it; asks nothing over the network."""
    return not offline and entry.module is not None and find_spec(entry.module) is not None


def remedy_of_remote(entry: ModelEntry, *, offline: bool) -> str:
    """What keeps this machine from calling it, as a way out."""
    if offline:
        return (
            f"RUSHES_OFFLINE keeps texts from being sent to {entry.origin}: unset it, or name a "
            "local model in the profile"
        )
    return entry.remedy
