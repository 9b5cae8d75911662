-- Where these faces are.
select
    a.artifact_id,
    v.content_hash,
    a.span_start_ms,
    a.span_end_ms,
    a.payload -> 'bounding_box' as bounding_box,
    (a.payload ->> 'frame_width')::integer as frame_width,
    (a.payload ->> 'frame_height')::integer as frame_height
from artifacts a
join runs r on r.run_id = a.run_id
join asset_versions v on v.asset_id = r.asset_id and v.content_version = r.content_version
where a.artifact_id = any(:artifact_ids)
