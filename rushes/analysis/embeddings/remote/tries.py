"""When a text is tried again, and when that is given up."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Final

from rushes.analysis.embeddings.remote.provider import (
    ProviderCredentialsError,
    ProviderUnavailableError,
    Setback,
    SetbackError,
)
from rushes.errors import AnalysisError

_FIRST_PAUSE_SECONDS: Final = 0.25
_LONGEST_PAUSE_SECONDS: Final = 20.0
_MOST_REFUSED: Final = 6
"""How often the service may refuse one text's credentials, renewed after each time."""
_MOST_GARBAGE: Final = 5
_AWAY: Final = frozenset({Setback.UNREACHABLE, Setback.NOT_RENEWED})


class Tries:
    """The setbacks of one text.

    Throttling never ends it; the stage's time limit does. A service that is away may be so for
    `patience_seconds`.
    """

    def __init__(self, name: str, patience_seconds: float) -> None:
        self._name = name
        self._patience_seconds = patience_seconds
        self._counts: Counter[Setback] = Counter()
        self._away_since: float | None = None

    def pause_seconds(self, setback: SetbackError) -> float:
        """How long to wait before the next try. AnalysisError where there is none."""
        self._counts[setback.kind] += 1
        number = self._counts[setback.kind]
        now = time.monotonic()
        if setback.kind not in _AWAY:
            self._away_since = None
        elif self._away_since is None:
            self._away_since = now
        if self._is_over(setback.kind, number, now):
            raise given_up(self._name, setback)
        if setback.kind is Setback.EXPIRED:
            number -= 1  # with new credentials there is nothing to wait for
        return max(setback.retry_after_seconds, _jittered(number))

    def _is_over(self, kind: Setback, number: int, now: float) -> bool:
        if kind is Setback.EXPIRED:
            return number >= _MOST_REFUSED
        if kind is Setback.GARBAGE:
            return number >= _MOST_GARBAGE
        away = 0.0 if self._away_since is None else now - self._away_since
        return kind in _AWAY and away >= self._patience_seconds


def given_up(name: str, setback: SetbackError) -> AnalysisError:
    """What a setback is that came once too often."""
    if setback.kind is Setback.EXPIRED:
        return ProviderCredentialsError(
            f"{name} does not accept the AWS credentials ({setback.what})",
            remedy="check them with `aws sts get-caller-identity`, and this machine's clock",
        )
    if setback.kind is Setback.NOT_RENEWED:
        return ProviderCredentialsError(
            f"the AWS credentials ran out and could not be renewed ({setback.what})",
            remedy="check them with `aws sts get-caller-identity`, or log in again",
        )
    if setback.kind is Setback.GARBAGE:
        return ProviderUnavailableError(
            f"{name} answered several times with {setback.what}",
            remedy="check `endpoint_url` and `region` in the profile, or try again later",
        )
    return ProviderUnavailableError(
        f"{name} gave no answer ({setback.what})",
        remedy="check the network and the state of the service; it is tried again later",
    )


def _jittered(number: int) -> float:
    """Seconds before the try after the `number`th setback; spread, so that calls come apart."""
    if number < 1:
        return 0.0
    longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** min(number - 1, 16))
    return random.uniform(0.5, 1.0) * longest  # noqa: S311
