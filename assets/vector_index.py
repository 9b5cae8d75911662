"""`vector_index`: the files of a space's vectors, made from Postgres. A partition is a space.

By themselves they are kept by whoever searches (see `rushes.vectors.keeper`) and rebuilt where the
sensor asks for it; materializing a partition rebuilds it now.
"""

import time
from typing import TYPE_CHECKING, Optional

import dagster as dg

from assets.pictures import png
from assets.stage_asset import Metadata
from assets.vector_plot import recall_plot
from orchestration.building_progress import shown_progress
from orchestration.dead_runs import WORKER_TAG
from orchestration.partitions import VECTOR_SPACES
from orchestration.step_failures import failing_by_code
from resources.pipeline import PipelineResource
from resources.vectors import VectorsResource
from rushes.errors import InvalidRequestError
from rushes.pipeline.runner import VectorAction

if TYPE_CHECKING:
    from rushes.vectors.generations.folder import SpaceFolder
    from rushes.vectors.generations.manifest import Manifest

VECTOR_INDEX = "vector_index"
VECTOR_BUILDER_POOL = "vector-builder"
_WRITERS = ("frame_embeddings", "text_embeddings", "faces")
_ALL_FILMS = dg.AllPartitionMapping()


class VectorIndexConfig(dg.Config):  # type: ignore[misc]
    """What is done to the files."""

    action: str = VectorAction.REBUILD.value
    """`rebuild`: all from Postgres, the kind of index chosen anew. `save`: what came since the
    files were made is added to them."""
    reason: str = "asked for in Dagster"
    """Kept in the manifest."""


@dg.asset(
    name=VECTOR_INDEX,
    deps=[dg.AssetDep(each, partition_mapping=_ALL_FILMS) for each in _WRITERS],
    partitions_def=VECTOR_SPACES,
    group_name="vectors",
    kinds={"faiss", "postgres"},
    pool=VECTOR_BUILDER_POOL,
    description=(
        "A generation of files that vectors are searched by, one index for each kind and model. "
        "It is kept up to date by itself; materializing it makes it anew from Postgres."
    ),
)
def vector_index(
    context: dg.AssetExecutionContext,
    config: VectorIndexConfig,
    pipeline: PipelineResource,
    vectors: VectorsResource,
) -> dg.MaterializeResult:
    """Publish a generation; searches go on meanwhile and change over to it."""
    worker = str(pipeline.context.worker.key)
    context.instance.add_run_tags(context.run.run_id, {WORKER_TAG: worker})
    begun = time.monotonic()
    with failing_by_code():
        folder = vectors.folder(context.partition_key)
        manifest = _publish(vectors, folder, _action(config), config.reason)
        size = folder.size()
    return dg.MaterializeResult(
        data_version=dg.DataVersion(manifest.name),
        metadata={
            "seconds": round(time.monotonic() - begun, 2),
            "bytes of all generations": size,
            **described(manifest),
        },
    )


def described(manifest: "Manifest") -> Metadata:
    """A generation in numbers, and its recall against time as a picture."""
    size = {"nlist": manifest.nlist, "nprobe": manifest.nprobe} if manifest.nlist else {}
    flat = manifest.flat_milliseconds
    return {
        "generation": manifest.name,
        "why": manifest.reason,
        "made": dg.MetadataValue.timestamp(manifest.created_at),
        "vectors": manifest.count - manifest.tombstones,
        "tombstones": manifest.tombstones,
        "dimension": manifest.dimension,
        "bytes": manifest.size,
        "index type": manifest.index_type.value,
        **size,
        "recall@10": round(manifest.recall_at_10, 4),
        **({} if flat is None else {"ms of a flat search": round(flat, 3)}),
        "applied seq": manifest.applied_seq,
        "compacted seq": manifest.compacted_seq,
        "model": f"{manifest.model} {manifest.model_version}",
        **png("recall against time", recall_plot(manifest.recall_curve, manifest.nprobe, flat)),
    }


def _action(config: VectorIndexConfig) -> VectorAction:
    try:
        return VectorAction(config.action)
    except ValueError as error:
        known = " or ".join(VectorAction)
        raise InvalidRequestError(f"the action {config.action!r} is not {known}") from error


def _publish(
    vectors: VectorsResource, folder: "SpaceFolder", action: VectorAction, reason: str
) -> "Manifest":
    """The new generation; that in use where there was nothing to save."""
    from rushes.vectors.rebuilding import rebuild

    if action is VectorAction.SAVE and (saved := _save(vectors, folder, reason)) is not None:
        return saved
    return rebuild(
        vectors.engine, folder, vectors.options, reason=reason, progress=shown_progress()
    )


def _save(vectors: VectorsResource, folder: "SpaceFolder", reason: str) -> Optional["Manifest"]:
    """None where no generation can be added to."""
    from rushes.vectors.building.save import save_generation
    from rushes.vectors.errors import GenerationDamagedError
    from rushes.vectors.events import IndexEvent, note
    from rushes.vectors.generations.opening import open_generation

    if (name := folder.current()) is None:
        return None
    try:
        base = open_generation(folder, name)
    except GenerationDamagedError:
        return None
    saved = save_generation(vectors.engine, folder, base, vectors.options.build, reason=reason)
    if saved is None:
        return base.manifest
    told = f"{saved.count} vectors: {reason}"
    key, root = folder.space.key, vectors.root
    note(vectors.engine, key, IndexEvent.SAVED, told, root=root, generation=saved.name)
    return saved
