"""Small films written straight into Postgres, in as few statements as can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import psycopg

FILM_MS: Final = 3_000

_INSERT = """
with film as (
    insert into asset (asset_id, library_slug, path, content_hash, size_bytes, mtime_ns,
        duration_ms, is_favorite)
    values (%(asset_id)s, %(library)s, %(path)s, %(asset_id)s, 1, 1, %(film_ms)s, %(favourite)s)
),
run as (
    insert into runs (run_id, asset_id, content_version, stage, model_profile, config_hash,
        input_hash, producer, producer_version, status, worker_key, finished_at)
    select %(run)s || stage, %(asset_id)s, 1, stage, 'fast', 'c', 'i', 'p', '1', 'completed', 0,
        now()
    from unnest(array['scenes', 'transcript']) stage
),
answering as (
    insert into current_runs (run_id, asset_id, stage)
    select %(run)s || stage, %(asset_id)s, stage
    from unnest(array['scenes', 'transcript']) stage
),
found as (
    insert into artifacts (artifact_id, asset_id, artifact_type, schema_version, span_start_ms,
        span_end_ms, payload, producer, producer_version, model_profile, config_hash, input_hash,
        run_id)
    values (%(run)s || 'said', %(asset_id)s, 'transcript.segment', 1, 0, %(said_ms)s,
        '{"language": "en"}', 'p', '1', 'fast', 'c', 'i', %(run)s || 'transcript')
)
insert into transcript_fts (artifact_id, asset_id, run_id, start_ms, end_ms, text, language)
values (%(run)s || 'said', %(asset_id)s, %(run)s || 'transcript', 0, %(said_ms)s, %(text)s,
    'english')
"""
_CUT = """
with gone as (
    delete from scene_ranges where asset_id = %(asset_id)s
),
scene as (
    select number, %(stamp)s || 's' || number as artifact_id,
        (number - 1) * %(film_ms)s / %(cuts)s as start_ms, number * %(film_ms)s / %(cuts)s as end_ms
    from generate_series(1, %(cuts)s) number
),
found as (
    insert into artifacts (artifact_id, asset_id, artifact_type, schema_version, span_start_ms,
        span_end_ms, payload, producer, producer_version, model_profile, config_hash, input_hash,
        run_id)
    select artifact_id, %(asset_id)s, 'scene', 1, start_ms, end_ms, '{}', 'p', '1', 'fast', 'c',
        'i', %(run)s || 'scenes'
    from scene
)
insert into scene_ranges (artifact_id, asset_id, run_id, start_ms, end_ms, scene_index, keyframe_ms)
select artifact_id, %(asset_id)s, %(run)s || 'scenes', start_ms, end_ms, number, start_ms
from scene
"""
_UPDATE = """
update asset set library_slug = %(library)s, path = %(path)s, is_favorite = %(favourite)s
where asset_id = %(asset_id)s
"""
_SAY = "update transcript_fts set text = %(text)s where asset_id = %(asset_id)s"
_DELETE = """
with runs as (delete from current_runs where asset_id = %(asset_id)s)
delete from asset where asset_id = %(asset_id)s
"""


@dataclass(frozen=True, slots=True)
class Version:
    """What a film is at one time. `number` is in its path, and so in each of its documents.

    `cut`: the number of the version whose scenes these are, and how many; `run`: whose runs.
    """

    asset_id: str
    number: int
    library: str
    text: str
    favourite: bool
    cut: tuple[int, int]
    run: int

    @property
    def parameters(self) -> dict[str, Any]:
        """For the statements."""
        number, cuts = self.cut
        return {
            "asset_id": self.asset_id,
            "library": self.library,
            "path": f"{self.asset_id} v{self.number}",
            "favourite": self.favourite,
            "text": self.text,
            "stamp": f"{self.asset_id}{number}",
            "cuts": cuts,
            "run": f"{self.asset_id}{self.run}",
            "film_ms": FILM_MS,
            "said_ms": FILM_MS // 4,
        }

    @property
    def documents(self) -> set[tuple[str, str, bool, str]]:
        """(doc_id, library, favourite, text) of each: the text is said in the first scene."""
        number, cuts = self.cut
        scenes = [f"{self.asset_id}{number}s{each}" for each in range(1, cuts + 1)]
        return {
            (doc_id, self.library, self.favourite, "" if place else self.text)
            for place, doc_id in enumerate(scenes or [self.asset_id])
        }


def write(connection: psycopg.Connection[Any], before: Version | None, after: Version) -> None:
    """Make the film, or change what differs."""
    values = after.parameters
    connection.execute(_UPDATE if before else _INSERT, values)
    if after.cut != (before.cut if before else (after.run, 0)):
        connection.execute(_CUT, values)
    if before and after.text != before.text:
        connection.execute(_SAY, values)


def remove(connection: psycopg.Connection[Any], asset_id: str) -> None:
    """Delete the film with all that was found in it."""
    connection.execute(_DELETE, {"asset_id": asset_id})
