select artifact_id, start_ms, end_ms
from object_labels
where asset_id = %(film)s and run_id = %(run)s and label = %(label)s and end_ms < %(from_ms)s
order by end_ms desc, start_ms desc, artifact_id desc
limit 1
