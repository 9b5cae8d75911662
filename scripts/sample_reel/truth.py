"""What is known about the film without looking at it: truth.json."""

from __future__ import annotations

import json
from typing import Any

from . import lettering, portrait, shapes
from .edit import (
    ALIGNMENT,
    CAPTIONS,
    CREATION_TIME,
    FRAME_MS,
    FRAMES_PER_SECOND,
    HEIGHT,
    LOCATION,
    SHOTS,
    SPEECH,
    START_TIMECODE,
    WIDTH,
    first_frames,
    total_frames,
)

FACE_EVERY_FRAMES = 25


def truth(film: str) -> dict[str, Any]:
    """All that is known; times in ms from the first frame, spans half-open, boxes in px."""
    return {
        "film": film,
        "width": WIDTH,
        "height": HEIGHT,
        "fps": f"{FRAMES_PER_SECOND}/1",
        "frames": total_frames(),
        "duration_ms": total_frames() * FRAME_MS,
        "start_timecode": START_TIMECODE,
        "creation_time": CREATION_TIME,
        "location": LOCATION,
        "cuts": [{"frame": frame, "time_ms": frame * FRAME_MS} for frame in first_frames()[1:]],
        "scenes": _scenes(),
        "utterances": _utterances(),
        "words": [word for spoken in _speech() for word in spoken["words"]],
        "texts": _texts(),
        "faces": _faces(),
        "shapes": _shapes(),
    }


def _scenes() -> list[dict[str, Any]]:
    return [
        {
            "name": shot.name,
            "start_frame": first,
            "end_frame": first + shot.frames,
            "start_ms": first * FRAME_MS,
            "end_ms": (first + shot.frames) * FRAME_MS,
        }
        for shot, first in zip(SHOTS, first_frames(), strict=True)
    ]


def _speech() -> list[dict[str, Any]]:
    """The clips in film time: text and words."""
    clips = json.loads(ALIGNMENT.read_text())
    return [
        {
            "text": clips[speech.clip]["text"],
            "words": [
                {
                    "text": word["text"],
                    "start_ms": word["start_ms"] + speech.start_ms,
                    "end_ms": word["end_ms"] + speech.start_ms,
                }
                for word in clips[speech.clip]["words"]
            ],
        }
        for speech in SPEECH
    ]


def _utterances() -> list[dict[str, Any]]:
    return [
        {
            "text": spoken["text"],
            "start_ms": spoken["words"][0]["start_ms"],
            "end_ms": spoken["words"][-1]["end_ms"],
        }
        for spoken in _speech()
    ]


def _texts() -> list[dict[str, Any]]:
    return [
        {
            "text": caption.text,
            "start_ms": caption.start * FRAME_MS,
            "end_ms": caption.end * FRAME_MS,
            "box": lettering.ink_box(caption),
        }
        for caption in CAPTIONS
    ]


def _faces() -> list[dict[str, Any]]:
    """The face once a second, on the portrait's own frames."""
    index = [shot.source for shot in SHOTS].index("portrait")
    first, frames = first_frames()[index], SHOTS[index].frames
    return [
        {
            "name": "Eileen Collins",
            "frame": first + offset,
            "time_ms": (first + offset) * FRAME_MS,
            "box": portrait.face_at(offset / (frames - 1)),
        }
        for offset in range(0, frames, FACE_EVERY_FRAMES)
    ]


def _shapes() -> list[dict[str, Any]]:
    """Every shape in every frame of its shot."""
    index = [shot.source for shot in SHOTS].index("shapes")
    first, frames = first_frames()[index], SHOTS[index].frames
    return [
        {
            "label": label,
            "frame": first + offset,
            "time_ms": (first + offset) * FRAME_MS,
            "box": box,
        }
        for offset in range(frames)
        for label, box in shapes.boxes_at(offset / (frames - 1))
    ]
