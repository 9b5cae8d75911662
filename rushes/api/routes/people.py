"""Who is in the films, and what they are called."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from rushes.api.access import Actor
from rushes.api.answers.people import (
    NameBody,
    NamedAnswer,
    PeopleAnswer,
    PersonAnswer,
    PlaceAnswer,
    SeenPersonAnswer,
)
from rushes.api.parameters import clean, clean_or_none
from rushes.api.problems import problem_responses
from rushes.library.repository import get_library
from rushes.people.listing import Person, SeenPerson, list_people
from rushes.people.service import PeopleService
from rushes.pipeline.context import PipelineContext

_MOST = 1000


def router(context: PipelineContext) -> APIRouter:
    """`/v1/people`."""
    routes = APIRouter(prefix="/v1/people", tags=["people"])

    @routes.get("", responses=problem_responses(404, 422, 503))
    def list_everybody(
        library: Annotated[str | None, Query(description="slug of a library")] = None,
        hidden: Annotated[bool, Query(description="hidden people too")] = False,
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
        offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    ) -> PeopleAnswer:
        """Everybody that the selected runs show: the named by name, then the others."""
        slug = clean_or_none(library)
        with context.engine.connect() as connection:
            if slug is not None:
                get_library(connection, slug)
            found = list_people(connection, slug, include_hidden=hidden)
        return PeopleAnswer(
            people=[_seen(each) for each in found[offset : offset + limit]],
            total=len(found),
            has_more=len(found) > offset + limit,
        )

    @routes.post("/{cluster_id}/name", responses=problem_responses(401, 404, 422, 503))
    def name_person(
        cluster_id: Annotated[
            str, Path(description="as a hit or the list has it", examples=["p3f0c2a9d1e5b7788"])
        ],
        body: NameBody,
        actor: Actor,
    ) -> NamedAnswer:
        """Give a person a name, in all films at once. It can be undone."""
        change = PeopleService(context.engine, actor).name(clean(cluster_id), body.name)
        assert change.person is not None
        return NamedAnswer(person=_person(change.person), entry_id=change.entry.entry_id)

    return routes


def _person(person: Person) -> PersonAnswer:
    return PersonAnswer(
        cluster_id=person.cluster_id,
        library=person.library_slug,
        name=person.name,
        hidden=person.hidden,
    )


def _seen(seen: SeenPerson) -> SeenPersonAnswer:
    first = seen.occurrences[0]
    return SeenPersonAnswer(
        **_person(seen.person).model_dump(),
        faces=seen.faces,
        films=len({each.asset_id for each in seen.occurrences}),
        shown_ms=seen.shown_ms,
        first_seen=PlaceAnswer(video_id=first.asset_id, path=first.path, start_ms=first.start_ms),
    )
