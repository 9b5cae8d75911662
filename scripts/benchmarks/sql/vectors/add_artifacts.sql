-- A second of its film each.
insert into artifacts (
    artifact_id, asset_id, artifact_type, schema_version, span_start_ms, span_end_ms, payload,
    producer, producer_version, model_profile, config_hash, input_hash, run_id
)
select
    :prefix || '-a' || number,
    :prefix || '-' || number / :each,
    :artifact_type,
    1,
    number % :each * 1000,
    number % :each * 1000 + 1000,
    cast(:payload as jsonb),
    'bench',
    '1',
    'fast',
    'configuration',
    'input',
    :prefix || '-' || number / :each || '-run'
from generate_series(cast(:first as integer), cast(:first as integer) + :count - 1) as number
