"""`vector_index` in Dagster: generations made, gates passed and failed, the sensor, queued runs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test
from dagster._daemon.types import DaemonHeartbeat
from sqlalchemy import text

from assets.vector_checks import GATES, judged
from orchestration.definitions import defs
from orchestration.partitions import VECTOR_SPACES, register_spaces
from orchestration.pipeline_runner import DagsterRunner
from resources.postgres import PostgresResource
from resources.vectors import VectorsResource
from rushes.pipeline.runner import RunnerAwayError, VectorAction, VectorRunInFlightError
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import INDEX, Manifest
from rushes.vectors.options import IndexOptions
from rushes.vectors.rebuilding import rebuild
from rushes.vectors.status import read_status
from sensors.vectors import vector_index_sensor
from tests.integration.indexed_films import indexed_films
from tests.integration.orchestration.conftest import OpenWorld
from tests.integration.orchestration.worlds import QUIET, World, verdicts
from tests.integration.vectors.space_writing import SpaceWriting, clustered_units, random_units

_DIMENSION = 8


@dataclass
class Vectors:
    """A space in a world, and its files."""

    world: World
    writing: SpaceWriting

    @property
    def key(self) -> str:
        return self.writing.space.key

    @property
    def folder(self) -> SpaceFolder:
        return self.writing.folder(self.world.context.settings.vectors_root)

    def run(self, **config: str) -> dg.ExecuteInProcessResult:
        """`build_vectors` of this space, as the sensor asks for it."""
        register_spaces(self.world.instance, [self.key])
        return defs.resolve_job_def("build_vectors").execute_in_process(
            instance=self.world.instance,
            partition_key=self.key,
            raise_on_error=False,
            run_config={**QUIET, "ops": {"vector_index": {"config": config}}},
        )

    def build(self, **options: Any) -> Manifest:
        """A generation without Dagster, which is quicker."""
        engine, chosen = self.world.context.engine, IndexOptions(build=BuildOptions(**options))
        return rebuild(engine, self.folder, chosen, reason="a test")

    def gate(self, name: str) -> dg.AssetCheckResult:
        return judged(GATES[name], VectorsResource(), self.folder)

    @property
    def needs(self) -> str | None:
        (status,) = [
            each
            for each in read_status(
                self.world.context.engine,
                self.world.context.settings.vectors_root,
                IndexOptions.of(self.world.context.settings),
            )
            if each.key == self.key
        ]
        return status.needs_rebuild


@pytest.fixture(scope="module")
def own(new_world: OpenWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with new_world(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture(scope="module")
def made_films(own: World) -> Iterator[Any]:
    with indexed_films(own.context.engine) as films:
        yield films


@pytest.fixture
def space(own: World, made_films: Any) -> Iterator[Vectors]:
    """Three hundred vectors of a space of its own, without files; all gone after the test."""
    vectors = Vectors(own, SpaceWriting.of(made_films, _DIMENSION))
    vectors.writing.write(random_units(300, _DIMENSION))
    yield vectors
    vectors.writing.delete(list(vectors.writing.truth()))
    shutil.rmtree(vectors.folder.path, ignore_errors=True)


def _made(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    assert result.success
    (told,) = result.asset_materializations_for_node("vector_index")
    return {name: each.value for name, each in told.metadata.items()}


def test_a_generation_is_made_told_in_numbers_and_passes_its_gates(space: Vectors) -> None:
    result = space.run(reason="a test")
    told = _made(result)
    assert told["generation"] == space.folder.current()
    assert (told["vectors"], told["tombstones"], told["recall@10"]) == (300, 0, 1.0)
    assert (told["index type"], told["why"]) == ("flat", "a test")
    assert verdicts(result) == {(name, space.key): True for name in GATES}
    event = space.world.instance.get_latest_data_version_record(
        dg.AssetKey("vector_index"), partition_key=space.key
    )
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.tags is not None
    assert event.asset_materialization.tags["dagster/data_version"] == told["generation"]
    assert space.needs is None


def test_a_save_adds_what_came_and_a_second_one_does_nothing(space: Vectors) -> None:
    first = _made(space.run())
    space.writing.write(random_units(20, _DIMENSION, seed=5))
    second, third = _made(space.run(action="save")), _made(space.run(action="save"))
    assert (second["vectors"], third["generation"]) == (320, second["generation"])
    assert second["generation"] != first["generation"]


def test_a_save_of_a_space_without_files_makes_them(space: Vectors) -> None:
    assert _made(space.run(action="save"))["vectors"] == 300


@pytest.mark.parametrize(
    ("key", "config", "code"),
    [
        ("text-nothing-000000000000", {}, "space_not_found"),
        (None, {"action": "polish"}, "invalid_request"),
    ],
)
def test_what_cannot_be_built_fails_with_its_code(
    space: Vectors, key: str | None, config: dict[str, str], code: str
) -> None:
    chosen = key or space.key
    register_spaces(space.world.instance, [chosen])
    result = defs.resolve_job_def("build_vectors").execute_in_process(
        instance=space.world.instance,
        partition_key=chosen,
        raise_on_error=False,
        run_config={**QUIET, "ops": {"vector_index": {"config": config}}},
    )
    assert not result.success
    failure = result.failure_data_for_node("vector_index")
    assert failure is not None
    assert failure.user_failure_data is not None
    assert failure.user_failure_data.metadata["code"].value == code


def test_a_space_with_nothing_left_is_emptied_and_without_files_it_is_none(space: Vectors) -> None:
    space.build()
    space.writing.delete(list(space.writing.rows))
    assert space.needs == "tombstones"
    result = space.run()
    assert _made(result)["vectors"] == 0
    assert verdicts(result) == {(name, space.key): True for name in GATES}
    assert space.needs is None
    shutil.rmtree(space.folder.path)
    assert not space.run().success


def test_a_damaged_file_breaks_the_gate_and_asks_for_a_rebuild(space: Vectors) -> None:
    name = space.build().name
    path = space.folder.generation(name) / INDEX
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    assert space.needs is None  # its size is right, and nobody has read it yet
    found = space.gate("files_verify")
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert INDEX in str(found.metadata[name].value)
    assert not space.gate("generation_equals_embeddings").passed  # it does not even open
    assert space.needs == "damaged"
    assert verdicts(space.run()) == {(gate, space.key): True for gate in GATES}
    assert name not in space.folder.names()  # to fall back to it would be no help
    assert space.needs is None


def test_a_surplus_row_breaks_the_gate_and_asks_for_a_rebuild(space: Vectors) -> None:
    space.build()
    assert space.gate("generation_equals_embeddings").passed
    with space.world.context.engine.begin() as connection:
        # Without a tombstone: as nothing but damage or a hand does it.
        connection.execute(text("alter table embeddings disable trigger user"))
        gone = "delete from embeddings where model = :model and embedding_id like '%e7'"
        connection.execute(text(gone), {"model": space.writing.space.model})
        connection.execute(text("alter table embeddings enable trigger user"))
    found = space.gate("generation_equals_embeddings")
    assert not found.passed
    assert (found.metadata["surplus"].value, found.metadata["missing"].value) == (1, 0)
    assert space.needs == "damaged"


def test_too_few_cells_are_seen_by_their_recall(space: Vectors) -> None:
    space.writing.write(clustered_units(1_200, _DIMENSION, 40))
    made = space.build(flat_limit=100, recall_target=0.0)
    found = space.gate("recall_at_10")
    assert made.nprobe == 1
    assert not found.passed
    assert 0 < float(str(found.metadata["recall@10"].value)) < 0.95
    space.build(flat_limit=100, recall_target=0.97)
    assert space.gate("recall_at_10").passed


@pytest.mark.parametrize(
    ("gone", "severity"),
    [(20, None), (25, dg.AssetCheckSeverity.WARN), (31, dg.AssetCheckSeverity.ERROR)],
)
def test_tombstones_warn_before_the_rebuild_and_fail_when_it_is_due(
    space: Vectors, gone: int, severity: dg.AssetCheckSeverity | None
) -> None:
    space.build()
    space.writing.delete(list(space.writing.rows)[:gone])
    found = space.gate("tombstones")
    assert found.passed == (severity is None)
    assert severity is None or found.severity is severity
    assert space.needs == ("tombstones" if severity is dg.AssetCheckSeverity.ERROR else None)


def test_changes_that_wait_too_long_for_a_save_are_a_warning(space: Vectors) -> None:
    space.build()
    space.writing.write(random_units(3, _DIMENSION, seed=9))
    assert space.gate("generation_age").passed
    with space.world.context.engine.begin() as connection:
        connection.execute(text("update runs set finished_at = now() - interval '1 hour'"))
    found = space.gate("generation_age")
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    space.build()
    assert space.gate("generation_age").passed


def test_a_space_without_files_passes_since_postgres_answers(space: Vectors) -> None:
    assert {name: space.gate(name).passed for name in GATES} == dict.fromkeys(GATES, True)


def test_the_nightly_job_tells_every_gate_of_every_space_and_fails_for_broken_ones(
    space: Vectors,
) -> None:
    space.build()
    assert _look(space) == dict.fromkeys(GATES, True)
    (space.folder.generation(space.folder.current() or "") / INDEX).unlink()
    assert _look(space) == {**dict.fromkeys(GATES, False), "tombstones": True}


def _look(space: Vectors) -> dict[str, bool]:
    """What one run of the job told of the space's gates."""
    instance = space.world.instance
    result = defs.resolve_job_def("verify_vectors").execute_in_process(
        instance=instance, raise_on_error=False, run_config=QUIET
    )
    entries = instance.all_logs(result.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    events = [each.dagster_event for each in entries if each.dagster_event]
    told = [each.asset_check_evaluation_data for each in events]
    assert {each.partition for each in told} == {space.key}
    found = {each.check_name: each.passed for each in told}
    assert result.success == all(found.values())
    return found


def _tick(world: World) -> list[Any]:
    resources = {"postgres": PostgresResource(), "vectors": VectorsResource()}
    context = dg.build_sensor_context(instance=world.instance, resources=resources)
    return list(vector_index_sensor(context))  # type: ignore[arg-type]


def test_the_sensor_registers_spaces_and_asks_once_for_what_is_due(space: Vectors) -> None:
    world = space.world
    (asked,) = _tick(world)
    assert (asked.job_name, asked.partition_key) == ("build_vectors", space.key)
    assert space.key in world.instance.get_dynamic_partitions(VECTOR_SPACES.name or "")
    assert _tick(world)[0].run_key == asked.run_key
    run = create_run_for_test(
        world.instance,
        "build_vectors",
        tags={**asked.tags, "dagster/partition": space.key},
        status=dg.DagsterRunStatus.STARTED,
    )
    assert isinstance(_tick(world)[0], dg.SkipReason)
    world.instance.report_run_failed(run, "the disk is full")
    (said,) = _tick(world)
    assert isinstance(said, dg.SkipReason)  # a failed try waits
    space.build()
    assert "as they should be" in str(_tick(world)[0].skip_message)
    space.writing.delete(list(space.writing.rows)[:40])
    (again,) = _tick(world)
    assert again.run_key != asked.run_key


def test_a_build_whose_process_died_is_asked_to_be_ended(space: Vectors) -> None:
    run = create_run_for_test(
        space.world.instance,
        "build_vectors",
        tags={"rushes/worker": "12345", "dagster/partition": space.key},
        status=dg.DagsterRunStatus.STARTED,
    )
    (asked,) = _tick(space.world)
    assert (asked.job_name, asked.run_key) == ("sweep_job", f"dead:{run.run_id}")
    space.world.instance.report_run_failed(run, "died")


def test_the_runner_queues_one_run_a_space_where_a_daemon_takes_it(space: Vectors) -> None:
    world, runner = space.world, DagsterRunner(space.world.context)
    with pytest.raises(RunnerAwayError):
        runner.rebuild_vectors(space.key, VectorAction.SAVE, "a test")
    world.instance.add_daemon_heartbeat(
        DaemonHeartbeat(time.time(), "QUEUED_RUN_COORDINATOR", "a daemon", [])
    )
    run_id = runner.rebuild_vectors(space.key, VectorAction.SAVE, "a test")
    run = world.instance.get_run_by_id(run_id)
    assert run is not None
    assert (run.status, run.job_name) == (dg.DagsterRunStatus.QUEUED, "build_vectors")
    assert run.tags["dagster/partition"] == space.key
    assert run.tags["dagster/max_runtime"]
    assert run.run_config["ops"]["vector_index"]["config"] == {"action": "save", "reason": "a test"}
    assert run.remote_job_origin is not None
    assert run.remote_job_origin.location_name == "rushes"
    with pytest.raises(VectorRunInFlightError):
        runner.rebuild_vectors(space.key, VectorAction.REBUILD, "again")
    world.instance.report_run_canceled(run)
