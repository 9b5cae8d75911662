"""The search engine as a Dagster resource."""

import dagster as dg

from rushes.pipeline.startup import open_context
from rushes.search.quickwit.client import QuickwitClient


class QuickwitResource(dg.ConfigurableResource):  # type: ignore[misc]
    """Hands out the process's client: of `QUICKWIT_URL`, else of the embedded search node."""

    @property
    def client(self) -> QuickwitClient:
        """Its connections are shared by everything in this process."""
        return open_context().quickwit
