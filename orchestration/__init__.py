"""The Dagster code location and the `rushes` command."""

import warnings

# Known and pinned: what Rushes uses of Dagster that is still called beta or preview.
warnings.filterwarnings("ignore", message=".*currently in (beta|preview).*")
