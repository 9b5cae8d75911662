"""QUICKWIT_URL is checked when it is read, and its password is shown nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from rushes.errors import ConfigurationError
from rushes.search.quickwit.connection import node_status, shown_address
from rushes.settings import Settings, get_settings


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch):
    def settings(address: str) -> Settings:
        monkeypatch.setenv("QUICKWIT_URL", address)
        get_settings.cache_clear()
        return get_settings()

    monkeypatch.delenv("RUSHES_QUICKWIT_URL", raising=False)
    yield settings
    get_settings.cache_clear()


@pytest.mark.parametrize(
    "address", ["http://h:7280", "https://me:sesame@h.example/quickwit", "http://[::1]:7280"]
)
def test_an_address_of_a_server_is_taken(environment, address):
    assert environment(address).quickwit_url == address
    assert environment(address + "/").quickwit_url == address


def test_an_empty_address_is_none(environment):
    assert environment("").quickwit_url is None


@pytest.mark.parametrize(
    "address",
    [
        "h:7280",
        "//me:sesame@h",
        "ftp://me:sesame@h",
        "http://",
        "http://:7280",
        "http://me:sesame@h:port",
        "http://me:sesame@h:99999",
        "http://me:sesame@h/?a=b",
        "http://me:sesame@h/#a",
        "http://me:sesame@h/\n",
        "http://me:sesame@[::1",
    ],
)
def test_what_is_no_such_address_is_refused_without_repeating_it(environment, address):
    with pytest.raises(ConfigurationError, match="QUICKWIT_URL is wrong") as caught:
        environment(address)
    assert "sesame" not in str(caught.value)


def test_the_password_in_it_is_not_shown(data_dir: Path):
    address = "http://me:sesame@127.0.0.1:9/q"
    settings = Settings(data_dir=data_dir, RUSHES_QUICKWIT_URL=address)
    assert "sesame" not in repr(settings)
    assert shown_address(address) == "http://127.0.0.1:9/q"
    status = node_status(settings)
    assert (status.embedded, status.running, status.location) == (
        False,
        False,
        shown_address(address),
    )


def test_the_status_of_a_node_that_never_ran_makes_nothing(data_dir: Path):
    status = node_status(Settings(data_dir=data_dir, RUSHES_QUICKWIT_URL=None))
    assert (status.embedded, status.running, status.address) == (True, False, None)
    assert list(data_dir.iterdir()) == []
