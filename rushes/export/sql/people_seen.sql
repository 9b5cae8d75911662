-- The clusters of a library that have a face.
select distinct coalesce(f.split_id, f.cluster_id)
from people p
join face_assignments f on coalesce(f.split_id, f.cluster_id) = p.cluster_id
where p.library_slug = :library_slug
