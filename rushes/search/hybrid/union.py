"""What answers the words and what is found by meaning, as one order of scenes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

from rushes.search.facets import Counts, most_first, recount
from rushes.search.found import Found, FoundScene, Question
from rushes.search.hybrid.fusion import fused
from rushes.search.hybrid.meant import Meant
from rushes.search.query.matching import DocumentView, matches
from rushes.search.request import FACET_VALUES, FoundBy, Reason, Sort


def union(question: Question, found: Found, meant: Meant, timelines: Mapping[str, int]) -> Found:
    """The page of `question`. `found`: the first scenes that have the words, from the first on.

    `total` and facets count what has the words and what was found by meaning alone, each once.
    `timelines`: of all scenes, by `doc_id`; needed where they come in order of time.
    """
    scenes = _scenes(question, found, meant)
    order = _order(question, found, meant, timelines)
    alone = _by_meaning_alone(question, found, meant)
    page = order[question.offset : question.offset + question.limit]
    counted = recount((meant.documents[doc_id] for doc_id in alone), question.facets)
    return Found(
        total=found.total + len(alone),
        scenes=[scenes[doc_id] for doc_id in page],
        facets={name: _added(found.facets.get(name, []), counted[name]) for name in counted},
        is_approximate=found.is_approximate or not meant.is_complete,
    )


def _scenes(question: Question, found: Found, meant: Meant) -> dict[str, FoundScene]:
    reasons = meant.reasons()
    scenes = {
        doc_id: replace(FoundScene.of(document.fields), reasons=tuple(reasons[doc_id]))
        for doc_id, document in meant.documents.items()
    }
    for rank, scene in enumerate(found.scenes, 1):
        by_text = Reason(FoundBy.TEXT, rank if question.is_by_relevance else None)
        scenes[scene.doc_id] = replace(scene, reasons=(by_text, *reasons.get(scene.doc_id, ())))
    return scenes


def _order(
    question: Question, found: Found, meant: Meant, timelines: Mapping[str, int]
) -> list[str]:
    text = [scene.doc_id for scene in found.scenes]
    if question.is_by_relevance:
        return fused(text, [[near.doc_id for near in each] for each in meant.rankings.values()])
    place = {doc_id: at for at, doc_id in enumerate(text)}
    direction = -1 if question.sort is Sort.NEWEST else 1
    return sorted(
        {*text, *meant.documents},
        key=lambda each: (direction * timelines[each], place.get(each, inf), each),
    )


def _by_meaning_alone(question: Question, found: Found, meant: Meant) -> list[str]:
    """Where not all that has the words is known, the documents themselves tell."""
    text = {scene.doc_id for scene in found.scenes}
    is_all = len(text) == found.total
    return [
        doc_id
        for doc_id, document in meant.documents.items()
        if doc_id not in text and (is_all or not matches(question.node, DocumentView.of(document)))
    ]


def _added(counts: Counts, more: Sequence[tuple[str, int]]) -> Counts:
    """Both together. Where values were left out of `counts`, no others come in: their counts would
    be too small.
    """
    together = dict(counts)
    for value, count in more:
        if value in together or len(counts) < FACET_VALUES:
            together[value] = together.get(value, 0) + count
    return most_first(together.items())
