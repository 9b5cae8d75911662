select artifact_id, start_ms, end_ms,
    ts_headline('english', text, websearch_to_tsquery('simple', %(q)s)) as snippet
from (
    select artifact_id, start_ms, end_ms, text
    from transcript_fts
    where asset_id = %(film)s and run_id = %(run)s
      and text_tsv @@ websearch_to_tsquery('english', %(q)s)
    order by start_ms, artifact_id
    limit %(limit)s
) as page
order by start_ms, artifact_id
