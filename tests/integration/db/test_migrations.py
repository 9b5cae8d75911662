"""The schema: made from empty, taken down, made again, and equal to the tables in code."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, Table, func, insert, inspect, select, text

from rushes.artifacts.projections import PROJECTIONS, verify
from rushes.db.analysis_tables import video_locations
from rushes.db.migrate import current_revision, downgrade, head_revision, upgrade
from rushes.db.schema import metadata
from rushes.db.tables import artifacts, asset, libraries, runs, transcript_fts


def test_a_fresh_database_is_at_head(engine: Engine) -> None:
    assert current_revision(engine) == head_revision() is not None


def test_the_schema_goes_down_to_empty_and_up_again(engine: Engine) -> None:
    before = set(inspect(engine).get_table_names())
    downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    assert set(inspect(engine).get_table_names()) == before >= set(metadata.tables)


def test_the_migrations_make_the_tables_that_the_code_names(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def _count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_only_tables_that_the_code_names_stand_in_a_database_at_head(engine: Engine) -> None:
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_what_the_first_schema_held_stands_at_head_and_is_projected(engine: Engine) -> None:
    downgrade(engine, "0001")
    _fill_the_first_schema(engine)
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(select(transcript_fts.c.text)).scalars().all() == ["a dog"]
        place = connection.execute(select(video_locations)).one()
        assert (place.artifact_id, place.latitude, place.longitude) == ("placed", 45.5, -7.25)
        assert place.altitude is None
        assert {each.name: verify(connection, each, ["film"]) for each in PROJECTIONS} == {
            each.name: 0 for each in PROJECTIONS
        }
    assert _count(engine, artifacts) == 4
    assert _count(engine, runs) == 3


def test_the_first_schema_is_left_as_it_was_by_going_down(engine: Engine) -> None:
    downgrade(engine, "0001")
    before = _described(engine)
    upgrade(engine)
    downgrade(engine, "0001")
    assert _described(engine) == before


def _described(engine: Engine) -> set[tuple[str, str]]:
    """Everything of ours that stands: tables, indexes, sequences, functions and triggers."""
    query = text(
        """
        select relkind::text, relname::text from pg_class
        where relnamespace = 'public'::regnamespace
        union all
        select 'function', proname::text from pg_proc
        where pronamespace = 'public'::regnamespace
        union all
        select 'trigger', tgname::text from pg_trigger where not tgisinternal
        """
    )
    with engine.connect() as connection:
        return {(row[0], row[1]) for row in connection.execute(query)}


def _fill_the_first_schema(engine: Engine) -> None:
    """A film with speech, and with a place twice: known by a run that was completed and by not."""
    common = {
        "model_profile": "none",
        "config_hash": "c",
        "input_hash": "i",
        "producer": "p",
        "producer_version": "1",
    }
    placed = {"latitude": 45.5, "longitude": -7.25, "altitude": None}
    made = [
        ("said", "transcript", "completed", "transcript.segment", {"text": "a dog"}),
        ("placed", "source_video", "completed", "video.metadata", placed),
        ("nowhere", "source_video", "completed", "video.metadata", {"latitude": 1.5}),
        ("unsure", "source_video", "failed", "video.metadata", placed),
    ]
    film = {"path": "a.mp4", "content_hash": "h", "size_bytes": 1, "mtime_ns": 1}
    with engine.begin() as connection:
        connection.execute(insert(libraries).values(slug="films", root="/films"))
        connection.execute(insert(asset).values(asset_id="film", library_slug="films", **film))
        for run_id, stage, status in sorted({(f"{s}-{e}", s, e) for _, s, e, _, _ in made}):
            run = {"run_id": run_id, "stage": stage, "status": status, "content_version": 1}
            connection.execute(insert(runs).values(asset_id="film", worker_key=0, **run, **common))
        for artifact_id, stage, status, kind, payload in made:
            connection.execute(
                insert(artifacts).values(
                    artifact_id=artifact_id,
                    asset_id="film",
                    run_id=f"{stage}-{status}",
                    artifact_type=kind,
                    schema_version=1,
                    span_start_ms=0,
                    span_end_ms=1000,
                    payload=payload,
                    **common,
                )
            )
        span = {"asset_id": "film", "start_ms": 0, "end_ms": 1000, "language": "simple"}
        said = {"artifact_id": "said", "run_id": "transcript-completed", "text": "a dog"}
        connection.execute(insert(transcript_fts).values(**span, **said))
