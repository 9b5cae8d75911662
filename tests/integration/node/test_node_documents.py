"""Law: a document that is accepted is in the index, and comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quickwit.node.engine import CommitMode, SearchRequest
from quickwit.node.mapping.config import parse_index_config
from quickwit.node.storage.engine import TantivyEngine
from tests.integration.node.node_process import index_config

INDEX = "contract-documents"

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["1", "-1", "1e3", "2024-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "x"]),
)
values = st.one_of(
    scalars,
    st.lists(scalars, max_size=3),
    st.dictionaries(st.text(max_size=3), scalars, max_size=2),
)
fitting = st.fixed_dictionaries(
    {},
    optional={
        "doc_id": st.text(max_size=8),
        "rev": st.integers(0, 2**64 - 1),
        "place": st.integers(-(2**63), 2**63 - 1),
        "weight": st.floats(allow_nan=False, allow_infinity=False),
        "is_good": st.booleans(),
        "library": st.text(max_size=300),
        "text": st.text(max_size=30),
        "letters": st.lists(st.text(max_size=8), min_size=1, max_size=3),
        "kept": st.lists(st.text(max_size=8), min_size=1, max_size=3),
    },
)
NAMES = [field["name"] for field in index_config(INDEX)["doc_mapping"]["field_mappings"]] + [
    "unheard_of"
]
any_document = st.dictionaries(st.sampled_from(NAMES), values, max_size=4)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TantivyEngine]:
    engine = TantivyEngine(tmp_path_factory.mktemp("documents"))
    engine.create_index(parse_index_config(index_config(INDEX, 3600)))
    yield engine
    engine.close()


def lines(documents: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(document).encode() for document in documents]


def hits(engine: TantivyEngine, count: int) -> tuple[int, list[dict[str, Any]]]:
    found = engine.search([INDEX], SearchRequest("*", max_hits=count))
    return found.num_hits, [json.loads(hit) for hit in found.hits]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(any_document, min_size=1, max_size=20))
def test_what_is_accepted_is_found(engine: TantivyEngine, documents: list[dict[str, Any]]) -> None:
    before, _ = hits(engine, 1)
    report = engine.ingest(INDEX, lines(documents), CommitMode.FORCE)
    after, _ = hits(engine, 1)
    assert after - before == report.num_ingested
    assert all(failure.message for failure in report.failures)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(fitting, min_size=1, max_size=10))
def test_what_fits_is_accepted_and_comes_back(
    engine: TantivyEngine, documents: list[dict[str, Any]]
) -> None:
    report = engine.ingest(INDEX, lines(documents), CommitMode.FORCE)
    assert not report.failures
    _, newest = hits(engine, len(documents))
    assert newest == documents[::-1]
