"""Below which cosine nothing is alike any more: a number of its own for every model.

How the table was measured, with the weights of the catalogue:

- texts: 3,000 summaries of docstrings of installed packages (4 to 20 words) against what docstrings
  say below them (25 to 80 words). Related: of the same docstring; unrelated: of every other.
- pictures: two frames a second of the sample film. Related: of one scene; unrelated: of two.
- faces: published, for pairs of faces (see `rushes.analysis.faces.sface`).

A cut-off keeps what is beside the point off the page; the order is not its business. So it lies
where few unrelated pairs pass and most related ones do, and a request may set its own.
"""

from __future__ import annotations

from typing import Final

from rushes.analysis.faces.sface import SAME_PERSON_COSINE
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.vectors.space import EmbeddingSpace

_OF_MODEL: Final = {
    # 5 % of unrelated pairs reach 0.284, 83 % of related ones; 1 % reach 0.388, 63 % of related.
    "wordllama-256": 0.28,
    # 1,000 such pairs, weights of 8 bits: 2.5 % and 86 % reach 0.316, 5 % and 90 % reach 0.272.
    "all-minilm-l6-v2": 0.30,
    # No frame of another place reaches 0.48 but those of like places; 99 % of one scene reach 0.5.
    "efficientnet-lite0": 0.50,
    # Not measured here. Its card: unrelated texts begin at about 0.7.
    "multilingual-e5-small": 0.80,
    # Not measured here: pictures with pictures.
    "clip-vit-b-32": 0.70,
    "sface": SAME_PERSON_COSINE,
    "sface-2021dec": SAME_PERSON_COSINE,
}
_OF_TEXT_WITH_PICTURE: Final = {
    # Not measured here. A text and its picture have about 0.3, any two about 0.15 to 0.2.
    "clip-vit-b-32": 0.22,
}
_OF_KIND: Final = {
    EmbeddingKind.TEXT: 0.30,
    EmbeddingKind.IMAGE: 0.50,
    EmbeddingKind.FACE: SAME_PERSON_COSINE,
}
"""Of models that nobody measured."""
_TEXT_WITH_PICTURE: Final = 0.20


def cut_off(space: EmbeddingSpace, *, is_text: bool = True) -> float:
    """The least cosine of a hit. `is_text`: the question is in words, also where pictures answer.

    A model of a person's own, `name@hash`, goes by its name.
    """
    name = space.model.partition("@")[0]
    if is_text and space.kind is EmbeddingKind.IMAGE:
        return _OF_TEXT_WITH_PICTURE.get(name, _TEXT_WITH_PICTURE)
    return _OF_MODEL.get(name, _OF_KIND[space.kind])
