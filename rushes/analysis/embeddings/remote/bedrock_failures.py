"""Errors of boto3 as setbacks and errors of ours, by their codes alone.

https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from rushes.analysis.embeddings.remote.provider import (
    ProviderRefusedError,
    Setback,
    SetbackError,
)
from rushes.errors import AnalysisError

_THROTTLED: Final = frozenset(
    {"ThrottlingException", "TooManyRequestsException", "ModelNotReadyException"}
)
_EXPIRED: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_PASSING: Final = frozenset({408, 424})
"""The model took too long or stumbled, which the next call need not."""
_MOST_RETRY_AFTER_SECONDS: Final = 3600.0
_CODE: Final = re.compile(r"[A-Z][A-Za-z]{2,50}(Exception|Error)")
_REQUEST: Final = re.compile(r"[0-9a-fA-F-]{36}")
_REMEDIES: Final = {
    "AccessDeniedException": "allow these credentials bedrock:InvokeModel on the model, and the "
    "account the model",
    "ResourceNotFoundException": "name a `region` that has the model",
    "ServiceQuotaExceededException": "ask AWS for a higher quota",
    "ValidationException": "check the model's name and its `model_settings` in the profile, and "
    "that the region has the model",
}


def failure_of(error: Exception, model: str, region: str) -> SetbackError | AnalysisError:
    """What went wrong in a call. No word of the service's own is in it but a known kind of code."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError
    from urllib3.exceptions import HTTPError

    if isinstance(error, ClientError):
        return _answered(error.response, model, region)
    name = type(error).__name__
    if isinstance(error, (BotoCoreError, ResponseParserError, HTTPError, OSError)):
        return SetbackError(Setback.UNREACHABLE, name)
    return AnalysisError(f"the call of AWS Bedrock went wrong: {name}", remedy="report it")


def _answered(response: Mapping[str, Any], model: str, region: str) -> SetbackError | AnalysisError:
    facts = response.get("ResponseMetadata", {})
    status = int(facts.get("HTTPStatusCode") or 0)
    given = str(response.get("Error", {}).get("Code", ""))
    code = given if given in _EXPIRED or _CODE.fullmatch(given) else f"HTTP {status}"
    if code in _THROTTLED or status in (429, 503):
        seconds = retry_after_seconds(facts.get("HTTPHeaders", {}).get("retry-after", ""))
        return SetbackError(Setback.THROTTLED, code, retry_after_seconds=seconds)
    if code in _EXPIRED:
        return SetbackError(Setback.EXPIRED, code)
    if status >= 500 or status in _PASSING:
        return SetbackError(Setback.UNREACHABLE, code)
    request = str(facts.get("RequestId", ""))
    number = f", request {request}" if _REQUEST.fullmatch(request) else ""
    return ProviderRefusedError(
        f"AWS Bedrock refused the call of {model} in {region} ({code}, status {status}{number})",
        remedy=f"{_REMEDIES.get(code, 'look the code up')}; then `rushes retry-failed`",
    )


def retry_after_seconds(value: str) -> float:
    """The header Retry-After, seconds or a date: 0 where it says nothing, an hour at most."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return 0.0
    return min(seconds, _MOST_RETRY_AFTER_SECONDS) if seconds > 0 else 0.0
