"""Films for the search: scenes of six seconds with a sentence each, and what is written and seen.

Words follow Zipf's law. One is said in a third of all scenes, one in a fiftieth, one in few films.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from scripts.benchmarks.navigation_payloads import OBJECTS, SCENERY, Weighted, made_up_words

SEED = 11
LIBRARIES = ("films", "other")
PEOPLE = 200
SCENE_MS = 6_000
WORDS = (6, 16)
"""Of a sentence, at least and at most."""
VERY_COMMON_WORD, COMMON_WORD, RARE_WORD = "river", "garden", "xylophone"
VERY_COMMON_PART, COMMON_PART, RARE_FILM = 1 / 3, 1 / 50, 500
"""Of scenes, of scenes, and one scene of every so many films."""
WRITTEN_PART, PLACE_PART, FACE_PART = 0.3, 0.4, 0.2
STAGES = {
    "scene": "scenes",
    "transcript.segment": "transcript",
    "ocr.text": "ocr",
    "object.detection": "objects",
    "place.classification": "places",
    "face.detection": "faces",
}
_MADE = datetime(2025, 1, 1, tzinfo=UTC)
_FRAME = {"frame_width": 1280, "frame_height": 720}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is made."""

    scenes: int = 200_000
    films: int = 10_000

    @property
    def scenes_a_film(self) -> int:
        return self.scenes // self.films


@dataclass(slots=True)
class FilmRows:
    """The rows of one film."""

    number: int
    scenes: int
    artifacts: list[tuple[Any, ...]] = field(default_factory=list)
    """artifact_id, type, start and end in ms, the payload as JSON, run_id."""
    faces: list[tuple[str, str, str]] = field(default_factory=list)
    """artifact_id, run_id, cluster_id."""

    @property
    def asset_id(self) -> str:
        return f"film-{self.number:06d}"

    @property
    def library(self) -> str:
        return LIBRARIES[self.number % 10 == 8]

    @property
    def duration_ms(self) -> int:
        return self.scenes * SCENE_MS

    @property
    def captured_at(self) -> datetime | None:
        """One film of ten has no date."""
        return None if self.number % 10 == 9 else _MADE + timedelta(hours=self.number * 7 % 20_000)

    def run_id(self, artifact_type: str) -> str:
        return f"{STAGES[artifact_type]}-{self.number:06d}"

    def add(self, artifact_type: str, scene: int, start_ms: int, end_ms: int, payload: Any) -> str:
        """One thing found in a scene; the id of its artifact."""
        run_id = self.run_id(artifact_type)
        key = f"{run_id}-{scene:03d}"
        begin, packed = scene * SCENE_MS, json.dumps(payload, separators=(",", ":"))
        self.artifacts.append(
            (key, artifact_type, begin + start_ms, begin + end_ms, packed, run_id)
        )
        return key


def cluster_id(library: str, number: int) -> str:
    """The person of that number in a library."""
    return f"person-{library}-{number:03d}"


def films(size: Size) -> Iterator[FilmRows]:
    """Every film, by number; each the same whenever it is made."""
    for number in range(size.films):
        film = FilmRows(number, size.scenes_a_film)
        chance = random.Random(f"{SEED}/{number}")
        for scene in range(film.scenes):
            _add_scene(film, scene, chance)
        yield film


def _add_scene(film: FilmRows, scene: int, chance: random.Random) -> None:
    middle = scene * SCENE_MS + SCENE_MS // 2
    film.add("scene", scene, 0, SCENE_MS, {"scene_index": scene, "keyframe_ms": middle})
    _add_speech(film, scene, chance)
    seen = {**_FRAME, "label": _things().some(chance)[0], "confidence": 0.8, "frame_number": scene}
    film.add("object.detection", scene, 1000, 3000, seen)
    if chance.random() < PLACE_PART:
        place = {"label": _scenery().some(chance)[0], "confidence": 0.7, "frame_number": scene}
        film.add("place.classification", scene, 0, SCENE_MS, place)
    if chance.random() < WRITTEN_PART:
        written = " ".join(_vocabulary().some(chance, chance.randint(1, 4)))
        film.add("ocr.text", scene, 2000, 4000, {**_FRAME, "text": written, "language": "en"})
    if chance.random() < FACE_PART:
        key = film.add("face.detection", scene, 2000, 4000, {**_FRAME, "quality": 0.5})
        person = cluster_id(film.library, chance.randrange(PEOPLE))
        film.faces.append((key, film.run_id("face.detection"), person))


def _add_speech(film: FilmRows, scene: int, chance: random.Random) -> None:
    words = _vocabulary().some(chance, chance.randint(*WORDS))
    if chance.random() < VERY_COMMON_PART:
        words[chance.randrange(len(words))] = VERY_COMMON_WORD
    if chance.random() < COMMON_PART:
        words[0] = COMMON_WORD
    if scene == 0 and film.number % RARE_FILM == 2:
        words[-1] = RARE_WORD
    start, step = scene * SCENE_MS + 500, 5_000 // len(words)
    timed = [
        {"text": word, "start_ms": start + place * step, "end_ms": start + (place + 1) * step}
        for place, word in enumerate(words)
    ]
    payload = {"text": " ".join(words), "language": "en", "confidence": 0.9, "words": timed}
    film.add("transcript.segment", scene, 500, 5_500, payload)


@cache
def _vocabulary() -> Weighted:
    return Weighted.of(made_up_words(random.Random(1)))


@cache
def _things() -> Weighted:
    return Weighted.of(["person", *OBJECTS])


@cache
def _scenery() -> Weighted:
    return Weighted.of([*SCENERY])
