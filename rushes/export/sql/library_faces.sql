-- The faces of these contents that belong to somebody of a library, and where they are.
select f.artifact_id,
       coalesce(f.split_id, f.cluster_id) as cluster_id,
       v.content_hash,
       a.span_start_ms,
       a.span_end_ms,
       a.payload -> 'bounding_box' as bounding_box,
       (a.payload ->> 'frame_width')::integer as frame_width,
       (a.payload ->> 'frame_height')::integer as frame_height
from asset film
join face_assignments f on f.asset_id = film.asset_id
join artifacts a on a.artifact_id = f.artifact_id
join runs r on r.run_id = f.run_id
join asset_versions v on v.asset_id = r.asset_id and v.content_version = r.content_version
where film.library_slug = :library_slug
  and v.content_hash = any(:contents)
order by f.artifact_id
