"""Texts to vectors through a service: order, pace, faults and limits."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from rushes.analysis.embeddings.remote.options import RemoteOptions
from rushes.analysis.embeddings.remote.provider import (
    ProviderRefusedError,
    ProviderUnavailableError,
)
from rushes.analysis.embeddings.remote.text_model import RemoteTextModel
from rushes.analysis.protocol import Watch
from rushes.errors import AnalysisError, ConfigurationError, InvalidRequestError
from tests.unit.analysis.embeddings.remote_calls import DIMENSION, Calls, calls, needs_boto3
from tests.unit.analysis.embeddings.small_models import KeptVectors, film_of
from tests.unit.analysis.embeddings.test_text_embeddings import said
from tests.unit.analysis.embeddings.titan_service import REGION, vector_for

__all__ = ["calls"]
pytestmark = needs_boto3

REFUSALS = (
    (400, "ValidationException", "ValidationException", "model_settings"),
    (403, "AccessDeniedException", "AccessDeniedException", "bedrock:InvokeModel"),
    (404, "ResourceNotFoundException", "ResourceNotFoundException", "region"),
    (302, "Moved", "HTTP 302", "look the code up"),
)
"""Status and code of an answer, what the error calls it, and the way out that it names."""


def texts(count: int, of: str = "text") -> list[str]:
    return [f"{of} {number}" for number in range(count)]


def assert_embedded(model: RemoteTextModel, asked: list[str]) -> None:
    """Every text has its own vector, in the order of the texts."""
    made = model.embed(asked, lambda: None)
    np.testing.assert_array_equal(made, [vector_for(each, DIMENSION) for each in asked])


def test_each_text_is_one_call_and_their_order_is_kept(calls: Calls) -> None:
    calls.service.delay_seconds = (0.0, 0.03)
    assert_embedded(calls.model(concurrency=6), texts(40))
    assert sorted(calls.service.texts) == sorted(texts(40))
    assert calls.service.texts != texts(40)  # they came in another order
    assert 1 < calls.service.most_running <= 6
    assert calls.service.problems == []


def test_throttling_fails_no_text_and_makes_calls_fewer(calls: Calls) -> None:
    calls.service.throttle_share = 0.4
    model = calls.model(concurrency=8)
    assert_embedded(model, texts(24))
    assert calls.service.calls > 24
    assert sorted(calls.service.texts) == sorted(texts(24))
    assert model._pace.allowed < 8


@pytest.mark.parametrize("status", [429, 503])
def test_the_service_says_when_to_come_back(calls: Calls, status: int) -> None:
    calls.service.answers = [(status, "ServiceUnavailableException", {"Retry-After": "1"})]
    assert_embedded(calls.model(concurrency=4), texts(1))
    first, again = calls.service.began
    assert again - first >= 1


def test_endless_throttling_ends_with_the_time_limit_of_the_stage(calls: Calls) -> None:
    calls.service.always = (429, "ThrottlingException", {"Retry-After": "30"})
    film, analyser = film_of(calls.folder, earlier=[said(0, 900, "red")]), calls.analyser()
    analyser.prepare()
    began = time.monotonic()
    with pytest.raises(AnalysisError) as caught:
        analyser.analyse(film, Watch(deadline=began + 3))
    assert caught.value.code == "timeout"
    assert time.monotonic() - began < 10
    assert calls.service.calls == 1


def test_a_call_that_hangs_holds_the_time_limit_not_up(calls: Calls) -> None:
    calls.service.always = "hang"
    model, until = calls.model(), time.monotonic() + 0.5

    def check() -> None:
        Watch(deadline=until).check()

    with pytest.raises(AnalysisError) as caught:
        model.embed(["red"], check)
    assert caught.value.code == "timeout"
    assert time.monotonic() - until < 2.5


def test_a_question_waits_only_so_long(calls: Calls) -> None:
    calls.service.always = (429, "ThrottlingException", {})
    with pytest.raises(ProviderUnavailableError) as caught:
        calls.analyser(question_seconds=0.5).embed_texts(["red"])
    assert (caught.value.code, caught.value.retryable) == ("provider_unavailable", True)
    assert caught.value.http_status == 503
    assert calls.service.calls <= 4  # with pauses between them


def test_dropped_half_and_garbled_answers_are_asked_for_again(calls: Calls) -> None:
    calls.service.answers = ["drop", "half", "garbage", "short", (500, "InternalServerError", {})]
    assert_embedded(calls.model(concurrency=2), texts(6))


def test_a_service_that_is_away_is_given_up_after_a_while(calls: Calls) -> None:
    model = calls.model(endpoint_url="http://127.0.0.1:1", patience_seconds=0.5)
    with pytest.raises(ProviderUnavailableError, match="EndpointConnectionError") as caught:
        model.embed(["red"], lambda: None)
    assert caught.value.retryable


def test_what_the_service_will_never_do_fails_at_once(calls: Calls) -> None:
    model = calls.model(concurrency=1)
    for number, (status, code, told, way) in enumerate(REFUSALS, start=1):
        calls.service.always = (status, code, {"Location": "http://127.0.0.1:1/elsewhere"})
        with pytest.raises(ProviderRefusedError, match=told) as caught:
            model.embed(texts(5), lambda: None)
        assert (caught.value.code, caught.value.retryable) == ("provider_refused", False)
        assert way in str(caught.value)
        assert REGION in caught.value.message
        assert calls.service.calls == number


def test_a_text_that_may_be_too_long_is_never_sent(calls: Calls) -> None:
    model = calls.model()
    assert model.embed(["x" * 8190]).any()
    for text in ("x" * 8191, "漢" * 2731, "é" * 4096):
        with pytest.raises(InvalidRequestError) as caught:
            model.embed(["short", text])
        assert caught.value.code == "query_too_long"
    assert calls.service.calls == 1


def test_long_speech_is_cut_into_windows_that_are_sent_whole(calls: Calls) -> None:
    text = " ".join(["Ein Satz, der ein Wort wie Größe hat."] * 300)
    analyser = calls.analyser()
    raw = analyser.analyse(film_of(calls.folder, earlier=[said(0, 9000, text)]), Watch())
    windows = [each["text"] for each in raw["windows"]]
    assert " ".join(windows) == text
    assert max(len(each.encode()) for each in windows) <= 3 * analyser.configuration.window_tokens
    assert set(calls.service.texts) == set(windows)


def test_a_text_of_spaces_or_with_half_a_character_is_not_sent(calls: Calls) -> None:
    analyser = calls.analyser()
    assert analyser.embed_texts(["  \n", "red", ""])[::2] == [None, None]
    with pytest.raises(InvalidRequestError, match="half a character"):
        analyser.embed_texts(["red \ud83d"])
    assert calls.service.texts == ["red"]


def test_an_unchanged_text_costs_no_call(calls: Calls) -> None:
    cache, film = KeptVectors(), film_of(calls.folder, earlier=[said(0, 900, "red")])
    first = calls.analyser(cache)
    raw = first.analyse(film, Watch())
    again = Watch()
    assert calls.analyser(cache).analyse(film, again) == raw
    assert again.measures.counts == {"windows": 1, "cache_hits": 1}
    assert calls.analyser(cache).embed_texts(["red"]) == first.embed_texts(["red"])
    assert calls.service.texts == ["red"]


def test_a_question_lies_in_the_space_of_the_windows(calls: Calls) -> None:
    analyser = calls.analyser()
    raw = analyser.analyse(film_of(calls.folder, earlier=[said(0, 900, "red")]), Watch())
    (found,) = analyser.findings(raw)
    assert found.embedding is not None
    assert [found.embedding.vector] == calls.analyser().embed_texts(["red"])
    assert analyser.identity.producer == "boto3"


def test_texts_go_over_https_only(calls: Calls) -> None:
    with pytest.raises(ConfigurationError, match="not https"):
        calls.model(endpoint_url="http://bedrock.example")
    calls.patch.setenv("AWS_ENDPOINT_URL", "http://bedrock.example")
    with pytest.raises(ConfigurationError, match="not https"):
        calls.model(endpoint_url="")


def test_no_region_and_no_such_profile_are_told(calls: Calls, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ProfileNotFound"):
        calls.model(aws_profile="nobody")
    calls.patch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    calls.patch.delenv("AWS_PROFILE")
    with pytest.raises(ConfigurationError, match="NoRegionError"):
        calls.model(region="", endpoint_url="")


def test_a_password_in_an_address_is_not_shown() -> None:
    assert "pass" not in repr(RemoteOptions(endpoint_url="https://user:pass@bedrock.example"))
