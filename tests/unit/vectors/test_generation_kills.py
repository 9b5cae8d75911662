"""A writer killed at any moment leaves the generation before or its own, never less."""

from __future__ import annotations

import os
import random
import secrets
import signal
import time
from pathlib import Path

import pytest
from generation_making import SPACE, assert_holds, boundaries, draft, publish, recover

from rushes.documents.durable import CrashPoints
from rushes.vectors.generations.folder import CURRENT, SpaceFolder
from rushes.vectors.generations.manifest import FILES, IndexType
from rushes.vectors.generations.writing import Draft
from rushes.vectors.live.base import Base
from tests.integration.documents.document_writing import KILLED, die_at, exit_status, in_process

_LONGEST_SECONDS = 0.12
_SIZES = (300, 2_000)


def _draft(seq: int) -> Draft:
    """Large and flat, small and IVF, in turn."""
    return draft(seq, count=_SIZES[seq % 2], kind=list(IndexType)[seq % 2])


def _write(root: Path, before: int, crash_points: CrashPoints) -> None:
    publish(SpaceFolder(root, SPACE), _draft(before + 1), crash_points)


def _prepared(root: Path, before: int) -> SpaceFolder:
    folder = SpaceFolder(root, SPACE)
    for seq in range(1, before + 1):
        publish(folder, _draft(seq))
    return folder


@pytest.mark.fault
@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_kill_at_every_boundary_leaves_the_one_before_or_the_new_one(
    tmp_path: Path, before: int
) -> None:
    _prepared(tmp_path / "rehearsal", before)
    passed = boundaries(lambda points: _write(tmp_path / "rehearsal", before, points))
    assert len(passed) >= 13 + (before == 2)
    for ordinal, boundary in enumerate(passed):
        folder = _prepared(tmp_path / str(ordinal), before)
        child = in_process(
            lambda at=ordinal, root=folder.path.parent: _write(root, before, die_at(at))
        )
        assert exit_status(child) == KILLED
        is_named = ordinal >= passed.index("generation named")
        is_published = ordinal >= passed.index("CURRENT replaced")
        base, told = recover(folder)
        if before or is_named:
            # The first of all is complete as soon as it has its name.
            assert_holds(base, _draft(before + (is_published or not before)))
        else:
            assert base is None
        expects = [CURRENT] if is_named and not is_published and not before else []
        assert [name for name, _ in told] == expects, boundary
        _assert_goes_on(folder, before + 2)


def _assert_goes_on(folder: SpaceFolder, seq: int) -> None:
    """The next writer waits for nobody, publishes, and clears what the dead one left."""
    publish(folder, _draft(seq))
    base, told = recover(folder)
    assert_holds(base, _draft(seq))
    assert told == []
    entries = {each.name for each in folder.path.iterdir()}
    assert entries == {CURRENT, ".lock", *folder.names()}
    assert len(folder.names()) <= 2


@pytest.mark.fault
def test_kills_at_random_moments_always_leave_a_whole_generation(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    seed = pytestconfig.getoption("--fault-seed")
    seed = secrets.randbits(32) if seed is None else seed
    print(f"repeat with --fault-seed {seed}")
    chance = random.Random(seed)
    folder = _prepared(tmp_path, 2)
    seq = 2
    for _ in range(pytestconfig.getoption("--faults")):
        child = in_process(lambda after=seq: _write_on(folder, after))
        time.sleep(chance.uniform(0, _LONGEST_SECONDS))
        os.kill(child, signal.SIGKILL)
        assert exit_status(child) == KILLED
        base, told = recover(folder)
        assert base is not None
        assert told == []
        assert _seq(base) >= seq
        seq = _seq(base)
        assert_holds(base, _draft(seq))
    _assert_goes_on(folder, seq + 1)


def _write_on(folder: SpaceFolder, after: int) -> None:
    while True:
        after += 1
        publish(folder, _draft(after))


def _seq(base: Base) -> int:
    return base.manifest.applied_seq


def test_all_is_on_disk_before_current_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    synced: list[int] = []
    since_named = 0
    really_sync = os.fsync

    def sync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        really_sync(descriptor)

    def look(reached: str) -> None:
        nonlocal since_named
        if reached == "generation named":
            (generation,) = (folder.generation(name) for name in folder.names())
            files = [generation, *generation.iterdir()]
            assert len(files) == 1 + len(FILES) + 1
            assert {each.stat().st_ino for each in files} <= set(synced)
            since_named = len(synced)
        if reached == "CURRENT written":
            (current,) = folder.path.glob(".CURRENT.*")
            wanted = [folder.path.stat().st_ino, current.stat().st_ino]
            assert synced[since_named:] == wanted

    monkeypatch.setattr(os, "fsync", sync)
    publish(folder, draft(1), look)
    assert since_named
    assert synced[-1] == folder.path.stat().st_ino
