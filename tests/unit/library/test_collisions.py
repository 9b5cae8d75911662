"""Files of one sampled hash are told apart by all of their bytes, and only when they must be."""

from hypothesis import given
from hypothesis import strategies as st

from rushes.library.collisions import HashedFile, files_to_verify, verified_contents
from rushes.library.content_hash import WHOLE_FILE_BYTES

LARGE = WHOLE_FILE_BYTES + 1


def file(path: str, *, fresh: bool = True, size: int = LARGE, content: str = "s1:k") -> HashedFile:
    return HashedFile(path, content, size, fresh)


def test_a_lone_file_and_a_small_one_need_no_full_hash() -> None:
    assert files_to_verify([file("a")], {}) == []
    assert files_to_verify([file("a", size=10), file("b", size=10)], {}) == []


def test_two_large_files_of_one_hash_are_both_read() -> None:
    assert files_to_verify([file("b"), file("a")], {}) == ["a", "b"]


def test_one_of_the_old_files_speaks_for_all() -> None:
    files = [file("a", fresh=False), file("b", fresh=False), file("c")]
    assert files_to_verify(files, {}) == ["c", "a"]
    assert files_to_verify(files, {"s1:k": "full"}) == ["c"]
    assert files_to_verify(files[:2], {}) == []


def test_a_touched_file_is_read_when_its_full_hash_is_known() -> None:
    assert files_to_verify([file("a")], {"s1:k": "full"}) == ["a"]


def test_the_older_content_keeps_the_short_name() -> None:
    files = [file("a"), file("b", fresh=False), file("c")]
    contents, learnt = verified_contents(files, {}, {"a": "A", "b": "B", "c": "B"})
    assert contents == {"a": "f1:A", "b": "s1:k", "c": "s1:k"}
    assert learnt == {"f1:A": "A", "s1:k": "B"}


def test_a_known_full_hash_decides_though_its_file_is_gone() -> None:
    contents, _ = verified_contents([file("a")], {"s1:k": "B"}, {"a": "A"})
    assert contents == {"a": "f1:A"}


def test_a_content_that_cannot_be_compared_with_is_shared_by_nobody() -> None:
    files = [file("a"), file("b")]
    assert files_to_verify(files[:1], {"s1:k": None}) == ["a"]
    contents, learnt = verified_contents(files, {"s1:k": None}, {"a": "A", "b": "A"})
    assert contents == {"a": "f1:A", "b": "f1:A"}
    assert learnt == {"f1:A": "A"}


def test_a_content_with_a_name_by_all_its_bytes_keeps_it() -> None:
    contents, _ = verified_contents([file("a")], {"s1:k": "A"}, {"a": "A"}, {"f1:A"})
    assert contents == {"a": "f1:A"}


@given(st.dictionaries(st.text(min_size=1), st.sampled_from("ABC")))
def test_equal_bytes_are_called_equal_and_others_are_not(full: dict[str, str]) -> None:
    files = [file(path) for path in full]
    contents, _ = verified_contents(files, {}, full)
    for one, content in contents.items():
        for other, another in contents.items():
            assert (content == another) == (full[one] == full[other])
