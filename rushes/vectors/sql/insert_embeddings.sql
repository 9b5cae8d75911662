-- The numbers (seq) are the default of their column, taken row by row under the spaces' locks.
insert into embeddings (
    embedding_id, asset_id, run_id, artifact_id, kind, model, model_version, dimension,
    start_ms, end_ms, vector
)
select *
from unnest(
    cast(:embedding_ids as text[]),
    cast(:asset_ids as text[]),
    cast(:run_ids as text[]),
    cast(:artifact_ids as text[]),
    cast(:kinds as text[]),
    cast(:models as text[]),
    cast(:model_versions as text[]),
    cast(:dimensions as integer[]),
    cast(:starts as bigint[]),
    cast(:ends as bigint[]),
    cast(:vectors as bytea[])
)
on conflict (embedding_id) do nothing
