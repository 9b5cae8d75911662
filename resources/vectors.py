"""The files of the vector indexes as a Dagster resource."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from sqlalchemy import Engine

from rushes.pipeline.startup import open_context

if TYPE_CHECKING:
    from rushes.settings import Settings
    from rushes.vectors.generations.folder import SpaceFolder
    from rushes.vectors.options import IndexOptions
    from rushes.vectors.status import SpaceStatus


class VectorsResource(dg.ConfigurableResource):  # type: ignore[misc]
    """Hands out what generations are made with. FAISS is loaded when one is opened or made."""

    @property
    def engine(self) -> Engine:
        """Of the embeddings, which are the truth."""
        return open_context().engine

    @property
    def settings(self) -> Settings:
        """When files are saved and rebuilt."""
        return open_context().settings

    @property
    def root(self) -> Path:
        """Where each space has a folder: a local disk."""
        return self.settings.vectors_root

    @property
    def options(self) -> IndexOptions:
        """How generations are built, and when."""
        from rushes.vectors.options import IndexOptions

        return IndexOptions.of(self.settings)

    def folder(self, key: str) -> SpaceFolder:
        """The folder of the space of that key; NotFoundError where there is no such space."""
        from rushes.vectors.generations.folder import SpaceFolder
        from rushes.vectors.spaces import space_of_key

        return SpaceFolder(self.root, space_of_key(self.engine, self.root, key))

    def status(self) -> list[SpaceStatus]:
        """How the index of each space stands."""
        from rushes.vectors.status import read_status

        return read_status(self.engine, self.root, self.options)
