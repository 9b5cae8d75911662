"""Models at plain addresses, fetched from a real server that breaks off, lies or is away."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rushes.errors import AnalysisError, ConfigurationError, RushesError
from rushes.models.catalogue import Catalogue
from rushes.models.web import WebPolicy
from rushes.settings import Settings
from tests.unit.models.web_server import WebServer, web_server

WEIGHTS = bytes(range(256)) * 4000
LABELS = b"cat\ndog\n"
LOCAL = WebPolicy(schemes=frozenset({"http"}), tries=3, pause_seconds=0.01)
IMPATIENT = WebPolicy(schemes=frozenset({"http"}), tries=1)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server({"/weights.onnx": WEIGHTS, "/labels.txt": LABELS}) as server:
        yield server


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def catalogue(
    tmp_path: Path,
    *urls: str,
    policy: WebPolicy | None = LOCAL,
    size_bytes: int = len(WEIGHTS) + len(LABELS),
    labels: str | None = None,
    offline: bool = False,
) -> Catalogue:
    """A catalogue of one model: weights at `urls`, and labels in a folder where `labels` is one."""
    files = [{"name": "weights.onnx", "sha256": sha256(WEIGHTS), "urls": list(urls)}]
    if labels is not None:
        files.append({"name": "lists/labels.txt", "sha256": sha256(LABELS), "urls": [labels]})
    inline = ", ".join(
        "{" + ", ".join(f"{key} = {json.dumps(value)}" for key, value in file.items()) + "}"
        for file in files
    )
    table = tmp_path / "catalogue.toml"
    table.write_text(
        f"""
        [shapes]
        purpose = "objects"
        kind = "url"
        origin = "somewhere"
        licence = "MIT"
        size_bytes = {size_bytes}
        files = [{inline}]
        """
    )
    settings = Settings(data_dir=tmp_path / "data", offline=offline)
    return Catalogue(settings, table=table, web_policy=policy)


def test_the_files_of_a_model_are_fetched_located_and_verified(
    tmp_path: Path, server: WebServer
) -> None:
    models = catalogue(tmp_path, f"{server.url}/weights.onnx", labels=f"{server.url}/labels.txt")
    seen: list[tuple[int, int]] = []
    folder = models.fetch("shapes", lambda done, total: seen.append((done, total)))
    assert (folder / "weights.onnx").read_bytes() == WEIGHTS
    assert (folder / "lists" / "labels.txt").read_bytes() == LABELS
    assert models.locate("shapes") == folder
    assert models.verify("shapes") == []
    assert seen[-1] == (len(WEIGHTS) + len(LABELS),) * 2
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_break_in_the_middle_is_gone_on_from_in_the_same_fetch(
    tmp_path: Path, server: WebServer
) -> None:
    server.breaks_off_after = [300_000, 200_000]
    folder = catalogue(tmp_path, f"{server.url}/weights.onnx").fetch("shapes")
    assert (folder / "weights.onnx").read_bytes() == WEIGHTS
    assert [asked for _, asked in server.requests] == [None, "bytes=300000-", "bytes=500000-"]


def test_a_broken_fetch_leaves_nothing_usable_and_the_next_goes_on(
    tmp_path: Path, server: WebServer
) -> None:
    models = catalogue(tmp_path, f"{server.url}/weights.onnx", policy=IMPATIENT)
    server.breaks_off_after = [300_000]
    with pytest.raises(RushesError) as caught:
        models.fetch("shapes")
    assert (caught.value.code, caught.value.retryable) == ("network", True)
    assert models.locate("shapes") is None
    folder = models.fetch("shapes")
    assert (folder / "weights.onnx").read_bytes() == WEIGHTS
    assert server.requests[-1] == ("/weights.onnx", "bytes=300000-")
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "weights.onnx"]


def test_a_server_that_ignores_ranges_sends_the_whole_again(
    tmp_path: Path, server: WebServer
) -> None:
    server.knows_ranges = False
    server.breaks_off_after = [300_000]
    folder = catalogue(tmp_path, f"{server.url}/weights.onnx").fetch("shapes")
    assert (folder / "weights.onnx").read_bytes() == WEIGHTS


def test_a_part_that_was_whole_already_is_not_fetched_again(
    tmp_path: Path, server: WebServer
) -> None:
    models = catalogue(tmp_path, f"{server.url}/weights.onnx")
    part = tmp_path / "data" / "models" / ".fetch-shapes" / "weights.onnx.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(WEIGHTS)
    assert (models.fetch("shapes") / "weights.onnx").read_bytes() == WEIGHTS
    assert [asked for _, asked in server.requests] == [f"bytes={len(WEIGHTS)}-"]


@pytest.mark.parametrize("stale", [b"x" * (len(WEIGHTS) + 5), b"x" * 1000])
def test_a_part_of_another_file_does_not_stay_in_the_way(
    tmp_path: Path, server: WebServer, stale: bytes
) -> None:
    models = catalogue(tmp_path, f"{server.url}/weights.onnx")
    part = tmp_path / "data" / "models" / ".fetch-shapes" / "weights.onnx.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(stale)
    folder = models.fetch("shapes")
    assert (folder / "weights.onnx").read_bytes() == WEIGHTS


def test_a_wrong_file_is_refused_and_asked_for_anew_next_time(
    tmp_path: Path, server: WebServer
) -> None:
    models = catalogue(tmp_path, f"{server.url}/weights.onnx")
    server.files["/weights.onnx"] = WEIGHTS[::-1]
    with pytest.raises(AnalysisError) as caught:
        models.fetch("shapes")
    assert caught.value.code == "model_corrupt"
    assert models.locate("shapes") is None
    server.files["/weights.onnx"] = WEIGHTS
    models.fetch("shapes")
    assert models.verify("shapes") == []


def test_an_endless_file_is_cut_off(tmp_path: Path, server: WebServer) -> None:
    models = catalogue(tmp_path, f"{server.url}/weights.onnx", size_bytes=100_000)
    with pytest.raises(AnalysisError) as caught:
        models.fetch("shapes")
    assert caught.value.code == "model_corrupt"
    assert not list((tmp_path / "data" / "models" / ".fetch-shapes").glob("*.part"))


def test_a_missing_file_is_not_asked_for_twice(tmp_path: Path, server: WebServer) -> None:
    with pytest.raises(ConfigurationError) as caught:
        catalogue(tmp_path, f"{server.url}/gone.onnx").fetch("shapes")
    assert caught.value.code == "not_fetchable"
    assert "404" in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_fault_that_passes_is_tried_again(tmp_path: Path, server: WebServer, status: int) -> None:
    server.statuses = [status, status]
    catalogue(tmp_path, f"{server.url}/weights.onnx").fetch("shapes")
    assert len(server.requests) == 3


def test_a_fault_that_stays_is_a_network_error(tmp_path: Path, server: WebServer) -> None:
    server.statuses = [503] * 9
    with pytest.raises(RushesError) as caught:
        catalogue(tmp_path, f"{server.url}/weights.onnx").fetch("shapes")
    assert (caught.value.code, caught.value.retryable) == ("network", True)
    assert len(server.requests) == LOCAL.tries


def test_a_server_that_is_not_there_is_a_network_error(tmp_path: Path) -> None:
    with pytest.raises(RushesError) as caught:
        catalogue(tmp_path, "http://127.0.0.1:1/weights.onnx").fetch("shapes")
    assert (caught.value.code, caught.value.retryable) == ("network", True)


def test_the_next_address_serves_where_one_has_no_or_the_wrong_file(
    tmp_path: Path, server: WebServer
) -> None:
    server.files["/wrong.onnx"] = b"something else"
    urls = [f"{server.url}/{name}.onnx" for name in ("gone", "wrong", "weights")]
    folder = catalogue(tmp_path, *urls).fetch("shapes")
    assert (folder / "weights.onnx").read_bytes() == WEIGHTS


def test_a_redirect_is_followed(tmp_path: Path, server: WebServer) -> None:
    server.redirects["/here"] = f"{server.url}/weights.onnx"
    catalogue(tmp_path, f"{server.url}/here").fetch("shapes")
    assert [path for path, _ in server.requests] == ["/here", "/weights.onnx"]


def test_a_redirect_without_end_is_refused(tmp_path: Path, server: WebServer) -> None:
    server.redirects["/here"] = f"{server.url}/here"
    with pytest.raises(ConfigurationError) as caught:
        catalogue(tmp_path, f"{server.url}/here").fetch("shapes")
    assert caught.value.code == "not_fetchable"


@pytest.mark.parametrize("elsewhere", ["ftp://127.0.0.1/x", "https://127.0.0.1:1/x"])
def test_a_redirect_to_a_scheme_that_is_not_allowed_is_refused(
    tmp_path: Path, server: WebServer, elsewhere: str
) -> None:
    server.redirects["/here"] = elsewhere
    with pytest.raises(ConfigurationError) as caught:
        catalogue(tmp_path, f"{server.url}/here").fetch("shapes")
    assert caught.value.code == "not_fetchable"


def test_plain_http_is_refused_by_default(tmp_path: Path, server: WebServer) -> None:
    with pytest.raises(ConfigurationError) as caught:
        catalogue(tmp_path, f"{server.url}/weights.onnx", policy=None).fetch("shapes")
    assert "only https" in str(caught.value)
    assert server.requests == []


def test_offline_nothing_is_asked_for(tmp_path: Path, server: WebServer) -> None:
    with pytest.raises(ConfigurationError) as caught:
        catalogue(tmp_path, f"{server.url}/weights.onnx", offline=True).fetch("shapes")
    assert caught.value.code == "offline"
    assert server.requests == []


def test_weights_that_are_here_are_not_fetched_again(tmp_path: Path, server: WebServer) -> None:
    models = catalogue(tmp_path, f"{server.url}/weights.onnx")
    models.fetch("shapes")
    models.fetch("shapes")
    assert len(server.requests) == 1


def test_a_row_that_names_another_file_is_fetched_anew(tmp_path: Path, server: WebServer) -> None:
    folder = catalogue(tmp_path, f"{server.url}/weights.onnx").fetch("shapes")
    assert folder.is_dir()
    both = catalogue(tmp_path, f"{server.url}/weights.onnx", labels=f"{server.url}/labels.txt")
    assert both.locate("shapes") is None
    both.fetch("shapes")
    assert both.verify("shapes") == []
