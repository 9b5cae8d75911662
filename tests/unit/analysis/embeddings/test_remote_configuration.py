"""When a remote model is chosen, and which space its vectors are in."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from rushes.analysis.embeddings.text_analyser import TextEmbeddingsAnalyser
from rushes.artifacts.hashing import sha256_of
from rushes.errors import AnalysisError, ConfigurationError
from rushes.models.catalogue import Catalogue
from rushes.models.choice import resolve
from rushes.models.remote import TITAN_TEXT_V2
from rushes.settings import Settings
from tests.unit.analysis.embeddings.remote_calls import needs_boto3, remote_analyser


def analyser(
    folder: Path, row: dict[str, Any] | None = None, **remote: Any
) -> TextEmbeddingsAnalyser:
    return remote_analyser(Settings(data_dir=folder), None, row or {}, remote)


def test_offline_it_is_unavailable_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="RUSHES_OFFLINE") as caught:
        remote_analyser(Settings(data_dir=tmp_path, offline=True), None, {}, {})
    assert caught.value.code == "model_unavailable"


@pytest.mark.skipif(find_spec("boto3") is not None, reason="the extra bedrock is installed")
def test_without_its_extra_it_is_unavailable_and_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="RUSHES_EXTRAS=bedrock") as caught:
        resolve(Catalogue(Settings(data_dir=tmp_path)), [TITAN_TEXT_V2])
    assert caught.value.code == "model_unavailable"


def test_a_local_model_stands_in_for_it_offline(tmp_path: Path) -> None:
    catalogue = Catalogue(Settings(data_dir=tmp_path, offline=True))
    if catalogue.locate("wordllama-256") is None:
        pytest.skip("the package wordllama is not installed")
    chosen = resolve(catalogue, [TITAN_TEXT_V2, "wordllama-256"])
    assert chosen.identity == "wordllama-256"
    assert "in place of amazon.titan" in (chosen.note or "")


@needs_boto3
def test_it_is_chosen_by_its_name_and_nothing_is_called(tmp_path: Path) -> None:
    chosen = analyser(tmp_path)  # there is no service: a call would fail
    assert (chosen.space.model, chosen.space.dimension) == (TITAN_TEXT_V2, 1024)
    assert chosen.weights_note is None


@needs_boto3
def test_what_changes_a_vector_changes_the_space_and_nothing_else_does(tmp_path: Path) -> None:
    plain = analyser(tmp_path)
    assert analyser(tmp_path, {"dimension": 512}).space != plain.space
    changed = analyser(tmp_path, {"query_prefix": "query: "})
    assert changed.space.model_version != plain.space.model_version
    other = analyser(tmp_path, concurrency=2, region="us-east-1", aws_profile="x")
    assert other.space == plain.space
    hashes = {sha256_of(each.configuration.model_dump(mode="json")) for each in (plain, other)}
    assert len(hashes) == 1


@needs_boto3
@pytest.mark.parametrize(
    ("row", "remote", "named"),
    [
        ({"dimension": 384}, {}, "256, 512, 1024"),
        ({"limit": 8192}, {}, "2730"),
        ({"backend": "static"}, {}, "backend"),
        ({}, {"concurrency": 0}, "concurrency"),
        ({}, {"concurency": 4}, "concurency"),
        ({}, {"timeout_seconds": float("nan")}, "timeout_seconds"),
        ({}, {"region": "eu/../x"}, "region"),
    ],
)
def test_a_wrong_row_is_named(
    tmp_path: Path, row: dict[str, Any], remote: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named) as caught:
        analyser(tmp_path, row, **remote)
    assert caught.value.code == "profiles_file"
