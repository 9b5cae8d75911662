"""How often, how soon and by how many a service is called again."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.analysis.embeddings.remote.bedrock_client import is_private
from rushes.analysis.embeddings.remote.bedrock_failures import retry_after_seconds
from rushes.analysis.embeddings.remote.options import RemoteOptions
from rushes.analysis.embeddings.remote.pace import Pace, StoppedError
from rushes.analysis.embeddings.remote.provider import Setback, SetbackError
from rushes.analysis.embeddings.remote.text_model import RemoteTextModel
from rushes.analysis.embeddings.remote.titan import LIMIT, TOKENS, count_tokens, vector_of
from rushes.analysis.embeddings.remote.tries import Tries
from rushes.analysis.embeddings.remote.workers import in_parallel
from rushes.analysis.embeddings.vector_cache import Floats
from rushes.errors import AnalysisError


def pauses(setback: SetbackError, patience_seconds: float = 0, most: int = 40) -> list[float]:
    """The pauses of one text until it is given up."""
    tries, made = Tries("a service", patience_seconds), []
    while len(made) < most:
        try:
            made.append(tries.pause_seconds(setback))
        except AnalysisError:
            break
    return made


def test_throttling_alone_never_ends_the_tries_and_they_come_apart() -> None:
    made = pauses(SetbackError(Setback.THROTTLED, "x"))
    assert len(made) == 40
    assert made[0] <= 0.25
    assert 10 <= made[20] <= 20
    assert len(set(made)) > 30


def test_what_the_service_asks_for_is_waited_for() -> None:
    assert pauses(SetbackError(Setback.THROTTLED, "x", retry_after_seconds=90), most=1) == [90]


@pytest.mark.parametrize(
    ("kind", "code", "count"),
    [
        (Setback.EXPIRED, "provider_credentials", 5),
        (Setback.NOT_RENEWED, "provider_credentials", 0),
        (Setback.GARBAGE, "provider_unavailable", 4),
        (Setback.UNREACHABLE, "provider_unavailable", 0),
    ],
)
def test_what_never_gets_better_ends_with_a_code(kind: Setback, code: str, count: int) -> None:
    tries = Tries("a service", 0)
    for _ in range(count):
        tries.pause_seconds(SetbackError(kind, "Reason"))
    with pytest.raises(AnalysisError, match=r"Reason|several times") as caught:
        tries.pause_seconds(SetbackError(kind, "Reason"))
    assert (caught.value.code, caught.value.retryable) == (code, True)


def test_new_credentials_are_used_at_once() -> None:
    made = pauses(SetbackError(Setback.EXPIRED, "x"))
    assert made[0] == 0
    assert 0 < made[1] < made[4] < 10


def test_patience_with_a_service_that_is_away_begins_anew_when_it_answers() -> None:
    tries = Tries("a service", 0.2)
    away = SetbackError(Setback.UNREACHABLE, "x")
    tries.pause_seconds(away)
    time.sleep(0.25)
    tries.pause_seconds(SetbackError(Setback.THROTTLED, "x"))
    tries.pause_seconds(away)
    time.sleep(0.25)
    with pytest.raises(AnalysisError):
        tries.pause_seconds(away)


def test_the_pace_is_halved_once_for_calls_that_went_together_and_grows_back() -> None:
    pace, stop = Pace(8), Event()
    with pace.turn(stop) as one, pace.turn(stop) as other:
        pass
    for began_at in (one, other):
        pace.throttled(began_at)
    assert pace.allowed == 4
    for _ in range(40):
        pace.answered()
    assert pace.allowed == 8
    for _ in range(9):
        with pace.turn(stop) as began_at:
            pass
        pace.throttled(began_at)
    assert pace.allowed == 1


def test_nobody_calls_while_the_service_asks_for_rest() -> None:
    pace, stop = Pace(2), Event()
    with pace.turn(stop) as began_at:
        pace.throttled(began_at, hold_seconds=0.3)
    began = time.monotonic()
    with pace.turn(stop) as began_at:
        assert began_at - began > 0.2
    pace.throttled(began_at, hold_seconds=60)
    with ThreadPoolExecutor(1) as executor:
        waiting = executor.submit(lambda: pace.turn(stop).__enter__())
        stop.set()
        with pytest.raises(StoppedError):
            waiting.result(5)


def test_work_of_many_threads_keeps_its_order_and_its_first_error() -> None:
    def doubled(number: int, stop: Event) -> int:
        time.sleep(0.001 * (number % 3))
        if number == 50:
            raise ValueError("fifty")
        return 2 * number

    numbers = list(range(40))
    assert in_parallel(doubled, numbers, 6, lambda: None) == [2 * each for each in numbers]
    assert in_parallel(doubled, [], 6, lambda: None) == []
    with pytest.raises(ValueError, match="fifty"):
        in_parallel(doubled, list(range(100)), 2, lambda: None)


@pytest.mark.parametrize("value", ["", "soon", "-3", "nan", "-inf", "0", "Mon, 99 Foo 2026"])
def test_a_retry_after_that_says_nothing_is_none(value: str) -> None:
    assert retry_after_seconds(value) == 0


def test_a_retry_after_is_seconds_or_a_date_and_an_hour_at_most() -> None:
    assert retry_after_seconds("2.5") == 2.5
    assert retry_after_seconds("1e12") == retry_after_seconds("inf") == 3600
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 57 < retry_after_seconds(soon) <= 60


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_a_text_within_the_limit_is_within_the_model_however_it_is_cut(text: str) -> None:
    assert 3 * count_tokens(text) >= len(text.encode(errors="surrogatepass")) >= len(text)
    assert 3 * LIMIT <= TOKENS


@pytest.mark.parametrize(
    "answer",
    [
        *(b"", b"[", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000),
        *(b'{"embedding": null}', b'{"embedding": [1]}', b'{"embedding": [[1], [2]]}'),
        *(b'{"embedding": [1, "x"]}', b'{"embedding": [1, NaN]}', b'{"embedding": [0, 0]}'),
        *(b'{"embedding": [1, 1e999]}', b'{"embedding": [1, 1e39]}'),
    ],
)
def test_an_answer_that_is_no_vector_is_a_setback(answer: bytes) -> None:
    with pytest.raises(SetbackError) as caught:
        vector_of(answer, 2)
    assert caught.value.kind is Setback.GARBAGE
    assert vector_of(b'{"embedding": [1, 2.5]}', 2).tolist() == [1, 2.5]


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("https://bedrock-runtime.eu-central-1.amazonaws.com", True),
        ("http://127.0.0.1:4566", True),
        ("http://[::1]:4566", True),
        ("http://localhost:4566", True),
        ("http://localhost.example", False),
        ("http://127.0.0.1.example", False),
        ("http://10.0.0.1", False),
        ("https://", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_only_this_machine_is_called_without_https(address: str, private: bool) -> None:
    assert is_private(address) is private


class Throttling:
    """A service that takes nothing, and counts how often it is asked."""

    name, dimension = "a service", 3

    def __init__(self) -> None:
        self.calls = 0

    def count(self, text: str) -> int:
        return len(text)

    def embed(self, text: str) -> Floats:
        self.calls += 1
        raise SetbackError(Setback.THROTTLED, "x")


def test_who_gives_up_calls_no_more() -> None:
    service = Throttling()
    model = RemoteTextModel(service, LIMIT, RemoteOptions(question_seconds=0.2))
    with pytest.raises(AnalysisError, match="gave no answer"):
        model.embed(["a", "b", "c"])
    time.sleep(0.5)  # for calls under way
    calls = service.calls
    time.sleep(0.5)
    assert 0 < calls == service.calls
