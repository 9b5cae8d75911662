"""Jobs of the vector indexes: a generation of one space, and the gates of all of them."""

import dagster as dg
from dagster._core.events import DagsterEvent, DagsterEventType

from assets.vector_checks import GATES, judged
from assets.vector_index import VECTOR_INDEX
from orchestration.partitions import register_spaces
from orchestration.step_failures import failing_by_code
from resources.vectors import VectorsResource

_LONGEST = {"dagster/max_runtime": str(6 * 3600)}

build_vectors = dg.define_asset_job(
    "build_vectors",
    selection=dg.AssetSelection.assets(VECTOR_INDEX),
    tags={**_LONGEST, "dagster/priority": "5"},
    description="Make the files of one space's vectors anew from Postgres, then look at them.",
)


@dg.op
def look_at_vector_files(context: dg.OpExecutionContext, vectors: VectorsResource) -> None:
    """Evaluate each gate for each space, in one run. Fails where one is broken, warnings aside."""
    with failing_by_code():
        keys = [each.key for each in vectors.status() if each.embeddings]
        register_spaces(context.instance, keys)
        broken = [f"{key}: {name}" for key in keys for name in _broken(context, vectors, key)]
    context.log.info(f"{len(GATES)} gates of {len(keys)} spaces, {len(broken)} broken")
    if broken:
        raise dg.Failure(
            f"{len(broken)} gates are broken: {', '.join(broken)}", allow_retries=False
        )


def _broken(context: dg.OpExecutionContext, vectors: VectorsResource, key: str) -> list[str]:
    """Tell Dagster what each gate of a space says; the names of those that are broken."""
    broken, folder = [], vectors.folder(key)
    for name, judge in GATES.items():
        found = judged(judge, vectors, folder)
        _tell(context, name, key, found)
        if not found.passed and found.severity is dg.AssetCheckSeverity.ERROR:
            broken.append(name)
    return broken


def _tell(context: dg.OpExecutionContext, name: str, key: str, found: dg.AssetCheckResult) -> None:
    """As an event of this run: Dagster keeps one evaluation a partition outside of any run."""
    evaluation = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(VECTOR_INDEX),
        check_name=name,
        passed=found.passed,
        severity=found.severity,
        metadata=found.metadata,
        partition=key,
    )
    event = DagsterEvent(
        event_type_value=DagsterEventType.ASSET_CHECK_EVALUATION.value,
        job_name=context.job_name,
        event_specific_data=evaluation,
    )
    context.instance.report_dagster_event(event, run_id=context.run_id)


@dg.job(
    tags=_LONGEST,
    description="Only look: hash the files, compare with Postgres, measure the recall.",
)
def verify_vectors() -> None:
    """See `look_at_vector_files`."""
    look_at_vector_files()


verify_schedule = dg.ScheduleDefinition(
    name="verify_vectors_nightly",
    job=verify_vectors,
    cron_schedule="11 4 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The gates of every space's files.",
)

VECTOR_JOBS = [build_vectors, verify_vectors]
