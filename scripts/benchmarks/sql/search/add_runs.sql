insert into runs (
    run_id, asset_id, content_version, stage, model_profile, config_hash, input_hash, producer,
    producer_version, status, worker_key, finished_at
)
select run_id, asset_id, 1, stage, case when stage = 'scenes' then 'none' else 'balanced' end,
    stage || '-config', asset_id, stage || '-model', '1', 'completed', 0, clock_timestamp()
from unnest(
    cast(:run_ids as text[]), cast(:asset_ids as text[]), cast(:stages as text[])
) as r(run_id, asset_id, stage)
