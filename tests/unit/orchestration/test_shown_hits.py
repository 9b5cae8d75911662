"""How a hit is shown in a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestration.cli.hits import marked
from orchestration.cli.output import printable
from rushes.search.moment import MARK_END, MARK_START, MARKS, snippet

_TEXTS = st.text(st.characters(exclude_characters=MARKS, exclude_categories=["Cs"]), max_size=20)


@given(_TEXTS, _TEXTS.filter(bool), _TEXTS)
def test_what_was_hit_stands_out_and_the_text_is_as_it_was(
    before: str, hit: str, after: str
) -> None:
    shown = marked(snippet(f"{before}{MARK_START}{hit}{MARK_END}{after}"))
    assert shown.plain == printable(before + hit + after)
    (span,) = shown.spans
    assert shown.plain[span.start : span.end] == printable(hit)


def test_a_text_that_would_act_on_a_terminal_does_not() -> None:
    assert marked("\x1b[31m<mark>red</mark> &lt;b&gt;").plain == r"\x1b[31mred <b>"
