"""Loading the code location is cheap: no I/O, no model library. And the arrows point one way."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from dagster._core.instance.config import dagster_instance_config

from rushes.settings import PROJECT_ROOT

_HEAVY = ("torch", "cv2", "faiss", "faster_whisper", "av", "scenedetect", "onnxruntime")

_LOAD = """
import json, sys
import orchestration.definitions
print(json.dumps(sorted(sys.modules)))
"""


def _run(code: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *code],
        cwd=PROJECT_ROOT,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_loading_opens_no_database_writes_nothing_and_imports_no_model(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as database:
        database.setblocking(False)
        url = f"postgresql://nobody:x@127.0.0.1:{database.getsockname()[1]}/rushes"
        loaded = _run(
            ["-c", _LOAD],
            RUSHES_DATABASE_URL=url,
            RUSHES_DAGSTER_STORAGE_URL=url,
            RUSHES_DATA_DIR=str(tmp_path / "data"),
            DAGSTER_HOME=str(tmp_path),
        )
        assert loaded.returncode == 0, loaded.stderr
        try:
            database.accept()
        except BlockingIOError:
            pass
        else:
            raise AssertionError("loading the definitions asked for the database")
    modules = set(json.loads(loaded.stdout))
    assert "assets.video_stages" in modules
    assert modules.isdisjoint(_HEAVY)
    assert list(tmp_path.iterdir()) == []


def test_the_rules_of_the_architecture_are_kept() -> None:
    checked = _run(["scripts/check_architecture.py"])
    assert checked.returncode == 0, checked.stdout
    assert "keep the rules" in checked.stdout


def test_dagster_accepts_our_instance_configuration() -> None:
    config, _ = dagster_instance_config(str(PROJECT_ROOT / "orchestration"))
    assert config["concurrency"]["pools"]["granularity"] == "run"
    assert config["run_retries"]["retry_on_asset_or_op_failure"] is False
    assert config["run_monitoring"]["free_slots_after_run_end_seconds"] > 0
    assert config["storage"] == {
        "postgres": {"postgres_url": {"env": "RUSHES_DAGSTER_STORAGE_URL"}}
    }
