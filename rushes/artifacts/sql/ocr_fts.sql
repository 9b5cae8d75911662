insert into ocr_fts (artifact_id, asset_id, run_id, start_ms, end_ms, text, language)
select artifact_id,
       asset_id,
       run_id,
       span_start_ms,
       span_end_ms,
       payload ->> 'text',
       text_search_config(payload ->> 'language')
from artifacts
where run_id = any(:run_ids)
  and artifact_type = 'ocr.text'
on conflict (artifact_id) do nothing
