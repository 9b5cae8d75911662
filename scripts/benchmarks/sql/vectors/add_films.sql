-- Films with a run each that embedded something.
with made as (
    insert into asset (
        asset_id, library_slug, path, content_hash, size_bytes, mtime_ns, duration_ms
    )
    select
        :prefix || '-' || number,
        :library,
        :prefix || '-' || number || '.mp4',
        :prefix || '-hash-' || number,
        1,
        1,
        :each * 1000
    from generate_series(0, cast(:films as integer) - 1) as number
    returning asset_id
)
insert into runs (
    run_id, asset_id, content_version, stage, model_profile, config_hash, input_hash, producer,
    producer_version, status, worker_key
)
select
    asset_id || '-run', asset_id, 1, :stage, 'fast', 'configuration', 'input', 'bench', '1',
    'completed', 0
from made
