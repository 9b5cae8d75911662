-- An artifact with its span, and its own embedding where it has one.
select
    m.artifact_id, m.asset_id, m.artifact_type, m.span_start_ms as start_ms, m.span_end_ms as end_ms,
    l.slug as library,
    (l.settings -> 'face_recognition') is distinct from cast('false' as jsonb) as recognised,
    coalesce(person.hidden, false) as hidden,
    e.embedding_id, e.kind, e.model, e.model_version, e.dimension, e.vector
from artifacts m
join asset a on a.asset_id = m.asset_id
join libraries l on l.slug = a.library_slug
left join embeddings e on e.artifact_id = m.artifact_id
left join face_assignments f on f.artifact_id = m.artifact_id
left join people own on own.cluster_id = coalesce(f.split_id, f.cluster_id)
left join people person on person.cluster_id = own.effective_id
where m.artifact_id = :artifact_id
