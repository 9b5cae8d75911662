"""Libraries as an asset: what lies in them now, and the films registered as partitions."""

import dagster as dg

from orchestration.partitions import register_videos
from resources.pipeline import PipelineResource
from resources.postgres import PostgresResource
from rushes.db.migrate import current_revision, head_revision
from rushes.library.report import ScanReport
from rushes.library.service import LibraryService


@dg.asset(
    group_name="library",
    kinds={"filesystem", "postgres"},
    description=(
        "A look at every library: new, moved, changed and missing films. "
        "Films are registered as partitions in one call."
    ),
)
def library_scan(
    context: dg.AssetExecutionContext, pipeline: PipelineResource
) -> dg.MaterializeResult:
    """Scan all libraries; one that cannot be read is offline, and the others go on."""
    service = LibraryService(pipeline.context.engine, pipeline.context.settings)
    reports = [service.scan(library.slug) for library in service.list()]
    present = [asset_id for report in reports for asset_id in report.asset_ids]
    registered = register_videos(context.instance, present)
    metadata: dict[str, object] = {
        "libraries": len(reports),
        "films": len(present),
        "films registered": registered,
    }
    if reports:
        metadata["found"] = dg.MetadataValue.table([_row(report) for report in reports])
    return dg.MaterializeResult(metadata=metadata)


@dg.asset_check(
    asset=library_scan,
    blocking=True,
    description="The database's schema is the one that this code was written for.",
)
def migrations_at_head(postgres: PostgresResource) -> dg.AssetCheckResult:
    """Compare the database's revision with the newest one."""
    current, head = current_revision(postgres.engine), head_revision()
    return dg.AssetCheckResult(
        passed=current == head, metadata={"database": str(current), "code": str(head)}
    )


def _row(report: ScanReport) -> dg.TableRecord:
    return dg.TableRecord(
        {
            "library": report.slug,
            "status": report.status,
            "films": len(report.asset_ids),
            "new": len(report.new) + len(report.duplicates),
            "moved": len(report.moved),
            "changed": len(report.changed),
            "missing": len(report.missing),
            "settling": len(report.settling),
            "rejected": len(report.rejected),
        }
    )
