"""A library in a real folder over a real database, with a clock that the test turns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select

from rushes.db.tables import asset
from rushes.library.listing import Disk
from rushes.library.report import ScanReport
from rushes.library.service import LibraryService
from rushes.settings import Settings


class LibraryUnderTest:
    """The folder `root` as library `films`; `now` is the time of the next scan."""

    def __init__(self, engine: Engine, root: Path, data_dir: Path) -> None:
        self.engine = engine
        self.root = root
        self.now = datetime(2024, 5, 1, 12, tzinfo=UTC)
        self.settings = Settings(data_dir=data_dir)
        self.service = LibraryService(engine, self.settings)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for path, content in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def scan(self, *, stability_seconds: float = 0, **options: object) -> ScanReport:
        report = self.service.scan(
            "films",
            stability_seconds=stability_seconds,
            now=self.now,
            **options,  # type: ignore[arg-type]
        )
        self.now += timedelta(minutes=1)
        return report

    def scan_with(self, disk: Disk) -> ScanReport:
        service = LibraryService(self.engine, self.settings, disk=disk)
        return service.scan("films", stability_seconds=0, now=self.now)

    def rows(self) -> dict[str, dict[str, object]]:
        """Every film by id."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(asset)).mappings()
            return {row["asset_id"]: dict(row) for row in rows}

    def present(self) -> dict[str, str]:
        """Path -> id of what is there."""
        rows = self.rows().values()
        return {str(r["path"]): str(r["asset_id"]) for r in rows if r["state"] == "present"}

    def states(self) -> dict[str, str]:
        """Id -> state."""
        return {asset_id: str(row["state"]) for asset_id, row in self.rows().items()}
