"""Which language each clip is written down in, and how that is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class LanguageSource(StrEnum):
    """How a clip's language is known."""

    GIVEN = "given"
    MODEL = "model"
    HEARD = "heard"
    NEIGHBOURS = "neighbours"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class ClipLanguage:
    """A language code, how sure the model was of it (0..1), and how it is known."""

    code: str
    probability: float
    source: LanguageSource


def settle_languages(
    heard: Sequence[tuple[str, float]], seconds: Sequence[float], limit: float
) -> list[ClipLanguage]:
    """A language for each clip from what was heard in it, as (code, probability).

    A clip under `limit` (a cough, two words) takes the language most spoken in the surer clips
    around it; where no clip is sure, its own best guess, marked as such.
    """
    spoken: dict[str, float] = defaultdict(float)
    for (code, probability), length in zip(heard, seconds, strict=True):
        if probability >= limit:
            spoken[code] += length
    main = max(sorted(spoken), key=lambda code: spoken[code], default=None)
    settled = []
    for code, probability in heard:
        if probability >= limit:
            settled.append(ClipLanguage(code, probability, LanguageSource.HEARD))
        elif main is not None:
            settled.append(ClipLanguage(main, probability, LanguageSource.NEIGHBOURS))
        else:
            settled.append(ClipLanguage(code, probability, LanguageSource.GUESS))
    return settled
