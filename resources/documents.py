"""The filesystem document index as a Dagster resource."""

from pathlib import Path

import dagster as dg

from rushes.documents import DocumentIndex
from rushes.settings import get_settings


class DocumentIndexResource(dg.ConfigurableResource):  # type: ignore[misc]
    """Hands out the document index under `root`; by default the one of the data directory."""

    root: str | None = None

    @property
    def index(self) -> DocumentIndex:
        """The index; its root is made at the first write."""
        return DocumentIndex(Path(self.root) if self.root else get_settings().documents_root)
