insert into artifacts (
    artifact_id, asset_id, artifact_type, schema_version, span_start_ms, span_end_ms, payload,
    producer, producer_version, model_profile, config_hash, input_hash, run_id
)
select 's' || n || '-' || asset_id || '-' || :version, asset_id, 'scene', 1, n * 4000, n * 4000 + 4000,
    jsonb_build_object('scene_index', n, 'keyframe_ms', n * 4000),
    'scenes maker', '1', 'balanced', 'c', 'i', 'scenes-' || asset_id || '-' || :version
from unnest(cast(:asset_ids as text[])) as asset_id
cross join generate_series(0, cast(:scenes as int) - 1) as n
