"""A backup is read as a whole or not at all, and a file appears as a whole or not at all."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushes.errors import InvalidRequestError, NotFoundError, StorageError
from rushes.export.backup_file import read_backup_file, write_backup_file
from rushes.export.records import AuditRecord, SaidRecord
from rushes.export.whole_file import written_whole
from rushes.people.log import Action

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def audited(subject: str) -> AuditRecord:
    return AuditRecord(
        at=NOON, actor="ann", action="a", subject=subject, details={"n": [1.5, None]}, film=None
    )


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backup") / "backup.jsonl"
    write_backup_file(file, [audited("one"), audited("two")], NOON)
    return file


def sealed(file: Path, lines: list[bytes]) -> Path:
    """A file of these lines that says itself that it is whole."""
    body = b"".join(line + b"\n" for line in lines)
    end = {"kind": "end", "lines": len(lines), "sha256": hashlib.sha256(body).hexdigest()}
    file.write_bytes(body + json.dumps(end).encode() + b"\n")
    return file


def refusal(file: Path) -> str:
    with pytest.raises(InvalidRequestError) as raised:
        read_backup_file(file)
    return raised.value.code


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(subjects=st.lists(TEXTS, max_size=5))
def test_what_was_written_is_read(tmp_path: Path, subjects: list[str]) -> None:
    file = tmp_path / "backup.jsonl"
    records = [audited(each) for each in subjects]
    size = write_backup_file(file, records, NOON)
    assert file.stat().st_size == size
    found = read_backup_file(file)
    assert found == records


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_a_file_cut_anywhere_is_refused(backup: Path, tmp_path: Path, data: st.DataObject) -> None:
    whole = backup.read_bytes()
    cut = tmp_path / "cut.jsonl"
    # Without its last line feed a file still has everything.
    cut.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 2))])
    assert refusal(cut) in ("backup_damaged", "not_a_backup", "backup_version")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_a_file_with_another_byte_anywhere_is_refused(
    backup: Path, tmp_path: Path, data: st.DataObject
) -> None:
    damaged = bytearray(backup.read_bytes())
    place = data.draw(st.integers(0, len(damaged) - 2))
    damaged[place] = (damaged[place] + data.draw(st.integers(1, 255))) % 256
    other = tmp_path / "other.jsonl"
    other.write_bytes(damaged)
    assert refusal(other) in ("backup_damaged", "not_a_backup", "backup_version")


def test_another_version_and_another_file_are_named(backup: Path, tmp_path: Path) -> None:
    header, *rest = backup.read_bytes().splitlines()[:-1]
    newer = sealed(tmp_path / "newer", [header.replace(b'"version":1', b'"version":2'), *rest])
    assert refusal(newer) == "backup_version"
    (tmp_path / "notes").write_text("buy milk\n")
    assert refusal(tmp_path / "notes") == "not_a_backup"
    with pytest.raises(NotFoundError):
        read_backup_file(tmp_path / "nosuch")
    with pytest.raises(StorageError):
        read_backup_file(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        b'{"kind": "nosuch"}',
        b'{"kind": "audit"}',
        b"[]",
        b'{"kind": "audit", "at": "2026-05-01T12:00:00Z", "actor": "a\\u0000", "action": "a",'
        b' "subject": "s", "details": {}, "film": null}',
        b'{"kind": "audit", "at": "2026-05-01T12:00:00Z", "actor": "a", "action": "a",'
        b' "subject": "\\ud800", "details": {}, "film": null}',
        b'{"kind": "said", "library": "l", "entry": 1, "action": "merge", "payload": {"into": 1},'
        b' "author": "a", "created_at": "2026-05-01T12:00:00Z"}',
        b'{"kind": "faces", "library": "l", "cluster_id": "p", "content_hash": "c",'
        b' "faces": [[0, 99999999999999999999, 0, 0, 0, 0]]}',
    ],
)
def test_a_line_that_says_nothing_known_is_refused(
    backup: Path, tmp_path: Path, line: bytes
) -> None:
    header = backup.read_bytes().splitlines()[0]
    assert refusal(sealed(tmp_path / "odd", [header, line])) == "backup_damaged"


def test_a_backslash_before_u0000_is_no_nul(tmp_path: Path) -> None:
    file = tmp_path / "backup.jsonl"
    record = SaidRecord(
        library="l",
        entry=1,
        action=Action.NAME,
        payload={"cluster_id": "p", "name": "\\u0000"},
        author="ann",
        created_at=NOON,
    )
    write_backup_file(file, [record], NOON)
    assert read_backup_file(file) == [record]


def test_what_fails_while_it_is_written_leaves_the_former_file(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(b"former")
    with pytest.raises(TypeError), written_whole(file) as out:
        out.writelines([b"half", None])  # type: ignore[list-item]
    assert [each.name for each in tmp_path.iterdir()] == ["table.csv"]
    assert file.read_bytes() == b"former"
    with written_whole(file) as out:
        out.write(b"whole")
    assert file.read_bytes() == b"whole"
    assert file.stat().st_mode & 0o077 == 0


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="nosuch"), written_whole(tmp_path / "nosuch" / "file"):
        pass
