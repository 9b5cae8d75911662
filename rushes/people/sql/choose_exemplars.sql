with ranked as (
    select f.artifact_id,
           row_number() over (
               partition by coalesce(f.split_id, f.cluster_id), e.model, e.model_version, e.dimension
               order by (a.payload ->> 'quality')::double precision desc, f.artifact_id
           ) as place
    from face_assignments f
    join artifacts a on a.artifact_id = f.artifact_id
    join embeddings e on e.artifact_id = f.artifact_id
    where (f.cluster_id = any(:cluster_ids) or f.split_id = any(:cluster_ids))
      and coalesce(f.split_id, f.cluster_id) = any(:cluster_ids)
)
update face_assignments
set is_exemplar = ranked.place <= :kept
from ranked
where face_assignments.artifact_id = ranked.artifact_id
  and face_assignments.is_exemplar <> (ranked.place <= :kept)
