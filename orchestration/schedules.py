"""What runs by the clock. All start running, so that `rushes up` needs no clicks."""

import dagster as dg

from orchestration.jobs import event_log_cleanup_job, scan_libraries, sweep_job
from orchestration.search_jobs import reconcile_search, search_upkeep

_RUNNING = dg.DefaultScheduleStatus.RUNNING

SCHEDULES = [
    dg.ScheduleDefinition(
        name="scan_hourly", job=scan_libraries, cron_schedule="7 * * * *", default_status=_RUNNING
    ),
    dg.ScheduleDefinition(
        name="sweep_every_quarter",
        job=sweep_job,
        cron_schedule="*/15 * * * *",
        default_status=_RUNNING,
    ),
    dg.ScheduleDefinition(
        name="clean_event_log_nightly",
        job=event_log_cleanup_job,
        cron_schedule="23 3 * * *",
        default_status=_RUNNING,
    ),
    dg.ScheduleDefinition(
        name="search_upkeep_every_twenty_minutes",
        job=search_upkeep,
        cron_schedule="4-59/20 * * * *",
        default_status=_RUNNING,
    ),
    dg.ScheduleDefinition(
        name="reconcile_search_nightly",
        job=reconcile_search,
        cron_schedule="41 2 * * *",
        default_status=_RUNNING,
    ),
]
