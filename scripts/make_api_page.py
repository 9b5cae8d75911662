"""Writes docs/api.md from the OpenAPI document: `python scripts/make_api_page.py`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "api.md"
_NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
_JSON = "application/json"
_PROBLEM = "application/problem+json"
_ABOUT = """\
Made by `scripts/make_api_page.py` from the OpenAPI document, which a running server has at
`/openapi.json`; at `/docs` it can be tried out. Beside what is named with each operation, any may
answer 500 or 503, one that takes a body 400 or 413, and one that needs the key 401 or 409.
"""
_EVERYWHERE = {"400", "401", "409", "413", "500", "503"}
"""Refusals that are told once, at the top."""


def document() -> dict[str, Any]:
    """The OpenAPI document; no database is asked."""
    from rushes.api.app import make_app
    from rushes.db.engine import make_engine
    from rushes.pipeline.context import PipelineContext
    from rushes.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), host="127.0.0.1", api_key=None)
        return make_app(PipelineContext(settings, make_engine(_NOWHERE))).openapi()


def page(api: dict[str, Any]) -> str:
    """The document as Markdown."""
    return "\n".join(_lines(api)).rstrip() + "\n"


def _lines(api: dict[str, Any]) -> Iterator[str]:
    yield f"# HTTP API\n\n{api['info']['description']}"
    yield _ABOUT
    for tag in api["tags"]:
        yield f"## {tag['name'].capitalize()}\n\n{tag['description']}\n"
        for path, operations in api["paths"].items():
            for method, operation in operations.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(method.upper(), path, operation)
    yield "## Shapes\n"
    for name, schema in sorted(api["components"]["schemas"].items()):
        yield from _shape(name, schema)


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### {method} {path}\n"
    key = " Needs the key." if operation.get("security") else ""
    yield f"`{operation['operationId']}`.{key} {operation['description']}\n"
    rows = [_parameter_row(each) for each in operation.get("parameters", ()) if _is_own(each)]
    if rows:
        yield "| parameter | in | type | meaning |\n|---|---|---|---|"
        yield from rows
        yield ""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"Body, {media_type}: {_type(content.get('schema', {}))}\n"
    yield from _answers(operation["responses"])


def _is_own(parameter: dict[str, Any]) -> bool:
    return str(parameter["name"]).lower() != "x-rushes-actor"


def _parameter_row(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    meaning = parameter.get("description", "")
    if "default" in schema and schema["default"] is not None:
        meaning += f" (default `{schema['default']}`)"
    if schema.get("examples"):
        meaning += f" (such as `{_plain(schema['examples'][0])}`)"
    name = f"`{parameter['name']}`" + ("" if parameter["required"] else "?")
    return _row(name, parameter["in"], _type(schema), meaning.strip())


def _plain(value: Any) -> str:
    """As it stands in a URL."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _answers(responses: dict[str, Any]) -> Iterator[str]:
    for status, response in sorted(responses.items()):
        if status in _EVERYWHERE and _PROBLEM in response.get("content", {}):
            continue
        kinds = [
            _type(content.get("schema", {})) if media_type in (_JSON, _PROBLEM) else media_type
            for media_type, content in response.get("content", {}).items()
        ]
        yield f"- {status}: {', '.join(kinds) or response['description']}"
    yield ""


def _shape(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n\n{' '.join(schema.get('description', '').split())}\n"
    if "enum" in schema:
        yield f"One of {', '.join(f'`{each}`' for each in schema['enum'])}.\n"
    required = schema.get("required", ())
    if schema.get("properties"):
        yield "| field | type | meaning |\n|---|---|---|"
        for field, each in schema["properties"].items():
            shown = f"`{field}`" + ("" if field in required else "?")
            yield _row(shown, _type(each), each.get("description", ""))
        yield ""


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(_type(each) for each in choices)
    if "enum" in schema or "const" in schema:
        values = schema.get("enum") or [schema["const"]]
        return ", ".join(f"`{each}`" for each in values)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    bounds = [
        f"{sign} {schema[name]}"
        for name, sign in (("minimum", "≥"), ("maximum", "≤"))
        if name in schema
    ]
    words = " ".join([str(schema.get("type", "anything")), ", ".join(bounds)]).strip()
    return f"{words} ({schema['format']})" if "format" in schema else words


def _row(*cells: str) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"


def main() -> int:
    """Write the page."""
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(page(document()), encoding="utf-8")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
