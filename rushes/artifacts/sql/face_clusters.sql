insert into face_clusters (artifact_id, asset_id, run_id, start_ms, end_ms, cluster_id, confidence)
select a.artifact_id,
       a.asset_id,
       a.run_id,
       a.span_start_ms,
       a.span_end_ms,
       p.effective_id,
       f.confidence
from artifacts a
join face_assignments f on f.artifact_id = a.artifact_id
join people p on p.cluster_id = coalesce(f.split_id, f.cluster_id)
where a.run_id = any(:run_ids)
  and a.artifact_type = 'face.detection'
  and not p.hidden
on conflict (artifact_id) do nothing
