"""The HTTP API as a process: `python -m orchestration.api_server HOST PORT`."""

from __future__ import annotations

import sys

import uvicorn

from orchestration.api_log import log_configuration
from orchestration.pipeline_runner import DagsterRunner
from rushes.api.app import make_app
from rushes.pipeline.startup import open_context

_GRACE_SECONDS = 10
"""For answers under way when the server is told to end; less than `rushes up` waits for it."""


def main() -> None:
    """Serve until ended; SIGTERM and Ctrl-C let answers under way finish."""
    host, port = sys.argv[1], int(sys.argv[2])
    context = open_context()
    app = make_app(context, DagsterRunner(context))
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=log_configuration(),
        access_log=False,  # the application has its own, which tells no paths and no queries
        proxy_headers=False,  # nobody is believed who says to speak for another
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


if __name__ == "__main__":
    main()
