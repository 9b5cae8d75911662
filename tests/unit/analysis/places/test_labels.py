"""Class names from the usual kinds of file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rushes.analysis.places.labels import read_labels
from rushes.errors import AnalysisError

CHECKOUT = Path(__file__).resolve().parents[4]
MODELS = Path(os.environ.get("RUSHES_TEST_MODELS", CHECKOUT.parent / "shared" / "models"))


def labels(folder: Path, text: str, name: str = "labels.txt") -> tuple[str, ...]:
    (folder / name).write_text(text, encoding="utf-8")
    return read_labels(folder / name)


def test_lines_of_places365_become_plain_names_in_the_order_of_their_numbers(
    tmp_path: Path,
) -> None:
    text = "/a/apartment_building/outdoor 1\n/a/abbey 0\n\n/b/boxing_ring 2\n"
    assert labels(tmp_path, text) == ("abbey", "apartment building/outdoor", "boxing ring")


def test_lines_of_imagenet_lose_their_number(tmp_path: Path) -> None:
    text = "n01440764 tench, Tinca tinca\nn01443537 goldfish\n"
    assert labels(tmp_path, text) == ("tench, Tinca tinca", "goldfish")


def test_other_lines_are_labels_as_they_stand(tmp_path: Path) -> None:
    text = "\ufeffKüche\r\n/a/b c\r\nroom 7\r\n"
    assert labels(tmp_path, text) == ("Küche", "/a/b c", "room 7")


@pytest.mark.parametrize("content", [["in", "out"], {"1": "out", "0": "in"}])
def test_json_is_a_list_or_names_by_number(content: object, tmp_path: Path) -> None:
    assert labels(tmp_path, json.dumps(content), "labels.json") == ("in", "out")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("empty.txt", " \n"),
        ("gap.txt", "/a/abbey 0\n/a/attic 2\n"),
        ("gap.json", '{"0": "in", "2": "out"}'),
        ("numbers.json", "[1, 2]"),
        ("blank.json", '["in", ""]'),
        ("broken.json", "["),
    ],
)
def test_a_list_with_gaps_is_refused(name: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        labels(tmp_path, text, name)
    assert caught.value.code == "model_corrupt"


def test_a_missing_list_is_told(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        read_labels(tmp_path / "nowhere.txt")
    assert caught.value.code == "model_unavailable"


def test_the_list_of_places365_is_read_whole() -> None:
    path = MODELS / "categories_places365.txt"
    if not path.is_file():
        pytest.skip(f"{path} is not here; RUSHES_TEST_MODELS names its folder")
    names = read_labels(path)
    assert len(names) == len(set(names)) == 365
    assert (names[0], names[8], names[364]) == (
        "airfield",
        "apartment building/outdoor",
        "zen garden",
    )
