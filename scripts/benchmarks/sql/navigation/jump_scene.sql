select artifact_id, start_ms, end_ms
from scene_ranges
where asset_id = %(film)s and run_id = %(run)s and start_ms > %(from_ms)s
order by start_ms, artifact_id
limit 1
