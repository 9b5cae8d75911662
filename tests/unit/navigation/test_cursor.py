"""Cursors: what goes in comes out, and nothing else comes out of anything."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.errors import InvalidRequestError
from rushes.navigation.cursor import decode, encode

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
VALUES = st.lists(
    st.one_of(
        TEXT,
        st.integers(-(2**63) + 1, 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.none(),
    ),
    max_size=6,
).map(tuple)


@given(values=VALUES)
def test_a_cursor_is_safe_in_a_url_and_comes_back_as_it_was(
    values: tuple[str | int | float | None, ...],
) -> None:
    text = encode(values)
    assert text.replace("-", "").replace("_", "").isalnum()
    assert decode(text) == values


@given(text=st.one_of(st.text(max_size=40), st.binary(max_size=40).map(
    lambda each: base64.urlsafe_b64encode(each).decode().rstrip("=")
)))  # fmt: skip
def test_any_other_text_is_refused_with_its_code(text: str) -> None:
    try:
        values = decode(text)
    except InvalidRequestError as error:
        refused = error.code
    else:
        refused = None
        assert decode(encode(values)) == values
    assert refused in (None, "bad_cursor")


@pytest.mark.parametrize(
    "json",
    [
        b"{}", b"[true]", b"[[1]]", b"[NaN]", b"[Infinity]", b"[1e999]", b"[9223372036854775808]",
        b'["\\u0000"]', b'["\\ud800"]', b"[1", b"1", b"[" * 2000, b"\xff",
    ],
)  # fmt: skip
def test_what_postgres_could_not_hold_is_refused(json: bytes) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        decode(base64.urlsafe_b64encode(json).decode().rstrip("="))
    assert raised.value.code == "bad_cursor"


def test_a_cursor_of_another_question_is_refused() -> None:
    cursor = encode((5, "a"))
    assert decode(cursor, int, str) == (5, "a")
    for kinds in ((str, str), (int,), (int, str, str)):
        with pytest.raises(InvalidRequestError):
            decode(cursor, *kinds)
