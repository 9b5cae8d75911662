select o.artifact_id, o.asset_id, o.start_ms, o.end_ms
from object_labels o
join asset a using (asset_id)
join current_runs c using (run_id)
where o.label = %(label)s
order by a.capture_time, o.asset_id, o.start_ms, o.artifact_id
limit %(limit)s
