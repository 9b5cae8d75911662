"""Profiles: one table that names backend, weights and settings of each stage."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from rushes.artifacts.hashing import sha256_of
from rushes.artifacts.vocabulary import ModelProfile
from rushes.errors import ConfigurationError
from rushes.people.recognition import is_recognition_on
from rushes.settings import Settings

PROFILES_FILE: Final = Path(__file__).with_name("profiles.toml")
GROUND: Final = "all"
UNPROFILED: Final = ("source_video", "media_pass")
"""Stages with one section for all profiles."""

PROFILE_NAMES: Final = tuple(each.value for each in ModelProfile if each != ModelProfile.NONE)

Table = dict[str, Any]


LIBRARY_SETTING: Final = "profiles"
"""In `libraries.settings`: sections that the library lays over the table."""


class Profiles:
    """The table with the user's laid over it, stage by stage."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table

    @cached_property
    def digest(self) -> str:
        """The same for equal tables."""
        return sha256_of(self._table)

    def with_library(self, settings: Mapping[str, Any]) -> Profiles:
        """This table with what a library's settings lay over it; how films are sampled stays."""
        overrides = settings.get(LIBRARY_SETTING) or {}
        table = _laid_over(dict(self._table), overrides) if overrides else dict(self._table)
        if not is_recognition_on(settings):
            table = _laid_over(table, _WITHOUT_RECOGNITION)
        return self if table == self._table else Profiles(table)

    def check_library(self, overrides: Mapping[str, Any], source: Path) -> None:
        """ConfigurationError where a library's sections, read from `source`, are not ours."""
        for section in UNPROFILED:
            if section in overrides:
                raise ConfigurationError(
                    f"{source}: {section} is the same for all libraries",
                    code="profiles_file",
                    remedy="set it in RUSHES_PROFILES_FILE",
                )
        _require_known(dict(self._table), dict(overrides), source)

    @property
    def media_pass(self) -> Table:
        """How films are sampled; the same for all profiles."""
        return deepcopy(self._table["media_pass"])

    def stage(self, profile: ModelProfile | str, stage: str) -> Table:
        """A stage's settings under a profile. ConfigurationError where there is no such pair."""
        if stage in UNPROFILED:
            return deepcopy(self._table[stage])
        rows = self._table.get(str(profile))
        if rows is None or profile == GROUND:
            known = sorted(set(self._table) - {GROUND, *UNPROFILED})
            raise ConfigurationError(
                f"there is no profile {str(profile)!r}",
                code="unknown_profile",
                remedy=f"choose one of: {', '.join(known)}",
            )
        if stage not in rows:
            raise ConfigurationError(
                f"profile {str(profile)!r} has no stage {stage!r}",
                code="unknown_stage",
                remedy=f"choose one of: {', '.join(rows)}",
            )
        return deepcopy({**self._table[GROUND][stage], **rows[stage]})


_WITHOUT_RECOGNITION: Final[Table] = {
    section: {"faces": {"recognise": False}} for section in (GROUND, *PROFILE_NAMES)
}


def load_profiles(settings: Settings) -> Profiles:
    """Our table with `settings.profiles_file` over it. ConfigurationError names what is wrong."""
    table = read_table(PROFILES_FILE)
    if settings.profiles_file is not None:
        overrides = read_table(settings.profiles_file.expanduser())
        _require_known(table, overrides, settings.profiles_file)
        table = _laid_over(table, overrides)
    return Profiles(table)


def read_table(path: Path) -> Table:
    """The sections of a profiles file. ConfigurationError `profiles_file` where it is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"the profiles file {path} cannot be read: {error}",
            code="profiles_file",
            remedy="mend it, or unset RUSHES_PROFILES_FILE",
        ) from error


def _require_known(table: Table, overrides: Table, path: Path) -> None:
    """Every section and key of the overrides must be one that our table knows.

    A key may stand under any profile if it stands under one.
    """
    for section, rows in overrides.items():
        _require_member(section, table, path, section)
        _require_table(rows, path, section)
        if section in UNPROFILED:
            _require_keys(rows, table[section], path, section)
            continue
        for stage, row in rows.items():
            _require_member(stage, table[section], path, f"{section}.{stage}")
            _require_table(row, path, f"{section}.{stage}")
            _require_keys(row, _all_keys(table, stage), path, f"{section}.{stage}")


def _all_keys(table: Table, stage: str) -> Table:
    known: Table = {}
    for section in {GROUND, *(member.value for member in ModelProfile)} & set(table):
        known |= table[section].get(stage, {})
    return known


def _require_keys(row: Table, known: Table, path: Path, place: str) -> None:
    for key, value in row.items():
        _require_member(key, known, path, f"{place}.{key}")
        if _shape(value) is not _shape(known[key]):
            raise ConfigurationError(
                f"{path}: {place}.{key} is {value!r}, expected something like {known[key]!r}",
                code="profiles_file",
                remedy="give a value of the same kind",
            )


def _shape(value: Any) -> type:
    """Kind of a value; whole and broken numbers are one kind, the stage's own model is exact."""
    return float if type(value) is int else type(value)


def _require_member(name: str, known: Mapping[str, Any], path: Path, place: str) -> None:
    if name not in known:
        raise ConfigurationError(
            f"{path}: {place} is not known",
            code="profiles_file",
            remedy=f"choose one of: {', '.join(known)}",
        )


def _require_table(value: Any, path: Path, place: str) -> None:
    if not isinstance(value, dict):
        raise ConfigurationError(
            f"{path}: {place} is {value!r}, expected a section",
            code="profiles_file",
            remedy=f"write it as [{place}]",
        )


def _laid_over(ground: Table, over: Table) -> Table:
    """`over` on `ground`: sections are merged, everything else is replaced."""
    merged = dict(ground)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _laid_over(merged[key], value) if both else value
    return merged
