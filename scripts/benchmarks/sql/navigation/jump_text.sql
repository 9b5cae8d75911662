select artifact_id, start_ms, end_ms
from transcript_fts
where asset_id = %(film)s and run_id = %(run)s and start_ms > %(from_ms)s
  and text_tsv @@ websearch_to_tsquery('english', %(text)s)
order by start_ms, artifact_id
limit 1
