"""The calls of Quickwit that Rushes makes, typed. Safe to share between threads and forks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx

from rushes.search.quickwit import answers
from rushes.search.quickwit.answers import IndexStats, IngestAnswer, SearchAnswer
from rushes.search.quickwit.attempts import send_idempotent, send_once, send_when_accepted
from rushes.search.quickwit.errors import QuickwitUnavailableError
from rushes.search.quickwit.lines import compressed, joined
from rushes.search.quickwit.names import checked_index_id, index_list
from rushes.search.quickwit.pool import ConnectionPool, Reply, Request
from rushes.search.quickwit.refusals import Purpose, error_of, foreign_answer

SEARCH_SECONDS = 10.0
"""The longest that a search takes, its one repetition included."""
INGEST_SECONDS = 120.0  # `wait_for` and `force` answer only after a commit
_MANAGE_SECONDS = 30.0
_READY_SECONDS = 2.0
_JSON = {"content-type": "application/json"}
_LINES = {"content-type": "application/x-ndjson"}
_COMPRESSED_LINES = {**_LINES, "content-encoding": "gzip"}
_END_OF_QUERY = b'"}'
_SEARCH = Purpose("search", may_quote=False)
_INGEST = Purpose("take documents", may_quote=False, has_documents=True)

Commit = Literal["auto", "wait_for", "force"]
Answer = TypeVar("Answer")


class QuickwitClient:
    """One server, through kept connections.

    `address` (scheme, host, port, and a path before `/api` where there is one) may be a function,
    asked anew for each request: the embedded node may change its port.

    Every call raises `QuickwitUnavailableError`, `QuickwitRefusedError`, `IndexMissingError` or,
    for documents, `DocumentTooLargeError`.
    """

    def __init__(
        self,
        address: Callable[[], str] | str,
        *,
        transport: httpx.BaseTransport | None = None,
        gzip: bool = True,
        sleep: Callable[[float], None] = time.sleep,
        revive: Callable[[], None] = lambda: None,
    ) -> None:
        fixed = address
        self._pool = ConnectionPool(fixed if callable(fixed) else lambda: fixed, transport)
        self._encoded, self._line_headers = (
            (compressed, _COMPRESSED_LINES) if gzip else (joined, _LINES)
        )
        self._sleep = sleep
        self._revive = revive

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._pool.close()

    def revive(self) -> None:
        """Start the engine again, where it is ours and does not live. Waits for nothing."""
        self._revive()

    def ingest(self, index: str, lines: Sequence[bytes], commit: Commit = "auto") -> IngestAnswer:
        """Send documents, each encoded as one line of JSON, in one request; see `split_lines`.

        `auto`: durable, not searchable yet; `wait_for`: answered after the next commit; `force`:
        committed at once. Sent again only while none of it was accepted.
        """
        path = f"/api/v1/{checked_index_id(index)}/ingest?commit={commit}&detailed_response=true"
        request = Request("POST", path, self._encoded(lines), self._line_headers)
        reply = send_when_accepted(self._pool, request, INGEST_SECONDS, self._sleep)
        return _read(reply, _INGEST, answers.ingest_answer)

    def search(
        self,
        indexes: Sequence[str],
        *,
        query: str,
        query_end: bytes = b"",
        search_fields: Sequence[str] = (),
        max_hits: int = 20,
        start_offset: int = 0,
        sort_by: str | None = None,
        aggs: dict[str, Any] | None = None,
        timeout_seconds: float | None = None,
    ) -> SearchAnswer:
        """Ask several indexes one query. A part of an answer is none: `errors` raises.

        `query_end`: goes on where `query` ends, written as it stands between the quotes of JSON: it
        may be long, and the same for many searches.
        """
        asked: dict[str, Any] = {"max_hits": max_hits, "start_offset": start_offset}
        if search_fields:
            asked["search_field"] = ",".join(search_fields)
        if sort_by:
            asked["sort_by"] = sort_by
        if aggs:
            asked["aggs"] = aggs
        asked["query"] = query
        body = json.dumps(asked).encode()
        if query_end:
            body = b"".join((body.removesuffix(_END_OF_QUERY), query_end, _END_OF_QUERY))
        request = Request("POST", f"/api/v1/{index_list(indexes)}/search", body, _JSON)
        reply = send_idempotent(self._pool, request, timeout_seconds or SEARCH_SECONDS)
        answer = _read(reply, _SEARCH, answers.search_answer)
        if answer.errors:
            raise QuickwitUnavailableError(
                "The search engine answered in part only.",
                was_sent=True,
                reason="; ".join(answer.errors),
            )
        return answer

    def create_index(self, config: dict[str, Any]) -> None:
        """Make an index. `QuickwitRefusedError` where it exists or the configuration is wrong."""
        request = _post("/api/v1/indexes", config)
        self._change(request, Purpose("create an index"), _nothing)

    def describe_index(self, index: str) -> dict[str, Any]:
        """The configuration of an index as the server keeps it, defaults filled in."""
        return self._look(
            f"/api/v1/indexes/{checked_index_id(index)}",
            Purpose("describe an index"),
            lambda body: dict(body["index_config"]),
        )

    def index_stats(self, index: str) -> IndexStats:
        """How much of an index is published."""
        path = f"/api/v1/indexes/{checked_index_id(index)}/describe"
        return self._look(path, Purpose("describe an index"), answers.index_stats)

    def list_indexes(self, prefix: str = "") -> list[str]:
        """The names of the indexes that begin with `prefix`, sorted."""

        def names(body: Any) -> list[str]:
            every = (str(each["index_config"]["index_id"]) for each in body)
            return sorted(name for name in every if name.startswith(prefix))

        return self._look("/api/v1/indexes", Purpose("list the indexes"), names)

    def delete_index(self, index: str) -> None:
        """Drop an index with all its documents."""
        request = Request("DELETE", f"/api/v1/indexes/{checked_index_id(index)}")
        self._change(request, Purpose("drop an index"), _nothing)

    def clear_index(self, index: str) -> None:
        """Drop all documents of an index, and keep the index."""
        request = Request("PUT", f"/api/v1/indexes/{checked_index_id(index)}/clear")
        self._change(request, Purpose("clear an index"), _nothing)

    def create_delete_task(self, index: str, query: str, search_fields: Sequence[str]) -> int:
        """Have what a query finds deleted some time later; the task's opstamp.

        What the query may also hit and when it is applied is in no hand of ours: ask for what no
        future document can match.
        """
        path = f"/api/v1/{checked_index_id(index)}/delete-tasks"
        request = _post(path, {"query": query, "search_field": list(search_fields)})
        purpose = Purpose("make a delete task")
        return self._change(request, purpose, lambda body: int(body["opstamp"]))

    def is_ready(self) -> bool:
        """Whether it can be reached and says of itself that it is ready."""
        request = Request("GET", "/health/readyz")
        try:
            reply = send_idempotent(self._pool, request, _READY_SECONDS)
        except QuickwitUnavailableError:
            return False
        return reply.status == 200 and reply.body.strip() == b"true"

    def _look(self, path: str, purpose: Purpose, read: Callable[[Any], Answer]) -> Answer:
        reply = send_idempotent(self._pool, Request("GET", path), _MANAGE_SECONDS)
        return _read(reply, purpose, read)

    def _change(self, request: Request, purpose: Purpose, read: Callable[[Any], Answer]) -> Answer:
        return _read(send_once(self._pool, request, _MANAGE_SECONDS), purpose, read)


def _post(path: str, body: Any) -> Request:
    return Request("POST", path, json.dumps(body).encode(), _JSON)


def _nothing(body: Any) -> None:
    """For answers that tell nothing new."""


def _read(reply: Reply, purpose: Purpose, read: Callable[[Any], Answer]) -> Answer:
    if reply.status != 200:
        raise error_of(reply, purpose)
    try:
        return read(json.loads(reply.body or b"null"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise foreign_answer(purpose) from error
