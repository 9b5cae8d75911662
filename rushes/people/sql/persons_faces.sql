select f.artifact_id,
       f.asset_id,
       f.is_exemplar,
       v.content_hash,
       e.model,
       e.model_version,
       e.dimension,
       e.vector
from people p
join face_assignments f on coalesce(f.split_id, f.cluster_id) = p.cluster_id
join runs r on r.run_id = f.run_id
left join asset_versions v on v.asset_id = r.asset_id and v.content_version = r.content_version
left join embeddings e on e.artifact_id = f.artifact_id
where p.effective_id = :person
order by f.artifact_id
