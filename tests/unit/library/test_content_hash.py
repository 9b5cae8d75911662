"""Content hashes: equal for equal bytes, exact for small files, never of a changing file."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from rushes.errors import MediaError
from rushes.library.content_hash import (
    BLOCK_BYTES,
    WHOLE_FILE_BYTES,
    full_hash,
    sampled_hash,
    sampled_offsets,
)

LARGE_BYTES = WHOLE_FILE_BYTES + 5 * BLOCK_BYTES + 7


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def large(path: Path, *, marks: tuple[int, ...] = ()) -> Path:
    """A sparse file of LARGE_BYTES with a byte set at each of `marks`."""
    with path.open("wb") as out:
        out.truncate(LARGE_BYTES)
        for mark in marks:
            out.seek(mark)
            out.write(b"x")
    return path


def test_equal_content_has_one_hash_whatever_its_name(tmp_path: Path) -> None:
    one, two = written(tmp_path / "a.mp4", b"film"), written(tmp_path / "b.mov", b"film")
    assert sampled_hash(one) == sampled_hash(two)
    assert sampled_hash(one).startswith("s1:")
    assert len(sampled_hash(one)) == len("s1:") + 32
    assert full_hash(one) == full_hash(two)


def test_every_byte_of_a_small_file_counts(tmp_path: Path) -> None:
    content = bytes(3 * BLOCK_BYTES)
    whole = sampled_hash(written(tmp_path / "a", content))
    for position in (0, BLOCK_BYTES + 1, len(content) - 1):
        other = content[:position] + b"x" + content[position + 1 :]
        assert sampled_hash(written(tmp_path / "b", other)) != whole


def test_files_that_differ_in_length_only_differ(tmp_path: Path) -> None:
    one, two = large(tmp_path / "a"), large(tmp_path / "b")
    os.truncate(two, LARGE_BYTES + 1)
    assert sampled_hash(one) != sampled_hash(two)


def test_head_tail_and_fourteen_blocks_between_are_sampled(tmp_path: Path) -> None:
    offsets = sampled_offsets(LARGE_BYTES)
    assert len(offsets) == 16
    assert offsets[0] == 0
    assert offsets[-1] == LARGE_BYTES - BLOCK_BYTES
    plain = sampled_hash(large(tmp_path / "plain"))
    for offset in offsets:
        assert sampled_hash(large(tmp_path / "marked", marks=(offset,))) != plain


def test_only_the_full_hash_sees_a_change_between_the_samples(tmp_path: Path) -> None:
    between = sampled_offsets(LARGE_BYTES)[3] + BLOCK_BYTES + 10
    one, two = large(tmp_path / "a"), large(tmp_path / "b", marks=(between,))
    assert sampled_hash(one) == sampled_hash(two)
    assert full_hash(one) != full_hash(two)


@pytest.mark.parametrize("function", [sampled_hash, full_hash])
def test_a_file_that_is_not_what_was_listed_is_still_copying(
    tmp_path: Path, function: Callable[..., str]
) -> None:
    film = written(tmp_path / "a.mp4", b"film")
    found = film.stat()
    assert function(film, size_bytes=found.st_size, mtime_ns=found.st_mtime_ns)
    with pytest.raises(MediaError, match="being written") as caught:
        function(film, size_bytes=3, mtime_ns=found.st_mtime_ns)
    assert caught.value.code == "still_copying"
    assert caught.value.retryable


def test_a_file_that_is_written_while_it_is_read_is_still_copying(tmp_path: Path) -> None:
    film = written(tmp_path / "a.mp4", bytes(WHOLE_FILE_BYTES))
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            os.utime(film)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(MediaError) as caught:
            full_hash(film)
    finally:
        stop.set()
        writer.join()
    assert caught.value.code == "still_copying"


def test_what_is_gone_or_no_file_says_so(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none.mp4", "source_missing"), (tmp_path, "unsupported")):
        with pytest.raises(MediaError) as caught:
            sampled_hash(path)
        assert caught.value.code == code


def test_a_named_pipe_does_not_hang_the_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(MediaError) as caught:
        sampled_hash(tmp_path / "pipe.mp4")
    assert caught.value.code == "unsupported"
