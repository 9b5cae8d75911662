insert into object_labels (artifact_id, asset_id, run_id, start_ms, end_ms, label, confidence)
select artifact_id,
       asset_id,
       run_id,
       span_start_ms,
       span_end_ms,
       payload ->> 'label',
       (payload ->> 'confidence')::double precision
from artifacts
where run_id = any(:run_ids)
  and artifact_type = 'object.detection'
on conflict (artifact_id) do nothing
