"""A search node as a real process, and indexes of a few fields for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 20


class NodeProcess:
    """A node on a data directory, started, killed and started again."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        self._options = options
        self._clients: list[httpx.Client] = []
        self._port_file = data.parent / f"{data.name}.port"
        self.start()

    def start(self) -> None:
        """Start the node and wait until it takes connections."""
        self._port_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "quickwit.node", "--data", str(self.data)]
        command += ["--port-file", str(self._port_file), *self._options]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while not self._port_file.exists():
            assert self.process.poll() is None, "the node ended while it started"
            assert time.monotonic() < deadline, "the node does not start"
            time.sleep(0.01)
        self.url = f"http://127.0.0.1:{json.loads(self._port_file.read_text())['port']}"

    def client(self) -> httpx.Client:
        """A client, closed when the node ends."""
        self._clients.append(httpx.Client(base_url=self.url, timeout=20))
        return self._clients[-1]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.close_clients()

    def end(self) -> int:
        """Ask it to end; its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(START_SECONDS)
        finally:
            self.close_clients()

    def close_clients(self) -> None:
        """Close what `client` gave out."""
        for client in self._clients:
            client.close()
        self._clients.clear()


def index_config(index_id: str, commit_timeout_seconds: int = 1) -> dict[str, Any]:
    """A strict config with a field of every kind that is relied on."""
    fields = [
        {"name": "doc_id", "type": "text", "tokenizer": "raw"},
        {"name": "rev", "type": "u64", "fast": True},
        {"name": "place", "type": "i64", "fast": True},
        {"name": "weight", "type": "f64", "fast": True},
        {"name": "is_good", "type": "bool", "fast": True},
        {"name": "library", "type": "text", "tokenizer": "raw", "record": "basic", "fast": True},
        {"name": "tags", "type": "array<text>", "tokenizer": "raw", "fast": True},
        {"name": "text", "type": "text", "tokenizer": "whitespace", "record": "position"},
        {"name": "words", "type": "text", "tokenizer": "whitespace", "record": "freq"},
        {"name": "letters", "type": "array<text>", "tokenizer": "grams", "record": "position"},
        {"name": "at", "type": "datetime", "fast": True, "fast_precision": "milliseconds"},
        {"name": "kept", "type": "array<text>", "indexed": False},
    ]
    fields[6]["stored"] = False
    for place in (7, 8):
        fields[place]["fieldnorms"] = True
    grams = {"name": "grams", "type": "ngram", "min_gram": 3, "max_gram": 5}
    return {
        "version": "0.8",
        "index_id": index_id,
        "doc_mapping": {
            "mode": "strict",
            "field_mappings": fields,
            "tokenizers": [{**grams, "prefix_only": False, "filters": ["lower_caser"]}],
        },
        "search_settings": {"default_search_fields": ["text"]},
        "indexing_settings": {"commit_timeout_secs": commit_timeout_seconds},
    }


class IndexClient:
    """One index of a running server."""

    def __init__(self, http: httpx.Client, index_id: str) -> None:
        self.http = http
        self.index_id = index_id

    def ingest(self, documents: Iterable[Mapping[str, Any]], commit: str = "force") -> Any:
        """Ingest documents; the detailed answer."""
        body = "\n".join(json.dumps(document) for document in documents)
        answer = self.http.post(
            f"/api/v1/{self.index_id}/ingest",
            params={"commit": commit, "detailed_response": "true"},
            content=body,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def search(self, query: str, **keys: Any) -> Any:
        """Search; the answer of a search that works."""
        answer = self.ask(query, **keys)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, query: str, **keys: Any) -> httpx.Response:
        """Search; whatever comes back."""
        body = {"query": query, **keys}
        return self.http.post(f"/api/v1/{self.index_id}/search", json=body)

    def ids(self, query: str, **keys: Any) -> list[str]:
        """The ids of the hits, in order."""
        return [hit["doc_id"] for hit in self.search(query, **keys)["hits"]]

    def found(self, query: str, **keys: Any) -> set[str]:
        """The ids of the hits."""
        return set(self.ids(query, **keys))


def limit_file_size(size_bytes: int) -> None:
    """From now on this process can write no file beyond a size: a stand-in for a full disk."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))


def is_running(process_id: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
