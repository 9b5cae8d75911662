"""Single steps that the media benchmark runs in processes of their own.

python media_steps.py frames|audio|pass FILM FOLDER
"""

from __future__ import annotations

import resource
import sys
import wave
from pathlib import Path

import av
import cv2


def frames(film: Path, folder: Path) -> None:
    """One JPEG a second at 1280 pixels: what `ffmpeg -vf fps=1,scale=1280:-2` does."""
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        due = 0
        for frame in container.decode(stream):
            if frame.time < due:
                continue
            picture = frame.to_ndarray(format="bgr24", width=1280, height=720)
            cv2.imwrite(str(folder / f"{due:06d}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
            due += 1


def audio(film: Path, folder: Path) -> None:
    """Mono WAV at 16 kHz: what `ffmpeg -vn -ac 1 -ar 16000` does."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
    with av.open(str(film)) as container, wave.open(str(folder / "a.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        for frame in container.decode(container.streams.audio[0]):
            for part in resampler.resample(frame):
                out.writeframesraw(part.to_ndarray().tobytes())


def media_pass(film: Path, folder: Path) -> None:
    """Our pass and the scenes out of its metrics; prints the process's peak memory in MB."""
    from rushes.analysis.scenes import ScenesConfig, detect_cuts
    from rushes.media.manifest import METRICS_FILE
    from rushes.media.media_pass import MediaPassConfig, run_media_pass
    from rushes.media.metrics import FrameMetrics

    target = folder / "pass"
    run_media_pass(
        film, target, MediaPassConfig(), progress=lambda done, total: None, deadline=None
    )
    cuts = detect_cuts(FrameMetrics.load(target / METRICS_FILE), ScenesConfig())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(cuts)} cuts, peak {peak:.0f} MB")


if __name__ == "__main__":
    step = {"frames": frames, "audio": audio, "pass": media_pass}[sys.argv[1]]
    step(Path(sys.argv[2]), Path(sys.argv[3]))
