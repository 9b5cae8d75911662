"""An index's config, checked as Quickwit checks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quickwit.node.mapping.fields import FieldMapping, parse_field, read_back
from quickwit.node.mapping.keys import a_choice, a_list, an_object, known_only, not_served
from quickwit.node.mapping.tokenizers import TokenizerConfig, parse_tokenizers
from quickwit.node.messages import BadRequestError, NotServedError

INDEX_ID = re.compile(r"[a-zA-Z][a-zA-Z0-9\-_.]{2,254}")
CONFIG_VERSIONS = ("0.7", "0.8", "0.9")
DEFAULT_COMMIT_TIMEOUT_SECONDS = 60

_KEYS = (
    "version",
    "index_id",
    "index_uri",
    "doc_mapping",
    "indexing_settings",
    "ingest_settings",
    "search_settings",
    "retention",
)
_DOC_MAPPING_KEYS = (
    "doc_mapping_uid",
    "mode",
    "field_mappings",
    "dynamic_mapping",
    "timestamp_field",
    "tag_fields",
    "partition_key",
    "max_num_partitions",
    "tokenizers",
    "store_source",
    "store_document_size",
    "index_field_presence",
)
_INDEXING_KEYS = (
    "commit_timeout_secs",
    "docstore_compression_level",
    "docstore_blocksize",
    "split_num_docs_target",
    "merge_policy",
    "resources",
)


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """A checked config. `read_back` is the JSON that `GET /api/v1/indexes/{id}` shows of it."""

    index_id: str
    is_strict: bool
    fields: Mapping[str, FieldMapping]
    tokenizers: Mapping[str, TokenizerConfig]
    default_search_fields: tuple[str, ...]
    commit_timeout_seconds: int
    read_back: Mapping[str, Any]


def parse_index_config(raw: object) -> IndexConfig:
    """Check a config.

    `BadRequestError` where Quickwit refuses it, `NotServedError` where only the node does.

    What `read_back` gives is itself accepted and read as the same config.
    """
    given = an_object("index config", raw)
    known_only("index config", given, _KEYS)
    if given.get("version") not in CONFIG_VERSIONS:
        raise BadRequestError(f"index config: unknown version {given.get('version')!r}")
    index_id = given.get("index_id")
    if not isinstance(index_id, str) or not INDEX_ID.fullmatch(index_id):
        raise BadRequestError(
            f"index id {index_id!r} is invalid, it has to match `^{INDEX_ID.pattern}$`"
        )
    not_served("index config", given, "retention")
    not_served("index config", given, "index_uri")
    mapping = _doc_mapping(given)
    tokenizers = parse_tokenizers(mapping.get("tokenizers", []))
    fields = _fields(mapping, tokenizers)
    mode = a_choice("doc_mapping", mapping, "mode", ("dynamic", "lenient", "strict"))
    if mode == "dynamic":
        raise NotServedError("doc_mapping: the embedded node does not serve the mode `dynamic`")
    defaults = _default_search_fields(given, fields)
    timeout = _commit_timeout(given)
    return IndexConfig(
        index_id=index_id,
        is_strict=mode == "strict",
        fields=fields,
        tokenizers=tokenizers,
        default_search_fields=defaults,
        commit_timeout_seconds=timeout,
        read_back={
            "version": "0.8",
            "index_id": index_id,
            "doc_mapping": {
                **mapping,
                "mode": mode,
                "field_mappings": [read_back(field) for field in fields.values()],
                "tokenizers": mapping.get("tokenizers", []),
                "store_source": False,
            },
            "indexing_settings": {
                **given.get("indexing_settings", {}),
                "commit_timeout_secs": timeout,
            },
            "search_settings": {"default_search_fields": list(defaults)},
            "retention": None,
        },
    )


def _doc_mapping(given: Mapping[str, Any]) -> dict[str, Any]:
    mapping = an_object("doc_mapping", given.get("doc_mapping"))
    known_only("doc_mapping", mapping, _DOC_MAPPING_KEYS)
    for name in ("timestamp_field", "dynamic_mapping"):
        not_served("doc_mapping", mapping, name)
    for name in ("store_source", "store_document_size", "index_field_presence"):
        not_served("doc_mapping", mapping, name, False)
    return mapping


def _fields(
    mapping: Mapping[str, Any], tokenizers: Mapping[str, TokenizerConfig]
) -> dict[str, FieldMapping]:
    entries = a_list("field_mappings", mapping.get("field_mappings", []))
    fields: dict[str, FieldMapping] = {}
    for field in (parse_field(entry, tokenizers) for entry in entries):
        if field.name in fields:
            raise BadRequestError(f"duplicated field definition `{field.name}`")
        fields[field.name] = field
    return fields


def _default_search_fields(
    given: Mapping[str, Any], fields: Mapping[str, FieldMapping]
) -> tuple[str, ...]:
    settings = an_object("search_settings", given.get("search_settings", {}))
    known_only("search_settings", settings, ("default_search_fields",))
    names = a_list("default_search_fields", settings.get("default_search_fields", []))
    for name in names:
        if not isinstance(name, str) or name not in fields:
            raise BadRequestError(f"unknown default search field `{name}`")
        if not fields[name].is_indexed:
            raise BadRequestError(f"default search field `{name}` is not indexed")
    return tuple(names)


def _commit_timeout(given: Mapping[str, Any]) -> int:
    settings = an_object("indexing_settings", given.get("indexing_settings", {}))
    known_only("indexing_settings", settings, _INDEXING_KEYS)
    value = settings.get("commit_timeout_secs", DEFAULT_COMMIT_TIMEOUT_SECONDS)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadRequestError(
            "indexing_settings: `commit_timeout_secs` has to be a whole number > 0"
        )
    return value
