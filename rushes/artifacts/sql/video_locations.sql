insert into video_locations
    (artifact_id, asset_id, run_id, start_ms, end_ms, latitude, longitude, altitude)
select artifact_id,
       asset_id,
       run_id,
       span_start_ms,
       span_end_ms,
       (payload ->> 'latitude')::double precision,
       (payload ->> 'longitude')::double precision,
       (payload ->> 'altitude')::double precision
from artifacts
where run_id = any(:run_ids)
  and artifact_type = 'video.metadata'
  and payload ->> 'latitude' is not null
  and payload ->> 'longitude' is not null
on conflict (artifact_id) do nothing
