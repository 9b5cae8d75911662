"""What is said and written in a film, as timed passages, and which belong to a scene."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.schemas import OcrTextV1, SceneV1, TranscriptSegmentV1


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word and when it is heard, ms."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and when it is heard or seen, ms; `words` are its timed parts, where they are known.

    Pieces of a passage without them keep its whole span.
    """

    text: str
    start_ms: int
    end_ms: int
    words: tuple[TimedWord, ...] = ()

    def divided(self, length: int) -> tuple[Passage, Passage]:
        """The first `length` characters and the rest, each with the times of its own words."""
        head, tail = self.text[:length].strip(), self.text[length:].strip()
        begun, position = 0, 0
        for word in self.words:
            found = self.text.find(word.text, position)
            if found < 0:  # words that are not the text's tell nothing of its times
                return replace(self, text=head, words=()), replace(self, text=tail, words=())
            if found >= length:
                break
            begun, position = begun + 1, found + len(word.text)
        behind = self.words[begun:] or self.words[-1:]
        return self._timed(head, self.words[:begun]), self._timed(tail, behind)

    def _timed(self, text: str, words: tuple[TimedWord, ...]) -> Passage:
        if not words:
            return replace(self, text=text, words=())
        return Passage(text, words[0].start_ms, max(word.end_ms for word in words), words)


@dataclass(frozen=True, slots=True)
class SceneSpan:
    """A scene, ms, end excluded; `index` None for a film without scenes."""

    index: int | None
    start_ms: int
    end_ms: int


def scene_spans(scenes: Iterable[ArtifactEnvelope], heard_until_ms: int) -> list[SceneSpan]:
    """The scenes in order, or one for the whole film; the last goes on while there is sound."""
    spans = [
        SceneSpan(_scene(each).scene_index, each.span_start_ms, each.span_end_ms) for each in scenes
    ]
    if not spans:
        return [SceneSpan(None, 0, heard_until_ms)]
    spans.sort(key=lambda span: span.start_ms)
    spans[-1] = replace(spans[-1], end_ms=max(spans[-1].end_ms, heard_until_ms))
    return spans


def spoken_passages(segments: Iterable[ArtifactEnvelope]) -> list[Passage]:
    """Transcript segments in the order they are heard."""
    found = []
    for each in segments:
        said = TranscriptSegmentV1.model_validate(each.payload)
        words = tuple(TimedWord(word.text, word.start_ms, word.end_ms) for word in said.words)
        found.append(Passage(said.text, each.span_start_ms, each.span_end_ms, words))
    return sorted(found, key=lambda passage: passage.start_ms)


def written_passages(lines: Iterable[ArtifactEnvelope]) -> list[Passage]:
    """Lines of text on screen in the order they are seen; at one time from the top down."""
    found = []
    for each in lines:
        seen = OcrTextV1.model_validate(each.payload)
        top, left = min(point.y for point in seen.polygon), min(point.x for point in seen.polygon)
        passage = Passage(seen.text, each.span_start_ms, each.span_end_ms)
        found.append(((passage.start_ms, top, left), passage))
    return [passage for _, passage in sorted(found, key=lambda pair: pair[0])]


def by_scene(
    scenes: Iterable[SceneSpan], passages: Iterable[Passage]
) -> Iterator[tuple[SceneSpan, list[Passage]]]:
    """Each scene with the passages that overlap it; both are in the order of their start."""
    waiting, current = deque(passages), list[Passage]()
    for scene in scenes:
        while waiting and waiting[0].start_ms < scene.end_ms:
            current.append(waiting.popleft())
        current = [passage for passage in current if passage.end_ms > scene.start_ms]
        yield scene, current


def spoken_in(scene: SceneSpan, passages: Sequence[Passage], least_ms: int) -> list[Passage]:
    """The passages that overlap the scene by `least_ms` or by half of the shorter of both.

    A sentence stays whole in each of its scenes; one that ends just behind a cut is before it.
    """
    chosen = []
    for passage in passages:
        overlap = min(passage.end_ms, scene.end_ms) - max(passage.start_ms, scene.start_ms)
        shorter = min(passage.end_ms - passage.start_ms, scene.end_ms - scene.start_ms)
        if overlap > 0 and overlap >= min(least_ms, shorter / 2):
            chosen.append(passage)
    return chosen


def written_in(scene: SceneSpan, lines: Sequence[Passage]) -> list[Passage]:
    """The lines seen in the scene, each text once, for the time that it is seen there."""
    merged: dict[str, Passage] = {}
    for line in lines:
        start, end = max(line.start_ms, scene.start_ms), min(line.end_ms, scene.end_ms)
        if start >= end:
            continue
        key = " ".join(line.text.casefold().split())
        first = merged.setdefault(key, replace(line, start_ms=start, end_ms=end))
        merged[key] = replace(first, end_ms=max(first.end_ms, end))
    return sorted(merged.values(), key=lambda line: line.start_ms)


def _scene(each: ArtifactEnvelope) -> SceneV1:
    return SceneV1.model_validate(each.payload)
