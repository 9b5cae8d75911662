"""Projections: tables derived from artifacts. To materialize one is to rebuild it."""

import dagster as dg

from orchestration.partitions import VIDEOS
from resources.postgres import PostgresResource
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
    def derived(context: dg.AssetExecutionContext, postgres: PostgresResource) -> None:
        with postgres.engine.begin() as connection:
            count = rebuild(connection, projection, context.partition_keys)
        context.add_output_metadata({"rows": count})

    return derived


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


PROJECTION_ASSETS = [_asset(projection) for projection in PROJECTIONS]
PROJECTION_CHECKS = [_check(projection) for projection in PROJECTIONS]
