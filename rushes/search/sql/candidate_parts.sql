-- The documents that these rows lie in: scenes, and for a row in no scene that of its film.
select distinct w.asset_id, coalesce(s.artifact_id, w.asset_id) as part
from unnest(
    cast(:asset_ids as text[]), cast(:starts as bigint[]), cast(:ends as bigint[])
) as w(asset_id, start_ms, end_ms)
left join lateral (
    select s.artifact_id
    from scene_ranges s
    join current_runs c on c.run_id = s.run_id
    where s.asset_id = w.asset_id
      and s.start_ms < w.end_ms
      and s.start_ms > w.start_ms - coalesce((
          select longest_ms from longest_spans x
          where x.asset_id = w.asset_id and x.artifact_type = 'scene'
      ), 9000000000000)
      and lies_in(w.start_ms, w.end_ms, s.start_ms, s.end_ms)
      and not exists (select from replaced_artifacts x where x.artifact_id = s.artifact_id)
) s on true
limit :most
