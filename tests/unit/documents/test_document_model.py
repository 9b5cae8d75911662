"""metadata.json reads back as the row that was written, or says that it is damaged."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.documents import (
    Document,
    DocumentDraft,
    DocumentFailure,
    DocumentStatus,
    StoredFile,
)
from rushes.documents.model import finished, parse
from rushes.errors import DocumentError, InvalidRequestError

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_DRAFTS = st.builds(
    DocumentDraft,
    stage=_TEXT,
    asset_id=_TEXT,
    content_version=st.integers(1, 9),
    content_hash=_TEXT,
    config_hash=_TEXT,
    input_hash=_TEXT,
    template_id=_TEXT,
    model_id=_TEXT,
    model_profile=_TEXT,
    producer=_TEXT,
    producer_version=_TEXT,
    run_id=_TEXT,
    attempt=st.integers(1, 9),
    parent_doc_ids=st.lists(_TEXT, max_size=2).map(tuple),
)
_FILES = st.dictionaries(
    st.sampled_from(["raw.json", "parsed.json", "prompt.txt"]),
    st.builds(StoredFile, sha256=_TEXT, size=st.integers(0, 10**12)),
)
_TIMES = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))])).filter(
    lambda moment: 2 < moment.year < 9998
)


@given(draft=_DRAFTS, files=_FILES, created_at=_TIMES, failed=st.booleans())
def test_a_document_reads_back_as_it_was_written(
    draft: DocumentDraft, files: dict[str, StoredFile], created_at: datetime, failed: bool
) -> None:
    document = finished(
        draft,
        status=DocumentStatus.STAGE_ERROR if failed else DocumentStatus.OK,
        error=DocumentFailure("timeout", "took too long") if failed else None,
        created_at=created_at,
        files=files,
    )
    assert parse(document.to_json(), "here") == document


def test_metadata_from_before_there_were_imports_is_of_an_analysis(document: Document) -> None:
    row = json.loads(document.to_json())
    del row["origin"]
    assert parse(json.dumps(row).encode(), "here") == document


def test_metadata_has_every_field_of_the_contract(document: Document) -> None:
    row = json.loads(document.to_json())
    assert " ".join(sorted(row)) == (
        "asset_id attempt config_hash content_hash content_version created_at doc_id error files"
        " input_hash logical_key_id model_id model_profile origin parent_doc_ids producer"
        " producer_version run_id stage status task_id template_id"
    )
    assert row["created_at"] == "2024-05-01T10:00:00.000000+00:00"
    assert row["status"] == "ok"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'{"stage": 1}', b"\xff", b"[" * 9999])
def test_metadata_that_is_no_document_is_called_corrupt(data: bytes) -> None:
    with pytest.raises(DocumentError, match=r"some/metadata\.json cannot be parsed") as caught:
        parse(data, "some/metadata.json")
    assert caught.value.code == "document_corrupt"


@pytest.mark.parametrize("field", ["asset_id", "config_hash", "run_id", "task_id", "doc_id"])
def test_metadata_whose_ids_do_not_follow_from_its_fields_is_called_corrupt(
    document: Document, field: str
) -> None:
    row = json.loads(document.to_json()) | {field: "another"}
    with pytest.raises(DocumentError, match="ids that follow"):
        parse(json.dumps(row).encode(), "here")


def test_metadata_that_names_a_file_outside_its_folder_is_called_corrupt(
    document: Document,
) -> None:
    row = json.loads(document.to_json())
    row["files"]["../../secret"] = {"sha256": "0", "size": 0}
    with pytest.raises(DocumentError, match="a file that no document can have"):
        parse(json.dumps(row).encode(), "here")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (DocumentStatus.OK, DocumentFailure("timeout", "late")),
        (DocumentStatus.PARSE_ERROR, None),
        (DocumentStatus.STAGE_ERROR, None),
    ],
)
def test_status_and_error_may_not_contradict(
    draft: DocumentDraft, status: DocumentStatus, error: DocumentFailure | None
) -> None:
    with pytest.raises(InvalidRequestError, match="contradicts itself"):
        finished(draft, status=status, error=error, created_at=datetime.now(UTC), files={})


@pytest.fixture
def draft() -> DocumentDraft:
    return DocumentDraft(
        stage="scenes",
        asset_id="a1",
        content_version=1,
        content_hash="c",
        config_hash="f",
        input_hash="i",
        template_id="t",
        model_id="m",
        model_profile="fast",
        producer="p",
        producer_version="1",
        run_id="r",
    )


@pytest.fixture
def document(draft: DocumentDraft) -> Document:
    return finished(
        draft,
        status=DocumentStatus.OK,
        error=None,
        created_at=datetime(2024, 5, 1, 12, tzinfo=timezone(timedelta(hours=2))),
        files={"raw.json": StoredFile("0", 1)},
    )
