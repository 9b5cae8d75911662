"""What the OpenAPI document says of every operation, also of those that are yet to be written."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from typing import Any

import pytest
from fastapi.testclient import TestClient

from rushes.settings import PROJECT_ROOT

_PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}


@pytest.fixture
def described(away: TestClient) -> dict[str, Any]:
    document: dict[str, Any] = away.get("/openapi.json").json()
    return document


@pytest.fixture
def operations(described: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, found in described["paths"].items()
        for method, operation in found.items()
    ]


def test_every_operation_says_what_it_is_for(
    described: dict[str, Any], operations: list[tuple[str, dict[str, Any]]]
) -> None:
    described_tags = {each["name"] for each in described["tags"] if each["description"]}
    for name, operation in operations:
        assert 5 < len(operation["summary"]) < 120, name
        assert operation["description"], name
        assert len(operation["tags"]) == 1, name
        assert set(operation["tags"]) <= described_tags, name


def test_every_tag_is_explained(described: dict[str, Any]) -> None:
    assert [each["name"] for each in described["tags"] if each["description"] == each["name"]] == []


def test_every_operation_has_a_name_of_its_own(
    operations: list[tuple[str, dict[str, Any]]],
) -> None:
    names = Counter(operation["operationId"] for _, operation in operations)
    assert [name for name, count in names.items() if count > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z_]+", name)] == []


def test_every_parameter_is_explained_with_an_example(
    operations: list[tuple[str, dict[str, Any]]],
) -> None:
    bare = [
        f"{name}: {parameter['name']}"
        for name, operation in operations
        for parameter in operation.get("parameters", ())
        if not (parameter.get("description") and _has_example(parameter["schema"]))
    ]
    assert bare == []


def _has_example(schema: dict[str, Any]) -> bool:
    """Whether it has one, or is a choice that speaks for itself."""
    kinds = [schema, *schema.get("anyOf", ())]
    return bool(schema.get("examples")) or any(
        "enum" in each or "$ref" in each or each.get("type") == "boolean" for each in kinds
    )


def test_every_refusal_is_a_problem(operations: list[tuple[str, dict[str, Any]]]) -> None:
    for name, operation in operations:
        for status, answer in operation["responses"].items():
            if status >= "400" and (name, status) != ("get /readyz", "503"):
                assert answer["content"] == {"application/problem+json": _PROBLEM}, (name, status)
        if operation.get("security"):
            assert operation["security"] == [{"apiKey": []}, {"bearer": []}], name
            assert "401" in operation["responses"], name
        if operation.get("parameters"):
            assert "422" in operation["responses"], name


def test_every_body_has_an_example(
    described: dict[str, Any], operations: list[tuple[str, dict[str, Any]]]
) -> None:
    schemas = described["components"]["schemas"]
    for name, operation in operations:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if content:
            assert _has_body_example(content["schema"], schemas), name


def _has_body_example(schema: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Whether it, or a part of it, has one."""
    if "$ref" in schema:
        return _has_body_example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    parts += [schema["items"]] if "items" in schema else []
    return bool(schema.get("examples")) or any(_has_body_example(each, schemas) for each in parts)


def test_the_page_of_the_api_is_current() -> None:
    """`python scripts/make_api_page.py` writes it anew."""
    script = PROJECT_ROOT / "scripts" / "make_api_page.py"
    spec = importlib.util.spec_from_file_location("make_api_page", script)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert made.PAGE.read_text(encoding="utf-8") == made.page(made.document())
