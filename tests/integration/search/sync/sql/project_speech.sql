insert into transcript_fts (artifact_id, asset_id, run_id, start_ms, end_ms, text, language)
select artifact_id, asset_id, run_id, span_start_ms, span_end_ms, payload ->> 'text',
    text_search_config(payload ->> 'language')
from artifacts
where artifact_type = 'transcript.segment' and asset_id = any(:asset_ids)
  and run_id like '%-' || :version
