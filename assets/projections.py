"""Projections: tables derived from artifacts. To materialize one is to rebuild it."""

import dagster as dg

from orchestration.partitions import VIDEOS
from resources.postgres import PostgresResource
from rushes.artifacts import derived
from rushes.artifacts.projections import PROJECTIONS, Projection, rebuild, verify
from rushes.artifacts.vocabulary import STAGE_OF_TYPE

_CHUNK = 25


def _asset(projection: Projection) -> dg.AssetsDefinition:
    @dg.asset(
        name=projection.name,
        deps=[STAGE_OF_TYPE[projection.artifact_type]],
        partitions_def=VIDEOS,
        backfill_policy=dg.BackfillPolicy.multi_run(_CHUNK),
        group_name="projections",
        kinds={"postgres"},
        description=(
            f"Table `{projection.name}`, derived from `{projection.artifact_type.value}` "
            "artifacts. Written with them; materializing it derives it anew."
        ),
    )
    def derive(context: dg.AssetExecutionContext, postgres: PostgresResource) -> None:
        with postgres.engine.begin() as connection:
            count = rebuild(connection, projection, context.partition_keys)
        context.add_output_metadata({"rows": count})

    return derive


def _check(projection: Projection) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=projection.name,
        name=f"{projection.name}_equals_fresh_derivation",
        partitions_def=VIDEOS,
        blocking=True,
        description="The table equals what its statement derives from the artifacts now.",
    )
    def equals_fresh(
        context: dg.AssetCheckExecutionContext, postgres: PostgresResource
    ) -> dg.AssetCheckResult:
        with postgres.engine.begin() as connection:
            differing = verify(connection, projection, context.partition_keys)
        return dg.AssetCheckResult(passed=differing == 0, metadata={"rows that differ": differing})

    return equals_fresh


@dg.asset(
    deps=[projection.name for projection in PROJECTIONS],
    partitions_def=VIDEOS,
    backfill_policy=dg.BackfillPolicy.multi_run(_CHUNK),
    group_name="projections",
    kinds={"postgres"},
    description=(
        f"What is derived of whole films: {', '.join(derived.FILM_ANSWERS)}. Kept at each commit; "
        "materializing it derives it anew."
    ),
)
def film_answers(context: dg.AssetExecutionContext, postgres: PostgresResource) -> None:
    """Which runs answer, what corrections replace, vocabulary and words of the films."""
    with postgres.engine.begin() as connection:
        derived.rebuild(connection, context.partition_keys, derived.FILM_ANSWERS)


@dg.asset_check(
    asset=film_answers,
    name="film_answers_equal_fresh_derivation",
    partitions_def=VIDEOS,
    blocking=True,
    description="The tables equal what their functions derive from the artifacts now.",
)
def film_answers_check(
    context: dg.AssetCheckExecutionContext, postgres: PostgresResource
) -> dg.AssetCheckResult:
    """Compare each of them with a fresh derivation."""
    with postgres.engine.begin() as connection:
        differing = derived.verify(connection, context.partition_keys, derived.FILM_ANSWERS)
    return dg.AssetCheckResult(passed=not any(differing.values()), metadata=dict(differing))


PROJECTION_ASSETS = [*(_asset(projection) for projection in PROJECTIONS), film_answers]
PROJECTION_CHECKS = [*(_check(projection) for projection in PROJECTIONS), film_answers_check]
