"""Everything about the files of a space that can be looked at: every byte, every id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from rushes.vectors.building.comparing import SAMPLE, Comparison, compare
from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.events import note_damage_once
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.opening import open_generation
from rushes.vectors.generations.verification import verify

Progress = Callable[[str], None]
"""Told what is looked at now."""


@dataclass(frozen=True, slots=True)
class SpaceVerdict:
    """`generation`: the one that answers, None for none yet. `damaged`: what is wrong, by
    generation, or by `CURRENT`. `comparison`: of the one that answers with Postgres, None where it
    cannot be opened.
    """

    key: str
    generation: str | None
    damaged: dict[str, str] = field(default_factory=dict)
    comparison: Comparison | None = None

    @property
    def is_good(self) -> bool:
        """Whether all kept generations are whole, and the current one is what Postgres holds."""
        return not self.damaged and (self.comparison is None or self.comparison.is_equal)


def verify_space(
    engine: Engine, folder: SpaceFolder, *, sample: int = SAMPLE, progress: Progress | None = None
) -> SpaceVerdict:
    """Hash all files of all kept generations, and compare the current one with Postgres.

    What is wrong with the current one is written down as an event, so that it is built anew by
    itself. StorageError, SQLAlchemy's errors, VectorsUnavailableError.
    """
    tell = progress or (lambda _: None)
    damaged: dict[str, str] = {}
    try:
        current = folder.read_current()
    except GenerationDamagedError as error:
        current, damaged = None, {"CURRENT": error.message}
    for name in folder.names():
        tell(f"{folder.space.key}: hashing {name}")
        if (damage := damage_of(folder, name)) is not None:
            damaged[name] = damage
    comparison = None
    if current is not None and current not in damaged:
        tell(f"{folder.space.key}: comparing {current} with Postgres")
        comparison = compared(engine, folder, current, sample)
    verdict = SpaceVerdict(folder.space.key, current, damaged, comparison)
    if current is not None and (wrong := told(verdict)) is not None:
        note_damage(engine, folder, current, wrong)
    return verdict


def damage_of(folder: SpaceFolder, name: str) -> str | None:
    """What is wrong with the files of a generation; None where nothing is, or it went meanwhile."""
    try:
        verify(folder, name)
    except GenerationDamagedError as error:
        return error.message if name in folder.names() else None
    return None


def compared(engine: Engine, folder: SpaceFolder, name: str, sample: int = SAMPLE) -> Comparison:
    """A generation and what came since against Postgres. GenerationDamagedError."""
    base = open_generation(folder, name)
    with engine.connect() as connection:
        return compare(connection, base, sample=sample)


def told(verdict: SpaceVerdict) -> str | None:
    """What is wrong with the generation that answers, in one line."""
    if verdict.generation in verdict.damaged:
        return verdict.damaged[verdict.generation]
    found = verdict.comparison
    return None if found is None or found.is_equal else difference(found)


def difference(found: Comparison) -> str:
    """How a generation differs from Postgres."""
    if found.is_outdated:
        return "tombstones that it had not applied were pruned"
    return (
        f"it differs from Postgres: {found.missing} missing, {found.surplus} surplus, "
        f"{found.differing} differing"
    )


def note_damage(engine: Engine, folder: SpaceFolder, name: str, what: str) -> None:
    """Write down, once, that a generation is not what it should be."""
    note_damage_once(engine, folder.space.key, name, what, root=folder.path.parent)
