"""Rows of the model catalogue, and the manifest that lies beside fetched weights."""

from __future__ import annotations

import hashlib
import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from rushes.models.extras import remedy_of_extra

MANIFEST_NAME = "manifest.json"
_READ_BYTES = 1 << 20

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_PLAIN = r"[A-Za-z0-9][A-Za-z0-9._-]*"
PlainName = Annotated[str, StringConstraints(pattern=rf"^{_PLAIN}$")]
_PLAIN_NAME = re.compile(_PLAIN)
_RELATIVE_NAME = re.compile(rf"{_PLAIN}(/{_PLAIN})*")
"""A file's name, with the folders it lies in; it cannot lead out of them."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelKind(StrEnum):
    """How weights get onto the machine."""

    PACKAGE = "package"
    """Lies in an installed package."""
    HUGGINGFACE = "huggingface"
    """Fetched from a repository of the Hugging Face hub."""
    URL = "url"
    """Fetched from addresses of its files."""
    BUNDLED = "bundled"
    """Ships with the checkout of Rushes."""
    FILE = "file"
    """A person's own file, named by its path in a profile; never a row of the catalogue."""
    REMOTE = "remote"
    """Runs at a service, which is called with what it reads; never a row of the catalogue."""


class ModelFile(_Frozen):
    """One file of a model; `sha256` is None where nobody has published it."""

    name: str
    sha256: Sha256 | None = None
    urls: tuple[str, ...] = Field(
        default=(), description="where a model of kind `url` has it; the next where one fails"
    )


class ModelEntry(_Frozen):
    """One set of weights. `origin` is a package, a repository of the hub, or a site."""

    name: str
    purpose: str
    kind: ModelKind
    origin: str
    licence: str
    languages: str | None = Field(
        default=None, pattern=r"^(en|multilingual)$", description="of what reads or hears language"
    )
    size_bytes: int = Field(ge=0)
    files: tuple[ModelFile, ...] = ()
    revision: str | None = Field(default=None, description="commit of the hub repository")
    module: PlainName | None = Field(default=None, description="import name of the package")
    extra: str | None = Field(default=None, description="extra of ours that brings the package")
    folder: str = Field(
        default="", description="folder of the files, inside the module or the checkout"
    )

    @model_validator(mode="after")
    def _has_files_unless_it_is_remote(self) -> Self:
        is_remote = self.kind is ModelKind.REMOTE
        if is_remote == bool(self.files) or is_remote == bool(self.size_bytes):
            raise ValueError("a model has files and a size, or is remote and has neither")
        return self

    @model_validator(mode="after")
    def _names_lead_nowhere_else(self) -> Self:
        if self.kind not in (ModelKind.FILE, ModelKind.REMOTE):
            if not _PLAIN_NAME.fullmatch(self.name):
                raise ValueError(f"{self.name!r} is not a plain name")
            for file in self.files:
                if not _RELATIVE_NAME.fullmatch(file.name):
                    raise ValueError(f"{file.name!r} is not the name of a file")
        return self

    @model_validator(mode="after")
    def _says_where_it_is(self) -> Self:
        if self.kind is ModelKind.PACKAGE and (self.module is None or "." in self.module):
            raise ValueError("a packaged model names its top-level module")
        if self.kind is ModelKind.HUGGINGFACE and self.revision is None:
            raise ValueError("a hub model names its revision")
        if self.kind is ModelKind.BUNDLED and not self.folder:
            raise ValueError("a bundled model names its folder")
        if self.kind is ModelKind.URL and not all(file.urls and file.sha256 for file in self.files):
            raise ValueError("each file of a model of kind url names its urls and its sha256")
        return self

    @property
    def fetchable(self) -> bool:
        """Whether `rushes models fetch` can get it."""
        return self.kind in (ModelKind.HUGGINGFACE, ModelKind.URL)

    @property
    def remedy(self) -> str:
        """How to get it: a command."""
        if self.extra is not None:
            return remedy_of_extra(self.extra)
        if self.kind is ModelKind.PACKAGE:
            return f"pip install {self.origin}"
        if self.kind is ModelKind.BUNDLED:
            return f"git checkout -- {self.folder}"
        return f"rushes models fetch {self.name}"

    @property
    def pin(self) -> str:
        """What changes whenever the row names other files: a commit, or a hash over the hashes."""
        if self.revision is not None:
            return self.revision
        hashes = " ".join(file.sha256 or "" for file in self.files)
        return hashlib.sha256(hashes.encode()).hexdigest()

    def speaks(self, language: str | None) -> bool:
        """Whether it can transcribe `language`; None means any language may occur."""
        return self.languages != "en" or language in (None, "en")


class ManifestFile(_Frozen):
    """What a file was when it was fetched."""

    sha256: Sha256
    size_bytes: int = Field(ge=0)


class Manifest(_Frozen):
    """What lies in a folder of fetched weights."""

    name: str
    origin: str
    revision: str
    files: dict[str, ManifestFile]

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
    entries = {n: ModelEntry.model_validate({"name": n, **row}) for n, row in rows.items()}
    if any(entry.kind in (ModelKind.FILE, ModelKind.REMOTE) for entry in entries.values()):
        raise ValueError("own files and remote models are no rows of the catalogue")
    return entries


def sha256_of_file(path: Path) -> str:
    """Hex sha256 of a file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
