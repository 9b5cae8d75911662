select t.artifact_id, t.asset_id, t.start_ms, t.end_ms
from transcript_fts t
join asset a using (asset_id)
join current_runs c using (run_id)
where t.text_tsv @@ websearch_to_tsquery('english', %(text)s)
order by a.capture_time, t.asset_id, t.start_ms, t.artifact_id
limit %(limit)s
