import multiprocessing
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from rushes.errors import StorageError
from rushes.media.cache import MediaCache, cache_key
from rushes.media.manifest import MediaPassConfig, MediaPassManifest, SampledFrameEntry
from rushes.media.metrics import MetricsRecorder

Builder = Callable[[Path], MediaPassManifest]
PICTURE_BYTES = 10_000


def fill(folder: Path) -> MediaPassManifest:
    """What a media pass leaves, without a film."""
    (folder / "frames").mkdir()
    (folder / "frames" / "000000000.jpg").write_bytes(b"x" * PICTURE_BYTES)
    recorder = MetricsRecorder(("mean",))
    recorder.add(0, np.zeros((4, 4, 3), np.uint8))
    recorder.finish(Fraction(1, 1000), Fraction(25), 40).save(folder / "metrics.npz")
    frame = SampledFrameEntry(
        file="frames/000000000.jpg", frame_number=0, time_ms=0, end_ms=40, width=4, height=4
    )
    return MediaPassManifest(
        config=MediaPassConfig(), width=4, height=4, rotation=0, frame_rate="25",
        frame_count=1, duration_ms=40, frames=(frame,),
    )  # fmt: skip


def refuse(folder: Path) -> MediaPassManifest:
    raise AssertionError("built a second time")


@pytest.fixture
def cache(tmp_path: Path) -> MediaCache:
    return MediaCache(tmp_path / "cache", budget_bytes=10**9, min_free_bytes=0)


def entry_folder(cache: MediaCache, name: str) -> Path:
    key = cache_key(name, "config")
    return cache.root / key[:2] / key


def age(cache: MediaCache, name: str, seconds: float) -> None:
    os.utime(entry_folder(cache, name) / "manifest.json", (seconds, seconds))


def test_an_entry_is_built_once_and_read_again(cache: MediaCache) -> None:
    assert cache.get("a", "config") is None
    cache.build("a", "config", fill).close()
    with cache.build("a", "config", refuse) as media:
        assert media.duration_ms == 40
        assert media.audio_path is None
        assert media.frames()[0].path.stat().st_size == PICTURE_BYTES
        assert media.metrics().times_ms.tolist() == [0]
    assert cache.get("a", "other") is None


def test_a_builder_that_fails_leaves_nothing(cache: MediaCache) -> None:
    def crash(folder: Path) -> MediaPassManifest:
        fill(folder)
        raise RuntimeError("crash")

    with pytest.raises(RuntimeError, match="crash"):
        cache.build("a", "config", crash)
    assert cache.get("a", "config") is None
    assert not [path for path in cache.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("damaged", ["manifest.json", "summary.json", "metrics.npz"])
def test_a_damaged_entry_counts_as_absent_and_is_made_again(
    cache: MediaCache, damaged: str
) -> None:
    cache.build("a", "config", fill).close()
    (entry_folder(cache, "a") / damaged).write_text("{")
    assert cache.get("a", "config") is None
    with cache.build("a", "config", fill) as media:
        assert media.metrics().duration_ms == 40


def test_the_least_recently_used_entry_goes_first(cache: MediaCache) -> None:
    for name in "abc":
        cache.build(name, "config", fill).close()
    for number, name in enumerate("bca"):
        age(cache, name, 1_000 + number)
    cache.prune(cache.status().bytes - 1)
    found = {name for name in "abc" if entry_folder(cache, name).exists()}
    assert found == {"a", "c"}


def test_an_entry_in_use_is_not_evicted(cache: MediaCache) -> None:
    media = cache.build("a", "config", fill)
    assert cache.prune(0) == 0
    assert media.frames()[0].path.exists()
    media.close()
    assert cache.prune(0) > PICTURE_BYTES
    assert cache.status().entries == 0


def test_the_budget_holds_after_a_build(tmp_path: Path) -> None:
    cache = MediaCache(tmp_path / "cache", budget_bytes=2 * PICTURE_BYTES, min_free_bytes=0)
    for name in "abc":
        cache.build(name, "config", fill).close()
    assert cache.status().entries == 1
    media = cache.get("c", "config")
    assert media is not None
    media.close()


def test_what_a_killed_builder_left_is_swept(cache: MediaCache) -> None:
    orphan = cache.root / "tmp" / f"{cache_key('a', 'config')}.dead"
    orphan.mkdir(parents=True)
    (orphan / "frame.jpg").write_bytes(b"x")
    cache.prune()
    assert not orphan.exists()


def test_a_disk_with_too_little_room_is_refused(tmp_path: Path) -> None:
    cache = MediaCache(tmp_path / "cache", budget_bytes=10**9, min_free_bytes=2**62)
    with pytest.raises(StorageError) as caught:
        cache.build("a", "config", fill)
    assert caught.value.code == "disk_full"


def test_a_film_can_be_forgotten(cache: MediaCache) -> None:
    for name in "ab":
        cache.build(name, "config", fill).close()
    assert cache.forget("a") > PICTURE_BYTES
    assert cache.get("a", "config") is None
    assert cache.status().entries == 1


def _build_in_a_process(root: Path, log: Path) -> None:
    def logged(folder: Path) -> MediaPassManifest:
        with log.open("a") as file:
            file.write("built\n")
        return fill(folder)

    MediaCache(root, 10**9, 0).build("a", "config", logged).close()


def test_two_processes_do_not_build_the_same_entry(cache: MediaCache, tmp_path: Path) -> None:
    log = tmp_path / "log"
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_build_in_a_process, args=(cache.root, log)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert log.read_text() == "built\n"
