"""A drain in a process of its own, to be killed.

python -m tests.integration.search.sync.drain_process DATABASE_URL QUICKWIT_URL
"""

from __future__ import annotations

import sys

from rushes.db.engine import make_engine
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.sync.draining import DrainLimits, drain


def main() -> None:
    """Drain for ever; a line for each step."""
    engine = make_engine(sys.argv[1])
    with QuickwitClient(sys.argv[2]) as client:
        for step in drain(engine, client, DrainLimits(idle=None)):
            print(len(step.published), flush=True)


if __name__ == "__main__":
    main()
