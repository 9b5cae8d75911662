"""Servers as processes: what was killed comes again, what ended by itself does not."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.servers import Server, stop
from rushes.errors import RushesError

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
MakeServer = Callable[..., Server]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeServer]:
    made: list[Server] = []

    def make_one(script: str = SLEEPS, *, comes_again: bool = True) -> Server:
        command = [sys.executable, "-c", script]
        server = Server("the server", command, tmp_path / "log", os.environ, comes_again)
        made.append(server)
        server.start()
        return server

    yield make_one
    stop(made)


def starts(server: Server) -> int:
    return server.log.read_text().count("up")


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def kill(server: Server) -> None:
    server.tell(signal.SIGKILL)
    server.wait(10)


def test_a_server_that_was_killed_is_started_again_and_it_is_said(make: MakeServer) -> None:
    server, said = make(), list[str]()
    for number in (1, 2, 3):
        wait_for(lambda number=number: starts(server) == number)
        server.check(said.append)
        assert len(said) == number - 1
        kill(server)
        server.check(said.append)
    assert said[0].startswith("the server was killed by SIGKILL, starting it again")


def test_one_that_is_killed_again_and_again_is_given_up(make: MakeServer) -> None:
    server = make()

    def kill_and_check() -> None:
        for _ in range(10):
            kill(server)
            server.check(lambda _: None)

    with pytest.raises(RushesError, match="SIGKILL") as raised:
        kill_and_check()
    assert raised.value.code == "server_ended"


def test_the_log_of_the_start_before_is_kept(make: MakeServer) -> None:
    server = make("print('first')")
    server.wait(20)
    server.start()
    assert server.log.with_suffix(".previous.log").read_text() == "first\n"


@pytest.mark.parametrize("comes_again", [True, False])
def test_one_that_ended_by_itself_is_not_started_again(make: MakeServer, comes_again: bool) -> None:
    server = make("raise SystemExit(3)", comes_again=comes_again)
    server.wait(20)
    with pytest.raises(RushesError, match="ended with 3"):
        server.check(lambda _: None)


def test_one_that_need_not_come_again_does_not(make: MakeServer) -> None:
    server = make(comes_again=False)
    kill(server)
    with pytest.raises(RushesError, match="SIGKILL"):
        server.check(lambda _: None)
