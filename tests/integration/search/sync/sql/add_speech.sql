insert into artifacts (
    artifact_id, asset_id, artifact_type, schema_version, span_start_ms, span_end_ms, payload,
    producer, producer_version, model_profile, config_hash, input_hash, run_id
)
select 't' || n || '-' || asset_id || '-' || :version, asset_id, 'transcript.segment', 1,
    n * 4000 + 500, n * 4000 + 3500,
    jsonb_build_object(
        'text', 'dogs in the garden, ' || :version || ' word' || asset_id, 'language', 'en',
        'words', '[]'::jsonb
    ),
    'transcript maker', '1', 'balanced', 'c', 'i', 'transcript-' || asset_id || '-' || :version
from unnest(cast(:asset_ids as text[])) as asset_id
cross join generate_series(0, cast(:scenes as int) - 1) as n
