"""The embedded server: starting, sharing, ending, coming back."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest

from rushes.db.embedded import locks
from rushes.db.server import server_status
from rushes.settings import Settings

# Promised: 5 s after the last user. The rest is for a machine that is busy with other tests.
GONE_SECONDS = 5 + 10


def connect(urls: dict[str, str], which: str = "rushes") -> psycopg.Connection:
    driver = {"rushes": "postgresql+psycopg://", "dagster": "postgresql+psycopg2://"}[which]
    assert urls[which].startswith(driver)
    return psycopg.connect(urls[which].replace(driver, "postgresql://"), autocommit=True)


def one(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query).fetchone()
    return row and row[0]


def keeper_of(data_dir: Path) -> psutil.Process | None:
    """The keeper of `data_dir`, found by its arguments."""
    for process in psutil.process_iter(["cmdline"]):
        arguments = process.info["cmdline"] or []
        if str(data_dir / "postgres") in arguments and arguments[3].endswith("keeper.py"):
            return process
    return None


@pytest.fixture
def settings(data_dir):
    return Settings(data_dir=data_dir, RUSHES_DATABASE_URL=None)


def test_a_first_start_makes_two_databases_with_safe_settings(served, postmaster):
    data_dir, _, urls = served
    assert urls["embedded"] is True
    with connect(urls) as rushes:
        assert one(rushes, "select current_database()") == "rushes"
        assert one(rushes, "show listen_addresses") == "127.0.0.1"
        assert one(rushes, "show unix_socket_directories") == ""
        assert one(rushes, "show fsync") == "on"
        assert one(rushes, "show synchronous_commit") == "on"
        assert one(rushes, "select distinct datlocale from pg_database") == "C.UTF-8"
        hba = "select string_agg(distinct auth_method, ',') from pg_hba_file_rules"
        assert one(rushes, hba) == "scram-sha-256"
    with connect(urls, "dagster") as dagster:
        assert one(dagster, "select current_database()") == "dagster"
    cluster = data_dir / "postgres" / "cluster"
    assert cluster.stat().st_mode & 0o777 == 0o700
    assert psutil.Process(postmaster(data_dir)).uids().real != 0


def test_the_password_is_a_file_for_its_owner_alone_and_is_asked_for(served):
    data_dir, _, urls = served
    secret = data_dir / "secrets" / "postgres_password"
    assert secret.stat().st_mode & 0o777 == 0o600
    wrong = urls["rushes"].replace(secret.read_text(), "guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect({"rushes": wrong})


def test_a_second_process_shares_the_server_and_keeps_it_when_the_first_dies(
    start_user, data_dir, postmaster
):
    first, second = start_user(data_dir), start_user(data_dir)
    assert first.answer() == second.answer()
    pid = postmaster(data_dir)
    first.kill()
    assert second.ask_again()["embedded"] is True
    assert postmaster(data_dir) == pid


def test_processes_that_start_at_once_make_one_cluster_and_one_server(start_user, data_dir):
    users = [start_user(data_dir) for _ in range(4)]
    answers = [user.answer() for user in users]
    assert len({answer["rushes"] for answer in answers}) == 1
    servers = [
        process
        for process in psutil.process_iter(["cmdline"])
        if (process.info["cmdline"] or [])[1:3] == ["-D", str(data_dir / "postgres" / "cluster")]
    ]
    assert len(servers) == 1
    assert not list((data_dir / "postgres").glob("initdb-*"))


def test_the_server_is_gone_soon_after_its_users_were_killed(
    start_user, data_dir, postmaster, wait_until, settings
):
    users = [start_user(data_dir) for _ in range(2)]
    urls, _ = [user.answer() for user in users]
    with connect(urls) as connection:
        connection.execute("create table film (name text)")
        connection.execute("insert into film values ('kept')")
    keeper = keeper_of(data_dir)
    assert keeper is not None
    for user in users:
        user.kill()
    wait_until(lambda: postmaster(data_dir) is None, GONE_SECONDS)
    wait_until(lambda: keeper_of(data_dir) is None, GONE_SECONDS)
    assert server_status(settings).running is False
    back = start_user(data_dir).answer()
    assert back == urls  # also the port
    with connect(back) as connection:
        assert one(connection, "select name from film") == "kept"


def test_a_server_whose_keeper_was_killed_is_adopted(start_user, data_dir, postmaster, wait_until):
    first = start_user(data_dir)
    first.answer()
    pid = postmaster(data_dir)
    keeper_of(data_dir).kill()
    wait_until(lambda: keeper_of(data_dir) is None, 5)
    first.kill()
    assert postmaster(data_dir) == pid  # nobody is left to stop it
    second = start_user(data_dir)
    second.answer()
    assert postmaster(data_dir) == pid
    second.kill()
    wait_until(lambda: postmaster(data_dir) is None, GONE_SECONDS)


def test_a_killed_server_comes_back_with_what_was_committed(start_user, data_dir, postmaster):
    user = start_user(data_dir)
    with connect(user.answer()) as connection:
        connection.execute("create table film (id int)")
        connection.execute("insert into film select generate_series(1, 5000)")
    pid = postmaster(data_dir)
    os.kill(pid, signal.SIGKILL)
    with connect(user.ask_again()) as connection:
        assert one(connection, "select count(*) from film") == 5000
    assert postmaster(data_dir) != pid


def test_a_query_that_outlives_its_killed_server_holds_up_neither_start_nor_end(
    start_user, data_dir, postmaster, wait_until
):
    user = start_user(data_dir)
    with closing(connect(user.answer())) as connection:
        # Busy in its own memory: nothing in this loop looks whether the server still lives.
        connection.pgconn.send_query(
            b"select count(*) from (select generate_series(1, 4000000000)) as endless"
        )
        busy = psutil.Process(connection.info.backend_pid)
        wait_until(lambda: busy.cpu_times().user > 0.3, GONE_SECONDS)
        os.kill(postmaster(data_dir), signal.SIGKILL)
        user.kill()
        wait_until(lambda: _has_ended(busy), GONE_SECONDS)
    assert start_user(data_dir).answer()["embedded"] is True


def _has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_pid_file_that_names_another_process_is_no_obstacle(
    start_user, data_dir, postmaster, wait_until
):
    first = start_user(data_dir)
    first.answer()
    first.kill()
    wait_until(lambda: keeper_of(data_dir) is None, GONE_SECONDS)
    stale = data_dir / "postgres" / "cluster" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n0\n1\n\n127.0.0.1\n1 1\nready\n")
    assert start_user(data_dir).answer()["embedded"] is True


def test_a_port_that_another_program_took_is_replaced(start_user, data_dir, settings):
    (data_dir / "postgres").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        (data_dir / "postgres" / "server.json").write_text(f'{{"port": {port}}}')
        assert start_user(data_dir).answer()["embedded"] is True
    status = server_status(settings)
    assert status.running
    assert status.port != port


def test_ctrl_c_in_the_terminal_of_a_user_reaches_neither_server_nor_keeper(served, postmaster):
    data_dir, user, _ = served
    sessions = {os.getsid(postmaster(data_dir)), os.getsid(keeper_of(data_dir).pid)}
    assert os.getsid(user.process.pid) not in sessions
    assert psutil.Process(user.process.pid).children(recursive=True) == []


def test_the_status_of_a_fresh_data_directory_makes_nothing(data_dir, settings):
    status = server_status(settings)
    assert (status.embedded, status.running, status.pid) == (True, False, None)
    assert list(data_dir.iterdir()) == []


def test_the_status_of_a_live_server_names_it(served, postmaster):
    data_dir, _, _ = served
    status = server_status(Settings(data_dir=data_dir, RUSHES_DATABASE_URL=None))
    assert status.running
    assert status.pid == postmaster(data_dir)
    assert status.version.startswith("18.")
    assert Path(status.location) == data_dir / "postgres" / "cluster"


def test_a_forked_child_goes_on_using_the_server(start_user, data_dir):
    held = locks.wait_for_lock(data_dir / "users.lock", shared=True, timeout_seconds=1)
    child = os.fork()
    if child == 0:
        signal.pause()
    try:
        os.close(held)
        assert locks.try_lock(data_dir / "users.lock") is None
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    freed = locks.try_lock(data_dir / "users.lock")
    assert freed is not None
    os.close(freed)
