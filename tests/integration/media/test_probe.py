from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from rushes.errors import MediaError
from rushes.media.probe import probe
from tests.media_factory import make_clip, make_sound_only, truncate


def code_of(path: Path) -> str:
    with pytest.raises(MediaError) as caught:
        probe(path)
    assert path.name in str(caught.value)
    assert caught.value.remedy
    return caught.value.code


def test_a_film_tells_its_facts(tmp_path: Path) -> None:
    facts = probe(make_clip(tmp_path / "a.mp4", frames=50, audio_tracks=2))
    assert (facts.codec, facts.width, facts.height) == ("h264", 320, 180)
    assert facts.frame_rate == Fraction(25)
    assert not facts.variable_frame_rate
    assert 2000 <= facts.duration_ms <= 2050
    assert [track.index for track in facts.audio_tracks] == [0, 1]
    assert facts.audio_tracks[0].codec == "aac"
    assert facts.audio_tracks[0].sample_rate == 48_000
    assert (facts.capture_time, facts.camera_make, facts.latitude) == (None, None, None)


def test_a_cameras_tags_are_read(tmp_path: Path) -> None:
    tags = {
        "com.apple.quicktime.location.ISO6709": "+37.3349-122.0090+010.5/",
        "com.apple.quicktime.make": "Apple",
        "com.apple.quicktime.model": "iPhone",
        "com.apple.quicktime.creationdate": "2024-05-01T12:11:12+0200",
    }
    facts = probe(make_clip(tmp_path / "a.mov", frames=5, metadata=tags))
    assert (facts.latitude, facts.longitude, facts.altitude) == (37.3349, -122.009, 10.5)
    assert (facts.camera_make, facts.camera_model) == ("Apple", "iPhone")
    assert facts.capture_time == datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC)


def test_a_start_timecode_is_read(tmp_path: Path) -> None:
    tags = {"timecode": "01:00:00;00"}
    rate = Fraction(30000, 1001)
    facts = probe(make_clip(tmp_path / "a.mov", frames=5, fps=rate, metadata=tags))
    assert (facts.start_timecode, facts.drop_frame) == ("01:00:00;00", True)


def test_a_turned_film_says_how_it_is_turned(tmp_path: Path) -> None:
    facts = probe(make_clip(tmp_path / "a.mp4", frames=5, rotation=90))
    assert (facts.width, facts.height, facts.rotation) == (320, 180, 90)
    assert facts.display_size == (180, 320)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_varying_frame_rate_is_noticed(tmp_path: Path, name: str) -> None:
    assert probe(make_clip(tmp_path / name, vfr=True)).variable_frame_rate


@pytest.mark.parametrize("fps", [Fraction(24000, 1001), Fraction(30)])
def test_rounded_times_of_a_constant_rate_are_no_variation(tmp_path: Path, fps: Fraction) -> None:
    assert not probe(make_clip(tmp_path / "a.mkv", fps=fps, audio=False)).variable_frame_rate


def test_each_bad_file_has_its_code(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a film\n" * 100)
    (tmp_path / "noise.mov").write_bytes(bytes(range(256)) * 40)
    assert code_of(tmp_path / "empty.mp4") == "empty_file"
    assert code_of(tmp_path / "text.mp4") == "unsupported"
    assert code_of(tmp_path / "noise.mov") == "unsupported"
    assert code_of(tmp_path / "gone.mp4") == "source_missing"
    assert code_of(make_sound_only(tmp_path / "sound.m4a")) == "no_video_stream"


@pytest.mark.parametrize("name", ["a.mkv", "a.h264"])
def test_a_film_that_does_not_state_its_length_is_measured(tmp_path: Path, name: str) -> None:
    clip = make_clip(
        tmp_path / name, frames=50, audio=False, muxer={"live": "1"} if name.endswith("mkv") else {}
    )
    assert probe(clip.rename(tmp_path / "b.mp4")).duration_ms == 2000


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile a.ts\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nt=0 0\nm=video 5004 RTP/AVP 96\n",
        '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    ],
)
def test_a_list_of_other_files_is_no_film(tmp_path: Path, text: str) -> None:
    make_clip(tmp_path / "a.ts", frames=5)
    (tmp_path / "list.mp4").write_text(text)
    assert code_of(tmp_path / "list.mp4") == "unsupported"


def test_a_film_whose_index_was_cut_off_is_truncated(tmp_path: Path) -> None:
    assert code_of(truncate(make_clip(tmp_path / "a.mp4", frames=30), 0.6)) == "truncated"
