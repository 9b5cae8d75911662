"""The embedded search node: starting, sharing, ending, coming back with what it was given."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from rushes.errors import RushesError
from rushes.search.node.note import NodeAddress, noted_address
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.connection import node_status
from rushes.search.quickwit.template import compile_template, differences
from rushes.settings import Settings
from tests.integration.search.embedded.conftest import nodes_of

# Promised: 5 s after the last user. The rest is for a machine that is busy with other tests.
GONE_SECONDS = 5 + 10
CONFIG = compile_template("scenes-of-a-test") | {"indexing_settings": {"commit_timeout_secs": 1}}
INDEX = CONFIG["index_id"]


def client_of(data_dir: Path) -> QuickwitClient:
    """A reader: it follows the node and is no user of it."""
    return QuickwitClient(NodeAddress(data_dir / "quickwit"))


def keep_something(client: QuickwitClient) -> None:
    client.create_index(CONFIG)
    lines = [json.dumps({"doc_id": f"d{number}", "rev": 7}).encode() for number in range(3)]
    assert client.ingest(INDEX, lines).num_ingested == 3


def found(client: QuickwitClient) -> int:
    return client.search([INDEX], query="rev:7", search_fields=["rev"]).num_hits


def test_processes_that_join_at_once_start_one_node(start_user, data_dir, wait_until):
    users = [start_user() for _ in range(3)]
    for user in users:
        user.wait_until_here()
    for user in users:
        user.tell("join")
    answers = {user.hear()["answer"] for user in users}
    assert answers == {noted_address(data_dir / "quickwit")}
    (node,) = nodes_of(data_dir)
    for user in users[:2]:
        user.kill()
    assert users[2].ask("join") in answers
    assert nodes_of(data_dir) == [node]


def test_the_node_is_gone_soon_after_its_users_were_killed_and_its_documents_are_not(
    start_user, data_dir, wait_until
):
    users = [start_user() for _ in range(2)]
    for user in users:
        user.ask("join")
    with client_of(data_dir) as client:
        keep_something(client)
        for user in users:
            user.kill()
        wait_until(lambda: not nodes_of(data_dir), GONE_SECONDS)
        settings = Settings(data_dir=data_dir, RUSHES_QUICKWIT_URL=None)
        assert node_status(settings).running is False
        start_user().ask("join")
        assert node_status(settings).running is True
        wait_until(lambda: found(client) == 3, 10)
        assert differences(CONFIG, client.describe_index(INDEX)) == []


def test_a_killed_node_comes_back_with_what_it_acknowledged(start_user, data_dir, wait_until):
    user = start_user()
    user.ask("join")
    with client_of(data_dir) as client:
        keep_something(client)
        (node,) = nodes_of(data_dir)
        os.kill(node.pid, signal.SIGKILL)
        wait_until(lambda: not nodes_of(data_dir), 5)
        with pytest.raises(RushesError) as caught:
            found(client)
        assert caught.value.code == "search_engine_unavailable"
        user.ask("join")
        assert nodes_of(data_dir) != [node]
        wait_until(lambda: found(client) == 3, 10)


def test_a_node_that_a_reader_found_gone_is_revived_once_and_without_waiting(
    start_user, data_dir, wait_until
):
    user = start_user()
    user.ask("join")
    (node,) = nodes_of(data_dir)
    os.kill(node.pid, signal.SIGKILL)
    assert user.ask("revive") < 0.5
    wait_until(lambda: user.ask("ready"), 20)
    assert len(nodes_of(data_dir)) == 1


def test_who_joins_while_the_node_ends_gets_one_that_lives(start_user, data_dir, wait_until):
    users = [start_user() for _ in range(3)]
    for user in users:
        user.wait_until_here()
    users[0].ask("join")
    for last, following, pause in zip(users, users[1:], (0.0, 0.15), strict=False):
        last.kill()
        time.sleep(pause)
        following.ask("join")
        time.sleep(0.3)
        assert following.ask("ready") is True
        assert len(nodes_of(data_dir)) == 1


def test_a_forked_child_of_a_killed_user_is_a_user_as_well(start_user, data_dir, wait_until):
    user = start_user()
    user.ask("join")
    child = user.ask("fork")
    (node,) = nodes_of(data_dir)
    user.kill(group=False)
    time.sleep(0.5)
    assert nodes_of(data_dir) == [node]
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: not nodes_of(data_dir), GONE_SECONDS)


def test_the_node_belongs_to_no_user_and_knows_none_of_their_secrets(start_user, data_dir):
    user = start_user()
    user.ask("join")
    (node,) = nodes_of(data_dir)
    assert os.getsid(node.pid) != os.getsid(user.process.pid)
    assert node.ppid() != user.process.pid
    assert "RUSHES_API_KEY" not in node.environ()


def test_a_note_that_names_another_program_is_replaced(start_user, data_dir):
    folder = data_dir / "quickwit"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        (folder / "node.json").write_text(json.dumps({"port": port}))
        assert start_user().ask("join") != f"http://127.0.0.1:{port}"


def test_a_client_is_opened_on_the_embedded_node_where_no_other_engine_is_set(
    start_user, data_dir, wait_until
):
    user = start_user()
    assert user.ask("open") is True
    (node,) = nodes_of(data_dir)
    os.kill(node.pid, signal.SIGKILL)
    user.ask("revive as settings say")
    wait_until(lambda: user.ask("ready"), 20)


def test_a_node_that_cannot_start_says_why_and_a_client_that_none_is_there(start_user, data_dir):
    (data_dir / "quickwit").mkdir()
    (data_dir / "quickwit" / "data").write_text("in the way")
    user = start_user()
    user.tell("join")
    said = user.hear()
    assert said["code"] == "search_engine_unavailable"
    assert said["was_sent"] is False
    assert "did not start. It said: " in said["error"]
    assert "nothing" not in said["error"].partition("It said: ")[2]
    assert user.ask("open") is False
