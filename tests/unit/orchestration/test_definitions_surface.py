"""What others build on: names, edges, partitions, pools, gates. A change here is a decision."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetNode

from orchestration.definitions import defs

_CHUNKS = dg.BackfillPolicy.multi_run(25)

_PROJECTION = {
    "group": "projections",
    "kinds": {"postgres"},
    "partitions": "videos",
    "backfill": _CHUNKS,
}
_ENGINES = {"postgres", "quickwit"}


def _stage(kinds: set[str], *deps: str) -> dict[str, Any]:
    return {
        "deps": set(deps),
        "group": "video",
        "kinds": kinds,
        "partitions": "videos",
        "pools": {"decode"},
        "backfill": _CHUNKS,
    }


STAGES = {
    "source_video": _stage({"pyav"}, "library_scan"),
    "media_pass": _stage({"pyav", "opencv"}, "source_video"),
    "scenes": _stage({"scenedetect"}, "media_pass"),
    "transcript": _stage({"whisper"}, "media_pass"),
    "objects": _stage({"onnx"}, "media_pass"),
    "faces": _stage({"opencv"}, "media_pass"),
    "places": _stage({"onnx"}, "media_pass"),
    "ocr": _stage({"onnx"}, "media_pass"),
    "frame_embeddings": _stage({"onnx"}, "media_pass"),
    "text_embeddings": _stage({"numpy"}, "scenes", "transcript", "ocr"),
}

PROJECTIONS = {
    "scene_ranges": "scenes",
    "transcript_fts": "transcript",
    "object_labels": "objects",
    "place_labels": "places",
    "face_clusters": "faces",
    "ocr_fts": "ocr",
    "video_locations": "source_video",
}

ASSETS: dict[str, dict[str, Any]] = {
    "library_scan": {"group": "library", "kinds": {"filesystem", "postgres"}},
    **STAGES,
    **{name: {"deps": {stage}, **_PROJECTION} for name, stage in PROJECTIONS.items()},
    "film_answers": {"deps": set(PROJECTIONS), **_PROJECTION},
    "document_index": {
        "deps": set(STAGES) - {"media_pass"},
        "group": "documents",
        "kinds": {"filesystem"},
    },
    "document_report": {
        "deps": {"document_index"},
        "group": "documents",
        "kinds": {"filesystem"},
    },
    "search_index_template": {"group": "search", "kinds": {"quickwit"}},
    "quickwit_sync": {
        "deps": {"film_answers"},
        "group": "search",
        "kinds": _ENGINES,
        "partitions": "videos",
        "pools": {"index-writer"},
        "backfill": dg.BackfillPolicy.multi_run(200),
    },
    "search_generations": {"group": "search", "kinds": _ENGINES},
    "search_purge": {"deps": {"search_generations"}, "group": "search", "kinds": _ENGINES},
    "search_reconciliation": {"deps": {"quickwit_sync"}, "group": "search", "kinds": _ENGINES},
    "vector_index": {
        "deps": {"frame_embeddings", "text_embeddings", "faces"},
        "group": "vectors",
        "kinds": {"faiss", "postgres"},
        "partitions": "vector_spaces",
        "pools": {"vector-builder"},
    },
}

STAGE_CHECKS = (
    "scenes:scenes_cover_the_film",
    "transcript:segments_lie_in_the_film",
    "objects:object_boxes_lie_in_their_frames",
    "faces:face_boxes_lie_in_their_frames",
    "faces:face_vectors_are_there",
    "places:places_lie_in_the_film",
    "ocr:texts_lie_in_the_film",
    "frame_embeddings:frame_vectors_are_there",
    "text_embeddings:text_vectors_are_there",
)

SEARCH_CHECKS = (
    "quickwit_sync:outbox_is_drained",
    "quickwit_sync:no_film_is_left_out",
    "quickwit_sync:search_triggers_installed",
    "quickwit_sync:search_round_trip",
    "search_reconciliation:index_equals_postgres",
)

VECTOR_CHECKS = (
    "vector_index:files_verify",
    "vector_index:generation_equals_embeddings",
    "vector_index:recall_at_10",
    "vector_index:tombstones",
    "vector_index:generation_age",
)

CHECKS = {
    "library_scan:migrations_at_head": {"blocking": True, "partitions": None},
    "library_scan:no_film_left_failed": {"blocking": False, "partitions": None},
    **{name: {"blocking": False, "partitions": "videos"} for name in STAGE_CHECKS},
    **{
        f"{name}:{name}_equals_fresh_derivation": {"blocking": True, "partitions": "videos"}
        for name in PROJECTIONS
    },
    "film_answers:film_answers_equal_fresh_derivation": {"blocking": True, "partitions": "videos"},
    "document_index:document_pointers_without_drift": {"blocking": True, "partitions": None},
    "search_index_template:template_is_accepted": {"blocking": True, "partitions": None},
    **{name: {"blocking": False, "partitions": None} for name in SEARCH_CHECKS},
    **{name: {"blocking": False, "partitions": "vector_spaces"} for name in VECTOR_CHECKS},
}

JOBS = {
    "index_videos": set(STAGES),
    **{f"{name}_job": {name} for name in STAGES},
    "scan_libraries": {"library_scan"},
    "sweep_job": set(),
    "event_log_cleanup_job": set(),
    "drain_outbox": set(),
    "search_upkeep": {"search_generations", "search_purge"},
    "reconcile_search": {"search_reconciliation", "search_index_template"},
    "search_shadow_begin": set(),
    "search_shadow_promote": set(),
    "search_rollback": set(),
    "search_generation_drop": set(),
    "build_vectors": {"vector_index"},
    "verify_vectors": set(),
}

PARTITIONS = {
    "index_videos": "videos",
    **{f"{name}_job": "videos" for name in STAGES},
    "build_vectors": "vector_spaces",
}

WITH_AN_END = {"drain_outbox", "verify_vectors"}
"""Jobs without assets that end some day all the same."""

SENSORS = {
    "library_sensor": {"scan_libraries", "index_videos"},
    "outbox_sensor": {"drain_outbox", "sweep_job"},
    "vector_index_sensor": {"build_vectors", "sweep_job"},
    "failed_run_sensor": set(),
    "finished_run_sensor": set(),
}

SCHEDULES = {
    "scan_hourly": ("7 * * * *", "scan_libraries"),
    "sweep_every_quarter": ("*/15 * * * *", "sweep_job"),
    "clean_event_log_nightly": ("23 3 * * *", "event_log_cleanup_job"),
    "drain_every_five_minutes": ("*/5 * * * *", "drain_outbox"),
    "search_upkeep_every_twenty_minutes": ("4-59/20 * * * *", "search_upkeep"),
    "reconcile_search_nightly": ("41 2 * * *", "reconcile_search"),
    "verify_vectors_nightly": ("11 4 * * *", "verify_vectors"),
}


@pytest.fixture(scope="module")
def repository() -> dg.RepositoryDefinition:
    return defs.get_repository_def()


def _asset(node: BaseAssetNode) -> dict[str, Any]:
    found = {
        "deps": {key.to_user_string() for key in node.parent_keys},
        "group": node.group_name,
        "kinds": set(node.kinds),
        "partitions": getattr(node.partitions_def, "name", None),
        "pools": set(node.pools or ()),
        "backfill": node.backfill_policy,
    }
    return {name: value for name, value in found.items() if value}


def test_the_assets_are_these(repository: dg.RepositoryDefinition) -> None:
    graph = repository.asset_graph
    keys = graph.get_all_asset_keys()
    assert {key.to_user_string(): _asset(graph.get(key)) for key in keys} == ASSETS


def test_the_gates_are_these(repository: dg.RepositoryDefinition) -> None:
    graph = repository.asset_graph
    found = {
        f"{key.asset_key.to_user_string()}:{key.name}": {
            "blocking": graph.get(key).blocking,
            "partitions": getattr(graph.get(key).partitions_def, "name", None),
        }
        for key in graph.asset_check_keys
    }
    assert found == CHECKS


def test_the_jobs_are_these(repository: dg.RepositoryDefinition) -> None:
    found = {
        job.name: {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
        for job in repository.get_all_jobs()
        if not job.name.startswith("__")
    }
    assert found == JOBS


def test_jobs_over_many_things_are_partitioned_end_some_day_and_live_work_goes_first(
    repository: dg.RepositoryDefinition,
) -> None:
    for name, assets in JOBS.items():
        job = repository.get_job(name)
        assert getattr(job.partitions_def, "name", None) == PARTITIONS.get(name)
        assert ("dagster/max_runtime" in job.tags) == (bool(assets) or name in WITH_AN_END)
    for name in ("index_videos", "scan_libraries", "drain_outbox"):
        assert repository.get_job(name).tags["dagster/priority"] == "10"


def test_the_sensors_are_these_and_start_running(repository: dg.RepositoryDefinition) -> None:
    sensors = repository.sensor_defs
    found = {sensor.name: {target.job_name for target in sensor.targets} for sensor in sensors}
    assert found == SENSORS
    assert {sensor.default_status for sensor in sensors} == {dg.DefaultSensorStatus.RUNNING}


def test_the_schedules_are_these_and_start_running(repository: dg.RepositoryDefinition) -> None:
    schedules = repository.schedule_defs
    found = {each.name: (each.cron_schedule, each.job_name) for each in schedules}
    assert found == SCHEDULES
    assert {each.default_status for each in schedules} == {dg.DefaultScheduleStatus.RUNNING}


def test_the_definitions_are_loadable() -> None:
    dg.Definitions.validate_loadable(defs)
