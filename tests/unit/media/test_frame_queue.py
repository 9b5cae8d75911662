import pytest

from rushes.media.frame_queue import MAX_FRAMES, FrameQueue


def test_items_come_in_order_and_none_is_an_error() -> None:
    queue: FrameQueue[int] = FrameQueue()
    assert queue.put(1, 0, 0.0)
    assert queue.put(2, 0, 0.0)
    assert [queue.get(0.0), queue.get(0.0)] == [1, 2]
    with pytest.raises(TimeoutError):
        queue.get(0.0)


def test_two_large_pictures_fit_and_a_third_waits() -> None:
    queue: FrameQueue[int] = FrameQueue(max_bytes=100)
    assert queue.put(1, 1000, 0.0)
    assert queue.put(2, 1000, 0.0)
    assert not queue.put(3, 1, 0.0)
    queue.get(0.0)
    assert queue.put(3, 1000, 0.0)


def test_small_pictures_are_bounded_by_their_number() -> None:
    queue: FrameQueue[int] = FrameQueue()
    assert [queue.put(number, 1, 0.0) for number in range(MAX_FRAMES + 1)][-2:] == [True, False]
