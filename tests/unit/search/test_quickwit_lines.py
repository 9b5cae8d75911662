"""Documents are cut into requests that the engine takes, and none is lost or moved."""

from __future__ import annotations

import gzip
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.search.quickwit.errors import DocumentTooLargeError
from rushes.search.quickwit.lines import compressed, joined, split_lines

LINES = st.lists(st.binary(max_size=20).map(lambda raw: raw.replace(b"\n", b" ")), max_size=40)


@given(LINES, st.integers(21, 100))
def test_batches_hold_all_lines_in_order_and_no_batch_is_too_large(lines, max_bytes):
    batches = list(split_lines(lines, max_bytes))
    assert [line for batch in batches for line in batch] == lines
    assert all(batch and len(joined(batch)) <= max_bytes for batch in batches)


@given(LINES, st.integers(21, 100))
def test_no_batch_could_have_taken_the_next_line(lines, max_bytes):
    batches = list(split_lines(lines, max_bytes))
    for batch, after in pairwise(batches):
        assert len(joined([*batch, after[0]])) > max_bytes


@given(LINES)
def test_a_packed_body_is_the_plain_one(lines):
    assert gzip.decompress(compressed(lines)) == b"".join(line + b"\n" for line in lines)


def test_a_large_body_is_packed_in_pieces_and_stays_whole():
    lines = [b"%d " % number * 200 for number in range(2000)]
    assert gzip.decompress(compressed(lines)) == joined(lines)


def test_a_line_that_no_request_can_hold_is_named():
    batches = split_lines([b"a", b"b" * 30, b"c"], 30)
    assert next(batches) == [b"a"]
    with pytest.raises(DocumentTooLargeError) as caught:
        next(batches)
    assert caught.value.position == 1


def test_lines_are_taken_only_as_they_are_needed():
    def endless():
        while True:
            yield b"x" * 9

    assert next(split_lines(endless(), 100)) == [b"x" * 9] * 10
