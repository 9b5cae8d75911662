select coalesce(f.split_id, f.cluster_id) as cluster_id,
       p.effective_id,
       e.vector
from people p
join face_assignments f on coalesce(f.split_id, f.cluster_id) = p.cluster_id and f.is_exemplar
join embeddings e on e.artifact_id = f.artifact_id
where p.library_slug = :library_slug
  and e.kind = 'face'
  and e.model = :model
  and e.model_version = :model_version
  and e.dimension = :dimension
order by p.created_at, p.cluster_id, f.artifact_id
