"""The lines of a backup. docs/backup.md describes the same; a change is a new format version."""

from __future__ import annotations

from datetime import datetime
from types import UnionType
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from rushes.artifacts.selection import SelectionMode
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile, Origin
from rushes.people.log import Action

FORMAT: Final = "rushes-backup"
VERSION: Final = 1
BOX_UNITS: Final = 10_000
"""Boxes are in parts of the frame's width and height, so that runs of two sizes compare."""
_MOST = 2**63 - 1

Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
Name = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]
Ms = Annotated[int, Field(ge=0, le=_MOST)]
Span = tuple[Ms, Ms]
"""Start and end in ms from the first frame, half-open."""
PlacedBox = tuple[Ms, Ms, int, int, int, int]
"""Start and end in ms; left, top, right and bottom in 1/10000 of the frame."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Header(_Record):
    """The first line."""

    kind: Literal["header"] = "header"
    format: Literal["rushes-backup"] = FORMAT
    version: int
    created_at: datetime


class LibraryRecord(_Record):
    """A library's definition. `contents_with_faces`: content hashes whose faces were analysed."""

    kind: Literal["library"] = "library"
    slug: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    root: Name
    include: list[Text]
    exclude: list[Text]
    settings: dict[str, Any]
    volume_label: Text | None
    contents_with_faces: list[Name]


_SAYS: Final[dict[Action, dict[str, type[Any] | UnionType]]] = {
    Action.NAME: {"cluster_id": str, "name": str | None},
    Action.MERGE: {"into": str, "others": list},
    Action.SPLIT: {"cluster_id": str, "from": str, "artifact_ids": list},
    Action.HIDE: {"cluster_id": str},
    Action.UNHIDE: {"cluster_id": str},
    Action.CANNOT_LINK: {"one": str, "other": str},
    Action.UNDO: {"entry_id": int},
    Action.ERASE: {"cluster_ids": list},
}
"""What the payload of each action must have."""


class SaidRecord(_Record):
    """An entry of the people log, as it stands there. An undo names the entry's number here."""

    kind: Literal["said"] = "said"
    library: Name
    entry: int
    action: Action
    payload: dict[str, Any]
    author: Text
    created_at: datetime

    @model_validator(mode="after")
    def _says_what_its_action_needs(self) -> SaidRecord:
        for name, kind in _SAYS[self.action].items():
            value = self.payload.get(name, ...)
            texts = value if isinstance(value, list) else []
            if not isinstance(value, kind) or not all(isinstance(each, str) for each in texts):
                raise ValueError(f"payload.{name} of {self.action.value} is missing or wrong")
        return self


class ClusterRecord(_Record):
    """A cluster that the log speaks of. `name` is for readers; the log says it."""

    kind: Literal["cluster"] = "cluster"
    library: Name
    cluster_id: Name
    split_from: Name | None
    name: Text | None


class FacesRecord(_Record):
    """Where a cluster's faces are in one content: its anchors."""

    kind: Literal["faces"] = "faces"
    library: Name
    cluster_id: Name
    content_hash: Name
    faces: list[PlacedBox]


class SplitFacesRecord(_Record):
    """The faces that a split names, in one content; `entry` is the split's number here."""

    kind: Literal["split_faces"] = "split_faces"
    library: Name
    entry: int
    content_hash: Name
    faces: list[PlacedBox]


class VectorsRecord(_Record):
    """A cluster's exemplars in one space, each as base64 of little-endian float32."""

    kind: Literal["vectors"] = "vectors"
    library: Name
    cluster_id: Name
    model: Name
    model_version: Name
    dimension: Annotated[int, Field(gt=0, le=65_536)]
    vectors: list[str]


class PinnedRun(_Record):
    """Which run a policy means, without its id."""

    stage: Name
    config_hash: Name
    model_profile: ModelProfile
    origin: Origin
    language: Text | None


class Policy(_Record):
    """What was chosen for one artifact type of a film."""

    artifact_type: ArtifactType
    mode: SelectionMode
    preferred_profile: ModelProfile | None
    pinned: PinnedRun | None


class FavouriteScene(_Record):
    """A favourite stretch of a film."""

    span: Span
    created_at: datetime


class FilmRecord(_Record):
    """What was said of one content. `places` are (library, path), for readers."""

    kind: Literal["film"] = "film"
    content_hash: Name
    full_hash: Name | None
    places: list[tuple[Text, Text]]
    is_favorite: bool
    favourite_scenes: list[FavouriteScene]
    policies: list[Policy]


class CorrectedArtifact(_Record):
    """One artifact of a correction."""

    artifact_type: ArtifactType
    schema_version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    span: Span
    payload: dict[str, Any]
    created_at: datetime


class CorrectionRecord(_Record):
    """A run of origin `human` with its artifacts. `run_id` only tells whether it was withdrawn.

    `actor` is who made it, where the audit log says.
    """

    kind: Literal["correction"] = "correction"
    run_id: Name
    actor: Text | None
    content_hash: Name
    full_hash: Name | None
    stage: Name
    model_profile: ModelProfile
    producer: Name
    producer_version: Name
    config_hash: Name
    input_hash: Name
    language: Text | None
    started_at: datetime
    finished_at: datetime
    counts: dict[str, Any]
    artifacts: list[CorrectedArtifact]


class AuditRecord(_Record):
    """An entry of the audit log; `film` where its subject is one."""

    kind: Literal["audit"] = "audit"
    at: datetime
    actor: Text
    action: Text
    subject: Text
    details: dict[str, Any]
    film: Name | None


class End(_Record):
    """The last line: how many lines came before it, and the sha256 of all their bytes."""

    kind: Literal["end"] = "end"
    lines: int
    sha256: str


Record = (
    Header
    | LibraryRecord
    | SaidRecord
    | ClusterRecord
    | FacesRecord
    | SplitFacesRecord
    | VectorsRecord
    | FilmRecord
    | CorrectionRecord
    | AuditRecord
    | End
)

ANY_RECORD: Final[TypeAdapter[Record]] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])
