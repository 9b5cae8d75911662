"""The search engine of Rushes: the Quickwit of `QUICKWIT_URL`, else the embedded node."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import httpx

from rushes.search.node.joining import Reviver, join_node
from rushes.search.node.launch import answers
from rushes.search.node.note import NodeAddress, noted_address
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.errors import QuickwitUnavailableError
from rushes.settings import Settings

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class EngineStatus:
    """What `rushes status` shows. `address` is without credentials; None: no node ever ran.

    `location`: the folder of the embedded node, or the address.
    """

    embedded: bool
    running: bool
    location: str
    address: str | None


def open_quickwit(settings: Settings) -> QuickwitClient:
    """A client of the engine in use, to be closed by its owner.

    With `quickwit_url` nothing is started. Otherwise the embedded node is started or joined, and
    stays up until this process and all its other users have ended. Where it does not start, that
    is logged and every call of the client fails until a node is there (`revive`).
    """
    if settings.quickwit_url:
        return QuickwitClient(settings.quickwit_url)
    folder = _folder(settings)
    try:
        join_node(folder)
    except QuickwitUnavailableError:
        LOGGER.exception("the embedded search node could not be started")
    # Within one machine packing costs more time than it saves.
    return QuickwitClient(NodeAddress(folder), gzip=False, revive=lambda: _reviver(folder).revive())


def revive(settings: Settings) -> None:
    """For those whose call was refused a connection: have the embedded node started again.

    In the background, one start at a time, and none with `quickwit_url`. Returns at once.
    """
    if not settings.quickwit_url:
        _reviver(_folder(settings)).revive()


def node_status(settings: Settings) -> EngineStatus:
    """How the engine is; starts and creates nothing."""
    if settings.quickwit_url:
        with QuickwitClient(settings.quickwit_url) as client:
            running = client.is_ready()
        address = shown_address(settings.quickwit_url)
        return EngineStatus(False, running, location=address, address=address)
    folder = _folder(settings)
    return EngineStatus(True, answers(folder), str(folder), noted_address(folder))


def shown_address(address: str) -> str:
    """`address` without name and password."""
    return str(httpx.URL(address).copy_with(userinfo=b""))


def _folder(settings: Settings) -> Path:
    return settings.quickwit_dir.resolve()


@lru_cache(maxsize=8)
def _reviver(folder: Path) -> Reviver:
    return Reviver(folder)
