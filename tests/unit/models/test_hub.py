"""The client of the hub, against a server that speaks its protocol on loopback."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from rushes.errors import RushesError
from rushes.models.hub import HuggingFaceHub

WEIGHTS = b"weights" * 100_000
COMMIT = "b" * 40


class HubHandler(BaseHTTPRequestHandler):
    """Serves one file with the headers that the hub sends."""

    def do_HEAD(self) -> None:
        self._headers(200)

    def do_GET(self) -> None:
        self._headers(200)
        self.wfile.write(WEIGHTS)

    def _headers(self, status: int) -> None:
        self.send_response(status)
        self.send_header("ETag", f'"{hashlib.sha256(WEIGHTS).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(WEIGHTS)))
        self.end_headers()

    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), HubHandler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_hub_states_size_and_hash_of_a_file(endpoint: str) -> None:
    told = HuggingFaceHub(endpoint).describe("someone/small", COMMIT, "model.bin")
    assert told.size_bytes == len(WEIGHTS)
    assert told.sha256 == hashlib.sha256(WEIGHTS).hexdigest()


def test_a_file_is_downloaded_and_its_progress_told(endpoint: str, tmp_path: Path) -> None:
    steps: list[int] = []
    hub = HuggingFaceHub(endpoint)
    hub.download("someone/small", COMMIT, "model.bin", tmp_path, steps.append)
    assert (tmp_path / "model.bin").read_bytes() == WEIGHTS
    assert sum(steps) == len(WEIGHTS)


def test_a_hub_that_does_not_answer_is_a_network_error_worth_another_try(tmp_path: Path) -> None:
    hub = HuggingFaceHub("http://127.0.0.1:1")
    with pytest.raises(RushesError) as caught:
        hub.download("someone/small", COMMIT, "model.bin", tmp_path, lambda step: None)
    assert (caught.value.code, caught.value.retryable) == ("network", True)
