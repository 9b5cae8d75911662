"""Where the node of a folder listens."""

from __future__ import annotations

from pathlib import Path

from rushes.db.embedded.location import read_note
from rushes.search.quickwit.errors import QuickwitUnavailableError

HOST = "127.0.0.1"


def note_path(folder: Path) -> Path:
    """The file in which the node notes its port."""
    return folder / "node.json"


def noted_address(folder: Path) -> str | None:
    """The address that the last node noted; it says nothing about a node being there."""
    port = read_note(note_path(folder)).get("port")
    return f"http://{HOST}:{port}" if port else None


class NodeAddress:
    """The noted address, kept until the note changes: one look at the disk a request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = note_path(folder)
        self._known: tuple[tuple[int, int], str] | None = None

    def __call__(self) -> str:
        """The address. `QuickwitUnavailableError` where no node listens."""
        try:
            status = self._path.stat()
        except OSError as error:
            raise _not_running() from error
        version = (status.st_ino, status.st_mtime_ns)
        known = self._known
        if known is not None and known[0] == version:
            return known[1]
        address = noted_address(self._folder)
        if address is None:
            raise _not_running()
        self._known = (version, address)
        return address


def _not_running() -> QuickwitUnavailableError:
    return QuickwitUnavailableError("The embedded search node is not running.", was_sent=False)
