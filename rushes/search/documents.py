"""Search documents: what is known of a scene, as the index holds it and as the fallback reads it.

All of a batch of films come from one query. A film without scenes, or what of a film lies in no
scene, is a document without `scene_id`.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.search.lexemes import label_lexemes
from rushes.search.words import spaced, spaced_texts

MAX_DOCUMENT_BYTES: Final = 2 * 2**20
"""As JSON. What is larger is no scene of a film but a fault of what found it."""

_HERE = Path(__file__).parent
_ISO_OF_CONFIGURATION: Final = {
    "arabic": "ar",
    "armenian": "hy",
    "basque": "eu",
    "catalan": "ca",
    "danish": "da",
    "dutch": "nl",
    "english": "en",
    "finnish": "fi",
    "french": "fr",
    "german": "de",
    "greek": "el",
    "hindi": "hi",
    "hungarian": "hu",
    "indonesian": "id",
    "irish": "ga",
    "italian": "it",
    "lithuanian": "lt",
    "nepali": "ne",
    "norwegian": "no",
    "portuguese": "pt",
    "romanian": "ro",
    "russian": "ru",
    "serbian": "sr",
    "spanish": "es",
    "swedish": "sv",
    "tamil": "ta",
    "turkish": "tr",
    "yiddish": "yi",
}
"""`text_search_config` of the database the other way round."""
_FLAGS = ("is_favorite", "offline_ready", "preview_ready", "playable", "searchable")
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_TENTHS_OF_A_FILM = 2**22
"""More than a hundred hours in tenths of a second."""
_TENTH = timedelta(milliseconds=100)
_UNDATED_TENTHS = 2**41 + 2**40
"""After every date that a year of four digits can have."""


@dataclass(frozen=True)
class SearchDocument:
    """`fields` is what the index gets, by the names of the template, without rev and generation.

    Times in ms from the first frame; texts are words with one blank between them.
    """

    asset_id: str
    scene_id: str | None
    fields: dict[str, Any]

    @property
    def doc_id(self) -> str:
        """`scene_id`, or `asset_id` for the document of the film itself; unique in an index."""
        return self.scene_id or self.asset_id

    @cached_property
    def json(self) -> bytes:
        """The fields as one object, always in the same order."""
        return _encoded(self.fields)

    def line(self, rev: int, generation: str, known: frozenset[str] | None = None) -> bytes:
        """One line of NDJSON, without its end. `known`: the fields of that generation; None: all.

        An older one that is still written may lack some, and takes no document that has them.
        """
        published = _encoded({"rev": rev, "generation": generation})
        if known is None or self.fields.keys() <= known:
            own = self.json
        else:
            own = _encoded({name: self.fields[name] for name in self.fields if name in known})
        return own[:-1] + b"," + published[1:]


def build_documents(
    connection: Connection, asset_ids: Sequence[str], parts: Sequence[str] | None = None
) -> dict[str, list[SearchDocument]]:
    """The documents of each film in order of time; a film that is gone has none and no entry.

    `parts`: only those of these `doc_id`s. All of one snapshot.
    """
    values = {
        "asset_ids": list(asset_ids),
        "parts": None if parts is None else list(parts),
    }
    rows = kept(_HERE, "documents").rows(connection, values)
    labels = {label for row in rows for label in (*(row.objects or ()), *(row.places or ()))}
    lexemes = label_lexemes(connection, labels)
    documents: dict[str, list[SearchDocument]] = defaultdict(list)
    for row in rows:
        documents[row.asset_id].append(_document(row, lexemes))
    return dict(documents)


def content_hash(documents: Iterable[SearchDocument]) -> str:
    """Of the documents of a film; what is published already under this hash need not be again."""
    digest = hashlib.sha256()
    for document in documents:
        digest.update(document.json + b"\n")
    return digest.hexdigest()


def _document(row: Any, lexemes_of: dict[str, str]) -> SearchDocument:
    said, written = spaced_texts(row.transcript or ()), spaced_texts(row.ocr or ())
    objects, places = _spaced_names(row.objects), _spaced_names(row.places)
    people, path = _spaced_names(row.names), _spaced_names([row.path])
    labels = [*(row.objects or ()), *(row.places or ())]
    lexemes = [row.transcript_lexemes, row.ocr_lexemes, *(lexemes_of[label] for label in labels)]
    fields: dict[str, Any] = {
        "doc_id": row.scene_id or row.asset_id,
        "asset_id": row.asset_id,
        "scene_id": row.scene_id,
        "scene_index": row.scene_index,
        "start_ms": row.start_ms,
        "end_ms": row.end_ms,
        "scene_duration_ms": row.end_ms - row.start_ms,
        "run_ids": sorted(row.run_ids),
        "library_slug": row.library_slug,
        "captured_at": row.capture_time and _rfc3339(row.capture_time),
        "timeline": timeline(row.asset_id, row.capture_time, row.start_ms),
        "film_duration_ms": row.duration_ms,
        "width": row.width,
        "height": row.height,
        "text": [*said, *written, *objects, *places, *people, *path],
        "lexemes": _joined(lexemes),
        "transcript": said,
        "transcript_lexemes": row.transcript_lexemes,
        "ocr": written,
        "ocr_lexemes": row.ocr_lexemes,
        "ocr_letters": written,
        "object_words": objects,
        "object_lexemes": _joined(lexemes_of[label] for label in row.objects or ()),
        "place_words": places,
        "place_lexemes": _joined(lexemes_of[label] for label in row.places or ()),
        "person_words": people,
        "path_words": path,
        "languages": _languages(row.languages or ()),
        "objects": row.objects,
        "places": row.places,
        "people": row.people,
        "has_speech": bool(said),
        "has_text": bool(written),
        "has_face": bool(row.people),
        **{flag: getattr(row, flag) for flag in _FLAGS},
        "profiles": row.profiles,
        "producers": row.producers,
    }
    present = {name: value for name, value in fields.items() if value not in (None, [], "")}
    return SearchDocument(row.asset_id, row.scene_id, present)


def _encoded(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _spaced_names(names: Iterable[str] | None) -> list[str]:
    """As `spaced_texts`, for what comes again and again: labels, people, and a film's path."""
    return [each for each in map(_spaced_name, names or ()) if each]


_spaced_name = lru_cache(maxsize=10_000)(spaced)


def _joined(lexemes: Iterable[str | None]) -> str:
    return " ".join(filter(None, lexemes))


def _languages(found: Iterable[str | None]) -> list[str]:
    """ISO 639-1, `und` where nobody knows."""
    return sorted({_ISO_OF_CONFIGURATION.get(each or "", each or "und") for each in found})


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def timeline(asset_id: str, captured: datetime | None, start_ms: int) -> int:
    """One number by which scenes lie in the order of capture, then of time.

    Undated films come last, in any order but each in one piece.
    """
    if captured is None:
        tenths = _UNDATED_TENTHS + zlib.crc32(asset_id.encode())
    else:
        tenths = (captured - _EPOCH) // _TENTH
    return tenths * _TENTHS_OF_A_FILM + min(start_ms // 100, _TENTHS_OF_A_FILM - 1)
