insert into runs (
    run_id, asset_id, content_version, stage, model_profile, config_hash, input_hash, producer,
    producer_version, status, worker_key, finished_at
)
select stage || '-' || asset_id || '-' || :version, asset_id, 1, stage, 'balanced', :version, 'i',
    stage || ' maker', '1', 'completed', 0, clock_timestamp()
from unnest(cast(:asset_ids as text[])) as asset_id
cross join unnest(array['scenes', 'transcript']) as stage
