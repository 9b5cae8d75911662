-- The faces of these clusters, and where they are, by any run.
select distinct
    coalesce(f.split_id, f.cluster_id) as cluster_id,
    v.content_hash,
    a.span_start_ms,
    a.span_end_ms,
    a.payload -> 'bounding_box' as bounding_box,
    (a.payload ->> 'frame_width')::integer as frame_width,
    (a.payload ->> 'frame_height')::integer as frame_height
from face_assignments f
join artifacts a on a.artifact_id = f.artifact_id
join runs r on r.run_id = f.run_id
join asset_versions v on v.asset_id = r.asset_id and v.content_version = r.content_version
where coalesce(f.split_id, f.cluster_id) = any(:cluster_ids)
order by 1, 2, 3, 4, 5
