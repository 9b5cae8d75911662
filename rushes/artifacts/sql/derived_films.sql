-- All films that something is derived of, deleted ones too where something was left behind.
select distinct asset_id
from (
    select asset_id, library_slug from asset
    union all
    select asset_id, library_slug from film_vocabulary
    union all
    select asset_id, null from current_runs
    union all
    select asset_id, null from replaced_artifacts
    union all
    select asset_id, null from film_texts
    union all
    select asset_id, null from longest_spans
) as every
where cast(:library as text) is null or library_slug = :library
order by asset_id
