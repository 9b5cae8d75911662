"""Ids are deterministic and never run together; names never leave the root."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.documents import identity
from rushes.errors import InvalidRequestError

_TEXT = st.text(max_size=6)
_TASK = st.tuples(_TEXT, _TEXT, st.integers(1, 3), _TEXT)


@given(first=_TASK, second=_TASK)
def test_two_tasks_have_one_id_only_when_they_are_the_same(
    first: tuple[str, str, int, str], second: tuple[str, str, int, str]
) -> None:
    assert (identity.task_id(*first) == identity.task_id(*second)) == (first == second)


@given(first=st.tuples(_TEXT, _TEXT, _TEXT), second=st.tuples(_TEXT, _TEXT, _TEXT))
def test_two_logical_keys_have_one_id_only_when_they_are_the_same(
    first: tuple[str, str, str], second: tuple[str, str, str]
) -> None:
    assert (identity.logical_key_id(*first) == identity.logical_key_id(*second)) == (
        first == second
    )


def test_parts_do_not_run_together() -> None:
    assert identity.logical_key_id("a", "bc", "d") != identity.logical_key_id("ab", "c", "d")


def test_a_doc_id_is_the_beginning_of_a_sha256_and_stays_so_for_ever() -> None:
    expected = hashlib.sha256(b'["document", "key", "run", 2]').hexdigest()[:20]
    assert identity.doc_id("key", "run", 2) == expected
    assert identity.is_doc_id(expected)


def test_every_attempt_is_a_document_of_its_own() -> None:
    assert len({identity.doc_id("key", "run", attempt) for attempt in range(1, 50)}) == 49


@pytest.mark.parametrize(
    "name", ["", "_by_task", "..", "a/b", "/etc", "Scenes", "a.b", "scenes\n", "ä", "a\0"]
)
def test_a_stage_that_could_leave_the_root_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="not the name of a stage"):
        identity.checked_stage(name)


@pytest.mark.parametrize("name", ["", "..", "0" * 19, "0" * 21, "G" * 20, "../" + "0" * 17])
def test_a_doc_id_that_could_leave_the_root_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="not a document id"):
        identity.checked_doc_id(name)


@pytest.mark.parametrize("suffix", ["", ".", "a/b", "../x", "json.", "JSON", "a.b.c"])
def test_a_suffix_that_could_leave_the_folder_is_refused(suffix: str) -> None:
    with pytest.raises(InvalidRequestError, match="cannot end"):
        identity.checked_suffix(suffix)


@pytest.mark.parametrize("suffix", ["json", "srt", "tar.gz"])
def test_an_ordinary_suffix_is_taken(suffix: str) -> None:
    assert identity.checked_suffix(suffix) == suffix
    assert identity.is_file_name(f"raw.{suffix}")
