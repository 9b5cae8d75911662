"""`kill -9` of the sync while films change: afterwards the index equals Postgres."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from rushes.search.quickwit.client import QuickwitClient
from rushes.search.sync.reconcile import reconcile
from tests.integration.node.node_process import NodeProcess
from tests.integration.search.sync.equality import difference, leftovers, purge_all, sync
from tests.integration.search.sync.many_films import add_films, analyse

ROOT = Path(__file__).resolve().parents[4]
_FILMS = 1000
_LONGEST_LIFE_SECONDS = 2.5


@pytest.mark.fault
def test_after_kills_at_random_moments_the_index_equals_postgres(
    archive: Engine,
    database_url: str,
    node: NodeProcess,
    client: QuickwitClient,
    pytestconfig: pytest.Config,
) -> None:
    seed = pytestconfig.getoption("--fault-seed") or random.randrange(2**32)
    drawn = random.Random(seed)
    films = [f"f{number:04}" for number in range(_FILMS)]
    add_films(archive, films)
    for kill in range(pytestconfig.getoption("--faults")):
        process = _drain(database_url, node.url)
        end = time.monotonic() + drawn.uniform(0.6, _LONGEST_LIFE_SECONDS)
        change = 0
        while time.monotonic() < end:
            _change(archive, drawn, films, f"k{kill}x{change}")
            change += 1
        process.kill()
        process.wait()
    sync(archive, client)
    assert reconcile(archive, client, datetime.now(UTC), repair=False).total == 0, seed
    assert leftovers(archive).keys() <= {"retired"}, f"--fault-seed {seed}"
    purge_all(archive, client)
    assert leftovers(archive) == {}, f"--fault-seed {seed}"
    assert difference(archive, client) == set(), f"--fault-seed {seed}"


def _drain(database_url: str, node_url: str) -> subprocess.Popen[bytes]:
    module = "tests.integration.search.sync.drain_process"
    command = [sys.executable, "-m", module, database_url, node_url]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def _change(engine: Engine, drawn: random.Random, films: list[str], version: str) -> None:
    """Analyse some films anew, delete one, and bring another back."""
    some = drawn.sample(films, 20)
    with engine.begin() as connection:
        present = connection.execute(
            text("select asset_id from asset where asset_id = any(:some)"), {"some": some}
        ).scalars()
        known = set(present)
        analyse(connection, sorted(known)[1:], version, scenes=drawn.randint(0, 3))
        connection.execute(
            text("delete from asset where asset_id = :film"), {"film": min(known, default="")}
        )
    missing = sorted(set(some) - known)
    if missing:
        add_films(engine, missing[:2])
