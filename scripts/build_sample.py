"""Build samples/first-rushes.mp4 and samples/truth.json from freely licensed parts."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from sample_reel.encode import write_film
from sample_reel.parts import Parts, fetch_parts, find_parts
from sample_reel.pictures import film
from sample_reel.sound import soundtrack
from sample_reel.truth import truth

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
FILM = "first-rushes.mp4"
LARGEST_BYTES = 3_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=Path, help="folder with the unpacked parts: no download")
    parser.add_argument("--out", type=Path, default=SAMPLES, help="default: samples/")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        parts = find_parts(arguments.parts) if arguments.parts else fetch_parts(Path(work))
        build(parts, arguments.out)


def build(parts: Parts, out: Path) -> None:
    """Write the film and its truth into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    target = out / FILM
    write_film(target, film(parts), soundtrack(parts))
    (out / "truth.json").write_text(as_lines(truth(FILM)))
    size = target.stat().st_size
    if size > LARGEST_BYTES:
        raise SystemExit(f"{target} has {size} bytes, more than {LARGEST_BYTES}: raise the CRF.")
    print(f"{target}: {size} bytes")


def as_lines(known: dict[str, Any]) -> str:
    """JSON with one line for each fact: short enough to read, and to compare."""
    parts = []
    for key, value in known.items():
        if isinstance(value, list):
            facts = ",\n".join(f"  {json.dumps(fact)}" for fact in value)
            parts.append(f" {json.dumps(key)}: [\n{facts}\n ]")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main()
