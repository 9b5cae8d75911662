"""The index follows Postgres, whatever happens: events in any order, over an adversarial engine.

Readers check each of their answers; in the end everything has to be settled. What the engine
brings again after it counted is found by reconciliation, and until then counts may be wrong.
A failure is made small with `--deep` only: that takes minutes. Keep it in `test_sync_sequences`.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.search.changes.changes_database import changes as changes
from tests.integration.search.changes.changing_library import Database
from tests.integration.search.changes.naive_machine import NaiveMachine
from tests.integration.search.changes.reading_laws import LawBrokenError
from tests.integration.search.changes.sync_machine import SyncMachine

FEW_EXAMPLES, EXAMPLES, STEPS = 100, 300, 40
"""The few for who waits; all of them with `--all`."""
DEEP_EXAMPLES = 5_000
NAIVE_EXAMPLES = 50
SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    derandomize=True,
    print_blob=True,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def test_the_index_follows_postgres_whatever_happens(
    changes: Database, request: pytest.FixtureRequest
) -> None:
    is_deep = request.config.getoption("--deep")
    examples = EXAMPLES if request.config.getoption("--all") else FEW_EXAMPLES
    SyncMachine.database = changes
    run_state_machine_as_test(
        SyncMachine,
        settings=settings(
            SETTINGS,
            max_examples=DEEP_EXAMPLES if is_deep else examples,
            derandomize=not is_deep,
            phases=[Phase.generate, Phase.shrink] if is_deep else [Phase.generate],
        ),
    )


def test_delete_then_post_breaks_the_same_laws(changes: Database) -> None:
    NaiveMachine.database = changes
    with pytest.raises(LawBrokenError):
        run_state_machine_as_test(
            NaiveMachine, settings=settings(SETTINGS, max_examples=NAIVE_EXAMPLES)
        )
