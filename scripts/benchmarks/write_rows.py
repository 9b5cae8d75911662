"""Rows for the write benchmark: transcripts with word times, and scenes, as stages make them."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.hashing import artifact_id
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile

ASSET_ID = "film"
SCENES_PART = 10
"""One row in ten is a scene."""

VOCABULARY = 5_000
WORDS = (5, 25)
"""Words of a segment, at least and at most."""

SEGMENT_MS = 6_000


def batch(run_id: str, rows: int) -> list[ArtifactEnvelope]:
    """What one run of each stage finds in a film: `run_id` with `-s` is the run of its scenes."""
    chance = random.Random(run_id)
    words = _vocabulary()
    scenes = rows // SCENES_PART
    segments = [
        _row(run_id, ArtifactType.TRANSCRIPT_SEGMENT, number, _segment(chance, words, number))
        for number in range(rows - scenes)
    ]
    return segments + [
        _row(f"{run_id}-s", ArtifactType.SCENE, number, _scene(chance, number))
        for number in range(scenes)
    ]


def _row(
    run_id: str, artifact_type: ArtifactType, number: int, payload: dict[str, Any]
) -> ArtifactEnvelope:
    return ArtifactEnvelope(
        artifact_id=artifact_id(run_id, artifact_type, number),
        asset_id=ASSET_ID,
        artifact_type=artifact_type,
        schema_version=1,
        span_start_ms=number * SEGMENT_MS,
        span_end_ms=(number + 1) * SEGMENT_MS,
        payload=payload,
        producer="faster-whisper",
        producer_version="1.2.0+ctranslate2.4.6.0",
        model_profile=ModelProfile.BALANCED,
        config_hash="c" * 64,
        input_hash="d" * 64,
        run_id=run_id,
        created_at=datetime.now(UTC),
    )


def _segment(chance: random.Random, words: list[str], number: int) -> dict[str, Any]:
    # Squared: some words are much more frequent than others, as in speech.
    count = chance.randint(*WORDS)
    spoken = [words[int(len(words) * chance.random() ** 2)] for _ in range(count)]
    step, start = SEGMENT_MS // count, number * SEGMENT_MS
    return {
        "text": " ".join(spoken),
        "language": "en",
        "confidence": round(chance.random(), 6),
        "speaker": None,
        "words": [
            {
                "text": word,
                "start_ms": start + index * step,
                "end_ms": start + (index + 1) * step,
                "confidence": round(chance.random(), 6),
            }
            for index, word in enumerate(spoken)
        ],
        "no_speech_probability": round(chance.random(), 6),
    }


def _scene(chance: random.Random, number: int) -> dict[str, Any]:
    start = number * 144
    return {
        "scene_index": number,
        "method": "adaptive",
        "score": round(chance.uniform(3, 60), 3),
        "start_frame": start,
        "end_frame": start + 144,
        "keyframe_ms": number * SEGMENT_MS + SEGMENT_MS // 2,
    }


def _vocabulary() -> list[str]:
    chance = random.Random(1)
    return list(_words(chance))


def _words(chance: random.Random) -> Iterator[str]:
    for _ in range(VOCABULARY):
        yield "".join(chance.choices(string.ascii_lowercase, k=chance.randint(2, 10)))
