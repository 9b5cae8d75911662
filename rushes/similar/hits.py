"""What was found, as an answer shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.similar.fusion import Ranked
from rushes.similar.hydration import SceneKey, Verifier, scene_key
from rushes.similar.others import moments_of
from rushes.similar.request import Collapse, Likeness, SearchedSpace, SimilarHit
from rushes.similar.walking import SpaceFound
from rushes.vectors.generations.manifest import IndexType
from rushes.vectors.space import EmbeddingSpace

PrefixOf = Callable[[EmbeddingSpace], str]


def similar_hits(
    page: Sequence[Ranked], found: Sequence[SpaceFound], verifier: Verifier, prefix_of: PrefixOf
) -> list[SimilarHit]:
    """The hits of one page. `prefix_of`: what a model was given before each text of a space."""
    counted: Counter[SceneKey] = Counter()
    for each in found:
        if page and each.asked.collapse is Collapse.SCENE:
            counted.update(moments_of([ranked.group for ranked in page], each, verifier))
    return [_hit(each, counted, prefix_of(each.found.view.space)) for each in page]


def searched_space(found: SpaceFound) -> SearchedSpace:
    """What is to be known of a space that was asked."""
    view = found.view
    manifest = None if view.base is None else view.base.manifest
    return SearchedSpace(
        key=view.space.key,
        kind=view.space.kind,
        model=view.space.model,
        model_version=view.space.model_version,
        vectors=view.count,
        cut_off=found.asked.cut_off,
        is_exact=manifest is None or manifest.index_type is IndexType.FLAT,
        recall_at_10=1.0 if manifest is None else manifest.recall_at_10,
    )


def _hit(ranked: Ranked, counted: Counter[SceneKey], prefix: str) -> SimilarHit:
    best, space = ranked.group.best, ranked.found.view.space
    row = best.row
    person = None if row.person_id is None else Likeness(row.person_id, row.person_name)
    return SimilarHit(
        embedding_id=row.embedding_id,
        artifact_id=row.artifact_id,
        artifact_type=row.artifact_type,
        kind=EmbeddingKind(row.kind),
        space_key=space.key,
        model=space.model,
        score=max(-1.0, min(1.0, best.score)),
        rank=ranked.rank,
        asset_id=row.asset_id,
        run_id=row.run_id,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        scene_id=row.scene_id,
        scene_index=row.scene_index,
        scene_start_ms=row.scene_start_ms,
        scene_end_ms=row.scene_end_ms,
        others=max(0, counted[scene_key(row)] - 1),
        library=row.library_slug,
        path=row.path,
        capture_time=row.capture_time,
        film_duration_ms=row.duration_ms,
        is_favorite=row.is_favorite,
        playable=row.playable,
        preview_ready=row.preview_ready,
        offline_ready=row.offline_ready,
        library_status=row.status,
        volume_label=row.volume_label,
        source=row.source,
        text=None if row.text is None else row.text.removeprefix(prefix),
        person=person,
        origin=row.origin,
        producer=row.producer,
        model_profile=row.model_profile,
    )
