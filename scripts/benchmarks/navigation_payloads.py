"""What each stage finds in a made film: spans and payloads, spread as in real life.

`person` is in nearly every second of nearly every film, a dog in one film of ten, a zebra in
three. One word is said in a third of all segments, one in a few of a hundred, one in three films.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, Protocol

from rushes.artifacts.vocabulary import ArtifactType

SAMPLE_MS = 2_000
SAMPLES, SEGMENTS, OCR_LINES, PLACES, FACES = 300, 300, 100, 60, 50
SCENES = (60, 120)
WORDS_KNOWN = 20_000
WORDS = (4, 16)
"""Words of a segment, at least and at most."""

VERY_COMMON_WORD, COMMON_WORD, RARE_WORD = "river", "garden", "xylophone"
VERY_COMMON_PART, COMMON_PART = 1 / 3, 1 / 50
OBJECTS = (
    "car", "chair", "bottle", "cup", "book", "bird", "boat", "bench", "cat", "clock", "horse",
    "truck", "bicycle", "umbrella", "train", "sheep", "kite", "vase", "laptop", "bear",
)  # fmt: skip
SCENERY = (
    "street", "beach", "kitchen", "forest", "office", "harbour", "field", "station", "church",
    "stairs", "market", "bridge", "library", "garage", "desert", "tower",
)  # fmt: skip
_FRAME = {"frame_width": 1280, "frame_height": 720}
_SYLLABLES = [first + vowel for first in "bdfgklmnprstvw" for vowel in "aeiou"]


class Found(NamedTuple):
    """One thing found: span in ms, payload, and for a face the number of its person."""

    start_ms: int
    end_ms: int
    payload: dict[str, Any]
    person: int | None = None


class Character(Protocol):
    """What the payloads of a film depend on."""

    @property
    def is_rare(self) -> bool: ...
    @property
    def has_dog(self) -> bool: ...
    @property
    def has_people(self) -> bool: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Weighted:
    """A choice by Zipf's law: the second half as often as the first, the third a third as often."""

    values: list[str]
    weights: list[float]

    @classmethod
    def of(cls, values: list[str]) -> Weighted:
        """The most frequent first."""
        return cls(values, list(accumulate(1 / place for place in range(1, len(values) + 1))))

    def some(self, chance: random.Random, count: int = 1) -> list[str]:
        """So many, each by its weight."""
        return chance.choices(self.values, cum_weights=self.weights, k=count)


class Payloads:
    """Makes what a stage finds; `scale` is the film's length as a part of ten minutes."""

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._words = Weighted.of(made_up_words(random.Random(1)))
        self._objects, self._places = Weighted.of([*OBJECTS]), Weighted.of([*SCENERY])
        self._makers: dict[ArtifactType, Callable[[Character, random.Random], list[Found]]] = {
            ArtifactType.VIDEO_METADATA: self._metadata,
            ArtifactType.SCENE: self._scenes,
            ArtifactType.TRANSCRIPT_SEGMENT: self._segments,
            ArtifactType.OBJECT_DETECTION: self._detections,
            ArtifactType.FACE_DETECTION: self._faces,
            ArtifactType.PLACE_CLASSIFICATION: self._locations,
            ArtifactType.OCR_TEXT: self._lines,
        }

    @property
    def duration_ms(self) -> int:
        return duration_ms(self._scale)

    def of(
        self, artifact_type: ArtifactType, film: Character, chance: random.Random
    ) -> list[Found]:
        """What a run of that type's stage finds."""
        return self._makers[artifact_type](film, chance)

    def _count(self, full: float) -> int:
        return max(1, round(full * self._scale))

    def _metadata(self, _film: Character, chance: random.Random) -> list[Found]:
        payload = {
            "width": 1920, "height": 1080, "rotation": 0, "frame_rate_numerator": 25,
            "frame_rate_denominator": 1, "variable_frame_rate": False, "codec": "h264",
            "container": "mov", "duration_ms": self.duration_ms,
            "latitude": round(chance.uniform(40, 55), 4), "longitude": round(chance.random(), 4),
        }  # fmt: skip
        return [Found(0, self.duration_ms, payload)]

    def _scenes(self, _film: Character, chance: random.Random) -> list[Found]:
        frames = range(25, self.duration_ms // 40, 5)
        count = min(len(frames), self._count(chance.randint(*SCENES)))
        cuts = [0, *sorted(chance.sample(frames, count - 1)), self.duration_ms // 40]
        return [
            Found(first * 40, last * 40, {
                "scene_index": index, "method": "adaptive", "score": 1.0 + index,
                "start_frame": first, "end_frame": last, "keyframe_ms": (first + last) * 20,
            })
            for index, (first, last) in enumerate(pairwise(cuts))
        ]  # fmt: skip

    def _segments(self, film: Character, chance: random.Random) -> list[Found]:
        count = self._count(SEGMENTS)
        step = self.duration_ms // count
        return [
            # One segment in ten reaches into the next one.
            _segment(each * step, step * (2 if each % 10 == 0 else 1), spoken, film, chance)
            for each in range(count)
            for spoken in [
                self._spoken(film, chance, chance.randint(*WORDS), is_place=each == count * 3 // 4)
            ]
        ]

    def _spoken(
        self, film: Character, chance: random.Random, count: int, *, is_place: bool
    ) -> list[str]:
        words = self._words.some(chance, count)
        if chance.random() < VERY_COMMON_PART:
            words[chance.randrange(count)] = VERY_COMMON_WORD
        if chance.random() < COMMON_PART:
            words[0] = COMMON_WORD
        if film.is_rare and is_place:
            words[-1] = RARE_WORD
        return words

    def _lines(self, film: Character, chance: random.Random) -> list[Found]:
        found = []
        for each in range(self._count(OCR_LINES)):
            start = chance.randrange(self.duration_ms // 1000) * 1000
            words = self._spoken(film, chance, chance.randint(1, 4), is_place=each == 0)
            payload = {
                **_FRAME, "text": " ".join(words), "confidence": _confidence(chance),
                "polygon": [{"x": 10.0, "y": 10.0}, {"x": 90.0, "y": 10.0}, {"x": 90.0, "y": 30.0}],
                "language": film.language, "first_frame_number": start // 40,
                "last_frame_number": start // 40 + 100,
            }  # fmt: skip
            found.append(Found(start, start + chance.randint(1, 8) * 1000, payload))
        return found

    def _detections(self, film: Character, chance: random.Random) -> list[Found]:
        found = []
        for sample in range(self._count(SAMPLES)):
            labels = []
            if film.has_people and chance.random() < 0.85:
                labels += ["person"] * (1 if chance.random() < 0.9 else 2)
            labels += self._objects.some(chance, 1 if chance.random() < 0.4 else 0)
            if film.has_dog and chance.random() < 0.1:
                labels.append("dog")
            if film.is_rare and sample % 100 == 1:
                labels.append("zebra")
            found += [_detection(sample, label, chance) for label in labels]
        return found

    def _locations(self, _film: Character, chance: random.Random) -> list[Found]:
        count = self._count(PLACES)
        step = self.duration_ms // count
        first = self._places.some(chance)
        return [
            Found(each * step, (each + 1) * step, {
                "label": (first if chance.random() < 0.5 else self._places.some(chance))[0],
                "confidence": _confidence(chance),
                "alternative_labels": [{"label": "indoors", "confidence": 0.2}],
                "frame_number": each * step // 40,
            })
            for each in range(count)
        ]  # fmt: skip

    def _faces(self, film: Character, chance: random.Random) -> list[Found]:
        if not film.has_people:
            return []
        cast = [0] * (chance.random() < 0.6) + [chance.randrange(2, 200) for _ in range(3)]
        found = [_face(chance.randrange(self._count(SAMPLES)), chance.choice(cast), chance)
                 for _ in range(self._count(FACES))]  # fmt: skip
        return [*found, _face(0, 1, chance)] if film.is_rare else found


def duration_ms(scale: float) -> int:
    """Of a film that is that part of ten minutes."""
    return max(1, round(SAMPLES * scale)) * SAMPLE_MS


def _segment(
    start: int, length: int, spoken: list[str], film: Character, chance: random.Random
) -> Found:
    step = length // len(spoken)
    words = [
        {"text": word, "start_ms": at, "end_ms": at + step, "confidence": 0.9}
        for word, at in zip(spoken, range(start, start + length, step), strict=False)
    ]
    payload = {
        "text": " ".join(spoken), "language": film.language, "confidence": _confidence(chance),
        "words": words, "no_speech_probability": 0.01,
    }  # fmt: skip
    return Found(start, start + length, payload)


def _detection(sample: int, label: str, chance: random.Random) -> Found:
    box = {"x": float(chance.randrange(900)), "y": 20.0, "width": 120.0, "height": 200.0}
    payload = {
        **_FRAME, "label": label, "confidence": _confidence(chance), "bounding_box": box,
        "frame_number": sample * 50,
    }  # fmt: skip
    return Found(sample * SAMPLE_MS, (sample + 1) * SAMPLE_MS, payload)


def _face(sample: int, person: int, chance: random.Random) -> Found:
    found = _detection(sample, "", chance)
    payload = {**found.payload, "landmarks": [], "quality": 0.5}
    del payload["label"]
    return found._replace(payload=payload, person=person)


def _confidence(chance: random.Random) -> float:
    return round(chance.uniform(0.3, 1), 4)


def made_up_words(chance: random.Random) -> list[str]:
    """Words that are not English, so that no stemmer leaves one out."""
    made = {"".join(chance.choices(_SYLLABLES, k=chance.randint(2, 5))) for _ in range(30_000)}
    return sorted(made, key=lambda word: (len(word), word))[:WORDS_KNOWN]
