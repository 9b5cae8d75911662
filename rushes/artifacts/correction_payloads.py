"""What a person leaves unsaid in a correction, filled in.

The rule: what is not said is taken from the artifacts that the correction replaces, where all of
them agree on it; a person is sure, so every confidence is 1.0; the rest follows from the film. So
`{"label": "cat"}` keeps the box of the dog that it replaces, and covers the whole frame where it
replaces nothing, or several things with different boxes. Words with times of their own stay only
where the text does. What still lacks after that, the schema of the type names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.vocabulary import ArtifactType
from rushes.captions.languages import UNKNOWN, checked_language
from rushes.errors import InvalidRequestError

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frames:
    """A film's pictures, as its container tells: size in pixels, frames per second."""

    width: int
    height: int
    per_second: float

    def number_at(self, time_ms: int) -> int:
        """The frame that is shown at a time; exact where the frame rate is constant."""
        return int(time_ms * self.per_second / 1000)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the film where a correction stands: its span in ms, what it replaces."""

    start_ms: int
    end_ms: int
    replaced: Sequence[ArtifactEnvelope]
    frames: Frames | None
    scenes_before: int = 0

    def agreed(self) -> Payload:
        """What the payloads of all that is replaced have in common."""
        payloads = [each.payload for each in self.replaced]
        if not payloads:
            return {}
        first, *others = payloads
        return {
            name: value
            for name, value in first.items()
            if all(name in each and each[name] == value for each in others)
        }


def filled(artifact_type: ArtifactType, said: Mapping[str, Any], there: Surroundings) -> Payload:
    """The whole payload of what a person said in part."""
    return _FILL[artifact_type](dict(said), there)


def _segment(said: Payload, there: Surroundings) -> Payload:
    kept = there.agreed()
    words = [] if "text" in said else kept.get("words", [])
    kept["words"] = [each for each in words if _is_within(each, there)]
    if not all(_is_within(each, there) for each in said.get("words") or ()):
        raise InvalidRequestError(
            f"words lie outside {there.start_ms} to {there.end_ms} ms",
            code="bad_payload",
            remedy="give each a start and an end within the span, or leave words out",
        )
    sure = {"confidence": 1.0, "no_speech_probability": 0.0}
    return _in_known_language({"language": UNKNOWN, **kept, **sure, **said})


def _is_within(word: object, there: Surroundings) -> bool:
    """Whether a word has times, and both in the span. What else it lacks its schema says."""
    if not isinstance(word, Mapping):
        return True
    begin, end = word.get("start_ms"), word.get("end_ms")
    if not isinstance(begin, int) or not isinstance(end, int):
        return True
    return there.start_ms <= begin < end <= there.end_ms


def _scene(said: Payload, there: Surroundings) -> Payload:
    made: Payload = {
        "method": "human",
        "score": None,
        "keyframe_ms": (there.start_ms + there.end_ms) // 2,
    }
    if there.frames is not None:
        first = there.frames.number_at(there.start_ms)
        made["start_frame"] = first
        made["end_frame"] = max(there.frames.number_at(there.end_ms), first + 1)
    return {"scene_index": there.scenes_before, **_only(there, "scene_index"), **made, **said}


def _object(said: Payload, there: Surroundings) -> Payload:
    kept = _only(there, "label", "frame_number")
    placed = _placed(there, "bounding_box", _box_around)
    return {**_frame_number(there, "frame_number"), **placed, **kept, "confidence": 1.0, **said}


def _place(said: Payload, there: Surroundings) -> Payload:
    kept = _only(there, "label", "frame_number")
    return {**_frame_number(there, "frame_number"), **kept, "confidence": 1.0, **said}


def _text_on_screen(said: Payload, there: Surroundings) -> Payload:
    numbers = _frame_number(there, "first_frame_number")
    if there.frames is not None:
        last = there.frames.number_at(there.end_ms - 1)
        numbers["last_frame_number"] = max(last, numbers["first_frame_number"])
    kept = _only(there, "text", "language")
    placed = _placed(there, "polygon", _corners_around)
    return _in_known_language({**numbers, **placed, **kept, "confidence": 1.0, **said})


_FILL: Final[dict[ArtifactType, Callable[[Payload, Surroundings], Payload]]] = {
    ArtifactType.TRANSCRIPT_SEGMENT: _segment,
    ArtifactType.SCENE: _scene,
    ArtifactType.OBJECT_DETECTION: _object,
    ArtifactType.PLACE_CLASSIFICATION: _place,
    ArtifactType.OCR_TEXT: _text_on_screen,
}
CORRECTABLE: Final = frozenset(_FILL)
"""The types that a person may correct."""


def _only(there: Surroundings, *names: str) -> Payload:
    agreed = there.agreed()
    return {name: agreed[name] for name in names if name in agreed}


def _placed(there: Surroundings, name: str, whole: Callable[[int, int], Any]) -> Payload:
    """Where in the picture: as in what is replaced, else all of the picture."""
    size = _only(there, "frame_width", "frame_height")
    if len(size) < 2 and there.frames is not None:
        size = {"frame_width": there.frames.width, "frame_height": there.frames.height}
    elif len(size) == 2 and (same := _only(there, name)):
        return {**size, **same}
    return {**size, name: whole(*size.values())} if len(size) == 2 else {}


def _box_around(width: int, height: int) -> Payload:
    return {"x": 0, "y": 0, "width": width, "height": height}


def _corners_around(width: int, height: int) -> list[Payload]:
    corners = ((0, 0), (width, 0), (width, height), (0, height))
    return [{"x": x, "y": y} for x, y in corners]


def _frame_number(there: Surroundings, name: str) -> Payload:
    return {} if there.frames is None else {name: there.frames.number_at(there.start_ms)}


def _in_known_language(payload: Payload) -> Payload:
    """The payload with the code of its language; InvalidRequestError where it is none."""
    language = payload.get("language")
    if not isinstance(language, str) or not language:
        return payload
    return {**payload, "language": checked_language(language)}
