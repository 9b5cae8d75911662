"""Contract: indexes are made, shown, emptied and removed."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.node.node_process import IndexClient, index_config

TEMPLATE = Path("quickwit/media_scenes_index_template.json")


def refused(http: httpx.Client, config: Any) -> tuple[int, str]:
    answer = http.post("/api/v1/indexes", json=config)
    return answer.status_code, answer.json()["message"]


def test_health_answers_true(http: httpx.Client) -> None:
    for name in ("livez", "readyz"):
        answer = http.get(f"/health/{name}")
        assert (answer.status_code, answer.json()) == (200, True)


def test_the_version_is_told(http: httpx.Client) -> None:
    assert "build" in http.get("/api/v1/version").json()


def test_metrics_are_text_for_prometheus(http: httpx.Client) -> None:
    answer = http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "# TYPE" in answer.text


def test_the_template_is_accepted_and_read_back(http: httpx.Client) -> None:
    index_id = f"contract-{secrets.token_hex(6)}"
    config = json.loads(TEMPLATE.read_text()) | {"index_id": index_id}
    assert http.post("/api/v1/indexes", json=config).status_code == 200
    try:
        metadata = http.get(f"/api/v1/indexes/{index_id}").json()
    finally:
        http.delete(f"/api/v1/indexes/{index_id}")
    kept = metadata["index_config"]
    asked = {field["name"]: field for field in config["doc_mapping"]["field_mappings"]}
    read = {field["name"]: field for field in kept["doc_mapping"]["field_mappings"]}
    assert asked.keys() == read.keys()
    for name, field in asked.items():
        for key in ("type", "stored", "tokenizer", "record"):
            assert read[name].get(key) == field.get(key), (name, key)
    assert kept["doc_mapping"]["mode"] == "strict"
    assert kept["search_settings"] == config["search_settings"]
    assert kept["indexing_settings"]["commit_timeout_secs"] == 5
    assert metadata["index_uid"].startswith(f"{index_id}:")


def test_a_made_index_is_listed(http: httpx.Client, shared: IndexClient) -> None:
    listed = [found["index_config"]["index_id"] for found in http.get("/api/v1/indexes").json()]
    assert shared.index_id in listed


def test_an_index_that_exists_is_not_made_again(http: httpx.Client, shared: IndexClient) -> None:
    status, message = refused(http, index_config(shared.index_id))
    assert status == 400
    assert shared.index_id in message


@pytest.mark.parametrize(
    "index_id", ["", "a", "ab", "1abc", "a/b/c", "a b c", "-abc", "ä-index", "a" * 256]
)
def test_an_invalid_index_id_is_refused(http: httpx.Client, index_id: str) -> None:
    assert refused(http, index_config(index_id))[0] == 400


@pytest.mark.parametrize(
    "field",
    [
        {"name": "x", "type": "text", "indexed": False, "tokenizer": "raw"},
        {"name": "x", "type": "text", "indexed": False, "record": "basic"},
        {"name": "x", "type": "text", "indexed": False, "fieldnorms": True},
        {"name": "x", "type": "text", "tokenizer": "en_stem"},
        {"name": "x", "type": "text", "record": "everything"},
        {"name": "x", "type": "text", "colour": "red"},
        {"name": "x", "type": "u64", "tokenizer": "raw"},
        {"name": "x", "type": "u128"},
        {"name": "x"},
        {"name": "rev", "type": "u64"},
        {"name": "no spaces", "type": "u64"},
        {"type": "u64"},
    ],
)
def test_an_invalid_field_is_refused(http: httpx.Client, field: dict[str, Any]) -> None:
    config = index_config(f"contract-{secrets.token_hex(6)}")
    config["doc_mapping"]["field_mappings"].append(field)
    assert refused(http, config)[0] == 400


def test_unknown_keys_of_a_config_are_refused(http: httpx.Client) -> None:
    for path in ((), ("doc_mapping",), ("search_settings",), ("indexing_settings",)):
        config = index_config(f"contract-{secrets.token_hex(6)}")
        place = config
        for name in path:
            place = place[name]
        place["unheard_of"] = 1
        assert refused(http, config)[0] == 400, path


def test_a_default_search_field_has_to_be_there(http: httpx.Client) -> None:
    config = index_config(f"contract-{secrets.token_hex(6)}")
    config["search_settings"]["default_search_fields"] = ["nothing"]
    assert refused(http, config)[0] == 400


def test_a_description_counts_what_is_visible(http: httpx.Client, index: IndexClient) -> None:
    described = http.get(f"/api/v1/indexes/{index.index_id}/describe").json()
    assert described["num_published_docs"] == 0
    index.ingest([{"doc_id": "a"}, {"doc_id": "b"}])
    described = http.get(f"/api/v1/indexes/{index.index_id}/describe").json()
    assert described["index_id"] == index.index_id
    assert described["num_published_docs"] == 2
    assert described["num_published_splits"] >= 1


def test_splits_tell_how_far_deletes_were_applied(http: httpx.Client, index: IndexClient) -> None:
    index.ingest([{"doc_id": "a"}])
    path = f"/api/v1/indexes/{index.index_id}/splits"
    splits = http.get(path, params={"split_states": "Published"}).json()["splits"]
    assert sum(split["num_docs"] for split in splits) == 1
    assert all("delete_opstamp" in split and "maturity" in split for split in splits)


def test_a_cleared_index_is_empty_and_goes_on(http: httpx.Client, index: IndexClient) -> None:
    index.ingest([{"doc_id": "a", "text": "dog"}])
    assert http.put(f"/api/v1/indexes/{index.index_id}/clear").status_code == 200
    assert index.search("dog")["num_hits"] == 0
    index.ingest([{"doc_id": "b", "text": "dog"}])
    assert index.ids("dog") == ["b"]


def test_a_removed_index_is_gone_and_its_name_is_free(
    http: httpx.Client, index: IndexClient
) -> None:
    index.ingest([{"doc_id": "a", "text": "dog"}])
    assert http.delete(f"/api/v1/indexes/{index.index_id}").status_code == 200
    assert index.ask("dog").status_code == 404
    assert http.post("/api/v1/indexes", json=index_config(index.index_id)).status_code == 200
    assert index.search("dog")["num_hits"] == 0


def test_a_missing_index_is_404_everywhere(http: httpx.Client) -> None:
    missing = "contract-nowhere"
    answers = [
        http.get(f"/api/v1/indexes/{missing}"),
        http.get(f"/api/v1/indexes/{missing}/describe"),
        http.get(f"/api/v1/indexes/{missing}/splits"),
        http.put(f"/api/v1/indexes/{missing}/clear"),
        http.delete(f"/api/v1/indexes/{missing}"),
        http.post(f"/api/v1/{missing}/ingest", content="{}"),
        http.post(f"/api/v1/{missing}/search", json={"query": "a", "search_field": "b"}),
        http.post(f"/api/v1/{missing}/delete-tasks", json={"query": "rev:1"}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert all("message" in answer.json() for answer in answers)


def test_an_unknown_address_is_404(http: httpx.Client) -> None:
    assert http.get("/api/v2/nothing").status_code == 404
