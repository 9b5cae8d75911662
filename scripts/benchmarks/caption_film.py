"""A film of captions over real footage: titles, subtitles, lower thirds, numbers, a credits roll.

The footage is the sample film's, so that text lies on busy, moving pictures. Every text and its
time is known; the font is the one that comes with Pillow, so that no machine needs another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "first-rushes.mp4"
WIDTH, HEIGHT = 1280, 720
FPS = 10
WHITE, YELLOW = (255, 255, 255), (255, 224, 64)
TEXTLESS = range(160, 298)
"""Frames of the sample without text: the city at night, then the rabbit."""

CAPTION_SIZE, THIRD_SIZE, SMALL_SIZE, TITLE_SIZE, ROLL_SIZE = 36, 28, 20, 96, 32
ROLL_SPEED = 90
"""Pixels a second that credits move up."""

CAPTIONS = (
    "We left the harbour before dawn.",
    "Nobody had slept that night.",
    "The map says forty miles\nbut the river says sixty.",
    "Keep the lantern low, please.",
    "Where did the others go?",
    "They took the northern road.",
    "It was raining in the valley\nand the bridge was gone.",
    "I counted twelve boats at noon.",
    "Six of them never returned.",
    "You should have told me earlier!",
    "There was no time to explain.",
    "Listen: the engine has stopped.",
    "Hold on to the rope, Martha.",
    "The current is stronger here\nthan anyone remembers.",
    "We can rest behind that island.",
    "Do you trust the old pilot?",
    "He has crossed it 300 times.",
    "Then tonight makes 301.",
    "Look at the lights over there.",
    "That must be the customs house.",
)
THIRDS = (("Martha Vance", "Ferry captain, Port Ellis"), ("Dr. Owen Hale", "River historian"))
ROLL = (
    "Directed by", "Helena Brandt", "Written by", "Tomas Okafor", "Photography", "Ines Caldeira",
    "Edited by", "Ruth Lindqvist", "Music", "Pavel Moreno", "Sound recordist", "Grace Whitfield",
    "Gaffer", "Leo Hartmann", "Colourist", "Amina Farouk", "Research", "Dennis Applegate",
    "Filmed in Port Ellis", "Thanks to the river people", "Copyright 2024", "Lantern Pictures",
)  # fmt: skip


@dataclass(frozen=True)
class ShownText:
    """A line of text and where its upper left corner stands while it is shown (seconds).

    `x` None centres it. `speed` is what it moves up, in pixels a second.
    """

    text: str
    start: float
    end: float
    y: float
    size: int
    x: float | None = None
    colour: tuple[int, int, int] = WHITE
    speed: float = 0.0


def shown_texts(seconds: int) -> list[ShownText]:
    """What stands in a film of so many seconds, 30 at least."""
    roll = min(28.0, seconds / 4)
    texts = [
        ShownText("THE LONG RIVER", 0.5, 4.0, 250, TITLE_SIZE),
        ShownText("A story in 7 parts", 0.5, 4.0, 400, 44),
        *_captions(5.0, seconds - roll - 6),
        ShownText("PART 2", seconds - roll - 4, seconds - roll - 1, 300, TITLE_SIZE, None, YELLOW),
        *_roll(seconds - roll, float(seconds)),
    ]
    for number, (name, trade) in enumerate(THIRDS):
        start = 9.0 + number * (seconds - roll - 10) / 2
        texts.append(ShownText(name, start, start + 5, 520, THIRD_SIZE, 90))
        texts.append(ShownText(trade, start, start + 5, 560, SMALL_SIZE, 90))
    return texts


def make_caption_film(path: Path, texts: Sequence[ShownText], seconds: int) -> Path:
    """Writes the film unless it is there already."""
    if path.exists():
        return path
    unfinished = path.with_suffix(".part.mp4")
    with av.open(str(unfinished), "w") as container:
        video = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, picture in enumerate(caption_pictures(texts, seconds)):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode())
    return unfinished.rename(path)


def caption_pictures(
    texts: Sequence[ShownText], seconds: float, fps: int = FPS
) -> Iterator[NDArray[np.uint8]]:
    """The film's pictures, red green blue; the roll of credits stands on black."""
    footage = _footage()
    rolling = min((text.start for text in texts if text.speed), default=seconds)
    for number in range(round(seconds * fps)):
        now = number / fps
        place = round(now * 25) % (2 * len(footage))  # forth, then back
        picture = footage[min(place, 2 * len(footage) - 1 - place)]
        image = Image.fromarray(picture if now < rolling else np.zeros_like(picture))
        for text in texts:
            if text.start <= now < text.end:
                draw_text(image, text, now)
        yield np.asarray(image)


def draw_text(image: Image.Image, text: ShownText, now: float) -> None:
    """Draws a line with a thin dark outline, where it stands at `now` seconds."""
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(text.size)
    left = (image.width - draw.textlength(text.text, font)) / 2 if text.x is None else text.x
    top = text.y - (now - text.start) * text.speed
    outline = max(1, text.size // 16)
    draw.text((left, top), text.text, text.colour, font, stroke_width=outline, stroke_fill=(0,) * 3)


def _captions(start: float, end: float) -> Iterator[ShownText]:
    """Subtitles of three to four seconds; a pause after every fifth, every third is yellow."""
    number = 0
    while start + 4 <= end and number < len(CAPTIONS):
        length = 3.0 + number % 3 * 0.5
        lines = CAPTIONS[number].split("\n")
        colour = YELLOW if number % 3 == 2 else WHITE
        for row, line in enumerate(reversed(lines)):
            y = HEIGHT - 80 - row * (CAPTION_SIZE + 8)
            yield ShownText(line, start, start + length, y, CAPTION_SIZE, None, colour)
        start += length + (1.5 if number % 5 == 4 else 0.2)
        number += 1


def _roll(start: float, end: float) -> Iterator[ShownText]:
    gap = ROLL_SIZE * 2
    for number, line in enumerate(ROLL):
        if number * gap < (end - start) * ROLL_SPEED - HEIGHT / 4:
            y = HEIGHT + number * gap
            yield ShownText(line, start, end, y, ROLL_SIZE, speed=ROLL_SPEED)


def _footage() -> list[NDArray[np.uint8]]:
    pictures = []
    with av.open(str(SAMPLE)) as film:
        for number, frame in enumerate(film.decode(video=0)):
            if number >= TEXTLESS.stop:
                break
            if number in TEXTLESS:
                pictures.append(cv2.resize(frame.to_ndarray(format="rgb24"), (WIDTH, HEIGHT)))
    return pictures
