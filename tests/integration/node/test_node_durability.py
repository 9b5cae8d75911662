"""What is acknowledged survives: power cuts, a full disk, an end in good order."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.node.node_process import (
    ROOT,
    IndexClient,
    NodeProcess,
    index_config,
)

NEVER_SECONDS = 3600
INDEX = "contract-durable"


@pytest.fixture(scope="module")
def shared_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    node = NodeProcess(tmp_path_factory.mktemp("durable") / "data")
    yield node
    if node.process.poll() is None:
        node.kill()
    node.close_clients()


@pytest.fixture
def node(shared_node: NodeProcess) -> Iterator[NodeProcess]:
    """The node of this module, alive; it has no index before or after the test."""
    if shared_node.process.poll() is not None:
        shared_node.start()
    yield shared_node
    if shared_node.process.poll() is None:
        shared_node.client().delete(f"/api/v1/indexes/{INDEX}")
    shared_node.close_clients()


def opened(node: NodeProcess) -> IndexClient:
    return IndexClient(node.client(), INDEX)


def made(node: NodeProcess, commit_timeout_seconds: int = NEVER_SECONDS) -> IndexClient:
    index = opened(node)
    config = index_config(INDEX, commit_timeout_seconds)
    index.http.delete(f"/api/v1/indexes/{INDEX}")  # of a test that failed
    assert index.http.post("/api/v1/indexes", json=config).status_code == 200
    return index


def ids(index: IndexClient) -> Counter[str]:
    """How often each document is there."""
    found = Counter(index.ids("*", max_hits=10_000))
    del found["marker"]
    return found


def delete(index: IndexClient, query: str) -> None:
    path = f"/api/v1/{INDEX}/delete-tasks"
    assert index.http.post(path, json={"query": query}).status_code == 200


def test_an_end_in_good_order_commits(node: NodeProcess) -> None:
    made(node).ingest([{"doc_id": "a"}], commit="auto")
    assert node.end() == 0
    assert not node.data.with_name("data.port").exists()
    assert not list((node.data / "indexes" / INDEX / "log").iterdir())
    node.start()
    assert ids(opened(node)) == {"a": 1}


def test_one_process_holds_a_data_directory(node: NodeProcess) -> None:
    command = [sys.executable, "-m", "quickwit.node", "--data", str(node.data)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert second.returncode == 3
    assert str(node.data) in second.stderr


def test_the_node_ends_when_nobody_uses_it(tmp_path: Path) -> None:
    import fcntl

    lock = tmp_path / "users.lock"
    with lock.open("w") as user:
        fcntl.flock(user, fcntl.LOCK_SH)
        node = NodeProcess(tmp_path / "data", "--users-lock", str(lock))
        assert httpx.get(f"{node.url}/health/readyz").status_code == 200
        assert node.process.poll() is None
    assert node.process.wait(20) == 0


def test_a_full_disk_is_told_and_lived_through(tmp_path: Path) -> None:
    script = (
        "import sys; from tests.integration.node.node_process import limit_file_size;"
        "limit_file_size(400_000); from quickwit.node.__main__ import main; sys.exit(main())"
    )
    data, port_file = tmp_path / "data", tmp_path / "port"
    command = [sys.executable, "-c", script, "--data", str(data), "--port-file", str(port_file)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        while not port_file.exists():
            time.sleep(0.01)
        url = f"http://127.0.0.1:{json.loads(port_file.read_text())['port']}"
        with httpx.Client(base_url=url, timeout=20) as client:
            fill_disk(IndexClient(client, INDEX))
    finally:
        process.kill()
        process.wait()


def fill_disk(index: IndexClient) -> None:
    config = index_config(INDEX, NEVER_SECONDS)
    assert index.http.post("/api/v1/indexes", json=config).status_code == 200
    index.ingest([{"doc_id": "small", "text": "dog"}], commit="auto")
    large = "\n".join(json.dumps({"doc_id": f"x{n}", "kept": ["y" * 900]}) for n in range(600))
    answer = index.http.post(f"/api/v1/{INDEX}/ingest", content=large)
    assert answer.status_code == 500
    assert "log" in answer.json()["message"]
    index.ingest([{"doc_id": "after", "text": "dog"}])
    assert ids(index) == {"small": 1, "after": 1}


def writing(node: NodeProcess, seed: int, taken: list[str], asked: list[str]) -> threading.Thread:
    """A thread that ingests until the node is gone; `taken` is what was acknowledged."""

    def write() -> None:
        index, chance = opened(node), random.Random(seed)
        for turn in range(10_000):
            batch = [f"{seed}-{turn}-{n}" for n in range(chance.randint(1, 40))]
            asked.extend(batch)
            commit = chance.choices(("auto", "force", "wait_for"), (8, 1, 1))[0]
            try:
                index.ingest([{"doc_id": name, "rev": seed} for name in batch], commit=commit)
            except httpx.HTTPError:
                return
            taken.extend(batch)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


@pytest.mark.fault
def test_kills_at_random_moments_lose_nothing_and_double_nothing(
    node: NodeProcess, pytestconfig: pytest.Config
) -> None:
    chance = random.Random(pytestconfig.getoption("--fault-seed") or 7)
    index = made(node, commit_timeout_seconds=1)
    taken: list[str] = []
    asked: list[str] = []
    gone: set[int] = set()
    for kill in range(pytestconfig.getoption("--faults")):
        writers = [writing(node, 2 * kill + which, taken, asked) for which in range(2)]
        time.sleep(chance.uniform(0.02, 0.5))
        if kill and chance.random() < 0.5:
            delete(opened(node), f"rev:{kill}")
            gone.add(kill)
        node.kill()
        for writer in writers:
            writer.join()
        node.start()
        index = opened(node)
        index.ingest([{"doc_id": "marker"}])
        for start in range(0, len(asked), 1000):
            names = asked[start : start + 1000]
            found = Counter(index.ids(f"doc_id:IN [{' '.join(names)}]", max_hits=10_000))
            assert not [name for name, times in found.items() if times > 1]
            acknowledged = set(names) & set(taken)
            missing = acknowledged - found.keys()
            assert {int(name.split("-")[0]) for name in missing} <= gone
            back = {int(name.split("-")[0]) for name in found}
            assert not back & gone or max(gone) >= 2 * kill
