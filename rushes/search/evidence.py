"""The few moments of a scene that show why it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy import Connection

from rushes.search.found import FoundScene
from rushes.search.marking import Marked, Stems, mark, no_stems, placed
from rushes.search.moment import MARKS, moment, snippet
from rushes.search.named_things import NamedThings
from rushes.search.query.shaping import Leaf
from rushes.search.query.tree import Word
from rushes.search.request import Evidence, Reason
from rushes.search.word_stems import NO_LEXEMES, word_stems

MOST_EVIDENCE: Final = 3
_LABEL_LANGUAGE: Final = "english"
"""Models name things in English, whatever is spoken in a film."""
_NAMELESS: Final = ("person", "path")
"""Are not brought to a stem."""
_WITHOUT_MARKS: Final = str.maketrans("", "", MARKS)


@dataclass(frozen=True, slots=True)
class _Candidate:
    row: Mapping[str, Any]
    text: str
    marked: Marked

    @property
    def moment(self) -> tuple[int, int]:
        """(start, end) in ms of what is marked."""
        row = self.row
        return moment(self.marked.text, row["words"] or [], row["start_ms"], row["end_ms"])

    def is_within(self, scene: FoundScene) -> bool:
        """Whether it begins in the scene: a sentence may run over a cut."""
        if scene.start_ms <= self.row["start_ms"] and self.row["end_ms"] <= scene.end_ms:
            return True
        return scene.start_ms <= self.moment[0] < scene.end_ms


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds evidence of the same leaves in several scenes."""

    leaves: Sequence[Leaf]
    things: NamedThings
    stems: Mapping[tuple[str, str], frozenset[str]]

    @classmethod
    def of(
        cls,
        connection: Connection,
        leaves: Sequence[Leaf],
        things: NamedThings,
        rows: Sequence[Any],
    ) -> Self:
        """`rows`: of `hits.sql`; the lexemes of all of their words are looked up together."""
        if not any(isinstance(leaf, Word) and leaf.lexemes for leaf in leaves):
            return cls(leaves, things, {})
        words = {
            (language, word.token)
            for text, language in _texts(things, rows)
            for word in placed(text)
        }
        return cls(leaves, things, word_stems(connection, words))

    def evidence(self, scene: FoundScene, row: Any) -> tuple[Evidence, ...]:
        """At most MOST_EVIDENCE of a scene: each shows what those before it do not, if it can."""
        candidates = [each for each in self._candidates(scene, row) if each.marked.leaves]
        chosen: list[_Candidate] = []
        shown: frozenset[int] = frozenset()
        while candidates and len(chosen) < MOST_EVIDENCE:
            best = max(
                candidates,
                key=lambda each: (len(each.marked.leaves - shown), each.is_within(scene)),
            )
            if chosen and not best.marked.leaves - shown and best.row["source"] in _NAMELESS:
                break
            candidates.remove(best)
            chosen.append(best)
            shown |= best.marked.leaves
        return tuple(_evidence(each) for each in chosen)

    def _candidates(self, scene: FoundScene, row: Any) -> Iterator[_Candidate]:
        """What may be shown, the better first."""
        for each in row.texts or ():
            yield self._candidate(each, each["text"], each["language"])
        span = {"start_ms": scene.start_ms, "end_ms": scene.end_ms, "words": None}
        for each in row.things or ():
            name = self.things.of_kind[each["source"]][each["id"]]
            is_name = each["source"] in _NAMELESS
            yield self._candidate({**each, **span}, name, None if is_name else _LABEL_LANGUAGE)
        yield self._candidate({"source": "path", **span}, row.path, None)

    def _candidate(self, row: Mapping[str, Any], text: str, language: str | None) -> _Candidate:
        stems = no_stems if language is None else self._stems(language)
        return _Candidate(row, text, mark(text, row["source"], self.leaves, stems))

    def _stems(self, language: str) -> Stems:
        return lambda word: self.stems.get((language, word), NO_LEXEMES)


def nearest_in_meaning(
    reasons: Sequence[Reason], meant: Mapping[str, Mapping[str, Any]]
) -> tuple[Evidence, ...]:
    """What a scene was found by, the best place first. `meant`: rows of artifacts by their id.

    Nothing is marked: it need not have a single word of those that were asked for.
    """
    ranked = sorted(
        (each for each in reasons if each.artifact_id in meant),
        key=lambda each: (each.rank or 0, each.space or ""),
    )
    rows = [meant[each.artifact_id] for each in ranked if each.artifact_id is not None]
    return tuple(_meant(row) for row in rows[:MOST_EVIDENCE])


def _meant(row: Mapping[str, Any]) -> Evidence:
    return Evidence(
        source=row["source"],
        artifact_id=row["artifact_id"],
        run_id=row["run_id"],
        start_ms=row["start_ms"],
        end_ms=row["end_ms"],
        segment_start_ms=row["start_ms"],
        segment_end_ms=row["end_ms"],
        text=row["text"],
        snippet=snippet(row["text"].translate(_WITHOUT_MARKS)),
        origin=row["origin"],
        producer=row["producer"],
        model_profile=row["model_profile"],
    )


def _texts(things: NamedThings, rows: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """(text, language) of all that is brought to its stems."""
    for row in rows:
        for each in row.texts or ():
            yield each["text"].translate(_WITHOUT_MARKS), each["language"]
    for kind, names in things.of_kind.items():
        if kind not in _NAMELESS:
            for name in names.values():
                yield name, _LABEL_LANGUAGE


def _evidence(of: _Candidate) -> Evidence:
    row, marked = of.row, of.marked.text
    start_ms, end_ms = of.moment
    return Evidence(
        source=row["source"],
        artifact_id=row.get("artifact_id"),
        run_id=row.get("run_id"),
        start_ms=start_ms,
        end_ms=end_ms,
        segment_start_ms=row["start_ms"],
        segment_end_ms=row["end_ms"],
        text=of.text,
        snippet=snippet(marked),
        origin=row.get("origin"),
        producer=row.get("producer"),
        model_profile=row.get("model_profile"),
    )
