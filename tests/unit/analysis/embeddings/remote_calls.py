"""What the tests of the remote model share: an AWS of their own, and analysers that call it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from rushes.analysis.embeddings.remote.options import RemoteOptions
from rushes.analysis.embeddings.remote.text_model import RemoteTextModel
from rushes.analysis.embeddings.text_analyser import (
    TextEmbeddingsAnalyser,
    make_text_embeddings_analyser,
)
from rushes.analysis.embeddings.vector_cache import VectorCache
from rushes.analysis.profiles import load_profiles
from rushes.models.catalogue import Catalogue
from rushes.models.remote import TITAN_TEXT_V2
from rushes.settings import Settings
from tests.unit.analysis.embeddings.titan_service import (
    REGION,
    TitanService,
    credential_process,
    titan_service,
)

needs_boto3 = pytest.mark.skipif(
    find_spec("boto3") is None, reason="the extra bedrock is not installed"
)
DIMENSION = 256


@dataclass
class Calls:
    """A stand-in of the service, and models that call it with an AWS configuration of the test."""

    service: TitanService
    folder: Path
    patch: pytest.MonkeyPatch

    def tokens_last(self, seconds: float, told: float | None = None) -> None:
        """Credentials come from a process from now on; each is good for `seconds`."""
        config = credential_process(self.folder, seconds, told)
        self.patch.setenv("AWS_CONFIG_FILE", str(config))
        self.patch.setenv("AWS_PROFILE", "renewing")

    @property
    def process_runs(self) -> int:
        """How often credentials were asked for."""
        return (self.folder / "runs").stat().st_size

    def break_process(self, *, broken: bool) -> None:
        """Whether the process that gives credentials fails."""
        mark = self.folder / "runs.broken"
        mark.touch() if broken else mark.unlink()

    def model(self, **options: Any) -> RemoteTextModel:
        """A model of 256 values, by itself."""
        from rushes.analysis.embeddings.remote.bedrock import BedrockProvider
        from rushes.analysis.embeddings.remote.titan import LIMIT

        chosen = RemoteOptions(**{"endpoint_url": self.service.url, "region": REGION, **options})
        return RemoteTextModel(BedrockProvider(TITAN_TEXT_V2, DIMENSION, chosen), LIMIT, chosen)

    def analyser(
        self, cache: VectorCache | None = None, *, row: dict[str, Any] | None = None, **remote: Any
    ) -> TextEmbeddingsAnalyser:
        """The stage as our profile table has it, with this model."""
        settings = Settings(data_dir=self.folder)
        where = {"endpoint_url": self.service.url, "region": REGION, **remote}
        return remote_analyser(settings, cache, {"dimension": DIMENSION, **(row or {})}, where)


def remote_analyser(
    settings: Settings, cache: VectorCache | None, row: dict[str, Any], remote: dict[str, Any]
) -> TextEmbeddingsAnalyser:
    """The stage with Titan; `row` and `remote` lie over our profile table."""
    options = load_profiles(settings).stage("balanced", "text_embeddings")
    options["models"] = [TITAN_TEXT_V2]
    options["model_settings"][TITAN_TEXT_V2].update(row)
    options["remote"].update(remote)
    return make_text_embeddings_analyser(settings, Catalogue(settings), options, cache)


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    """Nothing of the AWS of whoever runs the tests is seen; tokens are good for an hour."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with titan_service() as service:
        calls = Calls(service, tmp_path, monkeypatch)
        calls.tokens_last(3600)
        yield calls
