"""From a request to an answer, over any engine: paths, limits, checks and the shapes of bodies.

Status codes and bodies are those of Quickwit 0.9. What Quickwit has and the node has not is
answered 501, so that nobody takes it for a wrong address.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from quickwit.node import shapes
from quickwit.node.engine import Engine
from quickwit.node.mapping.config import parse_index_config
from quickwit.node.messages import ApiError, NotFoundError, NotServedError, Request, Response
from quickwit.node.requests.bodies import json_object, unpacked_body
from quickwit.node.requests.deletion import parse_delete_query
from quickwit.node.requests.index_list import parse_index_list
from quickwit.node.requests.ingestion import commit_mode, documents, is_detailed
from quickwit.node.requests.parameters import parameters
from quickwit.node.requests.searching import parse_search

VERSION = "0.9.0"

LOGGER = logging.getLogger(__name__)

# First parts below /api/v1 that belong to Quickwit and are no index id.
_OTHER_APIS = frozenset({"_elastic", "cluster", "developer", "jaeger", "otlp", "templates"})
_OTHER_CALLS = frozenset({"tail", "stream", "list-terms", "shards", "sources"})


def answer(request: Request, engine: Engine) -> Response:
    """Answer one request. Never raises: what the engine throws becomes a 500 and is logged."""
    try:
        return _route(request, engine)
    except ApiError as error:
        return _json({"message": str(error)}, error.status)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the engine's Rust is no Exception
        LOGGER.exception("%s %s failed", request.method, request.path)
        return _json({"message": f"internal error: {error}"}, 500)


def _route(request: Request, engine: Engine) -> Response:
    parts = [part for part in request.path.split("/") if part]
    if parts[:2] == ["api", "v1"]:
        return _api(request, engine, parts[2:])
    if parts == ["health", "livez"]:
        return _get(request, lambda: _json(True))
    if parts == ["health", "readyz"]:
        return _get(request, lambda: _json(engine.is_ready, 200 if engine.is_ready else 503))
    if parts == ["metrics"]:
        return _get(request, lambda: _text(shapes.prometheus(engine.metrics())))
    raise NotFoundError("Route not found")


def _api(request: Request, engine: Engine, parts: list[str]) -> Response:
    match parts:
        case ["version"]:
            return _get(request, lambda: _json(shapes.version(VERSION)))
        case ["indexes", *rest]:
            return _indexes(request, engine, rest)
        case [name, *_] if name in _OTHER_APIS:
            raise NotServedError(f"the embedded node does not serve /api/v1/{name}")
        case [index_id, "search"]:
            return _by_method(request, GET=_search, POST=_search)(request, engine, index_id)
        case [index_id, "ingest"]:
            return _by_method(request, POST=_ingest)(request, engine, index_id)
        case [index_id, "delete-tasks"]:
            handle = _by_method(request, GET=_delete_tasks, POST=_create_delete_task)
            return handle(request, engine, index_id)
        case [_, *rest] if rest and rest[0] in _OTHER_CALLS:
            raise NotServedError(f"the embedded node does not serve {rest[0]!r}")
    raise NotFoundError("Route not found")


def _indexes(request: Request, engine: Engine, parts: list[str]) -> Response:
    match parts:
        case []:
            return _by_method(request, GET=_list, POST=_create)(request, engine, "")
        case [index_id]:
            if request.method == "PUT":
                raise NotServedError("the embedded node does not update an index's config")
            handle = _by_method(request, GET=_index, DELETE=_delete)
            return handle(request, engine, index_id)
        case [index_id, "describe"]:
            return _by_method(request, GET=_describe)(request, engine, index_id)
        case [index_id, "splits"]:
            return _by_method(request, GET=_splits)(request, engine, index_id)
        case [index_id, "clear"]:
            return _by_method(request, PUT=_clear)(request, engine, index_id)
        case [_, call, *_] if call in _OTHER_CALLS:
            raise NotServedError(f"the embedded node does not serve {call!r}")
    raise NotFoundError("Route not found")


_Handler = Callable[[Request, Engine, str], Response]


def _by_method(request: Request, **handlers: _Handler) -> _Handler:
    if handler := handlers.get(request.method):
        return handler
    raise ApiError("Method not allowed", 405)


def _get(request: Request, reply: Callable[[], Response]) -> Response:
    if request.method != "GET":
        raise ApiError("Method not allowed", 405)
    return reply()


def _create(request: Request, engine: Engine, _: str) -> Response:
    config = parse_index_config(json_object(unpacked_body(request)))
    return _json(shapes.metadata(engine.create_index(config)))


def _list(request: Request, engine: Engine, _: str) -> Response:
    return _json([shapes.metadata(found) for found in engine.indexes()])


def _index(request: Request, engine: Engine, index_id: str) -> Response:
    return _json(shapes.metadata(engine.index(index_id)))


def _describe(request: Request, engine: Engine, index_id: str) -> Response:
    return _json(shapes.stats(index_id, engine.stats(index_id)))


def _splits(request: Request, engine: Engine, index_id: str) -> Response:
    wanted = parameters(request).get("split_states", "Published").split(",")
    found = engine.splits(index_id) if "Published" in wanted else ()
    return _json(shapes.splits(found))


def _clear(request: Request, engine: Engine, index_id: str) -> Response:
    engine.clear_index(index_id)
    return _json(None)


def _delete(request: Request, engine: Engine, index_id: str) -> Response:
    engine.delete_index(index_id)
    return _json([])


def _ingest(request: Request, engine: Engine, index_id: str) -> Response:
    given = parameters(request)
    commit, detailed = commit_mode(given), is_detailed(given)
    lines = documents(unpacked_body(request))
    return _json(shapes.ingest_report(engine.ingest(index_id, lines, commit), detailed))


def _search(request: Request, engine: Engine, index_ids: str) -> Response:
    search = parse_search(request)
    return Response(200, shapes.timed_search(engine, parse_index_list(index_ids), search))


def _create_delete_task(request: Request, engine: Engine, index_id: str) -> Response:
    query, search_fields = parse_delete_query(request)
    return _json(shapes.delete_task(engine.create_delete_task(index_id, query, search_fields)))


def _delete_tasks(request: Request, engine: Engine, index_id: str) -> Response:
    return _json([shapes.delete_task(task) for task in engine.delete_tasks(index_id)])


def _json(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _text(value: str) -> Response:
    return Response(200, value.encode(), "text/plain; version=0.0.4; charset=utf-8")
