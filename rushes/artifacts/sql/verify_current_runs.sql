-- Rows of current_runs that differ from a fresh derivation, for some films.
with fresh as (
    select d.run_id, f.asset_id, each.stage
    from asset f
    cross join unnest(cast(:stages as text[])) as each(stage)
    cross join lateral answering_runs(f.asset_id, each.stage, null, null, null) d
    where f.asset_id = any(:asset_ids)
),
stored as (
    select run_id, asset_id, stage from current_runs where asset_id = any(:asset_ids)
)
select (select count(*) from (table fresh except all table stored) as missing)
     + (select count(*) from (table stored except all table fresh) as wrong)
