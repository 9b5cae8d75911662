"""Statements that find rows by their keys are planned once a connection."""

from __future__ import annotations

from sqlalchemy import Engine, make_url

from rushes.db.engine import make_engine
from rushes.db.reading import reading, reading_by_key
from rushes.similar.hydration import Verifier
from rushes.similar.request import SimilarFilters

_PLANS = "select generic_plans, custom_plans from pg_prepared_statements where statement like %s"
_HITS = "-- What a page shows of each moment%"


def test_a_long_statement_is_planned_once_from_its_first_use_on(engine: Engine) -> None:
    verifier = Verifier(engine, SimilarFilters(), None)
    for number in range(3):
        verifier.rows([f"no such embedding {number}"])
    with reading_by_key(engine) as connection:
        plans = connection.exec_driver_sql(_PLANS, (_HITS,)).all()
    assert [tuple(each) for each in plans] == [(3, 0)]


def test_other_readers_plan_as_postgres_thinks_best_and_options_stay(database_url: str) -> None:
    url = make_url(database_url).update_query_dict({"options": "-c work_mem=5MB"}, append=True)
    engine = make_engine(url.render_as_string(hide_password=False))
    try:
        for pool, mode in ((reading, "auto"), (reading_by_key, "force_generic_plan")):
            with pool(engine) as connection:
                assert connection.exec_driver_sql("show plan_cache_mode").scalar() == mode
                assert connection.exec_driver_sql("show work_mem").scalar() == "5MB"
    finally:
        engine.dispose()
