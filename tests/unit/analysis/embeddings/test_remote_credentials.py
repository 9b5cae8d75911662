"""Credentials that run out while texts are embedded, and secrets that are nowhere to be read."""

from __future__ import annotations

import json
import logging
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest

from rushes.analysis.embeddings.remote.aws_loggers import quieten_aws_loggers
from rushes.analysis.embeddings.remote.provider import (
    ProviderCredentialsError,
    ProviderRefusedError,
)
from tests.unit.analysis.embeddings.remote_calls import Calls, calls, needs_boto3
from tests.unit.analysis.embeddings.test_remote_calls import assert_embedded, texts
from tests.unit.analysis.embeddings.titan_service import key_of, secret_of, token_until

__all__ = ["calls"]
pytestmark = needs_boto3


def embed_for(calls: Calls, seconds: float) -> int:
    """Batches of texts for that long, each text with its vector; how many."""
    model, until, count = calls.model(concurrency=4), time.monotonic() + seconds, 0
    while time.monotonic() < until:
        assert_embedded(model, texts(8, f"batch {count}"))
        count += 1
        time.sleep(0.1)
    return 8 * count


def set_environment(calls: Calls, token: str, *, as_said: str | None = None) -> None:
    """Credentials of the environment, which nobody renews."""
    calls.patch.delenv("AWS_PROFILE")
    calls.patch.setenv("AWS_ACCESS_KEY_ID", key_of(token))
    calls.patch.setenv("AWS_SECRET_ACCESS_KEY", secret_of(token))
    if as_said != "":
        calls.patch.setenv("AWS_SESSION_TOKEN", as_said or token)


def test_tokens_of_a_second_fail_no_text(calls: Calls) -> None:
    calls.tokens_last(1.0)
    calls.service.delay_seconds = (0.0, 0.02)
    count = embed_for(calls, 5)
    assert len(calls.service.texts) == count
    assert len(calls.service.tokens) >= 4


@pytest.mark.deep
def test_tokens_of_two_seconds_fail_no_text_in_a_minute(calls: Calls) -> None:
    calls.tokens_last(2.0)
    calls.service.throttle_share = 0.1
    calls.service.delay_seconds = (0.0, 0.05)
    count = embed_for(calls, 60)
    assert len(calls.service.texts) == count
    assert len(calls.service.tokens) >= 30


def test_credentials_are_not_renewed_at_every_call(calls: Calls) -> None:
    calls.tokens_last(60.0)  # botocore alone asks for them anew when 10 minutes are left
    assert_embedded(calls.model(), texts(20))
    assert calls.process_runs <= 2


def test_a_token_that_runs_out_sooner_than_it_says_fails_no_text(calls: Calls) -> None:
    calls.tokens_last(1.0, told=3600)  # as a clock that is wrong makes it
    count = embed_for(calls, 3)
    assert len(calls.service.texts) == count
    assert calls.service.refused > 0


def test_a_revoked_token_is_replaced(calls: Calls) -> None:
    model = calls.model()
    assert_embedded(model, texts(4))
    calls.service.revoked |= calls.service.tokens
    assert_embedded(model, texts(4, "after"))
    assert calls.service.refused > 0


def test_a_token_that_runs_out_during_a_call_fails_no_text(calls: Calls) -> None:
    calls.service.answers = [(403, "ExpiredTokenException", {})] * 3
    assert_embedded(calls.model(concurrency=1), texts(4))
    assert len(calls.service.tokens) == 4


def test_a_source_that_fails_for_a_while_is_waited_for(calls: Calls) -> None:
    calls.tokens_last(1.0)
    model = calls.model(concurrency=2)
    assert_embedded(model, texts(2))
    calls.break_process(broken=True)
    time.sleep(1.1)
    with ThreadPoolExecutor(1) as executor:
        waiting = executor.submit(assert_embedded, model, texts(2, "later"))
        time.sleep(0.5)
        assert not waiting.done()
        calls.break_process(broken=False)
        waiting.result(60)


def test_a_source_that_fails_at_first_is_told_at_once(calls: Calls) -> None:
    calls.break_process(broken=True)
    with pytest.raises(ProviderCredentialsError, match="CredentialRetrievalError") as caught:
        calls.model().embed(["red"], lambda: None)
    assert "SECRET" not in _all_of(caught.value)
    assert calls.service.calls == 0


def test_no_credentials_at_all_are_told(calls: Calls) -> None:
    calls.patch.delenv("AWS_PROFILE")
    with pytest.raises(ProviderCredentialsError, match="no AWS credentials"):
        calls.model().embed(["red"], lambda: None)


def test_a_token_of_the_environment_cannot_be_renewed_and_says_so(calls: Calls) -> None:
    set_environment(calls, token_until(time.time() + 600))
    model = calls.model()
    assert_embedded(model, texts(2))
    calls.service.always = (403, "ExpiredTokenException", {})
    with pytest.raises(ProviderCredentialsError, match="cannot be renewed") as caught:
        model.embed(["red"], lambda: None)
    assert "aws_profile" in str(caught.value)
    assert "TOKEN" not in _all_of(caught.value)


def test_wrong_keys_of_the_environment_are_told_at_once(calls: Calls) -> None:
    set_environment(calls, token_until(time.time() + 60), as_said="")
    with pytest.raises(ProviderCredentialsError, match="keys of the environment"):
        calls.model(concurrency=1).embed(["red"], lambda: None)
    assert calls.service.calls == 1


def test_a_bearer_token_of_the_environment_is_left_alone(calls: Calls) -> None:
    calls.patch.setenv("AWS_BEARER_TOKEN_BEDROCK", "SECRET-BEARER")
    assert_embedded(calls.model(patience_seconds=1), texts(2))


def test_no_secret_and_no_text_is_logged_or_in_an_error(
    calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("botocore", "botocore.auth", "botocore.endpoint", "boto3", "urllib3"):
        caplog.set_level(logging.DEBUG, logger=name)
    calls.tokens_last(1.5)
    calls.service.answers = [
        (429, "ThrottlingException", {}),
        (403, "ExpiredTokenException", {}),
        (500, "InternalServerException", {}),
        "garbage",
    ]
    model = calls.model(concurrency=2, patience_seconds=1)
    asked = texts(6, "CONFIDENTIAL")
    assert_embedded(model, asked)
    calls.break_process(broken=True)
    time.sleep(1.6)
    with pytest.raises(ProviderCredentialsError) as unrenewed:
        model.embed(asked, lambda: None)
    assert "Refreshing temporary credentials failed" in caplog.text
    calls.break_process(broken=False)
    calls.service.always = (400, "ValidationException", {})
    with pytest.raises(ProviderRefusedError) as refused:
        model.embed(asked, lambda: None)
    told = [_all_of(unrenewed.value), _all_of(refused.value), repr(model), repr(vars(model))]
    told += [json.dumps(_plain(record)) for record in caplog.records] + [caplog.text]
    secrets = ["CONFIDENTIAL", "SECRET-OF-THE-PROCESS", "AWS4-HMAC-SHA256"]
    for token in calls.service.tokens:
        secrets += [token, secret_of(token), key_of(token)]
    assert len(secrets) > 6
    assert [each for each in secrets if any(each in text for text in told)] == []


def test_what_the_aws_libraries_log_is_caught_by_that_test(
    caplog: pytest.LogCaptureFixture,
) -> None:
    from botocore.auth import logger

    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger=logger.name)
    logger.debug("CanonicalRequest: %s", "before")
    quieten_aws_loggers()
    logger.debug("CanonicalRequest: %s", "after")
    assert "before" in caplog.text
    assert "after" not in caplog.text


def _all_of(error: BaseException) -> str:
    """An error with all that hangs on it: causes, contexts, the values that it was made of."""
    parts: list[str] = []
    each: BaseException | None = error
    while each is not None:
        parts += ["".join(traceback.format_exception(each)), repr(each), repr(vars(each))]
        each = each.__cause__ or each.__context__
    return "\n".join(parts)


def _plain(record: logging.LogRecord) -> dict[str, str]:
    return {name: repr(value) for name, value in vars(record).items()}
