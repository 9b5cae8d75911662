-- Rows of film_vocabulary that differ from a fresh derivation, for some films.
with fresh as (
    select f.asset_id, each.stage, d.kind, d.label, f.library_slug,
        coalesce(f.capture_time, 'infinity') as captured_at, d.spans, d.best_confidence
    from asset f
    cross join unnest(cast(:stages as text[])) as each(stage)
    cross join lateral film_entries(f.asset_id, each.stage) d
    where f.asset_id = any(:asset_ids)
),
stored as (
    select asset_id, stage, kind, label, library_slug, captured_at, spans, best_confidence
    from film_vocabulary
    where asset_id = any(:asset_ids)
)
select (select count(*) from (table fresh except all table stored) as missing)
     + (select count(*) from (table stored except all table fresh) as wrong)
