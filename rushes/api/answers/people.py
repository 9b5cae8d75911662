"""Answers about people."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from rushes.api.answers.base import Answer


class PersonAnswer(Answer):
    """A person of one library, after all merges."""

    cluster_id: str = Field(description="opaque; it stays when the name changes")
    library: str
    name: str | None = Field(description="null: nobody named them yet")
    hidden: bool


class PlaceAnswer(Answer):
    """Where to look."""

    video_id: str
    path: str
    start_ms: int


class SeenPersonAnswer(PersonAnswer):
    """A person, and how much the selected runs show of them."""

    faces: int
    films: int
    shown_ms: int
    first_seen: PlaceAnswer


class PeopleAnswer(Answer):
    """A page of people: the named by name, then the others, longest to be seen first."""

    people: list[SeenPersonAnswer]
    total: int = Field(description="on all pages")
    has_more: bool


class NameBody(BaseModel):
    """What somebody is called; an empty name takes it away."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Ada"}]})

    name: str = Field(max_length=1000, description="up to 200 printable characters")


class NamedAnswer(Answer):
    """The person as named, and the entry of the log that an undo takes back."""

    person: PersonAnswer
    entry_id: int
