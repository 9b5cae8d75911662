-- Rows of film_texts that differ from a fresh derivation, for some films.
with fresh as (
    select f.asset_id, each.stage, d.kind, coalesce(f.capture_time, 'infinity') as captured_at,
        d.words
    from asset f
    cross join unnest(cast(:stages as text[])) as each(stage)
    cross join lateral film_words(f.asset_id, each.stage) d
    where f.asset_id = any(:asset_ids)
),
stored as (
    select asset_id, stage, kind, captured_at, words
    from film_texts
    where asset_id = any(:asset_ids)
)
select (select count(*) from (table fresh except all table stored) as missing)
     + (select count(*) from (table stored except all table fresh) as wrong)
