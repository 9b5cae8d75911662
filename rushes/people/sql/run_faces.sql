select a.artifact_id,
       a.asset_id,
       a.run_id,
       a.span_start_ms,
       a.payload,
       e.model,
       e.model_version,
       e.dimension,
       e.vector
from artifacts a
join embeddings e on e.artifact_id = a.artifact_id and e.kind = 'face'
where a.run_id = any(:run_ids)
  and a.artifact_type = 'face.detection'
order by a.asset_id, a.span_start_ms, a.artifact_id
