"""The log of the API server."""

from __future__ import annotations

import json
import logging
import logging.config

import pytest

from orchestration.api_log import JsonLines, log_configuration


def test_a_record_is_one_line_of_json_whatever_is_in_it() -> None:
    try:
        raise ValueError("two\nlines \ud800")
    except ValueError as error:
        trace = (type(error), error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "a %s", ("b\nc",), trace)
    line = JsonLines().format(record)
    line.encode("ascii")
    assert "\n" not in line
    said = json.loads(line)
    assert (said["level"], said["logger"], said["message"]) == ("error", "x", "a b\nc")
    assert "ValueError" in said["exception"]


def test_requests_are_logged_once_and_other_servers_only_warn(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root, access = logging.getLogger(), logging.getLogger("rushes.api.access")
    before = (root.level, root.handlers[:], access.handlers[:], access.propagate, access.level)
    try:
        logging.config.dictConfig(log_configuration())
        access.info('{"route": "/healthz"}')
        logging.getLogger("somewhere").info("chatter")
        logging.getLogger("somewhere").warning("hot")
    finally:
        root.level, root.handlers[:], access.handlers[:], access.propagate, access.level = before
    lines = [json.loads(each) for each in capsys.readouterr().err.splitlines()]
    assert [each.get("route") or each["message"] for each in lines] == ["/healthz", "hot"]
