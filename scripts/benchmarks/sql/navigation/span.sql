select *
from artifacts
where asset_id = %(film)s and run_id = any(%(runs)s)
  and span_start_ms < %(to_ms)s and span_end_ms > %(from_ms)s
order by span_start_ms, artifact_id
