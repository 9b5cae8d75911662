select count(*)
from artifacts
join asset using (asset_id)
where artifacts.run_id = :run_id
  and artifacts.span_start_ms >= asset.duration_ms
