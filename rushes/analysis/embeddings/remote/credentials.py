"""AWS credentials that are renewed before they run out, and when a service refuses them.

botocore renews those that say when they run out, 10 to 15 minutes before. With shorter ones it
does so at every call, and it never does where the service knows better: where a clock is wrong,
or they were revoked.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from rushes.analysis.embeddings.remote.provider import (
    ProviderCredentialsError,
    Setback,
    SetbackError,
)
from rushes.errors import AnalysisError

log = logging.getLogger(__name__)

_LEADS: Final = tuple(600 / 2**step for step in range(14))
"""Seconds before their end at which credentials may be renewed; the longest that is at most a
third of what they have left when they are taken."""
_FIRST_TRIES: Final = 3
_AGAIN_SECONDS: Final = 0.3
_CHECK = "check them with `aws sts get-caller-identity`, or set `aws_profile` in the profile"


class RenewingCredentials:
    """What botocore's signer asks for credentials. Safe between threads.

    `chain` gives the credentials object of botocore's chain, made anew at each call, None where
    there are none.
    """

    def __init__(self, chain: Callable[[], Any]) -> None:
        self._chain = chain
        self._source: Any = None
        self._frozen: Any = None
        self._number = 0
        self._lead_seconds = 0.0
        self._not_before = 0.0
        self._lock = threading.Lock()
        self._used = threading.local()

    def get_frozen_credentials(self) -> Any:
        """Access key, secret key and token that belong together, for one request."""
        with self._lock:
            if self._frozen is None:
                self._take(*self._first())
            elif self._is_due():
                self._extend()
            self._used.number = self._number
            return self._frozen

    def get_deferred_property(self, name: str) -> Callable[[], None]:
        """Nothing: the account's number is not part of any address that is called."""
        return lambda: None

    def renew(self, refusal: str) -> None:
        """Other credentials in place of those that this thread's last request was refused with.

        ProviderCredentialsError where there can be none; SetbackError where there are none yet.
        """
        with self._lock:
            if getattr(self._used, "number", None) != self._number:
                return  # another thread has renewed them since
            before = self._frozen
            source, frozen = self._loaded()
            if before is not None and frozen[:3] == before[:3] and source.method == "env":
                raise _bound_to_environment(refusal, has_token=frozen.token is not None)
            self._take(source, frozen)

    def _first(self) -> tuple[Any, Any]:
        for _ in range(_FIRST_TRIES - 1):
            try:
                return self._loaded()
            except SetbackError:
                time.sleep(_AGAIN_SECONDS)
        try:
            return self._loaded()
        except SetbackError as error:
            what = error.what
        raise ProviderCredentialsError(f"AWS credentials cannot be had ({what})", remedy=_CHECK)

    def _loaded(self) -> tuple[Any, Any]:
        """The chain asked anew: files are read again, roles taken and processes run again."""
        source = _asked(self._chain)
        if source is None:
            raise ProviderCredentialsError(
                "there are no AWS credentials",
                remedy="set `aws_profile` in the profile, or AWS's own environment variables",
            )
        return source, _asked(source.get_frozen_credentials)

    def _take(self, source: Any, frozen: Any) -> None:
        self._source, self._frozen = source, frozen
        self._number += 1
        remains = getattr(source, "refresh_needed", None)
        if remains is not None:
            leads = (lead for lead in _LEADS if not remains(3 * lead))
            self._lead_seconds = next(leads, _LEADS[-1])

    def _is_due(self) -> bool:
        needed = getattr(self._source, "refresh_needed", None)
        if needed is None:
            return False
        may_try = time.monotonic() >= self._not_before
        return bool(needed(self._lead_seconds if may_try else 0))

    def _extend(self) -> None:
        try:
            self._take(self._source, _asked(self._source.get_frozen_credentials))
        except SetbackError as error:
            if self._source.refresh_needed(0):
                raise
            self._not_before = time.monotonic() + self._lead_seconds / 4
            log.warning("AWS credentials cannot be renewed yet (%s); they still hold", error.what)


def _asked(ask: Callable[[], Any]) -> Any:
    """What `ask` gives. SetbackError with the name of its error alone, which may quote secrets."""
    try:
        return ask()
    except AnalysisError:
        raise
    except Exception as error:
        what = type(error).__name__
    raise SetbackError(Setback.NOT_RENEWED, what)


def _bound_to_environment(refusal: str, *, has_token: bool) -> ProviderCredentialsError:
    if has_token:
        return ProviderCredentialsError(
            f"the AWS session token of the environment is no longer valid ({refusal}), and what "
            "the environment holds cannot be renewed",
            remedy="set `aws_profile` in the profile to an AWS profile that renews itself "
            "(credential_process, SSO, a role), or start again with a new token",
        )
    return ProviderCredentialsError(
        f"the service does not accept the AWS keys of the environment ({refusal})",
        remedy="correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, check this machine's clock, "
        "and start again",
    )
