"""The pipeline as a Dagster resource: stores and models, opened once a process."""

import dagster as dg

from rushes.pipeline.context import PipelineContext
from rushes.pipeline.startup import open_context


class PipelineResource(dg.ConfigurableResource):  # type: ignore[misc]
    """Hands out the process's `PipelineContext`. Models stay loaded from run to run."""

    @property
    def context(self) -> PipelineContext:
        """Opened at first use, so that loading definitions does no I/O."""
        return open_context()
