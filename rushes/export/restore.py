"""Merges a backup into a database, one transaction a library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from rushes import audit
from rushes.errors import InvalidRequestError
from rushes.export.backup_file import read_backup_file
from rushes.export.contents import BackupContents, OfContent, contents_of
from rushes.export.film_contents import FilmsHere
from rushes.export.restore_report import RestoreReport, WaitsFor
from rushes.export.restored_audit import restore_audit
from rushes.export.restored_corrections import restore_corrections
from rushes.export.restored_films import restore_films
from rushes.export.restored_libraries import restore_library
from rushes.export.restored_people import restore_people
from rushes.library.repository import all_libraries, get_library


def restore_backup(
    engine: Engine,
    source: Path,
    author: str,
    *,
    overwrite: bool = False,
    dry_run: bool = False,
    libraries: Mapping[str, str] | None = None,
) -> RestoreReport:
    """Put back what a backup has and the database lacks. Doing it twice is doing it once.

    Where both say different things, what stands here stays, unless `overwrite`. `libraries`: slug
    in the backup -> slug of the library here. What cannot be put in its place yet is reported, and
    put there by the same call later, when its films are indexed. `dry_run` tells the same and
    writes nothing. Raises what `read_backup_file` does, NotFoundError `library_not_found`,
    InvalidRequestError for a library that the backup does not have.
    """
    contents = contents_of(read_backup_file(source))
    report = RestoreReport(str(source), dry_run)
    restoration = _Restoration(engine, contents, report, author, overwrite, dict(libraries or {}))
    restoration.run()
    return report


class _Restoration:
    def __init__(
        self,
        engine: Engine,
        contents: BackupContents,
        report: RestoreReport,
        author: str,
        overwrite: bool,
        libraries: dict[str, str],
    ) -> None:
        self._engine = engine
        self._contents = contents
        self._report = report
        self._author = author
        self._overwrite = overwrite
        self._libraries = libraries
        self._found: set[str] = set()

    def run(self) -> None:
        self._check_libraries()
        with self._engine.connect() as connection:
            here = [each.slug for each in all_libraries(connection)]
        done: set[str] = set()
        for slug in self._contents.libraries:
            with self._transaction() as connection:
                done.add(self._restore_library(connection, slug))
        for slug in here:
            if slug not in done:
                with self._transaction() as connection:
                    self._restore_films(connection, slug)
        with self._transaction() as connection:
            restore_audit(connection, self._contents.audit, self._report)
        self._report_films()

    def _check_libraries(self) -> None:
        unknown = sorted(self._libraries.keys() - self._contents.libraries.keys())
        if unknown:
            has = ", ".join(self._contents.libraries) or "none"
            raise InvalidRequestError(
                f"the backup has no library {unknown[0]!r}", remedy=f"it has: {has}"
            )
        with self._engine.connect() as connection:
            for slug in self._libraries.values():
                get_library(connection, slug)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin() as transaction:
            yield connection
            if self._report.dry_run:
                transaction.rollback()

    def _restore_library(self, connection: Connection, their_slug: str) -> str:
        before = self._report.written
        part = self._contents.libraries[their_slug]
        slug = restore_library(
            connection,
            part.definition,
            self._libraries.get(their_slug, their_slug),
            self._report,
            overwrite=self._overwrite,
        )
        self._restore_films(connection, slug)
        restore_people(
            connection, slug, part, self._author, self._report, overwrite=self._overwrite
        )
        if written := self._report.written - before:
            details = {"file": Path(self._report.file).name, "written": written}
            audit.record(connection, self._author, "backup.restored", slug, details)
        return slug

    def _restore_films(self, connection: Connection, slug: str) -> None:
        contents = self._contents
        wanted: list[OfContent] = [*contents.films, *contents.corrections]
        films = FilmsHere(connection, slug, wanted)
        # Corrections first: a policy may pin one.
        self._found |= restore_corrections(
            connection, contents.corrections, films, self._report, overwrite=self._overwrite
        )
        self._found |= restore_films(
            connection, contents.films, films, self._report, overwrite=self._overwrite
        )

    def _report_films(self) -> None:
        places = {
            each.content_hash: " = ".join(f"{library}/{path}" for library, path in each.places)
            for each in self._contents.films
        }
        wanted: list[OfContent] = [*self._contents.films, *self._contents.corrections]
        for content in sorted({each.content_hash for each in wanted} - self._found):
            self._report.wait("film", places.get(content, content), WaitsFor.INDEXING)
