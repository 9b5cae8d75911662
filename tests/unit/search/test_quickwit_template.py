"""The index template: compiled, hashed, and compared with what a server reads back."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rushes.search.quickwit.errors import QuickwitRefusedError
from rushes.search.quickwit.template import (
    compile_template,
    config_hash,
    differences,
    load_template,
)


def read_back(wanted: dict[str, Any]) -> dict[str, Any]:
    """The configuration as a server fills it in."""
    config = copy.deepcopy(wanted)
    config["version"] = "0.9"
    config["index_uri"] = "file:///data/indexes/x"
    config["retention"] = None
    config["indexing_settings"]["merge_policy"] = {"type": "stable_log"}
    mapping = config["doc_mapping"]
    mapping["doc_mapping_uid"] = "0" * 26
    mapping["field_mappings"].reverse()
    for field in mapping["field_mappings"]:
        field.setdefault("indexed", True)
        if field.get("fast") is True and field["type"] in {"text", "array<text>"}:
            field["fast"] = {"normalizer": "raw"}
    return config


def field(config: dict[str, Any], name: str) -> dict[str, Any]:
    fields = config["doc_mapping"]["field_mappings"]
    return next(each for each in fields if each["name"] == name)


def test_a_compiled_template_is_the_template_with_its_name():
    config = compile_template("scenes-a.b_1")
    assert config["index_id"] == "scenes-a.b_1"
    assert {**config, "index_id": load_template()["index_id"]} == load_template()


@pytest.mark.parametrize("name", ["ab", "1abc", "a b c", "a" * 256, "", "scenes\n", "{index_id}"])
def test_a_template_is_compiled_under_no_other_name(name):
    with pytest.raises(QuickwitRefusedError):
        compile_template(name)


def test_the_hash_is_that_of_all_but_the_name():
    config = compile_template("one")
    assert config_hash(config) == config_hash(compile_template("two"))
    field(config, "text")["fieldnorms"] = False
    assert config_hash(config) != config_hash(compile_template("one"))


def test_what_a_server_fills_in_is_no_difference():
    config = compile_template("one")
    assert differences(config, config) == []
    assert differences(config, read_back(config)) == []


def test_what_a_server_changed_lost_or_holds_besides_is_a_difference():
    wanted = compile_template("one")
    found = read_back(wanted)
    field(found, "text")["tokenizer"] = "default"
    del field(found, "rev")["fast"]
    fields = found["doc_mapping"]["field_mappings"]
    fields.remove(field(found, "ocr"))
    fields.append({"name": "extra", "type": "text"})
    found["doc_mapping"]["mode"] = "dynamic"
    found["search_settings"]["default_search_fields"] = ["text", "ocr"]
    place = "doc_mapping.field_mappings"
    assert set(differences(wanted, found)) == {
        'doc_mapping.mode: "strict" was asked for, "dynamic" is there',
        f"{place}[extra]: was not asked for",
        f"{place}[ocr]: is missing",
        f"{place}[rev].fast: is missing",
        f'{place}[text].tokenizer: "whitespace" was asked for, "default" is there',
        'search_settings.default_search_fields: ["text"] was asked for, ["text", "ocr"] is there',
    }


def test_another_index_is_a_difference():
    assert differences(compile_template("one"), read_back(compile_template("two"))) == [
        'index_id: "one" was asked for, "two" is there'
    ]
