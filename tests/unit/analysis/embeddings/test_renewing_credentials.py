"""When credentials are taken anew: before they end, after a refusal, and by one thread for all."""

from __future__ import annotations

from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest

from rushes.analysis.embeddings.remote.credentials import RenewingCredentials
from rushes.analysis.embeddings.remote.provider import (
    ProviderCredentialsError,
    Setback,
    SetbackError,
)

Frozen = namedtuple("Frozen", ["access_key", "secret_key", "token"])


@dataclass
class Source:
    """Credentials as botocore's chain gives them; `left_seconds` is its clock."""

    left_seconds: float
    method: str = "custom-process"
    number: int = 0
    broken: bool = False
    renews: bool = True
    chains: int = 0

    def chain(self) -> Source:
        self.chains += 1
        return self

    def refresh_needed(self, refresh_in: float) -> bool:
        return self.left_seconds < refresh_in

    def get_frozen_credentials(self) -> Frozen:
        if self.broken:
            raise RuntimeError("quotes SECRET")
        self.number += self.renews
        return Frozen("key", "secret", f"token {self.number}")


@pytest.mark.parametrize(
    ("lifetime", "lead"), [(36_000, 600), (3600, 600), (900, 300), (300, 75), (2, 0.585)]
)
def test_they_are_renewed_with_a_third_of_their_life_left_at_most(
    lifetime: float, lead: float
) -> None:
    source = Source(lifetime)
    credentials = RenewingCredentials(source.chain)
    assert credentials.get_frozen_credentials().token == "token 1"
    source.left_seconds = lead * 1.01
    assert credentials.get_frozen_credentials().token == "token 1"
    source.left_seconds = lead * 0.99
    assert credentials.get_frozen_credentials().token == "token 2"
    assert source.chains == 1


def test_while_they_hold_a_failed_renewal_changes_nothing() -> None:
    source = Source(3600)
    credentials = RenewingCredentials(source.chain)
    held = credentials.get_frozen_credentials()
    source.broken, source.left_seconds = True, 100
    assert credentials.get_frozen_credentials() == held
    source.left_seconds = -1
    with pytest.raises(SetbackError) as caught:
        credentials.get_frozen_credentials()
    assert (caught.value.kind, caught.value.what) == (Setback.NOT_RENEWED, "RuntimeError")
    source.broken = False
    assert credentials.get_frozen_credentials() != held


def test_a_refusal_renews_them_once_for_all_threads() -> None:
    source, barrier = Source(3600), Barrier(8)
    credentials = RenewingCredentials(source.chain)

    def refused(_: int) -> str:
        credentials.get_frozen_credentials()
        barrier.wait(10)
        credentials.renew("ExpiredTokenException")
        return str(credentials.get_frozen_credentials().token)

    with ThreadPoolExecutor(8) as executor:
        assert set(executor.map(refused, range(8))) == {"token 2"}
    assert source.chains == 2


def test_static_credentials_are_asked_for_once() -> None:
    class Static:
        method = "shared-credentials-file"

        def get_frozen_credentials(self) -> Frozen:
            return Frozen("key", "secret", None)

    made: list[Static] = []

    def chain() -> Static:
        made.append(Static())
        return made[-1]

    credentials = RenewingCredentials(chain)
    for _ in range(3):
        credentials.get_frozen_credentials()
    assert len(made) == 1
    credentials.renew("ExpiredTokenException")  # the file may hold others by now
    assert len(made) == 2


@pytest.mark.parametrize("token", ["token 0", None])
def test_the_environment_gives_no_others(token: str | None) -> None:
    class Environment(Source):
        def get_frozen_credentials(self) -> Frozen:
            return Frozen("key", "secret", token)

    credentials = RenewingCredentials(Environment(3600, method="env").chain)
    credentials.get_frozen_credentials()
    with pytest.raises(ProviderCredentialsError, match="environment") as caught:
        credentials.renew("ExpiredTokenException")
    assert ("AWS_SECRET_ACCESS_KEY" in str(caught.value)) == (token is None)


def test_no_secret_is_shown_by_them() -> None:
    credentials = RenewingCredentials(Source(3600).chain)
    credentials.get_frozen_credentials()
    assert "secret" not in repr(credentials)
