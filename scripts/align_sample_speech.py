"""Time each word of the sample's speech by forced alignment of the known text.

Needs `pip install pocketsphinx numpy` (its acoustic model is inside the package). The times
come from another recogniser than the one that the film tests, so that they are evidence.
"""

from __future__ import annotations

import argparse
import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
from pocketsphinx import Decoder
from sample_reel.edit import ALIGNMENT
from sample_reel.parts import find_parts

TEXTS = {
    "0870": "And Mr. John Dashwood had then leisure to consider how much there might be"
    " prudently in his power to do for them.",
    "0920": "Had he married a more amiable woman, he might have been made still more"
    " respectable than he was.",
    "0930": "He might even have been made amiable himself.",
}
SPOKEN = {"mr": "mister"}  # the dictionary's spelling
FRAME_MS = 10  # the aligner's step
ABOVE_FLOOR_DB = 12.0  # quieter than this over the room's noise is not speech
SMOOTHING_FRAMES = 5  # a click or a breath is shorter than that


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", type=Path, required=True, help="folder of unpacked parts")
    speech = find_parts(parser.parse_args().parts).speech
    clips = {
        clip: {"text": text, "words": align(speech[clip], text)} for clip, text in TEXTS.items()
    }
    ALIGNMENT.write_text(json.dumps(clips, indent=1) + "\n")


def align(path: Path, text: str) -> list[dict[str, Any]]:
    """The words as written in `text`, with start and end in ms of the clip."""
    with wave.open(str(path)) as clip:
        pcm, rate = clip.readframes(clip.getnframes()), clip.getframerate()
    written = text.split()
    plain = [word.strip(".,").lower() for word in written]
    decoder = Decoder(lm=None, loglevel="FATAL", samprate=rate)
    decoder.set_align_text(" ".join(SPOKEN.get(word, word) for word in plain))
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
    spans = [
        (segment.start_frame * FRAME_MS, (segment.end_frame + 1) * FRAME_MS)
        for segment in decoder.seg()
        if not segment.word.startswith("<")
    ]
    first, last = voiced_span(np.frombuffer(pcm, np.int16), rate)
    return [
        {"text": word, "start_ms": max(start, first), "end_ms": min(end, last)}
        for word, (start, end) in zip(written, spans, strict=True)
    ]


def voiced_span(samples: np.ndarray, rate: int) -> tuple[int, int]:
    """Start of the first and end of the last loud frame in ms.

    The aligner has no silence to give breath and room noise at the ends to, and adds them to
    the outer words.
    """
    size = rate * FRAME_MS // 1000
    blocks = samples[: len(samples) // size * size].reshape(-1, size).astype(float)
    level = 20 * np.log10(np.sqrt((blocks**2).mean(axis=1)) + 1)
    padded = np.pad(level, SMOOTHING_FRAMES // 2, mode="edge")
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, SMOOTHING_FRAMES), axis=1)
    loud = np.nonzero(smooth >= np.percentile(level, 5) + ABOVE_FLOOR_DB)[0]
    return int(loud[0]) * FRAME_MS, int(loud[-1] + 1) * FRAME_MS


if __name__ == "__main__":
    main()
