"""What all answers share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Made from the attributes of what a service returns."""

    model_config = ConfigDict(from_attributes=True)
