select e.artifact_id,
       e.model,
       e.model_version,
       e.dimension,
       e.vector
from embeddings e
join asset on asset.asset_id = e.asset_id
left join face_assignments f on f.artifact_id = e.artifact_id
where asset.library_slug = :library_slug
  and e.kind = 'face'
  and f.artifact_id is null
order by e.artifact_id
