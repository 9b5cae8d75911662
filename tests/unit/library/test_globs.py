"""Which names are films."""

import pytest

from rushes.library.globs import film_matcher, glob_matcher


@pytest.mark.parametrize("name", ["a.mp4", "A.MP4", "x/y.MoV", "a b.mxf", "clip.m2ts", "VTS_1.VOB"])
def test_known_extensions_are_films_in_any_case(name: str) -> None:
    assert film_matcher(())(name)


@pytest.mark.parametrize(
    "name", ["a.txt", "mp4", ".mp4", "a.mp4.part", "a.mp4/readme", "a.jpg", ""]
)
def test_other_names_are_not(name: str) -> None:
    assert not film_matcher(())(name)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.mov", "a/b/C.MOV", True),
        ("*.mov", "a.mp4", False),
        ("raw/*.mov", "raw/a.mov", True),
        ("raw/*.mov", "raw/deep/a.mov", False),
        ("raw/**/*.mov", "raw/deep/down/a.mov", True),
        ("raw/**/*.mov", "raw/a.mov", True),
        ("raw/**", "raw/a/b.mov", True),
        ("proxies", "a/proxies", True),
        ("proxies/", "a/proxies", True),
        ("proxies/", "a/proxies/b.mp4", True),
        ("proxies/", "a/proxies2/b.mp4", False),
        ("/top.mp4", "top.mp4", True),
        ("/top.mp4", "a/top.mp4", False),
        ("clip[0-9].mp4", "clip7.mp4", True),
        ("clip[!0-9].mp4", "clip7.mp4", False),
        ("a+(b).mp4", "a+(b).mp4", True),
        ("a?.mp4", "ab.mp4", True),
        ("[.mp4", "[.mp4", True),
        ("*.mp4", "line\nbreak.mp4", True),
    ],
)
def test_a_pattern_means(pattern: str, path: str, expected: bool) -> None:
    assert glob_matcher([pattern])(path) is expected


def test_no_pattern_matches_nothing() -> None:
    assert not glob_matcher(())("a.mp4")
