insert into scene_ranges (artifact_id, asset_id, run_id, start_ms, end_ms, scene_index, keyframe_ms)
select artifact_id, asset_id, run_id, span_start_ms, span_end_ms,
    (payload ->> 'scene_index')::int, (payload ->> 'keyframe_ms')::bigint
from artifacts
where artifact_type = 'scene' and asset_id = any(:asset_ids) and run_id like '%-' || :version
