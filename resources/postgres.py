"""The Rushes database as a Dagster resource."""

import dagster as dg
from sqlalchemy import Engine

from rushes.pipeline.startup import open_context


class PostgresResource(dg.ConfigurableResource):  # type: ignore[misc]
    """Hands out the process's engine on the Rushes database, started and migrated."""

    @property
    def engine(self) -> Engine:
        """A small pool, shared by everything in this process."""
        return open_context().engine
