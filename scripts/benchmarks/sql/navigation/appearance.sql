select min(start_ms), max(end_ms), array_agg(artifact_id)
from (
    select artifact_id, start_ms, end_ms,
        count(*) filter (where start_ms > reached + 2000) over (order by start_ms, artifact_id)
            as appearance
    from (
        select artifact_id, start_ms, end_ms,
            max(end_ms) over (
                order by start_ms, artifact_id rows between unbounded preceding and 1 preceding
            ) as reached
        from object_labels
        where asset_id = %(film)s and run_id = %(run)s and label = %(label)s
    ) as spans
) as numbered
group by appearance
having min(start_ms) > %(from_ms)s
order by 1
limit 1
