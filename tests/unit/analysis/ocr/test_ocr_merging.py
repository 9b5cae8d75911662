"""Lines that stand over several frames become one span."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.analysis.ocr.frame_record import FrameRecord
from rushes.analysis.ocr.merging import Span, merge
from rushes.analysis.ocr.similarity import in_one_place, plain, similarity
from tests.unit.analysis.ocr.records import CONFIGURATION, frame, line, read, unread


def spans(*records: FrameRecord) -> list[tuple[str, int, int]]:
    return [
        (span.best[1].text, span.first.start_ms // 1000, span.last.end_ms // 1000)
        for span in merge(records, CONFIGURATION)
    ]


def test_a_line_that_stands_is_one_span() -> None:
    assert spans(*(read(second, line("HELLO THERE")) for second in range(3))) == [
        ("HELLO THERE", 0, 3)
    ]


def test_a_frame_that_was_not_read_stretches_the_lines_that_stand_in_it() -> None:
    records = [
        read(0, line("first line", y=100), line("second line", y=200)),
        unread(1, 0, [0, 1]),
        unread(2, 0, [1]),
        unread(3, reason="no_text"),
    ]
    assert spans(*records) == [("first line", 0, 2), ("second line", 0, 3)]


def test_one_missed_frame_is_bridged_and_two_are_not() -> None:
    bridged = spans(read(0, line("a caption")), read(1), read(2, line("a caption")))
    assert bridged == [("a caption", 0, 3)]
    apart = spans(read(0, line("a caption")), read(1), read(2), read(3, line("a caption")))
    assert apart == [("a caption", 0, 1), ("a caption", 3, 4)]


def test_the_text_with_the_most_confidence_in_all_is_taken() -> None:
    readings = [line("Riverhistorian", score=0.99), line("River historian", score=0.9)]
    records = [read(0, readings[0]), read(1, readings[1]), read(2, readings[1])]
    assert spans(*records) == [("River historian", 0, 3)]


def test_another_number_is_another_text() -> None:
    found = spans(
        read(0, line("Then tonight makes 301.")), read(1, line("Then tonight makes 302."))
    )
    assert [text for text, _, _ in found] == ["Then tonight makes 301.", "Then tonight makes 302."]


def test_the_same_text_in_two_places_is_two_spans() -> None:
    records = [read(second, line("EXIT", x=10), line("EXIT", x=500)) for second in range(2)]
    assert spans(*records) == [("EXIT", 0, 2), ("EXIT", 0, 2)]


def test_credits_that_roll_are_one_span_a_line_also_over_frames_in_between() -> None:
    records = [
        read(0, line("Directed by", y=300)),
        read(1, line("Directed by", y=240), line("Helena Brandt", y=300)),
        unread(2, reason="moving"),
        read(3, line("Directed by", y=120), line("Helena Brandt", y=180)),
    ]
    assert sorted(spans(*records)) == [("Directed by", 0, 4), ("Helena Brandt", 1, 4)]


def test_unsure_lines_and_lines_without_letters_are_dropped() -> None:
    assert spans(read(0, line("unsure", score=0.3), line("...", score=0.99))) == []


_texts = st.sampled_from(["one", "ones", "two words", "two wordz", "take 1", "take 2", "-"])
_lines = st.builds(
    line, _texts, x=st.sampled_from([10, 15, 300]), y=st.sampled_from([20, 26, 200]),
    score=st.sampled_from([0.5, 0.7, 0.9]),
)  # fmt: skip
_frames = st.lists(st.one_of(st.none(), st.lists(_lines, max_size=3)), min_size=1, max_size=8)


def records_of(frames: list[list[object] | None]) -> list[FrameRecord]:
    """None stands for a frame that repeats the last one read, all of whose lines stand."""
    records: list[FrameRecord] = []
    last: FrameRecord | None = None
    for second, lines in enumerate(frames):
        if lines is None:
            known = len(last.lines or ()) if last else 0
            where = None if last is None else last.start_ms // 1000
            records.append(unread(second, where, range(known)))
        else:
            last = read(second, *lines)  # type: ignore[arg-type]
            records.append(last)
    return records


@settings(deadline=None, max_examples=150)
@given(_frames)
def test_each_read_line_is_in_exactly_one_span_within_the_film(
    frames: list[list[object] | None],
) -> None:
    records = records_of(frames)
    found = merge(records, CONFIGURATION)
    read_lines = [
        (record.number, each)
        for record in records
        for each in record.lines or ()
        if each.score >= CONFIGURATION.min_confidence and plain(each.text)
    ]
    seen = [(record.number, each) for span in found for record, each in span.seen]
    assert Counter(seen) == Counter(read_lines)
    for span in found:
        assert 0 <= span.first.start_ms < span.last.end_ms <= len(frames) * 1000
        for record, _ in span.seen:
            assert span.first.start_ms <= record.start_ms < span.last.end_ms


@settings(deadline=None, max_examples=150)
@given(_frames)
def test_spans_of_one_text_in_one_place_never_overlap(frames: list[list[object] | None]) -> None:
    found = merge(records_of(frames), CONFIGURATION)
    assert not any(same_text_and_place(*pair) and overlap(*pair) for pair in combinations(found, 2))


@settings(deadline=None, max_examples=50)
@given(_frames)
def test_merging_is_deterministic_and_survives_json(frames: list[list[object] | None]) -> None:
    records = records_of(frames)
    again = [FrameRecord.of_json(record.as_json()) for record in records]
    assert merge(records, CONFIGURATION) == merge(again, CONFIGURATION)


@given(st.text(max_size=12), st.text(max_size=12))
def test_similarity_is_symmetric_and_within_its_bounds(first: str, second: str) -> None:
    assert similarity(first, first) == 1.0
    assert 0.0 <= similarity(first, second) == similarity(second, first) <= 1.0


def same_text_and_place(first: Span, second: Span) -> bool:
    (_, one), (_, other) = first.best, second.best
    return plain(one.text) == plain(other.text) and in_one_place(
        one.box, other.box,
        overlap=CONFIGURATION.merge_overlap, distance=CONFIGURATION.merge_distance,
    )  # fmt: skip


def overlap(first: Span, second: Span) -> bool:
    return first.first.start_ms < second.last.end_ms and second.first.start_ms < first.last.end_ms


def test_text_that_scrolls_by_is_kept_from_the_last_look_at_it() -> None:
    records = [
        read(0, line("Directed by", y=300)),
        unread(1, reason="moving"),
        FrameRecord.of_frame(
            frame(2), "moving", lines=(line("Directed by", y=200), line("Sound recordist", y=300))
        ),
    ]
    found = {
        span.best[1].text: (span.first.start_ms, span.last.end_ms)
        for span in merge(records, CONFIGURATION)
    }
    assert found == {"Directed by": (0, 3000), "Sound recordist": (2000, 3000)}
