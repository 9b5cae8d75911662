"""Caption files as people have them: read right, or refused with their line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysubs2 import SSAEvent, SSAFile

from rushes.captions.cues import LARGEST_BYTES, CaptionFile, Cue, read_captions
from rushes.errors import InvalidRequestError

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Hello</i> {\\an8}<font color="red">you</font>
there &amp; here

2
00:00:03,000 --> 00:00:04,000
In the year
1984
"""
SRT_CUES = (Cue(1000, 2500, "Hello you there & here"), Cue(3000, 4000, "In the year 1984"))
VTT = """WEBVTT
Kind: captions

STYLE
::cue { color: red }

NOTE nobody says this

an introduction
00:01.000 --> 00:02.000 align:start position:10%
<v Fred>Hello <00:01.500><c.loud>you</c>

NOTE nor this

01:00:03.000 --> 01:00:04.000
In the year
1984
"""
VTT_CUES = (Cue(1000, 2000, "Hello you"), Cue(3_603_000, 3_604_000, "In the year 1984"))


def _read(folder: Path, data: bytes | str, name: str = "film.srt", **options: int) -> CaptionFile:
    file = folder / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_captions(file, **options)


def _refusal(folder: Path, data: bytes | str, name: str = "film.srt", **options: int) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        _read(folder, data, name, **options)
    assert caught.value.code == "bad_captions"
    assert caught.value.remedy
    return caught.value.message


def test_tags_and_styles_go_and_lines_are_joined(tmp_path: Path) -> None:
    found = _read(tmp_path, SRT)
    assert (found.format, found.cues, found.dropped, found.note) == ("srt", SRT_CUES, {}, None)


def test_webvtt_comments_styles_and_names_of_cues_are_not_said(tmp_path: Path) -> None:
    found = _read(tmp_path, VTT, "film.en-GB.vtt")
    assert (found.format, found.cues) == ("vtt", VTT_CUES)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_encoding_and_newline_reads_the_same(
    tmp_path: Path, encoding: str, newline: str
) -> None:
    data = SRT.replace("you", "日本").replace("\n", newline).encode(encoding)
    found = _read(tmp_path, data)
    assert found.cues == (Cue(1000, 2500, "Hello 日本 there & here"), SRT_CUES[1])
    assert found.note is None


def test_an_old_encoding_is_guessed_and_told(tmp_path: Path) -> None:
    found = _read(tmp_path, SRT.replace("you", "¡café “noir”").encode("cp1252"))
    assert found.cues[0].text == "Hello ¡café “noir” there & here"
    assert found.encoding == "cp1252"
    assert found.note == "film.srt is not UTF-8 (line 3) and was read as Windows-1252"


@pytest.mark.parametrize("format_", ["srt", "vtt"])
@given(
    said=st.lists(
        st.lists(st.sampled_from(["Hello", "1984", "a - b", "日本", "7"]), min_size=1, max_size=3),
        min_size=1,
        max_size=5,
    )
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_was_written_is_read_back(tmp_path: Path, format_: str, said: list[list[str]]) -> None:
    written = SSAFile()
    for number, lines in enumerate(said):
        written.append(SSAEvent(number * 1000, number * 1000 + 900, "\\N".join(lines)))
    found = _read(tmp_path, written.to_string(format_), f"film.{format_}")
    assert found.cues == tuple(
        Cue(number * 1000, number * 1000 + 900, " ".join(lines))
        for number, lines in enumerate(said)
    )


def test_a_file_without_numbers_keeps_those_that_are_said(tmp_path: Path) -> None:
    text = "00:00:01,000 --> 00:00:02,000\nIn\n1984\n\n00:00:03,000 --> 00:00:04,000\n7\n"
    assert [cue.text for cue in _read(tmp_path, text).cues] == ["In 1984", "7"]


def test_cues_are_in_order_and_what_is_not_taken_is_counted(tmp_path: Path) -> None:
    times = [(5, 6, "b"), (1, 9, "a"), (3, 3, "no length"), (4, 5, "<i></i>"), (8, 9, "late")]
    text = "\n\n".join(
        f"{number}\n00:00:0{start},000 --> 00:00:0{end},000\n{said}"
        for number, (start, end, said) in enumerate(times, 1)
    )
    found = _read(tmp_path, text, film_end_ms=8000)
    assert found.cues == (Cue(1000, 8000, "a"), Cue(5000, 6000, "b"))
    assert found.dropped == {"backwards": 1, "empty": 1, "after_end": 1}


def test_captions_of_another_film_are_refused(tmp_path: Path) -> None:
    assert _refusal(tmp_path, SRT, film_end_ms=1000) == (
        "film.srt: none of its cues can be taken (2 after_end)"
    )


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (SRT.replace("00:00:03,000", "0O:00:03,000"), "film.srt", "film.srt, line 7: cannot be"),
        (SRT.replace("00:00:03,000", "-00:00:03,000"), "film.srt", "film.srt, line 7: cannot be"),
        (SRT.replace("00:00:03,000", "100:00:03,000"), "film.srt", "film.srt, line 7: cannot be"),
        (VTT.replace("00:01.000", "00:01,000"), "film.vtt", "film.vtt, line 10: cannot be read"),
        (SRT, "film.vtt", "film.vtt, line 1: does not begin with WEBVTT"),
        (b"", "film.srt", "film.srt: there is no cue in it"),
        ("WEBVTT\n", "film.vtt", "film.vtt: there is no cue in it"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "film.srt", "film.srt, line 3: not text but binary"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n\x81\xff", "film.srt", "film.srt, line 3: not text"),
        (b"1" * (LARGEST_BYTES + 1), "film.srt", "film.srt: larger than 8 MiB"),
        (SRT + "x" * 20_000, "film.srt", "film.srt: the cue at 0:00:03.000 is longer than"),
    ],
)
def test_a_bad_file_is_named_with_its_line(
    tmp_path: Path, data: bytes | str, name: str, told: str
) -> None:
    assert _refusal(tmp_path, data, name).startswith(told)


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.srt")
    for name in ("pipe.srt", "gone.srt", "."):
        with pytest.raises(InvalidRequestError, match="not there, or not a file"):
            read_captions(tmp_path / name)


def test_an_arrow_may_be_said(tmp_path: Path) -> None:
    found = _read(tmp_path, SRT.replace("1984", "look --> there"))
    assert found.cues[1].text == "In the year look --> there"


@pytest.mark.parametrize("filler", ["\n", "<a", "{\\", "\n1  ", "a:", " -"])
def test_a_hostile_file_ends_in_a_result_or_a_refusal(tmp_path: Path, filler: str) -> None:
    """With a pattern that goes back over what it read, this would take hours."""
    hostile = f"{SRT}{filler * 300_000} x"
    if not filler.strip():
        assert _read(tmp_path, hostile).cues[1].text == "In the year 1984 x"
    else:
        assert "longer than" in _refusal(tmp_path, hostile)
