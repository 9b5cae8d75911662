-- The exemplars of these clusters.
select coalesce(f.split_id, f.cluster_id) as cluster_id,
       e.model,
       e.model_version,
       e.dimension,
       e.vector
from face_assignments f
join embeddings e on e.artifact_id = f.artifact_id and e.kind = 'face'
where f.is_exemplar
  and coalesce(f.split_id, f.cluster_id) = any(:cluster_ids)
order by 1, 2, 3, 4, f.artifact_id
