"""`rushes up`: starts the servers, watches over them, and stops them together."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import httpx

from orchestration.dead_runs import end_dead_runs
from orchestration.home import prepare_home
from orchestration.indexing import Indexer
from orchestration.instance import limit_pools, open_instance
from orchestration.scan_progress import hash_progress
from orchestration.servers import Server, stop
from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.server import ensure_database
from rushes.documents.durable import try_exclusive_lock
from rushes.errors import ConfigurationError, RushesError
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.startup import open_context
from rushes.pipeline.workload import Workload
from rushes.settings import PROJECT_ROOT, Settings, get_settings

_WATCH_SECONDS = 2.0
_START_SECONDS = 90.0
_API = "HTTP API"
_PACKAGES = {"dagster": "dagster", "dg": "dagster-dg-cli"}


def serve(
    paths: Sequence[Path],
    port: int | None,
    dagster_port: int | None,
    say: Callable[[str], None],
) -> int:
    """Run until Ctrl-C or until a server ends by itself. Returns the exit code."""
    settings = get_settings()
    context = open_context(settings)
    with _alone(settings):
        return _serve(context, settings, paths, port, dagster_port, say)


def _serve(
    context: PipelineContext,
    settings: Settings,
    paths: Sequence[Path],
    port: int | None,
    dagster_port: int | None,
    say: Callable[[str], None],
) -> int:
    home = prepare_home(settings)
    with open_instance(settings) as instance:
        end_dead_runs(instance, context.engine)
        limit_pools(instance)
    if paths:
        indexer = Indexer(Workload(context, ModelProfile(settings.profile)))
        scope = indexer.register(
            [path.absolute() for path in paths], None, None, hash_progress(say)
        )
        indexer.register_partitions(scope.asset_ids)
        for report in scope.reports:
            say(report.summary)
    api = (settings.host, _free(settings.host, settings.port if port is None else port))
    ui = (
        "127.0.0.1",
        _free("127.0.0.1", settings.dagster_port if dagster_port is None else dagster_port),
    )
    logs = settings.data_dir / "logs"
    # Asked to end by a service manager, or started in the background: the same as Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    logs.mkdir(parents=True, exist_ok=True)
    servers = _servers(api, ui, logs)
    try:
        for each in servers:
            each.start()
        _wait_until_up(servers, f"http://{_host(ui[0])}:{ui[1]}/server_info", say)
        say(f"HTTP API    http://{_host(api[0])}:{api[1]}/docs")
        say(f"API key     {_where_the_key_is(settings)}; `rushes api-key` prints it")
        say(f"Dagster     http://{_host(ui[0])}:{ui[1]}")
        say(f"data        {settings.data_dir}")
        say(f"logs        {logs}")
        say(f"DAGSTER_HOME {home}; Ctrl-C stops everything")
        _watch(servers, settings, say)
    except KeyboardInterrupt:
        say("stopping")
        return 0
    finally:
        stop(servers)


def _where_the_key_is(settings: Settings) -> str:
    """Where writing calls of the API find their key; it is made here if there is none."""
    if settings.api_key:
        return "RUSHES_API_KEY"
    settings.secret(settings.api_key_path.name)
    return str(settings.api_key_path)


def run_in_home(command: Sequence[str]) -> int:
    """Run a command of the environment in the shared home, from the project's root.

    It runs as a child: this process holds the database up until the child ends.
    """
    settings = get_settings()
    open_context(settings)
    prepare_home(settings)
    program = shutil.which(command[0], path=_tool_path())
    if program is None:
        raise ConfigurationError(
            f"the command {command[0]} is not installed",
            remedy=f"{sys.executable} -m pip install -c constraints.txt {_PACKAGES[command[0]]}",
        )
    child = subprocess.Popen([program, *command[1:]], cwd=PROJECT_ROOT, env=_environment())
    # Ctrl-C reaches the child by itself; what only this process is told, it passes on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: child.send_signal(signal.SIGINT))
    return child.wait()


def _servers(api: tuple[str, int], ui: tuple[str, int], logs: Path) -> list[Server]:
    python = sys.executable
    workspace = str(PROJECT_ROOT / "workspace.yaml")
    commands = {
        "Dagster webserver": [
            *(python, "-m", "dagster_webserver", "-w", workspace),
            *("-h", ui[0], "-p", str(ui[1])),
        ],
        "Dagster daemon": [python, "-m", "dagster._daemon", "run", "-w", workspace],
        _API: [python, "-X", "faulthandler", "-m", "orchestration.api_server", api[0], str(api[1])],
    }
    return [
        Server(
            name=name,
            command=command,
            log=logs / f"{name.lower().replace(' ', '-')}.log",
            environment=_environment(),
            comes_again=name == _API,
        )
        for name, command in commands.items()
    ]


def _wait_until_up(servers: Sequence[Server], address: str, say: Callable[[str], None]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        for each in servers:
            each.check(say)
        try:
            httpx.get(address, timeout=2).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.3)
        else:
            return
    raise RushesError(f"{address} did not answer within {_START_SECONDS:.0f} s", code="start")


def _watch(servers: Sequence[Server], settings: Settings, say: Callable[[str], None]) -> NoReturn:
    """Until Ctrl-C. What was killed and can be started again is; another server's end ends all."""
    while True:
        time.sleep(_WATCH_SECONDS)
        for each in servers:
            each.check(say)
        try:
            ensure_database(settings)
        except RushesError as error:
            say(f"database: {error}")


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Two of them on one data directory would do everything twice. The kernel frees a dead one's.

    ConfigurationError `already_up`.
    """
    with try_exclusive_lock(settings.data_dir / "up.lock") as is_alone:
        if not is_alone:
            raise ConfigurationError(
                f"`rushes up` runs on {settings.data_dir} already",
                code="already_up",
                remedy="use that one, end it first, or set RUSHES_DATA_DIR to another place",
            )
        yield


def _free(host: str, port: int) -> int:
    """`port` if it can be bound, else an error that names the way out; 0 chooses a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"port {port} of {host} cannot be used: {error.strerror}",
                code="port_taken",
                remedy="choose another with --port or --dagster-port, or 0 for any free one",
            ) from error
        return int(probe.getsockname()[1])


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _tool_path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def _environment() -> dict[str, str]:
    """The environment of the children: this project importable, its tools found first."""
    python_path = os.pathsep.join(filter(None, [str(PROJECT_ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PATH": _tool_path(), "PYTHONPATH": python_path}
