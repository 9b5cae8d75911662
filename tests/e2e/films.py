"""Small films for the whole pipeline: with speech, and broken in every way that happens."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from av.audio.resampler import AudioResampler

from rushes.settings import PROJECT_ROOT
from tests.media_factory import make_clip, make_sound_only, truncate

SAMPLE = PROJECT_ROOT / "samples" / "first-rushes.mp4"
SAMPLE_TRUTH = PROJECT_ROOT / "samples" / "truth.json"
SMALL = (160, 90)
_SPEECH = (18.4, 21.6)
"""Seconds of the sample in which its last sentence is said."""


def make_three_films(folder: Path) -> list[Path]:
    """Two films with a beep and one that speaks, 2 to 4 s long; each has its own cuts."""
    return [
        make_clip(folder / "a beep.mp4", frames=70, cuts=[30, 50], size=SMALL),
        make_spoken_clip(folder / "b speech.mp4"),
        make_clip(folder / "c beep.mp4", frames=50, cuts=[20], size=SMALL),
    ]


def make_spoken_clip(path: Path) -> Path:
    """3.2 s of film with a cut, in which the sample's last sentence is said."""
    silent = make_clip(
        path.with_suffix(".silent.mp4"), frames=80, cuts=[40], size=SMALL, audio=False
    )
    with (
        av.open(str(path), "w") as film,
        av.open(str(silent)) as pictures,
        av.open(str(SAMPLE)) as sample,
    ):
        video = film.add_stream_from_template(pictures.streams.video[0])
        sound = film.add_stream("aac", rate=16_000)
        sound.layout = "mono"
        for packet in pictures.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                film.mux(packet)
        resampler = AudioResampler("fltp", "mono", 16_000, 1024)
        first, last = _SPEECH
        count = 0
        for decoded in sample.decode(audio=0):
            if decoded.time is None or not first <= decoded.time < last:
                continue
            for frame in resampler.resample(decoded):
                frame.pts, frame.time_base = count, Fraction(1, 16_000)
                count += frame.samples
                film.mux(sound.encode(frame))
        film.mux(sound.encode())
    silent.unlink()
    return path


def make_bad_films(folder: Path) -> dict[str, str]:
    """Files that are no good films; returns path -> the code that tells why."""
    make_clip(folder / "no index.mp4", size=SMALL)
    truncate(folder / "no index.mp4", 0.6)
    make_clip(folder / "cut short.mp4", frames=150, size=SMALL, faststart=True)
    truncate(folder / "cut short.mp4", 0.4)
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("This is not a film.\n" * 50)
    make_sound_only(folder / "sound only.mp4")
    (folder / "nowhere.mp4").symlink_to(folder / "not there.mp4")
    return {
        "no index.mp4": "truncated",
        "cut short.mp4": "truncated",
        "empty.mp4": "empty_file",
        "text.mp4": "unsupported",
        "sound only.mp4": "no_video_stream",
        "nowhere.mp4": "broken_link",
    }


def make_unusual_films(folder: Path) -> list[str]:
    """Films that are odd and good all the same; returns their names."""
    names = [
        "good.mp4",
        "no sound.mp4",
        "one frame.mp4",
        "varying rate.mp4",
        'it\'s "quoted" & $HOME `x`.mp4',
        "two\nlines.mp4",
        "🎬 clap.mp4",
        "-rf.mp4",
    ]
    make_clip(folder / names[0], cuts=[30], size=SMALL)
    make_clip(folder / names[1], frames=25, size=SMALL, audio=False)
    make_clip(folder / names[2], frames=1, size=SMALL, audio=False)
    make_clip(folder / names[3], frames=40, size=SMALL, vfr=True)
    for number, name in enumerate(names[4:]):
        make_clip(folder / name, frames=12 + number, size=SMALL)
    return names
