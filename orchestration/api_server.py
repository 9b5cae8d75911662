"""The HTTP API as a process: `python -m orchestration.api_server HOST PORT`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from threading import Event, Thread

import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from orchestration.api_log import log_configuration
from orchestration.pipeline_runner import DagsterRunner
from rushes.api.app import make_app
from rushes.errors import RushesError
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.startup import open_context
from rushes.vectors.indexes import VectorIndexes

_GRACE_SECONDS = 10
"""For answers under way when the server is told to end; less than `rushes up` waits for it."""
_OPENING_SECONDS = 300.0
"""For one index after the other, so that they do not all read at once."""
_LOOK_SECONDS = 60.0
_log = logging.getLogger("rushes.api")


def main() -> None:
    """Serve until ended; SIGTERM and Ctrl-C let answers under way finish."""
    host, port = sys.argv[1], int(sys.argv[2])
    context = open_context()
    app = make_app(context, DagsterRunner(context))
    # Beside the server, which begins to answer at once: FAISS and big files take a while.
    ending = Event()
    opening = Thread(target=open_vectors, args=(context, ending), name="open-vectors", daemon=True)
    opening.start()
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
    ending.set()


def open_vectors(context: PipelineContext, ending: Event) -> None:
    """Open every index before somebody asks for it, those of new spaces too, and look after them.

    Without FAISS, or while the database is away, searches say so; the server goes on.
    """
    indexes, told = context.vector_indexes, set[str]()
    indexes.start_keeper()
    while True:
        for what in _open_all(indexes):
            if what not in told:
                told.add(what)
                _log.warning("vectors: %s", what)
        if ending.wait(_LOOK_SECONDS):
            return


def _open_all(indexes: VectorIndexes) -> Iterator[str]:
    """Open what is not open; tells what cannot be. Searches try again, and tell who asks."""
    try:
        for space in indexes.spaces():
            try:
                indexes.of(space, wait_seconds=_OPENING_SECONDS)
            except RushesError as error:
                yield str(error)
    except SQLAlchemyError as error:
        yield f"the spaces cannot be read: {type(error).__name__}"


if __name__ == "__main__":
    main()
