"""DAGSTER_HOME: one home for `index`, `up`, `rushes dagster` and the tests."""

from __future__ import annotations

import os
from pathlib import Path

from rushes.db.server import ensure_database
from rushes.settings import Settings

_TEMPLATE = Path(__file__).with_name("dagster.yaml")
_MARK = "# Written by rushes"
STORAGE_URL = "RUSHES_DAGSTER_STORAGE_URL"


def prepare_home(settings: Settings) -> Path:
    """Make the home and tell this process, and those it starts, where it lies.

    A `dagster.yaml` that is not ours stays as it is: it chooses its own storage and launcher.
    """
    home = settings.dagster_home_dir.resolve()
    home.mkdir(parents=True, exist_ok=True)
    target = home / "dagster.yaml"
    ours = _TEMPLATE.read_text()
    present = target.read_text() if target.exists() else None
    if present is None or (present.startswith(_MARK) and present != ours):
        temporary = home / f".dagster.yaml.{os.getpid()}"
        temporary.write_text(ours)
        temporary.replace(target)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["RUSHES_DATA_DIR"] = str(settings.data_dir)
    os.environ[STORAGE_URL] = ensure_database(settings).dagster
    return home
