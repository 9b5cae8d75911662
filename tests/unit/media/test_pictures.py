import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from rushes.errors import MediaError
from rushes.media.cache_entry import SampledFrame
from rushes.media.pictures import Pixels, pictures


def frames(folder: Path, count: int) -> list[SampledFrame]:
    """Grey pictures of 8x4 pixels, each as bright as its number."""
    made = []
    for number in range(count):
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), np.full((4, 8, 3), number, np.uint8))
        made.append(SampledFrame(path, number, number * 1000, number * 1000 + 1000, 8, 4))
    return made


def test_pictures_come_in_order_however_many_are_read_ahead(tmp_path: Path) -> None:
    films = frames(tmp_path, 20)
    seen = [(each.frame, int(each.pixels[0, 0, 0])) for each in pictures(films)]
    assert seen == [(frame, frame.frame_number) for frame in films]


def test_what_is_prepared_is_made_beside_the_one_who_looks(tmp_path: Path) -> None:
    threads = set()

    def inverted(pixels: Pixels) -> Pixels:
        threads.add(threading.current_thread())
        return np.asarray(255 - pixels, np.uint8)

    seen = [int(each.pixels.max()) for each in pictures(frames(tmp_path, 3), inverted)]
    assert seen == [255, 254, 253]
    assert threads
    assert threading.current_thread() not in threads


def test_a_damaged_picture_is_told_when_its_turn_comes(tmp_path: Path) -> None:
    films = frames(tmp_path, 3)
    films[1].path.write_bytes(b"nothing")
    looking = pictures(films)
    assert next(looking).frame == films[0]
    with pytest.raises(MediaError) as caught:
        next(looking)
    assert caught.value.code == "damaged_picture"
