"""Which of two names stands, where database and backup call one person differently. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rushes.export.restore_report import RestoreReport
from rushes.export.said import erased_clusters
from rushes.people.fold import People, fold
from rushes.people.log import Entry


def restore_names(
    before: Mapping[str, str],
    theirs: Sequence[Entry],
    entries: Sequence[Entry],
    report: RestoreReport,
    overwrite: bool,
) -> dict[str, str]:
    """The names that have to be said again: person -> name.

    `before` are the names of clusters before the restoration, `theirs` the backup's entries,
    `entries` those of now. A name that stood here stays, unless `overwrite`: then the backup's
    names stand.
    """
    now = fold(entries)
    stood_here = _names_here(before, now)
    wanted: dict[str, str] = {}
    for person, name in _names_there(fold(theirs), now, erased_clusters(entries)).items():
        stood = stood_here.get(person)
        kept = name if overwrite or stood is None else stood
        if stood is not None and stood != name:
            report.differ("name", person, stood, name, kept)
        if now.name_of(person) != kept and (overwrite or stood is not None):
            wanted[person] = kept
    return wanted


def _names_here(before: Mapping[str, str], now: People) -> dict[str, str]:
    """Person -> name; of several that are one now, the name of the one that stands for all."""
    found: dict[str, str] = {}
    for cluster, name in sorted(before.items()):
        person = now.person_of(cluster)
        found.setdefault(person, before.get(person, name))
    return found


def _names_there(there: People, now: People, erased: set[str]) -> dict[str, str]:
    """Person of now -> name in the backup; of several, the first by the backup's id."""
    found: dict[str, str] = {}
    for cluster in sorted(there.touched() - erased):
        name = there.name_of(cluster)
        if name is not None:
            found.setdefault(now.person_of(cluster), name)
    return dict(sorted(found.items()))
