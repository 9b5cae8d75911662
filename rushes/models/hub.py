"""The Hugging Face hub behind a small interface. Imported late: it is large, and often unused."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from rushes.errors import RushesError

Progress = Callable[[int], None]
"""Called with the number of bytes that have come since the last call."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """What the hub says of a file: its size in bytes, and its sha256 where it knows it."""

    size_bytes: int
    sha256: str | None


class ModelHub(Protocol):
    """Where weights are fetched from. Its errors are RushesError `network`."""

    def describe(self, origin: str, revision: str, name: str) -> RemoteFile:
        """Size and hash of a file as the hub states them."""

    def download(
        self, origin: str, revision: str, name: str, folder: Path, progress: Progress
    ) -> None:
        """Write the file to `folder / name`, going on where an earlier try stopped."""


def prepare_environment() -> None:
    """Settings of huggingface_hub, read at its import; faster-whisper imports it too.

    Nothing is reported to anybody, and files come over plain HTTP, which goes on after a break
    and tells its progress in bytes of the file.
    """
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_HUB_DISABLE_XET"] = "1"


class HuggingFaceHub:
    """The public hub, or a mirror at `endpoint`, without an account."""

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = endpoint

    def describe(self, origin: str, revision: str, name: str) -> RemoteFile:
        """Size and hash from the file's headers; large files carry their sha256 as entity tag."""
        hub = _hub()
        url = hub.hf_hub_url(origin, name, revision=revision, endpoint=self._endpoint)
        facts = _reached(
            lambda: hub.get_hf_file_metadata(url, token=False, endpoint=self._endpoint)
        )
        known = facts.etag is not None and re.fullmatch("[0-9a-f]{64}", facts.etag)
        return RemoteFile(facts.size or 0, facts.etag if known else None)

    def download(
        self, origin: str, revision: str, name: str, folder: Path, progress: Progress
    ) -> None:
        """Fetch one file; what has come of it stays in the folder when it breaks off."""
        self.describe(origin, revision, name)  # fails at once; a download first tries for long
        hub = _hub()
        _reached(
            lambda: hub.hf_hub_download(
                origin,
                name,
                revision=revision,
                local_dir=folder,
                token=False,
                endpoint=self._endpoint,
                tqdm_class=_bar_of(progress),
            )
        )


def _hub() -> Any:
    prepare_environment()
    import huggingface_hub

    return huggingface_hub


def _reached(call: Callable[[], Any]) -> Any:
    """`call()`, its failures told in our words. A full disk stays an OSError."""
    errors: Any = import_module("huggingface_hub.errors")
    # HTTPError is that of whichever HTTP client this version of the hub's library rests on.
    unreachable = (errors.HTTPError, errors.LocalEntryNotFoundError, ConnectionError, TimeoutError)
    try:
        return call()
    except unreachable as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise RushesError(
            f"the model hub cannot be reached: {reason}",
            code="network",
            retryable=True,
            remedy="check the network and run the same command again: it goes on where it stopped",
        ) from error


def _bar_of(progress: Progress) -> type[Any]:
    """A bar without a face that hands each step on; the hub only takes bars."""
    tqdm: Any = import_module("tqdm").tqdm

    def start(bar: Any, *args: Any, **options: Any) -> None:
        options.pop("name", None)
        tqdm.__init__(bar, *args, **{**options, "disable": True})

    def update(bar: Any, n: float | None = 1) -> None:
        progress(int(n or 0))

    return type("SilentBar", (tqdm,), {"__init__": start, "update": update})
