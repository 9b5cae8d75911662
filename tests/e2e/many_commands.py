"""Many commands in one process, where a process each would take minutes.

    python -m tests.e2e.many_commands '[["search", "garden", "--json"], ["status"]]'

prints `[{"exit_code": 0, "stdout": "...", "stderr": "..."}, ...]`.
"""

from __future__ import annotations

import json
import sys

from typer.testing import CliRunner

from orchestration.cli.app import app


def run_all(commands: list[list[str]]) -> list[dict[str, object]]:
    """Run the commands one after the other."""
    runner = CliRunner()
    answers: list[dict[str, object]] = []
    for command in commands:
        result = runner.invoke(app, command)
        answers.append(
            {"exit_code": result.exit_code, "stdout": result.stdout, "stderr": result.stderr}
        )
    return answers


if __name__ == "__main__":
    json.dump(run_all(json.loads(sys.argv[1])), sys.stdout)
