"""The HTTP API as a process: `python -m orchestration.api_server HOST PORT`."""

from __future__ import annotations

import sys

import uvicorn

from rushes.api.app import make_app
from rushes.pipeline.startup import open_context


def main() -> None:
    """Serve until ended."""
    host, port = sys.argv[1], int(sys.argv[2])
    uvicorn.run(make_app(open_context()), host=host, port=port, log_level="warning")


if __name__ == "__main__":
    main()
