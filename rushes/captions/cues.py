"""A caption file as cues: what is said from when to when, without tags and styles."""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rushes.captions.encoding import decoded
from rushes.captions.errors import bad_captions
from rushes.media.timecode import format_clock

LARGEST_BYTES: Final = 8 << 20
"""Some forty times the captions of a long film."""

LONGEST_CUE: Final = 10_000
"""Characters; a cue is a line or two, and Postgres indexes no text of a megabyte."""

_HEADER = "WEBVTT"
_SRT_TIME = r"\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}"
_VTT_TIME = r"(?:\d{1,4}:)?\d{2}:\d{2}\.\d{3}"
_TIMINGS: Final = {
    "srt": re.compile(rf"\s*{_SRT_TIME}\s*-->\s*{_SRT_TIME}(?!\S)"),
    "vtt": re.compile(rf"\s*{_VTT_TIME}\s*-->\s*{_VTT_TIME}(?!\S)"),
}
# In SRT an arrow may be said; in WebVTT it stands between times alone.
_MEANT_AS_TIMING: Final = {"srt": re.compile(r"\s*\S*\d\S*:\S*\s*-->"), "vtt": re.compile(r".*-->")}
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|</?\d[\d:.]*>|\{\\[^{}]*\}|\{[a-zA-Z]:[^{}]*\}")
_ENDS_WITH_NUMBER = re.compile(r"\n\n[ \t]*\d+\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2060\ufeff]+")


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: ms from the first video frame, half-open, and its text in one line."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class CaptionFile:
    """A caption file that was read: `format` is srt or vtt, cues are in order of their start.

    `dropped` counts cues that are not taken: `empty`, `backwards` (end not after start),
    `after_end` (of the film). `note` tells where the encoding was guessed.
    """

    name: str
    sha256: str
    format: str
    encoding: str
    cues: tuple[Cue, ...]
    dropped: Mapping[str, int]
    note: str | None = None


def read_captions(file: Path, film_end_ms: int | None = None) -> CaptionFile:
    """The cues of an SRT or WebVTT file that lie within a film of that length.

    InvalidRequestError `bad_captions` where it cannot be read, is larger than LARGEST_BYTES, is
    not what it should be, or has no cue for this film; it names the file, and the line if known.
    """
    data, name = _bytes(file), file.name
    found = decoded(data, name)
    form = _format(file, found.text)
    _check_timings(found.text, form, name)
    dropped: Counter[str] = Counter()
    cues = sorted(_within(_parsed(found.text, form, name), film_end_ms, dropped), key=_order)
    if not cues:
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(dropped.items()))
        what = f"none of its cues can be taken ({told})" if dropped else "there is no cue in it"
        raise bad_captions(name, what)
    return CaptionFile(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        format=form,
        encoding=found.encoding,
        cues=tuple(cues),
        dropped=dict(dropped),
        note=found.note,
    )


def _bytes(file: Path) -> bytes:
    try:
        if not file.is_file():  # opening a pipe would wait for a writer
            raise bad_captions(file.name, "not there, or not a file")
        with file.open("rb") as source:
            data = source.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise bad_captions(file.name, f"cannot be read: {error.strerror}") from error
    if len(data) > LARGEST_BYTES:
        raise bad_captions(file.name, f"larger than {LARGEST_BYTES >> 20} MiB")
    return data


def _format(file: Path, text: str) -> str:
    if text.startswith(_HEADER):
        return "vtt"
    if file.suffix.lower() == ".vtt":
        raise bad_captions(file.name, f"does not begin with {_HEADER}", 1)
    return "srt"


def _check_timings(text: str, form: str, name: str) -> None:
    """A broken line of times would become text of the cue before it: better to say so."""
    for number, line in enumerate(text.split("\n"), 1):
        if (
            "-->" in line
            and not _TIMINGS[form].match(line)
            and _MEANT_AS_TIMING[form].match(line[:200])
        ):
            raise bad_captions(name, f"cannot be read as times: {line.strip()[:80]!r}", number)


def _parsed(text: str, form: str, name: str) -> Iterator[Cue]:
    from pysubs2 import SSAFile

    prepared = _srt_without_ambiguity(text) if form == "srt" else _vtt_cues_alone(text)
    for event in SSAFile.from_string(prepared, format_=form, keep_html_tags=True):
        said = _plain(event.text)
        if len(said) > LONGEST_CUE:
            clock = format_clock(event.start)
            raise bad_captions(name, f"the cue at {clock} is longer than {LONGEST_CUE} characters")
        yield Cue(event.start, event.end, said)


def _srt_without_ambiguity(text: str) -> str:
    """One empty line at most, and a number after each cue.

    pysubs2 takes a number in a cue's last line for that of the cue which follows. So there must be
    one, after the last cue too, and in files that have none.
    """
    lines = [line.rstrip() for line in text.split("\n")]
    if not next((line for line in lines if line), "").strip().isdecimal():
        timing = _TIMINGS["srt"]
        lines = [f"0\n{line}" if timing.match(line) else line for line in lines]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip()
    return joined if _ENDS_WITH_NUMBER.search(joined[-40:]) else f"{joined}\n\n0"


def _vtt_cues_alone(text: str) -> str:
    """Times and text of each cue, without header, comments, styles and names of cues.

    pysubs2 would take what follows a cue for its text. A number ends each cue as in SRT.
    """
    blocks = []
    for block in re.split(r"\n{2,}", text):
        lines = block.split("\n")
        first = next((number for number, line in enumerate(lines) if "-->" in line), None)
        if first is not None:
            blocks.append("\n".join([*lines[first:], "", "0"]))
    return "\n".join(blocks)


def _plain(text: str) -> str:
    """One line without tags; entities are the characters that they stand for."""
    for newline in (r"\N", r"\n", r"\h"):
        text = text.replace(newline, " ")
    return " ".join(_CONTROL.sub(" ", html.unescape(_TAG.sub("", text))).split())


def _within(cues: Iterator[Cue], film_end_ms: int | None, dropped: Counter[str]) -> Iterator[Cue]:
    for cue in cues:
        if not cue.text:
            dropped["empty"] += 1
        elif cue.end_ms <= cue.start_ms:
            dropped["backwards"] += 1
        elif film_end_ms is not None and cue.start_ms >= film_end_ms:
            dropped["after_end"] += 1
        elif film_end_ms is not None and cue.end_ms > film_end_ms:
            yield Cue(cue.start_ms, film_end_ms, cue.text)
        else:
            yield cue


def _order(cue: Cue) -> tuple[int, int]:
    return cue.start_ms, cue.end_ms
