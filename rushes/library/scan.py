"""One look at a library, from the listing to the rows. `LibraryService.scan` starts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from rushes.errors import MediaError
from rushes.library import scan_store
from rushes.library.collisions import HashedFile, files_to_verify, verified_contents
from rushes.library.content_hash import SAMPLED_PREFIX, full_hash, is_exact, sampled_hash
from rushes.library.elsewhere import films_elsewhere, full_hashes_elsewhere, lock_newcomers
from rushes.library.hashing import BATCH_FILES, HashFunction, HashOutcome, hash_files
from rushes.library.identity import ScanPlan, plan_scan
from rushes.library.listing import ListedFile, Listing, list_films
from rushes.library.outside import colliding_outside
from rushes.library.paths import is_under_any
from rushes.library.records import Library
from rushes.library.report import ScanReport
from rushes.library.repository import update_library
from rushes.library.scan_options import ScanOptions
from rushes.library.scan_writer import Findings, write_findings
from rushes.library.stability import FileRecord, first_seen, observe
from rushes.library.volumes import RootIdentity, root_identity, volume_label

# Errors of a file that will be fine once its writer is done.
_PASSING_CODES = frozenset({"still_copying", "source_missing"})


class SourceOfflineError(Exception):
    """The root is not there, so nothing can be said about any film."""


class LibraryScan:
    """A look at `library` over the connection that holds its lock."""

    def __init__(self, connection: Connection, library: Library, options: ScanOptions) -> None:
        self._connection = connection
        self._library = library
        self._options = options
        self._compared: frozenset[str] = frozenset()  # contents that newcomers were compared with
        with connection.begin():
            self._known, self._known_full = scan_store.known_assets(connection, library.slug)
            self._records = scan_store.file_records(connection, library.slug)
            self._missing = scan_store.missing_records(connection, library.slug)

    def run(self) -> ScanReport:
        """Look, decide and write. A film's trouble is a finding; an absent root changes nothing."""
        try:
            identity, listing = self._list()
            findings = self._look(identity, listing)
        except SourceOfflineError as error:
            return self._offline(str(error))
        return self._write(identity, findings)

    def _list(self) -> tuple[RootIdentity, Listing]:
        options, library = self._options, self._library
        try:
            identity = root_identity(library.root)
            listing = list_films(
                library.root,
                library.include,
                library.exclude,
                only=options.only,
                skip=options.skip,
                disk=options.disk,
            )
        except (OSError, MediaError) as error:
            raise SourceOfflineError(_reason(error)) from error
        if listing.is_empty and self._looks_unmounted(identity):
            raise SourceOfflineError("the root is empty and is not the folder it was: no volume")
        return identity, listing

    def _looks_unmounted(self, identity: RootIdentity) -> bool:
        """Whether an empty root is the mount point of an absent volume, not an emptied folder."""
        present = [asset for asset in self._known if not asset.missing]
        if not present or self._library.identity in (None, identity):
            return False
        return not any((self._library.root / asset.path).exists() for asset in present)

    def _look(self, identity: RootIdentity, listing: Listing) -> Findings:
        """Hash what is new and stable, compare what collides."""
        options = self._options
        observation = observe(
            listing.films,
            {**self._missing, **self._records},
            now=options.now,
            stability_seconds=options.stability_seconds,
            retry_rejected=options.retry_rejected,
            named=options.only,
        )
        findings = Findings(
            listing.films,
            settling={film.path for film in observation.settling},
            rejected={file.path: file for file in listing.rejected},
            unlisted=listing.unlisted,
        )
        for record in observation.rejected:
            findings.reject_again(record)
        findings.contents = dict(observation.hashed)
        self._hash_new(observation.to_hash, findings)
        self._verify_collisions(findings)
        self._check_root(identity)
        return findings

    def _hash_new(self, films: Sequence[ListedFile], findings: Findings) -> None:
        done = 0

        def after_batch(batch: list[HashOutcome]) -> None:
            nonlocal done
            done += len(batch)
            if len(films) > BATCH_FILES:
                self._keep_hashes(batch)
            self._options.progress(done, len(films))

        findings.contents.update(self._hash(films, sampled_hash, findings, after_batch))

    def _hash(
        self,
        films: Sequence[ListedFile],
        hash_function: HashFunction,
        findings: Findings,
        after_batch: Callable[[list[HashOutcome]], None] = lambda batch: None,
    ) -> dict[str, str]:
        """The hashes by path; films without one become findings."""
        digests: dict[str, str] = {}
        for outcome in hash_files(
            self._library.root,
            films,
            hash_function,
            threads=self._options.threads,
            after_batch=after_batch,
        ):
            if outcome.digest is not None:
                digests[outcome.film.path] = outcome.digest
            elif outcome.error is not None:
                findings.fail(outcome.film, outcome.error, _PASSING_CODES)
        return digests

    def _keep_hashes(self, batch: Sequence[HashOutcome]) -> None:
        """Spare the next scan these files should this one be killed."""
        now, records = self._options.now, []
        for film, digest in ((outcome.film, outcome.digest) for outcome in batch):
            if digest is None:
                continue
            old = self._records.get(film.path)
            records.append(
                FileRecord(
                    film.path,
                    film.size_bytes,
                    film.mtime_ns,
                    first_seen(old, film, now),
                    "settling",
                    digest,
                    old.asset_id if old else None,
                )
            )
        with self._connection.begin():
            scan_store.save_files(self._connection, self._library.slug, records, now)
        self._records |= {record.path: record for record in records}

    def _verify_collisions(self, findings: Findings) -> None:
        """Tell files of one sampled hash apart by all of their bytes."""
        outside = colliding_outside(self._library.root, self._known, findings, self._options.only)
        films = {film.path: film for film in (*findings.films, *outside)}
        candidates = [
            HashedFile(path, content, films[path].size_bytes, self._is_fresh(films[path]))
            for path, content in findings.contents.items()
        ] + [
            HashedFile(film.path, content, film.size_bytes, fresh=False)
            for film, content in outside.items()
        ]
        known_full = self._full_hashes(findings)
        self._compared = frozenset(known_full)
        wanted = [films[path] for path in files_to_verify(candidates, known_full)]
        full = self._hash(wanted, full_hash, findings)
        names = {asset.content_hash for asset in self._known}
        contents, findings.full_hashes = verified_contents(candidates, known_full, full, names)
        findings.contents = {path: contents[path] for path in findings.contents}

    def _newcomers(self, findings: Findings) -> dict[str, list[str]]:
        """The paths of new files that were not hashed whole, by their content hash."""
        newcomers: dict[str, list[str]] = {}
        for film in findings.films:
            content = findings.contents.get(film.path, "")
            sampled = content.startswith(SAMPLED_PREFIX) and not is_exact(film.size_bytes)
            if sampled and self._is_fresh(film):
                newcomers.setdefault(content, []).append(film.path)
        return newcomers

    def _full_hashes(self, findings: Findings) -> dict[str, str | None]:
        """What each content is in full, as far as that was ever known here or elsewhere."""
        unknown = self._newcomers(findings).keys() - self._known_full.keys()
        if not unknown:
            return dict(self._known_full)
        with self._connection.begin():
            films = films_elsewhere(self._connection, self._library.slug, unknown)
        elsewhere, findings.learnt_elsewhere = full_hashes_elsewhere(films)
        return self._known_full | elsewhere

    def _postpone_new_collisions(self, findings: Findings) -> None:
        """Leave to the next scan what another library took while this one was at work.

        Within the transaction that writes, so that no two libraries can miss each other.
        """
        newcomers = self._newcomers(findings)
        if not newcomers:
            return
        lock_newcomers(self._connection)
        unknown = newcomers.keys() - self._compared
        for film in films_elsewhere(self._connection, self._library.slug, unknown):
            for path in newcomers.get(film.content_hash, ()):
                findings.postpone(path)

    def _is_fresh(self, film: ListedFile) -> bool:
        record = self._records.get(film.path)
        return (
            record is None
            or record.state != "taken"
            or not record.is_same_file(film.size_bytes, film.mtime_ns)
        )

    def _check_root(self, identity: RootIdentity) -> None:
        """A drive that went while it was read leaves neither missing nor bad films behind."""
        try:
            same = root_identity(self._library.root) == identity
        except OSError as error:
            raise SourceOfflineError(_reason(error)) from error
        if not same:
            raise SourceOfflineError("the root was replaced while it was read")

    def _offline(self, reason: str) -> ScanReport:
        slug = self._library.slug
        with self._connection.begin():
            update_library(self._connection, slug, status="offline", status_reason=reason)
        report = ScanReport(slug, "offline", reason)
        report.asset_ids = self._present_ids()
        return report

    def _plan(self, findings: Findings) -> ScanPlan:
        return plan_scan(
            self._known,
            findings.seen,
            tuple(findings.unlisted),
            occupied=findings.occupied,
            only=self._options.only,
        )

    def _write(self, identity: RootIdentity, findings: Findings) -> ScanReport:
        slug, now = self._library.slug, self._options.now
        fresh = {film.path for film in findings.films if self._is_fresh(film)}
        with self._connection.begin():
            self._postpone_new_collisions(findings)
            report = write_findings(
                self._connection,
                slug,
                findings,
                self._plan(findings),
                self._records,
                fresh,
                self._options.only,
                now,
            )
            update_library(
                self._connection,
                slug,
                status="online",
                status_reason=None,
                root_device=identity.device,
                root_inode=identity.inode,
                volume_label=volume_label(self._library.root) or self._library.volume_label,
                last_scan_at=now,
            )
        report.asset_ids = self._present_ids()
        return report

    def _present_ids(self) -> list[str]:
        with self._connection.begin():
            present = scan_store.present_asset_ids(self._connection, self._library.slug)
        return [asset_id for asset_id, path in present if is_under_any(path, self._options.only)]


def _reason(error: OSError | MediaError) -> str:
    return error.message if isinstance(error, MediaError) else error.strerror or str(error)
