-- The exemplars of a person: the faces that others are compared with, by the machine's cluster.
select
    coalesce(f.split_id, f.cluster_id) as own_cluster,
    e.kind, e.model, e.model_version, e.dimension, e.vector
from people p
join face_assignments f on coalesce(f.split_id, f.cluster_id) = p.cluster_id and f.is_exemplar
join embeddings e on e.artifact_id = f.artifact_id and e.kind = 'face'
where p.effective_id = :person
order by p.created_at, p.cluster_id, f.artifact_id
