"""The model catalogue: which weights there are, which are here, and how to get the others."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rushes.errors import ConfigurationError, NotFoundError
from rushes.models.entry import Manifest, ModelEntry, ModelKind, load_entries, sha256_of_file
from rushes.models.fetch import Fetch, FetchProgress, no_progress
from rushes.models.hub import HuggingFaceHub, ModelHub
from rushes.models.web import WebFiles, WebPolicy
from rushes.settings import PROJECT_ROOT, Settings

CATALOGUE_FILE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one file of a model."""

    file: str
    what: str


class Catalogue:
    """The weights that Rushes knows, as this machine has them."""

    def __init__(
        self,
        settings: Settings,
        *,
        table: Path = CATALOGUE_FILE,
        hub: ModelHub | None = None,
        web_policy: WebPolicy | None = None,
    ) -> None:
        self._root = settings.models_root
        self._offline = settings.offline
        self._entries = load_entries(table)
        self._hub = hub or HuggingFaceHub()
        self._web_policy = web_policy

    @property
    def root(self) -> Path:
        """The folder of fetched weights."""
        return self._root

    @property
    def offline(self) -> bool:
        """Whether the network may not be used."""
        return self._offline

    def entries(self) -> Sequence[ModelEntry]:
        """All rows, in the order of the table."""
        return tuple(self._entries.values())

    def entry(self, name: str) -> ModelEntry:
        """The row of that name; NotFoundError names those there are."""
        try:
            return self._entries[name]
        except KeyError:
            raise NotFoundError(
                f"there is no model {name!r}",
                code="unknown_model",
                remedy=f"choose one of: {', '.join(self._entries)}",
            ) from None

    def locate(self, name: str) -> Path | None:
        """The folder of the weights where all their files are here, else None. Hashes nothing."""
        entry = self.entry(name)
        folder = self._folder(entry)
        if folder is None or not all((folder / file.name).is_file() for file in entry.files):
            return None
        if not entry.fetchable:
            return folder
        manifest = Manifest.read(folder)
        if manifest is None or manifest.revision != entry.pin:
            return None
        return folder if _sizes_agree(folder, manifest) else None

    def fetch(self, name: str, progress: FetchProgress = no_progress) -> Path:
        """The folder of the weights, fetched where they are not here.

        ConfigurationError `offline` and `not_fetchable`, AnalysisError `model_corrupt`,
        RushesError `network` (another try goes on where this one stopped), StorageError.
        """
        entry = self.entry(name)
        here = self.locate(name)
        if here is not None and not self.verify(name):
            return here
        self._require_fetchable(entry)
        return Fetch(entry, self._root, self._source(entry), progress).run()

    def verify(self, name: str) -> list[Problem]:
        """What differs from the catalogue, or from the manifest where the catalogue is silent."""
        entry = self.entry(name)
        folder = self._folder(entry)
        manifest = None if folder is None else Manifest.read(folder)
        known = manifest.files if manifest else {}
        problems = []
        for file in entry.files:
            recorded = known[file.name].sha256 if file.name in known else None
            what = _difference(folder, file.name, file.sha256 or recorded)
            if what is not None:
                problems.append(Problem(file.name, what))
        return problems

    def _source(self, entry: ModelEntry) -> ModelHub:
        if entry.kind is ModelKind.URL:
            return WebFiles(entry, self._web_policy)
        return self._hub

    def _folder(self, entry: ModelEntry) -> Path | None:
        if entry.fetchable:
            return self._root / entry.name
        if entry.kind is ModelKind.BUNDLED:
            return PROJECT_ROOT / entry.folder
        # A package is found, not imported: it only carries files.
        spec = importlib.util.find_spec(entry.module or "")
        if spec is None or not spec.submodule_search_locations:
            return None
        return Path(spec.submodule_search_locations[0]) / entry.folder

    def _require_fetchable(self, entry: ModelEntry) -> None:
        if not entry.fetchable:
            source = "the checkout" if entry.kind is ModelKind.BUNDLED else "the package"
            raise ConfigurationError(
                f"{entry.name} comes with {source} {entry.origin}, where it is not whole",
                code="not_fetchable",
                remedy=entry.remedy.replace("install", "install --force-reinstall"),
            )
        if self._offline:
            raise ConfigurationError(
                f"{entry.name} is not here and RUSHES_OFFLINE forbids fetching it",
                code="offline",
                remedy=f"unset RUSHES_OFFLINE, or copy the folder {entry.name} from a machine that "
                f"has it to {self._root}",
            )


def _sizes_agree(folder: Path, manifest: Manifest) -> bool:
    return all(
        (folder / name).is_file() and (folder / name).stat().st_size == file.size_bytes
        for name, file in manifest.files.items()
    )


def _difference(folder: Path | None, name: str, expected: str | None) -> str | None:
    if folder is None or not (folder / name).is_file():
        return "missing"
    if expected is None:
        return "its hash is not known: it was not fetched by Rushes"
    actual = sha256_of_file(folder / name)
    return None if actual == expected else f"sha256 is {actual}, expected {expected}"
