select artifact_id, start_ms, end_ms
from face_clusters
where asset_id = %(film)s and run_id = %(run)s and cluster_id = %(person)s
  and start_ms > %(from_ms)s
order by start_ms, artifact_id
limit 1
