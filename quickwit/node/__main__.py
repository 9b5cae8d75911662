"""`python -m quickwit.node --data DIR`: the embedded search node as a process."""

from __future__ import annotations

import argparse
import fcntl
import json
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from quickwit.node.log.files import write_whole
from quickwit.node.server import NodeApp
from quickwit.node.storage.data_directory import DirectoryInUseError
from quickwit.node.storage.engine import TantivyEngine

IN_USE_EXIT = 3
GRACE_SECONDS = 10
LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")

LOGGER = logging.getLogger("quickwit.node")


def main() -> int:
    """Serve until SIGTERM, SIGINT or the last user's end. 3 where the directory is in use."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    options = _options()
    try:
        engine = TantivyEngine(options.data)
    except DirectoryInUseError as error:
        print(error, file=sys.stderr)
        return IN_USE_EXIT
    app = NodeApp(engine, options.host in LOOPBACK_HOSTS)
    try:
        _serve(app, options)
    finally:
        if options.port_file:  # first: once the directory is free the file may be another's
            options.port_file.unlink(missing_ok=True)
        engine.close()
        app.close()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m quickwit.node", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="where indexes are kept")
    parser.add_argument("--host", default="127.0.0.1", help="there is no login: keep it private")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--port-file", type=Path, help='gets {"port", "pid"} once it listens')
    parser.add_argument("--users-lock", type=Path, help="ends once nobody holds a lock on it")
    return parser.parse_args()


def _serve(app: NodeApp, options: argparse.Namespace) -> None:
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    listening = _listen(options.host, options.port)
    port = listening.getsockname()[1]
    if options.port_file:
        write_whole(options.port_file, json.dumps({"port": port, "pid": os.getpid()}).encode())
    if options.users_lock:
        waiting = threading.Thread(
            target=_end_when_unused, args=(server, options.users_lock), daemon=True
        )
        waiting.start()
    # uvicorn raises the signal that ended it once more; what comes after has to run all the same.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    LOGGER.info("listening on %s:%d", options.host, port)
    server.run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections from now on; those before the server runs wait in it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(128)
    return listening


def _end_when_unused(server: uvicorn.Server, path: Path) -> None:
    """End the server once no process holds a shared lock on a file."""
    # Kept open until the process is gone: who comes in later waits for a node that is not ending.
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    LOGGER.info("nobody uses the node any more, it ends")
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
