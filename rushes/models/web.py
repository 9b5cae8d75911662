"""Files of models that lie at plain addresses: fetched over HTTP, going on after a break."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.errors import AnalysisError, ConfigurationError, RushesError
from rushes.models.entry import ModelEntry, sha256_of_file
from rushes.models.hub import Progress, RemoteFile

if TYPE_CHECKING:
    import httpx

PART_SUFFIX = ".part"
_TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
_RANGE_NOT_SATISFIABLE = 416
_PARTIAL_CONTENT = 206
# Sizes of a catalogue row may be approximate; more than this is not the file it names.
_SIZE_ALLOWANCE = 2


@dataclass(frozen=True, slots=True)
class WebPolicy:
    """What is asked for, and how patiently. Pauses double from try to try."""

    schemes: frozenset[str] = frozenset({"https"})
    tries: int = 4
    pause_seconds: float = 1.0
    connect_seconds: float = 15.0
    read_seconds: float = 60.0
    redirects: int = 5


class WebFiles:
    """The files of one model of kind `url`, as a hub.

    Only https is followed, at redirects too. Faults that pass (time-outs, breaks, 5xx) are tried
    again, others are not; a file's next address is tried where one does not have it.
    """

    def __init__(self, entry: ModelEntry, policy: WebPolicy | None = None) -> None:
        self._files = {file.name: file for file in entry.files}
        self._limit_bytes = entry.size_bytes * _SIZE_ALLOWANCE
        self._policy = policy or WebPolicy()

    def describe(self, origin: str, revision: str, name: str) -> RemoteFile:
        """Nothing: a plain server states no hash that could be relied on."""
        return RemoteFile(0, None)

    def download(
        self, origin: str, revision: str, name: str, folder: Path, progress: Progress
    ) -> None:
        """Write the file to `folder / name`, beginning where an earlier try stopped.

        RushesError `network` and ConfigurationError `not_fetchable` of the last address,
        AnalysisError `model_corrupt` where the file is far larger than the catalogue says.
        """
        file = self._files[name]
        transfer = _Transfer(folder / name, file.sha256, self._limit_bytes, progress)
        with _client(self._policy) as client:
            self._from_any(client, file.urls, transfer)
        transfer.part.rename(transfer.target)

    def _from_any(self, client: httpx.Client, urls: Sequence[str], transfer: _Transfer) -> None:
        # A part that lies here from before may be of another file: the first one gets two tries.
        addresses = [urls[0], *urls] if transfer.part.is_file() else list(urls)
        for left, url in zip(reversed(range(len(addresses))), addresses, strict=True):
            try:
                self._patiently(client, url, transfer)
                transfer.require_hash(url)
                return
            except (ConfigurationError, AnalysisError, _UnreachableError):
                if not left:
                    raise

    def _patiently(self, client: httpx.Client, url: str, transfer: _Transfer) -> None:
        for attempt in range(self._policy.tries):
            if attempt:
                time.sleep(self._policy.pause_seconds * 2 ** (attempt - 1))
            try:
                transfer.run(client, url)
                return
            except _UnreachableError:
                if attempt == self._policy.tries - 1:
                    raise


class _UnreachableError(RushesError):
    """A fault that may pass."""

    code = "network"
    retryable = True


class _Transfer:
    """One file on its way; its part lies beside it until it is whole."""

    def __init__(
        self, target: Path, sha256: str | None, limit_bytes: int, progress: Progress
    ) -> None:
        self.target = target
        self._sha256 = sha256
        self.part = target.with_name(target.name + PART_SUFFIX)
        self._limit_bytes = limit_bytes
        self._progress = progress
        self._told = 0
        target.parent.mkdir(parents=True, exist_ok=True)

    def run(self, client: httpx.Client, url: str) -> None:
        """Ask for what is missing. _UnreachableError where another try may help."""
        have = self.part.stat().st_size if self.part.is_file() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        with _faults(url), client.stream("GET", url, headers=headers) as response:
            if response.status_code == _RANGE_NOT_SATISFIABLE:
                self._past_the_end(url, response.headers.get("Content-Range", ""), have)
                return
            _require_success(response, url)
            self._receive(response, have if _continues(response, have) else 0)

    def require_hash(self, url: str) -> None:
        """AnalysisError `model_corrupt` where what has come is not what the catalogue names."""
        actual = sha256_of_file(self.part)
        if self._sha256 is not None and actual != self._sha256:
            self.part.unlink()  # the next try must not go on from it
            raise _corrupt(f"{url} has sha256 {actual}, expected {self._sha256}")

    def _receive(self, response: httpx.Response, position: int) -> None:
        with self.part.open("ab" if position else "wb") as out:
            self._tell(position)
            for block in response.iter_raw():
                position += len(block)
                self._require_allowed(position)
                out.write(block)
                self._tell(position)

    def _past_the_end(self, url: str, content_range: str, have: int) -> None:
        """Nothing is missing where the server's length is ours; else the part is of no use."""
        if content_range != f"bytes */{have}":
            self.part.unlink()
            raise _UnreachableError(f"{url} has another length than the part that is here")
        self._tell(have)

    def _require_allowed(self, position: int) -> None:
        if position > self._limit_bytes:
            self.part.unlink()
            raise _corrupt(
                f"{self.target.name} is larger than {self._limit_bytes} bytes, more than twice "
                "what the catalogue says"
            )

    def _tell(self, position: int) -> None:
        self._progress(position - self._told)
        self._told = position


def _corrupt(message: str) -> AnalysisError:
    return AnalysisError(
        message, code="model_corrupt", remedy="the origin no longer has what the catalogue names"
    )


def _continues(response: httpx.Response, have: int) -> bool:
    """Whether the answer begins where our part ends; a server may send the whole instead."""
    return response.status_code == _PARTIAL_CONTENT and bool(
        re.match(rf"bytes {have}-", response.headers.get("Content-Range", ""))
    )


def _require_success(response: httpx.Response, url: str) -> None:
    status = response.status_code
    if status in _TRANSIENT_STATUSES:
        raise _UnreachableError(f"{url} answers HTTP {status}", remedy="try again later")
    if not response.is_success:
        raise ConfigurationError(
            f"{url} cannot be fetched: HTTP {status}",
            code="not_fetchable",
            remedy="get the file by hand and name its path in the profile",
        )


@contextmanager
def _faults(url: str) -> Iterator[None]:
    import httpx

    try:
        yield
    except httpx.TransportError as error:
        raise _UnreachableError(
            f"{url} cannot be reached: {str(error) or type(error).__name__}",
            remedy="check the network and run the same command again: it goes on where it stopped",
        ) from error
    except httpx.TooManyRedirects as error:
        raise _not_allowed(url, "it redirects without end") from error


def _client(policy: WebPolicy) -> httpx.Client:
    import httpx

    def require_scheme(request: httpx.Request) -> None:
        if request.url.scheme not in policy.schemes:
            raise _not_allowed(str(request.url), "only https is allowed")

    hooks: dict[str, list[Any]] = {"request": [require_scheme]}
    return httpx.Client(
        event_hooks=hooks,
        follow_redirects=True,
        max_redirects=policy.redirects,
        timeout=httpx.Timeout(policy.read_seconds, connect=policy.connect_seconds),
        headers={"Accept-Encoding": "identity", "User-Agent": "rushes"},
    )


def _not_allowed(url: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{url} is not fetched: {why}",
        code="not_fetchable",
        remedy="get the file by hand and name its path in the profile",
    )
