"""The edit list: which part is on screen, what is written on it and what is said when."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

WIDTH, HEIGHT = 768, 432  # 16:9, both multiples of a macroblock
FRAMES_PER_SECOND = 25
FRAME_MS = 1000 // FRAMES_PER_SECOND
START_TIMECODE = "10:00:00:00"
CREATION_TIME = "2024-06-01T08:30:00.000000Z"
LOCATION = "+52.3676+004.9041/"  # ISO 6709: Amsterdam, where Big Buck Bunny was made

ALIGNMENT = Path(__file__).with_name("speech_alignment.json")  # by align_sample_speech.py


@dataclass(frozen=True)
class Shot:
    """`frames` frames of `source`, from its frame `first` where it is a clip."""

    name: str
    source: str
    frames: int
    first: int = 0


@dataclass(frozen=True)
class Caption:
    """One line on screen in film frames [start, end); `x` None centres it on the width."""

    text: str
    start: int
    end: int
    baseline: int
    height: int
    x: int | None = None
    plate: bool = False


@dataclass(frozen=True)
class Speech:
    """A whole clip, laid in at `start_ms` of the film."""

    clip: str
    start_ms: int


# The city clip has one cut of its own, at its frame 116: the shots meet exactly there.
SHOTS = (
    Shot("slate", "slate", 60),
    Shot("city street", "city", 116, first=0),
    Shot("city tower", "city", 74, first=116),
    Shot("rabbit wakes", "bunny", 48, first=0),
    Shot("portrait", "portrait", 163),
    Shot("rabbit stretches", "bunny", 84, first=48),
    Shot("credits", "credits", 75),
    Shot("shapes", "shapes", 100),
)

SPEECH = (Speech("0870", 2_500), Speech("0920", 12_100), Speech("0930", 18_500))
AMBIENCE_SHOT = "rabbit wakes"  # the only shot that keeps its own sound


def first_frames() -> list[int]:
    """The film frame at which each shot starts."""
    starts, frame = [], 0
    for shot in SHOTS:
        starts.append(frame)
        frame += shot.frames
    return starts


def total_frames() -> int:
    return sum(shot.frames for shot in SHOTS)


def _within(shot_name: str, start: int, end: int) -> tuple[int, int]:
    """Frames of one shot as frames of the film."""
    index = [shot.name for shot in SHOTS].index(shot_name)
    first = first_frames()[index]
    return first + start, first + min(end, SHOTS[index].frames)


_SLATE = _within("slate", 0, 60)
_CITY = _within("city street", 15, 95)
_PORTRAIT = _within("portrait", 25, 130)
_SUBTITLE = _within("rabbit stretches", 7, 72)
_CREDITS = _within("credits", 0, 75)

CAPTIONS = (
    Caption("FIRST RUSHES", *_SLATE, baseline=240, height=54),
    Caption("ROLL A001", *_SLATE, baseline=354, height=26, x=62),
    Caption("SCENE 12", *_SLATE, baseline=354, height=26, x=315),
    Caption("TAKE 3", *_SLATE, baseline=354, height=26, x=582),
    Caption("CITY AT NIGHT", *_CITY, baseline=398, height=22, x=40, plate=True),
    Caption("EILEEN COLLINS", *_PORTRAIT, baseline=364, height=26, x=40, plate=True),
    Caption("NASA astronaut", *_PORTRAIT, baseline=402, height=18, x=40, plate=True),
    Caption(
        "He might even have been made amiable himself.",
        *_SUBTITLE,
        baseline=398,
        height=17,
        plate=True,
    ),
    Caption("Big Buck Bunny", *_CREDITS, baseline=98, height=30),
    Caption("(c) Blender Foundation", *_CREDITS, baseline=144, height=21),
    Caption("peach.blender.org", *_CREDITS, baseline=184, height=21),
    Caption("CC BY 3.0", *_CREDITS, baseline=224, height=21),
    Caption("Portrait by NASA", *_CREDITS, baseline=290, height=21),
    Caption("Speech from LibriVox", *_CREDITS, baseline=330, height=21),
    Caption("City in the public domain", *_CREDITS, baseline=370, height=21),
)
