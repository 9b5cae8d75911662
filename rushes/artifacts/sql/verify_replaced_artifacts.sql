-- Rows of replaced_artifacts that differ from a fresh derivation, for some films.
with fresh as (
    select d.artifact_id, d.by_artifact_id, f.asset_id, each.stage
    from asset f
    cross join unnest(cast(:stages as text[])) as each(stage)
    cross join lateral replacements(f.asset_id, each.stage) d
    where f.asset_id = any(:asset_ids)
),
stored as (
    select artifact_id, by_artifact_id, asset_id, stage
    from replaced_artifacts
    where asset_id = any(:asset_ids)
)
select (select count(*) from (table fresh except all table stored) as missing)
     + (select count(*) from (table stored except all table fresh) as wrong)
