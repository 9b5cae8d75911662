"""Checks over everything: what an operator must see before trusting the index."""

import dagster as dg

from resources.postgres import PostgresResource
from rushes.artifacts.current import current_failures


@dg.asset_check(
    asset="library_scan",
    description="No film has a stage whose last try failed.",
)
def no_film_left_failed(postgres: PostgresResource) -> dg.AssetCheckResult:
    """List the films that stand failed, with their reasons."""
    with postgres.engine.connect() as connection:
        failures = current_failures(connection)
    metadata: dict[str, object] = {"failed": len(failures)}
    if failures:
        metadata["films"] = dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "film": failure.path,
                        "stage": failure.stage,
                        "code": failure.code,
                        "reason": failure.text,
                    }
                )
                for failure in failures[:100]
            ]
        )
    return dg.AssetCheckResult(passed=not failures, metadata=metadata)
