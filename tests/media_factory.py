"""Makes small films with known properties, so that no test needs a film from elsewhere.

    make_clip(path, cuts=[20, 45], fps=Fraction(25), audio=True)

Each scene has its own colours and a moving pattern, so that every detector sees the cuts. Damage
is done afterwards, by `truncate`; `faststart` puts the index in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

SAMPLE_RATE = 48_000
TICKS_A_SECOND = 90_000
BEEP_HZ = 440.0


def make_clip(
    path: Path,
    *,
    frames: int = 60,
    cuts: Sequence[int] = (),
    fps: Fraction = Fraction(25),
    size: tuple[int, int] = (320, 180),
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    audio: bool = True,
    audio_tracks: int = 1,
    audio_delay_seconds: float = 0.0,
    audio_seconds: float | None = None,
    vfr: bool = False,
    start_seconds: float = 0.0,
    rotation: int = 0,
    faststart: bool = False,
    black: Sequence[range] = (),
    metadata: dict[str, str] | None = None,
    picture_jump_seconds: float = 0.0,
    sound_jump_seconds: float = 0.0,
    muxer: dict[str, str] | None = None,
) -> Path:
    """Writes a film of `frames` pictures whose scenes begin at frame 0 and at each of `cuts`.

    `size` is coded (width, height); `rotation` is degrees clockwise that a player turns it.
    `vfr` doubles every third gap. `audio_delay_seconds` moves the sound against the picture;
    it is silence but for a beep in its first tenth of a second. Frames in `black` are black.
    The jumps move all times in the second half; `muxer` are libav's options for the container.
    """
    options = {**(muxer or {}), "movflags": "+faststart" if faststart else ""}
    if metadata:
        options["movflags"] += "+use_metadata_tags"
    with av.open(str(path), "w", options={k: v for k, v in options.items() if v}) as container:
        container.metadata.update(metadata or {})
        video = _add_video(container, codec, fps, size, pixel_format, rotation)
        sounds = [_add_audio(container) for _ in range(audio_tracks if audio else 0)]
        times = frame_ticks(frames, fps, vfr=vfr)
        length = times[-1] / TICKS_A_SECOND + float(1 / fps)
        start = round(start_seconds * TICKS_A_SECOND)
        for number, ticks in enumerate(times):
            picture = _picture(number, cuts, size, any(number in dark for dark in black))
            frame = av.VideoFrame.from_ndarray(picture, "bgr24").reformat(format=pixel_format)
            jump = picture_jump_seconds if number >= frames // 2 else 0
            frame.pts = start + ticks + round(jump * TICKS_A_SECOND)
            frame.time_base = Fraction(1, TICKS_A_SECOND)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        for track, sound in enumerate(sounds):
            _write_beep(
                container, sound, audio_seconds or length,
                start_seconds + audio_delay_seconds, BEEP_HZ * (track + 1), sound_jump_seconds,
            )  # fmt: skip
    return path


def make_sound_only(path: Path, seconds: float = 1.0) -> Path:
    """A file with a sound track and no picture."""
    with av.open(str(path), "w") as container:
        _write_beep(container, _add_audio(container), seconds, 0.0, BEEP_HZ)
    return path


def frame_ticks(frames: int, fps: Fraction, *, vfr: bool = False) -> list[int]:
    """When each frame is shown, in 1/90000 s."""
    step = Fraction(TICKS_A_SECOND) / fps
    gaps = [2 if vfr and number % 3 == 2 else 1 for number in range(frames)]
    return [round(step * sum(gaps[:number])) for number in range(frames)]


def truncate(path: Path, part: float) -> Path:
    """Cuts the file to `part` (0 to 1) of its bytes, in place."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    return path


def _add_video(
    container: OutputContainer, codec: str, fps: Fraction, size: tuple[int, int],
    pixel_format: str, rotation: int,
) -> VideoStream:  # fmt: skip
    stream: VideoStream = container.add_stream(codec, rate=fps)
    stream.width, stream.height = size
    stream.pix_fmt = pixel_format
    stream.codec_context.time_base = Fraction(1, TICKS_A_SECOND)
    stream.codec_context.thread_count = 1
    if codec == "libx264":
        stream.options = {"preset": "ultrafast", "crf": "18"}
    else:
        stream.codec_context.time_base = 1 / fps
        stream.bit_rate = 4_000_000
    if rotation:
        stream.set_display_rotation(-rotation)
    return stream


def _add_audio(container: OutputContainer) -> AudioStream:
    stream: AudioStream = container.add_stream("aac", rate=SAMPLE_RATE)
    stream.layout = "stereo"
    return stream


def _write_beep(
    container: OutputContainer, stream: AudioStream, seconds: float, start: float, hertz: float,
    jump: float = 0.0,
) -> None:  # fmt: skip
    size = 1024
    first = round(start * SAMPLE_RATE)
    for begin in range(0, round(seconds * SAMPLE_RATE), size):
        moments = (begin + np.arange(size)) / SAMPLE_RATE
        tone = np.sin(2 * np.pi * hertz * moments) * 0.5 * (moments < 0.1)
        samples = np.stack([tone, tone]).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
        late = round(jump * SAMPLE_RATE) if begin * 2 > seconds * SAMPLE_RATE else 0
        frame.sample_rate, frame.pts = SAMPLE_RATE, first + begin + late
        frame.time_base = Fraction(1, SAMPLE_RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _picture(
    number: int, cuts: Sequence[int], size: tuple[int, int], black: bool
) -> NDArray[np.uint8]:
    """A BGR picture: waves and blocks of the scene's own shape and colours, moving slowly."""
    width, height = size
    if black:
        return np.zeros((height, width, 3), np.uint8)
    scene = sum(cut <= number for cut in cuts)
    generator = np.random.default_rng(scene)
    x, y = np.meshgrid(np.arange(width) + number, np.arange(height))
    waves = np.sin(x / generator.uniform(8, 40)) + np.sin(y / generator.uniform(8, 40))
    colour, accent = generator.integers(40, 216, 3), generator.integers(-40, 40, 3)
    picture = colour + waves[..., None] * accent
    left, top = generator.integers(0, width // 2), generator.integers(0, height // 2)
    picture[top : top + height // 3, left : left + width // 3] = generator.integers(0, 256, 3)
    return np.clip(picture, 0, 255).astype(np.uint8)
