"""How a remote model is called. Nothing of it changes a vector."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class RemoteOptions(BaseModel):
    """The section `remote` of a stage. An empty text: as AWS's own configuration says.

    `concurrency`: calls at a time at most, fewer where the service asks for it; `timeout_seconds`
    of one call; `patience_seconds`: how long the service may be away before a film fails;
    `question_seconds`: how long a question waits for its vector.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    concurrency: int = Field(default=8, ge=1, le=64)
    timeout_seconds: float = Field(default=30.0, gt=0, le=600, allow_inf_nan=False)
    patience_seconds: float = Field(default=300.0, ge=0, allow_inf_nan=False)
    question_seconds: float = Field(default=20.0, gt=0, allow_inf_nan=False)
    aws_profile: str = ""
    region: str = Field(default="", pattern=r"^[a-z0-9-]*$")
    endpoint_url: str = Field(default="", repr=False)
