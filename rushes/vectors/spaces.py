"""Spaces by the name that their folders and partitions have."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from rushes.db.reading import reading
from rushes.errors import NotFoundError
from rushes.vectors.inspecting import leftover_folders
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import read_spaces


def space_of_key(engine: Engine, root: Path, key: str) -> EmbeddingSpace:
    """The space of that `EmbeddingSpace.key`: one that has embeddings, or one that has none left
    but files under `root`, which may hold what was erased. NotFoundError `space_not_found`.
    """
    with reading(engine) as connection:
        known = {space.key: space for space in read_spaces(connection)}
    if key not in known:
        left = leftover_folders(root, known.keys())
        known |= {each.key: each.space for each in left if each.space is not None}
    if key not in known:
        raise NotFoundError(
            f"no embeddings belong to a vector space {key!r}",
            code="space_not_found",
            remedy="`rushes vectors status` lists those that there are",
        )
    return known[key]
