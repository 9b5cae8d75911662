"""What is asked of a search by likeness and what it answers. Times in ms, scores are cosines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from rushes.artifacts.selection import Selection
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.search.request import Missing
from rushes.vectors.space import EmbeddingSpace

MAX_LIMIT: Final = 1000
MAX_DEPTH: Final = 10_000
MAX_VERIFIED: Final = 20_000
"""Embeddings, over all spaces, that one question holds against Postgres; or twice the depth of its
page in each space, where that is more. About a second."""
"""The deepest hit that can be paged to: offset and limit together."""
FUSION_RANK: Final = 60
"""Reciprocal rank fusion: a hit counts 1 / (this + its rank, from 1) in each list it is in."""


class Collapse(StrEnum):
    """What one hit is."""

    SCENE = "scene"
    """Of each scene its best moment; `others` counts the rest."""
    NONE = "none"
    """Every frame, window or face for itself."""


class Acquaintance(StrEnum):
    """Whose faces are looked for."""

    ANY = "any"
    NAMED = "named"
    UNNAMED = "unnamed"
    """Of people without a name, and faces that belong to nobody yet."""


@dataclass(frozen=True, slots=True)
class SimilarFilters:
    """Each given one must hold; of several values of one field one is enough.

    `start_ms` and `end_ms`: the moment touches this span of its film.
    """

    libraries: tuple[str, ...] = ()
    asset_ids: tuple[str, ...] = ()
    captured_from: datetime | None = None
    captured_to: datetime | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    profiles: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """Of texts: transcript or ocr."""
    is_favorite: bool | None = None
    playable: bool | None = None
    people: Acquaintance = Acquaintance.ANY


@dataclass(frozen=True, slots=True)
class SimilarRequest:
    """Exactly one of `text`, `image`, `artifact_id` and `face` is given.

    `image`: the bytes of a picture file. `face`: a person's id or name, or the artifact id of a
    face. `kind`: what is compared; None: whatever the question can be compared with. `min_score`:
    the cut-off; None: each space's own.
    """

    text: str | None = None
    image: bytes | None = None
    artifact_id: str | None = None
    face: str | None = None
    kind: EmbeddingKind | None = None
    filters: SimilarFilters = SimilarFilters()
    selection: Selection | None = None
    min_score: float | None = None
    collapse: Collapse = Collapse.SCENE
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class SpaceQuery:
    """A question as a unit vector of one space: float32 values, little endian."""

    space: EmbeddingSpace
    vector: bytes


@dataclass(frozen=True, slots=True)
class Likeness:
    """A person that a face was put to. `name` None: nobody named them yet."""

    cluster_id: str
    name: str | None


@dataclass(frozen=True, slots=True)
class SimilarHit:
    """One moment. `rank`: from 1, in its space. `others`: further moments of the same scene,
    of the MAX_VERIFIED nearest that lie in the scenes of the page.

    `text`: of a window, what it says. `person`: of a face, whose it is; None where nobody's yet.
    """

    embedding_id: str
    artifact_id: str
    artifact_type: str
    kind: EmbeddingKind
    space_key: str
    model: str
    score: float
    rank: int
    asset_id: str
    run_id: str
    start_ms: int
    end_ms: int
    scene_id: str | None
    scene_index: int | None
    scene_start_ms: int | None
    scene_end_ms: int | None
    others: int
    library: str
    path: str
    capture_time: datetime | None
    film_duration_ms: int | None
    is_favorite: bool
    playable: bool
    preview_ready: bool
    offline_ready: bool
    library_status: str
    volume_label: str | None
    source: str | None
    text: str | None
    person: Likeness | None
    origin: str
    producer: str
    model_profile: str


@dataclass(frozen=True, slots=True)
class SearchedSpace:
    """A space that was asked. `vectors`: how many could answer. `is_exact`: all were compared."""

    key: str
    kind: EmbeddingKind
    model: str
    model_version: str
    vectors: int
    cut_off: float
    is_exact: bool
    recall_at_10: float


@dataclass(frozen=True, slots=True)
class SimilarAnswer:
    """One page, the best first. `has_more`: there are hits above the cut-off behind it, or
    there may be some, which `missing` says then.
    """

    hits: list[SimilarHit]
    has_more: bool
    spaces: list[SearchedSpace]
    missing: list[Missing] = field(default_factory=list)
    took_ms: float = 0.0
