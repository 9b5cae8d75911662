"""Clips have the very frames of their span, copied or encoded, with the sound in its place."""

from __future__ import annotations

import resource
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushes.errors import AnalysisError, InvalidRequestError, MediaError, StorageError
from rushes.media.clip import Clip, ClipMode, export_clip
from rushes.settings import PROJECT_ROOT
from tests.integration.media.clip_films import (
    CLOSED,
    OPEN,
    REFRESHED,
    make_grouped,
    shown,
    sound_starts_ms,
)
from tests.media_factory import make_clip

SAMPLE = PROJECT_ROOT / "samples" / "first-rushes.mp4"
A_FRAME_MS = 40.0


def cut(film: Path, from_ms: int, to_ms: int, mode: ClipMode = ClipMode.AUTO) -> tuple[Path, Clip]:
    target = film.with_name(f"clip-{from_ms}-{to_ms}-{mode}.mp4")
    return target, export_clip(film, target, from_ms, to_ms, mode, threads=1)


def assert_the_very_frames(
    film: Path, target: Path, clip: Clip, from_ms: int, to_ms: int, most: int | None = None
) -> None:
    """The same frames, the same distances in time, and what the report says of them.

    `most` is how many frames of the film are looked at.
    """
    source, got = shown(film, most), shown(target)
    numbers = source.between(from_ms, to_ms)
    assert len(got.times_ms) == len(numbers) == clip.frames
    start = source.times_ms[numbers[0]]
    assert clip.from_ms == start
    times = [source.times_ms[number] - start for number in numbers]
    assert all(abs(a - b) <= 1 for a, b in zip(got.times_ms, times, strict=True))
    for place in {0, len(numbers) // 2, len(numbers) - 1}:
        assert source.nearest_to(got.pictures[place]) == numbers[place]


@pytest.fixture(scope="module")
def grouped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds in closed groups of a second."""
    return make_grouped(tmp_path_factory.mktemp("grouped") / "film.mp4", CLOSED)


@pytest.mark.parametrize(("from_ms", "to_ms"), [(1000, 2000), (0, 1000), (2000, 3000), (0, 9000)])
def test_whole_groups_are_copied_bit_by_bit(grouped: Path, from_ms: int, to_ms: int) -> None:
    target, clip = cut(grouped, from_ms, to_ms)
    assert (clip.how, clip.to_ms) == ("copied", min(to_ms, 3000))
    assert_the_very_frames(grouped, target, clip, from_ms, to_ms)
    source, got = shown(grouped), shown(target)
    assert (source.pictures[source.between(from_ms, to_ms)] == got.pictures).all()


def test_a_copy_may_end_where_no_frame_before_rests_on_one_behind(grouped: Path) -> None:
    """Stored I P B B P B B: after three frames everything before has been shown."""
    target, clip = cut(grouped, 1000, 1160)
    assert_the_very_frames(grouped, target, clip, 1000, 1160)
    assert clip.how == "copied"
    target, clip = cut(grouped, 1000, 1120)
    assert_the_very_frames(grouped, target, clip, 1000, 1120)
    assert clip.how == "encoded"


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=st.integers(0, 74), length=st.integers(1, 40), offset=st.integers(0, 39))
def test_any_span_has_its_very_frames(grouped: Path, first: int, length: int, offset: int) -> None:
    from_ms = max(0, first * 40 - offset)
    to_ms = first * 40 + length * 40 - offset
    target, clip = cut(grouped, from_ms, max(to_ms, from_ms + 41))
    assert_the_very_frames(grouped, target, clip, from_ms, max(to_ms, from_ms + 41))


def test_clips_side_by_side_share_no_frame_and_miss_none(grouped: Path) -> None:
    clips = [cut(grouped, a, b)[1] for a, b in [(0, 510), (510, 1333), (1333, 3000)]]
    assert sum(clip.frames for clip in clips) == 75
    assert [clip.to_ms for clip in clips[:2]] == [clip.from_ms for clip in clips[1:]]


@pytest.mark.parametrize("name", ["film.mkv", "film.ts", "film.mov"])
def test_every_container_is_cut_alike(tmp_path: Path, name: str) -> None:
    film = make_grouped(tmp_path / name, CLOSED)
    for from_ms, to_ms, how in ((1000, 2000, "copied"), (1040, 1960, "encoded")):
        target, clip = cut(film, from_ms, to_ms)
        assert clip.how == how
        assert_the_very_frames(film, target, clip, from_ms, to_ms)


@pytest.mark.parametrize(
    ("groups", "codec"), [(OPEN, "libx264"), (REFRESHED, "libx264"), (OPEN, "libx265")]
)
def test_a_key_frame_that_does_not_stand_for_itself_begins_no_copy(
    tmp_path: Path, groups: str, codec: str
) -> None:
    film = make_grouped(tmp_path / "film.mp4", groups, codec=codec)
    target, clip = cut(film, 1000, 2000)
    assert clip.how == "encoded"
    assert_the_very_frames(film, target, clip, 1000, 2000)


@pytest.mark.parametrize(
    ("name", "film"),
    [
        ("vfr.mp4", {"vfr": True}),
        ("late.mp4", {"start_seconds": 2.5}),
        ("silent.mkv", {"audio": False, "fps": Fraction(30000, 1001)}),
        ("broadcast.ts", {"start_seconds": 3.0}),
        ("old.avi", {"codec": "mpeg4"}),
        ("jump.ts", {"picture_jump_seconds": 20.0, "sound_jump_seconds": 20.0}),
    ],
)
@pytest.mark.parametrize(("from_ms", "to_ms"), [(480, 900), (0, 600)])
def test_films_of_all_kinds_give_the_very_frames(
    tmp_path: Path, name: str, film: dict[str, Any], from_ms: int, to_ms: int
) -> None:
    source = make_clip(tmp_path / name, frames=30, size=(160, 96), **film)
    target, clip = cut(source, from_ms, to_ms)
    if "jump" not in name or to_ms <= 600:  # the reader of the test does not mend times
        assert_the_very_frames(source, target, clip, from_ms, to_ms)
    assert clip.frames == len(shown(target).times_ms)
    assert clip.to_ms - clip.from_ms < 700


def test_a_span_within_one_frame_gives_the_frame_that_is_shown_then(grouped: Path) -> None:
    target, clip = cut(grouped, 1010, 1030)
    assert (clip.frames, clip.from_ms, clip.to_ms) == (1, 1000, 1040)
    assert shown(grouped).nearest_to(shown(target).pictures[0]) == 25


@pytest.mark.parametrize("mode", [ClipMode.AUTO, ClipMode.ENCODE])
@pytest.mark.parametrize("name", ["film.mp4", "film.ts", "film.mkv"])
def test_every_sound_track_stays_with_the_picture(
    tmp_path: Path, name: str, mode: ClipMode
) -> None:
    source = make_clip(
        tmp_path / name, frames=60, size=(160, 96), audio_tracks=2, audio_delay_seconds=1.2,
        start_seconds=1.5,
    )  # fmt: skip
    begin = 0 if mode is ClipMode.AUTO else 640
    target, clip = cut(source, begin, 2000, mode)
    assert clip.how == ("copied" if mode is ClipMode.AUTO else "encoded")
    for track in (0, 1):
        heard = sound_starts_ms(source, track) - begin
        assert abs(sound_starts_ms(target, track) - heard) < A_FRAME_MS / 2


def test_the_sample_is_cut_at_its_scenes_without_encoding(tmp_path: Path) -> None:
    target = tmp_path / "street.mp4"
    clip = export_clip(SAMPLE, target, 2400, 7040, threads=1)
    assert (clip.how, clip.frames, clip.from_ms, clip.to_ms) == ("copied", 116, 2400, 7040)
    assert_the_very_frames(SAMPLE, target, clip, 2400, 7040, most=180)
    assert abs(sound_starts_ms(target) - (sound_starts_ms(SAMPLE) - 2400)) < A_FRAME_MS / 2
    clip = export_clip(SAMPLE, target, 2440, 2800, threads=1)
    assert clip.how == "encoded"
    assert_the_very_frames(SAMPLE, target, clip, 2440, 2800, most=180)


@pytest.mark.parametrize("mode", [ClipMode.COPY, ClipMode.ENCODE])
def test_rotation_and_pixel_shape_are_kept(tmp_path: Path, mode: ClipMode) -> None:
    source = make_clip(tmp_path / "turned.mov", frames=20, size=(160, 96), rotation=90)
    target, _ = cut(source, 0, 400, mode)
    with av.open(str(source)) as before, av.open(str(target)) as after:
        turned = [next(each.decode(video=0)).rotation for each in (before, after)]
    assert turned[0] == turned[1] != 0


def test_a_copy_that_is_not_exact_is_refused_and_the_nearest_places_are_named(
    grouped: Path,
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        cut(grouped, 1040, 2120, ClipMode.COPY)
    assert caught.value.code == "not_exact"
    assert caught.value.remedy is not None
    assert "begin at 1000 or 2000" in caught.value.remedy
    for ends in caught.value.remedy.partition("end at ")[2].partition(" ms")[0].split(" or "):
        assert cut(grouped, 1000, int(ends), ClipMode.COPY)[1].how == "copied"


def test_pictures_that_no_mp4_file_holds_are_encoded(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "film.mkv", frames=20, size=(160, 96), codec="ffv1", audio=False)
    with pytest.raises(InvalidRequestError, match="ffv1 pictures"):
        cut(source, 0, 800, ClipMode.COPY)
    target, clip = cut(source, 0, 800)
    assert_the_very_frames(source, target, clip, 0, 800)


@pytest.mark.parametrize(("from_ms", "to_ms"), [(-1, 5), (5, 5), (9, 5)])
def test_a_span_that_is_none_is_refused(grouped: Path, from_ms: int, to_ms: int) -> None:
    with pytest.raises(InvalidRequestError):
        cut(grouped, from_ms, to_ms)


@pytest.mark.parametrize("name", ["film.mp4", "film.ts"])
def test_a_span_behind_the_end_is_refused(tmp_path: Path, name: str) -> None:
    source = make_clip(tmp_path / name, frames=20, size=(160, 96))
    with pytest.raises(InvalidRequestError) as caught:
        cut(source, 5000, 2**53)
    assert caught.value.code == "past_the_end"
    assert not list(tmp_path.glob("clip-*"))


def test_a_stopped_export_leaves_nothing(grouped: Path, tmp_path: Path) -> None:
    asked = iter(range(10**6))
    target = tmp_path / "out.mp4"
    with pytest.raises(AnalysisError) as caught:
        export_clip(
            grouped, target, 40, 2960, ClipMode.ENCODE, threads=1,
            is_cancelled=lambda: next(asked) > 120,
        )  # fmt: skip
    assert caught.value.code == "interrupted"
    assert not target.exists()


def test_a_full_disk_is_named_and_leaves_nothing(grouped: Path, tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(StorageError) as caught:
            export_clip(grouped, tmp_path / "out.mp4", 0, 3000, threads=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.code == "disk_full"
    assert not (tmp_path / "out.mp4").exists()


def test_a_folder_that_cannot_be_written_to_is_named(grouped: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="gone"):
        export_clip(grouped, tmp_path / "gone" / "out.mp4", 0, 1000, threads=1)


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("#EXTM3U\nhttp://example.org/\n")
    with pytest.raises(MediaError) as caught:
        cut(tmp_path / "text.mp4", 0, 1000)
    assert caught.value.code == "unsupported"
