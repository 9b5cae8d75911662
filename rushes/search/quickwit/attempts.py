"""Which request may be sent again: one of which nothing was accepted, or that changes nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import httpx

from rushes.search.quickwit.errors import QuickwitUnavailableError
from rushes.search.quickwit.pool import ConnectionPool, Reply, Request

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_BROKEN = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
_BUSY = 429
_FIRST_DELAY_SECONDS = 0.25
_LONGEST_DELAY_SECONDS = 4.0
_SENDINGS = 5  # four delays: about 4 s in all


def send_once(pool: ConnectionPool, request: Request, seconds: float) -> Reply:
    """Send a request that must not be sent twice. Raises `QuickwitUnavailableError`."""
    return _translated(pool, request, time.monotonic() + seconds)


def send_idempotent(pool: ConnectionPool, request: Request, seconds: float) -> Reply:
    """Send a request that changes nothing; `seconds` bounds all attempts together.

    It is sent once more where a kept connection turns out to be broken, and where the server has
    meanwhile moved to another port.
    """
    deadline = time.monotonic() + seconds
    tried = pool.address
    try:
        return _translated(pool, request, deadline)
    except QuickwitUnavailableError as error:
        if not (isinstance(error.__cause__, _BROKEN) or pool.address != tried):
            raise
    return _translated(pool, request, deadline)


def send_when_accepted(
    pool: ConnectionPool, request: Request, seconds: float, sleep: Callable[[float], None]
) -> Reply:
    """Send documents; again, after a growing delay, only where none of them was accepted.

    That is: where no connection came about, or at 429. `seconds` bounds each attempt.
    """
    for attempt in range(_SENDINGS):
        is_last = attempt == _SENDINGS - 1
        try:
            reply = _translated(pool, request, time.monotonic() + seconds)
        except QuickwitUnavailableError as error:
            if error.was_sent or is_last:
                raise
        else:
            if reply.status != _BUSY or is_last:
                return reply
        sleep(_delay(attempt))
    raise AssertionError  # the last attempt returns or raises


def _delay(attempt: int) -> float:
    longest = min(_FIRST_DELAY_SECONDS * 2.0**attempt, _LONGEST_DELAY_SECONDS)
    return longest * random.uniform(0.5, 1.5)  # noqa: S311 to part those that wait, no secret


def _translated(pool: ConnectionPool, request: Request, deadline: float) -> Reply:
    try:
        return pool.send(request, deadline)
    except httpx.RequestError as error:
        was_sent = not isinstance(error, _NOT_SENT)
        if isinstance(error, httpx.TimeoutException):
            message = "The search engine did not answer in time."
        elif was_sent:
            message = "The connection to the search engine broke."
        else:
            message = "The search engine cannot be reached."
        raise QuickwitUnavailableError(message, was_sent=was_sent, reason=str(error)) from error
