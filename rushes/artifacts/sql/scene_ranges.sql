insert into scene_ranges (artifact_id, asset_id, run_id, start_ms, end_ms, scene_index, keyframe_ms)
select artifact_id,
       asset_id,
       run_id,
       span_start_ms,
       span_end_ms,
       (payload ->> 'scene_index')::int,
       (payload ->> 'keyframe_ms')::bigint
from artifacts
where run_id = any(:run_ids)
  and artifact_type = 'scene'
on conflict (artifact_id) do nothing
