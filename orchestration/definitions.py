"""The Dagster code location. Wiring only: loading it opens nothing and imports no model."""

import os

import dagster as dg

from assets.document_index import (
    document_index,
    document_pointers_without_drift,
    document_report,
)
from assets.gates import no_film_left_failed
from assets.library_scan import library_scan, migrations_at_head
from assets.projections import PROJECTION_ASSETS, PROJECTION_CHECKS
from assets.search_checks import SEARCH_CHECKS
from assets.search_sync import quickwit_sync
from assets.search_template import search_index_template, template_is_accepted
from assets.search_upkeep import search_generations, search_purge, search_reconciliation
from assets.vector_checks import VECTOR_CHECKS
from assets.vector_index import vector_index
from assets.video_stages import video_stages
from orchestration.jobs import JOBS
from orchestration.schedules import SCHEDULES
from orchestration.search_jobs import SEARCH_JOBS
from orchestration.vector_jobs import VECTOR_JOBS, verify_schedule
from resources.documents import DocumentIndexResource
from resources.pipeline import PipelineResource
from resources.postgres import PostgresResource
from resources.quickwit import QuickwitResource
from resources.vectors import VectorsResource
from sensors.library import library_sensor
from sensors.outbox import drain_schedule, outbox_sensor
from sensors.runs import failed_run_sensor, finished_run_sensor
from sensors.vectors import vector_index_sensor

_EXECUTORS = {"in_process": dg.in_process_executor, "multiprocess": dg.multiprocess_executor}

defs = dg.Definitions(
    assets=[
        library_scan,
        video_stages,
        *PROJECTION_ASSETS,
        document_index,
        document_report,
        search_index_template,
        quickwit_sync,
        search_generations,
        search_purge,
        search_reconciliation,
        vector_index,
    ],
    asset_checks=[
        migrations_at_head,
        no_film_left_failed,
        document_pointers_without_drift,
        *PROJECTION_CHECKS,
        template_is_accepted,
        *SEARCH_CHECKS,
        *VECTOR_CHECKS,
    ],
    jobs=[*JOBS, *SEARCH_JOBS, *VECTOR_JOBS],
    schedules=[*SCHEDULES, drain_schedule, verify_schedule],
    sensors=[
        library_sensor,
        outbox_sensor,
        vector_index_sensor,
        failed_run_sensor,
        finished_run_sensor,
    ],
    resources={
        "pipeline": PipelineResource(),
        "postgres": PostgresResource(),
        "quickwit": QuickwitResource(),
        "documents": DocumentIndexResource(),
        "vectors": VectorsResource(),
    },
    executor=_EXECUTORS[os.environ.get("RUSHES_EXECUTOR", "in_process")],
)
