from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rushes.errors import MediaError
from rushes.media.damage import DecodeCount, check_undamaged


def packet(size: int = 500, *, discard: bool = False) -> Any:
    return SimpleNamespace(size=size, is_discard=discard)


def counted(*, good: int, bad: int = 0, lost: int = 0, **settings: bool) -> DecodeCount:
    count = DecodeCount(**settings)
    for _ in range(bad):
        count.bad(packet())
    for number in range(good + lost):
        count.good(packet(), int(number >= lost))
    return count


@pytest.mark.parametrize(
    "count",
    [
        counted(good=10, bad=1),
        counted(good=90, bad=6),
        counted(good=50, lost=25),
        counted(good=0, lost=9),
    ],
)
def test_a_film_that_lost_a_good_part_is_damaged(count: DecodeCount) -> None:
    with pytest.raises(MediaError) as caught:
        check_undamaged(Path("a.mp4"), count)
    assert caught.value.code == "damaged"


@pytest.mark.parametrize(
    "count",
    [
        counted(good=0),
        counted(good=100, bad=5),
        counted(good=10, lost=8),
        counted(good=50, bad=9, waits_for_a_picture=True),
        counted(good=50, lost=40, waits_for_a_picture=True),
        counted(good=50, lost=40, gives_a_picture_each=False),
    ],
)
def test_a_scratch_or_a_quirk_is_no_damage(count: DecodeCount) -> None:
    check_undamaged(Path("a.mp4"), count)


def test_packets_that_show_nothing_do_not_count() -> None:
    count = DecodeCount()
    for _ in range(50):
        count.good(packet(7), 0)
        count.good(packet(discard=True), 0)
    check_undamaged(Path("a.avi"), count)
