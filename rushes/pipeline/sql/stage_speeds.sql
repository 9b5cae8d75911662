-- Runs in which the work was really done, not taken from a document; the newest of each work.
with measured as (
    select runs.stage,
           runs.model_profile,
           runs.config_hash,
           runs.counts,
           runs.timings,
           coalesce(runs.timings ->> 'analyse', runs.timings ->> 'decode')::float8 as seconds,
           asset.duration_ms,
           row_number() over (
               partition by runs.stage, runs.model_profile, runs.config_hash
               order by runs.finished_at desc
           ) as place
    from runs
    join asset using (asset_id)
    where runs.status = 'completed'
      and runs.timings ?| array['analyse', 'decode']
      and asset.duration_ms > 0
)
select stage,
       model_profile,
       config_hash,
       count(*) as films,
       sum(duration_ms)::float8 / 1000 as film_seconds,
       sum(seconds) as seconds,
       coalesce(sum((timings ->> 'inference')::float8), 0) as inference_seconds,
       coalesce(sum((counts ->> 'frames')::bigint), 0)::bigint as frames,
       coalesce(sum((counts ->> 'windows')::bigint), 0)::bigint as windows,
       coalesce(sum((counts ->> 'cache_hits')::bigint), 0)::bigint as cache_hits
from measured
where place <= :newest
group by stage, model_profile, config_hash
order by stage, model_profile, config_hash
