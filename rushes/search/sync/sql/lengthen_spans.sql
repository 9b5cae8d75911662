-- What was written with triggers off may be longer than any span that is known of its film, and
-- documents are looked for by those.
update longest_spans s
set longest_ms = found.longest_ms
from (
    select asset_id, 'transcript.segment' as artifact_type, max(end_ms - start_ms) as longest_ms
    from transcript_fts where asset_id = any(:asset_ids) group by asset_id
    union all
    select asset_id, 'ocr.text', max(end_ms - start_ms)
    from ocr_fts where asset_id = any(:asset_ids) group by asset_id
    union all
    select asset_id, 'object.detection', max(end_ms - start_ms)
    from object_labels where asset_id = any(:asset_ids) group by asset_id
    union all
    select asset_id, 'place.classification', max(end_ms - start_ms)
    from place_labels where asset_id = any(:asset_ids) group by asset_id
    union all
    select asset_id, 'face.detection', max(end_ms - start_ms)
    from face_clusters where asset_id = any(:asset_ids) group by asset_id
    union all
    select asset_id, 'scene', max(end_ms - start_ms)
    from scene_ranges where asset_id = any(:asset_ids) group by asset_id
) found
where s.asset_id = found.asset_id
  and s.artifact_type = found.artifact_type
  and s.longest_ms < found.longest_ms
