"""The filesystem document index as assets: its pointers, and a report of what it holds."""

import dagster as dg

from resources.documents import DocumentIndexResource
from rushes.documents.maintenance import rebuild, report, verify
from rushes.pipeline.stages import STAGES

_ROWS_SHOWN = 100


@dg.asset(
    group_name="documents",
    kinds={"filesystem"},
    deps=[stage.name for stage in STAGES if stage.make_analyser],
    description="Pointers of the document index, rebuilt from every document's metadata.",
)
def document_index(
    context: dg.AssetExecutionContext, documents: DocumentIndexResource
) -> dg.MaterializeResult:
    """Rebuild every pointer."""
    counts = rebuild(documents.index)
    return dg.MaterializeResult(metadata={"documents": dg.MetadataValue.json(str(counts))})


@dg.asset(
    group_name="documents",
    kinds={"filesystem"},
    deps=[document_index],
    description="The latest document of every task.",
)
def document_report(documents: DocumentIndexResource) -> dg.MaterializeResult:
    """List what was analysed, by which model, with which outcome."""
    rows = list(report(documents.index))
    shown = [dg.TableRecord({name: str(row[name]) for name in row}) for row in rows[:_ROWS_SHOWN]]
    metadata: dict[str, object] = {"tasks": len(rows)}
    if shown:
        metadata["latest per task"] = dg.MetadataValue.table(shown)
    return dg.MaterializeResult(metadata=metadata)


@dg.asset_check(
    asset=document_index,
    blocking=True,
    description="Every pointer says what a fresh scan of the documents says.",
)
def document_pointers_without_drift(documents: DocumentIndexResource) -> dg.AssetCheckResult:
    """Compare pointers and documents."""
    drift = verify(documents.index)
    return dg.AssetCheckResult(
        passed=not drift,
        metadata={"drifted": len(drift), "first": dg.MetadataValue.text(str(drift[:5]))},
    )
