"""Which caption files belong to which film."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from unicodedata import normalize

import pytest

from rushes.captions.languages import checked_language, language_of_tag
from rushes.captions.sidecars import find_sidecars, language_beside
from rushes.errors import InvalidRequestError
from rushes.library.records import Video


def _video(root: Path, path: str) -> Video:
    now = datetime.now(UTC)
    return Video(
        asset_id=path, library_slug="films", path=path, content_hash="h", content_version=1,
        size_bytes=1, mtime_ns=1, state="present", missing_since=None, duration_ms=None,
        capture_time=None, preview_ready=False, playable=False, searchable=False,
        offline_ready=False, is_favorite=False, created_at=now, updated_at=now,
        library_root=str(root), library_status="online", volume_label=None,
    )  # fmt: skip


def _found(root: Path, *films: str, captions: tuple[str, ...]) -> dict[str, list[tuple[str, str]]]:
    for name in (*films, *captions):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    found = find_sidecars(_video(root, film) for film in films)
    return {
        film: [(each.path.name, each.language) for each in sidecars]
        for film, sidecars in found.items()
    }


def test_the_name_tells_the_language_and_the_plain_one_comes_first(tmp_path: Path) -> None:
    captions = ("film.eng.srt", "film.en-GB.vtt", "film.fr.SRT", "film.vtt", "film.srt")
    assert _found(tmp_path, "film.mp4", captions=captions) == {
        "film.mp4": [
            ("film.srt", "und"), ("film.vtt", "und"), ("film.en-GB.vtt", "en"),
            ("film.fr.SRT", "fr"), ("film.eng.srt", "und"),
        ]
    }  # fmt: skip


def test_what_is_named_otherwise_or_lies_elsewhere_is_no_sidecar(tmp_path: Path) -> None:
    captions = (
        "film.en.forced.srt", "film.forced.srt", "film.txt", "film.en.txt", "film2.srt",
        "sub/film.srt", "._film.srt", "film.mp4.srt",
    )  # fmt: skip
    assert _found(tmp_path, "film.mp4", captions=captions) == {}


def test_a_film_whose_name_ends_like_a_language_keeps_its_captions(tmp_path: Path) -> None:
    found = _found(tmp_path, "a/film.mp4", "a/film.it.mov", captions=("a/film.it.srt",))
    assert found == {"a/film.it.mov": [("film.it.srt", "und")]}


def test_a_link_that_leads_out_of_the_library_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "films"
    root.mkdir()
    (tmp_path / "secret.srt").touch()
    (root / "film.srt").symlink_to(tmp_path / "secret.srt")
    (root / "film.en.srt").symlink_to(root / "film.en.srt")
    (root / "film.fr.srt").symlink_to(root / "french.srt")
    (root / "film.de.srt").mkdir()
    found = _found(root, "film.mp4", captions=("french.srt",))
    assert found == {"film.mp4": [("film.fr.srt", "fr")]}


def test_accents_are_one_letter_however_they_are_written(tmp_path: Path) -> None:
    name = "Café"
    found = _found(
        tmp_path, f"{normalize('NFC', name)}.mp4", captions=(f"{normalize('NFD', name)}.en.srt",)
    )
    assert [language for ((_, language),) in found.values()] == ["en"]


def test_a_folder_that_is_away_has_no_captions(tmp_path: Path) -> None:
    assert find_sidecars([_video(tmp_path / "away", "film.mp4")]) == {}


@pytest.mark.parametrize(
    ("file", "language"),
    [("x.en.srt", "en"), ("x.pt-BR.vtt", "pt"), ("x.srt", "und"), ("what it.is.srt", "und")],
)
def test_a_named_file_tells_its_language_too(tmp_path: Path, file: str, language: str) -> None:
    assert language_beside(Path("elsewhere", file), _video(tmp_path, "what it.is.mp4")) == language


def test_a_language_that_a_person_says_is_checked() -> None:
    assert [checked_language(each) for each in ("EN", "en_GB", "und")] == ["en", "en", "und"]
    assert language_of_tag("qq") == "und"
    with pytest.raises(InvalidRequestError, match="klingon"):
        checked_language("klingon")
