"""A drain in a process of its own: `python -m scripts.benchmarks.search_drain DATA_DIR`."""

from __future__ import annotations

import sys
from pathlib import Path

from rushes.pipeline.startup import open_context
from rushes.search.quickwit.connection import open_quickwit
from rushes.search.sync.draining import DrainLimits, drain
from scripts.benchmarks.search_data import search_settings


def main() -> None:
    """Drain until killed; a line for each step."""
    context = open_context(search_settings(Path(sys.argv[1])))
    with open_quickwit(context.settings) as client:
        print("ready", flush=True)
        for step in drain(context.engine, client, DrainLimits(idle=None)):
            print(len(step.published), flush=True)


if __name__ == "__main__":
    main()
