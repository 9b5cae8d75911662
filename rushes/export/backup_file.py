"""The file of a backup: JSON Lines between a header and a line that proves it whole."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from rushes.errors import InvalidRequestError, NotFoundError, StorageError
from rushes.export.records import ANY_RECORD, FORMAT, VERSION, End, Header, Record
from rushes.export.whole_file import written_whole

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""An escaped NUL, which Postgres cannot store, and not a backslash before `u0000`."""
_BEGIN = f'{{"kind":"header","format":"{FORMAT}"'.encode()
_VERSION = re.compile(rb'"version":(\d+)')


def write_backup_file(target: Path, records: Iterable[Record], created_at: datetime) -> int:
    """Write a backup with header and end. Returns its size in bytes. Raises StorageError."""
    digest, lines = hashlib.sha256(), 0
    with written_whole(target) as out:
        for record in chain([Header(version=VERSION, created_at=created_at)], records):
            line = record.model_dump_json().encode() + b"\n"
            digest.update(line)
            out.write(line)
            lines += 1
        out.write(End(lines=lines, sha256=digest.hexdigest()).model_dump_json().encode() + b"\n")
        return out.tell()


def is_backup(path: Path) -> bool:
    """Whether a file is there that begins as a backup does, whole or not."""
    try:
        with path.open("rb") as lines:
            return lines.read(len(_BEGIN)) == _BEGIN
    except OSError:
        return False


def read_backup_file(source: Path) -> list[Record]:
    """All records between header and end, once the whole file has proved to be what was written.

    Raises NotFoundError `path_not_found`; InvalidRequestError `not_a_backup`, `backup_version`
    (a newer Rushes wrote it), or `backup_damaged` with the line; StorageError.
    """
    try:
        with source.open("rb") as lines:
            return list(_checked(source, lines))
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {str(source)!r}", code="path_not_found") from error
    except OSError as error:
        raise StorageError(f"{str(source)!r} cannot be read: {error.strerror}") from error


def _checked(source: Path, lines: BinaryIO) -> Iterator[Record]:
    header = lines.readline()
    _check_header(source, header)
    digest, number, ended = hashlib.sha256(header), 1, False
    for line in lines:
        number += 1
        if ended:
            raise _damaged(source, f"line {number} comes after the end")
        record = _record(source, line, number)
        if isinstance(record, End):
            ended = True
            if (record.lines, record.sha256) != (number - 1, digest.hexdigest()):
                raise _damaged(source, "its checksum does not fit what stands in it")
            continue
        digest.update(line)
        yield record
    if not ended:
        raise _damaged(source, f"it breaks off after line {number}")


def _check_header(source: Path, line: bytes) -> None:
    if not line.startswith(b"{") or f'"{FORMAT}"'.encode() not in line:
        raise InvalidRequestError(f"{str(source)!r} is no backup of Rushes", code="not_a_backup")
    version = _VERSION.search(line)
    if version is None or int(version[1]) != VERSION:
        raise InvalidRequestError(
            f"{str(source)!r} has format version {version[1].decode() if version else '?'},"
            f" this Rushes reads version {VERSION}",
            code="backup_version",
            remedy="restore with the version of Rushes that wrote it, or a newer one",
        )
    if not isinstance(_record(source, line, 1), Header):
        raise _damaged(source, "its first line is no header")


def _record(source: Path, line: bytes, number: int) -> Record:
    if _NUL.search(line):
        raise _damaged(source, f"line {number} holds the character NUL")
    try:
        return ANY_RECORD.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "line"
        raise _damaged(source, f"line {number}, {where}: {first['msg']}") from error


def _damaged(source: Path, what: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"{str(source)!r} is damaged: {what}; nothing was restored",
        code="backup_damaged",
        remedy="take another copy of it, or an earlier backup",
    )
