"""Rebuilds the files of every space, one after the other, as a process beside the server.

python -m scripts.benchmarks.vectors_stress_rebuild DATA_DIR
"""

from __future__ import annotations

import sys
from pathlib import Path

from rushes.db.engine import make_engine
from rushes.db.reading import reading
from rushes.db.server import ensure_database
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.options import IndexOptions
from rushes.vectors.rebuilding import rebuild
from rushes.vectors.store import read_spaces
from scripts.benchmarks.navigation_data import settings_of


def main(folder: Path) -> None:
    """As the pipeline's own rebuild does it."""
    settings = settings_of(folder)
    engine = make_engine(ensure_database(settings).rushes)
    with reading(engine) as connection:
        spaces = read_spaces(connection)
    for space in spaces:
        files = SpaceFolder(settings.vectors_root, space)
        rebuild(engine, files, IndexOptions.of(settings), reason="stress")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
