"""What people correct: whole from what they say in part, in place of what it overlaps, for good."""

from __future__ import annotations

from typing import Any

import pytest
from artifact_making import (
    FILM,
    SCENE,
    SEGMENT,
    add_run,
    envelope,
    metadata_payload,
    object_payload,
    segment_payload,
)
from settling import settle
from sqlalchemy import Connection, select, update

from rushes.artifacts.correction_list import corrections_of
from rushes.artifacts.corrections import CorrectionItem, correct, withdraw
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType, ModelProfile
from rushes.db.tables import artifacts, asset, runs
from rushes.db.user_tables import audit_log
from rushes.errors import InvalidRequestError, NotFoundError

OBJECT, PLACE, OCR = (
    ArtifactType.OBJECT_DETECTION,
    ArtifactType.PLACE_CLASSIFICATION,
    ArtifactType.OCR_TEXT,
)
FACTS = ArtifactType.VIDEO_METADATA


class Editor:
    """One film and who corrects it, in one transaction."""

    def __init__(self, connection: Connection, repository: ArtifactRepository) -> None:
        self.connection = connection
        self.repository = repository

    def analysed(
        self, artifact_type: ArtifactType, *payloads: dict[str, Any], **run: Any
    ) -> list[ArtifactEnvelope]:
        """A run of the type's stage; the payloads stand a second each, one after the other."""
        run_id = add_run(self.connection, STAGE_OF_TYPE[artifact_type], **run)
        made = [envelope(run_id, place, artifact_type, each) for place, each in enumerate(payloads)]
        self.repository.batch_create(self.connection, made)
        settle(self.connection)
        return made

    def says(self, artifact_type: ArtifactType, start: int, end: int, **payload: Any) -> str:
        """A correction of one span; returns its run."""
        item = CorrectionItem(start, end, payload)
        run_id = correct(self.connection, self.repository, FILM, artifact_type, [item], "Ada")
        settle(self.connection)
        return run_id

    def payload(self, run_id: str) -> dict[str, Any]:
        """Of a correction's first artifact."""
        (first, *_) = self.repository.by_asset(self.connection, FILM, run_ids=[run_id])
        return first.payload

    def texts(self, selection: Selection | None = None) -> list[str]:
        """What is said in the film, as a reader gets it."""
        found = self.repository.answering(self.connection, FILM, SEGMENT, selection=selection)
        return [each.payload["text"] for each in found]


@pytest.fixture
def editor(connection: Connection, repository: ArtifactRepository) -> Editor:
    return Editor(connection, repository)


def test_a_corrected_text_takes_the_place_of_the_segment_and_keeps_its_language(
    editor: Editor,
) -> None:
    editor.analysed(SEGMENT, segment_payload("anne lee"), segment_payload("was here"))
    run_id = editor.says(SEGMENT, 0, 1000, text="Ann Lee")
    assert editor.texts() == ["Ann Lee", "was here"]
    assert editor.payload(run_id) == {
        "text": "Ann Lee", "language": "en", "confidence": 1.0, "speaker": None, "words": [],
        "no_speech_probability": 0.0,
    }  # fmt: skip


def test_only_the_language_can_be_said_and_the_words_stay(editor: Editor) -> None:
    (said,) = editor.analysed(SEGMENT, segment_payload("gift"))
    payload = editor.payload(editor.says(SEGMENT, 0, 1000, language="de-AT"))
    assert (payload["language"], payload["text"]) == ("de", "gift")
    assert payload["words"] == said.payload["words"]
    assert editor.texts() == ["gift"]
    with pytest.raises(InvalidRequestError, match="not a language"):
        editor.says(SEGMENT, 0, 1000, language="klingon")


def test_a_text_where_nothing_was_found_is_in_no_known_language(editor: Editor) -> None:
    assert editor.payload(editor.says(SEGMENT, 0, 500, text="hush"))["language"] == "und"


def test_what_several_replaced_segments_agree_on_is_kept(editor: Editor) -> None:
    editor.analysed(SEGMENT, segment_payload("a"), segment_payload("b"))
    run_id = editor.says(SEGMENT, 0, 2000, text="a b")
    assert editor.payload(run_id)["language"] == "en"
    assert editor.texts() == ["a b"]
    withdraw(editor.connection, run_id, "Ada")
    settle(editor.connection)
    with pytest.raises(InvalidRequestError, match="text"):  # they do not agree on that
        editor.says(SEGMENT, 0, 2000, language="de")


def test_a_label_keeps_the_box_of_what_it_replaces(editor: Editor) -> None:
    (seen,) = editor.analysed(OBJECT, object_payload())
    payload = editor.payload(editor.says(OBJECT, 0, 1000, label="cat"))
    assert payload == {**seen.payload, "label": "cat", "confidence": 1.0}


@pytest.mark.parametrize(("rotation", "size"), [(0, (1920, 1080)), (90, (1080, 1920))])
def test_a_label_where_nothing_was_found_has_the_whole_frame(
    editor: Editor, rotation: int, size: tuple[int, int]
) -> None:
    editor.analysed(FACTS, metadata_payload(rotation=rotation))
    width, height = size
    assert editor.payload(editor.says(OBJECT, 2000, 3000, label="cat")) == {
        "label": "cat", "confidence": 1.0, "frame_width": width, "frame_height": height,
        "bounding_box": {"x": 0, "y": 0, "width": width, "height": height}, "frame_number": 50,
    }  # fmt: skip
    assert editor.payload(editor.says(PLACE, 2000, 3000, label="barn"))["frame_number"] == 50
    written = editor.payload(editor.says(OCR, 1000, 3000, text="no entry"))
    assert written["polygon"][2] == {"x": width, "y": height}
    assert (written["first_frame_number"], written["last_frame_number"]) == (25, 74)


def test_a_scene_needs_nothing_but_its_span(editor: Editor) -> None:
    editor.analysed(FACTS, metadata_payload())
    payload = editor.payload(editor.says(SCENE, 1000, 3000))
    assert payload == {
        "scene_index": 0, "method": "human", "score": None, "start_frame": 25, "end_frame": 75,
        "keyframe_ms": 2000,
    }  # fmt: skip


def test_what_still_lacks_is_named(editor: Editor) -> None:
    with pytest.raises(InvalidRequestError, match="frame_number") as raised:
        editor.says(PLACE, 0, 1000, label="barn")  # a film whose container was never read
    assert raised.value.code == "bad_payload"


def test_a_correction_is_a_run_of_a_person_and_outlives_a_new_analysis(editor: Editor) -> None:
    editor.analysed(SEGMENT, segment_payload("wrong"))
    run_id = editor.says(SEGMENT, 0, 900, text="right")
    editor.analysed(SEGMENT, segment_payload("wrong again"), profile="high_quality")
    assert editor.texts() == ["right"]
    for mode in SelectionMode:
        assert editor.texts(Selection(mode, ModelProfile.FAST, run_id)) == ["right"]
    row = editor.connection.execute(select(runs).where(runs.c.run_id == run_id)).one()
    assert (row.origin, row.model_profile, row.producer, row.status) == (
        *("human", "none", "human", "completed"),
    )
    assert (row.stage, row.content_version, row.counts) == (
        *("transcript", 1, {"transcript.segment": 1}),
    )


def test_a_later_correction_stands_in_for_an_earlier_one_until_it_is_withdrawn(
    editor: Editor,
) -> None:
    editor.analysed(SEGMENT, segment_payload("machine"))
    first = editor.says(SEGMENT, 0, 1000, text="first")
    second = editor.says(SEGMENT, 0, 1000, text="second")
    assert editor.texts() == ["second"]
    for run_id, left in ((second, "first"), (first, "machine")):
        withdraw(editor.connection, run_id, "Ada")
        settle(editor.connection)
        assert editor.texts() == [left]


def test_new_content_leaves_the_corrections_of_the_old_behind(editor: Editor) -> None:
    editor.says(SEGMENT, 0, 1000, text="of the old film")
    editor.connection.execute(update(asset).values(content_version=2))
    settle(editor.connection)
    assert editor.texts() == []
    (listed,) = corrections_of(editor.connection, FILM)
    assert (listed.answers, listed.content_version) == (False, 1)


def test_the_list_names_who_what_and_what_it_replaces(editor: Editor) -> None:
    (said,) = editor.analysed(SEGMENT, segment_payload("machine"))
    items = [CorrectionItem(0, 1000, {"text": "a"}), CorrectionItem(3000, 4000, {"text": "b"})]
    run_id = correct(editor.connection, editor.repository, FILM, SEGMENT, items, "Ada")
    settle(editor.connection)
    (listed,) = corrections_of(editor.connection, FILM)
    assert (listed.run_id, listed.actor, listed.answers) == (run_id, "Ada", True)
    assert [(each.start_ms, each.payload["text"]) for each in listed.items] == [
        (0, "a"),
        (3000, "b"),
    ]
    assert [each.replaces for each in listed.items] == [(said.artifact_id,), ()]


def test_both_writing_and_withdrawing_are_in_the_audit_log(editor: Editor) -> None:
    run_id = editor.says(SEGMENT, 0, 1000, text="a")
    withdraw(editor.connection, run_id, "Grace")
    log = editor.connection.execute(select(audit_log).order_by(audit_log.c.entry_id)).all()
    assert [(each.actor, each.action, each.subject) for each in log] == [
        ("Ada", "correction.made", run_id),
        ("Grace", "correction.withdrawn", run_id),
    ]
    assert all(each.details["video_id"] == FILM for each in log)


def test_only_a_correction_can_be_withdrawn(editor: Editor) -> None:
    (said,) = editor.analysed(SEGMENT, segment_payload("machine"))
    for run_id in (said.run_id, "nobody", ""):
        with pytest.raises(NotFoundError) as raised:
            withdraw(editor.connection, run_id, "Ada")
        assert raised.value.code == "correction_not_found"
    assert editor.texts() == ["machine"]


@pytest.mark.parametrize(
    ("artifact_type", "way_out"),
    [
        (ArtifactType.FACE_DETECTION, "rushes people"),
        (ArtifactType.VIDEO_METADATA, "what the file says"),
        (ArtifactType.TEXT_EMBEDDING, "transcript.segment"),
    ],
)
def test_what_is_not_corrected_by_hand_names_the_way_out(
    editor: Editor, artifact_type: ArtifactType, way_out: str
) -> None:
    with pytest.raises(InvalidRequestError, match="not corrected") as raised:
        editor.says(artifact_type, 0, 1000)
    assert raised.value.code == "bad_correction"
    assert way_out in (raised.value.remedy or "")


@pytest.mark.parametrize(
    ("span", "code"),
    [
        ((5, 5), "bad_range"),
        ((6, 5), "bad_range"),
        ((-1, 5), "bad_range"),
        ((0, 2**63), "bad_range"),
        ((0, 4001), "bad_correction"),
    ],
)
def test_a_span_that_is_none_or_ends_after_the_film_is_refused(
    editor: Editor, span: tuple[int, int], code: str
) -> None:
    editor.connection.execute(update(asset).values(duration_ms=4000))
    with pytest.raises(InvalidRequestError) as raised:
        editor.says(SEGMENT, *span, text="a")
    assert raised.value.code == code
    assert editor.connection.execute(select(runs)).all() == []


@pytest.mark.parametrize(
    "payload",
    [
        {"text": "nul\0"},
        {"text": "half \ud800"},
        {"text": ""},
        {"text": 5},
        {"text": "a", "confidence": float("nan")},
        {"text": "a", "colour": "red"},
        {"text": "a", "language": 5},
    ],
)
def test_a_payload_that_fits_no_schema_is_refused_and_leaves_nothing(
    editor: Editor, payload: dict[str, Any]
) -> None:
    attempt = editor.connection.begin_nested()
    with pytest.raises(InvalidRequestError) as raised:
        editor.says(SEGMENT, 0, 1000, **payload)
    attempt.rollback()
    assert raised.value.code == "bad_payload"
    assert editor.connection.execute(select(artifacts)).all() == []


def test_an_unknown_film_and_an_empty_correction_are_refused(
    connection: Connection, repository: ArtifactRepository
) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        correct(connection, repository, "nobody", SEGMENT, [], "Ada")
    with pytest.raises(InvalidRequestError, match="0 items"):
        correct(connection, repository, FILM, SEGMENT, [], "Ada")


def test_the_film_is_searchable_once_something_is_said_of_it(editor: Editor) -> None:
    editor.says(SEGMENT, 0, 1000, text="a")
    assert editor.connection.execute(select(asset.c.searchable)).scalar_one()
