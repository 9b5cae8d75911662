"""What can be wrong with a vector index."""

from __future__ import annotations

from rushes.errors import RushesError


class VectorsUnavailableError(RushesError):
    """No vector index can answer now: FAISS is not here, or it is still being loaded.

    Codes: `vectors_unavailable`, `vectors_loading`.
    """

    code = "vectors_unavailable"
    http_status = 503


class GenerationDamagedError(RushesError):
    """The files of a generation are not what its manifest says. Another one takes its place."""

    code = "generation_damaged"
    http_status = 500
