-- Rows of longest_spans that differ from a fresh derivation, for some films.
with fresh as (
    select f.asset_id, d.artifact_type, d.longest_ms
    from asset f
    cross join unnest(cast(:stages as text[])) as each(stage)
    cross join lateral film_spans(f.asset_id, each.stage) d
    where f.asset_id = any(:asset_ids)
),
stored as (
    select asset_id, artifact_type, longest_ms from longest_spans where asset_id = any(:asset_ids)
)
select (select count(*) from (table fresh except all table stored) as missing)
     + (select count(*) from (table stored except all table fresh) as wrong)
